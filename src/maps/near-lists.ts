import { Meter, type TaskOptions } from "../io/progress.js";
import { sharedPool } from "../kernels/pool.js";
import { forms, fresh, noEntry } from "../kernels/twins/neighbors.js";
import { scramble } from "../kernels/twins/scramble.js";
import { GraphMemory } from "../messages/memory.js";
import { seedKey } from "../numerics/random.js";
import type { Vectors } from "../space/vectors.js";

export interface NearListsOptions extends TaskOptions {
  /** Entries of a list. */
  length: number;
  /** Items whose lists are wanted to be right; the longer the lists beyond, the more often they are. */
  neighbors: number;
  /** What is compared: cosines of vectors rounded to 16 bits, cosines in float32, or squared distances in float32. */
  form: "short" | "dot" | "euclidean";
  seed: number;
  threads: number | undefined;
}

export interface NearLists {
  /** [N, length] by (distance, row); 0xffffffff where there are fewer. */
  readonly rows: Uint32Array;
  /** The last distance of each list, as `form` says: |x - y|^2, or -x.y (times shortScale^2); Infinity where one is not full. */
  readonly last: Float32Array;
  readonly form: NearListsOptions["form"];
}

/** Rows of a block of which all pairs are compared in one call. */
const blockRows = 256;
/** Rows of a leaf, whose pairs are compared, and trees. */
const leafRows = 64;
const trees = 4;
/** Levels of a tree after which what is left is cut in order: with distances that split nothing, such as between equal rows. */
const mostLevels = 48;
/** Rounds of descent at most; it ends when a round changes less than this share of the neighbors. */
const mostRounds = 20;
const leastChanges = 1e-3;

/** The nearest rows of each of N vectors, each pair compared once for both; `norms` [N] are their lengths. */
export async function exactLists(vectors: Vectors, norms: Float64Array, options: NearListsOptions): Promise<NearLists> {
  const { threads, signal, length, onProgress } = options;
  const table = placed(vectors, norms, options);
  try {
    const { memory, rows, stride, form, lists, items } = table;
    const thresholds = memory.allocate(4 * (items + 4));
    memory.f32(thresholds, items + 4).fill(Number.POSITIVE_INFINITY);
    // Blocks of rows meet in rounds, like teams that all play each other: a block is in one call of a round.
    const blocks = Math.ceil(items / blockRows / 2) * 2;
    const edges = Array.from({ length: blocks + 1 }, (_, b) => Math.min(items, b * blockRows));
    const meter = new Meter("neighbors", "items", items, onProgress);
    for (let round = 0; round < blocks; round++) {
      const calls: number[][] = [];
      for (const [a, b] of pairsOfRound(blocks, round)) {
        if (edges[a] === edges[a + 1] || edges[b] === edges[b + 1]) continue;
        calls.push([edges[a], edges[a + 1], edges[b], edges[b + 1], rows, stride, form, lists, length, thresholds]);
      }
      const work = { memory: memory.memory, kernel: "neighbors", fn: "exact", calls, signal } as const;
      if (calls.length > 0) await sharedPool({ threads: items < 1024 ? 1 : threads }).run(work);
      meter.update(Math.floor((items * (round + 1)) / blocks), {}, round === blocks - 1);
    }
    return read(memory, lists, items, options);
  } finally {
    table.memory.close();
  }
}

/**
 * The same, nearly: trees that split rows by which of two drawn ones is nearer (as in annoy, Bernhardsson 2015), whose leaves
 * are compared pair by pair; then descent (Dong, Moses and Li 2011, "Efficient k-nearest neighbor graph construction for generic
 * similarity measures", algorithm 2): the neighbors of a neighbor are likely neighbors.
 *
 * The paper's local join hands each pair to both of its lists, which threads cannot share; here each item looks at the
 * candidates of its candidates itself, as they stood before the round, so that it changes its own list alone. What a round
 * looks at is drawn by hashes of the pair. So the bytes do not depend on threads.
 */
