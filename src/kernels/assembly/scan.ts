// Exact nearest rows; see ../twins/scan.ts, its definition.
//
// Four rows meet two queries at a time: eight accumulators, six loads for eight products, all in registers. A tile of
// rows stays in the first-level cache while every pair of queries passes over it.

import { accumulateRelaxed, sums } from "./lib/dot";

// @ts-ignore: decorator
@inline
const EUCLIDEAN: u32 = 2;

/** Offsets of a tile's fields: a pointer, an inverse norm and a row number for each of up to 16 rows. */
// @ts-ignore: decorator
@inline
const TILE_SCALES: usize = 64;
// @ts-ignore: decorator
@inline
const TILE_IDS: usize = 128;
// @ts-ignore: decorator
@inline
const TILE_ROWS: u32 = 16;
// @ts-ignore: decorator
@inline
const TILE_BYTES: u32 = 20480;

/** Whether entry (score, row) ranks behind entry (otherScore, otherRow). */
// @ts-ignore: decorator
@inline
function isWorse(score: f32, row: u32, otherScore: f32, otherRow: u32): bool {
  return score < otherScore || (score == otherScore && row > otherRow);
}

/** Whether the ascending row numbers from byte `list` to `end` contain the row. */
function isExcluded(row: u32, list: usize, end: usize): bool {
  while (list < end) {
    const middle = list + (((end - list) >> 3) << 2);
    const other = load<u32>(middle);
    if (other == row) return true;
    if (other < row) list = middle + 4;
    else end = middle;
  }
  return false;
}

/** Adds an entry to a heap of the best `count`; its worst entry is at the root. Returns the threshold from now on. */
function insert(heap: usize, sizeAt: usize, count: u32, score: f32, row: u32): f32 {
  let size = load<u32>(sizeAt);
  let at: u32;
  if (size < count) {
    at = size;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const other = heap + (<usize>parent << 3);
      const otherScore = load<f32>(other);
      const otherRow = load<u32>(other, 4);
      if (!isWorse(score, row, otherScore, otherRow)) break;
      const here = heap + (<usize>at << 3);
      store<f32>(here, otherScore);
      store<u32>(here, otherRow, 4);
      at = parent;
    }
    store<u32>(sizeAt, ++size);
  } else {
    if (!isWorse(load<f32>(heap), load<u32>(heap, 4), score, row)) return load<f32>(heap);
    at = 0;
    for (;;) {
      let child: u32 = 2 * at + 1;
      if (child >= size) break;
      let other = heap + (<usize>child << 3);
      if (child + 1 < size && isWorse(load<f32>(other, 8), load<u32>(other, 12), load<f32>(other), load<u32>(other, 4))) {
        child++;
        other += 8;
      }
      const otherScore = load<f32>(other);
      const otherRow = load<u32>(other, 4);
      if (!isWorse(otherScore, otherRow, score, row)) break;
      const here = heap + (<usize>at << 3);
      store<f32>(here, otherScore);
      store<u32>(here, otherRow, 4);
      at = child;
    }
  }
  const here = heap + (<usize>at << 3);
  store<f32>(here, score);
  store<u32>(here, row, 4);
  return size < count ? -Infinity : load<f32>(heap);
}

/** The score of four rows' sums with one query, by the metric; `scales` points at the rows' inverse norms. */
// @ts-ignore: decorator
@inline
function scoresOf(metric: u32, total: v128, scales: usize): v128 {
  if (metric == 0) {
    const cosine = f32x4.mul(total, v128.load(scales));
    return f32x4.pmax(f32x4.pmin(cosine, f32x4.splat(1)), f32x4.splat(-1));
  }
  if (metric == EUCLIDEAN) return f32x4.neg(total);
  return total;
}

