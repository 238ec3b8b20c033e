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
 * A layer [N, width] by epoch as a film: as it is where the width is 2 (or 1, on a line), else in the plane in which it spreads
 * most in the last frame, the same for all, so that what moves on the screen has moved in the layer, at one scale.
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
  const positions = planeOf(last.data, width);
  const coordinates = new Float32Array(chosen.length * numNodes * 2);
  for (const [k, { kept }] of chosen.entries()) {
    signal?.throwIfAborted();
    coordinates.set(positions((await layerOf(kept)).data), k * numNodes * 2);
  }
  const axes = ["first", "second"].map((nth) => `${nth} ${width <= 2 ? "number" : "principal axis"} of the ${name}`);
  return { epochs: chosen.map(({ epoch }) => epoch), axes, coordinates };
}
