import { coordinatesOf } from "../maps/saved-projection.js";
import { dot } from "../numerics/dot.js";
import { principalAxes } from "../numerics/principal-axes.js";
import { toUnit } from "../space/scores.js";
import type { Space } from "../space/space.js";
import { filmEnd } from "./film.js";
import type { Points } from "./protocol.js";

/** Places that columns of the space hold. Throws NotFoundError, RangeError. */
export async function columnPoints(space: Space, columns: readonly string[]): Promise<Points> {
  return {
    dimensions: requirePlane(columns.length),
    coordinates: await coordinatesOf(space, columns, "points"),
    axes: [...columns],
  };
}

/**
 * Places by two or three linear axes, directions or expressions: of each item x and axis a the coefficient x . a / |a|^2, so
 * that 1 is the length of the axis, such as a standard deviation of a named direction. Where the cosine is the measure, items
 * count by their directions alone. Throws NotFoundError, ExpressionError, RangeError for an axis of length 0.
 */
export async function axisPoints(space: Space, axes: readonly string[]): Promise<Points> {
  const dimensions = requirePlane(axes.length);
  const directions = await Promise.all(
    axes.map(async (axis) => {
      const direction = space.directions.get(axis)?.vector ?? (await space.vector(axis));
      const squared = dot(direction, direction);
      if (!(squared > 0)) throw new RangeError(`points: the axis ${JSON.stringify(axis)} has the length 0`);
      return Float64Array.from(direction, (value) => value / squared);
    }),
  );
  const itemAt = await itemsOf(space);
  const coordinates = new Float32Array(space.length * dimensions);
  for (let row = 0; row < space.length; row++) {
    const item = itemAt(row);
    directions.forEach((direction, axis) => {
      coordinates[row * dimensions + axis] = dot(item, direction);
    });
  }
  return { dimensions, coordinates, axes: [...axes] };
}

/** Items that tell the axes of the map that needs no settings. */
const mostMeasured = 5000;

/**
 * The first picture of a space that holds no map: vectors of two or three numbers as they are, else where its film ends, or the
 * plane in which the items spread most, found from a sample of evenly spaced ones. At once for any size; `project` makes better maps.
 */
export async function quickPoints(space: Space): Promise<Points> {
  if (space.dimensions === 2 || space.dimensions === 3) return vectorPoints(space, space.dimensions);
  const end = await filmEnd(space);
  if (end !== null) return end;
  const itemAt = await itemsOf(space);
  const width = space.dimensions;
  const step = Math.max(1, Math.ceil(space.length / mostMeasured));
  const sampled = Math.ceil(space.length / step);
  const sample = new Float64Array(sampled * width);
  for (let k = 0; k < sampled; k++) sample.set(itemAt(k * step), k * width);
  const wanted = Math.min(2, width, Math.max(0, sampled - 1));
  const axes = wanted === 0 ? [] : principalAxes(sample, width, wanted).axes;
  const coordinates = new Float32Array(2 * space.length);
  for (let row = 0; row < space.length; row++) {
    const item = itemAt(row);
    axes.forEach((axis, k) => {
      coordinates[2 * row + k] = dot(item, axis);
    });
  }
  return { dimensions: 2, coordinates, axes: ["first principal axis", "second principal axis"] };
}

async function vectorPoints(space: Space, dimensions: 2 | 3): Promise<Points> {
  const vectors = await space.vectors();
  const coordinates = new Float32Array(dimensions * vectors.length);
  for (let row = 0; row < vectors.length; row++) coordinates.set(vectors.get(row), dimensions * row);
  const axes = ["first number", "second number", "third number"].slice(0, dimensions);
  return { dimensions, coordinates, axes };
}

/** The items as they count in directions and axes: of length 1 where the cosine is the measure. */
export async function itemsOf(space: Space): Promise<(row: number) => Float32Array | Float64Array> {
  const vectors = await space.vectors();
  return space.geometry === "cosine" ? (row) => toUnit(vectors.get(row)) : (row) => vectors.get(row);
}

function requirePlane(count: number): 2 | 3 {
  if (count !== 2 && count !== 3) throw new RangeError(`points: two or three axes were needed, got ${count}`);
  return count;
}
