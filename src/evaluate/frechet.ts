import { symmetricEigen } from "../numerics/symmetric-eigen.js";

/** Mean [D] and covariance [D, D] of points. */
export interface Gaussian {
  mean: Float64Array;
  covariance: Float64Array;
}

/**
 * The Gaussian with the mean and covariance of the rows [N, D], N - 1 in the denominator. Throws RangeError where there are
 * fewer than two rows, or a number is not finite.
 */
export function fitGaussian(rows: Float32Array | Float64Array, dimensions: number): Gaussian {
  const count = rows.length / dimensions;
  if (!Number.isInteger(count) || count < 2) {
    throw new RangeError(
      `fitGaussian: two rows of ${dimensions} numbers or more were needed, got ${rows.length} numbers`,
    );
  }
  const mean = new Float64Array(dimensions);
  for (let i = 0; i < rows.length; i++) {
    if (!Number.isFinite(rows[i])) {
      throw new RangeError(`fitGaussian: finite numbers were needed, row ${Math.floor(i / dimensions)} has ${rows[i]}`);
    }
    mean[i % dimensions] += rows[i] / count;
  }
  const covariance = new Float64Array(dimensions * dimensions);
  const centered = new Float64Array(dimensions);
  for (let n = 0; n < count; n++) {
    for (let d = 0; d < dimensions; d++) centered[d] = rows[n * dimensions + d] - mean[d];
    for (let d = 0; d < dimensions; d++)
      for (let e = 0; e <= d; e++) covariance[d * dimensions + e] += centered[d] * centered[e];
  }
  for (let d = 0; d < dimensions; d++)
    for (let e = 0; e <= d; e++) {
      const value = covariance[d * dimensions + e] / (count - 1);
      covariance[d * dimensions + e] = value;
      covariance[e * dimensions + d] = value;
    }
  return { mean, covariance };
}

/**
 * The squared Frechet distance of two Gaussians (Dowson and Landau 1982, "The Frechet distance between multivariate normal
 * distributions", equation 4):
 *
 *   d^2 = |m - m'|^2 + tr(C + C' - 2 (C^1/2 C' C^1/2)^1/2),
 *
 * the roots by eigenvalues. Squared, as is the custom where pictures are compared; it is of the unit of the features, squared,
 * and comparable for the same features alone. Of two samples of N points it is too large by about (D + 4) / (2 N) of the summed
 * variance (that much where coordinates are independent): compare equally many. For D up to a few hundred. Throws RangeError where dimensions differ.
 */
export function frechetDistance(a: Gaussian, b: Gaussian): number {
  const n = a.mean.length;
  if (b.mean.length !== n) {
    throw new RangeError(`frechetDistance: equally many dimensions were needed, got ${n} and ${b.mean.length}`);
  }
  let squares = 0;
  for (let d = 0; d < n; d++) squares += (a.mean[d] - b.mean[d]) * (a.mean[d] - b.mean[d]);
  let traces = 0;
  for (let d = 0; d < n; d++) traces += a.covariance[d * n + d] + b.covariance[d * n + d];
  const root = squareRoot(a.covariance, n);
  const product = multiply(multiply(root, b.covariance, n), root, n);
  for (let d = 0; d < n; d++)
    for (let e = 0; e < d; e++) {
      const value = (product[d * n + e] + product[e * n + d]) / 2;
      product[d * n + e] = value;
      product[e * n + d] = value;
    }
  let overlap = 0;
  for (const value of symmetricEigen(product, n).values) overlap += Math.sqrt(Math.max(0, value));
  return squares + Math.max(0, traces - 2 * overlap); // rounding alone makes it negative
}

/** The positive semidefinite root of such a matrix: V sqrt(L) V^T. */
function squareRoot(matrix: Float64Array, n: number): Float64Array {
  const { values, vectors } = symmetricEigen(matrix, n);
  const scaled = vectors.slice();
  const transposed = new Float64Array(n * n);
  for (let k = 0; k < n; k++) {
    const scale = Math.sqrt(Math.max(0, values[k]));
    for (let d = 0; d < n; d++) {
      transposed[d * n + k] = vectors[k * n + d];
      scaled[k * n + d] *= scale;
    }
  }
  return multiply(transposed, scaled, n);
}

/** a b, all [n, n] */
function multiply(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const product = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let k = 0; k < n; k++) {
      const factor = a[i * n + k];
      for (let j = 0; j < n; j++) product[i * n + j] += factor * b[k * n + j];
    }
  return product;
}
