import { Breather } from "../../io/breather.js";
import { ResourceError } from "../../io/errors.js";
import { memoryLimitOf } from "../../io/memory-limit.js";
import { Meter, type TaskOptions } from "../../io/progress.js";
import { instantiate } from "../../kernels/kernel.js";
import { GraphMemory } from "../../messages/memory.js";
import type { Vectors } from "../../space/vectors.js";
import type { NeighborGraph } from "../neighbor-graph.js";
import { DisjointSets } from "./disjoint-sets.js";

/** Edges of a tree over N items, or of several trees that together hold all of them. */
export interface SpanningTree {
  /** The lower item of each edge, and the higher. */
  readonly lower: Uint32Array;
  readonly higher: Uint32Array;
  /** Mutual reachability of the ends: the larger of their core distances and their distance. */
  readonly weights: Float64Array;
}

export interface SpanningTreeOptions extends TaskOptions {
  /** The core distance of an item is that to its samples-th nearest, itself counted; with 1 it is 0. */
  readonly samples: number;
  readonly memoryLimit?: number | undefined;
}

/** Products of a distance between two looks at the clock: some milliseconds. */
const productsPerLook = 2 ** 22;

/**
 * The spanning tree of least mutual reachability over all pairs, by Prim (1957), the only one where edges compare by
 * (weight, lower item, higher item). O(N^2 D), on one thread. `graph` has samples - 1 neighbors or more.
 */
export async function primTree(
  vectors: Vectors,
  graph: NeighborGraph,
  { samples, memoryLimit, signal, onProgress }: SpanningTreeOptions,
): Promise<SpanningTree> {
  const { stride, dimensions } = vectors;
  const { numItems, neighbors, metric } = graph;
  const needed = numItems * (stride + 8 + 8 + 8 + 4 + 8 + 8) + 2 * stride;
  requireMemory("primTree", needed, memoryLimitOf(memoryLimit), `${numItems} items of ${dimensions} numbers`);
  const memory = new GraphMemory(needed, "a spanning tree");
  try {
    const [rows, scales, cores, best] = [stride, 8, 8, 8].map((bytes) => memory.allocate(numItems * bytes));
    const [from, ends, weights, point] = [4 * numItems, 8 * numItems, 8 * numItems, 2 * stride].map((bytes) =>
      memory.allocate(bytes),
    );
    const width = stride / 4;
    let row = 0;
    for (const batch of vectors.batches()) {
      const own = memory.f32(rows, numItems * width);
      const scale = memory.f64(scales, numItems);
      for (let start = 0; start < batch.length; start += dimensions, row++) {
        own.set(batch.subarray(start, start + dimensions), row * width);
        own.fill(0, row * width + dimensions, (row + 1) * width);
        scale[row] = metric === "cosine" ? inverseLength(batch, start, dimensions) : 1;
      }
    }
    const kernel = instantiate("spanning-tree", memory.memory);
    memory.f64(cores, numItems).fill(0);
    if (samples > 1) {
      // the neighbor lies in `from` for a while; the distance is computed anew, as those of the tree are
      const others = memory.u32(from, numItems);
      for (let i = 0; i < numItems; i++) others[i] = graph.rows[i * neighbors + samples - 2];
      kernel.distances(rows, stride, scales, 0, numItems, from, cores, point);
    }
    memory.f64(best, numItems).fill(Number.POSITIVE_INFINITY);
    memory.u32(from, numItems).fill(2 ** 32 - 1);
    const meter = new Meter("spanning tree", "items", numItems, onProgress);
    const breather = new Breather(signal);
    const atOnce = Math.max(1, Math.floor(productsPerLook / (numItems * width)));
    let current = 0;
    for (let done = 0; done < numItems - 1; ) {
      const steps = Math.min(atOnce, numItems - 1 - done);
      const places = [ends + 8 * done, weights + 8 * done, point];
      current = kernel.prim(rows, stride, scales, numItems, cores, best, from, current, steps, ...places);
      done += steps;
      meter.update(done + 1, {}, done === numItems - 1);
      if (breather.due) await breather.pause();
    }
    const pairs = memory.u32(ends, 2 * (numItems - 1));
    return {
      lower: Uint32Array.from({ length: numItems - 1 }, (_, k) => pairs[2 * k]),
      higher: Uint32Array.from({ length: numItems - 1 }, (_, k) => pairs[2 * k + 1]),
      // the cosine's distance is half the square of that of the vectors scaled to length 1
      weights: memory
        .f64(weights, numItems - 1)
        .map((square) => (metric === "cosine" ? square / 2 : Math.sqrt(square))),
    };
  } finally {
    memory.close();
  }
}

