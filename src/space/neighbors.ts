import { integerOption } from "../io/options.js";
import { sharedPool } from "../kernels/pool.js";
import { type ExactSearchOptions, exactSearch, isHyperbolic } from "./exact-search.js";
import type { SearchReport } from "./hnsw/filtered-search.js";
import { hyperbolicDistance } from "./hyperbolic-distance.js";
import type { Geometry } from "./manifest.js";
import { type Lookup, type Point, rowOf } from "./query.js";
import type { Metric, Neighbors } from "./search.js";
import type { Vectors } from "./vectors.js";

/** An item found. */
export interface Neighbor {
  name: string;
  row: number;
  /**
   * By the metric: cosine similarity in [-1, 1] or dot product, more being nearer; Euclidean or hyperbolic distance, less
   * being nearer;
   * for 3CosMul its quotient, more being nearer.
   */
  score: number;
}

export interface NearOptions {
  /** How many items to find; 10 by default. */
  count?: number;
  /** Whether the items that an expression names may not be found; true by default. */
  excludeInputs?: boolean;
  /** The only items that may be found: names, or a test. By default all. */
  among?: Iterable<string> | ((name: string, row: number) => boolean);
  /** By default that of the space's geometry. */
  metric?: Metric;
  /** Threads of large searches; by default one a processor. The result does not depend on it. */
  threads?: number;
  /**
   * true: every item is compared; false: the space's index is used, which may miss some. By default the index where there
   * is one of the metric and the space is large enough to gain by it.
   */
  exact?: boolean;
  /** Width of the index's beams: more is slower and finds more. Default 64. */
  ef?: number;
  /** Told how the search was made. */
  onSearch?: (report: SearchReport) => void;
  signal?: AbortSignal;
}

/** The options of a search that is exact, besides the metric. */
export type ExactOptions = Omit<NearOptions, "metric" | "exact" | "ef" | "onSearch">;

/** Names of the options of `NearOptions`, and of those that exact search has. */
export const exactOptions = ["count", "excludeInputs", "among", "metric", "threads", "signal"];
export const nearOptions = [...exactOptions, "exact", "ef", "onSearch"];

/** Finds the nearest rows, exactly or not. */
export type Searcher = (vectors: Vectors, queries: Float32Array, options: ExactSearchOptions) => Promise<Neighbors>;

/** The nearest items of each point, nearest first; `where` begins messages. */
export async function neighborsOf(
  points: readonly Point[],
  geometry: Geometry,
  lookup: Lookup,
  { count = 10, excludeInputs = true, among, threads, signal }: ExactOptions,
  where: string,
  searcher: Searcher = exactSearch,
): Promise<Neighbor[][]> {
  integerOption(where, "count", count, 1);
  const { names, vectors } = lookup;
  const queries = new Float32Array(points.length * vectors.dimensions);
  points.forEach(({ vector }, q) => {
    if (geometry === "cosine") warnIfZero(vector, lookup, where);
    queries.set(vector, q * vectors.dimensions);
  });
  const width = Math.max(1, Math.min(count, vectors.length));
  const { rows, scores, found } = await searcher(vectors, queries, {
    count: width,
    geometry,
    allowed: allowedRows(among, lookup, where),
    exclude: excludeInputs ? points.map((point) => point.rows) : undefined,
    pool: sharedPool({ threads }),
    signal,
  });
  return points.map((_, q) =>
    Array.from({ length: found[q] }, (_, k) => {
      const row = rows[q * width + k];
      const found = scores[q * width + k];
      let score = geometry === "euclidean" ? Math.sqrt(-found) : found;
      if (isHyperbolic(geometry)) score = hyperbolicDistance(geometry, points[q].vector, vectors.get(row));
      return { name: names.get(row), row, score };
    }),
  );
}

/** The rows that `among` allows; undefined for all. Throws NotFoundError for a name that is not there. */
export function allowedRows(among: NearOptions["among"], lookup: Lookup, where: string): Iterable<number> | undefined {
  if (among === undefined) return undefined;
  if (typeof among === "function") {
    const rows: number[] = [];
    for (let row = 0; row < lookup.names.length; row++) if (among(lookup.names.get(row), row)) rows.push(row);
    return rows;
  }
  if (typeof among === "string")
    throw new TypeError(`${where}: among must be a list of names or a function, got a string`);
  return new Set(Array.from(among, (name) => rowOf(name, lookup, `${where}: among`)));
}

/** Warns of a vector that has no direction. */
export function warnIfZero(vector: ArrayLike<number>, { warn }: Pick<Lookup, "warn">, where: string): void {
  for (let d = 0; d < vector.length; d++) if (vector[d] !== 0) return;
  warn(`${where}: a vector of length 0 has no direction; its similarity to everything counts as 0`);
}