export async function descentLists(
  vectors: Vectors,
  norms: Float64Array,
  options: NearListsOptions,
): Promise<NearLists> {
  const { threads, signal, length, neighbors, onProgress } = options;
  const table = placed(vectors, norms, options);
  try {
    const { memory, rows, stride, form, lists, items } = table;
    const pool = sharedPool({ threads });
    const run = (fn: string, calls: number[][], threadArgs?: number[][]) =>
      pool.run({ memory: memory.memory, kernel: "neighbors", fn, calls, threadArgs, signal });
    const [low, high] = seedKey(options.seed);
    const salt = scramble(low ^ scramble(high));
    const meter = new Meter("neighbors", "items", undefined, onProgress);

    const [order, spare] = [0, 1].map(() => memory.allocate(4 * items));
    for (let tree = 0; tree < trees; tree++) {
      const numbers = memory.u32(order, items);
      for (let i = 0; i < items; i++) numbers[i] = i;
      let waiting: [from: number, to: number][] = [[0, items]];
      const leaves: [from: number, to: number][] = [];
      for (let level = 0; waiting.length > 0; level++) {
        const calls = waiting.map(([from, to]) => {
          const draw = (k: number) =>
            scramble(scramble(salt ^ scramble(tree * mostLevels + level)) ^ scramble(2 * from + k));
          const left = from + (draw(0) % (to - from));
          const right = from + ((left - from + 1 + (draw(1) % (to - from - 1))) % (to - from));
          const present = memory.u32(order, items);
          return [from, to, present[left], present[right], order, spare, rows, stride, form];
        });
        const lefts = await run("split", calls);
        const next: [number, number][] = [];
        for (const [k, [from, to]] of waiting.entries()) {
          const whole = lefts[k] === 0 || lefts[k] === to - from || level === mostLevels;
          const middle = whole ? (from + to) >>> 1 : from + lefts[k];
          for (const [a, b] of [
            [from, middle],
            [middle, to],
          ]) {
            if (b - a > leafRows && level < mostLevels) next.push([a, b]);
            else for (let at = a; at < b; at += leafRows) leaves.push([at, Math.min(at + leafRows, b)]);
          }
        }
        waiting = next;
      }
      await run(
        "joinLeaf",
        leaves.map(([from, to]) => [from, to, order, rows, stride, form, lists, length]),
      );
      meter.update(0);
    }

    const most = Math.ceil(length / 2);
    const [news, olds] = [0, 1].map(() => memory.allocate(8 * items * most));
    const seen = Array.from({ length: pool.threads }, () => {
      const at = memory.allocate(4 * items);
      memory.u32(at, items).fill(0);
      return [at];
    });
    for (let round = 0; round < mostRounds; round++) {
      const own = scramble(salt + round + 1);
      await run(
        "candidates",
        parts(items, pool.threads).map(([from, to]) => [from, to, items, lists, length, news, olds, most, own]),
      );
      const rest = [rows, stride, form, lists, length, news, olds, most, round * items + 1];
      const changes = await run(
        "descend",
        parts(items, Math.ceil(items / 512)).map(([from, to]) => [from, to, ...rest]),
        seen,
      );
      const changed = changes.reduce((sum, count) => sum + count, 0);
      meter.update((round + 1) * items);
      if (changed <= leastChanges * items * neighbors) break;
    }
    return read(memory, lists, items, options);
  } finally {
    table.memory.close();
  }
}

/** Largest number of a rounded row of length 1. */
export const shortScale = 32767;

/** The vectors in a memory of their own, scaled to length 1 but for Euclidean distances, and empty lists. */
function placed(vectors: Vectors, norms: Float64Array, { form, length }: NearListsOptions) {
  const { dimensions, length: items } = vectors;
  const stride = form === "short" ? Math.ceil(dimensions / 8) * 16 : Math.ceil(dimensions / 4) * 16;
  const memory = new GraphMemory((items + 3) * stride + 8 * items * length, "neighbors");
  const rows = memory.allocate((items + 3) * stride);
  memory.u32(rows, ((items + 3) * stride) / 4).fill(0);
  let row = 0;
  for (const batch of vectors.batches()) {
    for (let start = 0; start < batch.length; start += dimensions, row++) {
      const at = rows + row * stride;
      const scale = form === "euclidean" ? 1 : norms[row] > 0 ? 1 / norms[row] : 0;
      if (form === "short") {
        const own = memory.i16(at, dimensions);
        for (let d = 0; d < dimensions; d++) own[d] = Math.round(batch[start + d] * scale * shortScale);
      } else {
        const own = memory.f32(at, dimensions);
        for (let d = 0; d < dimensions; d++) own[d] = batch[start + d] * scale;
      }
    }
  }
  const lists = memory.allocate(8 * items * length);
  const floats = memory.f32(lists, 2 * items * length);
  const words = memory.u32(lists, 2 * items * length);
  for (let e = 0; e < items * length; e++) {
    floats[2 * e] = Number.POSITIVE_INFINITY;
    words[2 * e + 1] = noEntry;
  }
  return { memory, rows, stride, form: forms[form], lists, items };
}

/** The rows of lists, and their last distances. */
function read(memory: GraphMemory, lists: number, items: number, { length, form }: NearListsOptions): NearLists {
  const words = memory.u32(lists, 2 * items * length);
  const floats = memory.f32(lists, 2 * items * length);
  const rows = new Uint32Array(items * length);
  for (let e = 0; e < rows.length; e++) rows[e] = words[2 * e + 1] === noEntry ? noEntry : words[2 * e + 1] & ~fresh;
  const last = Float32Array.from({ length: items }, (_, i) => floats[2 * (i + 1) * length - 2]);
  return { rows, last, form };
}

/** Round r of a tournament of an even number of blocks, one with itself first: in round 0 each meets itself. */
function pairsOfRound(blocks: number, round: number): [number, number][] {
  if (round === 0) return Array.from({ length: blocks }, (_, b) => [b, b]);
  const others = blocks - 1;
  return Array.from({ length: blocks / 2 }, (_, k) => {
    if (k === 0) return [round - 1, others];
    const [a, b] = [(round - 1 + k) % others, (round - 1 - k + others) % others];
    return [Math.min(a, b), Math.max(a, b)];
  });
}

/** 0 .. items - 1 in about equal parts. */
function parts(items: number, count: number): [from: number, to: number][] {
  return Array.from({ length: count }, (_, k) => [
    Math.floor((items * k) / count),
    Math.floor((items * (k + 1)) / count),
  ]);
}
