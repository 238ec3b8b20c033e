import { breathe } from "#platform";
import { paddedQuery, scorer } from "./hnsw/exact-score.js";
import type { Geometry } from "./manifest.js";
import { type Metric, metrics, type Neighbors, type SearchOptions, search } from "./search.js";
import type { Vectors } from "./vectors.js";

/** Whether distances of a geometry are those of hyperbolic space. */
export function isHyperbolic(geometry: Geometry): geometry is "poincare" | "lorentz" {
  return !metrics.includes(geometry as Metric);
}

export interface ExactSearchOptions extends Omit<SearchOptions, "metric"> {
  geometry: Geometry;
}

/**
 * The nearest rows by any geometry: `search`, or for hyperbolic ones every row in turn, on the calling thread and in f64,
 * where scores are minus the distance's monotone form (see `scorer`). Best first, among equals the lower row.
 */
export async function exactSearch(
  vectors: Vectors,
  queries: Float32Array,
  { geometry, ...options }: ExactSearchOptions,
): Promise<Neighbors> {
  if (!isHyperbolic(geometry)) return search(vectors, queries, { ...options, metric: geometry as Metric });
  const { count = 10, allowed, exclude, signal } = options;
  const { dimensions, stride } = vectors;
  const total = queries.length / dimensions;
  const result: Neighbors = {
    rows: new Uint32Array(total * count).fill(2 ** 32 - 1),
    scores: new Float32Array(total * count).fill(Number.NEGATIVE_INFINITY),
    found: new Uint32Array(total),
  };
  const candidates = candidateRows(vectors.length, allowed);
  for (let q = 0; q < total; q++) {
    signal?.throwIfAborted();
    await breathe();
    const score = scorer(vectors, geometry); // anew, since memories may have grown meanwhile
    const query = paddedQuery(queries.subarray(q * dimensions, (q + 1) * dimensions), stride, geometry);
    const excluded = new Set(exclude?.[q]);
    const best = new Best(count);
    for (const row of candidates) if (!excluded.has(row)) best.offer(row, score(row, query));
    result.found[q] = best.rows.length;
    result.rows.set(best.rows, q * count);
    result.scores.set(best.scores, q * count);
  }
  return result;
}

/** The best entries so far, in order. */
class Best {
  readonly rows: number[] = [];
  readonly scores: number[] = [];
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  /** Rows come in ascending order, so that one goes behind its equals. */
  offer(row: number, score: number): void {
    const { rows, scores } = this;
    if (rows.length === this.#most && !(score > scores[scores.length - 1])) return;
    let [low, high] = [0, rows.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (scores[middle] >= score) low = middle + 1;
      else high = middle;
    }
    rows.splice(low, 0, row);
    scores.splice(low, 0, score);
    if (rows.length > this.#most) {
      rows.pop();
      scores.pop();
    }
  }
}

/** Ascending. */
function candidateRows(length: number, allowed: SearchOptions["allowed"]): Iterable<number> {
  const all = Array.from({ length }, (_, row) => row);
  if (allowed === undefined) return all;
  if (typeof allowed === "function") return all.filter(allowed);
  return [...new Set(allowed)].sort((a, b) => a - b);
}
