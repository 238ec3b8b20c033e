import { sharedPool } from "../kernels/pool.js";
import { noEntry } from "../kernels/twins/neighbors.js";
import { square } from "../numerics/elementary.js";
import { search } from "../space/search.js";
import type { Vectors } from "../space/vectors.js";
import { type NearLists, shortScale } from "./near-lists.js";
import type { NeighborMetric } from "./neighbor-graph.js";

/** Candidates kept beyond K: float32 scores of the scan tell those apart that differ by more than a few millionths. */
export const slack = 16;
/** Items that are looked up at once. */
const itemsAtOnce = 2048;

export interface RankedNeighbors {
  /** [N, K]. */
  rows: Int32Array<ArrayBuffer>;
  distances: Float32Array<ArrayBuffer>;
  /** Items some of whose K nearest may not be among their candidates, by how exact these were. */
  uncertain: number[];
}

export interface RankTask {
  neighbors: number;
  metric: NeighborMetric;
  norms: Float64Array;
  threads: number | undefined;
  signal: AbortSignal | undefined;
}

/** The first K of each list by (distance, row), with the distances. */
export async function ranked(
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
      const bound = 1 + last[i] / square(shortScale) - error; // nothing outside of the list is nearer
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
  return Math.sqrt(dimensions) / shortScale + dimensions / (4 * square(shortScale)) + 1e-6;
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
export async function compareAgain(vectors: Vectors, found: RankedNeighbors, task: RankTask): Promise<void> {
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
    for (let d = 0; d < dimensions; d++) squares += square(x[from + d] - y[to + d]);
    return Math.sqrt(squares);
  }
  if (one.length === 0 || other.length === 0) return 1;
  const [scaleX, scaleY] = [1 / one.length, 1 / other.length];
  for (let d = 0; d < dimensions; d++) squares += square(x[from + d] * scaleX - y[to + d] * scaleY);
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
