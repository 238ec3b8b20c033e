import type { Film } from "../space/film.js";
import type { Space } from "../space/space.js";
import type { Points } from "./protocol.js";

/** The film of a space, frame by frame, all at one scale; null where it has none. */
export async function filmPoints(space: Space): Promise<Points[] | null> {
  const { film } = space;
  if (film === null) return null;
  const within = rangeOf(await film.coordinates(), film.layout.dimensions);
  const frames = Array.from({ length: film.length }, (_, k) => framePoints(film, k, space.length));
  return (await Promise.all(frames)).map((points) => ({ ...points, within }));
}

/** Where the film of a space ends, as a map of it; null where there is none, or it lacks items that were added since. */
export async function filmEnd(space: Space): Promise<Points | null> {
  const { film } = space;
  if (film === null || film.layout.items < space.length) return null;
  return framePoints(film, film.length - 1, space.length);
}

/** Frame k; items that the film has not are nowhere. */
async function framePoints(film: Film, k: number, items: number): Promise<Points> {
  const { dimensions, axes } = film.layout;
  const coordinates = new Float32Array(items * dimensions).fill(Number.NaN);
  coordinates.set(await film.frame(k));
  return { dimensions, coordinates, axes: [...axes] };
}

function rangeOf(coordinates: Float32Array, dimensions: number): NonNullable<Points["within"]> {
  const low = new Array<number>(dimensions).fill(Number.POSITIVE_INFINITY);
  const high = new Array<number>(dimensions).fill(Number.NEGATIVE_INFINITY);
  for (let at = 0; at < coordinates.length; at++) {
    const axis = at % dimensions;
    low[axis] = Math.min(low[axis], coordinates[at]);
    high[axis] = Math.max(high[axis], coordinates[at]);
  }
  return { low, high };
}
