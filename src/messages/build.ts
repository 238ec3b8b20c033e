/**
 * Compressed rows from edges, in three steps that threads share: pieces of edges are counted by buckets of rows, scattered
 * to the buckets, and each bucket is sorted and its equal entries merged. Every step keeps the order of the edges, and pieces and
 * buckets follow from the edges alone, so that rows, and sums of weights, are the same with any number of threads.
 */
import { requireMemory } from "../io/memory-limit.js";
import { type Pool, sharedPool } from "../kernels/pool.js";
import { GraphMemory } from "./memory.js";
import { Rows } from "./rows.js";

export const duplicatePolicies = ["sum", "first", "refuse"] as const;
/** What happens to several entries with the same row and column. */
export type DuplicatePolicy = (typeof duplicatePolicies)[number];
export const loopPolicies = ["keep", "drop", "refuse"] as const;
export type LoopPolicy = (typeof loopPolicies)[number];

/** Edges that can be copied out in order. */
export interface EdgeSource {
  readonly count: number;
  readonly weighted: boolean;
  /** Copies the edges from `first` on into arrays, as many as these hold. */
  copy(first: number, sources: Uint32Array, targets: Uint32Array, weights: Float64Array | null): void;
}

export interface BuildOptions {
  numNodes: number;
  /** Whether each edge stands in the rows of both its ends. */
  both: boolean;
  parallel: DuplicatePolicy;
  selfLoops: LoopPolicy;
  /** Every edge goes from a node below this to one that is not; null where edges go anywhere. */
  bipartite: number | null;
  memoryLimit?: number | undefined;
  threads: number | undefined;
  signal: AbortSignal | undefined;
}

/** What is wrong with an edge, or with two that join the same nodes. */
export class EdgeRefused extends Error {
  readonly edge: number;
  readonly pair: readonly [row: number, column: number] | null;

  constructor(edge: number, pair: readonly [row: number, column: number] | null = null) {
    super("internal: an edge that was refused is not explained");
    this.edge = edge;
    this.pair = pair;
  }
}

/** Edges that lie in the memory at once, and in one call. */
const batchEdges = 2 ** 22;
const pieceEdges = 2 ** 18;
/** About as many entries a bucket: what sorting it touches fits the second level of cache. */
const bucketEntries = 2 ** 15;
const mostBuckets = 2 ** 11;
/** Below so many entries waking threads takes longer than the work. */
const fewEntries = 2 ** 16;

interface Layout {
  readonly shift: number;
  readonly buckets: number;
}

/** Buckets of rows: a power of two of rows each. */
function layoutOf(numNodes: number, entries: number): Layout {
  const wanted = Math.min(mostBuckets, Math.max(1, entries / bucketEntries));
  let shift = 0;
  while (numNodes / 2 ** shift > wanted) shift++;
  return { shift, buckets: Math.max(1, Math.ceil(numNodes / 2 ** shift)) };
}

/**
 * Builds rows in `memory`. Throws EdgeRefused where an edge is, ResourceError where there is not enough memory. Work space
 * lies in a memory of its own, which is dropped afterwards: 8 bytes an entry, 16 with weights.
 */
export async function buildRows(memory: GraphMemory, edges: EdgeSource, options: BuildOptions) {
  const { numNodes, both } = options;
  const most = edges.count * (both ? 2 : 1);
  if (most >= 2 ** 32)
    throw new RangeError(`Graph: ${edges.count} edges are more than a graph holds, 2^${both ? 31 : 32} - 1`);
  const bytes = most * (edges.weighted ? 28 : 12) + 8 * numNodes;
  const { memoryLimit } = options;
  requireMemory("Graph", `${edges.count} edges over ${numNodes} nodes`, bytes, { memoryLimit });
  const work = new GraphMemory(0, "building a graph");
  try {
    const pool = sharedPool({ threads: most < fewEntries ? 1 : options.threads });
    const layout = layoutOf(numNodes, most);
    const counted = await countEntries(work, pool, edges, layout, options);
    const { bucketSizes } = counted;
    const entries = bucketSizes.reduce((sum, size) => sum + size, 0);
    const keys = work.allocate(8 * entries);
    const values = edges.weighted ? work.allocate(8 * entries) : 0;
    await scatterEntries(work, pool, edges, layout, options, { ...counted, keys, values });
    const sorted = await sortBuckets(work, pool, layout, options, { bucketSizes, keys, values });
    const rows = copyRows(memory, work, layout, numNodes, { bucketSizes, keys, values, ...sorted });
    return { rows, dropped: { selfLoops: counted.loops, parallel: sorted.parallel } };
  } finally {
    work.close();
  }
}

