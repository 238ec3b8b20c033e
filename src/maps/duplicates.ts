import { knownOptions, numberOption } from "../io/options.js";
import { Meter } from "../io/progress.js";
import { sharedPool } from "../kernels/pool.js";
import { search } from "../space/search.js";
import { Space } from "../space/space.js";
import type { Vectors } from "../space/vectors.js";
import { DisjointSets } from "./clusters/disjoint-sets.js";
import { firstEqualRows } from "./equal-rows.js";
import { type NeighborGraph, type NeighborGraphOptions, type NeighborMetric, neighborGraph } from "./neighbor-graph.js";
import { Similarity } from "./similarity.js";

export interface DuplicateOptions extends Omit<NeighborGraphOptions, "neighbors"> {
  /** Similarity from which on two items count as duplicates, above 0 and at most 1; .95 by default, .9 to .99 are useful. */
  above?: number;
}

export interface DuplicateGroup {
  /** Two or more, ascending. */
  readonly rows: readonly number[];
  /** The least similarity of two of them; below `above` where they hang together by others between. */
  readonly lowest: number;
  /** Whether all have the same bytes. */
  readonly equal: boolean;
}

export interface Duplicates {
  /** The largest first, of equal ones that of the lowest row. */
  readonly groups: readonly DuplicateGroup[];
  readonly metric: NeighborMetric;
  readonly above: number;
  /** Whether every pair was compared; else near duplicates may be missing. */
  readonly exact: boolean;
}

/** Neighbors that are looked at first; twice as many, and so on, while all are near. */
const firstNeighbors = 15;
/** Scores in float32, and distances rounded to it, may err by this; what is nearer to `above` is computed anew. */
const tolerance = 1e-4;
/** Queries that are searched together. */
const queriesAtOnce = 1024;

/**
 * Groups of near duplicates: items that are joined by pairs of a similarity of `above` or more. That is the cosine, or in
 * Euclidean spaces
 *
 *   1 - |x - y|^2 / (2 V),    V the mean of |x - mean|^2,
 *
 * which too is 1 for equal items and 0 on average for two at random. Items with the same bytes are found first. Throws as
 * `neighborGraph` does, and RangeError for options out of range.
 */
export async function duplicates(space: Space, options: DuplicateOptions = {}): Promise<Duplicates> {
  knownOptions("duplicates", options, [
    "above",
    "metric",
    "exact",
    "seed",
    "threads",
    "onWarning",
    "signal",
    "onProgress",
  ]);
  const { above: asked = 0.95, ...graphOptions } = options;
  const above = numberOption("duplicates", "above", asked, { least: 0, most: 1, exclusive: true });
  const { signal } = options;
  signal?.throwIfAborted();
  const vectors = await space.vectors();
  const first = firstEqualRows(vectors);
  const distinct = Uint32Array.from(first.keys()).filter((row) => first[row] === row);
  if (distinct.length < 2) {
    // compared by bytes alone; the neighbor graph refuses what is no space to search in
    const metric = space.length < 2 ? "cosine" : (await neighborGraph(space, { ...graphOptions, neighbors: 1 })).metric;
    const rows = [...first.keys()];
    return { groups: rows.length < 2 ? [] : [{ rows, lowest: 1, equal: true }], metric, above, exact: true };
  }
  const own = distinct.length === space.length ? space : await subspace(space, distinct);
  const neighbors = Math.min(firstNeighbors, own.length - 1);
  const graph = await neighborGraph(own, { ...graphOptions, neighbors });
  const similarity = new Similarity(graph.metric, vectors);
  const sets = await join(await own.vectors(), graph, similarity, { ...options, above });

  const equals = placesOf(first); // rows by the distinct one with their bytes
  const groups: DuplicateGroup[] = [];
  for (const members of placesOf(distinct.map((_, i) => sets.find(i))).values()) {
    const rows = members.flatMap((i) => equals.get(distinct[i]) ?? []).sort((a, b) => a - b);
    if (rows.length < 2) continue;
    const lowest = await similarity.lowest(await own.vectors(), members, signal);
    groups.push({ rows, lowest, equal: members.length === 1 });
  }
  groups.sort((a, b) => b.rows.length - a.rows.length || a.rows[0] - b.rows[0]);
  return { groups, metric: graph.metric, above, exact: graph.exact };
}

/** The places in a list at which each value stands, in order. */
function placesOf(list: Uint32Array): Map<number, number[]> {
  const places = new Map<number, number[]>();
  for (const [place, value] of list.entries()) {
    const present = places.get(value);
    if (present === undefined) places.set(value, [place]);
    else present.push(place);
  }
  return places;
}

/** The rows of a space as one of their own. */
async function subspace(space: Space, rows: Uint32Array): Promise<Space> {
  const [names, vectors] = await Promise.all([space.names(), space.vectors()]);
  const values = new Float32Array(rows.length * space.dimensions);
  for (const [k, row] of rows.entries()) values.set(vectors.get(row), k * space.dimensions);
  const { dimensions, kind, geometry } = space;
  return Space.from({ names: Array.from(rows, (row) => names.get(row)), vectors: values, dimensions, kind, geometry });
}

/** Joins all pairs that are similar enough. */
async function join(
  vectors: Vectors,
  { numItems, neighbors, metric, rows, distances }: NeighborGraph,
  similarity: Similarity,
  { above, threads, signal, onProgress }: DuplicateOptions & { above: number },
): Promise<DisjointSets> {
  const sets = new DisjointSets(numItems);
  const consider = (i: number, j: number, about: number) => {
    if (about < above - tolerance || sets.find(i) === sets.find(j)) return;
    const sure = about > above + tolerance || similarity.of(vectors, i, j) >= above;
    if (sure) sets.join(i, j);
  };
  let pending: number[] = []; // items that may have more near ones than were looked at
  for (let i = 0; i < numItems; i++) {
    let about = 0;
    for (let k = i * neighbors; k < (i + 1) * neighbors; k++) {
      about = metric === "cosine" ? 1 - distances[k] : similarity.at(distances[k] * distances[k]);
      consider(i, rows[k], about);
    }
    if (about >= above - tolerance) pending.push(i);
  }
  const pool = sharedPool({ threads });
  for (let count = neighbors; pending.length > 0 && count < numItems - 1; ) {
    count = Math.min(2 * count, numItems - 1);
    const meter = new Meter("duplicates", "items", pending.length, onProgress);
    const next: number[] = [];
    const most = count + 1; // itself is found too
    for (let start = 0; start < pending.length; start += queriesAtOnce) {
      const some = pending.slice(start, start + queriesAtOnce);
      const queries = new Float32Array(some.length * vectors.dimensions);
      for (const [k, row] of some.entries()) queries.set(vectors.get(row), k * vectors.dimensions);
      const found = await search(vectors, queries, { count: most, metric, pool, signal });
      for (const [k, i] of some.entries()) {
        let about = 0;
        for (let n = k * most; n < k * most + found.found[k]; n++) {
          about = metric === "cosine" ? found.scores[n] : similarity.at(-found.scores[n]);
          if (found.rows[n] !== i) consider(i, found.rows[n], about);
        }
        if (about >= above - tolerance) next.push(i);
      }
      meter.update(start + some.length);
    }
    pending = next;
  }
  return sets;
}
