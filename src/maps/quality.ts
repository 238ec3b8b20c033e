import { integerOption, knownOptions, wordOption } from "../io/options.js";
import { Meter, type TaskOptions } from "../io/progress.js";
import { sharedPool } from "../kernels/pool.js";
import { anchorsTogether, resultWidth, scratchBytes } from "../kernels/twins/map-quality.js";
import { GraphMemory } from "../messages/memory.js";
import { philox } from "../numerics/philox.js";
import { seedKey } from "../numerics/random.js";
import type { Space } from "../space/space.js";
import { dimensionsOf } from "./coordinates.js";
import type { NeighborMetric } from "./neighbor-graph.js";
import { metricOf, placeRows } from "./place-rows.js";

export interface QualityOptions extends TaskOptions {
  /** k, below half the items; 15 by default, or as many as small spaces allow. 5 to 50 are useful. */
  neighbors?: number;
  /** What near means in the space; its geometry's by default, as for `neighborGraph`. On the map it is |y_i - y_j|. */
  metric?: NeighborMetric;
  /** Items that are looked at where there are more; all items up to 5,000 and 2,000 of more by default. */
  anchors?: number;
  /** Of the choice of anchors; 1 by default. */
  seed?: number;
  /** Threads; by default one a processor. The result does not depend on it. */
  threads?: number;
}

/** How far a map may be believed. */
export interface MapQuality {
  /** In [0, 1]: 1 where all neighbors on the map are near in the space. */
  trustworthiness: number;
  /** In [0, 1]: 1 where all neighbors in the space are near on the map. */
  continuity: number;
  /** Mean share of an item's k nearest in the space that are among its k nearest on the map. */
  preservation: number;
  /** What chance would preserve, k / (N - 1). */
  chance: number;
  /** Kruskal's stress-1 of the distances, with the best scale; 0 where they are proportional, null where all are 0. */
  stress: number | null;
  /** k. */
  neighbors: number;
  /** Items that were looked at. */
  anchors: number;
  /** Standard errors of the first three where anchors were drawn; null where every item was looked at. */
  standardErrors: { trustworthiness: number; continuity: number; preservation: number } | null;
}

const where = "mapQuality";
const mostWithoutSampling = 5000;
const sampled = 2000;
/** Key word that sets the choice of anchors apart from what else a seed draws. */
const anchorStream = 0x616e6368;
/** Anchors between two reports. */
const anchorsAtOnce = 128;

/**
 * Trustworthiness and continuity (Venna and Kaski 2001, https://doi.org/10.1007/3-540-44668-0_68), preservation of
 * neighbors, and stress of a map of a space, `coordinates` [N, d]:
 *
 *   trustworthiness = 1 - 2 / (A k (2N - 3k - 1)) sum_i sum_{j in U_i} (r(i, j) - k)
 *
 * over A anchors i, U_i those of the k nearest on the map that are not among the k nearest in the space, r the rank in the
 * space among all N items. Continuity is the same with space and map exchanged. Stress is sqrt(sum (e - s d)^2 / sum e^2)
 * over the anchors' distances to all items, d in the space and e on the map, s = sum d e / sum d^2. Among equal distances
 * the lower row is the nearer. Distances are compared in float32.
 *
 * Throws RangeError for fewer than three items, k not below N / 2, coordinates that are not finite or not [N, d].
 */
