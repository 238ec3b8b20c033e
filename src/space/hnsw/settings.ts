import { integerOption, wordOption } from "../../io/options.js";
import { type HnswForm, type HnswMetric, hnswForms } from "../../kernels/hnsw-task.js";
import { philox } from "../../numerics/philox.js";
import { seedKey } from "../../numerics/random.js";
import type { Geometry } from "../manifest.js";

/** How the numbers of an index's own copy of the rows are kept. */
export type Precision = HnswForm;
export const precisions = Object.keys(hnswForms) as Precision[];

/**
 * Options of an index: hierarchical navigable small worlds (Malkov and Yashunin 2018, https://arxiv.org/abs/1603.09320).
 */
export interface IndexOptions {
  /** M: links that an item chooses on each layer; it keeps up to 2 M on the lowest. 8 to 48 is usual. Default 16. */
  m?: number;
  /** Width of the beam that looks for links; 100 to 400 is usual, more is slower and finds better ones. Default 200. */
  efConstruction?: number;
  /** Decides the items' layers. Default 1. */
  seed?: number;
  /**
   * The copy that is searched: "f32"; "f16", half as large; or "i8", a quarter, with a scale a row. What is found in a
   * smaller copy is compared again with the vectors themselves. Default "f32".
   */
  precision?: Precision;
}

/** An index's settings, as they are kept with it. */
export interface IndexSettings extends Required<IndexOptions> {
  geometry: Geometry;
}

export const indexDefaults: Required<IndexOptions> = { m: 16, efConstruction: 200, seed: 1, precision: "f32" };
export const indexOptionNames = Object.keys(indexDefaults);

/** Most links on the lowest layer are 2 M. */
export const mostLinks = 128;
export const widestBeam = 2 ** 16;

/** Options with defaults filled in. Throws RangeError naming the one that is wrong. */
export function checkIndexOptions(where: string, options: IndexOptions): Required<IndexOptions> {
  const given = Object.entries(options).filter(
    ([name, value]) => indexOptionNames.includes(name) && value !== undefined,
  );
  const all: Required<IndexOptions> = { ...indexDefaults, ...Object.fromEntries(given) };
  integerOption(where, "m", all.m, 2, mostLinks);
  integerOption(where, "efConstruction", all.efConstruction, 1, widestBeam);
  integerOption(where, "seed", all.seed, 0);
  wordOption(where, "precision", all.precision, precisions);
  return all;
}

/** How a geometry's distances are computed: the kernel's metric, whether rows are scaled to length 1, or extended. */
export const measures: Readonly<Record<Geometry, { metric: HnswMetric; unit: boolean; extended: boolean }>> = {
  cosine: { metric: "dot", unit: true, extended: false },
  dot: { metric: "dot", unit: false, extended: true },
  euclidean: { metric: "euclidean", unit: false, extended: false },
  lorentz: { metric: "lorentz", unit: false, extended: false },
  poincare: { metric: "ball", unit: false, extended: false },
};

/** Stream of the random numbers that decide layers. */
const levelStream = 0x686e7377;

/**
 * The highest layer of items from .. to - 1: floor(-ln u / ln M) with u from the seed and the item's number alone, that is
 * the largest l with u < M^-l.
 */
export function levelsOf({ m, seed }: Pick<IndexSettings, "m" | "seed">, from: number, to: number): Uint8Array {
  const [key0, key1] = seedKey(seed);
  const words = new Uint32Array(4);
  const levels = new Uint8Array(to - from);
  for (let item = from; item < to; item++) {
    if (item === from || item % 4 === 0) philox(words, item >>> 2, 0, levelStream, 0, key0, key1);
    const u = (words[item % 4] + 0.5) / 2 ** 32;
    for (let bound = 1 / m; u < bound; bound /= m) levels[item - from]++;
  }
  return levels;
}
