import { log, pow } from "../numerics/elementary.js";
import { LeastSquares } from "../numerics/least-squares.js";

/** What a GloVe model knows of its M words, D wide. */
export interface GloveTables {
  dimensions: number;
  /** Rows w_i, [M, D], row-major. */
  word: Float32Array;
  /** Rows c_j, [M, D]. */
  context: Float32Array;
  /** a_i, [M]. */
  wordBias: Float32Array;
  /** b_j, [M]. */
  contextBias: Float32Array;
}

export interface EmbedWordOptions {
  /** Count from which a pair has full weight, as in training; 10 to 100. */
  xMax: number;
  /** Exponent of the weight below xMax, as in training; .75. */
  alpha: number;
  /**
   * Weight of |x|^2 beside the weighted squares; 0.1 by default, about what one pair of count 1 weighs. Larger draws a
   * word with few pairs towards zero.
   */
  ridge?: number;
}

export const defaultRidge = 0.1;

/**
 * The vector of a new word in a trained GloVe space (Pennington, Socher and Manning 2014, eq. 8), from its
 * co-occurrences X_j with the M words of the space, every other parameter being fixed:
 *
 *   (w, a) = argmin  sum_j f(X_j) (w . c_j + a + b_j - ln X_j)^2 + ridge (|w|^2 + a^2),   f(x) = min(1, (x / xMax)^alpha)
 *
 * and its context row alike, from (w_i, a_i), co-occurrence being symmetric. Returns w + c, D long, as training
 * publishes it. A word that was in training comes out near its trained vector, not at it: training had not converged.
 *
 * `cooccurrences` maps rows to counts > 0. Throws RangeError where there is none, a row is not among the M, or a count
 * is not a positive number.
 */
export function embedWord(
  tables: GloveTables,
  cooccurrences: ReadonlyMap<number, number>,
  options: EmbedWordOptions,
): Float32Array<ArrayBuffer> {
  const { dimensions, word, context, wordBias, contextBias } = tables;
  if (cooccurrences.size === 0) {
    throw new RangeError("embedWord: a word's co-occurrences with words of the space were needed, got none");
  }
  const w = solveRow(context, contextBias, dimensions, cooccurrences, options);
  const c = solveRow(word, wordBias, dimensions, cooccurrences, options);
  return Float32Array.from(w, (value, d) => value + c[d]);
}

/** The row, without its bias, that fits the counts best against fixed rows [M, D] with biases [M]. */
function solveRow(
  rows: Float32Array,
  biases: Float32Array,
  dimensions: number,
  cooccurrences: ReadonlyMap<number, number>,
  { xMax, alpha, ridge = defaultRidge }: EmbedWordOptions,
): Float64Array {
  const equations = new LeastSquares(dimensions + 1);
  const equation = new Float64Array(dimensions + 1);
  equation[dimensions] = 1; // times the new row's own bias
  const target = new Float64Array(1);
  // By row, so that the result does not depend on the map's order.
  for (const [row, count] of [...cooccurrences].sort(([a], [b]) => a - b)) {
    if (!Number.isInteger(row) || row < 0 || row >= biases.length) {
      throw new RangeError(`embedWord: rows must be integers from 0 to ${biases.length - 1}, got ${row}`);
    }
    if (!(count > 0) || count === Number.POSITIVE_INFINITY) {
      throw new RangeError(`embedWord: the count with row ${row} must be a positive number, got ${count}`);
    }
    for (let d = 0; d < dimensions; d++) equation[d] = rows[row * dimensions + d];
    target[0] = log(count) - biases[row];
    equations.add(equation, target, count < xMax ? pow(count / xMax, alpha) : 1);
  }
  return equations.solve(ridge).subarray(0, dimensions);
}