export async function mapQuality(
  space: Space,
  coordinates: Float32Array,
  options: QualityOptions = {},
): Promise<MapQuality> {
  const known = ["neighbors", "metric", "anchors", "seed", "threads", "signal", "onProgress"];
  knownOptions(where, options, known);
  const { threads, signal, onProgress } = options;
  const items = space.length;
  const width = dimensionsOf(where, coordinates, items);
  if (items < 3) throw new RangeError(`${where}: at least three items are needed, the space has ${items}`);
  const most = Math.ceil(items / 2) - 1;
  const k = integerOption(where, "neighbors", options.neighbors ?? Math.min(15, most), 1);
  if (k > most) throw new RangeError(`${where}: neighbors must be below half of the ${items} items, got ${k}`);
  const wanted = integerOption(where, "anchors", options.anchors ?? (items > mostWithoutSampling ? sampled : items), 2);
  const seed = seedKey(options.seed ?? 1);
  const metric =
    options.metric === undefined
      ? metricOf(where, space)
      : wordOption(where, "metric", options.metric, ["cosine", "euclidean"]);
  const anchors = wanted < items ? drawAnchors(items, wanted, seed) : Uint32Array.from({ length: items }, (_, i) => i);
  signal?.throwIfAborted();

  const pool = sharedPool({ threads });
  const memory = new GraphMemory(0, where);
  try {
    const { at: above, stride, zeros } = await placeRows(where, space, metric, memory);
    const belowStride = Math.ceil(width / 4) * 16;
    const below = memory.allocate(items * belowStride);
    const places = memory.f32(below, (items * belowStride) / 4).fill(0);
    for (let i = 0; i < items; i++) {
      for (let d = 0; d < width; d++) places[(i * belowStride) / 4 + d] = coordinates[i * width + d];
    }
    const anchorsAt = memory.allocate(4 * anchors.length);
    memory.u32(anchorsAt, anchors.length).set(anchors);
    const zerosAt = memory.allocate(4 * zeros.length);
    memory.u32(zerosAt, zeros.length).set(zeros);
    const resultsAt = memory.allocate(8 * resultWidth * anchors.length);
    const threadArgs = Array.from({ length: pool.threads }, () => [memory.allocate(scratchBytes(items, k))]);
    const [halved, zeroCount] = [metric === "cosine" ? 1 : 0, zeros.length];
    const rest = [anchorsAt, items, above, stride, below, belowStride, halved, zerosAt, zeroCount, k, resultsAt];
    const meter = new Meter("comparing", "items", anchors.length, onProgress);
    for (let first = 0; first < anchors.length; first += anchorsAtOnce) {
      const end = Math.min(first + anchorsAtOnce, anchors.length);
      const calls: number[][] = [];
      for (let a = first; a < end; a += anchorsTogether) calls.push([a, Math.min(a + anchorsTogether, end), ...rest]);
      await pool.run({ memory: memory.memory, kernel: "map-quality", fn: "compare", calls, threadArgs, signal });
      meter.update(end, {}, end === anchors.length);
    }
    return qualityOf(memory.f64(resultsAt, resultWidth * anchors.length), items, k, anchors.length);
  } finally {
    memory.close();
  }
}

/** The `count` items of the lowest random words, by row. */
function drawAnchors(items: number, count: number, [key0, key1]: [number, number]): Uint32Array {
  const words = new Uint32Array(items);
  const block = new Uint32Array(4);
  for (let i = 0; i < items; i++) {
    philox(block, i, 0, anchorStream, 0, key0, key1);
    words[i] = block[0];
  }
  const order = Uint32Array.from(words.keys()).sort((i, j) => words[i] - words[j] || i - j);
  return order.slice(0, count).sort();
}

function qualityOf(results: Float64Array, items: number, k: number, anchors: number): MapQuality {
  const column = (offset: number) =>
    Float64Array.from({ length: anchors }, (_, a) => results[a * resultWidth + offset]);
  const scale = 2 / (k * (2 * items - 3 * k - 1));
  const trusts = column(0).map((penalty) => 1 - scale * penalty);
  const continuities = column(1).map((penalty) => 1 - scale * penalty);
  const shares = column(2).map((common) => common / k);
  const [both, square, mapSquare] = [column(3), column(4), column(5)].map(sum);
  // e - s d with the best s leaves sum e^2 - (sum d e)^2 / sum d^2, which rounding may take below 0
  const left = square > 0 ? Math.max(0, mapSquare - (both * both) / square) : mapSquare;
  const errorOf = (values: Float64Array) => deviation(values) / Math.sqrt(anchors);
  return {
    trustworthiness: mean(trusts),
    continuity: mean(continuities),
    preservation: mean(shares),
    chance: k / (items - 1),
    stress: mapSquare > 0 ? Math.sqrt(left / mapSquare) : null,
    neighbors: k,
    anchors,
    standardErrors:
      anchors === items
        ? null
        : {
            trustworthiness: errorOf(trusts),
            continuity: errorOf(continuities),
            preservation: errorOf(shares),
          },
  };
}

const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
const mean = (values: Float64Array) => sum(values) / values.length;

function deviation(values: Float64Array): number {
  const middle = mean(values);
  return Math.sqrt(sum(values.map((value) => (value - middle) * (value - middle))) / (values.length - 1));
}
