import { breathe } from "#platform";
import { square } from "../numerics/elementary.js";
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
  const { dimensions } = vectors;
  const results = queries.map(() => new Float64Array(vectors.length));
  const unit = metric === "cosine";
  const sought = queries.map((query) => (unit ? toUnit(query) : Float64Array.from(query)));
  let first = 0;
  let breath = productsPerBreath;
  for (const batch of vectors.batches()) {
    breath -= batch.length * queries.length;
    if (breath <= 0) {
      await breathe();
      breath = productsPerBreath;
    }
    signal?.throwIfAborted();
    const rows = batch.length / dimensions;
    for (let q = 0; q < sought.length; q++) {
      for (let row = 0; row < rows; row++) {
        results[q][first + row] =
          metric === "euclidean" ? -rowDistance(batch, row, sought[q]) : rowDot(batch, row, sought[q]);
      }
    }
    if (unit) scaleByNorms(batch, dimensions, first, results);
    first += rows;
  }
  return results;
}

function scaleByNorms(batch: Float32Array, dimensions: number, first: number, results: readonly Float64Array[]): void {
  for (let row = 0; row < batch.length / dimensions; row++) {
    const squares = rowSquares(batch, row, dimensions);
    const inverse = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    for (const result of results) result[first + row] *= inverse;
  }
}

// Four sums each, so that an addition need not wait for the one before.

function rowDot(batch: Float32Array, row: number, query: Float64Array): number {
  const start = row * query.length;
  const whole = query.length & ~3;
  let [sum0, sum1, sum2, sum3] = [0, 0, 0, 0];
  for (let d = 0; d < whole; d += 4) {
    sum0 += batch[start + d] * query[d];
    sum1 += batch[start + d + 1] * query[d + 1];
    sum2 += batch[start + d + 2] * query[d + 2];
    sum3 += batch[start + d + 3] * query[d + 3];
  }
  for (let d = whole; d < query.length; d++) sum0 += batch[start + d] * query[d];
  return sum0 + sum1 + (sum2 + sum3);
}

function rowSquares(batch: Float32Array, row: number, dimensions: number): number {
  const start = row * dimensions;
  const whole = dimensions & ~3;
  let [sum0, sum1, sum2, sum3] = [0, 0, 0, 0];
  for (let i = start; i < start + whole; i += 4) {
    sum0 += batch[i] * batch[i];
    sum1 += batch[i + 1] * batch[i + 1];
    sum2 += batch[i + 2] * batch[i + 2];
    sum3 += batch[i + 3] * batch[i + 3];
  }
  for (let i = start + whole; i < start + dimensions; i++) sum0 += batch[i] * batch[i];
  return sum0 + sum1 + (sum2 + sum3);
}

function rowDistance(batch: Float32Array, row: number, query: Float64Array): number {
  const start = row * query.length;
  let squares = 0;
  for (let d = 0; d < query.length; d++) squares += square(batch[start + d] - query[d]);
  return Math.sqrt(squares);
}

/** A vector of length 1 in the same direction, in f64; zeros for the zero vector. */
export function toUnit(vector: ArrayLike<number>): Float64Array {
  // By the largest component first, so that no square overflows or vanishes.
  let largest = 0;
  for (let d = 0; d < vector.length; d++) largest = Math.max(largest, Math.abs(vector[d]));
  const unit = Float64Array.from(vector, (value) => (largest > 0 ? value / largest : 0));
  let squares = 0;
  for (const value of unit) squares += value * value;
  const length = Math.sqrt(squares);
  return length > 0 ? unit.map((value) => value / length) : unit;
}

/** dot(a, b) / (|a| |b|) within [-1, 1]; 0 where one of them is zero. */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [x, y] = [toUnit(a), toUnit(b)];
  let sum = 0;
  for (let d = 0; d < x.length; d++) sum += x[d] * y[d];
  return Math.min(1, Math.max(-1, sum));
}

/** |a - b|. */
export function euclidean(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let squares = 0;
  for (let d = 0; d < a.length; d++) squares += square(a[d] - b[d]);
  return Math.sqrt(squares);
}
