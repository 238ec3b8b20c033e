import { square } from "../../numerics/elementary.js";
import { Rng } from "../../numerics/random.js";

/** How much of the truth approximate answers hold, by sampled queries. */
export interface Recall {
  /** Mean share of the `count` nearest items that were found; an item as near as the last of them counts. */
  recall: number;
  /** Standard error of the mean: deviation / sqrt(queries). */
  standardError: number;
  queries: number;
  count: number;
  ef: number;
}

/** Stream of the random numbers that choose queries. */
const sampleStream = 0x72656361;

/** Different numbers below `length` by a seed, ascending; all where `count` is not less. */
export function sampleRows(length: number, count: number, seed: number): number[] {
  if (count >= length) return Array.from({ length }, (_, row) => row);
  const rng = new Rng(seed, sampleStream);
  const rows = new Set<number>();
  while (rows.size < count) rows.add(rng.below(length));
  return [...rows].sort((a, b) => a - b);
}

/** The share of each query's exact scores that the approximate ones, both best first, reach. */
export function recallOf(
  exact: readonly ArrayLike<number>[],
  found: readonly ArrayLike<number>[],
): Pick<Recall, "recall" | "standardError"> {
  const shares = exact.map((scores, q) => {
    if (scores.length === 0) return 1;
    const last = scores[scores.length - 1];
    let reached = 0;
    for (let k = 0; k < found[q].length; k++) if (found[q][k] >= last) reached++;
    return Math.min(1, reached / scores.length);
  });
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  const squares = shares.reduce((sum, share) => sum + square(share - mean), 0);
  const deviation = shares.length > 1 ? Math.sqrt(squares / (shares.length - 1)) : 0;
  return { recall: mean, standardError: deviation / Math.sqrt(shares.length) };
}
