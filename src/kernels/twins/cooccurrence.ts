import type { Twin } from "../kernel.js";
import { lineEnd } from "./tokenizer.js";

/**
 * The fields of a counting plan, u32 each but the last, by index. V words are both rows and columns. Pointers are byte
 * offsets in the memory.
 */
export const planField = {
  /** u32[T], with `lineEnd` where windows stop, and `window` places or a `lineEnd` before and after the centers. */
  tokens: 0,
  /** u32: the positions in `tokens` of all centers, sorted by word, then by position. */
  positions: 1,
  /** u32[V + 1]: where in `positions` each word's begin. */
  starts: 2,
  window: 3,
  /** u64[window + 1]: what a pair at distance d adds, at index d. */
  units: 4,
  /** 1: a row counts the words on both sides of its word; 0: only those that follow it. */
  bothSides: 5,
  /** 1: values are the sums, u64; 0: they are sums / unit, rounded to f32. */
  exact: 6,
  /** u32[V]: how many pairs each row has, written by the kernel. */
  rowPairs: 7,
  /** f64[V]: each row's sum over its columns, in units of 1 / distance, written by the kernel. */
  rowSums: 8,
  words: 9,
  /** f64, aligned to 8: what distance 1 adds. */
  unit: 10,
} as const;
export const planBytes = 48;

/** Bytes of a thread's scratch space: u64[V] sums and two levels of bitmaps of the sums above 0. All zero at rest. */
export function scratchBytes(words: number): number {
  return 8 * (words + Math.ceil(words / 64) + Math.ceil(words / 4096));
}

/** Co-occurrence sums, row by row: integers, so that no order of adding changes them. */
export const twin: Twin = (memory) => {
  const u32 = (at: number, length: number) => new Uint32Array(memory.buffer, at >>> 0, length);
  const u64 = (at: number, length: number) => new BigUint64Array(memory.buffer, at >>> 0, length);

  /** Sorts the positions from .. to - 1 of `tokens` by word: writes `starts` and `positions` of the plan. */
  function indexPositions(
    tokens: number,
    from: number,
    to: number,
    words: number,
    starts: number,
    positions: number,
  ): number {
    const token = u32(tokens, to);
    const start = u32(starts, words + 1).fill(0);
    for (let p = from; p < to; p++) if (token[p] !== lineEnd) start[token[p] + 1]++;
    for (let word = 0; word < words; word++) start[word + 1] += start[word];
    const next = start.slice();
    const position = u32(positions, start[words]);
    for (let p = from; p < to; p++) if (token[p] !== lineEnd) position[next[token[p]]++] = p;
    return 0;
  }

  /** The scratch space's parts: sums, bits of the sums above 0, bits of the words of those bits above 0. */
  function parts(scratch: number, words: number) {
    const sums = u64(scratch, words);
    const bitmap = u64((scratch >>> 0) + 8 * words, Math.ceil(words / 64));
    const summary = u64(bitmap.byteOffset + bitmap.byteLength, Math.ceil(words / 4096));
    return { sums, bitmap, summary };
  }

  function accumulate({ sums, bitmap, summary }: ReturnType<typeof parts>, column: number, units: bigint): void {
    sums[column] += units;
    bitmap[column >>> 6] |= 1n << BigInt(column & 63);
    summary[column >>> 12] |= 1n << BigInt((column >>> 6) & 63);
  }

  /** Adds `length` pairs, u32 columns and u64 sums, to the scratch space. */
  function addRun(columns: number, sums: number, length: number, words: number, scratch: number): number {
    const target = parts(scratch, words);
    const [column, sum] = [u32(columns, length), u64(sums, length)];
    for (let k = 0; k < length; k++) accumulate(target, column[k], sum[k]);
    return 0;
  }

  /**
   * Writes the sums above 0 of the scratch space to `columns` (u32) and `values` (see the plan) in ascending order of
   * columns, and what the plan wants to know of the row; clears the scratch space. Returns how many pairs.
   */
  function emitRow(plan: number, row: number, columns: number, values: number, scratch: number): number {
    const fields = u32(plan, planBytes / 4);
    const words = fields[planField.words];
    const unit = new Float64Array(memory.buffer, (plan >>> 0) + 4 * planField.unit, 1)[0];
    const { sums, bitmap, summary } = parts(scratch, words);
    const column = new Uint32Array(memory.buffer, columns >>> 0);
    const exactValue = fields[planField.exact] ? new BigUint64Array(memory.buffer, values >>> 0) : null;
    const value = new Float32Array(memory.buffer, values >>> 0);
    let length = 0;
    let total = 0n;
    for (let word = 0; word < words; word++) {
      if (sums[word] === 0n) continue;
      column[length] = word;
      if (exactValue) exactValue[length] = sums[word];
      else value[length] = Number(sums[word]) / unit;
      total += sums[word];
      length++;
    }
    for (const part of [sums, bitmap, summary]) part.fill(0n);
    u32(fields[planField.rowPairs], words)[row] = length;
    new Float64Array(memory.buffer, fields[planField.rowSums], words)[row] = Number(total) / unit;
    return length;
  }

  /**
   * Counts the rows from .. to - 1 and writes them one after the other as `emitRow` does. There must be room for what
   * each may hold: the smaller of V and window times its positions, twice that with both sides.
   */
  function countRows(plan: number, from: number, to: number, columns: number, values: number, scratch: number): number {
    const fields = u32(plan, planBytes / 4);
    const { window, bothSides, exact } = planField;
    const words = fields[planField.words];
    const start = u32(fields[planField.starts], words + 1);
    const position = u32(fields[planField.positions], start[words]);
    const units = u64(fields[planField.units], fields[window] + 1);
    const token = new Uint32Array(memory.buffer, fields[planField.tokens]);
    const target = parts(scratch, words);
    const valueBytes = fields[exact] ? 8 : 4;
    let pairs = 0;
    for (let row = from; row < to; row++) {
      for (let k = start[row]; k < start[row + 1]; k++) {
        for (const side of fields[bothSides] ? [1, -1] : [1]) {
          for (let d = 1; d <= fields[window]; d++) {
            const column = token[position[k] + side * d];
            if (column === lineEnd) break;
            accumulate(target, column, units[d]);
          }
        }
      }
      pairs += emitRow(plan, row, columns + 4 * pairs, values + valueBytes * pairs, scratch);
    }
    return pairs;
  }

  return { indexPositions, addRun, emitRow, countRows };
};
