import { itemsText } from "../kinds.js";
import { mostRounds, type Pane } from "../pane.js";
import { projectionForms, projectionName } from "../projections.js";
import { type ColorChoice, type MapChoice, type ScaleChoice, scaleChoices } from "../state.js";
import { countText, plainText } from "../text/format.js";
import { useExplorer } from "./context.js";
import { Segmented } from "./segmented.js";

/** The line below a map: what places, colors and sizes the points, and how many there are. */
export function Controls({ pane }: { pane: Pane }) {
  const summary = pane.space.value?.summary.value;
  const { labels, edges } = pane.view.value;
  if (summary === undefined) return null;
  return (
    <div class="controls">
      <MapSelect pane={pane} />
      <Perspective pane={pane} />
      <ColorSelect pane={pane} />
      <SizeSelect pane={pane} />
      <label class="check">
        <input type="checkbox" checked={labels} onChange={() => pane.change({ labels: !labels })} />
        names
      </label>
      {summary.relations !== null && (
        <label class="check">
          <input type="checkbox" checked={edges} onChange={() => pane.change({ edges: !edges })} />
          edges
        </label>
      )}
      <Counts pane={pane} />
    </div>
  );
}

const choose = "choose:";

function MapSelect({ pane }: { pane: Pane }) {
  const explorer = useExplorer();
  const space = pane.space.value;
  if (space === null) return null;
  const { projections, dimensions, epochs } = space.summary.value;
  const { map } = pane.view.value;
  const made = [...space.made.value.keys()];
  const first = projections[0];
  const current: MapChoice = map.kind === "first" && first ? { kind: "columns", columns: first.columns } : map;
  const film = { key: "film", name: "the film" };
  const key = pane.showsFilm ? film.key : JSON.stringify(current);
  const saved = projections.map(({ columns, method }) => ({
    key: JSON.stringify({ kind: "columns", columns }),
    name: projectionName(method, columns),
  }));
  const others = made.map((choice) => ({ key: choice, name: madeName(JSON.parse(choice)) }));
  const itself = {
    key: JSON.stringify({ kind: "first" }),
    name: dimensions === 2 || dimensions === 3 ? "the vectors" : "largest spread",
  };
  const options = [...(first === undefined ? [itself] : saved), ...others, ...(epochs.length > 0 ? [film] : [])];
  if (!options.some((option) => option.key === key)) options.push({ key, name: choiceName(current) });
  return (
    <label class="control">
      <span>map</span>
      <select
        class="field"
        value={key}
        onChange={(event) => {
          const { value } = event.currentTarget;
          if (value.startsWith(choose)) {
            event.currentTarget.value = key;
            explorer.show(value === `${choose}axes` ? "axes" : "projection");
          } else if (value === film.key) pane.change({ camera: null, frame: 0 });
          else pane.change({ map: JSON.parse(value), camera: null, frame: null });
        }}
      >
        {options.map((option) => (
          <option key={option.key} value={option.key}>
            {plainText(option.name, 40)}
          </option>
        ))}
        <option value={`${choose}projection`}>PCA, UMAP, t-SNE …</option>
        <option value={`${choose}axes`}>columns or axes of your own …</option>
      </select>
    </label>
  );
}

function madeName(choice: MapChoice): string {
  return choice.kind === "made" ? `${choiceName(choice)}, made now` : choiceName(choice);
}

function choiceName(choice: MapChoice): string {
  switch (choice.kind) {
    case "first":
      return "largest spread";
    case "columns":
      return choice.columns.join(", ");
    case "axes":
      return choice.axes.join(" × ");
    case "made":
      return `${projectionForms[choice.method].name}${choice.dimensions === 3 ? " 3D" : ""}`;
  }
}

/** Of maps of three dimensions: whether what is near is larger. */
function Perspective({ pane }: { pane: Pane }) {
  const space = pane.space.value;
  const { map, camera } = pane.view.value;
  const points = pane.points.value.value;
  if (points === null || space === null) return null;
  const { projections } = space.summary.value;
  const isFlat = points.dimensions === 2;
  const current = map.kind === "columns" ? map.columns : projections[0]?.columns;
  const twin = projections.find(
    ({ columns, method }) =>
      columns.length !== current?.length &&
      method === projections.find((other) => other.columns.join() === current?.join())?.method,
  );
  const go = (dimensions: 2 | 3) => {
    if (dimensions === points.dimensions || twin === undefined) return;
    pane.change({ map: { kind: "columns", columns: twin.columns }, camera: null, frame: null });
  };
  if (isFlat && twin === undefined) return null;
  return (
    <>
      {twin !== undefined && (
        <Segmented
          label="Dimensions"
          options={[
            { value: 2, name: "2D" },
            { value: 3, name: "3D" },
          ]}
          value={points.dimensions}
          onChange={go}
        />
      )}
      {!isFlat && (
        <label class="check">
          <input
            type="checkbox"
            checked={camera?.perspective ?? true}
            onChange={() => {
              const now = pane.renderer.peek()?.camera;
              if (now !== undefined) pane.change({ camera: { ...now, perspective: !now.perspective } }, "camera");
            }}
          />
          perspective
        </label>
      )}
    </>
  );
}

