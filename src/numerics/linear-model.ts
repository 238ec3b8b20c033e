import { addRowTimes, checkMatrix, type Matrix } from "./matrix.js";

/** What a regression from D features to C outputs learns: scores x W + b. */
export interface LinearModel {
  /** D. */
  features: number;
  /** C. */
  outputs: number;
  /** W, [D, C], row-major. */
  weights: Float64Array;
  /** b, [C]; zeros where the model was fitted without intercept. */
  bias: Float64Array;
}

/** The scores X W + b, [N, C], row-major. Throws RangeError, on behalf of the function `where`, for another D. */
export function linearScores(where: string, model: LinearModel, x: Matrix): Float64Array {
  checkMatrix(where, "x", x);
  const { features, outputs, weights, bias } = model;
  if (x.columns !== features) {
    throw new RangeError(`${where}: x must have ${features} columns, as in training, got ${x.columns}`);
  }
  const scores = new Float64Array(x.rows * outputs);
  for (let n = 0; n < x.rows; n++) {
    const row = scores.subarray(n * outputs, (n + 1) * outputs);
    row.set(bias);
    addRowTimes(x, n, weights, row);
  }
  return scores;
}
