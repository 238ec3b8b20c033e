import { sharedPool } from "../kernels/pool.js";
import { scramble } from "../kernels/twins/scramble.js";
import { GraphMemory } from "../messages/memory.js";
import { seedKey } from "../numerics/random.js";
import type { VectorLike } from "../space/query.js";
import type { Vectors } from "../space/vectors.js";
import { memberships } from "./fuzzy-graph.js";
import type { NeighborMetric } from "./neighbor-graph.js";
import { nearestOf } from "./rank-neighbors.js";
import { type Forces, forceTables, placeRows, readRows, roomFor, strideOf, threadRooms } from "./umap-layout.js";

/** A finished map, and what new points on it need. */
export interface FinishedMap extends Forces {
  vectors: Vectors;
  /** [N, dimensions]. */
  coordinates: Float32Array;
  dimensions: number;
  /** k, the item itself counted: here all k are others. */
  neighbors: number;
  metric: NeighborMetric;
  epochs: number;
  learningRate: number;
  seed: number;
  threads: number | undefined;
}

const where = "umap.transform";
/** Of the map's epochs and of its learning rate: new points start near their places. */
const shareOfEpochs = 1 / 3;
const shareOfRate = 1 / 4;

/**
 * Places of new vectors, [rows, dimensions], on a map that does not move: each starts at the mean of its k nearest items, weighted by
 * how surely they are its neighbors (A_ij of `fuzzyGraph`), and is then pulled by these and pushed from items drawn by a hash of
 * its own bytes. So a vector's place depends on nothing else that is placed with it.
 */
export async function placeNew(map: FinishedMap, rows: readonly VectorLike[], signal?: AbortSignal) {
  const { vectors, coordinates, dimensions, seed, threads } = map;
  const items = coordinates.length / dimensions;
  const width = vectors.dimensions;
  const queries = new Float32Array(rows.length * width);
  for (const [q, row] of rows.entries()) {
    if (row.length !== width)
      throw new RangeError(`${where}: vector ${q} must have ${width} numbers, got ${row.length}`);
    queries.set(row, q * width);
  }
  const wrong = queries.findIndex((x) => !Number.isFinite(x));
  if (wrong >= 0) {
    throw new RangeError(
      `${where}: vectors must be finite, vector ${Math.floor(wrong / width)} holds ${queries[wrong]}`,
    );
  }
  if (rows.length === 0) return new Float32Array(0);
  const neighbors = Math.min(map.neighbors, items);
  const near = await nearestOf(vectors, queries, { count: neighbors, items, metric: map.metric, threads, signal });
  const { weights, width: stride } = await memberships(near.distances, rows.length, neighbors, { threads, signal });

  const memory = new GraphMemory(0, where);
  const scratch = memory.scratch();
  try {
    const bytes = strideOf(dimensions);
    const tails = scratch.allocate(items * bytes);
    placeRows(memory, tails, coordinates, dimensions);
    let [heads, next] = [0, 1].map(() => scratch.allocate(rows.length * bytes));
    const [order, offsets, keys] = [0, 1, 0].map((more) => scratch.allocate(4 * (rows.length + more)));
    const [targets, rates] = [0, 1].map(() => scratch.allocate(4 * rows.length * neighbors + 12));
    const start = new Float32Array(rows.length * dimensions);
    const [low, high] = seedKey(seed);
    const salt = scramble(low ^ scramble(high));
    const bits = new Uint32Array(queries.buffer);
    memory.u32(offsets, rows.length + 1)[rows.length] = rows.length * neighbors;
    for (let q = 0; q < rows.length; q++) {
      memory.u32(order, rows.length)[q] = q;
      memory.u32(offsets, rows.length)[q] = q * neighbors;
      memory.u32(keys, rows.length)[q] = bits
        .subarray(q * width, (q + 1) * width)
        .reduce((hash, word) => scramble(hash ^ word), salt);
      memory
        .u32(targets, rows.length * neighbors)
        .set(near.rows.subarray(q * neighbors, (q + 1) * neighbors), q * neighbors);
      memory
        .f32(rates, rows.length * neighbors)
        .set(weights.subarray(q * stride, q * stride + neighbors), q * neighbors);
      let sum = 0;
      for (let k = 0; k < neighbors; k++) sum += weights[q * stride + k];
      for (let d = 0; d < dimensions; d++) {
        let mean = 0;
        for (let k = 0; k < neighbors; k++) {
          mean += (weights[q * stride + k] / sum) * coordinates[near.rows[q * neighbors + k] * dimensions + d];
        }
        start[q * dimensions + d] = mean;
      }
    }
    placeRows(memory, heads, start, dimensions);
    const { attraction, repulsion, still } = forceTables(scratch, map);
    const room = roomFor(memory.u32(offsets, rows.length + 1), 1 + map.negatives);
    const epochs = Math.ceil(map.epochs * shareOfEpochs);
    const pool = sharedPool({ threads: rows.length < 256 ? 1 : threads });
    const threadArgs = threadRooms(scratch, room, pool.threads);
    for (let epoch = 0; epoch < epochs; epoch++) {
      const alpha = map.learningRate * shareOfRate * (1 - epoch / epochs);
      const rest = [order, offsets, targets, rates, keys, heads, tails, next, bytes, items, 0, attraction, repulsion];
      const calls: number[][] = [];
      for (let q = 0; q < rows.length; q += 256) {
        calls.push([q, Math.min(q + 256, rows.length), ...rest, epoch, alpha, 1, map.negatives, still, room]);
      }
      await pool.run({ memory: memory.memory, kernel: "umap", fn: "layout", calls, threadArgs, signal });
      [heads, next] = [next, heads];
    }
    return readRows(memory, heads, rows.length, dimensions);
  } finally {
    memory.close();
  }
}
