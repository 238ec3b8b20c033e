import { ResourceError } from "../io/errors.js";
import { integerOption, knownOptions, numberOption } from "../io/options.js";
import { Meter, type TaskOptions } from "../io/progress.js";
import { sharedPool } from "../kernels/pool.js";
import type { Graph } from "../messages/graph.js";
import { Rng, seedKey, shuffle } from "../numerics/random.js";

/**
 * Biased random walks (Grover and Leskovec 2016, "node2vec: scalable feature learning for networks",
 * https://arxiv.org/abs/1607.00653, section 3.2): a walk that came from t to v goes on to x with a probability
 * proportional to w(v, x) times 1/p where x = t, 1 where t has an edge to x, and 1/q otherwise.
 */
export interface WalkOptions {
  /** Walks that begin at each node; 5 to 80. Default 10. */
  walks?: number;
  /** Nodes of a walk, its start included; 2 or more, 40 to 100 is usual. Default 80. */
  walkLength?: number;
  /** Return parameter: below 1 walks often go back, above 1 seldom; .25 to 4. Default 1. */
  p?: number;
  /** In-out parameter: below 1 walks lead away, above 1 they stay around their start; .25 to 4. Default 1. */
  q?: number;
}

export const walkDefaults: Required<WalkOptions> = { walks: 10, walkLength: 80, p: 1, q: 1 };

/** Checks all options on behalf of the function `where`, and returns them. Throws RangeError naming the one that is wrong. */
export function checkWalkOptions(where: string, all: Required<WalkOptions>): Required<WalkOptions> {
  integerOption(where, "walks", all.walks, 1);
  integerOption(where, "walkLength", all.walkLength, 2, 1 << 24);
  if (all.walks * all.walkLength > 0xffffffff) {
    throw new RangeError(`${where}: walks times walkLength must be below 2^32, got ${all.walks} x ${all.walkLength}`);
  }
  // 1/p and 1/q and their sums over a row stay far from the ends of f64
  numberOption(where, "p", all.p, { least: 1e-9, most: 1e9 });
  numberOption(where, "q", all.q, { least: 1e-9, most: 1e9 });
  return all;
}

/** Walks one behind the other; walk k is nodes[ends[k - 1]] .. nodes[ends[k] - 1], the first from 0. */
export interface Walks {
  nodes: Uint32Array<ArrayBuffer>;
  ends: Float64Array<ArrayBuffer>;
}

/** Third word of the generator's counters where the order of the starts is drawn; the kernel's own is 6. */
const orderStream = 7;
/** Walks in a thread's hands at a time. */
const pieceWalks = 256;
/** Rows in a thread's hands at a time. */
const pieceRows = 4096;

/**
 * Walks from all nodes that have edges, `walks` rounds of them, each round in a random order of its own. In a directed graph
 * a walk ends early at a node from which nothing leads on. The walk of a node depends on the graph, the options, its
 * number and the seed alone: not on threads, and not on the other walks.
 *
 * The walks take 4 bytes a step, and 8 bytes an arc more meanwhile where edges have weights. Throws RangeError
 * for options out of range, ResourceError where memory does not suffice, and the signal's reason when aborted.
 */
export async function randomWalks(
  graph: Graph,
  options: WalkOptions & TaskOptions & { seed?: number; threads?: number } = {},
): Promise<Walks> {
  const where = "randomWalks";
  const { seed = 1, threads, signal, onProgress, ...own } = options;
  knownOptions(where, own, Object.keys(walkDefaults));
  const { walks, walkLength, p, q } = walkDefaults;
  const all = checkWalkOptions(where, {
    walks: own.walks ?? walks,
    walkLength: own.walkLength ?? walkLength,
    p: own.p ?? p,
    q: own.q ?? q,
  });
  integerOption(where, "seed", seed, 0);
  return walkAll(graph, { ...all, seed, threads, signal, onProgress });
}

