import { integerOption } from "../../io/options.js";
import { sharedPool } from "../../kernels/pool.js";
import { exactSearch } from "../exact-search.js";
import type { Geometry } from "../manifest.js";
import type { Neighbors } from "../search.js";
import type { Vectors } from "../vectors.js";
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
  const exact = await exactSearch(vectors, queries, { count, geometry, exclude, pool, signal });
  const found = await index.search(queries, { count, ef, exclude, pool, signal });
  const scoresOf = ({ scores, found }: Neighbors) =>
    sample.map((_, q) => scores.subarray(q * count, q * count + found[q]));
  return { ...recallOf(scoresOf(exact), scoresOf(found)), queries: sample.length, count, ef };
}
