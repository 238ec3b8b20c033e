// Neighbor lists by trees and by descent; see ../twins/neighbors.ts, their definition.
import { accumulate, sums } from "./lib/dot";
import { scramble } from "./lib/scramble";

/** Marks an entry that no round has used yet. */
// @ts-ignore: decorator
@inline
const fresh: u32 = 0x80000000;
// @ts-ignore: decorator
@inline
const nobody: u64 = 0xffffffffffffffff;

/** Distances of four rows from one. */
// @ts-ignore: decorator
@inline
function distances(euclidean: bool, one: usize, row0: usize, row1: usize, row2: usize, row3: usize, stride: usize): v128 {
  let a0 = f32x4.splat(0);
  let a1 = f32x4.splat(0);
  let a2 = f32x4.splat(0);
  let a3 = f32x4.splat(0);
  for (let at: usize = 0; at < stride; at += 16) {
    const q = v128.load(one + at);
    a0 = accumulate(euclidean, a0, v128.load(row0 + at), q);
    a1 = accumulate(euclidean, a1, v128.load(row1 + at), q);
    a2 = accumulate(euclidean, a2, v128.load(row2 + at), q);
    a3 = accumulate(euclidean, a3, v128.load(row3 + at), q);
  }
  const total = sums(a0, a1, a2, a3);
  return euclidean ? total : f32x4.neg(total);
}

/** The same of rows of whole numbers. */
// @ts-ignore: decorator
@inline
function shortDistances(one: usize, row0: usize, row1: usize, row2: usize, row3: usize, stride: usize): v128 {
  let a0 = i32x4.splat(0);
  let a1 = i32x4.splat(0);
  let a2 = i32x4.splat(0);
  let a3 = i32x4.splat(0);
  for (let at: usize = 0; at < stride; at += 16) {
    const q = v128.load(one + at);
    a0 = i32x4.add(a0, i32x4.dot_i16x8_s(v128.load(row0 + at), q));
    a1 = i32x4.add(a1, i32x4.dot_i16x8_s(v128.load(row1 + at), q));
    a2 = i32x4.add(a2, i32x4.dot_i16x8_s(v128.load(row2 + at), q));
    a3 = i32x4.add(a3, i32x4.dot_i16x8_s(v128.load(row3 + at), q));
  }
  const b0 = i32x4.add(v128.shuffle<i32>(a0, a1, 0, 4, 1, 5), v128.shuffle<i32>(a0, a1, 2, 6, 3, 7));
  const b1 = i32x4.add(v128.shuffle<i32>(a2, a3, 0, 4, 1, 5), v128.shuffle<i32>(a2, a3, 2, 6, 3, 7));
  const total = i32x4.add(v128.shuffle<i32>(b0, b1, 0, 1, 4, 5), v128.shuffle<i32>(b0, b1, 2, 3, 6, 7));
  return f32x4.convert_i32x4_s(i32x4.neg(total));
}

// @ts-ignore: decorator
@inline
function four(form: u32, one: usize, row0: usize, row1: usize, row2: usize, row3: usize, stride: usize): v128 {
  if (form == 2) return shortDistances(one, row0, row1, row2, row3, stride);
  return distances(form == 1, one, row0, row1, row2, row3, stride);
}

// @ts-ignore: decorator
@inline
function lane(x: v128, k: u32): f32 {
  if (k == 0) return f32x4.extract_lane(x, 0);
  if (k == 1) return f32x4.extract_lane(x, 1);
  if (k == 2) return f32x4.extract_lane(x, 2);
  return f32x4.extract_lane(x, 3);
}

/** Puts an entry into a list of `length` by (distance, row), unless it is there or behind all; returns whether it went in. */
function insert(list: usize, length: u32, distance: f32, row: u32): bool {
  const last = list + (<usize>(length - 1) << 3);
  const worst = load<f32>(last);
  if (distance > worst || (distance == worst && row >= (load<u32>(last, 4) & ~fresh))) return false;
  let to = last;
  while (to > list) {
    const other = load<f32>(to - 8);
    const otherRow = load<u32>(to - 4) & ~fresh;
    if (other < distance || (other == distance && otherRow <= row)) {
      if (other == distance && otherRow == row) return false;
      break;
    }
    to -= 8;
  }
  for (let at = last; at > to; at -= 8) store<u64>(at, load<u64>(at - 8));
  store<f32>(to, distance);
  store<u32>(to, row | fresh, 4);
  return true;
}

