/**
 * Streams of the engine's counter-based generator: what a random number is for, so that no two uses share one. The third
 * or fourth word of the counter; the fourth stream is the kernels' (`negativeStream`).
 */
export const streams = {
  /** First values of the tables' rows: counter (i, segment, stream + table, row). */
  rows: 1,
  /** Order of the pairs of a block: counter (n, 0, block, stream). */
  shuffle: 3,
} as const;
