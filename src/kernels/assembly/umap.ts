// Smoothed distances and the layout of UMAP; see ../twins/umap.ts, their definition.
import { exp4 } from "./lib/elementary";

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

/** Scrambles 32 bits (the finalizer of MurmurHash3). */
// @ts-ignore: decorator
@inline
function scramble(x: u32): u32 {
  x ^= x >>> 16;
  x *= 0x85ebca6b;
  x ^= x >>> 13;
  x *= 0xc2b2ae35;
  return x ^ (x >>> 16);
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

/** own + alpha clip(force(|own - other|^2) (own - other)), of up to two numbers. */
// @ts-ignore: decorator
@inline
function moved(own: v128, other: v128, table: usize, alpha: v128): v128 {
  const difference = f32x4.sub(own, other);
  const squares = f32x4.mul(difference, difference);
  const u = f32x4.extract_lane(squares, 0) + f32x4.extract_lane(squares, 1);
  const force = f32x4.mul(f32x4.splat(lookUp(table, u)), difference);
  const clipped = f32x4.pmax(f32x4.pmin(force, f32x4.splat(4)), f32x4.splat(-4));
  return f32x4.add(own, f32x4.mul(clipped, alpha));
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
  attraction: usize, repulsion: usize, epoch: u32, alpha: f32, pulls: u32, negatives: u32,
): void {
  const now = <f32>epoch;
  const then = <f32>(epoch + 1);
  const alpha4 = f32x4.splat(alpha);
  const flat = bytes == 8;
  for (let p = first; p < last; p++) {
    const i = load<u32>(order + (<usize>p << 2));
    const key = load<u32>(keys + (<usize>i << 2)) + epoch * 0x9e3779b9;
    const start = load<u32>(offsets + (<usize>i << 2));
    const end = load<u32>(offsets + (<usize>i << 2), 4);
    const at = next + <usize>p * bytes;
    let own = f32x4.splat(0);
    if (flat) own = v128.load64_zero(heads + (<usize>i << 3));
    else memory.copy(at, heads + <usize>i * bytes, bytes);
    for (let e = start; e < end; e++) {
      const rate = load<f32>(rates + (<usize>e << 2));
      if (Mathf.floor(then * rate) == Mathf.floor(now * rate)) continue;
      const target = load<u32>(targets + (<usize>e << 2));
      let event = scramble(key ^ scramble(e - start));
      if (flat) {
        const other = v128.load64_zero(tails + (<usize>target << 3));
        for (let pull: u32 = 0; pull < pulls; pull++) own = moved(own, other, attraction, alpha4);
      } else {
        for (let pull: u32 = 0; pull < pulls; pull++) moveWide(at, tails + <usize>target * bytes, bytes, attraction, alpha4);
      }
      for (let z: u32 = 0; z < negatives; z++) {
        event += 0x9e3779b9;
        const other = <u32>((<u64>scramble(event) * <u64>numTails) >> 32);
        if (itself != 0 && other == i) continue;
        if (flat) own = moved(own, v128.load64_zero(tails + (<usize>other << 3)), repulsion, alpha4);
        else moveWide(at, tails + <usize>other * bytes, bytes, repulsion, alpha4);
      }
    }
    if (flat) v128.store64_lane(at, own, 0);
  }
}

export function place(first: u32, last: u32, order: usize, next: usize, heads: usize, bytes: usize): void {
  for (let p = first; p < last; p++) {
    const to = heads + <usize>load<u32>(order + (<usize>p << 2)) * bytes;
    const from = next + <usize>p * bytes;
    for (let at: usize = 0; at < bytes; at += 8) store<u64>(to + at, load<u64>(from + at));
  }
}
