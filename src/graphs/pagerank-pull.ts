import { sharedPool } from "../kernels/pool.js";
import type { Graph } from "../messages/graph.js";
import type { Scratch } from "../messages/memory.js";
import type { Rows } from "../messages/rows.js";
import { piecesOf } from "../messages/spmm.js";

/** A sparse or dense distribution that is not uniform: its address as [N] f64; 0 stands for the uniform one. */
export type DistributionAddress = number;

export interface Sweeps {
  /** Sets all ranks to the teleport distribution t. */
  start(teleport: DistributionAddress, dangling: DistributionAddress): Promise<void>;
  /** One iteration; returns the L1 change. */
  sweep(): Promise<number>;
  /** The ranks [N] as they are. */
  ranks(): Promise<Float64Array>;
}

export interface SweepOptions {
  damping: number;
  precision: "float64" | "float32";
  threads: number | undefined;
  signal: AbortSignal | undefined;
}

/** Renumbers where in c nodes stand (degree-order.ts): indices instead of those of the rows, and place [N] u32 of each node. */
export interface ColumnOrder {
  readonly indicesAt: number;
  readonly placeAt: number;
}

/**
 * PageRank by pulling: row i of the transposed graph gathers c_j = x_j / outweight(j) of the nodes j that point to i.
 * `order` lets those that are read most stand together; null where nothing is renumbered.
 */
export async function pullSweeps(
  graph: Graph,
  options: SweepOptions,
  scratch: Scratch,
  order: ColumnOrder | null,
): Promise<Sweeps> {
  const rows = await graph.transpose();
  const inverseAt = scratch.allocate(numberBytes(options.precision) * graph.numNodes);
  await invertOutWeights(graph, inverseAt, options);
  return sweepsOver({ rows, inverseAt, ...(order ?? { indicesAt: rows.indicesAt, placeAt: 0 }) }, options, scratch);
}

/** Sweeps over rows that list the nodes which point to each; inverse [N] is 1 / out-weight. */
export function sweepsOver(
  { rows, inverseAt: inverse, indicesAt, placeAt }: { rows: Rows; inverseAt: number } & ColumnOrder,
  { damping, precision, threads, signal }: SweepOptions,
  scratch: Scratch,
): Sweeps {
  const { memory, numRows: numNodes } = rows;
  const bytes = numberBytes(precision);
  const bits = 8 * bytes;
  const x = scratch.allocate(bytes * numNodes);
  let [c, next] = [0, 1].map(() => scratch.allocate(bytes * numNodes));
  const pieces = callsOf(rows);
  const out = scratch.allocate(16 * pieces.length);
  const run = (fn: string, calls: number[][]) =>
    sharedPool({ threads }).run({ memory: memory.memory, kernel: "pagerank", fn: `${fn}${bits}`, calls, signal });

  let [teleportAt, danglingAt] = [0, 0];
  let mass = 0;
  return {
    async start(teleport, dangling) {
      [teleportAt, danglingAt] = [teleport, dangling];
      const masses = await run(
        "start",
        pieces.map(([from, to]) => [placeAt, inverse, c, x, teleport, from, to, 1 / numNodes]),
      );
      mass = sum(masses);
    },
    async sweep() {
      const [a, b] = [1 - damping, damping * mass]; // of the teleport and of the dangling distribution
      const [ta, db] = [teleportAt === 0 ? 0 : a, danglingAt === 0 ? 0 : b];
      const base = (a - ta + (b - db)) / numNodes;
      const before = [rows.offsetsAt, indicesAt, rows.valuesAt, placeAt, inverse, c, next, x, teleportAt, danglingAt];
      await run(
        "pull",
        pieces.map(([from, to], k) => [...before, out + 16 * k, from, to, base, damping, ta, db]),
      );
      [c, next] = [next, c];
      const results = memory.f64(out, 2 * pieces.length);
      mass = sum(results.filter((_, k) => k % 2 === 1));
      return sum(results.filter((_, k) => k % 2 === 0));
    },
    async ranks() {
      return bits === 64 ? memory.f64(x, numNodes).slice() : Float64Array.from(memory.f32(x, numNodes));
    },
  };
}

export function numberBytes(precision: SweepOptions["precision"]): 4 | 8 {
  return precision === "float64" ? 8 : 4;
}

/** 1 / out-weight of each node, 0 for one without out-edges, [N] at `inverse`. */
export async function invertOutWeights(
  { memory, rows }: Graph,
  inverse: number,
  { precision, threads, signal }: Omit<SweepOptions, "damping">,
): Promise<void> {
  const calls = callsOf(rows).map(([from, to]) => [rows.offsetsAt, rows.valuesAt, inverse, from, to]);
  const fn = precision === "float64" ? "inverses64" : "inverses32";
  await sharedPool({ threads }).run({ memory: memory.memory, kernel: "pagerank", fn, calls, signal });
}

export function callsOf(rows: Rows): [from: number, to: number][] {
  const ends = piecesOf(rows);
  return Array.from({ length: ends.length - 1 }, (_, k) => [ends[k], ends[k + 1]]);
}

/** The sum of numbers, rounded once or nearly so (Neumaier 1974). */
export function sum(numbers: Float64Array): number {
  let total = 0;
  let lost = 0;
  for (const x of numbers) {
    const next = total + x;
    lost += Math.abs(total) >= Math.abs(x) ? total - next + x : x - next + total;
    total = next;
  }
  return total + lost;
}
