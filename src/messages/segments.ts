/*
 * Messages along edges, f32. Tables have a row an entry of the sparse rows ("edges", in their order) or a row a node, and lie
 * at addresses in the memory of the rows; no output overlaps an input. Work is cut by rows with equally many entries.
 */

import { integerOption } from "../io/options.js";
import { sharedPool } from "../kernels/pool.js";
import type { Rows } from "./rows.js";
import { piecesOf } from "./spmm.js";

export interface SegmentOptions {
  /** Columns of the tables. */
  width: number;
  /** Threads; by default one a processor. The result does not depend on it. */
  threads?: number;
  signal?: AbortSignal;
}

/** edges_k = x_j(k): each edge takes the row of the node in whose column it stands. */
export async function gatherEdges(rows: Rows, x: number, edges: number, options: SegmentOptions): Promise<void> {
  const { offsets } = rows;
  await run(rows, "gather", options, (first, last) => [
    offsets[first],
    offsets[last],
    rows.indicesAt,
    x,
    edges,
    options.width,
  ]);
}

/**
 * y_i = the sum, mean or largest of the values of row i's edges, column by column; 0 where a row is empty. With `places`, the
 * address of a u32 for each entry, entry k takes row places[k] of the edges: with transposed rows and the places that
 * `transposeEntries` gives, values are scattered to the columns in which they stand.
 */
export async function combineEdges(
  rows: Rows,
  edges: number,
  y: number,
  { by, places = 0, ...options }: SegmentOptions & { by: "sum" | "mean" | "max"; places?: number },
): Promise<void> {
  const rest = [rows.offsetsAt, places, edges, y, options.width];
  if (by !== "max") rest.push(by === "mean" ? 1 : 0);
  await run(rows, by === "max" ? "max" : "sum", options, (first, last) => [first, last, ...rest]);
}

/** shares_k = exp(v_k) / the sum of exp over the edges of the same row, column by column; `shares` may be `edges`. */
export async function softmaxEdges(rows: Rows, edges: number, shares: number, options: SegmentOptions): Promise<void> {
  const rest = [rows.offsetsAt, edges, shares, options.width];
  await run(rows, "softmax", options, (first, last) => [first, last, ...rest]);
}

async function run(
  rows: Rows,
  fn: string,
  { width, threads, signal }: SegmentOptions,
  argumentsOf: (first: number, last: number) => number[],
): Promise<void> {
  integerOption(fn, "width", width, 0);
  const ends = piecesOf(rows);
  const calls = Array.from({ length: ends.length - 1 }, (_, piece) => argumentsOf(ends[piece], ends[piece + 1]));
  await sharedPool({ threads }).run({ memory: rows.memory.memory, kernel: "segments", fn, calls, signal });
}
