import type { LinearModel } from "./linear-model.js";
import { addRowTransposedTimes, type Matrix, readRow, rowDot, type SparseMatrix } from "./matrix.js";

/** A share of a row's squared length below which what earlier rows leave of it counts as rounding. */
const dependent = 1e-10;

/**
 * The N rows of a matrix X, [N, D], less their mean m, in coordinates of the space that they span:
 *
 *   (X - m) (X - m)^T = R R^T,   R [N, N] lower triangular (Cholesky; a row that depends on earlier ones: 0 on the diagonal)
 *
 * A linear model with a free bias that is fitted to R under a penalty on |V|^2 is the one fitted to X under the same penalty
 * on |W|^2, since the best W lies in the span of the rows (the representer theorem, Kimeldorf and Wahba 1971):
 * W = (X - m)^T A with R^T A = V. It pays where N is smaller than D; and descent is faster without the mean, which
 * would go with the bias.
 */
export class RowSpace {
  /** R, without the zeros of its upper triangle: entry (i, k), k <= i, is value i (i + 1) / 2 + k. */
  readonly coordinates: SparseMatrix;
  readonly #x: Matrix;
  readonly #mean: Float64Array; // [D]

  constructor(x: Matrix) {
    const { rows: n, columns } = x;
    const mean = new Float64Array(columns);
    for (let i = 0; i < n; i++) addRowTransposedTimes(x, i, Float64Array.of(1 / n), mean);
    const r = new Float64Array((n * (n + 1)) / 2);
    const indices = new Uint32Array(r.length);
    const alongMean = Float64Array.from({ length: n }, (_, i) => rowDot(x, i, mean));
    const mean2 = alongMean.reduce((sum, product) => sum + product, 0) / n;
    const row = new Float64Array(columns);
    for (let i = 0, at = 0; i < n; i++) {
      readRow(x, i, row);
      const start = at;
      for (let k = 0, startK = 0; k <= i; k++, at++) {
        const product = rowDot(x, k, row);
        let rest = product - alongMean[i] - alongMean[k] + mean2;
        for (let m = 0; m < k; m++) rest -= r[start + m] * r[startK + m];
        startK += k + 1;
        const pivot = r[startK - 1];
        if (k < i) r[at] = pivot === 0 ? 0 : rest / pivot;
        else r[at] = rest > dependent * product ? Math.sqrt(rest) : 0;
        indices[at] = k;
      }
    }
    const starts = Uint32Array.from({ length: n + 1 }, (_, i) => (i * (i + 1)) / 2);
    this.#x = x;
    this.#mean = mean;
    this.coordinates = { rows: n, columns: n, values: r, starts, indices };
  }

  /** W, [D, C], and b from the weights V, [N, C], and the bias of a model in these coordinates. */
  model({ weights: v, bias, outputs }: LinearModel): LinearModel {
    const { rows: n, values: r } = this.coordinates;
    const a = Float64Array.from(v);
    const sums = new Float64Array(outputs);
    for (let i = n - 1; i >= 0; i--) {
      const start = (i * (i + 1)) / 2;
      const pivot = r[start + i];
      for (let c = 0, at = i * outputs; c < outputs; c++, at++) {
        a[at] = pivot === 0 ? 0 : a[at] / pivot;
        sums[c] += a[at];
      }
      for (let m = 0, at = 0; m < i; m++) {
        for (let c = 0; c < outputs; c++, at++) a[at] -= r[start + m] * a[i * outputs + c];
      }
    }
    const features = this.#x.columns;
    const weights = new Float64Array(features * outputs);
    const ownBias = Float64Array.from(bias);
    for (let i = 0; i < n; i++) {
      const shares = Float64Array.from(sums, (sum, c) => a[i * outputs + c] - sum / n);
      addRowTransposedTimes(this.#x, i, shares, weights);
    }
    for (let d = 0, at = 0; d < features; d++) {
      for (let c = 0; c < outputs; c++, at++) ownBias[c] -= this.#mean[d] * weights[at];
    }
    return { features, outputs, weights, bias: ownBias };
  }
}