export function exact(
  first: u32, last: u32, from: u32, to: u32, rows: usize, stride: usize, form: u32, lists: usize, length: u32, thresholds: usize,
): void {
  const bytes = <usize>length << 3;
  for (let tile = from; tile < to; tile += 16) {
    const tileEnd = min(tile + 16, to);
    for (let a = first; a < last && a < tileEnd; a++) {
      const one = rows + <usize>a * stride;
      const thresholdA = thresholds + (<usize>a << 2);
      for (let b = tile; b < tileEnd; b += 4) {
        if (b + 3 <= a) continue;
        const row = rows + <usize>b * stride;
        const d = four(form, one, row, row + stride, row + 2 * stride, row + 3 * stride, stride);
        const wanted = v128.or(
          f32x4.le(d, v128.load32_splat(thresholdA)),
          f32x4.le(d, v128.load(thresholds + (<usize>b << 2))),
        );
        if (!v128.any_true(wanted)) continue;
        for (let k: u32 = 0; k < 4; k++) {
          const other = b + k;
          if (other <= a || other >= tileEnd) continue;
          const distance = lane(d, k);
          if (insert(lists + <usize>a * bytes, length, distance, other)) {
            store<f32>(thresholdA, load<f32>(lists + <usize>(a + 1) * bytes - 8));
          }
          if (insert(lists + <usize>other * bytes, length, distance, a)) {
            store<f32>(thresholds + (<usize>other << 2), load<f32>(lists + <usize>(other + 1) * bytes - 8));
          }
        }
      }
    }
  }
}

export function split(
  from: u32, to: u32, left: u32, right: u32, order: usize, spare: usize, rows: usize, stride: usize, form: u32,
): u32 {
  const one = rows + <usize>left * stride;
  const other = rows + <usize>right * stride;
  let lefts = from;
  let rights: u32 = 0;
  for (let p = from; p < to; p++) {
    const i = load<u32>(order + (<usize>p << 2));
    const row = rows + <usize>i * stride;
    const d = four(form, row, one, other, one, other, stride);
    const near = f32x4.extract_lane(d, 0);
    const far = f32x4.extract_lane(d, 1);
    if (near < far || (near == far && (scramble(i) & 1) == 0)) store<u32>(order + (<usize>(lefts++) << 2), i);
    else store<u32>(spare + (<usize>(from + rights++) << 2), i);
  }
  for (let k: u32 = 0; k < rights; k++) {
    store<u32>(order + (<usize>(lefts + k) << 2), load<u32>(spare + (<usize>(from + k) << 2)));
  }
  return lefts - from;
}

export function joinLeaf(
  from: u32, to: u32, order: usize, rows: usize, stride: usize, form: u32, lists: usize, length: u32,
): void {
  const bytes = <usize>length << 3;
  for (let p = from; p + 1 < to; p++) {
    const a = load<u32>(order + (<usize>p << 2));
    const one = rows + <usize>a * stride;
    for (let q = p + 1; q < to; q += 4) {
      const b0 = load<u32>(order + (<usize>q << 2));
      const b1 = load<u32>(order + (<usize>min(q + 1, to - 1) << 2));
      const b2 = load<u32>(order + (<usize>min(q + 2, to - 1) << 2));
      const b3 = load<u32>(order + (<usize>min(q + 3, to - 1) << 2));
      const d = four(
        form, one,
        rows + <usize>b0 * stride, rows + <usize>b1 * stride, rows + <usize>b2 * stride, rows + <usize>b3 * stride, stride,
      );
      for (let k: u32 = 0; k < 4 && q + k < to; k++) {
        const b = load<u32>(order + (<usize>(q + k) << 2));
        insert(lists + <usize>a * bytes, length, lane(d, k), b);
        insert(lists + <usize>b * bytes, length, lane(d, k), a);
      }
    }
  }
}

/** Keeps the `most` lowest keys, sorted, none twice. */
function keep(list: usize, most: u32, key: u64): void {
  const last = list + (<usize>(most - 1) << 3);
  if (key >= load<u64>(last)) return;
  let to = last;
  while (to > list) {
    const other = load<u64>(to - 8);
    if (other <= key) {
      if (other == key) return;
      break;
    }
    to -= 8;
  }
  for (let at = last; at > to; at -= 8) store<u64>(at, load<u64>(at - 8));
  store<u64>(to, key);
}

