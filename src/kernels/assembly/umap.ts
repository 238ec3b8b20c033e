// Smoothed distances and the layout of UMAP; see ../twins/umap.ts, their definition.
import { exp4 } from "./lib/elementary";
import { scramble } from "./lib/scramble";

// @ts-ignore: decorator
@inline
function laneSum(x: v128): f32 {
  const half = f32x4.add(x, v128.shuffle<f32>(x, x, 2, 3, 2, 3));
  return f32x4.extract_lane(half, 0) + f32x4.extract_lane(half, 1);
}

/** exp(-(d - rho) / sigma) of four distances, 1 where d <= rho. */
// @ts-ignore: decorator
@inline
function membership(distances: usize, rho: v128, scale: v128): v128 {
  const beyond = f32x4.pmax(f32x4.sub(v128.load(distances), rho), f32x4.splat(0));
  return exp4(f32x4.neg(f32x4.mul(beyond, scale)));
}

export function smooth(
  first: u32, last: u32, distances: usize, stride: usize, count: u32, target: f32, meanOfAll: f32, out: usize, scales: usize,
): void {
  for (let i = first; i < last; i++) {
    const row = distances + <usize>i * stride;
    const end = row + stride;
    let rho: f32 = 0;
    let sum: f32 = 0;
    for (let k: u32 = 0; k < count; k++) {
      const d = load<f32>(row + (<usize>k << 2));
      if (rho == 0) rho = d;
      sum += d;
    }
    const rho4 = f32x4.splat(rho);
    let low: f32 = 0;
    let high: f32 = Infinity;
    let sigma: f32 = 1;
    for (let step = 0; step < 64; step++) {
      const scale4 = f32x4.splat(1 / sigma);
      let sums = f32x4.splat(0);
      for (let at = row; at < end; at += 16) sums = f32x4.add(sums, membership(at, rho4, scale4));
      const total = laneSum(sums);
      if (Mathf.abs(total - target) < 1e-5) break;
      if (total > target) high = sigma;
      else low = sigma;
      const next: f32 = high == Infinity ? sigma * 2 : (low + high) * 0.5;
      if (next == sigma) break;
      sigma = next;
    }
    const mean: f32 = rho > 0 ? sum / <f32>count : meanOfAll;
    sigma = max(sigma, mean * <f32>1e-3);
    store<f32>(scales + (<usize>i << 3), rho);
    store<f32>(scales + (<usize>i << 3), sigma, 4);
    const scale4 = f32x4.splat(1 / sigma);
    for (let at: usize = 0; at < stride; at += 16) {
      v128.store(out + <usize>i * stride + at, membership(row + at, rho4, scale4));
    }
  }
}

/** `scramble` of four numbers. */
// @ts-ignore: decorator
@inline
function scramble4(x: v128): v128 {
  x = v128.xor(x, i32x4.shr_u(x, 16));
  x = i32x4.mul(x, i32x4.splat(0x85ebca6b));
  x = v128.xor(x, i32x4.shr_u(x, 13));
  x = i32x4.mul(x, i32x4.splat(0xc2b2ae35));
  return v128.xor(x, i32x4.shr_u(x, 16));
}

const fractionBits: i32 = 16;
const lowest: i32 = 95 << 7; // 2^-32
const entries: i32 = 64 << 7; // to 2^32

/** The function that `table` holds at u. */
// @ts-ignore: decorator
@inline
function lookUp(table: usize, u: f32): f32 {
  const bits = reinterpret<i32>(u);
  let index = (bits >>> fractionBits) - lowest;
  index = index < 0 ? 0 : index;
  index = index > entries - 1 ? entries - 1 : index;
  const at = table + (<usize>index << 2);
  const value = load<f32>(at);
  return value + <f32>(bits & 0xffff) * <f32>(1.0 / 65536.0) * (load<f32>(at, 4) - value);
}

/** A move is a pointer to the other's position and one to the table of its force. */
const moveBytes: usize = 8;

