import { symmetricEigen, withSign } from "../numerics/symmetric-eigen.js";

/**
 * Positions [N, 2] of the rows of tables [N, width], to be drawn: as they are where the width is 2, else in the plane in which
 * the rows of the last table spread most (their first two principal components), the same plane for all. A width of 1 is
 * drawn on a line.
 */
export function planePositions(tables: readonly ArrayLike<number>[], width: number): Float64Array[] {
  const last = tables.at(-1);
  if (last === undefined) return [];
  const [x, y] = axesOf(last, width);
  return tables.map((table) => {
    const rows = table.length / width;
    const positions = new Float64Array(2 * rows);
    for (let i = 0; i < rows; i++) {
      for (let d = 0; d < width; d++) {
        positions[2 * i] += x[d] * table[i * width + d];
        positions[2 * i + 1] += y[d] * table[i * width + d];
      }
    }
    return positions;
  });
}

/** Two directions [width], each with its largest number (the first, of those within a millionth) positive. */
function axesOf(table: ArrayLike<number>, width: number): [Float64Array, Float64Array] {
  if (width <= 2) return [unit(width, 0), unit(width, 1)];
  const rows = table.length / width;
  const means = new Float64Array(width);
  for (let k = 0; k < table.length; k++) means[k % width] += table[k] / rows;
  const covariance = new Float64Array(width * width);
  for (let i = 0; i < rows; i++) {
    for (let a = 0; a < width; a++) {
      const own = table[i * width + a] - means[a];
      for (let b = 0; b < width; b++) covariance[a * width + b] += own * (table[i * width + b] - means[b]);
    }
  }
  const { vectors } = symmetricEigen(covariance, width);
  const axis = (k: number) => withSign(vectors.subarray((width - 1 - k) * width, (width - k) * width));
  return [axis(0), axis(1)];
}

function unit(width: number, at: number): Float64Array {
  return Float64Array.from({ length: width }, (_, d) => (d === at ? 1 : 0));
}
