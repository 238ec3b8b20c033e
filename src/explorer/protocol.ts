/**
 * What the explorer's page asks of its spaces, and what comes back: `SpaceAnswers` answers, the server carries it (server/). All
 * that is long is a typed array; names come in pages.
 */
import type { JsonObject } from "../io/json.js";
import type { Geometry } from "../space/manifest.js";

/** What a page shows before it has asked anything. */
export interface SpaceSummary {
  /** Its place among the spaces that were opened, from 0: the page's name for it. */
  id: number;
  /** File name without `.space`. */
  title: string;
  kind: string;
  geometry: Geometry;
  items: number;
  dimensions: number;
  method: string | null;
  options: JsonObject;
  metrics: JsonObject;
  columns: ColumnSummary[];
  /** Maps that the columns of the space hold, the one to begin with first. */
  projections: ProjectionSummary[];
  directions: DirectionSummary[];
  /** Whether there is a way back from vectors to pictures. */
  decodes: boolean;
  /** What a thing that is new to the space is told by, so that `embed` places it; null where nothing is. */
  takes: "neighbors" | "context" | null;
  /** Edges between the items; null where there are none. */
  relations: { count: number; directed: boolean } | null;
  /** Tiles of the items in sheets; null where there are none. */
  thumbnails: ThumbnailSummary | null;
  /** Approximate search is there. */
  indexed: boolean;
  /** Epochs of the frames that a method kept of its layer, ascending, 0 for before the first; empty where there are none. */
  epochs: number[];
  /** Whether the space is being trained, or was since the explorer runs, so that `watch` reports; null for any other. */
  training: "under way" | "done" | null;
  /** Which files of it cannot be read, and why: what needs them is missing here and fails when asked for. null if none is known. */
  problem: string | null;
  /** Whether it could not be opened at all: it is empty, and `problem` says why. */
  unopened?: boolean;
}

export interface ColumnSummary {
  name: string;
  /** "number" with its range, "category" with its number of values (booleans are categories). */
  type: "number" | "category";
  least?: number;
  most?: number;
  values?: number;
  /** Items without a value. */
  missing: number;
}

export interface ProjectionSummary {
  /** Columns that hold it, 2 or 3. */
  columns: string[];
  method: string;
  settings: JsonObject;
  quality: JsonObject | null;
}

export interface DirectionSummary {
  name: string;
  metrics: JsonObject;
  /** Coefficients of the items along it, of which a slider needs the range: 1st and 99th percentile. */
  least: number;
  most: number;
  /** By which request it was learned since the explorer runs: it is not saved, and can be taken out again. */
  made?: DirectionRequest;
}

export interface ThumbnailSummary {
  tileWidth: number;
  tileHeight: number;
  /** Tiles in a row of a sheet. */
  columns: number;
  /** Tiles of each sheet, by row of items. */
  sheets: number[];
}

/** Coordinates of all items, [items, dimensions], and what they are. */
export interface Points {
  dimensions: 2 | 3;
  coordinates: Float32Array;
  /** What the axes mean, for people: "x", "PCA 1 (31 %)", "man to woman"; the second is "" where the first tells of both. */
  axes: string[];
  /** What the map is to have room for, by axis, where that is more than these points: of a frame all frames of its film. */
  within?: { low: number[]; high: number[] };
  /** How far to believe a projection that was just made; null where there are too few items to tell. */
  quality?: JsonObject | null;
}

/** A column's values: numbers (NaN for none), or numbers of categories (-1 for none) with their texts, most frequent first. */
export type ColumnValues =
  | { type: "number"; values: Float32Array }
  | { type: "category"; values: Int32Array; categories: string[]; counts: number[] };

export interface NeighborAnswer {
  row: number;
  name: string;
  score: number;
}

/** What an expression names: items by row, with the weight of each, and directions. */
export interface ExpressionAnswer {
  terms: { name: string; scope: "item" | "direction"; weight: number; row: number | null }[];
  neighbors: NeighborAnswer[];
  /** "cosine", "euclidean", ...: what the scores are. */
  metric: string;
  /** Whether the answer is exact, and if not the share of right answers that is to be expected, where known. */
  exact: boolean;
  recall: number | null;
  milliseconds: number;
}

export interface NearRequest {
  /** An expression, or a vector of one's own, such as that of an uploaded picture. */
  query: string | number[];
  /** Added to it: coefficients by the names of directions. */
  along?: Record<string, number>;
  count?: number;
  metric?: "cosine" | "euclidean" | "dot";
  /** Whether the items that the expression names may be among the answers; false by default. */
  includeInputs?: boolean;
  exact?: boolean;
}

/** A point: an expression and how far to go from it along directions. */
export interface Place {
  /** An expression, or a vector. */
  at: string | number[];
  /** Coefficients by the names of directions. */
  along?: Record<string, number>;
}

/** A picture as PNG, and its size. */
export interface PictureAnswer {
  png: Uint8Array;
  width: number;
  height: number;
}

export interface WalkRequest {
  start: string | number[];
  /** A direction or an expression of directions; or `towards`, an item or expression to end at. */
  along?: string;
  towards?: string;
  spherical?: boolean;
  from?: number;
  to?: number;
  steps?: number;
}

/** The steps of a walk: where there is a decoder one strip with labels, and always the nearest items of each step. */
export interface WalkAnswer {
  coefficients: number[];
  nearest: NeighborAnswer[][];
  strip: PictureAnswer | null;
}

export interface DirectionRequest {
  name: string;
  /** Rows of items from which it leads, and to which; or a column. */
  from?: number[];
  to?: number[];
  column?: string;
  /** Of a column of classes: the class that it leads to, as text; needed where there are more than two. */
  positive?: string;
  orthogonalTo?: string[];
}

