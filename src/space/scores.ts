import { breathe } from "#platform";
import type { Metric } from "./search.js";
import type { Vectors } from "./vectors.js";

/** Products between two pauses on the calling thread: some 30 ms. */
const productsPerBreath = 2 ** 25;

/**
 * The score of every row for each of some queries [D], in f64: `cosine`: dot(x, q) / (|x| |q|), 0 where x or q is zero;
 * `dot`: dot(x, q); `euclidean`: -|x - q|. Plain loops for the questions that concern all rows; for the nearest ones
 * alone `search` is many times faster.
 */
export async function scores(
  vectors: Vectors,
  queries: readonly ArrayLike<number>[],
  metric: Metric,
  signal?: AbortSignal,
): Promise<Float64Array[]> {
  const results = queries.map(() => new Float64Array(vectors.length));
  const unit = metric === "cosine";
  const sought = queries.map((query) => (unit ? toUnit(query) : Float64Array.from(query)));
  const score = metric === "euclidean" ? negativeDistance : dot;
  let row = 0;
  let rowsLeft = 0;
  for (const batch of vectors.batches()) {
    if (rowsLeft <= 0) {
      if (row > 0) await breathe();
      signal?.throwIfAborted();
      rowsLeft = productsPerBreath / (vectors.dimensions * Math.max(1, queries.length));
    }
    for (let at = 0; at < batch.length; at += vectors.dimensions) {
      const length = unit ? norm(batch, at, vectors.dimensions) : 1;
      for (let q = 0; q < sought.length; q++) {
        results[q][row] = length > 0 ? score(batch, at, sought[q]) / length : 0;
      }
      row++;
      rowsLeft--;
    }
  }
  return results;
}

/** A vector of length 1 in the same direction, in f64; zeros for the zero vector. */
export function toUnit(vector: ArrayLike<number>): Float64Array {
  // By the largest component first, so that no square overflows or vanishes.
  let largest = 0;
  for (let d = 0; d < vector.length; d++) largest = Math.max(largest, Math.abs(vector[d]));
  const unit = Float64Array.from(vector, (value) => (largest > 0 ? value / largest : 0));
  const length = norm(unit, 0, unit.length);
  return length > 0 ? unit.map((value) => value / length) : unit;
}

/** dot(a, b) / (|a| |b|) within [-1, 1]; 0 where one of them is zero. */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.min(1, Math.max(-1, dot(toUnit(a), 0, toUnit(b))));
}

/** |a - b|. */
export function euclidean(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return 0 - negativeDistance(a, 0, b);
}

function dot(row: ArrayLike<number>, at: number, query: ArrayLike<number>): number {
  let sum = 0;
  for (let d = 0; d < query.length; d++) sum += row[at + d] * query[d];
  return sum;
}

function negativeDistance(row: ArrayLike<number>, at: number, query: ArrayLike<number>): number {
  let sum = 0;
  for (let d = 0; d < query.length; d++) {
    const difference = row[at + d] - query[d];
    sum += difference * difference;
  }
  return -Math.sqrt(sum);
}

function norm(row: ArrayLike<number>, at: number, dimensions: number): number {
  let sum = 0;
  for (let d = 0; d < dimensions; d++) sum += row[at + d] * row[at + d];
  return Math.sqrt(sum);
}
