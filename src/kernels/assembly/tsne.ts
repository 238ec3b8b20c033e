// The steps of t-SNE in the plane; see ../twins/tsne.ts, their definition.
//
// Items lie in the order of Morton's curve, so that four in a row are near each other: they go through the tree together, one
// in a lane each, and its nodes are opened by the box round the four.

import { exp4, log4 } from "./lib/elementary";

/** Levels of the tree: 16 bits of each coordinate. */
// @ts-ignore: decorator
@inline
const LEVELS: u32 = 16;
/** Items up to which a node is not divided. */
// @ts-ignore: decorator
@inline
const LEAF: u32 = 6;
/** Width up to which the items of a smallest cell count as on one spot. */
// @ts-ignore: decorator
@inline
const POINT: f32 = 0.03125;
// @ts-ignore: decorator
@inline
const NODE: usize = 32;
// @ts-ignore: decorator
@inline
const MOST_STEPS: u32 = 100;

// @ts-ignore: decorator
@inline
function total(lanes: v128): f32 {
  return f32x4.extract_lane(lanes, 0) + f32x4.extract_lane(lanes, 2) + (f32x4.extract_lane(lanes, 1) + f32x4.extract_lane(lanes, 3));
}

export function calibrate(first: u32, last: u32, k: u32, squares: usize, pitch: usize, entropy: f64): void {
  const count = i32x4.splat(k);
  for (let i = first; i < last; i++) {
    const row = squares + <usize>i * pitch;
    const end = row + ((<usize>k + 3 & ~3) << 2);
    const least = v128.load32_splat(row);
    let sum = f32x4.splat(0);
    let lanes = i32x4(0, 1, 2, 3);
    for (let at = row; at < end; at += 16, lanes = i32x4.add(lanes, i32x4.splat(4))) {
      const present = i32x4.lt_s(lanes, count);
      const t = v128.and(f32x4.sub(v128.load(at), least), present);
      v128.store(at, t);
      sum = f32x4.add(sum, t);
    }
    const mean = <f64>total(sum) / <f64>k;
    let beta = mean > 0 ? 1 / mean : 1;
    let low: f64 = 0;
    let high: f64 = Infinity;
    let mass: f32 = 0;
    for (let step: u32 = 0; ; step++) {
      const factor = f32x4.splat(-(<f32>beta));
      let weights = f32x4.splat(0);
      let moments = weights;
      lanes = i32x4(0, 1, 2, 3);
      for (let at = row; at < end; at += 16, lanes = i32x4.add(lanes, i32x4.splat(4))) {
        const t = v128.load(at);
        const e = v128.and(exp4(f32x4.mul(factor, t)), i32x4.lt_s(lanes, count));
        weights = f32x4.add(weights, e);
        moments = f32x4.add(moments, f32x4.mul(e, t));
      }
      mass = total(weights);
      const logarithm = f32x4.extract_lane(log4(f32x4.splat(mass)), 0);
      const excess = <f64>logarithm + beta * (<f64>total(moments) / <f64>mass) - entropy;
      if (step == MOST_STEPS || abs<f64>(excess) < 1e-6) break;
      if (excess > 0) {
        low = beta;
        beta = min<f64>(1e30, high == Infinity ? 2 * beta : (low + high) / 2);
      } else {
        high = beta;
        beta = (low + high) / 2;
      }
    }
    const factor = f32x4.splat(-(<f32>beta));
    const divisor = f32x4.splat(mass);
    lanes = i32x4(0, 1, 2, 3);
    for (let at = row; at < end; at += 16, lanes = i32x4.add(lanes, i32x4.splat(4))) {
      const e = v128.and(exp4(f32x4.mul(factor, v128.load(at))), i32x4.lt_s(lanes, count));
      v128.store(at, f32x4.div(e, divisor));
    }
  }
}

/** The 16 low bits with a zero between each two. */
// @ts-ignore: decorator
@inline
function spread(bits: u32): u32 {
  let x = (bits | (bits << 8)) & 0x00ff00ff;
  x = (x | (x << 4)) & 0x0f0f0f0f;
  x = (x | (x << 2)) & 0x33333333;
  return (x | (x << 1)) & 0x55555555;
}

// What the recursion shares: the tables, and the sums of the node it returns from.
let codesAt: usize = 0;
let tableX: usize = 0;
let tableY: usize = 0;
let nodesAt: usize = 0;
let numNodes: u32 = 0;
let extent: f32 = 0;
let sharpness: f32 = 0;
let sumX: f64 = 0;
let sumY: f64 = 0;

// @ts-ignore: decorator
@inline
function codeOf(at: u32): u32 {
  return load<u32>(codesAt + (<usize>at << 2));
}

