import type { Twin } from "../kernel.js";

/** What `tokenize` leaves as the status of its report. */
export const tokenizeStatus = { done: 0, invalidUtf8: 1, tableFull: 2 } as const;

/** Stands between words that no window joins. */
export const lineEnd = 0xffffffff;

/** The number that no word has: `intern` found no room. */
export const notFound = 0xffffffff;

/** Bytes of the longest token that is kept. */
export const longestToken = 1000;

/** A word table's fields, u32 each, by index. Pointers are byte offsets in the memory. */
export const tableField = {
  /** Open-addressing hash table with linear probing, 8 bytes a slot: u32 hash, u32 word number + 1 (0 is free). */
  slots: 0,
  /** Number of slots less 1; a power of two less 1. */
  slotMask: 1,
  /** One entry a word, 16 bytes: f64 count, u32 start of its bytes in `names`, u32 their number. */
  entries: 2,
  entryCapacity: 3,
  words: 4,
  /** The words' bytes, one after the other. */
  names: 5,
  nameCapacity: 6,
  nameBytes: 7,
} as const;
export const tableBytes = 32;
export const slotBytes = 8;
export const entryBytes = 16;

/** The fields of `tokenize`'s report, u32 each, by index. */
export const reportField = {
  status: 0,
  /** Bytes done. Where the status is not `done`, the place at which it stopped: the invalid byte, or a token's first. */
  consumed: 1,
  /** Words and line ends written. */
  ids: 2,
  tokens: 3,
  lines: 4,
  /** Tokens above 1,000 bytes, which are left out, and the line ends before the first of them. */
  longTokens: 5,
  linesBeforeLong: 6,
  /** The word table that the ids belong to. */
  table: 7,
} as const;
export const reportBytes = 32;

const { imul } = Math;

/** [code point, bytes] of the UTF-8 sequence at `at`; null where it is not valid (Unicode 15, table 3-7). */
export function decodeCodePoint(bytes: Uint8Array, at: number, end: number): [number, number] | null {
  const lead = bytes[at];
  if (lead < 0x80) return [lead, 1];
  const length =
    lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
  if (length === 0 || at + length > end) return null;
  let codePoint = lead & (0x7f >> length);
  for (let k = 1; k < length; k++) {
    if ((bytes[at + k] & 0xc0) !== 0x80) return null;
    codePoint = (codePoint << 6) | (bytes[at + k] & 0x3f);
  }
  const overlong = codePoint < [0, 0, 0x80, 0x800, 0x10000][length];
  const surrogate = codePoint >= 0xd800 && codePoint < 0xe000;
  return overlong || surrogate || codePoint > 0x10ffff ? null : [codePoint, length];
}

