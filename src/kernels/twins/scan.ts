import type { Twin } from "../kernel.js";

const { fround } = Math;

/** The metrics' numbers in the kernels. */
export const metricCodes = { cosine: 0, dot: 1, euclidean: 2 } as const;

/** Bytes of a tile: pointer, inverse norm and row number of the up to 16 rows that a thread is at. */
export const tileBytes = 192;

/**
 * Exact nearest rows: N rows of `stride` bytes (a multiple of 16, padded with zeros) from byte `rows`.
 *
 * A score is a sum over the dimensions d in f32, as four partial sums by d mod 4, p0 .. p3, each in the order of d, and
 * then (p0 + p2) + (p1 + p3). So a row and a query have one score, whoever computes it and whatever else it computes.
 */
export const twin: Twin = (memory) => {
  /**
   * Writes 1 / |row| as f32 to `norms` for the rows from .. to - 1, the squares summed in f64; 0 where that is no
   * positive finite f32: for rows that are zero, too small to be divided by, or not finite.
   */
  function inverseNorms(from: number, to: number, rows: number, stride: number, norms: number): number {
    const values = new Float32Array(memory.buffer);
    const width = stride / 4;
    for (let row = from; row < to; row++) {
      const at = (rows >>> 0) / 4 + row * width;
      const sum = [0, 0, 0, 0];
      for (let d = 0; d < width; d++) sum[d % 4] += values[at + d] * values[at + d];
      const inverse = fround(1 / Math.sqrt(sum[0] + sum[2] + (sum[1] + sum[3])));
      values[(norms >>> 0) / 4 + row] = inverse > 0 && inverse < Number.POSITIVE_INFINITY ? inverse : 0;
    }
    return 0;
  }

  /**
   * Offers rows to the heaps of `queryCount` queries. The rows are those at the positions from .. to - 1 of the u32
   * row numbers at `list`, or these numbers themselves where `list` is 0.
   *
   * - `metric` 0: cosine, dot * norms[row] within [-1, 1], for queries of length 1; 1: dot; 2: -|row - query|^2.
   * - `queries`: [queryCount, stride / 4] f32, padded with zeros.
   * - `count`: how many of the best rows a heap holds, at least 1.
   * - `excluded`: 0, or [queryCount + 1] u32 pointers; the rows listed as u32, ascending, between a query's pointer
   *   and the next are not offered to it.
   *
   * A thread's own: `tile`, 192 bytes of working space, aligned to 16; `thresholds`, a f32 a query, at first -Infinity;
   * `sizes`, a u32 a query, at first 0; `heaps`, `count` entries a query of (f32 score, u32 row), a binary heap with
   * the worst entry first: lowest score, among equal ones the highest row. NaN scores are never offered.
   */
  function nearest(
    from: number,
    to: number,
    rows: number,
    stride: number,
    norms: number,
    list: number,
    metric: number,
    queries: number,
    queryCount: number,
    count: number,
    excluded: number,
    tile: number,
    thresholds: number,
    sizes: number,
    heaps: number,
  ): number {
    const floats = new Float32Array(memory.buffer);
    const words = new Uint32Array(memory.buffer);
    const width = stride / 4;
    const word = (pointer: number) => (pointer >>> 0) / 4;

    const score = (row: number, query: number): number => {
      const x = word(rows) + row * width;
      const q = word(queries) + query * width;
      const sum = [0, 0, 0, 0];
      for (let d = 0; d < width; d++) {
        const a = floats[x + d];
        const b = floats[q + d];
        const difference = fround(a - b);
        const term = metric === metricCodes.euclidean ? fround(difference * difference) : fround(a * b);
        sum[d % 4] = fround(sum[d % 4] + term);
      }
      const total = fround(fround(sum[0] + sum[2]) + fround(sum[1] + sum[3]));
      if (metric === metricCodes.euclidean) return -total;
      if (metric === metricCodes.dot) return total;
      const cosine = fround(total * floats[word(norms) + row]);
      return Math.max(-1, Math.min(1, cosine));
    };

    const isExcluded = (row: number, query: number): boolean => {
      if (excluded === 0) return false;
      const [first, end] = [words[word(excluded) + query], words[word(excluded) + query + 1]];
      return words.subarray(word(first), word(end)).includes(row);
    };

    /** Whether entry `a` of a heap ranks behind entry `b`. */
    const isWorse = (heap: number, a: number, b: number): boolean => {
      const [scoreA, scoreB] = [floats[heap + 2 * a], floats[heap + 2 * b]];
      return scoreA < scoreB || (scoreA === scoreB && words[heap + 2 * a + 1] > words[heap + 2 * b + 1]);
    };
    const swap = (heap: number, a: number, b: number) => {
      for (const k of [0, 1]) {
        const kept = words[heap + 2 * a + k];
        words[heap + 2 * a + k] = words[heap + 2 * b + k];
        words[heap + 2 * b + k] = kept;
      }
    };
    const write = (heap: number, at: number, value: number, row: number) => {
      floats[heap + 2 * at] = value;
      words[heap + 2 * at + 1] = row;
    };

    const insert = (query: number, value: number, row: number) => {
      const heap = word(heaps) + 2 * query * count;
      const sizeAt = word(sizes) + query;
      if (words[sizeAt] < count) {
        let at = words[sizeAt]++;
        write(heap, at, value, row);
        while (at > 0) {
          const parent = (at - 1) >> 1;
          if (!isWorse(heap, at, parent)) break;
          swap(heap, at, parent);
          at = parent;
        }
      } else {
        if (!(floats[heap] < value || (floats[heap] === value && words[heap + 1] > row))) return;
        write(heap, 0, value, row);
        for (let at = 0; ; ) {
          let child = 2 * at + 1;
          if (child >= count) break;
          if (child + 1 < count && isWorse(heap, child + 1, child)) child++;
          if (!isWorse(heap, child, at)) break;
          swap(heap, at, child);
          at = child;
        }
      }
      if (words[sizeAt] === count) floats[word(thresholds) + query] = floats[heap];
    };

    const tileRows = queryCount < 4 ? 4 : Math.max(4, Math.min(16, Math.floor(20480 / stride) & ~3));
    for (let first = from; first < to; first += tileRows) {
      const present = Math.min(tileRows, to - first);
      for (let r = 0; r < Math.ceil(present / 4) * 4; r++) {
        const position = first + Math.min(r, present - 1);
        const row = list === 0 ? position : words[word(list) + position];
        words[word(tile) + r] = (rows >>> 0) + row * stride;
        floats[word(tile) + 16 + r] = metric === metricCodes.cosine ? floats[word(norms) + row] : 0;
        words[word(tile) + 32 + r] = row;
      }
      for (let query = 0; query < queryCount; query++) {
        for (let r = 0; r < present; r++) {
          const row = words[word(tile) + 32 + r];
          const value = score(row, query);
          if (value >= floats[word(thresholds) + query] && !isExcluded(row, query)) insert(query, value, row);
        }
      }
    }
    return 0;
  }

  return { inverseNorms, nearest };
};
