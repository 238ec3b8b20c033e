import { integerOption, knownOptions, wordOption } from "../io/options.js";
import { type Pool, sharedPool } from "../kernels/pool.js";
import { metricCodes, tileBytes } from "../kernels/twins/scan.js";
import type { Vectors } from "./vectors.js";

/** `cosine`: dot(x, q) / (|x| |q|), 0 where x is zero; `dot`: dot(x, q); `euclidean`: -|x - q|^2. More is nearer. */
export type Metric = keyof typeof metricCodes;
export const metrics = Object.keys(metricCodes) as Metric[];

export interface SearchOptions {
  /** How many of the nearest rows a query gets; default 10. */
  count?: number;
  /** Default "cosine". */
  metric?: Metric;
  /** The only rows that may be found: a test of a row number, or row numbers. By default all. */
  allowed?: ((row: number) => boolean) | Iterable<number>;
  /** Rows that may not be found, a list a query. */
  exclude?: readonly Iterable<number>[];
  /** The threads of large searches; `sharedPool()` by default. Small ones run on the calling thread. */
  pool?: Pool;
  signal?: AbortSignal;
}

/** The nearest rows of Q queries, best first; among equal scores the lower row first. */
export interface Neighbors {
  /** [Q, count]; beyond `found` of a query 2^32 - 1. */
  rows: Uint32Array<ArrayBuffer>;
  /** [Q, count], as the metric defines them; beyond `found` of a query -Infinity. */
  scores: Float32Array<ArrayBuffer>;
  /** [Q]: how many rows were found, fewer than `count` only where no more are allowed. */
  found: Uint32Array<ArrayBuffer>;
}

const noRow = 2 ** 32 - 1;
const mostResults = 2 ** 28;
/** Products of floats in a search that the calling thread does at once: half a millisecond. */
const smallSearch = 2 ** 22;
/** Products in one call of a kernel, so that a single thread breathes and a signal is heard. */
const mostPerCall = 2 ** 27;
/** Queries that pass over the rows together: their bytes stay in the second-level cache. */
const queryBytes = 2 ** 18;
/** Bytes of all threads' heaps for the queries that pass together. */
const heapBytes = 2 ** 24;

/**
 * The rows nearest to each of Q queries ([Q, D], tightly packed), exactly: every allowed row is compared. A score depends
 * on the row and the query alone (see kernels/twins/scan.ts), so the result is the same for any number of threads, one
 * query or many. Rows that hold NaN are never found. Throws RangeError for a query that holds NaN or Infinity.
 */
export async function search(vectors: Vectors, queries: Float32Array, options: SearchOptions = {}): Promise<Neighbors> {
  knownOptions("search", options, ["count", "metric", "allowed", "exclude", "pool", "signal"]);
  const { dimensions } = vectors;
  const count = integerOption("search", "count", options.count ?? 10, 1, 2 ** 31);
  const metric = wordOption("search", "metric", options.metric ?? "cosine", metrics);
  const { pool = sharedPool(), exclude, signal } = options;
  if (queries.length % dimensions !== 0) {
    throw new RangeError(`search: queries of ${dimensions} numbers each are needed, got ${queries.length} numbers`);
  }
  const queryCount = queries.length / dimensions;
  if (queryCount * count > mostResults) {
    throw new RangeError(
      `search: at most ${mostResults} results are given at once, got ${queryCount} queries of ${count}`,
    );
  }
  const wrong = queries.findIndex((x) => !Number.isFinite(x));
  if (wrong >= 0) {
    const place = `number ${wrong % dimensions} of query ${Math.floor(wrong / dimensions)}`;
    throw new RangeError(`search: queries must be finite numbers, got ${queries[wrong]} as ${place}`);
  }
  if (exclude !== undefined && exclude.length !== queryCount) {
    throw new RangeError(
      `search: exclude must hold a list for each of ${queryCount} queries, got ${exclude.length} lists`,
    );
  }
  signal?.throwIfAborted();

  const rows = new Uint32Array(queryCount * count).fill(noRow);
  const scores = new Float32Array(queryCount * count).fill(Number.NEGATIVE_INFINITY);
  const found = new Uint32Array(queryCount);
  await vectors.exclusive(async () => {
    const allowed = options.allowed === undefined ? undefined : allowedRows(vectors.length, options.allowed);
    // No heap needs more entries than there are rows.
    const kept = Math.min(count, allowed?.length ?? vectors.length);
    if (kept === 0) return;
    const byCache = Math.floor(queryBytes / vectors.stride);
    const byHeaps = Math.floor(heapBytes / (pool.threads * kept * 8));
    const together = Math.max(1, Math.min(queryCount, byHeaps, Math.max(8, byCache)));
    for (let first = 0; first < queryCount; first += together) {
      signal?.throwIfAborted();
      const end = Math.min(first + together, queryCount);
      const batch: QueryBatch = {
        queries: queries.subarray(first * dimensions, end * dimensions),
        queryCount: end - first,
        exclude: exclude?.slice(first, end).map((list) => rowList("a row of exclude", vectors.length, list)),
        allowed,
        metric,
        count: kept,
      };
      const best = await nearest(vectors, batch, pool, signal);
      best.forEach((entries, q) => {
        found[first + q] = Math.min(kept, entries.length);
        for (let k = 0; k < found[first + q]; k++) {
          rows[(first + q) * count + k] = entries[k].row;
          scores[(first + q) * count + k] = entries[k].score;
        }
      });
    }
  });
  return { rows, scores, found };
}