export interface SampleAnswer {
  /** Codes, [count][D]. */
  vectors: number[][];
  sheet: PictureAnswer | null;
  nearest: NeighborAnswer[];
}

/** A thing that the space has never seen: a node by its neighbors, an expression; or a word by a text around it. */
export interface EmbedRequest {
  neighbors?: string;
  context?: string;
}

/** Its vector, the names that told of it, and those that the space does not have. */
export interface EmbedAnswer {
  vector: number[];
  used: string[];
  unknown: string[];
}

export interface ProjectRequest {
  method: "pca" | "umap" | "tsne";
  dimensions: 2 | 3;
  settings: Record<string, number | string | boolean>;
  /** Name it in the space's columns when it is done; otherwise it lives as long as the page. */
}

/** How far long work is; `points` now and then, so that a map moves while it is made. */
export interface JobProgress {
  phase: string;
  done: number;
  total: number;
  secondsLeft: number | null;
  loss?: number;
}

/** What a training tells those who watch it. Until it is finished its space is that of the vectors as they are at the moment. */
export interface TrainingReport {
  progress: JobProgress;
  /** Items a second, in the words of the method: "pairs", "pictures". */
  rate: number | null;
  unit: string;
  /** [step, loss] pairs since the last report. */
  losses: Float32Array;
  /** The first of this listening, or since the connection was lost: `losses` are all there were. */
  first: boolean;
  /** The map of the vectors as they are now, where it has moved. */
  points?: Points;
  /** Items of the space, 0 until they are known; where it differs from what is known of the space, `spaces` is to be asked again. */
  items: number;
  /** Whether the method tells vectors before its end; otherwise there is no map until then. */
  moves: boolean;
  /** The trained space has taken its place: `spaces` is to be asked again. */
  finished: boolean;
  /** Why it has ended without a result, for people. */
  error: string | null;
}

/** One item with the values of its columns, for people: null where there is none. */
export interface ItemAnswer {
  row: number;
  name: string;
  values: { column: string; value: string | number | null }[];
}

/** Long work that reports and can be cancelled. */
export interface Job<Result> {
  onProgress(listener: (progress: JobProgress, points?: Points) => void): void;
  result: Promise<Result>;
  cancel(): void;
}

/** Edges by row, heaviest first where they are thinned. */
export interface Edges {
  source: Uint32Array;
  target: Uint32Array;
  weight: Float32Array | null;
  /** Edges that there are in all; more than were sent where they are thinned. */
  total: number;
}

export interface LinkRequest {
  row: number;
  count?: number;
  method: "adamic-adar" | "dot";
}

/** Everything a page may ask. Errors are rejected with an `Error` whose message is for people. */
export interface DataSource {
  spaces(): Promise<SpaceSummary[]>;
  /** Listens to whether the carrier answers: null, or why not in words for people. Called at once with what is known. */
  onConnection(listener: (lost: string | null) => void): void;
  /** Names of rows from .. from + count, at most 10,000. */
  names(space: number, from: number, count: number): Promise<string[]>;
  /** Names of any rows, at most 10,000. */
  namesOf(space: number, rows: readonly number[]): Promise<string[]>;
  item(space: number, row: number): Promise<ItemAnswer>;
  /** Names that begin with or contain a text, in the space's order; * and ? are wildcards; `column` searches another column. */
  search(space: number, text: string, options?: { column?: string; count?: number }): Promise<NeighborAnswer[]>;
  /** The rows of names; null where there is none of that name. */
  rowsOf(space: number, names: readonly string[]): Promise<(number | null)[]>;
  /** A saved projection by its columns, axes given by expressions or directions, or (neither) the plane of largest spread. */
  points(space: number, from: { columns?: readonly string[]; axes?: readonly string[] }): Promise<Points>;
  column(space: number, name: string): Promise<ColumnValues>;
  near(space: number, request: NearRequest): Promise<ExpressionAnswer>;
  decode(space: number, place: Place, signal?: AbortSignal): Promise<PictureAnswer>;
  walk(space: number, request: WalkRequest): Promise<WalkAnswer>;
  direction(space: number, request: DirectionRequest): Promise<DirectionSummary>;
  /** Takes a direction out again that was learned since the explorer runs. */
  removeDirection(space: number, name: string): Promise<void>;
  sample(space: number, count: number, seed: number): Promise<SampleAnswer>;
  embed(space: number, request: EmbedRequest): Promise<EmbedAnswer>;
  /** The code of a picture of the user's (the bytes of its file), and what it decodes to. */
  invert(space: number, picture: Uint8Array): Job<{ vector: number[]; picture: PictureAnswer; error: number }>;
  project(space: number, request: ProjectRequest): Job<Points>;
  /** Seconds that a projection is expected to take; null where nobody knows. */
  estimate(space: number, request: ProjectRequest): Promise<number | null>;
  /** Reports of a training that is under way; returns what ends the listening. */
  watch(space: number, listener: (report: TrainingReport) => void): () => void;
  /** At most `most` edges. */
  edges(space: number, most: number): Promise<Edges>;
  /** Edges of one item. */
  neighborhood(space: number, row: number): Promise<Edges>;
  links(space: number, request: LinkRequest): Promise<NeighborAnswer[]>;
  /** Colors of Weisfeiler-Leman by round, [rounds][items] (numbers of classes). */
  colorsByRound(space: number, rounds: number): Promise<Int32Array[]>;
  /** The layer that a method kept by epoch: points of each of the `epochs`, in one plane; null where there is none. */
  film(space: number): Promise<Points[] | null>;
  thumbnailSheet(space: number, sheet: number): Promise<Blob>;
}
