import { knownOptions } from "../io/options.js";
import { sharedPool } from "../kernels/pool.js";
import { Graph } from "../messages/graph.js";
import { GraphMemory } from "../messages/memory.js";
import { log } from "../numerics/elementary.js";
import type { NeighborGraph } from "./neighbor-graph.js";

export interface FuzzyGraphOptions {
  /** Threads; by default one a processor. The result does not depend on it. */
  threads?: number;
  signal?: AbortSignal;
}

/**
 * The fuzzy graph of UMAP (McInnes, Healy and Melville 2018, section 3.1): how surely two items are neighbors, by distances
 * that are scaled item by item. For the K neighbors j of item i at distances d_ij,
 *
 *   A_ij = exp(-max(0, d_ij - rho_i) / sigma_i),   P = A + A' - A o A',
 *
 * rho_i being the least of its distances above 0, and sigma_i such that the sum of A_ij over j is log2(K + 1). An undirected
 * graph with P as weights, in (0, 1]: what maps are laid out by.
 */
export async function fuzzyGraph(neighborGraph: NeighborGraph, options: FuzzyGraphOptions = {}): Promise<Graph> {
  knownOptions("fuzzyGraph", options, ["threads", "signal"]);
  const { numItems, neighbors, rows, distances } = neighborGraph;
  const { weights, width } = await memberships(distances, numItems, neighbors, options);
  const upper = union(numItems, neighbors, width, rows, weights);
  return Graph.fromEdges({ ...upper, numNodes: numItems }, options);
}

/**
 * A_ij for `count` items with K ascending distances each ([count, K]): `weights` as [count, width], of which the first K of a
 * row count.
 */
export async function memberships(
  distances: Float32Array,
  count: number,
  neighbors: number,
  { threads, signal }: FuzzyGraphOptions,
): Promise<{ weights: Float32Array; width: number }> {
  const width = Math.ceil(neighbors / 4) * 4;
  const bytes = 4 * count * width;
  const memory = new GraphMemory(2 * bytes, "fuzzy graph");
  try {
    const [at, out, scales] = [bytes, bytes, 8 * count].map((size) => memory.allocate(size));
    const table = memory.f32(at, count * width);
    let sum = 0;
    for (let i = 0; i < count; i++) {
      for (let k = 0; k < neighbors; k++) {
        table[i * width + k] = distances[i * neighbors + k];
        sum += distances[i * neighbors + k];
      }
      table.fill(Number.POSITIVE_INFINITY, i * width + neighbors, (i + 1) * width);
    }
    const target = log(neighbors + 1) / Math.LN2;
    const rest = [at, 4 * width, neighbors, target, sum / (count * neighbors), out, scales];
    const step = 1024;
    const calls = Array.from({ length: Math.ceil(count / step) }, (_, k) => [
      k * step,
      Math.min((k + 1) * step, count),
      ...rest,
    ]);
    const work = { memory: memory.memory, kernel: "umap", fn: "smooth", calls, signal } as const;
    await sharedPool({ threads: calls.length === 1 ? 1 : threads }).run(work);
    return { weights: memory.f32(out, count * width).slice(), width };
  } finally {
    memory.close();
  }
}

/** P above the diagonal, by (row, column); A is given by its entries in lists of equal length. */
function union(numItems: number, neighbors: number, width: number, rows: Int32Array, weights: Float32Array) {
  const total = numItems * neighbors;
  // Columns of A by column, then row: A', sorted; and from that A by row, then column.
  const transposed = sortedByTarget(
    numItems,
    Uint32Array.from({ length: total }, (_, e) => Math.floor(e / neighbors)),
    Uint32Array.from(rows),
    Float32Array.from({ length: total }, (_, e) => weights[Math.floor(e / neighbors) * width + (e % neighbors)]),
  );
  const targets = new Uint32Array(total);
  for (let j = 0; j < numItems; j++) targets.fill(j, transposed.offsets[j], transposed.offsets[j + 1]);
  const straight = sortedByTarget(numItems, targets, transposed.sources, transposed.weights);

  const sources: Uint32Array = new Uint32Array(total);
  const ends = new Uint32Array(total);
  const values = new Float32Array(total);
  let count = 0;
  for (let i = 0; i < numItems; i++) {
    let [k, l] = [straight.offsets[i], transposed.offsets[i]];
    const [lastK, lastL] = [straight.offsets[i + 1], transposed.offsets[i + 1]];
    while (k < lastK || l < lastL) {
      const byK = k < lastK ? straight.sources[k] : numItems;
      const byL = l < lastL ? transposed.sources[l] : numItems;
      const j = Math.min(byK, byL);
      const one = byK === j ? straight.weights[k++] : 0;
      const other = byL === j ? transposed.weights[l++] : 0;
      if (j < i) continue;
      sources[count] = i;
      ends[count] = j;
      values[count++] = one + other - one * other;
    }
  }
  return { sources: sources.subarray(0, count), targets: ends.subarray(0, count), weights: values.subarray(0, count) };
}

/** Entries in the order of their targets, those of one target as they came; offsets[t] is where those of t begin. */
function sortedByTarget(numItems: number, sources: Uint32Array, targets: Uint32Array, weights: Float32Array) {
  const offsets = new Uint32Array(numItems + 1);
  for (const target of targets) offsets[target + 1]++;
  for (let i = 0; i < numItems; i++) offsets[i + 1] += offsets[i];
  const next = offsets.slice();
  const sorted = { offsets, sources: new Uint32Array(sources.length), weights: new Float32Array(sources.length) };
  for (let e = 0; e < sources.length; e++) {
    const place = next[targets[e]]++;
    sorted.sources[place] = sources[e];
    sorted.weights[place] = weights[e];
  }
  return sorted;
}
