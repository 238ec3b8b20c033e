import { useEffect, useState } from "preact/hooks";
import type { Explorer } from "../explorer.js";
import { listenToKeys } from "../keys.js";
import type { Pane } from "../pane.js";
import { countText, plainText } from "../text/format.js";
import { Bar } from "./bar.js";
import { Button } from "./button.js";
import { ExplorerContext, useExplorer } from "./context.js";
import { AxesDialog } from "./dialogs/axes.js";
import { DirectionDialog } from "./dialogs/direction.js";
import { ExportDialog } from "./dialogs/export.js";
import { KeysDialog } from "./dialogs/keys.js";
import { NewThingDialog } from "./dialogs/new-thing.js";
import { ProjectionDialog } from "./dialogs/projection.js";
import { SearchDialog } from "./dialogs/search.js";
import { ShareDialog } from "./dialogs/share.js";
import { InterpolateDialog, SampleDialog, StripDialog } from "./dialogs/walks.js";
import { Header } from "./header.js";
import { MapPane } from "./map-pane.js";
import { Notices } from "./notices.js";
import { SidePanel } from "./side-panel.js";

export function App({ explorer }: { explorer: Explorer }) {
  useEffect(() => listenToKeys(explorer), [explorer]);
  return (
    <ExplorerContext.Provider value={explorer}>
      <Header />
      <Body />
      <OpenDialog />
      <Notices />
    </ExplorerContext.Provider>
  );
}

function Body() {
  const explorer = useExplorer();
  const { value: spaces, error } = explorer.spaces.value;
  const pane = explorer.active.value;
  if (spaces === null) return error === null ? <Loading /> : <Broken message={error} />;
  if (spaces.length === 0 || pane === null) return <Empty />;
  return <Maps pane={pane} />;
}

function Maps({ pane }: { pane: Pane }) {
  const explorer = useExplorer();
  const [isOpen, setOpen] = useState(false);
  const panes = explorer.panes.value;
  const { item, selection } = pane.view.value;
  const isDetailed = item !== null || selection.length > 0;
  return (
    <>
      <main class={`maps of-${panes.length}`} aria-label="Maps">
        {panes.map((its) => (
          <MapPane key={its.index} pane={its} />
        ))}
      </main>
      <aside class={isOpen ? "side open" : "side"} aria-label="Details">
        <button type="button" class="sheet-handle" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          <span class="sheet-title">{isDetailed ? detailsTitle(pane) : "About this space"}</span>
        </button>
        <div class="side-body">
          <SidePanel pane={pane} />
        </div>
      </aside>
      <Bar pane={pane} />
    </>
  );
}

/** What the details are of: the item by its name, or so many selected ones. */
function detailsTitle(pane: Pane): string {
  const { item, selection } = pane.view.value;
  const name = item === null ? undefined : pane.space.value?.names.wantedText(item);
  return name === undefined ? (item === null ? `${countText(selection.length)} selected` : "…") : plainText(name, 60);
}

function OpenDialog() {
  const explorer = useExplorer();
  const pane = explorer.active.value;
  const name = explorer.dialog.value;
  if (name === "keys") return <KeysDialog />;
  if (name === null || pane === null) return null;
  switch (name) {
    case "search":
      return <SearchDialog pane={pane} />;
    case "share":
      return <ShareDialog />;
    case "export":
      return <ExportDialog pane={pane} />;
    case "projection":
      return <ProjectionDialog pane={pane} />;
    case "axes":
      return <AxesDialog pane={pane} />;
    case "direction":
      return <DirectionDialog pane={pane} />;
    case "strip":
      return <StripDialog pane={pane} />;
    case "interpolate":
      return <InterpolateDialog pane={pane} />;
    case "sample":
      return <SampleDialog pane={pane} />;
    case "new":
      return <NewThingDialog pane={pane} />;
  }
}

function Loading() {
  return (
    <main class="blank" aria-busy="true">
      <p role="status">Opening the spaces …</p>
      <progress aria-label="Opening the spaces" />
    </main>
  );
}

function Broken({ message }: { message: string }) {
  const explorer = useExplorer();
  return (
    <main class="blank">
      <h2>The spaces cannot be opened</h2>
      <p role="alert">{message}</p>
      <Button label="Try again" kind="main" onClick={() => explorer.again()}>
        Try again
      </Button>
    </main>
  );
}

function Empty() {
  return (
    <main class="blank">
      <h2>No space is open</h2>
      <p>Make one from the sample that comes with thing2vec, in a minute or two, and open it:</p>
      <pre>
        <code>{"thing2vec words samples/wiki-sample.txt.gz -o words.space\nthing2vec explore words.space"}</code>
      </pre>
    </main>
  );
}
