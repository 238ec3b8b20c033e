/**
 * Weighted ridge regression by its normal equations, in f64:
 *
 *   minimize over x   sum_j  weight_j (row_j . x - target_j)^2  +  ridge |x|^2
 *
 *   (A^T W A + ridge I) x = A^T W y,   solved by Cholesky's factorization L L^T.
 *
 * The ridge keeps the matrix positive definite where there are fewer rows than unknowns. Squaring A squares its
 * condition number: with a ridge of r and |A| about 1 an error of about 1e-16 / r remains.
 *
 * Equations are added one at a time, so that M of them take D^2 / 2 numbers and not M D; the order of the equations
 * fixes the last bits of the result.
 */
export class LeastSquares {
  readonly #unknowns: number;
  /** Lower triangle of A^T W A, row-major: element (i, k), k <= i, at i (i + 1) / 2 + k. */
  readonly #matrix: Float64Array;
  /** A^T W y. */
  readonly #right: Float64Array;

  /** `unknowns` is the length D of x. */
  constructor(unknowns: number) {
    this.#unknowns = unknowns;
    this.#matrix = new Float64Array((unknowns * (unknowns + 1)) / 2);
    this.#right = new Float64Array(unknowns);
  }

  /** Adds the equation row . x = target with a weight >= 0. */
  add(row: ArrayLike<number>, target: number, weight: number): void {
    let at = 0;
    for (let i = 0; i < this.#unknowns; i++) {
      const scaled = weight * row[i];
      for (let k = 0; k <= i; k++) this.#matrix[at++] += scaled * row[k];
      this.#right[i] += scaled * target;
    }
  }

  /**
   * The minimum for a ridge > 0, in the units of the summed weights. Throws RangeError where the equations held numbers
   * so large or so wild that no finite solution comes out. May be called again, also after more equations.
   */
  solve(ridge: number): Float64Array {
    const n = this.#unknowns;
    const factor = this.#matrix.slice();
    for (let i = 0; i < n; i++) factor[(i * (i + 3)) / 2] += ridge;
    factorize(factor, n);
    const x = this.#right.slice();
    // L z = right, from the top; then L^T x = z, from the bottom.
    for (let i = 0, at = 0; i < n; i++) {
      for (let k = 0; k < i; k++) x[i] -= factor[at++] * x[k];
      x[i] /= factor[at++];
    }
    for (let i = n - 1; i >= 0; i--) {
      const start = (i * (i + 1)) / 2;
      x[i] /= factor[start + i];
      for (let k = 0; k < i; k++) x[k] -= factor[start + k] * x[i];
    }
    if (!x.every(Number.isFinite)) throw new RangeError("leastSquares: the equations have no finite solution");
    return x;
  }
}

/** Cholesky's factorization in place: the lower triangle of a positive definite matrix becomes L with L L^T = matrix. */
function factorize(matrix: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    const rowI = (i * (i + 1)) / 2;
    for (let k = 0; k <= i; k++) {
      const rowK = (k * (k + 1)) / 2;
      let sum = matrix[rowI + k];
      for (let m = 0; m < k; m++) sum -= matrix[rowI + m] * matrix[rowK + m];
      if (k < i) {
        matrix[rowI + k] = sum / matrix[rowK + k];
      } else {
        if (sum === Number.POSITIVE_INFINITY)
          throw new RangeError("leastSquares: the equations' numbers are too large");
        if (!(sum > 0)) {
          throw new RangeError("leastSquares: the equations depend on each other; a larger ridge separates them");
        }
        matrix[rowI + i] = Math.sqrt(sum);
      }
    }
  }
}
