import { integerOption } from "../io/options.js";
import { Rng } from "../numerics/random.js";
import { isHyperbolic } from "../space/exact-search.js";
import type { Space } from "../space/space.js";
import type { TargetName } from "./target-names.js";
import { type Target, targetOf } from "./targets.js";

/** Vectors drawn at random from where the items of a space lie. */
export interface Samples {
  /** [count], each [D] */
  vectors: Float32Array[];
  /**
   * What they were drawn from: "standard normal", "uniform sphere", ..., the target of the method that made the space, or "fitted
   * normal", a normal distribution of the mean and the covariance of the space's vectors.
   */
  distribution: string;
}

/** Stream of the random numbers that samples are drawn with. */
const sampleStream = 0x73616d70;

/** Methods whose codes are drawn towards the standard normal distribution, or whose decoder was made for it. */
const standardNormal: readonly string[] = ["vae", "inversion"];

/**
 * Vectors drawn at random: from the distribution that the method of the space drew its codes towards, where it has one, else from
 * a normal distribution fitted to the vectors. The same seed gives the same vectors, whatever the count. Throws RangeError for
 * a curved space, and for one of fewer than two items whose method has no distribution of its own.
 */
export async function samplesOf(space: Space, count: number, seed = 1): Promise<Samples> {
  const where = "samplesOf";
  integerOption(where, "count", count, 1, 1e6);
  integerOption(where, "seed", seed, 0);
  if (isHyperbolic(space.geometry))
    throw new RangeError(`${where}: a flat space was needed, this one has geometry ${space.geometry}`);
  const target = targetOfSpace(where, space);
  if (target !== null) {
    const vectors = Array.from({ length: count }, (_, k) => target.point(new Rng(seed, sampleStream, k)));
    return { vectors, distribution: distributions[target.name] };
  }
  return { vectors: await fittedNormal(space, count, seed), distribution: "fitted normal" };
}

/** What the codes of a space were drawn towards; null where its method has no such distribution. */
function targetOfSpace(where: string, { method, options, dimensions }: Space): Target | null {
  if (method === null) return null;
  if (standardNormal.includes(method)) return targetOf(where, "normal", dimensions);
  return method === "generative-autoencoder" ? targetOf(where, String(options.target), dimensions) : null;
}

/** Targets by the words that say what is drawn from. */
const distributions: Record<TargetName, string> = {
  normal: "standard normal",
  cube: "uniform cube",
  sphere: "uniform sphere",
  simplex: "simplex",
  "sphere simplex": "sphere simplex",
  torus: "uniform torus",
};

/**
 * x = m + 1 / sqrt(N - 1) sum_i e_i (x_i - m) with e_i ~ N(0, 1) for each of the N vectors: normal with their mean m, and with
 * their covariance, whatever its rank.
 */
async function fittedNormal(space: Space, count: number, seed: number): Promise<Float32Array[]> {
  const { dimensions, length: items } = space;
  if (items < 2) throw new RangeError(`samplesOf: at least two items were needed to fit a distribution, got ${items}`);
  const rows = await space.vectors();
  const mean = new Float64Array(dimensions);
  for (const batch of rows.batches()) for (let i = 0; i < batch.length; i++) mean[i % dimensions] += batch[i] / items;
  const sums = Array.from({ length: count }, () => new Float64Array(dimensions));
  const rngs = sums.map((_, k) => new Rng(seed, sampleStream, k));
  const scale = 1 / Math.sqrt(items - 1);
  for (const batch of rows.batches())
    for (let at = 0; at < batch.length; at += dimensions)
      for (let k = 0; k < count; k++) {
        const weight = scale * rngs[k].normal();
        for (let d = 0; d < dimensions; d++) sums[k][d] += weight * (batch[at + d] - mean[d]);
      }
  return sums.map((sum) => Float32Array.from(sum, (value, d) => mean[d] + value));
}