/** Offers the scores of rows `from`, ... of a tile of `rows` rows to one query's heap. */
function offer(scores: v128, tile: usize, from: u32, rows: u32, count: u32, query: u32, heaps: usize, sizes: usize, thresholds: usize, excluded: usize): void {
  const offsets = excluded + (<usize>query << 2);
  for (let lane: u32 = 0; lane < 4; lane++) {
    let score: f32;
    if (lane == 0) score = f32x4.extract_lane(scores, 0);
    else if (lane == 1) score = f32x4.extract_lane(scores, 1);
    else if (lane == 2) score = f32x4.extract_lane(scores, 2);
    else score = f32x4.extract_lane(scores, 3);
    if (from + lane >= rows || !(score >= load<f32>(thresholds + (<usize>query << 2)))) continue;
    const row = load<u32>(tile + TILE_IDS + (<usize>(from + lane) << 2));
    if (excluded != 0 && isExcluded(row, load<u32>(offsets), load<u32>(offsets, 4))) continue;
    const heap = heaps + (<usize>query * count << 3);
    store<f32>(thresholds + (<usize>query << 2), insert(heap, sizes + (<usize>query << 2), count, score, row));
  }
}

// @ts-ignore: decorator
@inline
function passOne(euclidean: bool, metric: u32, tile: usize, rows: u32, stride: usize, query: u32, queries: usize, count: u32, heaps: usize, sizes: usize, thresholds: usize, excluded: usize): void {
  const start = queries + <usize>query * stride;
  const end = start + stride;
  for (let r: u32 = 0; r < rows; r += 4) {
    const pointers = tile + (<usize>r << 2);
    let row0 = <usize>load<u32>(pointers);
    let row1 = <usize>load<u32>(pointers, 4);
    let row2 = <usize>load<u32>(pointers, 8);
    let row3 = <usize>load<u32>(pointers, 12);
    let a0 = f32x4.splat(0);
    let a1 = f32x4.splat(0);
    let a2 = f32x4.splat(0);
    let a3 = f32x4.splat(0);
    for (let at = start; at < end; at += 16) {
      const q = v128.load(at);
      a0 = accumulateRelaxed(euclidean, a0, v128.load(row0), q);
      a1 = accumulateRelaxed(euclidean, a1, v128.load(row1), q);
      a2 = accumulateRelaxed(euclidean, a2, v128.load(row2), q);
      a3 = accumulateRelaxed(euclidean, a3, v128.load(row3), q);
      row0 += 16;
      row1 += 16;
      row2 += 16;
      row3 += 16;
    }
    const scores = scoresOf(metric, sums(a0, a1, a2, a3), pointers + TILE_SCALES);
    if (v128.any_true(f32x4.ge(scores, v128.load32_splat(thresholds + (<usize>query << 2))))) {
      offer(scores, tile, r, rows, count, query, heaps, sizes, thresholds, excluded);
    }
  }
}

// @ts-ignore: decorator
@inline
function passTwo(euclidean: bool, metric: u32, tile: usize, rows: u32, stride: usize, query: u32, queries: usize, count: u32, heaps: usize, sizes: usize, thresholds: usize, excluded: usize): void {
  const start = queries + <usize>query * stride;
  const end = start + stride;
  for (let r: u32 = 0; r < rows; r += 4) {
    const pointers = tile + (<usize>r << 2);
    let row0 = <usize>load<u32>(pointers);
    let row1 = <usize>load<u32>(pointers, 4);
    let row2 = <usize>load<u32>(pointers, 8);
    let row3 = <usize>load<u32>(pointers, 12);
    let at = start;
    let other = end;
    let a0 = f32x4.splat(0);
    let a1 = f32x4.splat(0);
    let a2 = f32x4.splat(0);
    let a3 = f32x4.splat(0);
    let b0 = f32x4.splat(0);
    let b1 = f32x4.splat(0);
    let b2 = f32x4.splat(0);
    let b3 = f32x4.splat(0);
    // Not unrolled: engines then run out of registers.
    for (; at < end; at += 16) {
      const q0 = v128.load(at);
      const q1 = v128.load(other);
      let row = v128.load(row0);
      a0 = accumulateRelaxed(euclidean, a0, row, q0);
      b0 = accumulateRelaxed(euclidean, b0, row, q1);
      row = v128.load(row1);
      a1 = accumulateRelaxed(euclidean, a1, row, q0);
      b1 = accumulateRelaxed(euclidean, b1, row, q1);
      row = v128.load(row2);
      a2 = accumulateRelaxed(euclidean, a2, row, q0);
      b2 = accumulateRelaxed(euclidean, b2, row, q1);
      row = v128.load(row3);
      a3 = accumulateRelaxed(euclidean, a3, row, q0);
      b3 = accumulateRelaxed(euclidean, b3, row, q1);
      other += 16;
      row0 += 16;
      row1 += 16;
      row2 += 16;
      row3 += 16;
    }
    const scoresA = scoresOf(metric, sums(a0, a1, a2, a3), pointers + TILE_SCALES);
    const scoresB = scoresOf(metric, sums(b0, b1, b2, b3), pointers + TILE_SCALES);
    if (v128.any_true(f32x4.ge(scoresA, v128.load32_splat(thresholds + (<usize>query << 2))))) {
      offer(scoresA, tile, r, rows, count, query, heaps, sizes, thresholds, excluded);
    }
    if (v128.any_true(f32x4.ge(scoresB, v128.load32_splat(thresholds + (<usize>query << 2), 4)))) {
      offer(scoresB, tile, r, rows, count, query + 1, heaps, sizes, thresholds, excluded);
    }
  }
}