/** Lists the moves of an item in an epoch; returns their end. */
// @ts-ignore: decorator
@inline
function listMoves(
  at: usize, p: u32, i: u32, offsets: usize, targets: usize, rates: usize, keys: usize, tails: usize, numTails: u32, itself: u32,
  attraction: usize, repulsion: usize, epoch: u32, pulls: u32, negatives: u32,
): usize {
  const now = f32x4.splat(<f32>epoch);
  const then = f32x4.splat(<f32>(epoch + 1));
  const steps = i32x4.mul(i32x4(1, 2, 3, 4), i32x4.splat(0x9e3779b9));
  const key = load<u32>(keys + (<usize>p << 2)) + epoch * 0x9e3779b9;
  const start = load<u32>(offsets + (<usize>p << 2));
  const end = load<u32>(offsets + (<usize>p << 2), 4);
  for (let four = start; four < end; four += 4) {
    const rate = v128.load(rates + (<usize>four << 2));
    let due = i32x4.bitmask(f32x4.ne(f32x4.floor(f32x4.mul(then, rate)), f32x4.floor(f32x4.mul(now, rate))));
    if (four + 4 > end) due &= (1 << (end - four)) - 1;
    for (; due != 0; due &= due - 1) {
      const e = four + ctz(due);
      const target = tails + (<usize>load<u32>(targets + (<usize>e << 2)) << 3);
      for (let pull: u32 = 0; pull < pulls; pull++) {
        store<u32>(at, <u32>target);
        store<u32>(at, <u32>attraction, 4);
        at += moveBytes;
      }
      let event = scramble(key ^ scramble(e - start));
      let z: u32 = 0;
      for (; z + 4 <= negatives; z += 4) {
        const drawn = scramble4(i32x4.add(i32x4.splat(event), steps));
        const high = i64x2.extmul_high_i32x4_u(drawn, i32x4.splat(numTails));
        const others = v128.shuffle<i32>(i64x2.extmul_low_i32x4_u(drawn, i32x4.splat(numTails)), high, 1, 3, 5, 7);
        if (itself != 0 && v128.any_true(i32x4.eq(others, i32x4.splat(i)))) break;
        event += 4 * 0x9e3779b9;
        const places = i32x4.add(i32x4.shl(others, 3), i32x4.splat(<u32>tails));
        v128.store(at, v128.shuffle<i32>(places, i32x4.splat(<u32>repulsion), 0, 4, 1, 5));
        v128.store(at, v128.shuffle<i32>(places, i32x4.splat(<u32>repulsion), 2, 6, 3, 7), 16);
        at += 4 * moveBytes;
      }
      for (; z < negatives; z++) {
        event += 0x9e3779b9;
        const other = <u32>((<u64>scramble(event) * <u64>numTails) >> 32);
        store<u32>(at, <u32>(tails + (<usize>other << 3)));
        store<u32>(at, <u32>repulsion, 4);
        at += itself != 0 && other == i ? 0 : moveBytes;
      }
    }
  }
  return at;
}

/** The next moves of two items, their positions side by side: own + alpha clip(force(|own - other|^2) (own - other)). */
// @ts-ignore: decorator
@inline
function movedTwo(own: v128, first: usize, second: usize, alpha: v128): v128 {
  const other = v128.load64_lane(<usize>load<u32>(second), v128.load64_zero(<usize>load<u32>(first)), 1);
  const difference = f32x4.sub(own, other);
  const squares = f32x4.mul(difference, difference);
  const u = f32x4.add(squares, v128.shuffle<f32>(squares, squares, 1, 0, 3, 2));
  let index = i32x4.sub(i32x4.shr_u(u, fractionBits), i32x4.splat(lowest));
  index = i32x4.min_s(i32x4.max_s(index, i32x4.splat(0)), i32x4.splat(entries - 1));
  const fraction = f32x4.mul(f32x4.convert_i32x4_s(v128.and(u, i32x4.splat(0xffff))), f32x4.splat(1.0 / 65536.0));
  // each place of a table with the next
  const one = v128.load64_zero(<usize>load<u32>(first, 4) + (<usize>i32x4.extract_lane(index, 0) << 2));
  const two = v128.load64_zero(<usize>load<u32>(second, 4) + (<usize>i32x4.extract_lane(index, 2) << 2));
  const value = v128.shuffle<f32>(one, two, 0, 0, 4, 4);
  const slope = f32x4.sub(v128.shuffle<f32>(one, two, 1, 1, 5, 5), value);
  const force = f32x4.mul(f32x4.add(value, f32x4.mul(fraction, slope)), difference);
  const clipped = f32x4.pmax(f32x4.pmin(force, f32x4.splat(4)), f32x4.splat(-4));
  return f32x4.add(own, f32x4.mul(clipped, alpha));
}

/** Items that are moved side by side, since each move waits for the one before. */
const together: u32 = 8;

/** The positions of two items of those that are moved side by side. */
// @ts-ignore: decorator
@inline
function pairOf(positions: usize, k: u32): v128 {
  const at = positions + (<usize>k << 2);
  return v128.load64_lane(<usize>load<u32>(at, 4), v128.load64_zero(<usize>load<u32>(at)), 1);
}