/** The same with options that are checked already. */
export async function walkAll(
  graph: Graph,
  options: Required<WalkOptions> & TaskOptions & { seed: number; threads: number | undefined },
): Promise<Walks> {
  const { walks, walkLength, p, q, seed, signal, onProgress } = options;
  signal?.throwIfAborted();
  const { memory, rows } = graph;
  const pool = sharedPool({ threads: options.threads });
  const [key0, key1] = seedKey(seed);
  const starts = nodesWithArcs(rows.offsets);
  const meter = new Meter("walking", "items", starts.length * walks, onProgress);
  const out = new WalkList(starts.length * walks, walkLength);

  const scratch = memory.scratch();
  try {
    const cumulativeAt = rows.valuesAt === 0 ? 0 : scratch.allocate(8 * rows.numEntries);
    if (cumulativeAt !== 0) {
      const calls: number[][] = [];
      for (let row = 0; row < rows.numRows; row += pieceRows) {
        const end = Math.min(rows.numRows, row + pieceRows);
        calls.push([rows.offsetsAt, rows.valuesAt, cumulativeAt, row, end]);
      }
      await pool.run({ memory: memory.memory, kernel: "walks", fn: "cumulate", calls, signal });
    }
    const startsAt = scratch.allocate(4 * starts.length);
    const walksAt = scratch.allocate(4 * starts.length * walkLength);
    for (let round = 0; round < walks; round++) {
      const order = memory.u32(startsAt, starts.length);
      order.set(starts);
      shuffle(order, new Rng(seed, orderStream, round));
      const calls: number[][] = [];
      for (let k = 0; k < starts.length; k += pieceWalks) {
        const count = Math.min(pieceWalks, starts.length - k);
        const place = [startsAt + 4 * k, count, round, walkLength, walksAt + 4 * k * walkLength];
        calls.push([rows.offsetsAt, rows.indicesAt, cumulativeAt, ...place, p, q, key0, key1]);
      }
      await pool.run({ memory: memory.memory, kernel: "walks", fn: "walks", calls, signal });
      out.append(memory.u32(walksAt, starts.length * walkLength));
      meter.update(starts.length * (round + 1), {}, round === walks - 1);
    }
  } finally {
    scratch.release();
  }
  return out.walks();
}

function nodesWithArcs(offsets: Uint32Array): Uint32Array {
  const nodes = new Uint32Array(offsets.length - 1);
  let count = 0;
  for (let node = 0; node + 1 < offsets.length; node++) if (offsets[node] < offsets[node + 1]) nodes[count++] = node;
  return nodes.slice(0, count);
}

/** Collects walks, without the steps that were not taken. */
class WalkList {
  readonly #nodes: Uint32Array<ArrayBuffer>;
  readonly #ends: Float64Array<ArrayBuffer>;
  readonly #length: number;
  #used = 0;
  #walks = 0;

  constructor(walks: number, length: number) {
    this.#nodes = allocate(walks * length);
    this.#ends = new Float64Array(walks);
    this.#length = length;
  }

  /** `walks` is [walks, length]; 2^32 - 1 stands for a step that was not taken. */
  append(walks: Uint32Array): void {
    const length = this.#length;
    for (let start = 0; start < walks.length; start += length) {
      let end = start + length;
      while (walks[end - 1] === 0xffffffff) end--;
      this.#nodes.set(walks.subarray(start, end), this.#used);
      this.#used += end - start;
      this.#ends[this.#walks++] = this.#used;
    }
  }

  walks(): Walks {
    return { nodes: this.#nodes.subarray(0, this.#used), ends: this.#ends };
  }
}

function allocate(steps: number): Uint32Array<ArrayBuffer> {
  try {
    return new Uint32Array(steps);
  } catch (error) {
    throw new ResourceError(
      `walks: the system gives no ${4 * steps} bytes for ${steps} steps; lower walks or walkLength`,
      {
        cause: error,
      },
    );
  }
}
