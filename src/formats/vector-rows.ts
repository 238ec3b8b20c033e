/**
 * Named vectors on their way from a reader to a space or a writer, a batch at a time, so that files of any size are
 * converted in little memory.
 */
export interface VectorRows {
  /** For messages: the path, or a word in angle brackets. */
  readonly name: string;
  readonly dimensions: number;
  /**
   * Number of rows where the format states it before the rows; undefined where only the end tells. Fewer come where
   * options drop rows.
   */
  readonly count?: number;
  /** The rows in file order; may be asked for once. */
  batches(): AsyncIterable<VectorBatch>;
  /** Releases the file where `batches` is never asked for; going through them, to the end or not, does so too. */
  close?(): Promise<void>;
}

export interface VectorBatch {
  names: string[];
  /** [names.length, D], row-major; the receiver may keep neither the array nor views of it. */
  vectors: Float32Array;
}
