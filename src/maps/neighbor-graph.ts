import { integerOption, knownOptions, wordOption } from "../io/options.js";
import type { TaskOptions } from "../io/progress.js";
import { Graph } from "../messages/graph.js";
import type { Space } from "../space/space.js";
import type { Vectors } from "../space/vectors.js";
import { descentLists, exactLists } from "./near-lists.js";

export type NeighborMetric = "cosine" | "euclidean";

export interface NeighborGraphOptions extends TaskOptions {
  /** Neighbors K of each item, itself not counted; 15, or all others in a smaller space, by default. 5 to 100 are useful. */
  neighbors?: number;
  /**
   * "cosine": 1 - cos(x, y), which is 1 where one of them is zero; "euclidean": |x - y|. By default the space's geometry,
   * cosine in a space of dot products.
   */
  metric?: NeighborMetric;
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
/** Candidates kept beyond K: float32 scores of the scan tell those apart that differ by more than a few millionths. */
const slack = 16;
/** Lengths from which squares of differences may exceed float32. */
const longest = 1e18;
/** Items up to which all pairs are compared. */
const mostExact = 40_000;

/**
 * The neighbor graph of a space. Pairs are compared by float32 scores; the K + 16 best of each item are then ranked by
 * distances in float64, so that near duplicates are in their true order.
 *
 * Throws RangeError for a space of fewer than two items, one whose geometry is hyperbolic, more neighbors than there are
 * other items, and vectors that are not finite.
 */
export async function neighborGraph(space: Space, options: NeighborGraphOptions = {}): Promise<NeighborGraph> {
  knownOptions(where, options, ["neighbors", "metric", "seed", "threads", "onWarning", "signal", "onProgress"]);
  const { threads, signal, onProgress, onWarning = console.warn } = options;
  const numItems = space.length;
  if (numItems < 2) throw new RangeError(`${where}: at least two items are needed, the space has ${numItems}`);
  const neighbors = integerOption(where, "neighbors", options.neighbors ?? Math.min(15, numItems - 1), 1);
  if (neighbors > numItems - 1) {
    throw new RangeError(
      `${where}: each of ${numItems} items has ${numItems - 1} others, neighbors is ${neighbors}; ask for fewer`,
    );
  }
  const metric = metricOf(space, options.metric);
  const seed = integerOption(where, "seed", options.seed ?? 1, 0);
  const vectors = await space.vectors();
  const norms = await normsOf(space, vectors);
  if (metric === "cosine") warnOfZeros(norms, onWarning);

  const exact = numItems <= mostExact;
  const length = exact ? Math.min(numItems - 1, neighbors + slack) : Math.max(30, Math.ceil(1.5 * neighbors));
  const lists = await (exact ? exactLists : descentLists)(vectors, norms, {
    ...{ length, neighbors, metric, seed, threads, signal, onProgress },
  });
  const { rows, distances } = await ranked(vectors, metric, norms, lists, length, neighbors);
  return {
    ...{ numItems, neighbors, metric, rows, distances, exact },
    graph: () => graphOf(numItems, neighbors, rows, threads),
  };
}

function metricOf({ geometry }: Space, asked: NeighborMetric | undefined): NeighborMetric {
  if (asked !== undefined) return wordOption(where, "metric", asked, ["cosine", "euclidean"]);
  if (geometry === "poincare" || geometry === "lorentz") {
    throw new RangeError(
      `${where}: neighbors by the distance of geometry ${geometry} are not available; metric takes cosine, euclidean`,
    );
  }
  return geometry === "euclidean" ? "euclidean" : "cosine";
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
      if (!(squares < longest ** 2)) {
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

/**
 * Distances of two rows, for as long as the rows stay where they are. The cosine's is |u - v|^2 / 2 of the vectors scaled to
 * length 1, in which nothing cancels.
 */
function distanceIn(vectors: Vectors, metric: NeighborMetric, norms: Float64Array): (a: number, b: number) => number {
  const { dimensions, stride } = vectors;
  const width = stride / 4;
  const shards = vectors.shards.map(({ memory, first, length }) => ({
    first,
    values: new Float32Array(memory.buffer, 0, length * width),
  }));
  const perShard = vectors.shards[0].length;
  return (a, b) => {
    const [one, other] = [shards[Math.floor(a / perShard)], shards[Math.floor(b / perShard)]];
    const [x, y] = [one.values, other.values];
    const [from, to] = [(a - one.first) * width, (b - other.first) * width];
    let squares = 0;
    if (metric === "euclidean") {
      for (let d = 0; d < dimensions; d++) squares += (x[from + d] - y[to + d]) ** 2;
      return Math.sqrt(squares);
    }
    if (norms[a] === 0 || norms[b] === 0) return 1;
    const [scaleX, scaleY] = [1 / norms[a], 1 / norms[b]];
    for (let d = 0; d < dimensions; d++) squares += (x[from + d] * scaleX - y[to + d] * scaleY) ** 2;
    return squares / 2;
  };
}

/** The first K of each list by (distance, row), with the distances. */
async function ranked(
  vectors: Vectors,
  metric: NeighborMetric,
  norms: Float64Array,
  lists: Uint32Array,
  length: number,
  neighbors: number,
) {
  const rows = new Int32Array(norms.length * neighbors);
  const distances = new Float32Array(rows.length);
  await vectors.exclusive(async () => {
    const distance = distanceIn(vectors, metric, norms);
    const values = new Float64Array(length);
    for (let i = 0; i < norms.length; i++) {
      const list = lists.subarray(i * length, (i + 1) * length);
      for (let k = 0; k < length; k++) {
        const value = distance(i, list[k]);
        const row = list[k];
        let place = k;
        for (
          ;
          place > 0 && (values[place - 1] > value || (values[place - 1] === value && list[place - 1] > row));
          place--
        ) {
          values[place] = values[place - 1];
          list[place] = list[place - 1];
        }
        values[place] = value;
        list[place] = row;
      }
      rows.set(list.subarray(0, neighbors), i * neighbors);
      distances.set(values.subarray(0, neighbors), i * neighbors);
    }
  });
  return { rows, distances };
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
