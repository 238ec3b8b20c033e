/**
 * The record that tells a kernel of the pair engine what one block is, as it lies in memory; the same offsets stand in
 * assembly/lib/block-task.ts. Pointers are byte offsets in the memory. All fields are u32 but the parameters, f64.
 */
export const blockTask = {
  /** Pairs: u16 row in its part, u16 column in its part, f32 weight; 8 bytes each, `pairSlack` bytes readable past the last. */
  pairs: 0,
  count: 4,
  /** Number of the first of these pairs within its block: negatives are drawn by it, so that a block may come in pieces. */
  first: 8,
  /** First row of the row part, and bytes from one row to the next. */
  rows: 12,
  rowStride: 16,
  /** The same of the column part (of the same table, or of the other). */
  columns: 20,
  columnStride: 24,
  /** Alias table of the column part: u32 threshold, u32 alias a column; its length; negatives a pair. */
  negatives: 28,
  candidates: 32,
  negativesPerPair: 36,
  /** Second and fourth word of the random stream's counters (epoch and slice, block), and its key. */
  pass: 40,
  block: 44,
  key0: 48,
  key1: 52,
  /** f64: loss of the pieces of this block before this one; the kernel adds to it and returns the sum. */
  loss: 56,
  /** Eight numbers whose meaning is the method's, such as the learning rate. */
  parameters: 64,
  bytes: 128,
} as const;

/** Bytes of one pair. */
export const pairBytes = 8;
/** Bytes that must be readable behind the last pair, since kernels may load several at once. */
export const pairSlack = 32;
