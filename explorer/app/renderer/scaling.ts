/** How coordinates become units of the map: (x - middle) / half. */
export interface Scaling {
  middle: readonly number[];
  half: number;
}

export interface ScaledPoints {
  dimensions: 2 | 3;
  /** [N, dimensions] in units of the map, in which the points fill -1..1 of the longest axis; NaN where not finite. */
  positions: Float32Array;
  scaling: Scaling;
  /** Half of the width and height, in units of the map, at most 1: what must be seen of flat points. */
  halves: readonly [number, number];
  /** Items with a coordinate that is not finite. */
  unplaced: number;
}

/**
 * Coordinates in units of the map. They are centered and scaled in double precision before they become single, so that
 * points around 1e9 that lie 1 apart stay apart, and the whole width may be beyond what a number holds. There is room for
 * what is `within` too.
 */
export function scaled(
  coordinates: ArrayLike<number>,
  dimensions: 2 | 3,
  within?: { low: readonly number[]; high: readonly number[] },
): ScaledPoints {
  const count = Math.floor(coordinates.length / dimensions);
  const low = within?.low.slice() ?? new Array<number>(dimensions).fill(Number.POSITIVE_INFINITY);
  const high = within?.high.slice() ?? new Array<number>(dimensions).fill(Number.NEGATIVE_INFINITY);
  let unplaced = 0;
  for (let i = 0; i < count; i++) {
    if (!isPlaced(coordinates, i, dimensions)) {
      unplaced++;
      continue;
    }
    for (let axis = 0; axis < dimensions; axis++) {
      const value = coordinates[i * dimensions + axis];
      if (value < low[axis]) low[axis] = value;
      if (value > high[axis]) high[axis] = value;
    }
  }
  const none = unplaced === count && within === undefined;
  const middle = low.map((value, axis) => (none ? 0 : value / 2 + high[axis] / 2));
  const halves = none ? [0] : low.map((value, axis) => high[axis] / 2 - value / 2);
  const scaling: Scaling = { middle, half: Math.max(...halves) || 1 };
  const positions = new Float32Array(count * dimensions);
  for (let i = 0; i < count; i++) {
    const placed = isPlaced(coordinates, i, dimensions);
    for (let axis = 0; axis < dimensions; axis++) {
      const at = i * dimensions + axis;
      positions[at] = placed ? (coordinates[at] - middle[axis]) / scaling.half : Number.NaN;
    }
  }
  const [across, up] = [0, 1].map((axis) => (none ? 1 : halves[axis] / scaling.half));
  return { dimensions, positions, scaling, halves: [across, up], unplaced };
}

/** A place of the points' coordinates in units of the map, with 0 for a depth that it has not. */
export function scaledPlace(place: ArrayLike<number>, { middle, half }: Scaling): [number, number, number] {
  const at = (axis: number) => (axis < middle.length ? (place[axis] - middle[axis]) / half : 0);
  return [at(0), at(1), at(2)];
}

function isPlaced(coordinates: ArrayLike<number>, i: number, dimensions: number): boolean {
  const at = i * dimensions;
  return (
    Number.isFinite(coordinates[at]) &&
    Number.isFinite(coordinates[at + 1]) &&
    (dimensions === 2 || Number.isFinite(coordinates[at + 2]))
  );
}
