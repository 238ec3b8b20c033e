import { useState } from "preact/hooks";
import { type ExportFormat, exportFile } from "../../exports/export.js";
import type { Pane } from "../../pane.js";
import { countText, plainText } from "../../text/format.js";
import { Button } from "../button.js";
import { useExplorer } from "../context.js";
import { Dialog } from "../dialog.js";
import { Segmented } from "../segmented.js";

const pictures: readonly { format: ExportFormat; label: string; what: string }[] = [
  { format: "png", label: "PNG", what: "the map as it is seen, sharp on any screen" },
  { format: "svg", label: "SVG", what: "the map as lines and text, for print" },
];
const tables: readonly { format: ExportFormat; label: string; what: string }[] = [
  { format: "csv", label: "CSV", what: "names, columns and places, for spreadsheets" },
  { format: "parquet", label: "Parquet", what: "the same, small and with types" },
];

export function ExportDialog({ pane }: { pane: Pane }) {
  const explorer = useExplorer();
  const { selection } = pane.view.value;
  const space = pane.space.value;
  const [isAll, setAll] = useState(selection.length === 0);
  const [isBusy, setBusy] = useState(false);
  const run = async (format: ExportFormat) => {
    setBusy(true);
    try {
      const name = await exportFile(pane, format, isAll ? null : selection);
      explorer.tell(`${name} is saved.`, "news");
      explorer.dialog.value = null;
    } catch (error) {
      explorer.tell(error);
    } finally {
      setBusy(false);
    }
  };
  if (space === null) return null;
  const { title, items } = space.summary.value;
  const row = ({ format, label, what }: (typeof pictures)[number]) => (
    <div key={format} class="form-row">
      <span class="muted">{what}</span>
      <Button label={`Export as ${label}`} kind="plain" disabled={isBusy} onClick={() => void run(format)}>
        {label}
      </Button>
    </div>
  );
  return (
    <Dialog title={`Export ${plainText(title, 40)}`}>
      <h3>The view</h3>
      {pictures.map(row)}
      <h3>The items</h3>
      <Segmented
        label="Which items"
        options={[
          { value: "selected", name: `${countText(selection.length)} selected`, disabled: selection.length === 0 },
          { value: "all", name: `all ${countText(items)}` },
        ]}
        value={isAll ? "all" : "selected"}
        onChange={(which) => setAll(which === "all")}
      />
      {tables.map(row)}
      {isBusy && <progress aria-label="Exporting" />}
    </Dialog>
  );
}