function ColorSelect({ pane }: { pane: Pane }) {
  const space = pane.space.value;
  if (space === null) return null;
  const { columns, relations } = space.summary.value;
  const { color } = pane.view.value;
  const column = color.kind === "column" ? columns.find(({ name }) => name === color.column) : undefined;
  const set = (next: ColorChoice) => pane.change({ color: next });
  return (
    <>
      <label class="control">
        <span>color</span>
        <select
          class="field"
          value={color.kind === "column" ? `column:${color.column}` : color.kind}
          onChange={(event) => {
            const { value } = event.currentTarget;
            if (value === "plain") set({ kind: "plain" });
            else if (value === "rounds") set({ kind: "rounds", round: 1 });
            else set({ kind: "column", column: value.slice("column:".length), scale: "auto" });
          }}
        >
          <option value="plain">all alike</option>
          {columns.map(({ name }) => (
            <option key={name} value={`column:${name}`}>
              {plainText(name, 40)}
            </option>
          ))}
          {relations !== null && <option value="rounds">Weisfeiler-Leman</option>}
        </select>
      </label>
      {color.kind === "column" && column?.type === "number" && (
        <label class="control">
          <span>scale</span>
          <select
            class="field"
            value={color.scale}
            onChange={(event) => set({ ...color, scale: event.currentTarget.value as ScaleChoice })}
          >
            {scaleChoices.map((scale) => (
              <option key={scale} value={scale}>
                {scale === "log" ? "logarithmic" : scale}
              </option>
            ))}
          </select>
        </label>
      )}
      {color.kind === "rounds" && (
        <label class="control">
          <span>round {color.round}</span>
          <input
            type="range"
            min={0}
            max={mostRounds}
            value={color.round}
            aria-label="Round of Weisfeiler-Leman"
            onInput={(event) =>
              pane.change({ color: { kind: "rounds", round: Number(event.currentTarget.value) } }, "round")
            }
          />
        </label>
      )}
    </>
  );
}

function SizeSelect({ pane }: { pane: Pane }) {
  const columns = pane.space.value?.summary.value.columns.filter(({ type }) => type === "number") ?? [];
  if (columns.length === 0) return null;
  return (
    <label class="control">
      <span>size</span>
      <select
        class="field"
        value={pane.view.value.size ?? ""}
        onChange={(event) => pane.change({ size: event.currentTarget.value === "" ? null : event.currentTarget.value })}
      >
        <option value="">all alike</option>
        {columns.map(({ name }) => (
          <option key={name} value={name}>
            {plainText(name, 40)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** How many of how many are drawn, always; and why not all, where that is so. */
function Counts({ pane }: { pane: Pane }) {
  const space = pane.space.value;
  const drawn = pane.drawn.value;
  if (space === null) return null;
  const { items } = space.summary.value;
  const { selection } = pane.view.value;
  const placed = items - (drawn?.unplaced ?? 0);
  const edges = pane.view.value.edges ? pane.edges.value.value : null;
  return (
    <p class="counts">
      {selection.length > 0 && <strong>{countText(selection.length)} selected · </strong>}
      {drawn !== null && drawn.thinned > 0 ? (
        <span title="While the map moves, only some points are drawn, so that it follows the hand; at rest it draws all.">
          {countText(drawn.points)} of {itemsText(items, space.kind)} while it moves
        </span>
      ) : placed < items ? (
        <span title="Items without finite coordinates cannot be placed.">
          {countText(placed)} of {itemsText(items, space.kind)}; {countText(items - placed)} without a place
        </span>
      ) : (
        <span>{itemsText(items, space.kind)}</span>
      )}
      {edges !== null && (
        <span>
          {" · "}
          {edges.source.length < edges.total
            ? `${countText(edges.source.length)} of ${countText(edges.total)} edges, the heaviest`
            : `${countText(edges.total)} edges`}
        </span>
      )}
      {drawn !== null && (
        <span class="frame-time" title="Time of the last frame">
          {" · "}
          {drawn.milliseconds < 10 ? drawn.milliseconds.toFixed(1) : Math.round(drawn.milliseconds)} ms
        </span>
      )}
    </p>
  );
}
