import { integerOption } from "../../io/options.js";
import { sharedPool } from "../../kernels/pool.js";
import type { Geometry } from "../manifest.js";
import { type Metric, metrics, type Neighbors, search } from "../search.js";
import type { Vectors } from "../vectors.js";
import { paddedQuery, scorer } from "./exact-score.js";
import { defaultEf, type HnswIndex } from "./hnsw-index.js";
import { type Recall, recallOf, sampleRows } from "./recall.js";

/**
 * Asks an index for the neighbors of sampled items, each without itself, and compares the answers with exact ones. These
 * items are part of the graph; vectors that are not may fare a little worse.
 */
export async function estimateRecall(
  index: HnswIndex,
  vectors: Vectors,
  geometry: Geometry,
  options: { count?: number; ef?: number; queries?: number; seed?: number; threads?: number; signal?: AbortSignal },
): Promise<Recall> {
  const where = "estimateRecall";
  const count = integerOption(where, "count", options.count ?? 10, 1);
  const ef = integerOption(where, "ef", options.ef ?? defaultEf, 1);
  const wanted = integerOption(where, "queries", options.queries ?? 200, 1);
  const seed = integerOption(where, "seed", options.seed ?? 1, 0);
  const { threads, signal } = options;
  const sample = sampleRows(vectors.length, wanted, seed);
  const queries = new Float32Array(sample.length * vectors.dimensions);
  sample.forEach((row, q) => {
    queries.set(vectors.get(row), q * vectors.dimensions);
  });
  const exclude = sample.map((row) => [row]);
  const pool = sharedPool({ threads });
  const exact = metrics.includes(geometry as Metric)
    ? await search(vectors, queries, { count, metric: geometry as Metric, exclude, pool, signal })
    : scan(vectors, queries, geometry, count, sample);
  const found = await index.search(queries, { count, ef, exclude, pool, signal });
  const scoresOf = ({ scores, found }: Neighbors) =>
    sample.map((_, q) => scores.subarray(q * count, q * count + found[q]));
  return { ...recallOf(scoresOf(exact), scoresOf(found)), queries: sample.length, count, ef };
}

/** Exact neighbors of rows in a hyperbolic geometry, by comparing all rows one by one. */
export function scan(
  vectors: Vectors,
  queries: Float32Array,
  geometry: Geometry,
  count: number,
  excluded: readonly number[],
): Neighbors {
  const { dimensions, stride, length } = vectors;
  const total = queries.length / dimensions;
  const score = scorer(vectors, geometry);
  const rows = new Uint32Array(total * count).fill(2 ** 32 - 1);
  const scores = new Float32Array(total * count).fill(Number.NEGATIVE_INFINITY);
  const found = new Uint32Array(total);
  const values = new Float64Array(length);
  for (let q = 0; q < total; q++) {
    const query = paddedQuery(queries.subarray(q * dimensions, (q + 1) * dimensions), stride, geometry);
    for (let row = 0; row < length; row++) values[row] = score(row, query);
    const order = Array.from(values.keys())
      .filter((row) => row !== excluded[q])
      .sort((a, b) => values[b] - values[a] || a - b)
      .slice(0, count);
    found[q] = order.length;
    order.forEach((row, k) => {
      rows[q * count + k] = row;
      scores[q * count + k] = values[row];
    });
  }
  return { rows, scores, found };
}