/** Runs `calls` for the pieces of all edges, batch by batch. */
async function forPieces(
  work: GraphMemory,
  edges: EdgeSource,
  each: (
    at: { sources: number; targets: number; weights: number },
    pieces: { piece: number; first: number; length: number }[],
  ) => Promise<void>,
): Promise<void> {
  const room = Math.min(batchEdges, edges.count);
  const scratch = work.scratch();
  const at = {
    sources: scratch.allocate(4 * room),
    targets: scratch.allocate(4 * room),
    weights: edges.weighted ? scratch.allocate(8 * room) : 0,
  };
  for (let first = 0; first < edges.count; first += batchEdges) {
    const length = Math.min(batchEdges, edges.count - first);
    edges.copy(
      first,
      work.u32(at.sources, length),
      work.u32(at.targets, length),
      edges.weighted ? work.f64(at.weights, length) : null,
    );
    const pieces = [];
    for (let start = 0; start < length; start += pieceEdges) {
      pieces.push({ piece: (first + start) / pieceEdges, first: start, length: Math.min(pieceEdges, length - start) });
    }
    await each(at, pieces);
  }
  scratch.release();
}

const noSplit = 2 ** 32 - 1;

async function countEntries(
  work: GraphMemory,
  pool: Pool,
  edges: EdgeSource,
  { shift, buckets }: Layout,
  { numNodes, both, selfLoops, bipartite, signal }: BuildOptions,
) {
  const pieces = Math.ceil(edges.count / pieceEdges);
  const tables = work.allocate(4 * pieces * (buckets + 1));
  work.u32(tables, pieces * (buckets + 1)).fill(0);
  const tableOf = (piece: number) => tables + 4 * piece * (buckets + 1);
  await forPieces(work, edges, async ({ sources, targets, weights }, list) => {
    const calls = list.map(({ piece, first, length }) => [
      sources + 4 * first,
      targets + 4 * first,
      weights === 0 ? 0 : weights + 8 * first,
      length,
      numNodes,
      shift,
      Number(both),
      loopPolicies.indexOf(selfLoops),
      bipartite ?? noSplit,
      tableOf(piece),
      buckets,
    ]);
    const refused = await pool.run({ memory: work.memory, kernel: "rows", fn: "count", calls, signal });
    const k = refused.findIndex((edge) => edge >= 0);
    if (k >= 0) throw new EdgeRefused(list[k].piece * pieceEdges + refused[k]);
  });
  // The places of a bucket's entries: those of the first piece come first.
  const bucketSizes: number[] = [];
  const table = work.u32(tables, pieces * (buckets + 1));
  let place = 0;
  for (let b = 0; b < buckets; b++) {
    const start = place;
    for (let at = b; at < table.length; at += buckets + 1) {
      const own = table[at];
      table[at] = place;
      place += own;
    }
    bucketSizes.push(place - start);
  }
  let loops = 0;
  for (let at = buckets; at < table.length; at += buckets + 1) loops += table[at];
  return { tableOf, bucketSizes, loops };
}

async function scatterEntries(
  work: GraphMemory,
  pool: Pool,
  edges: EdgeSource,
  { shift }: Layout,
  { both, selfLoops, signal }: BuildOptions,
  { tableOf, keys, values }: { tableOf: (piece: number) => number; keys: number; values: number },
): Promise<void> {
  await forPieces(work, edges, async ({ sources, targets, weights }, list) => {
    const calls = list.map(({ piece, first, length }) => [
      sources + 4 * first,
      targets + 4 * first,
      weights === 0 ? 0 : weights + 8 * first,
      length,
      shift,
      Number(both),
      loopPolicies.indexOf(selfLoops),
      tableOf(piece),
      keys,
      values,
    ]);
    await pool.run({ memory: work.memory, kernel: "rows", fn: "scatter", calls, signal });
  });
}

/** A bucket of more than this share of the entries is sorted by one thread alone, so that only one has scratch space for it. */
const giantShare = 1 / 16;

