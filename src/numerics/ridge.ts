import { factorize, solveFactorized } from "./cholesky.js";
import { LeastSquares } from "./least-squares.js";
import { type LinearModel, linearScores } from "./linear-model.js";
import {
  addRowTransposedTimes,
  checkMatrix,
  type DenseMatrix,
  isSparse,
  type Matrix,
  readRow,
  rowDot,
} from "./matrix.js";
import { booleanOption, knownOptions, numberOption } from "./options.js";

export interface RidgeOptions {
  /**
   * Weight of |W|^2 beside the sum of squares over the N rows, scikit-learn's `alpha`; 1 by default. Useful from about
   * 1e-6 to 10 times the mean of |x|^2 times N; it must be above 0.
   */
  ridge: number;
  /** Whether there is a bias, which is not penalized; true by default. */
  intercept: boolean;
}

export const ridgeDefaults: RidgeOptions = { ridge: 1, intercept: true };

/**
 * Ridge regression (Hoerl and Kennard 1970, "Ridge regression: biased estimation for nonorthogonal problems", eq. 2.1)
 * from features X, [N, D], to C outputs Y, [N, C]:
 *
 *   minimize over W, b   sum_n |x_n W + b - y_n|^2 + ridge |W|^2
 *
 * The bias is b = mean(y) - mean(x) W, so that W is that of columns less their means, in closed form:
 *
 *   D <= N:   W = (X^T X + ridge I)^-1 X^T Y          D^2 / 2 numbers of memory, N D^2 / 2 + D^3 / 6 multiplications
 *   D > N:    W = X^T (X X^T + ridge I)^-1 Y          N^2 / 2 and, for a dense X, N D; likewise with N and D swapped
 *             (Saunders, Gammerman and Vovk 1998, "Ridge regression learning algorithm in dual variables")
 *
 * both by Cholesky's factorization in f64. Means are taken from a dense X before it is multiplied, from a sparse one
 * after, which keeps it sparse and loses digits only in columns that are about constant and not 0.
 *
 * Throws RangeError where X or Y is no matrix of finite numbers, they differ in rows, an option is out of range, or the
 * ridge is too small to separate columns that depend on each other.
 */
export function fitRidge(x: Matrix, y: DenseMatrix, options: Partial<RidgeOptions> = {}): LinearModel {
  const where = "fitRidge";
  knownOptions(where, options, Object.keys(ridgeDefaults));
  const ridge = numberOption(where, "ridge", options.ridge ?? ridgeDefaults.ridge, { least: 0, exclusive: true });
  const intercept = booleanOption(where, "intercept", options.intercept ?? ridgeDefaults.intercept);
  checkMatrix(where, "x", x);
  checkMatrix(where, "y", y);
  if (x.rows !== y.rows) {
    throw new RangeError(`${where}: x and y must have the same number of rows, got ${x.rows} and ${y.rows}`);
  }

  const features = x.columns;
  const outputs = y.columns;
  const xMean = intercept ? columnMeans(x) : new Float64Array(features);
  const yMean = intercept ? columnMeans(y) : new Float64Array(outputs);
  const targets = centered(y, yMean);
  const weights = features <= x.rows ? primal(x, xMean, targets, ridge) : dual(x, xMean, targets, ridge);

  const bias = yMean;
  for (let d = 0; d < features; d++) {
    for (let c = 0; c < outputs; c++) bias[c] -= xMean[d] * weights[d * outputs + c];
  }
  return { features, outputs, weights, bias };
}

/** The predictions X W + b, [N, C], row-major. Throws RangeError where X is not a finite matrix of the model's width. */
export function predictRidge(model: LinearModel, x: Matrix): Float64Array {
  return linearScores("predictRidge", model, x);
}

