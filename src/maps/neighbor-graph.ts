import { booleanOption, integerOption, knownOptions, wordOption } from "../io/options.js";
import type { TaskOptions } from "../io/progress.js";
import { Graph } from "../messages/graph.js";
import { square } from "../numerics/elementary.js";
import type { Space } from "../space/space.js";
import type { Vectors } from "../space/vectors.js";
import { descentLists, exactLists } from "./near-lists.js";
import { metricOf } from "./place-rows.js";
import { compareAgain, ranked, slack } from "./rank-neighbors.js";

export type NeighborMetric = "cosine" | "euclidean";

export interface NeighborGraphOptions extends TaskOptions {
  /** Neighbors K of each item, itself not counted; 15, or all others in a smaller space, by default. 5 to 100 are useful. */
  neighbors?: number;
  /**
   * "cosine": 1 - cos(x, y), which is 1 where one of them is zero; "euclidean": |x - y|. By default the space's geometry,
   * cosine in a space of dot products.
   */
  metric?: NeighborMetric;
  /** Whether all pairs are compared; true up to 150,000 items by default, where that takes no longer. */
  exact?: boolean;
  /** Of what is drawn; 1 by default. Exact graphs do not depend on it. */
  seed?: number;
  /** Threads; by default one a processor. The result does not depend on it. */
  threads?: number;
  /** Receives warnings, such as that of zero vectors; `console.warn` by default. */
  onWarning?: (message: string) => void;
}

/** The K nearest neighbors of each of N items. */
export interface NeighborGraph {
  /** N. */
  readonly numItems: number;
  /** K. */
  readonly neighbors: number;
  readonly metric: NeighborMetric;
  /** [N, K]: each item's neighbors by (distance, row); the item itself is none. */
  readonly rows: Int32Array<ArrayBuffer>;
  /** [N, K]: distances, computed in float64. */
  readonly distances: Float32Array<ArrayBuffer>;
  /** Whether every pair was compared. */
  readonly exact: boolean;
  /**
   * The undirected graph of the message engine that joins two items where one is a neighbor of the other; all weights are
   * 1. A new one with each call.
   */
  graph(): Promise<Graph>;
}

const where = "neighborGraph";
/** Lengths from which squares of differences may exceed float32. */
const longest = 1e18;
/** Entries of a list of the descent: with 48 it finds .98 of the 15 nearest of 100,000 words. */
const leastLength = 48;
/** Items up to which all pairs are compared. */
const mostExact = 150_000;

/**
 * The neighbor graph of a space. All pairs are compared, by squared distances in float32 or by cosines of vectors rounded to 16
 * bits; the K + 16 best of each item are then ranked by distances in float64, so that near duplicates are in their true order.
 * Where the error of rounding might hide a neighbor, an item is compared with all others once more in float32. Where `exact`
 * is false, neighbors are found by trees and descent (see `descentLists`), and ranked alike.
 *
 * Throws RangeError for a space of fewer than two items, one whose geometry is hyperbolic, more neighbors than there are
 * other items, and vectors that are not finite.
 */
export async function neighborGraph(space: Space, options: NeighborGraphOptions = {}): Promise<NeighborGraph> {
  knownOptions(where, options, [
    "neighbors",
    "metric",
    "exact",
    "seed",
    "threads",
    "onWarning",
    "signal",
    "onProgress",
  ]);
  const { threads, signal, onProgress, onWarning = console.warn } = options;
  const numItems = space.length;
  if (numItems < 2) throw new RangeError(`${where}: at least two items are needed, the space has ${numItems}`);
  const neighbors = integerOption(where, "neighbors", options.neighbors ?? Math.min(15, numItems - 1), 1);
  if (neighbors > numItems - 1) {
    throw new RangeError(
      `${where}: each of ${numItems} items has ${numItems - 1} others, neighbors is ${neighbors}; ask for fewer`,
    );
  }
  const { metric: asked } = options;
  const metric =
    asked === undefined ? metricOf(where, space) : wordOption(where, "metric", asked, ["cosine", "euclidean"]);
  const seed = integerOption(where, "seed", options.seed ?? 1, 0);
  const vectors = await space.vectors();
  const norms = await normsOf(space, vectors);
  if (metric === "cosine") warnOfZeros(norms, onWarning);

  const exact = booleanOption(where, "exact", options.exact ?? numItems <= mostExact);
  const task = { neighbors, metric, norms, threads, signal };
  const settings = { neighbors, seed, threads, signal, onProgress };
  const form = metric === "euclidean" ? "euclidean" : "short";
  const most = numItems - 1;
  const length = Math.min(most, exact ? neighbors + slack : Math.max(leastLength, 2 * neighbors));
  const lists = await (exact ? exactLists : descentLists)(vectors, norms, { ...settings, length, form });
  let found = await ranked(vectors, lists, exact, task);
  if (exact && found.uncertain.length > numItems / 4) {
    found = await ranked(vectors, await exactLists(vectors, norms, { ...settings, length, form: "dot" }), exact, task);
  }
  await compareAgain(vectors, found, task);
  const { rows, distances } = found;
  return {
    ...{ numItems, neighbors, metric, rows, distances, exact },
    graph: () => graphOf(numItems, neighbors, rows, threads),
  };
}

/** The lengths [N] of the vectors, in float64. Throws RangeError where one is not finite, naming its item. */
async function normsOf(space: Space, vectors: Vectors): Promise<Float64Array> {
  const { dimensions } = vectors;
  const norms = new Float64Array(vectors.length);
  let row = 0;
  for (const batch of vectors.batches()) {
    for (let start = 0; start < batch.length; start += dimensions) {
      let squares = 0;
      for (let d = start; d < start + dimensions; d++) squares += batch[d] * batch[d];
      if (!(squares < square(longest))) {
        const name = JSON.stringify((await space.names()).get(row));
        const got = Number.isFinite(squares) ? `of length ${Math.sqrt(squares)}` : "not finite";
        throw new RangeError(
          `${where}: vectors must be finite and shorter than ${longest}, that of ${name} (row ${row}) is ${got}`,
        );
      }
      norms[row++] = Math.sqrt(squares);
    }
  }
  return norms;
}

function warnOfZeros(norms: Float64Array, warn: (message: string) => void): void {
  const zeros = norms.reduce((count, norm) => count + (norm === 0 ? 1 : 0), 0);
  if (zeros === 0) return;
  const vectors = zeros === 1 ? "1 vector is 0 and has" : `${zeros} vectors are 0 and have`;
  warn(`${where}: ${vectors} no direction; the cosine distance to everything counts as 1`);
}

async function graphOf(
  numItems: number,
  neighbors: number,
  rows: Int32Array,
  threads: number | undefined,
): Promise<Graph> {
  const sources = new Uint32Array(rows.length);
  for (let e = 0; e < rows.length; e++) sources[e] = Math.floor(e / neighbors);
  const targets = Uint32Array.from(rows);
  return Graph.fromEdges({ sources, targets, numNodes: numItems }, { parallel: "first", threads });
}
