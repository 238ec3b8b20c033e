import { booleanOption, integerOption, knownOptions, wordOption } from "../io/options.js";
import type { TaskOptions } from "../io/progress.js";
import { sharedPool } from "../kernels/pool.js";
import { noEntry } from "../kernels/twins/neighbors.js";
import { Graph } from "../messages/graph.js";
import { search } from "../space/search.js";
import type { Space } from "../space/space.js";
import type { Vectors } from "../space/vectors.js";
import { descentLists, exactLists, type NearLists, shortScale } from "./near-lists.js";

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
/** Candidates kept beyond K: float32 scores of the scan tell those apart that differ by more than a few millionths. */
const slack = 16;
/** Lengths from which squares of differences may exceed float32. */
const longest = 1e18;
/** Entries of a list of the descent: with 48 it finds .98 of the 15 nearest of 100,000 words. */
const leastLength = 48;
/** Items that are looked up at once. */
const itemsAtOnce = 2048;
/** Items up to which all pairs are compared. */
const mostExact = 150_000;

/**
 * The neighbor graph of a space. All pairs are compared, by squared distances in float32 or by cosines of
 * vectors rounded to 16 bits; the K + 16 best of each item are then ranked by distances in float64, so that near duplicates are
 * in their true order. Where the error of rounding might hide a neighbor, an item is compared with all others once more in
 * float32. Where `exact` is false neighbors are found by trees and descent (see `descentLists`).
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
  const metric = metricOf(space, options.metric);
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

/** A vector of D numbers within others, and its length. */
interface Place {
  values: Float32Array;
  at: number;
  length: number;
}

/**
 * The distance of two vectors [D]. The cosine's is |u - v|^2 / 2 of the vectors scaled to length 1, in which nothing cancels.
 */
function distanceOf(metric: NeighborMetric, dimensions: number, one: Place, other: Place): number {
  const [x, y] = [one.values, other.values];
  const [from, to] = [one.at, other.at];
  let squares = 0;
  if (metric === "euclidean") {
    for (let d = 0; d < dimensions; d++) squares += (x[from + d] - y[to + d]) ** 2;
    return Math.sqrt(squares);
  }
  if (one.length === 0 || other.length === 0) return 1;
  const [scaleX, scaleY] = [1 / one.length, 1 / other.length];
  for (let d = 0; d < dimensions; d++) squares += (x[from + d] * scaleX - y[to + d] * scaleY) ** 2;
  return squares / 2;
}

function placeOf(values: Float32Array): Place {
  let squares = 0;
  for (const x of values) squares += x * x;
  return { values, at: 0, length: Math.sqrt(squares) };
}

/** Distances of two rows, for as long as the rows stay where they are. */
function distanceIn(vectors: Vectors, metric: NeighborMetric, norms: Float64Array): (a: number, b: number) => number {
  const { dimensions, stride } = vectors;
  const width = stride / 4;
  const perShard = vectors.shards[0].length;
  const shards = vectors.shards.map(({ memory, length }) => new Float32Array(memory.buffer, 0, length * width));
  const place = (i: number): Place => ({
    values: shards[Math.floor(i / perShard)],
    at: (i % perShard) * width,
    length: norms[i],
  });
  return (a, b) => distanceOf(metric, dimensions, place(a), place(b));
}

interface RankedNeighbors {
  /** [N, K]. */
  rows: Int32Array<ArrayBuffer>;
  distances: Float32Array<ArrayBuffer>;
  /** Items some of whose K nearest may not be among their candidates, by how exact these were. */
  uncertain: number[];
}

interface RankTask {
  neighbors: number;
  metric: NeighborMetric;
  norms: Float64Array;
  threads: number | undefined;
  signal: AbortSignal | undefined;
}