/** Splits UTF-8 text into words and numbers them in order of appearance. */
export const twin: Twin = (memory) => {
  /** FNV-1a, then a scramble so that the low bits depend on all. */
  function hashOf(bytes: Uint8Array, start: number, length: number): number {
    let hash = 0x811c9dc5;
    for (let k = start; k < start + length; k++) hash = imul(hash ^ bytes[k], 0x01000193);
    hash = imul(hash ^ (hash >>> 16), 0x85ebca6b);
    return (hash ^ (hash >>> 13)) >>> 0;
  }

  /**
   * Adds `count` to the count of the word of `length` bytes at `word`, entering it where it is new. Returns its number,
   * or `notFound` where there is no room for it.
   */
  function intern(table: number, word: number, length: number, count: number): number {
    const bytes = new Uint8Array(memory.buffer);
    const fields = new Uint32Array(memory.buffer, table >>> 0, tableBytes / 4);
    const { entryCapacity, words, nameCapacity, nameBytes } = tableField;
    const [slotStart, mask, entryStart, names] = [
      fields[0],
      fields[1],
      fields[tableField.entries],
      fields[tableField.names],
    ];
    const slots = new Uint32Array(memory.buffer, slotStart, 2 * (mask + 1));
    const hash = hashOf(bytes, word >>> 0, length);
    for (let k = hash & mask; ; k = (k + 1) & mask) {
      const number = slots[2 * k + 1];
      const fresh = number === 0;
      if (fresh && (fields[words] === fields[entryCapacity] || fields[nameBytes] + length > fields[nameCapacity]))
        return notFound;
      if (!fresh && slots[2 * k] !== hash) continue;
      const id = fresh ? fields[words] : number - 1;
      const counts = new Float64Array(memory.buffer, entryStart + entryBytes * id, 1);
      const name = new Uint32Array(memory.buffer, entryStart + entryBytes * id + 8, 2);
      if (fresh) {
        bytes.copyWithin(names + fields[nameBytes], word >>> 0, (word >>> 0) + length);
        counts[0] = count;
        name.set([fields[nameBytes], length]);
        slots.set([hash, id + 1], 2 * k);
        fields[words] = id + 1;
        fields[nameBytes] += length;
        return id;
      }
      if (name[1] !== length) continue;
      let same = true;
      for (let i = 0; i < length; i++) same &&= bytes[names + name[0] + i] === bytes[(word >>> 0) + i];
      if (!same) continue;
      counts[0] += count;
      return id;
    }
  }

  /**
   * Writes the word numbers of `length` bytes at `text` to `ids`, u32 each, at most `length` of them; with `breakLines`
   * also `lineEnd` at every line feed. A token is a longest run of code points of one class other than 0, by the table
   * of 0x110000 bytes at `classes`. Text must begin and end between tokens. Writes the report at `report`.
   */
  function tokenize(
    text: number,
    length: number,
    ids: number,
    classes: number,
    breakLines: number,
    report: number,
    table: number,
  ): number {
    const bytes = new Uint8Array(memory.buffer);
    const classOf = (codePoint: number) => bytes[(classes >>> 0) + codePoint];
    const written = new Uint32Array(memory.buffer, ids >>> 0, length);
    const begin = text >>> 0;
    const end = begin + length;
    let status: number = tokenizeStatus.done;
    let [at, out, tokens, lines, longTokens, linesBeforeLong] = [begin, 0, 0, 0, 0, 0];
    while (at < end) {
      const first = decodeCodePoint(bytes, at, end);
      if (first === null) {
        status = tokenizeStatus.invalidUtf8;
        break;
      }
      const kind = classOf(first[0]);
      if (kind === 0) {
        at += first[1];
        if (first[0] !== 10) continue;
        lines++;
        if (breakLines) written[out++] = lineEnd;
        continue;
      }
      const start = at;
      for (let next: [number, number] | null = first; next !== null && classOf(next[0]) === kind; ) {
        at += next[1];
        next = at < end ? decodeCodePoint(bytes, at, end) : null;
      }
      if (at - start > longestToken) {
        if (longTokens === 0) linesBeforeLong = lines;
        longTokens++;
        continue;
      }
      const id = intern(table, start, at - start, 1);
      if (id === notFound) {
        at = start;
        status = tokenizeStatus.tableFull;
        break;
      }
      written[out++] = id;
      tokens++;
    }
    const fields = [status, at - begin, out, tokens, lines, longTokens, linesBeforeLong, table >>> 0];
    new Uint32Array(memory.buffer, report >>> 0, reportBytes / 4).set(fields);
    return 0;
  }

  /** Enters the `count` slots at `slots` into the free ones at `target`, of which there are `mask` + 1. */
  function rehash(slots: number, count: number, target: number, mask: number): number {
    const old = new Uint32Array(memory.buffer, slots >>> 0, 2 * count);
    const fresh = new Uint32Array(memory.buffer, target >>> 0, 2 * (mask + 1));
    for (let slot = 0; slot < count; slot++) {
      if (old[2 * slot + 1] === 0) continue;
      let k = old[2 * slot] & mask;
      while (fresh[2 * k + 1] !== 0) k = (k + 1) & mask;
      fresh.set([old[2 * slot], old[2 * slot + 1]], 2 * k);
    }
    return 0;
  }

  return { tokenize, intern, rehash };
};
