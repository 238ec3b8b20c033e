import { Meter, type TaskOptions } from "../io/progress.js";
import { largestMemory } from "../kernels/kernel.js";
import { sharedPool } from "../kernels/pool.js";
import type { Graph } from "../messages/graph.js";
import type { Scratch } from "../messages/memory.js";
import { type ColumnOrder, callsOf, invertOutWeights, numberBytes, type SweepOptions, sum } from "./pagerank-pull.js";

/** Solutions at once: a cache line of contributions in float64, which is fetched whole for one of them too. */
const mostColumns = 8;

/** How many solutions at once the rest of the graph's memory has room for, at most eight; 0 for none. */
export function columnsThatFit({ memory, numNodes, numArcs }: Graph, precision: SweepOptions["precision"]): number {
  const bytes = numberBytes(precision);
  const group = 32 / bytes;
  const room = 0.9 * (largestMemory - memory.used) - 8 * numArcs; // columns may be renumbered, or transposed first
  const groups = Math.max(0, Math.floor(room / (numNodes * group * (3 * bytes + 8))));
  return Math.min(mostColumns, groups * group);
}

export interface ColumnSweeps {
  readonly count: number;
  /** One iteration of all; returns the L1 change of each. */
  sweep(): Promise<Float64Array>;
  /** The ranks [N] of one as they are. */
  ranks(column: number): Float64Array;
}

/**
 * PageRank with several teleport distributions as one product with a table of as many columns: each entry of the matrix is
 * read once an iteration for all of them. A column has the bytes that it has alone (pagerank-pull.ts).
 */
export async function columnSweeps(
  graph: Graph,
  { teleports, dangling }: { teleports: readonly Float64Array[]; dangling: Float64Array | null },
  { damping, precision, threads, signal }: SweepOptions,
  scratch: Scratch,
  order: ColumnOrder | null,
): Promise<ColumnSweeps> {
  const { memory, numNodes } = graph;
  const rows = await graph.transpose();
  const bytes = numberBytes(precision);
  const bits = 8 * bytes;
  const width = Math.ceil((teleports.length * bytes) / 32) * (32 / bytes);
  const inverse = scratch.allocate(bytes * numNodes);
  const x = scratch.allocate(bytes * numNodes * width);
  let [c, next] = [0, 1].map(() => scratch.allocate(bytes * numNodes * width));
  const teleportAt = scratch.allocate(8 * numNodes * width);
  const table = memory.f64(teleportAt, numNodes * width).fill(0);
  teleports.forEach((teleport, k) => {
    for (let i = 0; i < numNodes; i++) table[i * width + k] = teleport[i];
  });
  let [danglingAt, danglingWidth] = [teleportAt, width];
  if (dangling !== null) {
    [danglingAt, danglingWidth] = [scratch.allocate(8 * numNodes), 1];
    memory.f64(danglingAt, numNodes).set(dangling);
  }
  const pieces = callsOf(rows);
  const factors = scratch.allocate(24 * width);
  const out = scratch.allocate(16 * width * pieces.length);
  const sums = scratch.allocate(bytes * width * pieces.length);
  const { indicesAt, placeAt } = order ?? { indicesAt: rows.indicesAt, placeAt: 0 };
  const run = (fn: string, calls: number[][]) =>
    sharedPool({ threads }).run({ memory: memory.memory, kernel: "pagerank", fn: `${fn}${bits}`, calls, signal });
  await invertOutWeights(graph, inverse, { precision, threads, signal });
  await run(
    "startColumns",
    pieces.map(([from, to], k) => [placeAt, inverse, c, x, teleportAt, out + 16 * width * k, width, from, to]),
  );

  /** The results of all pieces for one column: changes (0) or masses (1). */
  const collected = (column: number, which: number): number => {
    const results = memory.f64(out, 2 * width * pieces.length);
    return sum(Float64Array.from(pieces, (_, k) => results[2 * (k * width + column) + which]));
  };
  return {
    count: teleports.length,
    async sweep() {
      const own = memory.f64(factors, 3 * width);
      for (let k = 0; k < width; k++) own.set([0, 1 - damping, damping * collected(k, 1)], 3 * k);
      const before = [rows.offsetsAt, indicesAt, rows.valuesAt, placeAt, inverse, c, next, x, teleportAt];
      await run(
        "pullColumns",
        pieces.map(([from, to], k) => {
          const places = [factors, sums + bytes * width * k, out + 16 * width * k];
          return [...before, danglingAt, danglingWidth, ...places, width, from, to, damping];
        }),
      );
      [c, next] = [next, c];
      return Float64Array.from(teleports, (_, k) => collected(k, 0));
    },
    ranks(column) {
      const all = bits === 64 ? memory.f64(x, numNodes * width) : memory.f32(x, numNodes * width);
      const own = new Float64Array(numNodes);
      for (let i = 0; i < numNodes; i++) own[i] = all[i * width + column];
      return own;
    },
  };
}

export interface ColumnSolution {
  ranks: Float64Array;
  iterations: number;
  residual: number;
}

/** Sweeps until all residuals are met; a solution is taken out when its own is, so that it is the one that it is alone. */
export async function solveColumns(
  sweeps: ColumnSweeps,
  { tolerance, maxIterations, signal, onProgress }: TaskOptions & { tolerance: number; maxIterations: number },
): Promise<ColumnSolution[]> {
  const solved = new Map<number, ColumnSolution>();
  const meter = new Meter("ranking", "items", undefined, onProgress);
  for (let iterations = 1; solved.size < sweeps.count; iterations++) {
    signal?.throwIfAborted();
    const residuals = await sweeps.sweep();
    for (const [k, residual] of residuals.entries()) {
      if (solved.has(k) || (residual > tolerance && iterations < maxIterations)) continue;
      solved.set(k, { ranks: sweeps.ranks(k), iterations, residual });
    }
    meter.update(iterations, { loss: Math.max(...residuals) }, solved.size === sweeps.count);
  }
  return Array.from({ length: sweeps.count }, (_, k) => solved.get(k) as ColumnSolution);
}