/**
 * The spanning trees of the neighbor graph's connected parts, of least mutual reachability, by Kruskal (1956). They are
 * those of all pairs where these know no shorter way than over neighbors. O(N K).
 */
export async function kruskalTrees(
  graph: NeighborGraph,
  { samples, memoryLimit, signal, onProgress }: SpanningTreeOptions,
): Promise<SpanningTree> {
  const { numItems, neighbors, rows, distances } = graph;
  const most = numItems * neighbors;
  requireMemory("kruskalTrees", 20 * most + 40 * numItems, memoryLimitOf(memoryLimit), `${most} neighbors`);
  const core = (i: number) => (samples > 1 ? distances[i * neighbors + samples - 2] : 0);
  const [lower, higher, weights] = [new Uint32Array(most), new Uint32Array(most), new Float32Array(most)];
  let count = 0;
  for (let i = 0; i < numItems; i++) {
    for (let k = i * neighbors; k < (i + 1) * neighbors; k++) {
      const j = rows[k];
      if (j < i && rows.subarray(j * neighbors, (j + 1) * neighbors).includes(i)) continue; // stands there already
      lower[count] = Math.min(i, j);
      higher[count] = Math.max(i, j);
      weights[count++] = Math.max(core(i), core(j), distances[k]);
    }
  }
  const order = edgeOrder(lower, higher, weights.subarray(0, count));
  const sets = new DisjointSets(numItems);
  const taken = new Uint32Array(Math.max(0, numItems - 1));
  const meter = new Meter("spanning tree", "items", numItems, onProgress);
  const breather = new Breather(signal);
  let edges = 0;
  for (let k = 0; k < count; k++) {
    if (k % 4096 === 0) {
      meter.update(edges);
      if (breather.due) await breather.pause();
    }
    if (sets.join(lower[order[k]], higher[order[k]])) taken[edges++] = order[k];
  }
  meter.update(numItems, {}, true);
  const edgesOf = taken.subarray(0, edges);
  return {
    lower: edgesOf.map((edge) => lower[edge]),
    higher: edgesOf.map((edge) => higher[edge]),
    weights: Float64Array.from(edgesOf, (edge) => weights[edge]),
  };
}

/** Edges by (weight, lower, higher): by radix over the bits of the weights, which are not negative, then runs of equals. */
function edgeOrder(lower: Uint32Array, higher: Uint32Array, weights: Float32Array): Uint32Array {
  const bits = new Uint32Array(weights.buffer, weights.byteOffset, weights.length);
  let order = Uint32Array.from(weights.keys());
  let sorted = new Uint32Array(weights.length);
  for (const shift of [0, 11, 22]) {
    const starts = new Uint32Array(2 ** 11 + 1);
    for (const value of bits) starts[((value >>> shift) & 2047) + 1]++;
    for (let digit = 0; digit < 2 ** 11; digit++) starts[digit + 1] += starts[digit];
    for (const edge of order) sorted[starts[(bits[edge] >>> shift) & 2047]++] = edge;
    [order, sorted] = [sorted, order];
  }
  for (let start = 0, end = 1; start < order.length; start = end++) {
    while (end < order.length && bits[order[end]] === bits[order[start]]) end++;
    if (end - start > 1) order.subarray(start, end).sort((a, b) => lower[a] - lower[b] || higher[a] - higher[b]);
  }
  return order;
}

function inverseLength(batch: Float32Array, start: number, dimensions: number): number {
  let squares = 0;
  for (let d = start; d < start + dimensions; d++) squares += batch[d] * batch[d];
  return squares > 0 ? 1 / Math.sqrt(squares) : 0;
}

function requireMemory(where: string, bytes: number, limit: number, what: string): void {
  if (bytes <= limit) return;
  throw new ResourceError(`${where}: ${what} take ${bytes} bytes, ${limit} are allowed (memoryLimit)`);
}
