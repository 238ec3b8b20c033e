/**
 * Streams of the counter-based generator: the third word of every counter, so that no two uses of the engine share a
 * random number. Kernels that draw for themselves know theirs (`negativeStream` in kernels/twins/negatives.ts is 4).
 */
export const streams = {
  /** First values of the rows of table 0 and of table 1: counter (i, segment, stream + table, row). */
  rows: 1,
  /** Order of the pairs of a block: counter (n, pass, stream, block). */
  shuffle: 3,
  /** Widths of windows: value n of counter (n / 2, pass, stream, 0). */
  windows: 5,
} as const;
