import type { Camera } from "./renderer/types.js";
import { type Check, integer, list, number, object, oneOf, orNull, record, text, truth, variant } from "./schema.js";

/**
 * What a view is: all that the page shows is a function of this and of the spaces. Plain data without any of the spaces'
 * own; the link is its text, undo a list of earlier ones.
 */
export interface ViewState {
  /** Maps side by side, at least one. */
  panes: PaneState[];
  /** The pane that the bar, the search and the keyboard mean. */
  active: number;
  /** Whether what is selected in one pane is selected by name in the others. */
  linked: boolean;
}

export interface PaneState {
  /** Place of the space among those that are open. */
  space: number;
  map: MapChoice;
  /** Null: as much as is needed to see all. */
  camera: Camera | null;
  color: ColorChoice;
  /** A column of numbers that gives the points their sizes. */
  size: string | null;
  labels: boolean;
  /** Row of the item whose details are shown. */
  item: number | null;
  /** Rows, ascending. */
  selection: number[];
  question: Question;
  /** Sliders: coefficients by the names of directions. */
  along: Record<string, number>;
  edges: boolean;
  /** Likely links of the item, scored how. */
  links: "none" | "adamic-adar" | "dot";
  /** The frame of the film of layers that the map shows; null where it shows none. */
  frame: number | null;
}

/** Where the points of a map come from. */
export type MapChoice =
  /** The space's first projection, or a request to choose one. */
  | { kind: "first" }
  | { kind: "columns"; columns: string[] }
  /** Each axis an expression or a direction. */
  | { kind: "axes"; axes: string[] }
  /** A projection made while the page is open; after a reload it can be started again. */
  | { kind: "made"; method: ProjectionMethod; dimensions: number; settings: Record<string, number> };

export const projectionMethods = ["pca", "umap", "tsne"] as const;
export type ProjectionMethod = (typeof projectionMethods)[number];

export type ColorChoice =
  | { kind: "plain" }
  | { kind: "column"; column: string; scale: ScaleChoice }
  /** Classes of Weisfeiler-Leman after so many rounds. */
  | { kind: "rounds"; round: number };

export const scaleChoices = ["auto", "categories", "continuous", "log", "diverging"] as const;
export type ScaleChoice = (typeof scaleChoices)[number];

export const metricChoices = ["own", "cosine", "euclidean", "dot"] as const;
export type MetricChoice = (typeof metricChoices)[number];

export interface Question {
  /** An expression, or an analogy `a : b :: c : ?`. */
  text: string;
  count: number;
  /** "own": that of the space. */
  metric: MetricChoice;
  /** Whether the items that the expression names may be among the answers. */
  includeInputs: boolean;
}

export const firstPane: PaneState = {
  space: 0,
  map: { kind: "first" },
  camera: null,
  color: { kind: "plain" },
  size: null,
  labels: true,
  item: null,
  selection: [],
  question: { text: "", count: 10, metric: "own", includeInputs: false },
  along: {},
  edges: false,
  links: "none",
  frame: null,
};

export const firstState: ViewState = { panes: [firstPane], active: 0, linked: true };

/** Panes beside each other. */
export const mostPanes = 4;
/** Selected rows that a link carries; a larger selection stays in the page. */
export const mostLinkedRows = 2000;
const mostRows = 2 ** 32;
const longName = 10_000;

const mapCheck: Check<MapChoice> = variant<MapChoice>({
  first: object({ kind: "first" as const }, { kind: oneOf(["first"]) }),
  columns: object(
    { kind: "columns" as const, columns: ["x", "y"] },
    { kind: oneOf(["columns"]), columns: list(text(longName), 2, 3) },
  ),
  axes: object({ kind: "axes" as const, axes: ["", ""] }, { kind: oneOf(["axes"]), axes: list(text(longName), 2, 3) }),
  made: object(
    { kind: "made" as const, method: "pca" as const, dimensions: 2, settings: {} },
    {
      kind: oneOf(["made"]),
      method: oneOf(projectionMethods) as Check<"pca">,
      dimensions: integer(2, 3),
      settings: record(number(-1e9, 1e9), 20),
    },
  ),
});

const centerCheck = list(number(-1000, 1000), 3, 3) as Check<unknown> as Check<Camera["center"]>;
const cameraCheck = object<Camera>(
  { center: [0, 0, 0], zoom: 1, azimuth: 0, elevation: 0, perspective: true },
  {
    center: centerCheck,
    zoom: number(1e-3, 1e6),
    azimuth: number(-100, 100),
    elevation: number(-2, 2),
    perspective: truth,
  },
);

const colorCheck: Check<ColorChoice> = variant<ColorChoice>({
  plain: object({ kind: "plain" as const }, { kind: oneOf(["plain"]) }),
  rounds: object({ kind: "rounds" as const, round: 1 }, { kind: oneOf(["rounds"]), round: integer(0, 100) }),
  column: object(
    { kind: "column" as const, column: "", scale: "auto" as ScaleChoice },
    { kind: oneOf(["column"]), column: text(longName), scale: oneOf(scaleChoices) },
  ),
});

const questionCheck = object<Question>(firstPane.question, {
  text: text(longName),
  count: integer(1, 1000),
  metric: oneOf(metricChoices),
  includeInputs: truth,
});

const paneCheck = object<PaneState>(firstPane, {
  space: integer(0, 999),
  map: mapCheck,
  camera: orNull(cameraCheck),
  color: colorCheck,
  size: orNull(text(longName)),
  labels: truth,
  item: orNull(integer(0, mostRows)),
  selection: (value, place) => ascending(list(integer(0, mostRows), 0, mostLinkedRows)(value, place)),
  question: questionCheck,
  along: record(number(-1e9, 1e9), 100),
  edges: truth,
  links: oneOf(["none", "adamic-adar", "dot"]),
  frame: orNull(integer(0, 100_000)),
});

const stateCheck = object<ViewState>(firstState, {
  panes: list(paneCheck, 1, mostPanes),
  active: integer(0, mostPanes - 1),
  linked: truth,
});

/** A state from data that came from outside. Throws SchemaError where it is none. */
export function checkState(value: unknown): ViewState {
  const state = stateCheck(value, "view");
  return state.active < state.panes.length ? state : { ...state, active: 0 };
}

/** The rows in order, each once. */
export function ascending(rows: Iterable<number>): number[] {
  return [...new Set(rows)].sort((a, b) => a - b);
}

/** The state with another active pane. */
export function withPane(state: ViewState, index: number, change: Partial<PaneState>): ViewState {
  return { ...state, panes: state.panes.map((pane, k) => (k === index ? { ...pane, ...change } : pane)) };
}