export function nearest(
  from: u32, to: u32, rows: usize, stride: usize, norms: usize, list: usize, metric: u32,
  queries: usize, queryCount: u32, count: u32, excluded: usize,
  tile: usize, thresholds: usize, sizes: usize, heaps: usize,
): void {
  // Few queries are done with a row before the next arrives: for them a tile is as small as it can be.
  const tileRows: u32 = queryCount < 4 ? 4 : max(4, min(TILE_ROWS, (TILE_BYTES / <u32>stride) & ~3));
  for (let first = from; first < to; first += tileRows) {
    const present = min(tileRows, to - first);
    const padded = (present + 3) & ~3;
    for (let r: u32 = 0; r < padded; r++) {
      const position = first + min(r, present - 1);
      const row = list != 0 ? load<u32>(list + (<usize>position << 2)) : position;
      const at = tile + (<usize>r << 2);
      const pointer = rows + <usize>row * stride;
      // Touching a row front to back lets the processor fetch ahead; four rows at once, as below, run at half that speed.
      for (let line = pointer; line < pointer + stride; line += 64) load<u8>(line);
      store<u32>(at, <u32>pointer);
      store<f32>(at, metric == 0 ? load<f32>(norms + (<usize>row << 2)) : 0, TILE_SCALES);
      store<u32>(at, row, TILE_IDS);
    }
    let query: u32 = 0;
    if (metric == EUCLIDEAN) {
      for (; query + 2 <= queryCount; query += 2) passTwo(true, metric, tile, present, stride, query, queries, count, heaps, sizes, thresholds, excluded);
      if (query < queryCount) passOne(true, metric, tile, present, stride, query, queries, count, heaps, sizes, thresholds, excluded);
    } else {
      for (; query + 2 <= queryCount; query += 2) passTwo(false, metric, tile, present, stride, query, queries, count, heaps, sizes, thresholds, excluded);
      if (query < queryCount) passOne(false, metric, tile, present, stride, query, queries, count, heaps, sizes, thresholds, excluded);
    }
  }
}

export function inverseNorms(from: u32, to: u32, rows: usize, stride: usize, norms: usize): void {
  for (let row = from; row < to; row++) {
    let at = rows + <usize>row * stride;
    const end = at + stride;
    let low = f64x2.splat(0);
    let high = f64x2.splat(0);
    for (; at < end; at += 16) {
      const values = v128.load(at);
      const a = f64x2.promote_low_f32x4(values);
      const b = f64x2.promote_low_f32x4(v128.shuffle<f32>(values, values, 2, 3, 2, 3));
      low = f64x2.add(low, f64x2.mul(a, a));
      high = f64x2.add(high, f64x2.mul(b, b));
    }
    const both = f64x2.add(low, high);
    const inverse = <f32>(1 / Math.sqrt(f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1)));
    store<f32>(norms + (<usize>row << 2), inverse > 0 && inverse < Infinity ? inverse : 0);
  }
}
