import { given, integerOption, numberOption, wordOption } from "../io/options.js";
import { log } from "../numerics/elementary.js";
import type { PairMethod, TableSpec } from "../pairs/method.js";
import type { PairSource } from "../pairs/pair-source.js";

/**
 * GloVe, the log-bilinear model (Pennington, Socher and Manning 2014, "GloVe: Global vectors for word representation",
 * https://aclanthology.org/D14-1162, eq. 8 and 9): word vectors w and context vectors c with biases a and b such that
 *
 *     J = sum over X_ij > 0 of f(X_ij) (w_i . c_j + a_i + b_j - ln X_ij)^2
 *     f(x) = (x / xMax)^alpha below xMax, 1 above
 *
 * is small, by AdaGrad over the co-occurrences in random order. The published vector is w_i + c_i. Rates, clipping and
 * first values are those of the reference program (stanfordnlp/GloVe at 52f7dbc): squared gradients accumulate from 1 with
 * the learning rate in them, and the biases move without it.
 */
export interface GloveModelOptions {
  /** Width D of the vectors; 50 to 300 is usual. Default 100. */
  dimensions?: number;
  /** Passes over all co-occurrences; 15 for small corpora and widths below 100, 50 to 100 for the best. Default 15. */
  epochs?: number;
  /** Co-occurrences above it all weigh 1; 10 for millions of tokens, 100 for billions. Default 10. */
  xMax?: number;
  /** Exponent of the weight below xMax. Default 0.75. */
  alpha?: number;
  /** First step of AdaGrad; .05 is the reference's, .075 was used at 50 dimensions. Default 0.05. */
  learningRate?: number;
  /** Bound on a component of the gradient. Default 100. */
  gradientClip?: number;
  /** Steps of the biases: without the learning rate as in the reference program, or with it. Default "reference". */
  biasStep?: "reference" | "adagrad";
}

export const gloveDefaults: Required<GloveModelOptions> = {
  dimensions: 100,
  epochs: 15,
  xMax: 10,
  alpha: 0.75,
  learningRate: 0.05,
  gradientClip: 100,
  biasStep: "reference",
};

/** Widest vectors; a row and its accumulators are then half a MiB. */
const mostDimensions = 65536;
/** Smallest number whose logarithm the kernel takes: the first f32 that is not denormal. */
const leastNormal = 2 ** -126;

/** Options with defaults filled in. Throws RangeError naming the one that is wrong. */
export function checkGloveOptions(options: GloveModelOptions): Required<GloveModelOptions> {
  const all = { ...gloveDefaults, ...given(options) };
  const positive = { least: 0, exclusive: true };
  integerOption("glove", "dimensions", all.dimensions, 1, mostDimensions);
  integerOption("glove", "epochs", all.epochs, 1);
  numberOption("glove", "xMax", all.xMax, positive);
  numberOption("glove", "alpha", all.alpha, { least: 0 });
  numberOption("glove", "learningRate", all.learningRate, positive);
  numberOption("glove", "gradientClip", all.gradientClip, positive);
  wordOption("glove", "biasStep", all.biasStep, ["reference", "adagrad"]);
  return all;
}

/** Where the parts of a row lie: vector, bias, and behind both their inverse root accumulators. */
export interface GloveRow {
  /** D rounded up to a multiple of 4; the surplus is zero. */
  width: number;
  bias: number;
  length: number;
}

export function gloveRow(dimensions: number): GloveRow {
  const width = Math.ceil(dimensions / 4) * 4;
  return { width, bias: width, length: 2 * (width + 4) };
}

/** GloVe as the pair engine sees it: two tables of V rows, pairs (i, j) of weight X_ij > 0, no negatives. */
export function gloveMethod(cooccurrences: PairSource, options: Required<GloveModelOptions>): PairMethod {
  const { dimensions, learningRate, xMax, alpha, gradientClip, biasStep } = options;
  const { width } = gloveRow(dimensions);
  const start = { low: -0.5 / dimensions, high: 0.5 / dimensions };
  const table = (rows: number): TableSpec => ({
    rows,
    scalar: "f32",
    segments: [
      { length: dimensions, ...start }, //      vector
      { length: width - dimensions, value: 0 },
      { length: 1, ...start }, //               bias
      { length: 3, value: 0 },
      { length: width + 4, value: 1 }, //       inverse roots of the accumulators
    ],
  });
  const biasRate = biasStep === "reference" ? 1 : learningRate;
  const parameters = [learningRate, biasRate, log(xMax), alpha, gradientClip];
  return {
    name: "glove",
    kernel: "glove",
    scratchBytes: 32,
    tables: [table(cooccurrences.rows), table(cooccurrences.columns)],
    pairs: cooccurrences,
    leastWeight: leastNormal,
    parameters: () => parameters,
  };
}