interface QueryBatch {
  /** [queryCount, D]. */
  queries: Float32Array;
  queryCount: number;
  /** A list a query, ascending. */
  exclude?: readonly Uint32Array[];
  /** Ascending. */
  allowed?: Uint32Array;
  metric: Metric;
  count: number;
}

interface Entry {
  row: number;
  score: number;
}

/** The rows that may be found, ascending. */
function allowedRows(length: number, allowed: ((row: number) => boolean) | Iterable<number>): Uint32Array {
  if (typeof allowed === "function") {
    const list = new Uint32Array(length);
    let found = 0;
    for (let row = 0; row < length; row++) if (allowed(row)) list[found++] = row;
    return list.subarray(0, found);
  }
  return rowList("a row of allowed", length, allowed);
}

/** Row numbers as an ascending list without repetitions. */
function rowList(name: string, length: number, rows: Iterable<number>): Uint32Array {
  const list = new Set<number>();
  for (const row of rows) list.add(integerOption("search", name, row, 0, length - 1));
  return Uint32Array.from(list).sort();
}

/** For each query of a batch the best entries of all shards and threads, best first. */
async function nearest(vectors: Vectors, batch: QueryBatch, pool: Pool, signal?: AbortSignal): Promise<Entry[][]> {
  const best: Entry[][] = Array.from({ length: batch.queryCount }, () => []);
  for (let index = 0; index < vectors.shards.length; index++)
    await scanShard(vectors, index, batch, pool, best, signal);
  for (const entries of best) entries.sort((a, b) => b.score - a.score || a.row - b.row);
  return best;
}

/** The part of an ascending list that lies in from .. to - 1, less `from`. */
function within(list: Uint32Array, from: number, to: number): Uint32Array {
  const part = list.subarray(lowerBound(list, from), lowerBound(list, to));
  return from === 0 ? part : part.map((row) => row - from);
}