export function candidates(
  first: u32, last: u32, items: u32, lists: usize, length: u32, news: usize, olds: usize, most: u32, salt: u32,
): void {
  const bytes = <usize>most << 3;
  for (let at = <usize>first * bytes; at < <usize>last * bytes; at += 8) {
    store<u64>(news + at, nobody);
    store<u64>(olds + at, nobody);
  }
  for (let i: u32 = 0; i < items; i++) {
    const own = i >= first && i < last;
    let at = lists + ((<usize>i * length) << 3);
    const end = at + (<usize>length << 3);
    for (; at < end; at += 8) {
      const entry = load<u32>(at, 4);
      if (entry == 0xffffffff) break;
      const j = entry & ~fresh;
      const theirs = j >= first && j < last;
      if (!own && !theirs) continue;
      const hash = <u64>scramble(salt ^ (scramble(min(i, j)) + max(i, j) * 0x9e3779b9)) << 32;
      const table = entry == j ? olds : news;
      if (own) keep(table + <usize>i * bytes, most, hash | j);
      if (theirs) keep(table + <usize>j * bytes, most, hash | i);
    }
  }
}

let waiting0: u32 = 0;
let waiting1: u32 = 0;
let waiting2: u32 = 0;
let waiting3: u32 = 0;
let waiting: u32 = 0;

/** Compares the waiting rows with an item; returns how many went into its list. */
function compare(one: usize, rows: usize, stride: usize, form: u32, list: usize, length: u32): u32 {
  if (waiting == 0) return 0;
  if (waiting < 2) waiting1 = waiting0;
  if (waiting < 3) waiting2 = waiting0;
  if (waiting < 4) waiting3 = waiting0;
  const d = four(
    form, one,
    rows + <usize>waiting0 * stride, rows + <usize>waiting1 * stride, rows + <usize>waiting2 * stride, rows + <usize>waiting3 * stride,
    stride,
  );
  let changes: u32 = 0;
  const worst = list + (<usize>(length - 1) << 3);
  if (v128.any_true(f32x4.le(d, v128.load32_splat(worst)))) {
    changes += <u32>insert(list, length, f32x4.extract_lane(d, 0), waiting0);
    if (waiting > 1) changes += <u32>insert(list, length, f32x4.extract_lane(d, 1), waiting1);
    if (waiting > 2) changes += <u32>insert(list, length, f32x4.extract_lane(d, 2), waiting2);
    if (waiting > 3) changes += <u32>insert(list, length, f32x4.extract_lane(d, 3), waiting3);
  }
  waiting = 0;
  return changes;
}

export function descend(
  first: u32, last: u32, rows: usize, stride: usize, form: u32, lists: usize, length: u32, news: usize, olds: usize, most: u32,
  stamp: u32, seen: usize,
): u32 {
  const bytes = <usize>most << 3;
  let changes: u32 = 0;
  for (let p = first; p < last; p++) {
    const one = rows + <usize>p * stride;
    const list = lists + ((<usize>p * length) << 3);
    const mark = stamp + p;
    store<u32>(seen + (<usize>p << 2), mark);
    const own = news + <usize>p * bytes;
    for (let at = list; at < list + (<usize>length << 3); at += 8) {
      const entry = load<u32>(at, 4);
      if (entry == 0xffffffff) break;
      const j = entry & ~fresh;
      store<u32>(seen + (<usize>j << 2), mark);
      if (entry == j) continue;
      for (let key = own; key < own + bytes && load<u64>(key) != nobody; key += 8) {
        if (load<u32>(key) == j) store<u32>(at, j, 4);
      }
    }
    waiting = 0;
    for (let table = 0; table < 2; table++) {
      const start = (table == 0 ? news : olds) + <usize>p * bytes;
      for (let at = start; at < start + bytes; at += 8) {
        if (load<u64>(at) == nobody) break;
        const i = load<u32>(at);
        // Through a new neighbor to all of its own, through an old one to its new ones; the neighbor itself may be one in reverse.
        for (let other = table; other < 3; other++) {
          if (table == 1 && other == 1) other = 2;
          let from = at;
          let end = at + 8;
          if (other == 1) {
            from = olds + <usize>i * bytes;
            end = from + bytes;
          } else if (other == 2) {
            from = news + <usize>i * bytes;
            end = from + bytes;
          }
          for (; from < end; from += 8) {
            if (load<u64>(from) == nobody) break;
            const q = load<u32>(from);
            const place = seen + (<usize>q << 2);
            if (load<u32>(place) == mark) continue;
            store<u32>(place, mark);
            if (waiting == 0) waiting0 = q;
            else if (waiting == 1) waiting1 = q;
            else if (waiting == 2) waiting2 = q;
            else waiting3 = q;
            if (++waiting == 4) changes += compare(one, rows, stride, form, list, length);
          }
        }
      }
    }
    changes += compare(one, rows, stride, form, list, length);
  }
  return changes;
}
