import { square } from "../../numerics/elementary.js";
import { Rng } from "../../numerics/random.js";
import type { Space } from "../../space/space.js";

/** Where the codes of a space lie: per coordinate, [D] each. */
export interface CodeDistribution {
  mean: Float64Array;
  /** Standard deviations, none 0. */
  deviation: Float64Array;
}

/** Method of spaces whose codes were found by inversion. */
export const inversionMethod = "inversion";

/** What most decoders are trained for. */
export function standardNormal(dimensions: number): CodeDistribution {
  return { mean: new Float64Array(dimensions), deviation: new Float64Array(dimensions).fill(1) };
}

/** Mean and standard deviation of each coordinate of the items' vectors. */
async function moments(space: Space): Promise<{ mean: Float64Array; deviation: Float64Array }> {
  const [vectors, count] = [await space.vectors(), space.length];
  const mean = new Float64Array(space.dimensions);
  const variance = new Float64Array(space.dimensions);
  for (let row = 0; row < count; row++) {
    const vector = vectors.get(row);
    for (let d = 0; d < mean.length; d++) mean[d] += vector[d] / count;
  }
  for (let row = 0; row < count; row++) {
    const vector = vectors.get(row);
    for (let d = 0; d < mean.length; d++) variance[d] += square(vector[d] - mean[d]) / count;
  }
  return { mean, deviation: variance.map((value) => Math.sqrt(value)) };
}

/**
 * The share of the largest deviation that a coordinate's must exceed to be live. With codes of about 1 it is the usual
 * criterion for units of a VAE, a variance above .01 (Burda et al. 2016, "Importance weighted autoencoders", section 5.1).
 */
const liveShare = 0.1;

/**
 * Coordinates in which a space's codes differ at all, and their standard deviations, [D]: a decoder that hardly uses the others,
 * such as the dead ones of a VAE, gives no means to find them again. Throws RangeError for a space of fewer than 2 items.
 */
export async function liveCoordinates(space: Space): Promise<{ live: number[]; deviations: Float64Array }> {
  if (space.length < 2) throw new RangeError(`liveCoordinates: 2 items or more were needed, got ${space.length}`);
  const { deviation } = await moments(space);
  const least = liveShare * deviation.reduce((most, value) => Math.max(most, value));
  const live = Array.from(deviation.keys()).filter((d) => deviation[d] > least);
  return { live, deviations: deviation };
}

/** The distribution of a space's codes; the standard normal one where they were searched by it, or are too few to tell. */
export async function codesOf(space: Space): Promise<CodeDistribution> {
  if (space.length < 2 || space.method === inversionMethod) return standardNormal(space.dimensions);
  const { mean, deviation } = await moments(space);
  const most = deviation.reduce((largest, value) => Math.max(largest, value));
  // a coordinate that never varied still has a unit to be moved in, a small one
  return most === 0
    ? { mean, deviation: deviation.fill(1) }
    : { mean, deviation: deviation.map((value) => Math.max(value, 1e-3 * most)) };
}

/** Stream of the codes that searches begin with. */
const startStream = 0x73746172;

/** Random codes of the distribution in units of it, [count, D]: those of one number (a picture's) are always the same. */
export function drawStarts(count: number, dimensions: number, seed: number, number: number): Float64Array {
  const rng = new Rng(seed, startStream, number);
  return Float64Array.from({ length: count * dimensions }, () => rng.normal());
}