/** W by D equations, [D, C]. */
function primal(x: Matrix, mean: Float64Array, targets: DenseMatrix, ridge: number): Float64Array {
  const equations = new LeastSquares(x.columns, targets.columns);
  const row = new Float64Array(x.columns);
  const target = new Float64Array(targets.columns);
  const centerFirst = !isSparse(x);
  for (let n = 0; n < x.rows; n++) {
    readRow(x, n, row);
    if (centerFirst) subtract(row, mean);
    readRow(targets, n, target);
    equations.add(row, target, 1);
  }
  // sum (x - m)^T (x - m) = sum x^T x - N m^T m; the targets' sums are 0 already.
  if (!centerFirst) equations.add(mean, target.fill(0), -x.rows);
  return equations.solve(ridge, "fitRidge");
}

/** W by N equations: the rows' coefficients A, [N, C], then W = X^T A. */
function dual(x: Matrix, mean: Float64Array, targets: DenseMatrix, ridge: number): Float64Array {
  const { rows, columns } = x;
  const centerFirst = !isSparse(x);
  const features = centerFirst ? centered(x, mean) : x;
  const kernel = innerProducts(features);
  if (!centerFirst) centerKernel(kernel, features, mean);
  for (let i = 0; i < rows; i++) kernel[(i * (i + 3)) / 2] += ridge;
  factorize("fitRidge", kernel, rows);
  const coefficients = Float64Array.from(targets.values);
  solveFactorized("fitRidge", kernel, rows, coefficients, targets.columns);

  const weights = new Float64Array(columns * targets.columns);
  const sum = new Float64Array(targets.columns);
  for (let n = 0; n < rows; n++) {
    const factors = coefficients.subarray(n * targets.columns, (n + 1) * targets.columns);
    addRowTransposedTimes(features, n, factors, weights);
    for (let c = 0; c < sum.length; c++) sum[c] += factors[c];
  }
  if (!centerFirst) {
    for (let d = 0; d < columns; d++) {
      for (let c = 0; c < sum.length; c++) weights[d * sum.length + c] -= mean[d] * sum[c];
    }
  }
  return weights;
}

/** X X^T, its lower triangle as in cholesky.ts. */
function innerProducts(x: Matrix): Float64Array {
  const triangle = new Float64Array((x.rows * (x.rows + 1)) / 2);
  const row = new Float64Array(x.columns);
  for (let i = 0, at = 0; i < x.rows; i++) {
    readRow(x, i, row);
    for (let k = 0; k <= i; k++) triangle[at++] = rowDot(x, k, row);
  }
  return triangle;
}

/** From x_i . x_k to (x_i - m) . (x_k - m) = x_i . x_k - x_i . m - x_k . m + m . m, in place. */
function centerKernel(kernel: Float64Array, x: Matrix, mean: Float64Array): void {
  const alongMean = Float64Array.from({ length: x.rows }, (_, n) => rowDot(x, n, mean));
  let mean2 = 0;
  for (const value of mean) mean2 += value * value;
  for (let i = 0, at = 0; i < x.rows; i++) {
    for (let k = 0; k <= i; k++) kernel[at++] -= alongMean[i] + alongMean[k] - mean2;
  }
}

function columnMeans(x: Matrix): Float64Array {
  const means = new Float64Array(x.columns);
  const one = Float64Array.of(1);
  for (let n = 0; n < x.rows; n++) addRowTransposedTimes(x, n, one, means);
  for (let d = 0; d < x.columns; d++) means[d] /= x.rows;
  return means;
}

/** The matrix less its columns' means, in f64. */
function centered(x: DenseMatrix, mean: Float64Array): DenseMatrix {
  const values = Float64Array.from(x.values);
  for (let n = 0; n < x.rows; n++) subtract(values.subarray(n * x.columns, (n + 1) * x.columns), mean);
  return { rows: x.rows, columns: x.columns, values };
}

function subtract(row: Float64Array, mean: Float64Array): void {
  for (let d = 0; d < row.length; d++) row[d] -= mean[d];
}
