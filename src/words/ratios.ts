import { NotFoundError } from "../io/errors.js";
import { closestNames } from "../space/closest-names.js";
import type { Cooccurrence } from "./cooccurrence.js";

/**
 * The ratio of two probabilities; in words where the second is 0: `infinite` where only it is, `undefined` where both are.
 */
export type ProbabilityRatio = number | "infinite" | "undefined";

/** What a probe word says about the difference of two words. */
export interface RatioRow {
  probe: string;
  /** X of each word with the probe: co-occurrences weighted by 1 / distance. */
  counts: [number, number];
  /** P(probe | word) = X / (sum of the word's X). */
  probabilities: [number, number];
  ratio: ProbabilityRatio;
  /** False where a count is below `leastReliable`, so that a few places in the text could change the ratio. */
  reliable: boolean;
}

export interface RatioTable {
  a: string;
  b: string;
  /** How often each word occurs, and the sum of its X. */
  occurrences: [number, number];
  sums: [number, number];
  rows: RatioRow[];
}

/**
 * A ratio from fewer than this many co-occurrences is marked. Compared with the weighted count, which is never above the
 * number of co-occurrences, so that no ratio from fewer goes unmarked (some from more are marked as well).
 */
export const leastReliable = 5;

const where = "ratioTable";

/**
 * P(k | a), P(k | b) and their ratio for probe words k (Pennington, Socher and Manning 2014, "GloVe", table 1): well
 * above 1 for words that go with a and not with b, well below 1 the other way round, near 1 for words that go with both
 * or with neither. Words are folded as the counts' were. Throws NotFoundError for a word that was not counted, with the
 * closest ones that were.
 */
export async function ratioTable(
  counts: Cooccurrence,
  a: string,
  b: string,
  probes: readonly string[],
): Promise<RatioTable> {
  if (probes.length === 0) throw new RangeError(`${where}: at least one probe word is needed, got none`);
  const rowOf = (word: string) => find(counts, word);
  const [rowA, rowB] = [rowOf(a), rowOf(b)];
  const columns = probes.map(rowOf);
  const sums: [number, number] = [counts.rowSums[rowA], counts.rowSums[rowB]];
  const [countsA, countsB] = [await countsOf(counts, rowA, columns), await countsOf(counts, rowB, columns)];
  const { words } = counts.vocabulary;
  return {
    a: words.get(rowA),
    b: words.get(rowB),
    occurrences: [counts.vocabulary.counts[rowA], counts.vocabulary.counts[rowB]],
    sums,
    rows: columns.map((column, k) => {
      const both: [number, number] = [countsA[k], countsB[k]];
      // A word without any neighbor has no probabilities; they are shown as the counts are, 0.
      const probabilities: [number, number] = [share(both[0], sums[0]), share(both[1], sums[1])];
      return {
        probe: words.get(column),
        counts: both,
        probabilities,
        ratio: ratioOf(...probabilities),
        reliable: Math.min(...both) >= leastReliable,
      };
    }),
  };
}

function find(counts: Cooccurrence, word: string): number {
  const { words } = counts.vocabulary;
  const folded = counts.settings.lowerCase ? word.toLowerCase() : word;
  const row = words.indexOf(folded);
  if (row >= 0) return row;
  const suggestions = closestNames(words, folded);
  const hint =
    suggestions.length === 0 ? "" : `; did you mean ${suggestions.map((name) => JSON.stringify(name)).join(", ")}?`;
  const message = `${where}: ${JSON.stringify(word)} is not among the ${words.length} words counted (minCount ${counts.settings.minCount})${hint}`;
  throw new NotFoundError(message, word, suggestions);
}

/** X of a row for each of some columns. */
async function countsOf(counts: Cooccurrence, row: number, columns: number[]): Promise<number[]> {
  const near = await counts.row(row);
  const weights = new Map<number, number>();
  const wanted = new Set(columns);
  near.columns.forEach((column, k) => {
    if (wanted.has(column)) weights.set(column, near.weights[k]);
  });
  return columns.map((column) => weights.get(column) ?? 0);
}

function share(count: number, sum: number): number {
  return sum === 0 ? 0 : count / sum;
}

function ratioOf(a: number, b: number): ProbabilityRatio {
  if (b > 0) return a / b;
  return a > 0 ? "infinite" : "undefined";
}
