import { symmetricEigen, withSign } from "./symmetric-eigen.js";

/** Directions in which rows spread most, each of length 1 and as `withSign` turns it, and how much they spread. */
export interface PrincipalAxes {
  /** [count], each [D]. */
  axes: Float64Array[];
  /** Of the sum of squares about the mean, the share along each axis, [count]; 0 where all rows are equal. */
  shares: number[];
}

/**
 * The first `count` eigenvectors of the covariance of rows, [N, D], row-major (Jolliffe 2002, "Principal component analysis",
 * section 1.1), by its D x D matrix in N D^2 / 2 multiplications: for D up to a few hundred on the calling thread. `pca` of
 * maps does the same for large spaces with all threads.
 */
export function principalAxes(rows: ArrayLike<number>, width: number, count: number): PrincipalAxes {
  const length = rows.length / width;
  const means = new Float64Array(width);
  for (let k = 0; k < rows.length; k++) means[k % width] += rows[k] / length;
  const covariance = new Float64Array(width * width);
  const centered = new Float64Array(width);
  for (let i = 0; i < length; i++) {
    for (let d = 0; d < width; d++) centered[d] = rows[i * width + d] - means[d];
    for (let a = 0; a < width; a++)
      for (let b = a; b < width; b++) covariance[a * width + b] += centered[a] * centered[b];
  }
  for (let a = 0; a < width; a++) for (let b = 0; b < a; b++) covariance[a * width + b] = covariance[b * width + a];
  const { values, vectors } = symmetricEigen(covariance, width);
  const total = values.reduce((sum, value) => sum + Math.max(0, value), 0);
  const places = Array.from({ length: count }, (_, k) => width - 1 - k); // values ascend
  return {
    axes: places.map((at) => withSign(vectors.slice(at * width, (at + 1) * width))),
    shares: places.map((at) => (total > 0 ? Math.max(0, values[at]) / total : 0)),
  };
}
