import { Names } from "../io/names.js";
import type { Arena, WordList, WordTable } from "./word-table.js";

/** The words of a corpus that are kept, the most frequent first; ties in the order of their UTF-8 bytes. */
export interface Vocabulary {
  /** The kept words. */
  readonly words: Names;
  /** How often each occurs. */
  readonly counts: Float64Array;
  /** How many distinct words the corpus has, kept or not. */
  readonly distinct: number;
  /** How many words the corpus has, kept or not. */
  readonly tokens: number;
}

export interface VocabularyOptions {
  /** Whether words are folded to lower case, by Unicode's rules for all languages alike. */
  lowerCase: boolean;
  /** Words that occur less often are left out. */
  minCount: number;
  /** The most words that are kept, the most frequent ones; ties at the border go by UTF-8 bytes. */
  maxWords: number;
}

/** What becomes of a word that is left out. */
export const leftOut = 0xfffffffe;

export interface VocabularyResult {
  vocabulary: Vocabulary;
  /** For each table, the number that each of its words has in the vocabulary, or `leftOut`. */
  numbers: Uint32Array[];
  /** The two highest counts, for messages: what minCount would keep. */
  highestCounts: number[];
}

/** Joins the word tables of several threads to one vocabulary. `merged` is an empty table in the same arena. */
export function buildVocabulary(
  tables: WordTable[],
  merged: WordTable,
  arena: Arena,
  options: VocabularyOptions,
): VocabularyResult {
  const fold = options.lowerCase ? new LowerCase(arena) : null;
  const mergedNumbers = tables.map((table) => {
    const list = table.list();
    return Uint32Array.from(list.counts, (count, id) => {
      const folded = fold?.unlessLower(list, id);
      const { address, length } = folded ?? { address: list.address + list.starts[id], length: list.lengths[id] };
      return merged.add(address, length, count);
    });
  });

  const all = merged.list();
  const { counts } = all;
  const order = new Uint32Array(counts.length);
  let kept = 0;
  let tokens = 0;
  for (let id = 0; id < counts.length; id++) {
    tokens += counts[id];
    if (counts[id] >= options.minCount) order[kept++] = id;
  }
  const candidates = order.subarray(0, kept);
  candidates.sort((a, b) => counts[b] - counts[a] || compareNames(all, a, b));
  const chosen = candidates.subarray(0, Math.min(kept, options.maxWords));

  const words = new Names();
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const final = new Uint32Array(counts.length).fill(leftOut);
  chosen.forEach((id, number) => {
    words.add(decoder.decode(nameOf(all, id)));
    final[id] = number;
  });
  return {
    vocabulary: { words, counts: Float64Array.from(chosen, (id) => counts[id]), distinct: counts.length, tokens },
    numbers: mergedNumbers.map((ids) => ids.map((id) => final[id])),
    highestCounts: twoHighest(counts),
  };
}

/**
 * Folds distinct words. Whole words, since the rules look at neighbors: a sigma at the end of a word is another letter.
 */
class LowerCase {
  readonly #arena: Arena;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  readonly #encoder = new TextEncoder();
  readonly #address: number;
  /** Folding may lengthen a word: the longest has 1,000 bytes, and no code point grows to more than three times. */
  static readonly #room = 4096;

  constructor(arena: Arena) {
    this.#arena = arena;
    this.#address = arena.allocate(LowerCase.#room);
  }

  /** Where a word lies when folded, until the next call; null where it is in lower case already. */
  unlessLower(list: WordList, id: number): { address: number; length: number } | null {
    const end = list.starts[id] + list.lengths[id];
    let at = list.starts[id];
    while (at < end && list.names[at] >= 0x61 && list.names[at] <= 0x7a) at++; // a to z
    if (at === end) return null;
    const folded = this.#encoder.encode(this.#decoder.decode(nameOf(list, id)).toLowerCase());
    new Uint8Array(this.#arena.memory.buffer, this.#address, folded.length).set(folded);
    return { address: this.#address, length: folded.length };
  }
}

function nameOf({ names, starts, lengths }: WordList, id: number): Uint8Array {
  return names.subarray(starts[id], starts[id] + lengths[id]);
}

function compareNames({ names, starts, lengths }: WordList, a: number, b: number): number {
  const shared = Math.min(lengths[a], lengths[b]);
  for (let k = 0; k < shared; k++) {
    const difference = names[starts[a] + k] - names[starts[b] + k];
    if (difference !== 0) return difference;
  }
  return lengths[a] - lengths[b];
}

function twoHighest(counts: Float64Array): number[] {
  let [first, second] = [0, 0];
  for (const count of counts) {
    if (count > first) [first, second] = [count, first];
    else if (count > second) second = count;
  }
  return [first, second];
}
