import type { KernelName } from "../kernels/kernel.js";
import type { PairSource } from "./pair-source.js";

/**
 * What a method hands to the engine. A method is its file: equation, options, the name of its kernel, where its pairs come
 * from and how its negatives are distributed; everything else is the engine's.
 */
export interface PairMethod {
  /** For messages. */
  readonly name: string;
  /** A kernel with `block(task, scratch) -> loss so far`; see kernels/block-task.ts. */
  readonly kernel: KernelName;
  /** Bytes of scratch space that the kernel needs in each thread. */
  readonly scratchBytes: number;
  /** Row table and column table, or one table that is both. */
  readonly tables: readonly [TableSpec] | readonly [TableSpec, TableSpec];
  readonly pairs: PairSource | SlicedPairs;
  /** Least weight of a pair that the kernel can take; none where it is undefined. A smaller one is an error. */
  readonly leastWeight?: number;
  readonly negatives?: Negatives;
  /** Up to eight numbers for the kernel, such as the learning rate, for each slice of each epoch. */
  parameters(slice: SlicePlace): readonly number[];
}

export interface TableSpec {
  readonly rows: number;
  readonly scalar: "f32" | "f64";
  /** The numbers of a row in order, optimiser state included; their sum is a multiple of 4 (f32) or 2 (f64). */
  readonly segments: readonly Segment[];
}

/** Consecutive numbers of a row and their first values: all equal, or uniform in [low, high). */
export type Segment = { length: number } & ({ value: number } | { low: number; high: number });

/** Negatives: columns drawn with probability proportional to their weight among those of the block's column part. */
export interface Negatives {
  /** One a column, not negative; some in every part must be positive. */
  readonly weights: ArrayLike<number>;
  /** K, draws a pair; a draw equal to the pair's column is left out. */
  readonly perPair: number;
}

/** Where training is: epoch and slice count from 0. */
export interface SlicePlace {
  epoch: number;
  epochs: number;
  slice: number;
  slices: number;
}

/** Pairs that differ from epoch to epoch, such as windows over sub-sampled text, made a slice at a time. */
export interface SlicedPairs {
  readonly slices: number;
  /** No slice has more pairs than this; it decides how much memory is set aside. */
  readonly mostPairs: number;
  /** Pairs of one slice of one epoch; the same on every call. */
  slice(epoch: number, slice: number): PairSource | Promise<PairSource>;
}

export function isSliced(pairs: PairSource | SlicedPairs): pairs is SlicedPairs {
  return "slice" in pairs;
}

/** Numbers in a row. */
export function rowLength(table: TableSpec): number {
  return table.segments.reduce((sum, { length }) => sum + length, 0);
}

/** Bytes of a row. */
export function rowBytes(table: TableSpec): number {
  return rowLength(table) * (table.scalar === "f32" ? 4 : 8);
}