/** The first K of each list by (distance, row), with the distances. */
async function ranked(
  vectors: Vectors,
  { rows: lists, last, form }: NearLists,
  exact: boolean,
  { neighbors, metric, norms }: RankTask,
): Promise<RankedNeighbors> {
  const length = lists.length / norms.length;
  const rows = new Int32Array(norms.length * neighbors);
  const distances = new Float32Array(rows.length);
  const uncertain: number[] = [];
  const error = shortError(vectors.dimensions);
  await vectors.exclusive(async () => {
    const distance = distanceIn(vectors, metric, norms);
    const values = new Float64Array(length);
    for (let i = 0; i < norms.length; i++) {
      const whole = lists.subarray(i * length, (i + 1) * length);
      const present = whole.indexOf(noEntry);
      const list = present < 0 ? whole : whole.subarray(0, present);
      if (list.length < neighbors) {
        uncertain.push(i); // the descent came by too few
        continue;
      }
      sortByDistance(list, values, (row) => distance(i, row));
      rows.set(list.subarray(0, neighbors), i * neighbors);
      distances.set(values.subarray(0, neighbors), i * neighbors);
      const bound = 1 + last[i] / shortScale ** 2 - error; // nothing outside of the list is nearer
      if (exact && form === "short" && length < norms.length - 1 && values[neighbors - 1] >= bound) uncertain.push(i);
    }
  });
  return { rows, distances, uncertain };
}

/**
 * How far the cosine of two vectors rounded to multiples of 1 / s, s = 32,767, may be off: with |e|, |f| <= sqrt(D) / 2s the
 * lengths of what rounding changes, (x + e).(y + f) - x.y = x.f + y.e + e.f. The last term is for float32 and float64.
 */
function shortError(dimensions: number): number {
  return Math.sqrt(dimensions) / shortScale + dimensions / (4 * shortScale ** 2) + 1e-6;
}

/** Sorts a list of rows by (distance, row), and leaves the distances beside it. */
function sortByDistance(list: Uint32Array | number[], values: Float64Array, distance: (row: number) => number): void {
  for (let k = 0; k < list.length; k++) {
    const row = list[k];
    const value = distance(row);
    let place = k;
    while (place > 0 && (values[place - 1] > value || (values[place - 1] === value && list[place - 1] > row))) {
      values[place] = values[place - 1];
      list[place] = list[place - 1];
      place--;
    }
    values[place] = value;
    list[place] = row;
  }
}

/** Finds the neighbors of uncertain items once more, by the scan of all rows in float32. */
async function compareAgain(vectors: Vectors, found: RankedNeighbors, task: RankTask): Promise<void> {
  const { neighbors, metric, norms, threads, signal } = task;
  const { dimensions } = vectors;
  for (let first = 0; first < found.uncertain.length; first += itemsAtOnce) {
    const items = found.uncertain.slice(first, first + itemsAtOnce);
    const queries = new Float32Array(items.length * dimensions);
    for (const [q, i] of items.entries()) queries.set(vectors.get(i), q * dimensions);
    const near = await nearestOf(vectors, queries, {
      ...{ count: neighbors, items: norms.length, metric, exclude: items.map((i) => [i]), threads, signal },
    });
    for (const [q, i] of items.entries()) {
      found.rows.set(near.rows.subarray(q * neighbors, (q + 1) * neighbors), i * neighbors);
      found.distances.set(near.distances.subarray(q * neighbors, (q + 1) * neighbors), i * neighbors);
    }
  }
}

interface NearestTask {
  /** How many a query gets; there must be as many that are not excluded. */
  count: number;
  /** The first rows of the vectors are those that may be found. */
  items: number;
  metric: NeighborMetric;
  exclude?: readonly number[][];
  threads: number | undefined;
  signal: AbortSignal | undefined;
}

/** The nearest rows of each query [Q, D], [Q, count], by (distance, row): the scan's best in float32, ranked in float64. */
export async function nearestOf(vectors: Vectors, queries: Float32Array, task: NearestTask) {
  const { count, items, metric, exclude, threads, signal } = task;
  const { dimensions } = vectors;
  const width = Math.min(items, count + slack);
  const allowed = items < vectors.length ? (row: number) => row < items : undefined;
  const pool = sharedPool({ threads });
  const found = await search(vectors, queries, { count: width, metric, allowed, exclude, pool, signal });
  const queryCount = queries.length / dimensions;
  const rows = new Uint32Array(queryCount * count);
  const distances = new Float32Array(queryCount * count);
  const values = new Float64Array(width);
  for (let q = 0; q < queryCount; q++) {
    const query = placeOf(queries.subarray(q * dimensions, (q + 1) * dimensions));
    const list = found.rows.subarray(q * width, q * width + found.found[q]);
    sortByDistance(list, values, (row) => distanceOf(metric, dimensions, query, placeOf(vectors.get(row))));
    rows.set(list.subarray(0, count), q * count);
    distances.set(values.subarray(0, count), q * count);
  }
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
