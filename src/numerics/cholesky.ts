/**
 * Cholesky's factorization L L^T of a positive definite matrix [n, n], of which the lower triangle is kept, row-major:
 * element (i, k), k <= i, at i (i + 1) / 2 + k.
 */

/**
 * Factorizes in place: the triangle of the matrix becomes L. Throws RangeError, on behalf of the function `where`, for a
 * matrix that is not positive definite or not finite.
 */
export function factorize(where: string, matrix: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    const rowI = (i * (i + 1)) / 2;
    for (let k = 0; k <= i; k++) {
      const rowK = (k * (k + 1)) / 2;
      let sum = matrix[rowI + k];
      for (let m = 0; m < k; m++) sum -= matrix[rowI + m] * matrix[rowK + m];
      if (k < i) {
        matrix[rowI + k] = sum / matrix[rowK + k];
      } else {
        if (sum === Number.POSITIVE_INFINITY) throw new RangeError(`${where}: the equations' numbers are too large`);
        if (!(sum > 0)) {
          throw new RangeError(`${where}: the equations depend on each other; a larger ridge separates them`);
        }
        matrix[rowI + i] = Math.sqrt(sum);
      }
    }
  }
}

/** Solves L L^T X = right in place, given the triangle of L; right and X are [n, columns], row-major. */
export function solveFactorized(
  where: string,
  factor: Float64Array,
  n: number,
  right: Float64Array,
  columns: number,
): void {
  // L Z = right, from the top; then L^T X = Z, from the bottom.
  for (let i = 0, at = 0; i < n; i++) {
    const row = i * columns;
    for (let k = 0; k < i; k++, at++) {
      for (let c = 0; c < columns; c++) right[row + c] -= factor[at] * right[k * columns + c];
    }
    for (let c = 0; c < columns; c++) right[row + c] /= factor[at];
    at++;
  }
  for (let i = n - 1; i >= 0; i--) {
    const start = (i * (i + 1)) / 2;
    const row = i * columns;
    for (let c = 0; c < columns; c++) right[row + c] /= factor[start + i];
    for (let k = 0; k < i; k++) {
      for (let c = 0; c < columns; c++) right[k * columns + c] -= factor[start + k] * right[row + c];
    }
  }
  if (!right.every(Number.isFinite)) throw new RangeError(`${where}: the equations have no finite solution`);
}
