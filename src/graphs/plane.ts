import { principalAxes } from "../numerics/principal-axes.js";

/**
 * Positions [N, 2] of the rows of tables [N, width], to be drawn: as they are where the width is 2, else in the plane in which
 * the rows of the last table spread most (their first two principal components), the same plane for all. A width of 1 is
 * drawn on a line.
 */
export function planePositions(tables: readonly ArrayLike<number>[], width: number): Float64Array[] {
  const last = tables.at(-1);
  return last === undefined ? [] : tables.map(planeOf(last, width));
}

/** The positions [N, 2] of the rows of any table of this width in the plane of the largest spread of one, as above. */
export function planeOf(table: ArrayLike<number>, width: number): (other: ArrayLike<number>) => Float64Array {
  const [x, y] = axesOf(table, width);
  return (other) => {
    const rows = other.length / width;
    const positions = new Float64Array(2 * rows);
    for (let i = 0; i < rows; i++) {
      for (let d = 0; d < width; d++) {
        positions[2 * i] += x[d] * other[i * width + d];
        positions[2 * i + 1] += y[d] * other[i * width + d];
      }
    }
    return positions;
  };
}

/** Two directions [width]. */
function axesOf(table: ArrayLike<number>, width: number): Float64Array[] {
  return width <= 2 ? [unit(width, 0), unit(width, 1)] : principalAxes(table, width, 2).axes;
}

function unit(width: number, at: number): Float64Array {
  return Float64Array.from({ length: width }, (_, d) => (d === at ? 1 : 0));
}
