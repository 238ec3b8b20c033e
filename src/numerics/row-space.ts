import { addRowTransposedTimes, type DenseMatrix, type Matrix, readRow, rowDot } from "./matrix.js";

/** A share of a row's squared length below which what earlier rows leave of it counts as rounding. */
const dependent = 1e-10;

/**
 * The N rows of a matrix X, [N, D], in coordinates of the space that they span:
 *
 *   X X^T = R R^T,   R [N, N] lower triangular (Cholesky; a row that depends on earlier ones gets a zero on the diagonal)
 *
 * A linear model that is fitted to R under a penalty on |V|^2 is the one fitted to X under the same penalty on |W|^2, since
 * the best W lies in the span of the rows (the representer theorem, Kimeldorf and Wahba 1971): W = X^T A with R^T A = V.
 * It pays where N is smaller than D.
 */
export class RowSpace {
  /** R, as a matrix of N rows. */
  readonly coordinates: DenseMatrix;
  readonly #x: Matrix;

  constructor(x: Matrix) {
    const n = x.rows;
    const r = new Float64Array(n * n);
    const row = new Float64Array(x.columns);
    for (let i = 0; i < n; i++) {
      readRow(x, i, row);
      for (let k = 0; k <= i; k++) {
        const product = rowDot(x, k, row);
        let rest = product;
        for (let m = 0; m < k; m++) rest -= r[i * n + m] * r[k * n + m];
        const pivot = r[k * n + k];
        if (k < i) r[i * n + k] = pivot === 0 ? 0 : rest / pivot;
        else r[i * n + i] = rest > dependent * product ? Math.sqrt(rest) : 0;
      }
    }
    this.#x = x;
    this.coordinates = { rows: n, columns: n, values: r };
  }

  /** W, [D, C], from the weights V, [N, C], of a model in these coordinates. */
  weights(v: Float64Array): Float64Array {
    const { rows: n, values: r } = this.coordinates;
    const outputs = v.length / n;
    const a = Float64Array.from(v);
    for (let i = n - 1; i >= 0; i--) {
      const pivot = r[i * n + i];
      for (let c = 0; c < outputs; c++) a[i * outputs + c] = pivot === 0 ? 0 : a[i * outputs + c] / pivot;
      for (let m = 0; m < i; m++) {
        for (let c = 0; c < outputs; c++) a[m * outputs + c] -= r[i * n + m] * a[i * outputs + c];
      }
    }
    const w = new Float64Array(this.#x.columns * outputs);
    for (let i = 0; i < n; i++) addRowTransposedTimes(this.#x, i, a.subarray(i * outputs, (i + 1) * outputs), w);
    return w;
  }
}
