/** A rectangle of the picture in pixels, y downwards. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Least and greatest coordinates of data, y upwards. */
export interface Bounds {
  low: readonly [number, number];
  high: readonly [number, number];
}

/** Where the coordinates [N, 2] lie; a single point at (0, 0) where there are none. */
export function boundsOf(coordinates: ArrayLike<number>): Bounds {
  if (coordinates.length === 0) return { low: [0, 0], high: [0, 0] };
  const low: [number, number] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  const high: [number, number] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let k = 0; k < coordinates.length; k++) {
    const axis = k & 1;
    if (coordinates[k] < low[axis]) low[axis] = coordinates[k];
    if (coordinates[k] > high[axis]) high[axis] = coordinates[k];
  }
  return { low, high };
}

/** Height over width of the data; 0 for a row, infinite for a column, 1 for a single place. */
export function aspectOf({ low, high }: Bounds): number {
  const [width, height] = [high[0] / 2 - low[0] / 2, high[1] / 2 - low[1] / 2];
  return width === 0 && height === 0 ? 1 : height / width;
}

/**
 * Pixels of coordinates: [N, 2], x to the right and y downwards. Both axes have one scale, so that distances on the map are
 * those of the projection, and the middle of the data is the middle of the box.
 */
export function placedPoints(coordinates: ArrayLike<number>, { low, high }: Bounds, box: Box): Float64Array {
  const half = [0, 1].map((axis) => high[axis] / 2 - low[axis] / 2);
  const middle = [0, 1].map((axis) => low[axis] / 2 + high[axis] / 2);
  // Halves, since the whole width may be beyond what a number holds; of a single place any scale will do.
  const pixels = [box.width / 2, box.height / 2];
  const fits = [0, 1].filter((axis) => half[axis] > 0).map((axis) => pixels[axis] / half[axis]);
  const scale = Math.min(...fits);
  const at = new Float64Array(coordinates.length);
  for (let k = 0; k < coordinates.length; k++) {
    const axis = k & 1;
    const away = Number.isFinite(scale) ? (coordinates[k] - middle[axis]) * scale : 0;
    at[k] = axis === 0 ? box.x + pixels[0] + away : box.y + pixels[1] - away;
  }
  return at;
}
