import { knownOptions } from "../io/options.js";
import { pearson, spearman } from "../numerics/correlation.js";
import type { NamedVectors } from "./named-vectors.js";
import { type LookupOptions, type UnknownWord, WordLookup } from "./word-lookup.js";
import type { WordPair, WordPairs } from "./word-pairs.js";

export interface SimilarityReport {
  /** Name of the test set. */
  name: string;
  /** Rank correlation of the cosines with people's scores, over the pairs seen; null for fewer than two. */
  spearman: number | null;
  /** Linear correlation, over the same pairs. */
  pearson: number | null;
  /** Pairs of which both words are known. */
  seen: number;
  total: number;
  /** Whether words were looked up in lower case. */
  caseFold: boolean;
  /** Rows that were looked at: all, or the first of them by `restrict`. */
  rows: number;
  /** Words that are not in the space, those of most pairs first. */
  unknown: UnknownWord[];
  /** The pairs left out for them. */
  unknownPairs: WordPair[];
}

/** How well the cosine between words agrees with people's judgement of their similarity. */
export function wordSimilarity(space: NamedVectors, test: WordPairs, options: LookupOptions = {}): SimilarityReport {
  knownOptions("wordSimilarity", options, ["caseFold", "restrict"]);
  const words = test.pairs.flatMap(({ a, b }) => [a, b]);
  const lookup = new WordLookup("wordSimilarity", space, words, options);
  const cosines: number[] = [];
  const scores: number[] = [];
  const unknownPairs: WordPair[] = [];
  for (const pair of test.pairs) {
    const rows = lookup.findAll([pair.a, pair.b]);
    if (rows === null) {
      unknownPairs.push(pair);
      continue;
    }
    cosines.push(cosine(space.vectors.get(rows[0]), space.vectors.get(rows[1])));
    scores.push(pair.score);
  }
  return {
    name: test.name,
    spearman: spearman(cosines, scores),
    pearson: pearson(cosines, scores),
    seen: scores.length,
    total: test.pairs.length,
    caseFold: lookup.caseFold,
    rows: lookup.rows,
    unknown: lookup.unknown(),
    unknownPairs,
  };
}

/** In f64; 0 where a vector is zero. */
function cosine(x: Float32Array, y: Float32Array): number {
  let [xy, xx, yy] = [0, 0, 0];
  for (let d = 0; d < x.length; d++) {
    xy += x[d] * y[d];
    xx += x[d] * x[d];
    yy += y[d] * y[d];
  }
  return xx === 0 || yy === 0 ? 0 : xy / Math.sqrt(xx * yy);
}
