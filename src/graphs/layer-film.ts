import { integerOption } from "../io/options.js";
import type { NdArray } from "../networks/array.js";
import { type FilmData, mostFrames } from "../space/film.js";
import type { FilmEpochs } from "./film-epochs.js";
import { planeOf } from "./plane.js";

/** The number of frames that was asked for. Throws RangeError. */
export function filmOption(where: string, film: number | undefined): number {
  if (integerOption(where, "film", film ?? 0, 0, mostFrames) !== 1) return film ?? 0;
  throw new RangeError(`${where}: film must be 0, for none, or 2 to ${mostFrames} frames, got 1`);
}

/**
 * A layer [N, width] by epoch as a film: as it is where the width is 2 (or 1, on a line), else the directions of its rows, which
 * are what the cosine compares and without which the hubs, whose rows are long, would leave no room to the others, in the plane
 * in which they spread most in the last frame. The plane is the same for all frames, so that what moves on the screen has moved
 * in the layer.
 */
export async function layerFilm<T>(
  film: FilmEpochs<T>,
  layerOf: (kept: T) => Promise<NdArray<"float32">>,
  name: string,
  signal?: AbortSignal,
): Promise<FilmData> {
  const chosen = film.chosen();
  const last = await layerOf(chosen[chosen.length - 1].kept);
  const [numNodes, width] = last.shape;
  const isWide = width > 2;
  const rowsOf = ({ data }: NdArray<"float32">) => (isWide ? unitRows(data, width) : data);
  const positions = planeOf(rowsOf(last), width);
  const coordinates = new Float32Array(chosen.length * numNodes * 2);
  for (const [k, { kept }] of chosen.entries()) {
    signal?.throwIfAborted();
    coordinates.set(positions(rowsOf(await layerOf(kept))), k * numNodes * 2);
  }
  const axes = [1, 2].map((axis) => `${name}, ${isWide ? "principal axis" : "number"} ${axis}`);
  return { epochs: chosen.map(({ epoch }) => epoch), axes, coordinates };
}

/** The rows scaled to length 1; zeros stay zeros. Squares of float32 neither overflow nor vanish in double precision. */
function unitRows(rows: Float32Array, width: number): Float64Array {
  const unit = new Float64Array(rows.length);
  for (let at = 0; at < rows.length; at += width) {
    let squares = 0;
    for (let d = 0; d < width; d++) squares += rows[at + d] * rows[at + d];
    if (squares === 0) continue;
    const length = Math.sqrt(squares);
    for (let d = 0; d < width; d++) unit[at + d] = rows[at + d] / length;
  }
  return unit;
}
