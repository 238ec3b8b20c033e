/**
 * The records that tell the kernel `hnsw` of an index and of a thread's working space, as they lie in memory; the same
 * offsets stand in assembly/hnsw.ts. Pointers are byte offsets in the memory, multiples of 16; fields are u32 but
 * `extend`, f64.
 */
export const hnswTask = {
  /** Rows, `stride` bytes apart: numbers in the form, `numbers` bytes (a multiple of 16, padded with zeros), then a tail. */
  rows: 0,
  stride: 4,
  numbers: 8,
  /** Code of `hnswForms`, code of `hnswMetrics`. */
  form: 12,
  metric: 16,
  /** Numbers in a row before padding, with the one that extends it. */
  dimensions: 20,
  /** 1: rows are scaled to length 1. */
  unit: 24,
  /** Lists of layer 0, u32 [capacity, 1 + 2 M]: how many, then items. */
  links: 28,
  /** Lists of the layers above, u32 [blocks, 1 + M], those of an item one after another from block `offsets[item]` on. */
  upper: 32,
  offsets: 36,
  /** u8 [capacity]: the highest layer of each item. */
  levels: 40,
  /** Items for which there is room. */
  capacity: 44,
  m: 48,
  efConstruction: 52,
  /** Where searches begin: an item, and its layer, the highest. */
  entry: 56,
  top: 60,
  /** The items that are being inserted: from `first` to `end` - 1. */
  first: 64,
  end: 68,
  /** u32 an item of the batch: how many lists the items before it have. */
  starts: 72,
  /** f32 [lists of the batch, M]: distances of the links that were chosen. */
  distances: 76,
  /** u32 a list of the index (layer 0, then above), all 0 between calls of `collect`. */
  marks: 80,
  /** (u32 list, u32 item) a target; u32 a target and one: ends of its edges; (u32 source, f32 distance) an edge. */
  targets: 84,
  ends: 88,
  edges: 92,
  /** Where not 0: the square of the length to which the last number extends each row. */
  extend: 96,
  bytes: 112,
} as const;

/** A thread's own. */
export const hnswScratch = {
  /** Counts the walks; an item was visited in this one if its u16 at `visited` equals it. Both 0 at first. */
  stamp: 0,
  /** u16 [capacity] */
  visited: 4,
  /** u64 an entry: see the twin. Room for the widest beam, and for 2 M + `hnswBatch` entries. */
  list: 8,
  /** u32 [2 M + 4] */
  fresh: 12,
  /** Two queries, `hnswQueryBytes` each. */
  queryA: 16,
  queryB: 20,
  /** 16 bytes. */
  spill: 32,
  bytes: 48,
} as const;

/** Numbers of a row as they are kept: in full, as halves (IEEE 754 binary16), or as bytes of which a row's largest is 127. */
export const hnswForms = { f32: 0, f16: 1, i8: 2 } as const;
export type HnswForm = keyof typeof hnswForms;

/**
 * Distances: -x.y; -<x, y>_L with the first number the time; |x - y|^2; |x - y|^2 / ((1 - |x|^2) (1 - |y|^2)). The last
 * two of hyperbolic space are monotone in its distance.
 */
export const hnswMetrics = { dot: 0, lorentz: 1, euclidean: 2, ball: 3 } as const;
export type HnswMetric = keyof typeof hnswMetrics;

/** Most items that are inserted at a time. */
export const hnswBatch = 256;
/** Bytes of a row's tail: f32 scale, f32 squared length as kept (both of bytes alone), f32 1 / (1 - |x|^2), padding. */
export const hnswTail = 16;

/** Bytes of a row's numbers, and of the row. */
export function hnswRowBytes(
  dimensions: number,
  form: HnswForm,
  metric: HnswMetric,
): { numbers: number; stride: number } {
  const size = { f32: 4, f16: 2, i8: 1 }[form];
  const numbers = Math.ceil((dimensions * size) / 16) * 16;
  return { numbers, stride: numbers + (form === "i8" || metric === "ball" ? hnswTail : 0) };
}

/** Bytes of a query as the kernel compares it with rows: halves are spread to f32. */
export function hnswQueryBytes(dimensions: number): number {
  return Math.ceil(dimensions / 16) * 64 + hnswTail;
}
