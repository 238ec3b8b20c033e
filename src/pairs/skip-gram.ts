import { integerOption, numberOption } from "../io/options.js";
import { pow } from "../numerics/elementary.js";
import type { PairMethod, TableSpec } from "./method.js";
import { type SlicedSequences, windowPairs } from "./windows.js";

/**
 * Skip-gram with negative sampling (Mikolov et al. 2013, "Distributed representations of words and phrases and their
 * compositionality", https://arxiv.org/abs/1310.4546, eq. 4): vectors v of items that occur near each other predict one
 * another. For each pair of an item o in the window around an item m, with K items n_k drawn as noise,
 *
 *     loss = -ln s(u_m . v_o) - sum_k ln s(-u_{n_k} . v_o)       s(x) = 1 / (1 + e^-x)
 *     noise: P(n) proportional to count(n)^.75 among the items of m's part of the table (see pairs/partition.ts)
 *
 * is made smaller by plain gradient descent with a rate that falls linearly. As in word2vec's program the vector of the
 * window's item is the one that is kept, and a negative that is the target is left out; see kernels/twins/skip-gram.ts.
 */
export interface SkipGramOptions {
  /** Width D of the vectors; 50 to 300 is usual. Default 100. */
  dimensions?: number;
  /** Most items to each side of the middle one; each window's own width is uniform in 1 .. window. Default 5. */
  window?: number;
  /** K, negatives a pair: 5 to 20 for small data, 2 to 5 for large, at most 63. Default 5. */
  negatives?: number;
  /** First rate; it falls to 1e-4 of itself at the end. .01 to .05. Default 0.025. */
  learningRate?: number;
  /** Exponent of the counts in the distribution of negatives: 1 is the counts' own, 0 the uniform one. Default 0.75. */
  noiseExponent?: number;
  /** Passes over all sequences; 1 to 15. Default 5. */
  epochs?: number;
}

export const skipGramDefaults: Required<SkipGramOptions> = {
  dimensions: 100,
  window: 5,
  negatives: 5,
  learningRate: 0.025,
  noiseExponent: 0.75,
  epochs: 5,
};

/** Widest vectors. */
const mostDimensions = 65536;
/** The kernel's room. */
const mostNegatives = 63;
/** Share of the first rate at which it stops falling. */
const leastRate = 1e-4;

/** Checks all options on behalf of the method `where`, and returns them. Throws RangeError naming the one that is wrong. */
export function checkSkipGramOptions(where: string, all: Required<SkipGramOptions>): Required<SkipGramOptions> {
  integerOption(where, "dimensions", all.dimensions, 1, mostDimensions);
  integerOption(where, "window", all.window, 1, 65536);
  integerOption(where, "negatives", all.negatives, 1, mostNegatives);
  numberOption(where, "learningRate", all.learningRate, { least: 0, exclusive: true });
  numberOption(where, "noiseExponent", all.noiseExponent);
  integerOption(where, "epochs", all.epochs, 1);
  return all;
}

/** Items in a slice where there is enough of them, and slices in the whole run where there is not. */
const sliceItems = 1 << 20;
const leastSlices = 17;

/**
 * Slices of an epoch: of at most 2^20 items, and 17 or more in the whole run. Within a slice the blocks of the grid come
 * one after the other, so that few slices learn worse than the order of the text.
 */
export function sliceCount(items: number, epochs: number): number {
  return Math.max(1, Math.ceil(items / sliceItems), Math.ceil(leastSlices / epochs));
}

/**
 * Skip-gram as the pair engine sees it: a table of the vectors v and one of the targets u, both of V rows; the windows'
 * pairs; negatives by the items' counts [V], which must be above 0.
 */
export function skipGramMethod(
  name: string,
  { sequences, counts }: { sequences: SlicedSequences; counts: ArrayLike<number> },
  options: Required<SkipGramOptions> & { seed: number },
): PairMethod {
  const { dimensions, negatives, learningRate, noiseExponent } = options;
  const surplus = { length: (4 - (dimensions % 4)) % 4, value: 0 };
  const table = (first: TableSpec["segments"][number]): TableSpec => ({
    rows: sequences.vocabulary,
    scalar: "f32",
    segments: [first, surplus],
  });
  return {
    name,
    kernel: "skip-gram",
    scratchBytes: 1024,
    tables: [
      table({ length: dimensions, low: -0.5 / dimensions, high: 0.5 / dimensions }),
      table({ length: dimensions, value: 0 }),
    ],
    pairs: windowPairs(sequences, options),
    negatives: { weights: Float64Array.from(counts, (count) => pow(count, noiseExponent)), perPair: negatives },
    // constant within a slice: its value in the middle
    parameters({ epoch, epochs, slice, slices }) {
      const done = (epoch * slices + slice + 0.5) / (epochs * slices);
      return [learningRate * Math.max(leastRate, 1 - done)];
    },
  };
}