/** The first position in low .. high whose code, shifted, is not below `key`. */
function lowerBound(low: u32, high: u32, shift: u32, key: u32): u32 {
  while (low < high) {
    const middle = (low + high) >> 1;
    if (codeOf(middle) >> shift < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

function divide(first: u32, last: u32): void {
  const node = nodesAt + <usize>numNodes * NODE;
  numNodes++;
  const differing = codeOf(first) ^ codeOf(last - 1);
  const level = differing == 0 ? LEVELS : <u32>clz<u32>(differing) >> 1;
  const count = last - first;
  const isLeaf = count <= LEAF || level == LEVELS;
  let x: f64 = 0;
  let y: f64 = 0;
  if (isLeaf) {
    for (let at = first; at < last; at++) {
      x += <f64>load<f32>(tableX + (<usize>at << 2));
      y += <f64>load<f32>(tableY + (<usize>at << 2));
    }
  } else {
    const shift = 30 - 2 * level;
    const parent = codeOf(first) >> shift & ~3;
    for (let from = first, quarter: u32 = 1; from < last; quarter++) {
      const to = quarter == 4 ? last : lowerBound(from, last, shift, parent + quarter);
      if (to == from) continue;
      divide(from, to);
      x += sumX;
      y += sumY;
      from = to;
    }
  }
  sumX = x;
  sumY = y;
  let width = extent;
  for (let l: u32 = 0; l < level; l++) width *= 0.5;
  const isPoint = level == LEVELS && width <= POINT;
  width *= sharpness;
  store<f32>(node, <f32>(x / <f64>count));
  store<f32>(node, <f32>(y / <f64>count), 4);
  store<f32>(node, <f32>count, 8);
  store<f32>(node, isPoint ? 0 : width * width, 12);
  store<u32>(node, numNodes, 16);
  store<u32>(node, isLeaf ? first : 0, 20);
  store<u32>(node, isLeaf ? last : 0, 24);
  store<u32>(node, 0, 28);
}

/** One pass of a sort by radix: by the byte at `shift` of the code. */
function pass(count: u32, shift: u32, fromCodes: usize, fromOrder: usize, toCodes: usize, toOrder: usize, ends: usize): void {
  memory.fill(ends, 0, 1024);
  for (let i: u32 = 0; i < count; i++) {
    const at = ends + (<usize>(load<u32>(fromCodes + (<usize>i << 2)) >> shift & 255) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
  let sum: u32 = 0;
  for (let at = ends; at < ends + 1024; at += 4) {
    const present = load<u32>(at);
    store<u32>(at, sum);
    sum += present;
  }
  for (let i: u32 = 0; i < count; i++) {
    const code = load<u32>(fromCodes + (<usize>i << 2));
    const at = ends + (<usize>(code >> shift & 255) << 2);
    const to = <usize>load<u32>(at);
    store<u32>(at, <u32>to + 1);
    store<u32>(toCodes + (to << 2), code);
    store<u32>(toOrder + (to << 2), load<u32>(fromOrder + (<usize>i << 2)));
  }
}

export function plant(
  count: u32, positions: usize, sums: usize, chunks: u32, codes: usize, order: usize, xs: usize, ys: usize, nodes: usize,
  inverseTheta: f32, scratch: usize,
): u32 {
  let meanX: f64 = 0;
  let meanY: f64 = 0;
  for (let c: u32 = 0; c < chunks; c++) {
    meanX += load<f64>(sums + (<usize>c << 4));
    meanY += load<f64>(sums + (<usize>c << 4), 8);
  }
  meanX /= <f64>count;
  meanY /= <f64>count;
  let lowX: f32 = Infinity, lowY: f32 = Infinity, highX: f32 = -Infinity, highY: f32 = -Infinity;
  for (let i: u32 = 0; i < count; i++) {
    const at = positions + (<usize>i << 3);
    const x = <f32>(<f64>load<f32>(at) - meanX);
    const y = <f32>(<f64>load<f32>(at, 4) - meanY);
    store<f32>(at, x);
    store<f32>(at, y, 4);
    lowX = min(lowX, x);
    lowY = min(lowY, y);
    highX = max(highX, x);
    highY = max(highY, y);
  }
  extent = max(highX - lowX, highY - lowY);
  const scale: f32 = extent > 0 ? 65536 / extent : 0;
  for (let i: u32 = 0; i < count; i++) {
    const at = positions + (<usize>i << 3);
    const x = <u32>min<f32>(65535, (load<f32>(at) - lowX) * scale);
    const y = <u32>min<f32>(65535, (load<f32>(at, 4) - lowY) * scale);
    store<u32>(codes + (<usize>i << 2), spread(x) << 1 | spread(y));
    store<u32>(order + (<usize>i << 2), i);
  }
  const otherCodes = scratch + 1024;
  const otherOrder = otherCodes + (<usize>count << 2);
  pass(count, 0, codes, order, otherCodes, otherOrder, scratch);
  pass(count, 8, otherCodes, otherOrder, codes, order, scratch);
  pass(count, 16, codes, order, otherCodes, otherOrder, scratch);
  pass(count, 24, otherCodes, otherOrder, codes, order, scratch);
  const padded = count + 3 & ~3;
  for (let i: u32 = 0; i < padded; i++) {
    const at = positions + (<usize>load<u32>(order + (<usize>min(i, count - 1) << 2)) << 3);
    store<f32>(xs + (<usize>i << 2), load<f32>(at));
    store<f32>(ys + (<usize>i << 2), load<f32>(at, 4));
  }
  codesAt = codes;
  tableX = xs;
  tableY = ys;
  nodesAt = nodes;
  sharpness = inverseTheta;
  numNodes = 0;
  divide(0, count);
  return numNodes;
}

export function repel(first: u32, last: u32, count: u32, order: usize, xs: usize, ys: usize, nodes: usize, nodeCount: u32, forces: usize): f64 {
  const end = nodes + <usize>nodeCount * NODE;
  const one = f32x4.splat(1);
  let sum: f64 = 0;
  for (let g = first; g < last; g++) {
    const x = v128.load(xs + (<usize>g << 4));
    const y = v128.load(ys + (<usize>g << 4));
    let low = f32x4.min(v128.shuffle<f32>(x, y, 0, 1, 4, 5), v128.shuffle<f32>(x, y, 2, 3, 6, 7));
    let high = f32x4.max(v128.shuffle<f32>(x, y, 0, 1, 4, 5), v128.shuffle<f32>(x, y, 2, 3, 6, 7));
    const lowX = min(f32x4.extract_lane(low, 0), f32x4.extract_lane(low, 1));
    const lowY = min(f32x4.extract_lane(low, 2), f32x4.extract_lane(low, 3));
    const highX = max(f32x4.extract_lane(high, 0), f32x4.extract_lane(high, 1));
    const highY = max(f32x4.extract_lane(high, 2), f32x4.extract_lane(high, 3));
    let z = f32x4.splat(0), fx = z, fy = z;
    for (let node = nodes; node < end; ) {
      const cx = load<f32>(node);
      const cy = load<f32>(node, 4);
      const outX = max<f32>(0, max(lowX - cx, cx - highX));
      const outY = max<f32>(0, max(lowY - cy, cy - highY));
      if (load<f32>(node, 12) <= outX * outX + outY * outY) {
        const dx = f32x4.sub(x, f32x4.splat(cx));
        const dy = f32x4.sub(y, f32x4.splat(cy));
        const w = f32x4.div(one, f32x4.add(one, f32x4.add(f32x4.mul(dx, dx), f32x4.mul(dy, dy))));
        const mass = f32x4.mul(v128.load32_splat(node, 8), w);
        const force = f32x4.mul(mass, w);
        z = f32x4.add(z, mass);
        fx = f32x4.add(fx, f32x4.mul(force, dx));
        fy = f32x4.add(fy, f32x4.mul(force, dy));
        node = nodes + <usize>load<u32>(node, 16) * NODE;
        continue;
      }
      const to = <usize>load<u32>(node, 24) << 2;
      for (let at = <usize>load<u32>(node, 20) << 2; at < to; at += 4) {
        const dx = f32x4.sub(x, v128.load32_splat(xs + at));
        const dy = f32x4.sub(y, v128.load32_splat(ys + at));
        const w = f32x4.div(one, f32x4.add(one, f32x4.add(f32x4.mul(dx, dx), f32x4.mul(dy, dy))));
        const force = f32x4.mul(w, w);
        z = f32x4.add(z, w);
        fx = f32x4.add(fx, f32x4.mul(force, dx));
        fy = f32x4.add(fy, f32x4.mul(force, dy));
      }
      node += NODE;
    }
    const present = min<u32>(4, count - 4 * g);
    for (let lane: u32 = 0; lane < present; lane++) {
      sum += <f64>f32x4.extract_lane(z, 0);
      const at = forces + (<usize>load<u32>(order + (<usize>(4 * g + lane) << 2)) << 3);
      store<f32>(at, f32x4.extract_lane(fx, 0));
      store<f32>(at, f32x4.extract_lane(fy, 0), 4);
      z = v128.shuffle<f32>(z, z, 1, 2, 3, 0);
      fx = v128.shuffle<f32>(fx, fx, 1, 2, 3, 0);
      fy = v128.shuffle<f32>(fy, fy, 1, 2, 3, 0);
    }
  }
  return sum;
}

/** The positions of the two items whose numbers are at `indices`: x, y, x, y. */
// @ts-ignore: decorator
@inline
function two(positions: usize, indices: usize): v128 {
  const one = v128.load64_zero(positions + (<usize>load<u32>(indices) << 3));
  return v128.load64_lane(positions + (<usize>load<u32>(indices, 4) << 3), one, 1);
}

export function move(
  first: u32, last: u32, offsets: usize, indices: usize, values: usize, positions: usize, next: usize, forces: usize,
  velocities: usize, gains: usize, exaggeration: f32, inverseZ: f32, rate: f32, momentum: f32, mostStep: f32, sums: usize,
): void {
  const one = f32x4.splat(1);
  let totalX: f64 = 0;
  let totalY: f64 = 0;
  for (let i = first; i < last; i++) {
    const own = <usize>i << 3;
    const x = v128.load32_splat(positions + own);
    const y = v128.load32_splat(positions + own, 4);
    let ax = f32x4.splat(0), ay = ax;
    const end = <usize>load<u32>(offsets + (<usize>i << 2), 4) << 2;
    for (let at = <usize>load<u32>(offsets + (<usize>i << 2)) << 2; at < end; at += 16) {
      const a = two(positions, indices + at);
      const b = two(positions, indices + at + 8);
      const dx = f32x4.sub(x, v128.shuffle<f32>(a, b, 0, 2, 4, 6));
      const dy = f32x4.sub(y, v128.shuffle<f32>(a, b, 1, 3, 5, 7));
      const pull = f32x4.div(v128.load(values + at), f32x4.add(one, f32x4.add(f32x4.mul(dx, dx), f32x4.mul(dy, dy))));
      ax = f32x4.add(ax, f32x4.mul(pull, dx));
      ay = f32x4.add(ay, f32x4.mul(pull, dy));
    }
    const gx: f32 = 4 * (exaggeration * total(ax) - inverseZ * load<f32>(forces + own));
    const gy: f32 = 4 * (exaggeration * total(ay) - inverseZ * load<f32>(forces + own, 4));
    let vx = load<f32>(velocities + own);
    let vy = load<f32>(velocities + own, 4);
    const gainX = gainOf(load<f32>(gains + own), vx, gx);
    const gainY = gainOf(load<f32>(gains + own, 4), vy, gy);
    store<f32>(gains + own, gainX);
    store<f32>(gains + own, gainY, 4);
    vx = momentum * vx - rate * gainX * gx;
    vy = momentum * vy - rate * gainY * gy;
    const step = sqrt<f32>(vx * vx + vy * vy);
    if (step > mostStep) {
      vx = vx * (mostStep / step);
      vy = vy * (mostStep / step);
    }
    store<f32>(velocities + own, vx);
    store<f32>(velocities + own, vy, 4);
    const newX = load<f32>(positions + own) + vx;
    const newY = load<f32>(positions + own, 4) + vy;
    store<f32>(next + own, newX);
    store<f32>(next + own, newY, 4);
    totalX += <f64>newX;
    totalY += <f64>newY;
  }
  store<f64>(sums, totalX);
  store<f64>(sums, totalY, 8);
}

// @ts-ignore: decorator
@inline
function gainOf(gain: f32, velocity: f32, gradient: f32): f32 {
  return velocity * gradient > 0 ? max<f32>(<f32>0.01, gain * <f32>0.8) : gain + <f32>0.2;
}

export function divergence(first: u32, last: u32, offsets: usize, indices: usize, values: usize, positions: usize): f64 {
  const one = f32x4.splat(1);
  let sum: f64 = 0;
  for (let i = first; i < last; i++) {
    const x = v128.load32_splat(positions + (<usize>i << 3));
    const y = v128.load32_splat(positions + (<usize>i << 3), 4);
    let lanes = f32x4.splat(0);
    const end = <usize>load<u32>(offsets + (<usize>i << 2), 4) << 2;
    for (let at = <usize>load<u32>(offsets + (<usize>i << 2)) << 2; at < end; at += 16) {
      const a = two(positions, indices + at);
      const b = two(positions, indices + at + 8);
      const dx = f32x4.sub(x, v128.shuffle<f32>(a, b, 0, 2, 4, 6));
      const dy = f32x4.sub(y, v128.shuffle<f32>(a, b, 1, 3, 5, 7));
      const logarithm = log4(f32x4.add(one, f32x4.add(f32x4.mul(dx, dx), f32x4.mul(dy, dy))));
      lanes = f32x4.add(lanes, f32x4.mul(v128.load(values + at), logarithm));
    }
    sum += <f64>total(lanes);
  }
  return sum;
}
