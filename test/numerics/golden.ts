import { readFileSync } from "node:fs";
import type { DenseMatrix, Matrix, SparseMatrix } from "../../dist/numerics/matrix.js";
import type { Rng } from "../../dist/numerics/random.js";

export interface RidgeCase {
  x: Matrix;
  y: DenseMatrix;
  options: { ridge: number; intercept: boolean };
  weights: number[];
  bias: number[];
}

export interface LogisticCase {
  x: Matrix;
  labels: number[];
  classes: number;
  options: { l2: number; intercept: boolean; sampleWeights?: number[] };
  coefficients: number[];
  intercepts: number[];
  probabilities: number[];
}

interface Golden {
  elementary: Record<string, [number, string][]>;
  ridge: RidgeCase[];
  logistic: LogisticCase[];
  minima: Record<string, { start: number[]; x: number[]; value: number }>;
}

/** What mpmath, scikit-learn and scipy give, by ../golden/record-numerics.py. */
export const golden: Golden = JSON.parse(
  readFileSync(new URL("../golden/numerics.json", import.meta.url), "utf8"),
  (_, value) => (value?.columns ? { ...value, values: Float64Array.from(value.values) } : value),
);

/** A dense matrix of rows. */
export function dense(rows: number[][]): DenseMatrix {
  return { rows: rows.length, columns: rows[0].length, values: Float64Array.from(rows.flat()) };
}

/** The same without its zeros. */
export function sparse({ rows, columns, values }: DenseMatrix): SparseMatrix {
  const places = Array.from(values.keys()).filter((at) => values[at] !== 0);
  const starts = Array.from({ length: rows + 1 }, (_, row) => places.filter((at) => at < row * columns).length);
  return {
    ...{ rows, columns, starts },
    values: values.filter((value) => value !== 0),
    indices: places.map((at) => at % columns),
  };
}

/** Normal numbers, with a share of zeros among them. */
export function randomMatrix(rng: Rng, rows: number, columns: number, zeros = 0): DenseMatrix {
  const values = Float64Array.from({ length: rows * columns }, () => (rng.uniform() < zeros ? 0 : rng.normal()));
  return { rows, columns, values };
}

/** The rows of a matrix in another order. */
export function permuteRows(matrix: DenseMatrix, order: number[]): DenseMatrix {
  const { columns, values } = matrix;
  return {
    ...matrix,
    values: Float64Array.from(order.flatMap((n) => [...values.subarray(n * columns, (n + 1) * columns)])),
  };
}

/** 0 .. n - 1, shuffled. */
export function randomOrder(rng: Rng, n: number): number[] {
  return Array.from({ length: n }, (_, i) => [rng.uniform(), i])
    .sort(([a], [b]) => a - b)
    .map(([, i]) => i);
}

/** The largest |a - b| / max(1, |b|) of two arrays; Infinity where their lengths differ. */
export function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  return Array.from(a).reduce(
    (most, value, i) => Math.max(most, Math.abs(value - b[i]) / Math.max(1, Math.abs(b[i]))),
    0,
  );
}