async function sortBuckets(
  work: GraphMemory,
  pool: Pool,
  { shift, buckets }: Layout,
  { numNodes, both, parallel, signal }: BuildOptions,
  { bucketSizes, keys, values }: { bucketSizes: readonly number[]; keys: number; values: number },
) {
  const entries = bucketSizes.reduce((sum, size) => sum + size, 0);
  const starts = work.allocate(4 * numNodes);
  const stats = work.allocate(8 * buckets);
  const columnBits = Math.max(1, 32 - Math.clz32(Math.max(0, numNodes - 1)));
  const places = 4 * Math.max(2 ** Math.min(11, columnBits), 2 ** shift);
  const isGiant = (size: number) => size > Math.max(2 * bucketEntries, giantShare * entries);
  const largest = Math.max(0, ...bucketSizes);
  const largestOther = bucketSizes.reduce((most, size) => (isGiant(size) ? most : Math.max(most, size)), 0);
  const scratchFor = (size: number) => [
    work.allocate(8 * size),
    values === 0 ? 0 : work.allocate(8 * size),
    work.allocate(places),
  ];
  const alone = scratchFor(largest);
  const threadArgs = Array.from({ length: pool.threads }, (_, t) => (t === 0 ? alone : scratchFor(largestOther)));

  const order: { bucket: number; size: number; args: number[] }[] = [];
  let place = 0;
  for (const [bucket, size] of bucketSizes.entries()) {
    const firstRow = bucket * 2 ** shift;
    const args = [
      keys + 8 * place,
      values === 0 ? 0 : values + 8 * place,
      size,
      firstRow,
      Math.min(2 ** shift, numNodes - firstRow),
      columnBits,
      duplicatePolicies.indexOf(parallel),
      Number(both),
      starts + 4 * firstRow,
      stats + 8 * bucket,
    ];
    order.push({ bucket, size, args });
    place += size;
  }
  order.sort((a, b) => b.size - a.size || a.bucket - b.bucket);
  const giants = order.filter(({ size }) => isGiant(size));
  const others = order.filter(({ size }) => !isGiant(size));
  const merged = new Float64Array(buckets);
  for (const list of [...giants.map((giant) => [giant]), others]) {
    const calls = list.map(({ args }) => args);
    const found = await pool.run({ memory: work.memory, kernel: "rows", fn: "sort", calls, threadArgs, signal });
    for (const [k, { bucket }] of list.entries()) merged[bucket] = found[k];
  }
  const report = work.u32(stats, 2 * buckets);
  const refused = merged.indexOf(-1);
  if (refused >= 0) throw new EdgeRefused(-1, [report[2 * refused], report[2 * refused + 1]]);
  let [together, differs] = [0, false];
  for (let b = 0; b < buckets; b++) {
    together += report[2 * b];
    differs ||= report[2 * b + 1] !== 0;
  }
  return { starts, merged, parallel: together, hasValues: differs };
}

/** Copies the buckets, which have gaps where entries were merged, into the graph's memory. */
function copyRows(
  memory: GraphMemory,
  work: GraphMemory,
  { shift, buckets }: Layout,
  numNodes: number,
  {
    bucketSizes,
    keys,
    values,
    starts,
    merged,
    hasValues,
  }: {
    bucketSizes: readonly number[];
    keys: number;
    values: number;
    starts: number;
    merged: Float64Array;
    hasValues: boolean;
  },
): Rows {
  const numEntries = merged.reduce((sum, count) => sum + count, 0);
  const at = {
    offsets: memory.allocate(4 * (numNodes + 1)),
    indices: memory.allocate(4 * numEntries),
    values: hasValues ? memory.allocate(8 * numEntries) : 0,
  };
  const rows = new Rows(memory, { numRows: numNodes, numColumns: numNodes, numEntries }, at);
  const { offsets, indices, values: weights } = rows;
  const first = work.u32(starts, numNodes);
  let [from, to] = [0, 0];
  for (let b = 0; b < buckets; b++) {
    const [size, count] = [bucketSizes[b], merged[b]];
    const end = Math.min(numNodes, (b + 1) * 2 ** shift);
    for (let row = b * 2 ** shift; row < end; row++) offsets[row] = to + first[row];
    indices.set(work.u32(keys + 8 * from, count), to);
    weights?.set(values === 0 ? work.u32(keys + 8 * from + 4 * size, count) : work.f64(values + 8 * from, count), to);
    from += size;
    to += count;
  }
  offsets[numNodes] = numEntries;
  return rows;
}

/** The transposed matrix of square rows, in the same memory. */
export async function transposeRows(rows: Rows, { threads }: { threads: number | undefined }): Promise<Rows> {
  const { memory, numRows: numNodes, numEntries: count } = rows;
  const source: EdgeSource = {
    count,
    weighted: rows.valuesAt !== 0,
    copy: (first, sources, targets, weights) => {
      const { offsets, indices, values } = rows;
      sources.set(indices.subarray(first, first + sources.length));
      weights?.set((values as Float64Array).subarray(first, first + sources.length));
      for (let row = rowAt(offsets, first), k = first; k < first + sources.length; row++) {
        const end = Math.min(offsets[row + 1], first + sources.length);
        for (; k < end; k++) targets[k - first] = row; // rows are short: a call of fill takes longer
      }
    },
  };
  const options = { numNodes, both: false, parallel: "first", selfLoops: "keep", bipartite: null, threads } as const;
  const { rows: transposed } = await buildRows(memory, source, { ...options, signal: undefined });
  return transposed;
}

/** The row in which entry k lies. */
function rowAt(offsets: Uint32Array, k: number): number {
  let [low, high] = [0, offsets.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (offsets[middle] <= k) low = middle;
    else high = middle;
  }
  return low;
}
