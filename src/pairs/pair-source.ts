/** Weighted pairs in a fixed order, which any number of readers get alike. */
export interface PairSource {
  /** Rows of the first table, columns of the second (or of the same one). */
  readonly rows: number;
  readonly columns: number;
  /** How many pairs there are. */
  readonly pairs: number;
  /** All pairs, in batches; may be asked for again. The receiver keeps no views of a batch. */
  batches(): AsyncIterable<PairBatch>;
}

/** Pairs (i[k], j[k]) of weight[k], k < length. */
export interface PairBatch {
  length: number;
  i: Uint32Array;
  j: Uint32Array;
  weight: Float32Array;
}
