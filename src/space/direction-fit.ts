import { dot } from "../numerics/dot.js";
import { square } from "../numerics/elementary.js";
import { fitLogisticRegression } from "../numerics/logistic-regression.js";
import type { DenseMatrix } from "../numerics/matrix.js";
import { fitRidge } from "../numerics/ridge.js";

/**
 * Directions of a space: moving along one changes one property and, ideally, nothing else. With rows x_n, [N, D], each a
 * column of labels or numbers or two groups of items give w, [D]:
 *
 *   mean difference   w = mean of the group "to" - mean of the group "from"
 *   logistic          w = W_to - W_from of logistic regression, the normal of the plane between the groups
 *   ridge             w of x w + b, fitted to the numbers
 *   component         an eigenvector of the covariance of all rows
 *
 * Shen et al. 2020, "Interpreting the latent space of GANs for semantic face editing", section 2.1, use the normal and, for
 * "conditional manipulation", w less its projections on other directions, as `orthogonalTo` does here.
 */
export type DirectionMethod = (typeof directionMethods)[number];
export const directionMethods = ["mean-difference", "logistic", "ridge"] as const;

/**
 * w, [D], from rows and labels, less its projections on the span of `others`. `x` is [N, D]; `labels` are of its rows.
 * Throws RangeError where nothing is left of it.
 */
export function fitDirection(
  method: DirectionMethod,
  x: DenseMatrix,
  labels: ArrayLike<number>,
  others: readonly ArrayLike<number>[] = [],
): Float64Array {
  const fitted = fits[method](x, labels);
  return withoutProjections(fitted, others);
}

const fits: Readonly<Record<DirectionMethod, (x: DenseMatrix, labels: ArrayLike<number>) => Float64Array>> = {
  "mean-difference": ({ rows, columns, values }, labels) => {
    const sums = [new Float64Array(columns), new Float64Array(columns)];
    const counts = [0, 0];
    for (let n = 0; n < rows; n++) {
      counts[labels[n]]++;
      for (let d = 0; d < columns; d++) sums[labels[n]][d] += values[n * columns + d];
    }
    return sums[1].map((sum, d) => sum / counts[1] - sums[0][d] / counts[0]);
  },
  // Rows are brought to a mean square of 1 an entry, so that the penalty means the same in every space.
  logistic: (x, labels) => {
    const scale = rootMeanSquare(x);
    const { weights } = fitLogisticRegression(scaled(x, 1 / scale), labels, 2);
    return Float64Array.from({ length: x.columns }, (_, d) => (weights[2 * d + 1] - weights[2 * d]) / scale);
  },
  ridge: (x, numbers) => {
    const scale = rootMeanSquare(x);
    const y = { rows: x.rows, columns: 1, values: Float64Array.from(numbers) };
    return fitRidge(scaled(x, 1 / scale), y, { ridge: ridgeShare * x.rows }).weights.map((w) => w / scale);
  },
};

/** The ridge, as a share of the mean square of the rows' entries times their number. */
const ridgeShare = 1e-3;

function rootMeanSquare({ rows, columns, values }: DenseMatrix): number {
  let squares = 0;
  for (const value of values) squares += value * value;
  return squares > 0 ? Math.sqrt(squares / (rows * columns)) : 1;
}

function scaled(x: DenseMatrix, factor: number): DenseMatrix {
  return { ...x, values: Float64Array.from(x.values, (value) => value * factor) };
}

/** A vector less its projections on the span of others; Gram-Schmidt, twice. Throws RangeError where nothing is left. */
export function withoutProjections(vector: Float64Array, others: readonly ArrayLike<number>[]): Float64Array {
  const basis: Float64Array[] = [];
  const reduce = (v: Float64Array) => {
    for (let pass = 0; pass < 2; pass++)
      for (const unit of basis) {
        const along = dot(v, unit);
        for (let d = 0; d < v.length; d++) v[d] -= along * unit[d];
      }
    return v;
  };
  for (const other of others) {
    const before = Math.sqrt(dot(other, other));
    const rest = reduce(Float64Array.from(other));
    const after = Math.sqrt(dot(rest, rest));
    if (after > 1e-6 * before) basis.push(rest.map((value) => value / after));
  }
  const before = Math.sqrt(dot(vector, vector));
  const rest = reduce(vector.slice());
  const after = Math.sqrt(dot(rest, rest));
  if (!(after > 1e-6 * before)) {
    throw new RangeError(
      before > 0
        ? "direction: nothing is left of it beside those that it must be orthogonal to"
        : "direction: it has length 0: the two sides do not differ",
    );
  }
  return rest;
}

/** Standard deviation of the rows' projections on a vector of length 1. */
export function deviationAlong({ rows, columns, values }: DenseMatrix, unit: Float64Array): number {
  const along = new Float64Array(rows);
  let sum = 0;
  for (let n = 0; n < rows; n++) {
    along[n] = dot(values.subarray(n * columns, (n + 1) * columns), unit);
    sum += along[n];
  }
  const middle = sum / rows;
  let squares = 0;
  for (const value of along) squares += square(value - middle);
  return Math.sqrt(squares / rows);
}
