import { Breather } from "../io/breather.js";
import { Meter, type TaskOptions } from "../io/progress.js";
import type { PictureSet } from "./picture-set.js";

/** The nearest of a set's pictures, for each of some others. */
export interface NearestPictures {
  /** Numbers of the nearest; of equally near ones the first. */
  items: Uint32Array;
  /** Distances |x - y|, pixels in 0 .. 1. */
  distances: Float64Array;
}

/**
 * For each picture of `queries` the nearest of `among`, pixel by pixel: exact, in whole numbers, so that a copy has the distance 0.
 * Time grows with the product of both counts; a picture is left as soon as it is further than the nearest so far. Throws
 * RangeError where the sizes differ, or there is nothing to compare with.
 */
export async function nearestPictures(
  queries: PictureSet,
  among: PictureSet,
  { signal, onProgress }: TaskOptions = {},
): Promise<NearestPictures> {
  const { width, height, channels } = queries;
  const where = "nearestPictures";
  if (among.width !== width || among.height !== height || among.channels !== channels) {
    const [a, b] = [queries, among].map((set) => `${set.width} x ${set.height} x ${set.channels}`);
    throw new RangeError(`${where}: pictures of one size were needed, got ${a} and ${b}`);
  }
  if (among.names.length === 0)
    throw new RangeError(`${where}: a picture or more to compare with was needed, got none`);
  signal?.throwIfAborted();
  const length = width * height * channels;
  const count = queries.names.length;
  const items = new Uint32Array(count);
  const distances = new Float64Array(count);
  const breather = new Breather(signal);
  const meter = new Meter("comparing", "items", count, onProgress);
  for (let n = 0; n < count; n++) {
    const query = queries.data.subarray(n * length, (n + 1) * length);
    let least = Number.POSITIVE_INFINITY;
    for (let m = 0; m < among.names.length; m++) {
      const squares = squaredDistance(query, among.data, m * length, width * channels, least);
      if (squares >= least) continue;
      least = squares;
      items[n] = m;
    }
    distances[n] = Math.sqrt(least) / 255;
    meter.update(n + 1, {}, n + 1 === count);
    if (breather.due) await breather.pause();
  }
  return { items, distances };
}

/** The sum of squared differences of bytes, or a part of it that is `enough`; it is looked at after each row of pixels. */
function squaredDistance(query: Uint8Array, data: Uint8Array, from: number, row: number, enough: number): number {
  let sum = 0;
  for (let k = 0; k < query.length && sum < enough; ) {
    for (const end = k + row; k < end; k++) {
      const difference = query[k] - data[from + k];
      sum += difference * difference;
    }
  }
  return sum;
}
