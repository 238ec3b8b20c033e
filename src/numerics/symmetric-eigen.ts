/** Eigenvalues, ascending, and eigenvectors: vector k is the row values k * n .. of `vectors`, [n, n], of length 1. */
export interface SymmetricEigen {
  values: Float64Array;
  vectors: Float64Array;
}

/** Sweeps at most; matrices of doubles need about 6 to 10. */
const mostSweeps = 60;

/**
 * All eigenvalues and eigenvectors of a dense symmetric matrix, [n, n], by Jacobi's cyclic rotations (Golub and Van Loan 2013,
 * "Matrix computations", section 8.5): each sweep brings every pair's off-diagonal element to 0 once, at 6 n^3
 * multiplications, until their sum of squares is 2^-104 of that of all elements. For n up to a few hundred.
 */
export function symmetricEigen(matrix: Float64Array, n: number): SymmetricEigen {
  const a = matrix.slice();
  const v = new Float64Array(n * n);
  for (let i = 0; i < n; i++) v[i * n + i] = 1;
  let squares = 0;
  for (const value of a) squares += value * value;
  const negligible = squares * 2 ** -104; // of all elements beside the diagonal together
  const skipped = negligible / (2 * n * n);
  for (let sweep = 0; sweep < mostSweeps; sweep++) {
    let rest = 0;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rest += a[p * n + q] * a[p * n + q];
    if (rest <= negligible) break;
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) {
        if (a[p * n + q] * a[p * n + q] > skipped) rotate(a, v, n, p, q);
      }
  }
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => a[i * n + i] - a[j * n + j] || i - j);
  const vectors = new Float64Array(n * n);
  for (const [k, i] of order.entries()) vectors.set(v.subarray(i * n, (i + 1) * n), k * n);
  return { values: Float64Array.from(order, (i) => a[i * n + i]), vectors };
}

/** The vector or its negative, so that its largest number (the first, of those within a millionth of it) is positive. */
export function withSign(vector: Float64Array): Float64Array {
  const most = vector.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  const first = vector.find((value) => Math.abs(value) >= most * (1 - 1e-6)) ?? 0;
  return first < 0 ? vector.map((value) => -value) : vector;
}

/** Makes element (p, q) 0 by a rotation of rows and columns p and q, which the rows of v follow. */
function rotate(a: Float64Array, v: Float64Array, n: number, p: number, q: number): void {
  const apq = a[p * n + q];
  const tau = (a[q * n + q] - a[p * n + p]) / (2 * apq);
  const t = (tau >= 0 ? 1 : -1) / (Math.abs(tau) + Math.sqrt(1 + tau * tau));
  const c = 1 / Math.sqrt(1 + t * t);
  const s = t * c;
  for (let k = 0; k < n; k++) {
    const [left, right] = [a[k * n + p], a[k * n + q]];
    a[k * n + p] = c * left - s * right;
    a[k * n + q] = s * left + c * right;
  }
  turn(a, n, p, q, c, s);
  turn(v, n, p, q, c, s);
}

/** Rows p and q of a matrix turned. */
function turn(m: Float64Array, n: number, p: number, q: number, c: number, s: number): void {
  for (let k = 0, atP = p * n, atQ = q * n; k < n; k++, atP++, atQ++) {
    const [left, right] = [m[atP], m[atQ]];
    m[atP] = c * left - s * right;
    m[atQ] = s * left + c * right;
  }
}