/** An epoch in two dimensions, eight items at a time. */
function layoutFlat(
  first: u32, last: u32, order: usize, offsets: usize, targets: usize, rates: usize, keys: usize,
  heads: usize, tails: usize, next: usize, numTails: u32, itself: u32,
  attraction: usize, repulsion: usize, epoch: u32, alpha: f32, pulls: u32, negatives: u32, still: usize, moves: usize, room: usize,
): void {
  const alpha4 = f32x4.splat(alpha);
  const positions = moves + together * room; // where each of them is, and where its moves end
  const ends = positions + 4 * together;
  for (let p = first; p < last; p += together) {
    let longest: usize = 0;
    for (let k: u32 = 0; k < together; k++) {
      const i = load<u32>(order + (<usize>min(p + k, last - 1) << 2));
      const own = moves + k * room;
      let end = own;
      if (p + k < last) {
        end = listMoves(own, p + k, i, offsets, targets, rates, keys, tails, numTails, itself, attraction, repulsion, epoch, pulls, negatives);
      }
      longest = max(longest, end - own);
      store<u32>(positions + (<usize>k << 2), <u32>(heads + (<usize>i << 3)));
      store<u32>(ends + (<usize>k << 2), <u32>end);
    }
    // Up to the end of the longest list follow moves without force, which change no position but -0.
    for (let k: u32 = 0; k < together; k++) {
      const position = load<u32>(positions + (<usize>k << 2));
      const until = moves + k * room + longest;
      for (let at = <usize>load<u32>(ends + (<usize>k << 2)); at < until; at += moveBytes) {
        store<u32>(at, position);
        store<u32>(at, <u32>still, 4);
      }
    }
    let a = pairOf(positions, 0);
    let b = pairOf(positions, 2);
    let c = pairOf(positions, 4);
    let d = pairOf(positions, 6);
    for (let m = moves; m < moves + longest; m += moveBytes) {
      a = movedTwo(a, m, m + room, alpha4);
      b = movedTwo(b, m + 2 * room, m + 3 * room, alpha4);
      c = movedTwo(c, m + 4 * room, m + 5 * room, alpha4);
      d = movedTwo(d, m + 6 * room, m + 7 * room, alpha4);
    }
    const at = next + (<usize>p << 3);
    v128.store64_lane(at, a, 0);
    if (p + 1 < last) v128.store64_lane(at, a, 1, 8);
    if (p + 2 < last) v128.store64_lane(at, b, 0, 16);
    if (p + 3 < last) v128.store64_lane(at, b, 1, 24);
    if (p + 4 < last) v128.store64_lane(at, c, 0, 32);
    if (p + 5 < last) v128.store64_lane(at, c, 1, 40);
    if (p + 6 < last) v128.store64_lane(at, d, 0, 48);
    if (p + 7 < last) v128.store64_lane(at, d, 1, 56);
  }
}

/** The same of `bytes` bytes, a multiple of 16, in place. */
function moveWide(own: usize, other: usize, bytes: usize, table: usize, alpha: v128): void {
  let sum = f32x4.splat(0);
  for (let at: usize = 0; at < bytes; at += 16) {
    const difference = f32x4.sub(v128.load(own + at), v128.load(other + at));
    sum = f32x4.add(sum, f32x4.mul(difference, difference));
  }
  const force = f32x4.splat(lookUp(table, laneSum(sum)));
  for (let at: usize = 0; at < bytes; at += 16) {
    const mine = v128.load(own + at);
    const difference = f32x4.mul(force, f32x4.sub(mine, v128.load(other + at)));
    const clipped = f32x4.pmax(f32x4.pmin(difference, f32x4.splat(4)), f32x4.splat(-4));
    v128.store(own + at, f32x4.add(mine, f32x4.mul(clipped, alpha)));
  }
}

export function layout(
  first: u32, last: u32, order: usize, offsets: usize, targets: usize, rates: usize, keys: usize,
  heads: usize, tails: usize, next: usize, bytes: usize, numTails: u32, itself: u32,
  attraction: usize, repulsion: usize, epoch: u32, alpha: f32, pulls: u32, negatives: u32, still: usize, room: usize, moves: usize,
): void {
  if (bytes == 8) {
    layoutFlat(
      first, last, order, offsets, targets, rates, keys, heads, tails, next, numTails, itself,
      attraction, repulsion, epoch, alpha, pulls, negatives, still, moves, room,
    );
    return;
  }
  const now = <f32>epoch;
  const then = <f32>(epoch + 1);
  const alpha4 = f32x4.splat(alpha);
  for (let p = first; p < last; p++) {
    const i = load<u32>(order + (<usize>p << 2));
    const key = load<u32>(keys + (<usize>p << 2)) + epoch * 0x9e3779b9;
    const start = load<u32>(offsets + (<usize>p << 2));
    const end = load<u32>(offsets + (<usize>p << 2), 4);
    const at = next + <usize>p * bytes;
    memory.copy(at, heads + <usize>i * bytes, bytes);
    for (let e = start; e < end; e++) {
      const rate = load<f32>(rates + (<usize>e << 2));
      if (Mathf.floor(then * rate) == Mathf.floor(now * rate)) continue;
      const target = load<u32>(targets + (<usize>e << 2));
      for (let pull: u32 = 0; pull < pulls; pull++) moveWide(at, tails + <usize>target * bytes, bytes, attraction, alpha4);
      let event = scramble(key ^ scramble(e - start));
      for (let z: u32 = 0; z < negatives; z++) {
        event += 0x9e3779b9;
        const other = <u32>((<u64>scramble(event) * <u64>numTails) >> 32);
        if (itself != 0 && other == i) continue;
        moveWide(at, tails + <usize>other * bytes, bytes, repulsion, alpha4);
      }
    }
  }
}

export function place(first: u32, last: u32, order: usize, next: usize, heads: usize, bytes: usize): void {
  for (let p = first; p < last; p++) {
    const to = heads + <usize>load<u32>(order + (<usize>p << 2)) * bytes;
    const from = next + <usize>p * bytes;
    for (let at: usize = 0; at < bytes; at += 8) store<u64>(to + at, load<u64>(from + at));
  }
}
