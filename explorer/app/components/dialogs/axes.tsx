import { useState } from "preact/hooks";
import type { Pane } from "../../pane.js";
import { plainText, problemText } from "../../text/format.js";
import { useExplorer } from "../context.js";
import { Dialog } from "../dialog.js";
import { NameInput } from "../name-input.js";
import { Segmented } from "../segmented.js";

/** Axes of one's own: columns of numbers, or expressions and directions along which every item has its share. */
export function AxesDialog({ pane }: { pane: Pane }) {
  const explorer = useExplorer();
  const { map } = pane.view.peek();
  const columns = (pane.space.value?.summary.value.columns ?? []).filter(({ type }) => type === "number");
  const [kind, setKind] = useState<"axes" | "columns">(
    map.kind === "columns" && columns.length > 1 ? "columns" : "axes",
  );
  const [axes, setAxes] = useState(map.kind === "axes" ? map.axes : ["", "", ""]);
  const [chosen, setChosen] = useState(() => {
    const names = columns.map(({ name }) => name);
    return map.kind === "columns" && map.columns.every((name) => names.includes(name))
      ? map.columns
      : names.slice(0, 2);
  });
  const filled = (kind === "axes" ? axes : chosen).map((axis) => axis.trim()).filter((axis) => axis !== "");
  const [problem, setProblem] = useState<string | null>(null);
  /** What cannot be an axis is told here, where it can be mended. */
  const show = async () => {
    const space = pane.space.peek();
    if (filled.length < 2 || space === null) return;
    setProblem(null);
    try {
      await space.points(kind === "axes" ? { axes: filled } : { columns: filled });
    } catch (error) {
      setProblem(problemText(error));
      return;
    }
    if (pane.space.peek() !== space) return; // another is shown by now
    explorer.dialog.value = null;
    const next = kind === "axes" ? { kind, axes: filled } : { kind, columns: filled };
    pane.change({ map: next, camera: null, frame: null });
  };
  return (
    <Dialog title="Axes of your own">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void show();
        }}
      >
        <Segmented
          label="What the axes are"
          options={[
            { value: "axes", name: "expressions" },
            { value: "columns", name: "columns" },
          ]}
          value={kind}
          onChange={setKind}
        />
        {kind === "axes" ? (
          <>
            <p class="muted">
              Each axis is an expression or a direction, such as <code>woman - man</code>; an item stands where its
              vector points along it.
            </p>
            {["x", "y", "z, if you like"].map((name, k) => (
              <div key={name} class="form-row axis">
                <span>{name}</span>
                <NameInput
                  pane={pane}
                  label={`Axis ${name}`}
                  placeholder={k === 0 ? "woman - man" : k === 1 ? "king - man" : ""}
                  value={axes[k] ?? ""}
                  onInput={(text) => setAxes(Array.from({ length: 3 }, (_, j) => (j === k ? text : (axes[j] ?? ""))))}
                />
              </div>
            ))}
          </>
        ) : columns.length < 2 ? (
          <p>Two columns of numbers are needed; this space has {columns.length}.</p>
        ) : (
          ["x", "y", "z, if you like"].map((name, k) => (
            <label key={name} class="form-row">
              <span>{name}</span>
              <select
                class="field"
                value={chosen[k] ?? ""}
                onChange={(event) => {
                  const { value } = event.currentTarget;
                  setChosen(Array.from({ length: 3 }, (_, j) => (j === k ? value : (chosen[j] ?? ""))));
                }}
              >
                {k === 2 && <option value="">none</option>}
                {columns.map((column) => (
                  <option key={column.name} value={column.name}>
                    {plainText(column.name, 40)}
                  </option>
                ))}
              </select>
            </label>
          ))
        )}
        {problem !== null && (
          <p class="problem-text" role="alert">
            {problem}
          </p>
        )}
        <footer class="dialog-foot">
          <p class="muted" role="status">
            {filled.length < 2 &&
              (kind === "axes" ? "Expressions for x and y are needed." : "Columns for x and y are needed.")}
          </p>
          <button type="submit" class="button main" disabled={filled.length < 2}>
            Show
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
