import { computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import type { Points } from "../../src/explorer/protocol.js";
import type { OpenSpace } from "./open-space.js";
import type { Pane } from "./pane.js";
import {
  type Camera,
  greyed,
  highlighted,
  type MapLabels,
  type MapLine,
  type MapRenderer,
  selected,
  startCamera,
} from "./renderer/index.js";
import { plainText, scoreText } from "./text/format.js";
import { parallelogram } from "./text/parallelogram.js";

/** Neighbors of an item that lines lead to. */
const mostLines = 10;

/** Selected items up to which all are named on the map. */
const mostSelectedNames = 40;

/**
 * What the map shows of a pane, each part by itself: what else changes, such as a slider's place or that an answer is under
 * way, draws nothing again.
 */
type Shown = ReturnType<typeof shownOf>;

function shownOf(pane: Pane) {
  const part = <T>(of: () => T): ReadonlySignal<T> => computed(of);
  return {
    item: part(() => pane.view.value.item),
    selection: part(() => pane.view.value.selection),
    links: part(() => pane.view.value.links),
    labels: part(() => pane.view.value.labels),
    edges: part(() => (pane.view.value.edges ? pane.edges.value.value : null)),
    answer: pane.shownAnswer,
    spot: pane.spot,
    near: part(() => pane.near.value.value),
    likely: part(() => pane.likely.value.value),
  };
}

/**
 * Lets a map follow a pane, and a pane hear of what happens on the map; returns what ends both. A map is of one space: when
 * the pane shows another, this one stays as it is until it is gone.
 */
export function bindMap(map: MapRenderer, pane: Pane, space: OpenSpace): () => void {
  const { explorer } = pane;
  /** Whether the map holds points yet: what is set for each of them waits until then. */
  const isFilled = signal(false);
  const drawPoints = pointsFollower(map, pane);
  const shown = shownOf(pane);
  const follow = (draw: () => void) =>
    effect(() => {
      if (pane.space.value === space && isFilled.value) draw();
    });
  const endings = [
    effect(() => map.setTheme(explorer.theme.value)),
    effect(() => {
      map.tool = explorer.tool.value;
    }),
    effect(() => {
      if (pane.space.value === space && drawPoints()) isFilled.value = true;
    }),
    follow(() => map.setColors(colorsOf(pane))),
    follow(() => map.setSizes(pane.sizes.value)),
    follow(() => map.setState(stateOf(shown, space))),
    follow(() => map.setLines(linesOf(shown))),
    follow(() => map.setSpots(shown.spot.value === null ? [] : [shown.spot.value])),
    follow(() => map.setEdges(shown.edges.value)),
    follow(() => map.setLabels(labelsOf(shown, space))),
    follow(() => {
      const { thumbnails } = space.summary.value;
      const draws = space.kind.thumbnails && thumbnails !== null;
      map.setThumbnails(draws ? { ...thumbnails, load: (sheet) => space.sheet(sheet) } : null);
    }),
    followCamera(map, pane, space),
    map.on("drawn", (drawn) => {
      pane.drawn.value = drawn;
    }),
    map.on("hover", (hover) => {
      pane.hovered.value = hover;
    }),
    map.on("click", ({ row, additive }) => click(pane, row, additive)),
    map.on("region", ({ rows, additive }) => {
      const before = additive ? pane.view.peek().selection : [];
      void explorer.select(pane, [...before, ...rows]);
    }),
    map.on("wanted", (rows) => space.names.want(rows)),
    map.on("problem", (error) => explorer.tell(error)),
    map.on("context", (state) => {
      if (state === "lost")
        explorer.tell("The browser took the map's graphics away; it is drawn again when it can be.");
    }),
  ];
  return () => {
    for (const end of endings) end();
  };
}

function click(pane: Pane, row: number | null, additive: boolean): void {
  const { explorer } = pane;
  if (additive && row !== null) {
    const { selection } = pane.view.peek();
    const next = selection.includes(row) ? selection.filter((other) => other !== row) : [...selection, row];
    void explorer.select(pane, next);
  } else if (row === null && pane.view.peek().selection.length > 0) void explorer.select(pane, []);
  else if (row !== pane.view.peek().item) void explorer.choose(pane, row);
}

/** The same points at other places move there; others are a new map. Tells whether there are any. */
function pointsFollower(map: MapRenderer, pane: Pane): () => boolean {
  let last: Points | null = null;
  return () => {
    const points = pane.moving.value ?? pane.points.value.value;
    if (points === null || points === last) return last !== null;
    const { dimensions, coordinates, within } = points;
    const isSame = last?.dimensions === dimensions && last.coordinates.length === coordinates.length;
    last = points;
    if (isSame) map.morphTo(coordinates, { within, milliseconds: pane.frameMilliseconds });
    else map.setPoints({ dimensions, coordinates, within });
    return true;
  };
}

function colorsOf({ coloring }: Pane): Parameters<MapRenderer["setColors"]>[0] {
  const its = coloring.value;
  return its === null ? null : { codes: its.codes, palette: its.palette, missing: its.missing };
}

/** Selected items before the greyed others; what the bar found is lit up. */
function stateOf(shown: Shown, space: OpenSpace): Uint8Array | null {
  const [selection, item, answer] = [shown.selection.value, shown.item.value, shown.answer.value];
  const { items } = space.summary.value;
  if (selection.length === 0 && item === null && answer === null) return null;
  const state = new Uint8Array(items);
  if (selection.length > 0) state.fill(greyed);
  const mark = (row: number | null, flag: number) => {
    if (row !== null && row < items) state[row] = (state[row] & ~greyed) | flag;
  };
  for (const row of selection) mark(row, selected);
  for (const { row } of answer?.neighbors ?? []) mark(row, highlighted);
  for (const { row } of answer?.terms ?? []) mark(row, highlighted);
  mark(item, selected);
  return state;
}

function linesOf(shown: Shown): MapLine[] {
  const [item, answer] = [shown.item.value, shown.answer.value];
  const lines: MapLine[] = [];
  if (item !== null) {
    for (const { row, score } of (shown.near.value?.neighbors ?? []).slice(0, mostLines)) {
      if (row !== item) lines.push({ from: item, to: row, kind: "neighbor", text: scoreText(score) });
    }
    if (shown.links.value !== "none") {
      for (const { row, score } of shown.likely.value ?? []) {
        lines.push({ from: item, to: row, kind: "likely", text: scoreText(score) });
      }
    }
  }
  const spot = shown.spot.value;
  for (const { row } of spot === null ? [] : (answer?.neighbors ?? []).slice(0, mostLines)) {
    lines.push({ from: spot?.at ?? row, to: row, kind: "neighbor" });
  }
  for (const { from, to } of answer === null ? [] : parallelogram(answer)) lines.push({ from, to, kind: "arrow" });
  return lines;
}

function labelsOf(shown: Shown, space: OpenSpace): MapLabels {
  space.names.known.value; // draws again when names have come
  const [item, selection, answer] = [shown.item.value, shown.selection.value, shown.answer.value];
  const first = new Set<number>();
  if (item !== null) first.add(item);
  for (const { row } of answer?.neighbors ?? []) first.add(row);
  for (const { row } of answer?.terms ?? []) if (row !== null) first.add(row);
  if (item !== null) for (const { row } of shown.near.value?.neighbors ?? []) first.add(row);
  if (selection.length <= mostSelectedNames) for (const row of selection) first.add(row);
  return {
    textOf: (row) => {
      const name = space.names.textOf(row);
      return name === undefined ? undefined : plainText(name, 60);
    },
    first: [...first],
    ...(shown.labels.value ? {} : { most: 0 }),
  };
}

/** The state's camera moves the map, and a map that a person moved changes the state, which then moves nothing. */
function followCamera(map: MapRenderer, pane: Pane, space: OpenSpace): () => void {
  let known: Camera | null = null;
  const end = effect(() => {
    const { camera } = pane.view.value;
    if (camera === known || pane.space.value !== space) return;
    known = camera;
    map.flyTo(camera ?? { ...startCamera });
  });
  const endMoved = map.on("moved", (camera) => {
    if (pane.space.peek() !== space) return;
    known = camera;
    pane.change({ camera }, "camera");
  });
  return () => {
    end();
    endMoved();
  };
}
