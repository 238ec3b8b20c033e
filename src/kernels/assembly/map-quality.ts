// How far a map keeps the neighbors and distances of a space; see ../twins/map-quality.ts, its definition.
// Four anchors meet each row at once, so that a row is read from memory once for the four.

import { accumulate, sums } from "./lib/dot";

// @ts-ignore: decorator
@inline
const TOGETHER: u32 = 4;

/** Squared distances of up to four anchors to every row: [4, count] f32, `pitch` bytes from one anchor's to the next's. */
function distances(anchors: usize, present: u32, rows: usize, stride: usize, count: u32, to: usize, pitch: usize): void {
  const last = present - 1;
  const start0 = rows + <usize>load<u32>(anchors) * stride;
  const shift1 = <isize>(rows + <usize>load<u32>(anchors + (<usize>min(1, last) << 2)) * stride) - <isize>start0;
  const shift2 = <isize>(rows + <usize>load<u32>(anchors + (<usize>min(2, last) << 2)) * stride) - <isize>start0;
  const shift3 = <isize>(rows + <usize>load<u32>(anchors + (<usize>min(3, last) << 2)) * stride) - <isize>start0;
  const end = start0 + stride;
  let row = rows;
  for (let i: u32 = 0; i < count; i++) {
    let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0;
    for (let at = start0; at < end; at += 16, row += 16) {
      const values = v128.load(row);
      a0 = accumulate(true, a0, values, v128.load(at));
      a1 = accumulate(true, a1, values, v128.load(at + <usize>shift1));
      a2 = accumulate(true, a2, values, v128.load(at + <usize>shift2));
      a3 = accumulate(true, a3, values, v128.load(at + <usize>shift3));
    }
    const all = sums(a0, a1, a2, a3);
    const place = to + (<usize>i << 2);
    store<f32>(place, f32x4.extract_lane(all, 0));
    store<f32>(place + pitch, f32x4.extract_lane(all, 1));
    store<f32>(place + 2 * pitch, f32x4.extract_lane(all, 2));
    store<f32>(place + 3 * pitch, f32x4.extract_lane(all, 3));
  }
}

/** The k rows of the least distances, by (distance, row), as u32 at `to`. */
function nearest(from: usize, count: u32, k: u32, to: usize): void {
  let size: u32 = 0;
  let threshold: f32 = Infinity;
  for (let i: u32 = 0; i < count; i++) {
    const distance = load<f32>(from + (<usize>i << 2));
    if (size == k && !(distance < threshold)) continue;
    if (size < k) size++;
    let at = size - 1;
    for (; at > 0; at--) {
      const other = load<u32>(to + (<usize>(at - 1) << 2));
      if (load<f32>(from + (<usize>other << 2)) <= distance) break;
      store<u32>(to + (<usize>at << 2), other);
    }
    store<u32>(to + (<usize>at << 2), i);
    threshold = load<f32>(from + (<usize>load<u32>(to + (<usize>(size - 1) << 2)) << 2));
  }
}

/** How many rows come before row j by (distance, row). */
function before(from: usize, count: u32, j: u32): u32 {
  const distance = load<f32>(from + (<usize>j << 2));
  const four = f32x4.splat(distance);
  let lanes = i32x4.splat(0);
  let total: u32 = 0;
  let i: u32 = 0;
  for (; i + 4 <= j; i += 4) lanes = i32x4.sub(lanes, f32x4.le(v128.load(from + (<usize>i << 2)), four));
  for (; i < j; i++) total += u32(load<f32>(from + (<usize>i << 2)) <= distance);
  for (i = j + 1; i + 4 <= count; i += 4) lanes = i32x4.sub(lanes, f32x4.lt(v128.load(from + (<usize>i << 2)), four));
  for (; i < count; i++) total += u32(load<f32>(from + (<usize>i << 2)) < distance);
  return total + i32x4.extract_lane(lanes, 0) + i32x4.extract_lane(lanes, 1) + i32x4.extract_lane(lanes, 2) + i32x4.extract_lane(lanes, 3);
}

function contains(list: usize, k: u32, row: u32): bool {
  for (let n: u32 = 0; n < k; n++) if (load<u32>(list + (<usize>n << 2)) == row) return true;
  return false;
}

/** sum of (rank - k) over the rows of `found` that `own` lacks, ranks by the distances at `from`. */
function penalty(from: usize, count: u32, k: u32, found: usize, own: usize): f64 {
  let sum: f64 = 0;
  for (let n: u32 = 0; n < k; n++) {
    const row = load<u32>(found + (<usize>n << 2));
    if (!contains(own, k, row)) sum += <f64>(before(from, count, row) + 1) - <f64>k;
  }
  return sum;
}

export function compare(
  first: u32, last: u32, anchors: usize, count: u32, above: usize, aboveStride: usize, below: usize, belowStride: usize,
  halved: u32, zeros: usize, zeroCount: u32, k: u32, results: usize, scratch: usize,
): void {
  const pitch = (<usize>count << 2) + 15 & ~15;
  const high = scratch;
  const low = scratch + TOGETHER * pitch;
  const inSpace = low + TOGETHER * pitch;
  const inMap = inSpace + (<usize>k << 2);
  for (let group = first; group < last; group += TOGETHER) {
    const present = min(TOGETHER, last - group);
    const list = anchors + (<usize>group << 2);
    distances(list, present, above, aboveStride, count, high, pitch);
    distances(list, present, below, belowStride, count, low, pitch);
    for (let a: u32 = 0; a < present; a++) {
      const anchor = load<u32>(list + (<usize>a << 2));
      const d = high + <usize>a * pitch;
      const e = low + <usize>a * pitch;
      if (zeroCount > 0) {
        if (contains(zeros, zeroCount, anchor)) {
          for (let i: u32 = 0; i < count; i++) store<f32>(d + (<usize>i << 2), 2);
        } else {
          for (let z: u32 = 0; z < zeroCount; z++) store<f32>(d + (<usize>load<u32>(zeros + (<usize>z << 2)) << 2), 2);
        }
      }
      let both: f64 = 0;
      let square: f64 = 0;
      let mapSquare: f64 = 0;
      for (let i: u32 = 0; i < count; i++) {
        if (i == anchor) continue;
        const x = <f64>load<f32>(d + (<usize>i << 2));
        const y = <f64>load<f32>(e + (<usize>i << 2));
        const distance = halved != 0 ? x / 2 : sqrt<f64>(x);
        both += distance * sqrt<f64>(y);
        square += distance * distance;
        mapSquare += y;
      }
      store<f32>(d + (<usize>anchor << 2), Infinity);
      store<f32>(e + (<usize>anchor << 2), Infinity);
      nearest(d, count, k, inSpace);
      nearest(e, count, k, inMap);
      let common: f64 = 0;
      for (let n: u32 = 0; n < k; n++) common += <f64>u32(contains(inSpace, k, load<u32>(inMap + (<usize>n << 2))));
      const result = results + 48 * <usize>(group + a);
      store<f64>(result, penalty(d, count, k, inMap, inSpace));
      store<f64>(result, penalty(e, count, k, inSpace, inMap), 8);
      store<f64>(result, common, 16);
      store<f64>(result, both, 24);
      store<f64>(result, square, 32);
      store<f64>(result, mapSquare, 40);
    }
  }
}
