import { factorize, solveFactorized } from "./cholesky.js";

/**
 * Weighted ridge regression by its normal equations, in f64, for C targets at once:
 *
 *   minimize over X   sum_j  weight_j |row_j X - targets_j|^2  +  ridge |X|^2
 *
 *   (A^T W A + ridge I) X = A^T W Y,   solved by Cholesky's factorization L L^T.
 *
 * The ridge keeps the matrix positive definite where there are fewer rows than unknowns. Squaring A squares its
 * condition number: with a ridge of r and |A| about 1 an error of about 1e-16 / r remains.
 *
 * Equations are added one at a time, so that M of them take D^2 / 2 numbers and not M D; the order of the equations
 * fixes the last bits of the result.
 */
export class LeastSquares {
  readonly #unknowns: number;
  readonly #targets: number;
  /** Lower triangle of A^T W A, row-major: element (i, k), k <= i, at i (i + 1) / 2 + k. */
  readonly #matrix: Float64Array;
  /** A^T W Y, [D, C]. */
  readonly #right: Float64Array;

  /** `unknowns` is the number D of rows of X, `targets` that of its columns, C. */
  constructor(unknowns: number, targets = 1) {
    this.#unknowns = unknowns;
    this.#targets = targets;
    this.#matrix = new Float64Array((unknowns * (unknowns + 1)) / 2);
    this.#right = new Float64Array(unknowns * targets);
  }

  /**
   * Adds the equation row X = targets, [D] and [C], with a weight. Zeros in a row cost nothing. A negative weight takes
   * an equation out; what remains must be a sum of squares.
   */
  add(row: ArrayLike<number>, targets: ArrayLike<number>, weight: number): void {
    const width = this.#targets;
    const matrix = this.#matrix;
    const right = this.#right;
    for (let i = 0; i < this.#unknowns; i++) {
      const scaled = weight * row[i];
      if (scaled === 0) continue;
      const start = (i * (i + 1)) / 2;
      for (let k = 0; k <= i; k++) matrix[start + k] += scaled * row[k];
      for (let c = 0; c < width; c++) right[i * width + c] += scaled * targets[c];
    }
  }

  /**
   * The minimum X, [D, C] row-major, for a ridge > 0, in the units of the summed weights. Throws RangeError, on behalf of
   * the function `where`, for equations with numbers so large or so wild that no finite solution comes out. May be called
   * again, also after more equations.
   */
  solve(ridge: number, where = "leastSquares"): Float64Array {
    const n = this.#unknowns;
    const factor = this.#matrix.slice();
    for (let i = 0; i < n; i++) factor[(i * (i + 3)) / 2] += ridge;
    factorize(where, factor, n);
    const x = this.#right.slice();
    solveFactorized(where, factor, n, x, this.#targets);
    return x;
  }
}
