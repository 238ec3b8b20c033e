// Co-occurrence sums, row by row; see ../twins/cooccurrence.ts, its definition, also for the layouts.

const lineEnd: u32 = 0xffffffff;

/** Sorts positions by word: a counting sort, stable because it fills every word's places from the back. */
export function indexPositions(tokens: usize, from: u32, to: u32, words: u32, starts: usize, positions: usize): void {
  memory.fill(starts, 0, (<usize>words + 1) << 2);
  for (let p = from; p < to; p++) {
    const word = load<u32>(tokens + ((<usize>p) << 2));
    if (word == lineEnd) continue;
    const count = starts + ((<usize>word) << 2);
    store<u32>(count, load<u32>(count) + 1);
  }
  let end: u32 = 0;
  for (let word: u32 = 0; word <= words; word++) {
    const place = starts + ((<usize>word) << 2);
    end += load<u32>(place);
    store<u32>(place, end);
  }
  for (let p = to; p > from; p--) {
    const word = load<u32>(tokens + ((<usize>(p - 1)) << 2));
    if (word == lineEnd) continue;
    const place = starts + ((<usize>word) << 2);
    const position = load<u32>(place) - 1;
    store<u32>(place, position);
    store<u32>(positions + ((<usize>position) << 2), p - 1);
  }
}

// @ts-ignore: decorator
@inline
function bitmapOf(scratch: usize, words: u32): usize {
  return scratch + ((<usize>words) << 3);
}

// @ts-ignore: decorator
@inline
function summaryOf(bitmap: usize, words: u32): usize {
  return bitmap + (((<usize>words + 63) >> 6) << 3);
}

// @ts-ignore: decorator
@inline
function accumulate(sums: usize, bitmap: usize, summary: usize, column: u32, units: u64): void {
  const place = sums + ((<usize>column) << 3);
  const sum = load<u64>(place);
  store<u64>(place, sum + units);
  if (sum == 0) {
    const bits = bitmap + ((<usize>(column >> 6)) << 3);
    store<u64>(bits, load<u64>(bits) | (<u64>1 << <u64>(column & 63)));
    const groups = summary + ((<usize>(column >> 12)) << 3);
    store<u64>(groups, load<u64>(groups) | (<u64>1 << <u64>((column >> 6) & 63)));
  }
}

/** Adds a sorted run's part of a row to the sums. */
export function addRun(columns: usize, sums: usize, length: u32, words: u32, scratch: usize): void {
  const bitmap = bitmapOf(scratch, words);
  const summary = summaryOf(bitmap, words);
  for (let k: u32 = 0; k < length; k++) {
    const column = load<u32>(columns + ((<usize>k) << 2));
    accumulate(scratch, bitmap, summary, column, load<u64>(sums + ((<usize>k) << 3)));
  }
}

/** Writes a row's columns and sums in ascending order and clears the scratch space; returns how many. */
export function emitRow(plan: usize, row: u32, columns: usize, values: usize, scratch: usize): u32 {
  const words = load<u32>(plan, 36);
  const exact = load<u32>(plan, 24);
  const unit = load<f64>(plan, 40);
  const bitmap = bitmapOf(scratch, words);
  const summary = summaryOf(bitmap, words);
  const groups = (words + 4095) >> 12;
  let length: u32 = 0;
  let total: u64 = 0;
  for (let group: u32 = 0; group < groups; group++) {
    let wordsOfBits = load<u64>(summary + ((<usize>group) << 3));
    store<u64>(summary + ((<usize>group) << 3), 0);
    while (wordsOfBits != 0) {
      const k = (group << 6) + <u32>ctz(wordsOfBits);
      wordsOfBits &= wordsOfBits - 1;
      let bits = load<u64>(bitmap + ((<usize>k) << 3));
      store<u64>(bitmap + ((<usize>k) << 3), 0);
      while (bits != 0) {
        const column = (k << 6) + <u32>ctz(bits);
        bits &= bits - 1;
        const place = scratch + ((<usize>column) << 3);
        const sum = load<u64>(place);
        store<u64>(place, 0);
        total += sum;
        store<u32>(columns + ((<usize>length) << 2), column);
        if (exact) store<u64>(values + ((<usize>length) << 3), sum);
        else store<f32>(values + ((<usize>length) << 2), <f32>(<f64>sum / unit));
        length++;
      }
    }
  }
  store<u32>(<usize>load<u32>(plan, 28) + ((<usize>row) << 2), length);
  store<f64>(<usize>load<u32>(plan, 32) + ((<usize>row) << 3), <f64>total / unit);
  return length;
}

/** Counts the rows from .. to - 1 and writes them one after the other; returns how many pairs. */
export function countRows(plan: usize, from: u32, to: u32, columns: usize, values: usize, scratch: usize): u32 {
  const tokens = <usize>load<u32>(plan);
  const positions = <usize>load<u32>(plan, 4);
  const starts = <usize>load<u32>(plan, 8);
  const window = (<usize>load<u32>(plan, 12)) << 2;
  const units = <usize>load<u32>(plan, 16);
  const bothSides = load<u32>(plan, 20);
  const exact = load<u32>(plan, 24);
  const words = load<u32>(plan, 36);
  const bitmap = bitmapOf(scratch, words);
  const summary = summaryOf(bitmap, words);
  let pairs: u32 = 0;
  for (let row = from; row < to; row++) {
    const end = load<u32>(starts + ((<usize>(row + 1)) << 2));
    for (let k = load<u32>(starts + ((<usize>row) << 2)); k < end; k++) {
      const center = tokens + ((<usize>load<u32>(positions + ((<usize>k) << 2))) << 2);
      for (let distance: usize = 4; distance <= window; distance += 4) {
        const column = load<u32>(center + distance);
        if (column == lineEnd) break;
        accumulate(scratch, bitmap, summary, column, load<u64>(units + (distance << 1)));
      }
      if (!bothSides) continue;
      for (let distance: usize = 4; distance <= window; distance += 4) {
        const column = load<u32>(center - distance);
        if (column == lineEnd) break;
        accumulate(scratch, bitmap, summary, column, load<u64>(units + (distance << 1)));
      }
    }
    const length = emitRow(plan, row, columns, values, scratch);
    columns += (<usize>length) << 2;
    values += (<usize>length) << (exact ? 3 : 2);
    pairs += length;
  }
  return pairs;
}
