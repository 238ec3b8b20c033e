import { integerOption } from "../../io/options.js";
import { exactSearch } from "../exact-search.js";
import type { Geometry } from "../manifest.js";
import type { Neighbors, SearchOptions } from "../search.js";
import type { Vectors } from "../vectors.js";
import { defaultEf, type HnswIndex } from "./hnsw-index.js";
import { widestBeam } from "./settings.js";

/** How a search was made. */
export interface SearchReport {
  /** "exact": every allowed item was compared; "hnsw": by an index, which may miss some. */
  method: "exact" | "hnsw";
  /** Width of the beams; null where all was exact. */
  ef: number | null;
  /** Queries for which a beam met too few allowed items, so that these were all compared. */
  rescanned: number;
}

/** Where no more rows than this are allowed, they are scanned. */
const fewAllowed = 2000;

/**
 * Nearest rows by an index, with a filter: where A of N rows are allowed, A <= max(2000, 8 ef N / A), those are all
 * compared, exactly; else beams are N / A times as wide, and a query for which fewer than min(count, A) allowed rows
 * were met is answered exactly. So a filter gives `count` rows wherever there are as many, and which way is taken follows
 * from numbers alone.
 */
export async function filteredSearch(
  index: HnswIndex,
  vectors: Vectors,
  queries: Float32Array,
  { count = 10, allowed, exclude, pool, signal }: Omit<SearchOptions, "metric">,
  geometry: Geometry,
  ef: number = defaultEf,
): Promise<{ neighbors: Neighbors; report: SearchReport }> {
  integerOption("near", "ef", ef, 1, widestBeam);
  const items = vectors.length;
  const mask = allowed && maskOf(allowed, items);
  const present = mask === undefined ? items : mask.reduce((sum, bit) => sum + bit, 0);
  const exactly = (some: Float32Array, left: SearchOptions["exclude"]) =>
    exactSearch(vectors, some, {
      ...{ count, geometry, allowed: mask && ((row: number) => mask[row] === 1) },
      ...{ exclude: left, pool, signal },
    });
  const exact: SearchReport = { method: "exact", ef: null, rescanned: 0 };
  if (mask !== undefined && present <= Math.max(fewAllowed, (8 * ef * items) / present)) {
    return { neighbors: await exactly(queries, exclude), report: exact };
  }
  const wide = Math.min(widestBeam, Math.ceil((Math.max(ef, count) * items) / present));
  const neighbors = await index.search(queries, {
    ...{ count, exclude, pool, signal },
    ef: mask === undefined ? ef : wide,
    allowed: mask && ((row) => mask[row] === 1),
  });
  const missing: number[] = [];
  neighbors.found.forEach((found, q) => {
    if (found >= count) return;
    let left = present;
    for (const row of new Set(exclude?.[q])) if (mask === undefined || mask[row] === 1) left--;
    if (found < left) missing.push(q);
  });
  const { dimensions } = vectors;
  for (const q of missing) {
    const one = await exactly(queries.subarray(q * dimensions, (q + 1) * dimensions), exclude && [exclude[q]]);
    neighbors.rows.set(one.rows, q * count);
    neighbors.scores.set(one.scores, q * count);
    neighbors.found[q] = one.found[0];
  }
  return { neighbors, report: { method: "hnsw", ef: mask === undefined ? ef : wide, rescanned: missing.length } };
}

function maskOf(allowed: NonNullable<SearchOptions["allowed"]>, items: number): Uint8Array {
  const mask = new Uint8Array(items);
  if (typeof allowed === "function") return mask.map((_, row) => (allowed(row) ? 1 : 0));
  for (const row of allowed) mask[integerOption("search", "a row of allowed", row, 0, items - 1)] = 1;
  return mask;
}
