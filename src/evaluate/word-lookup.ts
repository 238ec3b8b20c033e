import { integerOption, wordOption } from "../io/options.js";
import type { NamedVectors } from "./named-vectors.js";

export interface LookupOptions {
  /**
   * Whether words are looked up in lower case. "auto", the default, does so where the test set has capitals and not one
   * of its words with capitals is in the space: a space of a lower-case corpus.
   */
  caseFold?: "auto" | "always" | "never";
  /** Only the first rows count, usually the most frequent words; a word behind them is unknown. Default all. */
  restrict?: number;
}

/** An unknown word, and in how many questions or pairs it stands. */
export interface UnknownWord {
  word: string;
  count: number;
}

/** Finds the rows of a test set's words, and counts those that have none. */
export class WordLookup {
  /** Whether words are looked up in lower case. */
  readonly caseFold: boolean;
  /** Rows that count. */
  readonly rows: number;
  readonly #space: NamedVectors;
  readonly #known = new Map<string, number>();
  readonly #unknown = new Map<string, number>();

  constructor(where: string, space: NamedVectors, words: Iterable<string>, options: LookupOptions) {
    const fold = wordOption(where, "caseFold", options.caseFold ?? "auto", ["auto", "always", "never"]);
    const { length } = space.vectors;
    this.rows =
      options.restrict === undefined ? length : Math.min(length, integerOption(where, "restrict", options.restrict, 1));
    this.#space = space;
    this.caseFold = fold === "always" || (fold === "auto" && hasOnlyLowerCase(space, words));
  }

  /** The row of a word, -1 where it is unknown. */
  find(word: string): number {
    let row = this.#known.get(word);
    if (row === undefined) {
      row = this.#space.indexOf(this.caseFold ? word.toLowerCase() : word);
      if (row >= this.rows) row = -1;
      this.#known.set(word, row);
    }
    return row;
  }

  /** The rows of the words of one question; null where one is unknown, which is then counted. */
  findAll(words: readonly string[]): number[] | null {
    const missing = new Set(words.filter((word) => this.find(word) < 0));
    for (const word of missing) this.#unknown.set(word, (this.#unknown.get(word) ?? 0) + 1);
    return missing.size > 0 ? null : words.map((word) => this.find(word));
  }

  /** The unknown words so far, those of most questions first, then by code unit. */
  unknown(): UnknownWord[] {
    const words = Array.from(this.#unknown, ([word, count]) => ({ word, count }));
    return words.sort((a, b) => b.count - a.count || (a.word < b.word ? -1 : 1));
  }
}

/** Whether there are words with capitals and none of them is in the space. */
function hasOnlyLowerCase(space: NamedVectors, words: Iterable<string>): boolean {
  let capitals = false;
  for (const word of words) {
    if (word === word.toLowerCase()) continue;
    if (space.indexOf(word) >= 0) return false;
    capitals = true;
  }
  return capitals;
}
