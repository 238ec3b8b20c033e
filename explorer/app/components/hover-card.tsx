import type { Pane } from "../pane.js";
import { plainText } from "../text/format.js";
import { Thumb } from "./pictures.js";

/** The thing under the pointer itself: its picture, its name, and the value that colors it. */
export function HoverCard({ pane }: { pane: Pane }) {
  const hover = pane.hovered.value;
  const space = pane.space.value;
  if (hover === null || space === null) return null;
  const name = space.names.wantedText(hover.row);
  const its = pane.coloring.value;
  const code = its?.codes[hover.row] ?? -1;
  const column = pane.colorColumn.value.value;
  const value =
    its?.legend.kind === "classes"
      ? its.legend.classes.find((entry) => entry.code === code)?.label
      : column?.type === "number"
        ? String(Number(column.values[hover.row].toPrecision(4)))
        : undefined;
  const canvas = pane.renderer.value?.view;
  const isRight = canvas !== undefined && hover.x > canvas.width / 2;
  return (
    <div
      class={isRight ? "hover-card left" : "hover-card"}
      style={{ left: `${hover.x}px`, top: `${hover.y}px` }}
      aria-hidden="true"
    >
      {space.summary.value.thumbnails !== null && <Thumb space={space} row={hover.row} name={name ?? ""} />}
      <div>
        <p class="hover-name">{name === undefined ? "…" : plainText(name, 80)}</p>
        {its !== null && value !== undefined && (
          <p class="muted">
            {plainText(its.legend.title, 30)}: {code < 0 ? "no value" : plainText(value, 60)}
          </p>
        )}
      </div>
    </div>
  );
}