/** Index of the first number of an ascending list that is not below `value`. */
function lowerBound(list: Uint32Array, value: number): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Adds the best entries of each thread in one shard to `best`. */
async function scanShard(
  vectors: Vectors,
  index: number,
  batch: QueryBatch,
  pool: Pool,
  best: Entry[][],
  signal?: AbortSignal,
): Promise<void> {
  const { memory, first, length } = vectors.shards[index];
  const { queryCount, metric } = batch;
  const list = batch.allowed && within(batch.allowed, first, first + length);
  const positions = list?.length ?? length;
  if (positions === 0) return;
  const count = Math.min(batch.count, positions);
  const products = positions * (vectors.stride / 4) * queryCount;
  const threads = products <= smallSearch ? 1 : pool.threads;

  const norms = metric === "cosine" ? await vectors.inverseNorms(index, pool) : 0;
  const excluded = batch.exclude?.map((rows) => within(rows, first, first + length));
  const excludedRows = excluded?.reduce((sum, rows) => sum + rows.length, 0) ?? 0;

  // Working space: the list, the queries, the exclusions, and each thread's tile, thresholds, sizes and heaps.
  let end = 0;
  const place = (bytes: number) => {
    const at = end;
    end += Math.ceil(bytes / 16) * 16;
    return at;
  };
  const listAt = place(4 * (list?.length ?? 0));
  const queriesAt = place(queryCount * vectors.stride);
  const offsetsAt = place(4 * (queryCount + 1));
  const excludedAt = place(4 * excludedRows);
  const threadsAt = Array.from({ length: threads }, () => ({
    tile: place(tileBytes),
    thresholds: place(4 * queryCount),
    sizes: place(4 * queryCount),
    heaps: place(8 * queryCount * count),
  }));
  const base = vectors.workspace(index, end);
  const floats = (at: number, n: number) => new Float32Array(memory.buffer, base + at, n);
  const words = (at: number, n: number) => new Uint32Array(memory.buffer, base + at, n);

  if (list !== undefined) words(listAt, list.length).set(list);
  placeQueries(floats(queriesAt, (queryCount * vectors.stride) / 4), batch, vectors.dimensions);
  if (excluded !== undefined) {
    let at = excludedAt;
    excluded.forEach((rows, q) => {
      words(offsetsAt, queryCount + 1)[q] = base + at;
      words(at, rows.length).set(rows);
      at += 4 * rows.length;
    });
    words(offsetsAt, queryCount + 1)[queryCount] = base + at;
  }
  for (const { thresholds, sizes } of threadsAt) {
    floats(thresholds, queryCount).fill(Number.NEGATIVE_INFINITY);
    words(sizes, queryCount).fill(0);
  }

  const constant = [
    0,
    vectors.stride,
    norms,
    list === undefined ? 0 : base + listAt,
    metricCodes[metric],
    base + queriesAt,
    queryCount,
    count,
    excluded === undefined ? 0 : base + offsetsAt,
  ];
  const threadArgs = threadsAt.map(({ tile, thresholds, sizes, heaps }) =>
    [tile, thresholds, sizes, heaps].map((at) => base + at),
  );
  if (products <= smallSearch) {
    vectors.functions(index, pool.fast).nearest(0, positions, ...constant, ...threadArgs[0]);
  } else {
    const perPosition = products / positions;
    const step = Math.max(
      16,
      Math.min(Math.floor(mostPerCall / perPosition), Math.ceil(positions / (threads * 32))) & ~15,
    );
    const calls: number[][] = [];
    for (let at = 0; at < positions; at += step) calls.push([at, Math.min(at + step, positions), ...constant]);
    await pool.run({ memory, kernel: "scan", fn: "nearest", calls, threadArgs, signal });
  }

  for (const { sizes, heaps } of threadsAt) {
    for (let q = 0; q < queryCount; q++) {
      const at = heaps + 8 * q * count;
      const size = words(sizes, queryCount)[q];
      const score = floats(at, 2 * size);
      const row = words(at, 2 * size);
      for (let k = 0; k < size; k++) best[q].push({ row: first + row[2 * k + 1], score: score[2 * k] });
    }
  }
}

/** Writes the queries with their padding; for the cosine each divided by its norm, a zero query as it is. */
function placeQueries(target: Float32Array, { queries, queryCount, metric }: QueryBatch, dimensions: number): void {
  const width = target.length / queryCount;
  target.fill(0);
  for (let q = 0; q < queryCount; q++) {
    const query = queries.subarray(q * dimensions, (q + 1) * dimensions);
    let squares = 0;
    for (const x of query) squares += x * x;
    const scale = metric === "cosine" && squares > 0 ? 1 / Math.sqrt(squares) : 1;
    for (let d = 0; d < dimensions; d++) target[q * width + d] = query[d] * scale;
  }
}
