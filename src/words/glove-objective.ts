import { log, pow } from "../numerics/elementary.js";

/** Rows of a GloVe model; i and j count words. */
export interface GloveParameters {
  /** Word vectors w_i and their biases a_i. */
  vectors: readonly ArrayLike<number>[];
  biases: ArrayLike<number>;
  /** Context vectors c_j and their biases b_j. */
  contexts: readonly ArrayLike<number>[];
  contextBiases: ArrayLike<number>;
}

/**
 * GloVe's objective (Pennington, Socher and Manning 2014, eq. 8 and 9) in f64 over co-occurrences (i, j, X_ij), X_ij > 0:
 *
 *     J = sum f(X_ij) (w_i . c_j + a_i + b_j - ln X_ij)^2,   f(x) = min(1, (x / xMax)^alpha)
 *
 * The loss that training reports is the mean of half of these terms, each from before its step.
 */
export function gloveObjective(
  { vectors, biases, contexts, contextBiases }: GloveParameters,
  cooccurrences: Iterable<readonly [i: number, j: number, x: number]>,
  { xMax, alpha }: { xMax: number; alpha: number },
): number {
  let sum = 0;
  for (const [i, j, x] of cooccurrences) {
    let diff = biases[i] + contextBiases[j] - log(x);
    for (let d = 0; d < vectors[i].length; d++) diff += vectors[i][d] * contexts[j][d];
    sum += Math.min(1, pow(x / xMax, alpha)) * diff * diff;
  }
  return sum;
}
