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
 * The w of a regression tells best how much of the property a row has, by its score s = x w; where the entries of rows spread
 * unequally or go together, it is not how rows change with the property: it leans on entries of little spread, and a walk
 * along it leaves the items. That change is the pattern of w,
 *
 *   a = Cov(x, s) / Var(s),   the slope of the rows over the score,
 *
 * of Haufe et al. 2014, "On the interpretation of weight vectors of linear models in multivariate neuroimaging", eq. 7. For
 * rows of equal and independent spread, as the codes of a VAE are meant to be, it is w up to its length.
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

/** Standard deviation of the rows' products with a vector. */
export function deviationAlong(x: DenseMatrix, vector: ArrayLike<number>): number {
  let squares = 0;
  for (const score of centeredScores(x, vector)) squares += square(score);
  return Math.sqrt(squares / x.rows);
}

/** The pattern of weights: Cov(x, x w) / Var(x w), [D]. All 0 where no row differs from another along w. */
export function patternOf(x: DenseMatrix, weights: ArrayLike<number>): Float64Array {
  const { rows, columns, values } = x;
  const scores = centeredScores(x, weights);
  const pattern = new Float64Array(columns);
  let squares = 0;
  for (let n = 0; n < rows; n++) {
    squares += square(scores[n]);
    for (let d = 0; d < columns; d++) pattern[d] += scores[n] * values[n * columns + d];
  }
  return squares > 0 ? pattern.map((value) => value / squares) : pattern.fill(0);
}

/** x w less its mean. */
function centeredScores({ rows, columns, values }: DenseMatrix, weights: ArrayLike<number>): Float64Array {
  const scores = new Float64Array(rows);
  let sum = 0;
  for (let n = 0; n < rows; n++) {
    scores[n] = dot(values.subarray(n * columns, (n + 1) * columns), weights);
    sum += scores[n];
  }
  return scores.map((score) => score - sum / rows);
}
