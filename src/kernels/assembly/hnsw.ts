// Hierarchical navigable small worlds: search, and the parallel parts of building; see ../twins/hnsw.ts, its definition.
//
// Entries of a beam are single u64, so that one comparison orders by (distance, item). Four rows meet a query at a time,
// since a walk jumps through memory and four loads then wait together.

import { fromHalves, sumsF16, sumsF32, sumsI8 } from "./lib/four-rows";

// @ts-ignore: decorator
@inline
const F32: u32 = 0;
// @ts-ignore: decorator
@inline
const F16: u32 = 1;
// @ts-ignore: decorator
@inline
const LORENTZ: u32 = 1;
// @ts-ignore: decorator
@inline
const EUCLIDEAN: u32 = 2;
// @ts-ignore: decorator
@inline
const BALL: u32 = 3;
// @ts-ignore: decorator
@inline
const UNLIMITED: u32 = 0xffffffff;

// The task and the scratch space of the call, taken apart once.
let rows: usize = 0;
let stride: usize = 0;
let numbers: usize = 0;
let form: u32 = 0;
let metric: u32 = 0;
let links: usize = 0;
let linkBytes: usize = 0;
let upper: usize = 0;
let upperBytes: usize = 0;
let offsets: usize = 0;
let levels: usize = 0;
let capacity: u32 = 0;
let m: u32 = 0;
let visited: usize = 0;
let stamp: u32 = 0;
let list: usize = 0;
let fresh: usize = 0;
let queryA: usize = 0;
let queryB: usize = 0;
let spill: usize = 0;

// The beam: `size` entries in ascending order, of which those before `next` are expanded; the distance beyond which
// nothing is taken any more.
let size: u32 = 0;
let next: u32 = 0;
let worst: f32 = Infinity;

function open(task: usize, scratch: usize): void {
  rows = load<u32>(task);
  stride = load<u32>(task, 4);
  numbers = load<u32>(task, 8);
  form = load<u32>(task, 12);
  metric = load<u32>(task, 16);
  links = load<u32>(task, 28);
  upper = load<u32>(task, 32);
  offsets = load<u32>(task, 36);
  levels = load<u32>(task, 40);
  capacity = load<u32>(task, 44);
  m = load<u32>(task, 48);
  linkBytes = (<usize>m << 3) + 4;
  upperBytes = (<usize>m << 2) + 4;
  if (scratch == 0) return;
  stamp = load<u32>(scratch);
  visited = load<u32>(scratch, 4);
  list = load<u32>(scratch, 8);
  fresh = load<u32>(scratch, 12);
  queryA = load<u32>(scratch, 16);
  queryB = load<u32>(scratch, 20);
  spill = scratch + 32;
}

// @ts-ignore: decorator
@inline
function rowOf(item: u32): usize {
  return rows + <usize>item * stride;
}

// @ts-ignore: decorator
@inline
function levelOf(item: u32): u32 {
  return load<u8>(levels + item);
}

/** The number of a list: of layer 0 the item's, above behind those of layer 0. */
// @ts-ignore: decorator
@inline
function listOf(layer: u32, item: u32): u32 {
  return layer == 0 ? item : capacity + load<u32>(offsets + (<usize>item << 2)) + layer - 1;
}

// @ts-ignore: decorator
@inline
function blockOf(index: u32): usize {
  return index < capacity ? links + <usize>index * linkBytes : upper + <usize>(index - capacity) * upperBytes;
}

// ---- distances

/** One f32 of each of four tails. */
// @ts-ignore: decorator
@inline
function tails(a: usize, b: usize, c: usize, d: usize, offset: usize): v128 {
  const at = numbers + offset;
  let four = v128.load32_splat(a + at);
  four = f32x4.replace_lane(four, 1, load<f32>(b + at));
  four = f32x4.replace_lane(four, 2, load<f32>(c + at));
  return f32x4.replace_lane(four, 3, load<f32>(d + at));
}

/** The distances of a query, as `queryOf` leaves it, from four rows. */
function distances(query: usize, a: usize, b: usize, c: usize, d: usize): v128 {
  const straight = metric >= EUCLIDEAN;
  let total: v128;
  let tail = query + numbers;
  if (form == F32) {
    total = straight ? sumsF32(true, numbers, query, a, b, c, d) : sumsF32(false, numbers, query, a, b, c, d);
  } else if (form == F16) {
    total = straight ? sumsF16(true, numbers, query, a, b, c, d) : sumsF16(false, numbers, query, a, b, c, d);
    tail += numbers;
  } else {
    const scales = f32x4.mul(tails(a, b, c, d, 0), v128.load32_splat(tail));
    total = f32x4.mul(f32x4.convert_i32x4_s(sumsI8(numbers, query, a, b, c, d)), scales);
    if (straight) {
      const squares = f32x4.add(tails(a, b, c, d, 4), v128.load32_splat(tail, 4));
      total = f32x4.max(f32x4.sub(squares, f32x4.add(total, total)), f32x4.splat(0));
    }
  }
  if (!straight) return f32x4.sub(f32x4.splat(0), total); // not neg: a product of 0 is at distance +0
  if (metric != BALL) return total;
  return f32x4.mul(total, f32x4.mul(tails(a, b, c, d, 8), v128.load32_splat(tail, 8)));
}

/** The row as a query; where it differs from the row, it is written to `into`. */
function queryOf(row: usize, into: usize): usize {
  if (form != F16) {
    if (metric != LORENTZ) return row;
    memory.copy(into, row, stride);
  } else {
    for (let at: usize = 0; at < numbers; at += 16) {
      const halves = v128.load(row + at);
      v128.store(into + 2 * at, fromHalves(i32x4.extend_low_i16x8_u(halves)));
      v128.store(into + 2 * at, fromHalves(i32x4.extend_high_i16x8_u(halves)), 16);
    }
    memory.copy(into + 2 * numbers, row + numbers, stride - numbers);
  }
  if (metric == LORENTZ) {
    if (form <= F16) store<f32>(into, -load<f32>(into));
    else store<i8>(into, -load<i8>(into));
  }
  return into;
}

// ---- the beam

// @ts-ignore: decorator
@inline
function keyOf(distance: f32, item: u32): u64 {
  const bits = reinterpret<u32>(distance);
  const ordered = bits ^ (<u32>(<i32>bits >> 31) | 0x80000000);
  return (<u64>ordered << 32) | (<u64>item << 1);
}

// @ts-ignore: decorator
@inline
function distanceOf(key: u64): f32 {
  const ordered = <u32>(key >> 32);
  return reinterpret<f32>(ordered ^ (<u32>(<i32>~ordered >> 31) | 0x80000000));
}

// @ts-ignore: decorator
@inline
function itemOf(key: u64): u32 {
  return <u32>key >> 1;
}

/** Takes an entry into the beam, unless it is full of better ones. */
function offer(key: u64, most: u32): void {
  if (size == most) {
    if (key >= load<u64>(list + (<usize>(size - 1) << 3))) return;
    size--;
  }
  let low: u32 = 0;
  let high = size;
  while (low < high) {
    const middle = (low + high) >> 1;
    const less = load<u64>(list + (<usize>middle << 3)) < key;
    low = less ? middle + 1 : low;
    high = less ? high : middle;
  }
  const place = list + (<usize>low << 3);
  let at = list + (<usize>size << 3);
  while (at >= place + 16) {
    v128.store(at - 8, v128.load(at - 16));
    at -= 16;
  }
  if (at > place) store<u64>(at, load<u64>(at - 8));
  store<u64>(place, key);
  size++;
  if (low < next) next = low;
  if (size == most) worst = distanceOf(load<u64>(list + (<usize>(most - 1) << 3)));
}

/** Offers the first `present` of four items at `items`, whose distances are given. */
// @ts-ignore: decorator
@inline
function offerFour(four: v128, present: u32, items: usize, most: u32): void {
  let near = <u32>i32x4.bitmask(f32x4.le(four, f32x4.splat(worst)));
  if (present < 4) near &= (1 << present) - 1;
  if (near == 0) return;
  v128.store(spill, four);
  while (near != 0) {
    const lane = <usize>ctz(near) << 2;
    near &= near - 1;
    offer(keyOf(load<f32>(spill + lane), load<u32>(items + lane)), most);
  }
}

/** Begins a walk: nothing is visited, the beam is empty. */
function begin(scratch: usize): void {
  stamp++;
  if (stamp == 0x10000) {
    memory.fill(visited, 0, <usize>capacity << 1);
    stamp = 1;
  }
  store<u32>(scratch, stamp);
  size = 0;
  next = 0;
  worst = Infinity;
}

/** Puts the item with which a walk begins into the beam. */
function start(query: usize, item: u32, most: u32): void {
  store<u16>(visited + (<usize>item << 1), <u16>stamp);
  const row = rowOf(item);
  offer(keyOf(f32x4.extract_lane(distances(query, row, row, row, row), 0), item), most);
}

/** Expands the nearest entry of the beam until all are, and leaves the `most` nearest that were met. */
function walk(query: usize, layer: u32, most: u32): void {
  while (next < size) {
    const entry = list + (<usize>next << 3);
    const key = load<u64>(entry);
    next++;
    if (key & 1) continue;
    store<u64>(entry, key | 1);
    let block = blockOf(listOf(layer, itemOf(key)));
    const end = block + 4 + (<usize>load<u32>(block) << 2);
    let count: u32 = 0;
    for (block += 4; block < end; block += 4) {
      const item = load<u32>(block);
      const mark = visited + (<usize>item << 1);
      store<u32>(fresh + (<usize>count << 2), item);
      count += <u32>(load<u16>(mark) != <u16>stamp);
      store<u16>(mark, <u16>stamp);
    }
    if (count == 0) continue;
    // All that will be needed is asked for at once, so that the processor waits for memory once and not at every row.
    if (next < size) {
      const ahead = blockOf(listOf(layer, itemOf(load<u64>(list + (<usize>next << 3)))));
      load<u8>(ahead);
      load<u8>(ahead, 64);
      load<u8>(ahead, 128);
    }
    for (let k: u32 = 0; k < count; k++) {
      const row = rowOf(load<u32>(fresh + (<usize>k << 2)));
      for (let line = row; line < row + stride; line += 64) load<u8>(line);
    }
    const items = fresh;
    const last = load<u32>(items + (<usize>(count - 1) << 2));
    for (let k = count; k < count + 3; k++) store<u32>(items + (<usize>k << 2), last);
    for (let k: u32 = 0; k < count; k += 4) {
      const at = items + (<usize>k << 2);
      const a = rowOf(load<u32>(at));
      const b = rowOf(load<u32>(at, 4));
      const c = rowOf(load<u32>(at, 8));
      const d = rowOf(load<u32>(at, 12));
      offerFour(distances(query, a, b, c, d), count - k, at, most);
    }
  }
}

/** From the entry down to above a layer, on each layer to an item that no neighbor beats. Returns the last item. */
function descend(query: usize, entry: u32, top: u32, layer: u32): u32 {
  const row = rowOf(entry);
  let best = keyOf(f32x4.extract_lane(distances(query, row, row, row, row), 0), entry);
  for (; top > layer; top--) {
    for (;;) {
      const before = best;
      const block = blockOf(listOf(top, itemOf(best)));
      const count = load<u32>(block);
      for (let k: u32 = 0; k < count; k += 4) {
        const at = block + 4 + (<usize>k << 2);
        const last = <usize>min(count - k, 4) - 1;
        const a = rowOf(load<u32>(at));
        const b = rowOf(load<u32>(at + (min(last, 1) << 2)));
        const c = rowOf(load<u32>(at + (min(last, 2) << 2)));
        const d = rowOf(load<u32>(at + (last << 2)));
        v128.store(spill, distances(query, a, b, c, d));
        for (let lane: usize = 0; lane <= last; lane++) {
          const key = keyOf(load<f32>(spill + (lane << 2)), load<u32>(at + (lane << 2)));
          if (key < best) best = key;
        }
      }
      if (best == before) break;
    }
  }
  return itemOf(best);
}

// ---- building

/** Whether a query is nearer than `distance` to none of the first `count` rows at `fresh`. */
function isApart(query: usize, distance: f32, count: u32): bool {
  for (let k: u32 = 0; k < count; k += 4) {
    const at = fresh + (<usize>k << 2);
    const four = distances(query, load<u32>(at), load<u32>(at, 4), load<u32>(at, 8), load<u32>(at, 12));
    if (v128.any_true(f32x4.le(four, f32x4.splat(distance)))) return false;
  }
  return true;
}

/**
 * Writes to a list at most `most` of the beam's entries, the nearest first, each nearer to the item than to all that were
 * taken before; `self` is the item's distance from itself. Distances go to `out` where that is not 0.
 */
function choose(self: f32, most: u32, block: usize, out: usize): void {
  let kept: u32 = 0;
  let compared: u32 = 0;
  let copied = false;
  for (let k: u32 = 0; k < size && kept < most; k++) {
    const key = load<u64>(list + (<usize>k << 3));
    const distance = distanceOf(key);
    const row = rowOf(itemOf(key));
    if (distance == self) {
      if (copied) continue;
      copied = true;
    } else {
      if (compared > 0 && !isApart(queryOf(row, queryB), distance, compared)) continue;
      const at = fresh + (<usize>compared << 2);
      store<u32>(at, <u32>row);
      store<u32>(at, <u32>row, 4);
      store<u32>(at, <u32>row, 8);
      store<u32>(at, <u32>row, 12);
      compared++;
    }
    kept++;
    store<u32>(block + (<usize>kept << 2), itemOf(key));
    if (out != 0) store<f32>(out + (<usize>(kept - 1) << 2), distance);
  }
  store<u32>(block, kept);
}

// @ts-ignore: decorator
@inline
function selfDistance(query: usize, row: usize): f32 {
  return f32x4.extract_lane(distances(query, row, row, row, row), 0);
}

/** Offers the other items of the batch that are on a layer. */
function offerMates(query: usize, item: u32, layer: u32, from: u32, end: u32, most: u32): void {
  while (from < end) {
    let count: u32 = 0;
    for (; from < end && count < 4; from++) {
      if (from == item || levelOf(from) < layer) continue;
      store<u32>(fresh + (<usize>count << 2), from);
      count++;
    }
    if (count == 0) return;
    const last = load<u32>(fresh + (<usize>(count - 1) << 2));
    for (let k = count; k < 4; k++) store<u32>(fresh + (<usize>k << 2), last);
    const a = rowOf(load<u32>(fresh));
    const b = rowOf(load<u32>(fresh, 4));
    const c = rowOf(load<u32>(fresh, 8));
    const d = rowOf(load<u32>(fresh, 12));
    offerFour(distances(query, a, b, c, d), count, fresh, most);
  }
}

export function insert(task: usize, from: u32, to: u32, scratch: usize): void {
  open(task, scratch);
  const efConstruction = load<u32>(task, 52);
  const top = load<u32>(task, 60);
  const first = load<u32>(task, 64);
  const end = load<u32>(task, 68);
  const starts: usize = load<u32>(task, 72);
  const out: usize = load<u32>(task, 76);
  for (let item = from; item < to; item++) {
    const row = rowOf(item);
    const query = queryOf(row, queryA);
    const self = selfDistance(query, row);
    const level = min(levelOf(item), top);
    let entry = descend(query, load<u32>(task, 56), top, level);
    const slot = load<u32>(starts + (<usize>(item - first) << 2));
    for (let layer = level; ; layer--) {
      begin(scratch);
      start(query, entry, efConstruction);
      walk(query, layer, efConstruction);
      entry = itemOf(load<u64>(list));
      offerMates(query, item, layer, first, end, efConstruction);
      choose(self, m, blockOf(listOf(layer, item)), out + (<usize>(slot + layer) * m << 2));
      if (layer == 0) break;
    }
  }
}

export function collect(task: usize): u32 {
  open(task, 0);
  const first = load<u32>(task, 64);
  const end = load<u32>(task, 68);
  const starts: usize = load<u32>(task, 72);
  const distances: usize = load<u32>(task, 76);
  const marks: usize = load<u32>(task, 80);
  const targets: usize = load<u32>(task, 84);
  const ends: usize = load<u32>(task, 88);
  const edges: usize = load<u32>(task, 92);
  let count: u32 = 0;
  for (let item = first; item < end; item++) {
    const level = levelOf(item);
    for (let layer: u32 = 0; layer <= level; layer++) {
      const block = blockOf(listOf(layer, item));
      const links = load<u32>(block);
      for (let k: u32 = 1; k <= links; k++) {
        const target = load<u32>(block + (<usize>k << 2));
        const index = listOf(layer, target);
        const mark = marks + (<usize>index << 2);
        let place = load<u32>(mark);
        if (place == 0) {
          store<u32>(targets + (<usize>count << 3), index);
          store<u32>(targets + (<usize>count << 3), target, 4);
          store<u32>(ends + (<usize>count << 2), 0);
          place = ++count;
          store<u32>(mark, place);
        }
        const end = ends + (<usize>(place - 1) << 2);
        store<u32>(end, load<u32>(end) + 1);
      }
    }
  }
  // counts become beginnings, which filling moves to the ends
  let sum: u32 = 0;
  for (let t: u32 = 0; t < count; t++) {
    const at = ends + (<usize>t << 2);
    const edgesOfTarget = load<u32>(at);
    store<u32>(at, sum);
    sum += edgesOfTarget;
  }
  for (let item = first; item < end; item++) {
    const level = levelOf(item);
    const slot = load<u32>(starts + (<usize>(item - first) << 2));
    for (let layer: u32 = 0; layer <= level; layer++) {
      const block = blockOf(listOf(layer, item));
      const links = load<u32>(block);
      const distance = distances + (<usize>(slot + layer) * m << 2);
      for (let k: u32 = 1; k <= links; k++) {
        const index = listOf(layer, load<u32>(block + (<usize>k << 2)));
        const place = load<u32>(marks + (<usize>index << 2)) - 1;
        const at = ends + (<usize>place << 2);
        const edge = load<u32>(at);
        store<u32>(at, edge + 1);
        store<u32>(edges + (<usize>edge << 3), item);
        store<u32>(edges + (<usize>edge << 3), load<u32>(distance + (<usize>(k - 1) << 2)), 4);
      }
    }
  }
  for (let t: u32 = 0; t < count; t++) {
    store<u32>(marks + (<usize>load<u32>(targets + (<usize>t << 3)) << 2), 0);
  }
  return count;
}

/** Whether a list holds an item. */
function holds(block: usize, item: u32): bool {
  const end = block + (<usize>load<u32>(block) << 2);
  while (block < end) {
    block += 4;
    if (load<u32>(block) == item) return true;
  }
  return false;
}

export function link(task: usize, from: u32, to: u32, scratch: usize): void {
  open(task, scratch);
  const first = load<u32>(task, 64);
  const targets: usize = load<u32>(task, 84);
  const ends: usize = load<u32>(task, 88);
  const edges: usize = load<u32>(task, 92);
  for (let t = from; t < to; t++) {
    const index = load<u32>(targets + (<usize>t << 3));
    const target = load<u32>(targets + (<usize>t << 3), 4);
    const begins = edges + (t == 0 ? 0 : <usize>load<u32>(ends + (<usize>(t - 1) << 2)) << 3);
    const stops = edges + (<usize>load<u32>(ends + (<usize>t << 2)) << 3);
    const block = blockOf(index);
    const most: u32 = index < capacity ? 2 * m : m;
    // Only a mate may be linked already. What is new goes into the beam, which is empty and takes all.
    const isMate = target >= first;
    const before = load<u32>(block);
    let added: u32 = 0;
    for (let edge = begins; edge < stops; edge += 8) {
      if (!(isMate && holds(block, load<u32>(edge)))) added++;
    }
    if (before + added <= most) {
      let end = before;
      for (let edge = begins; edge < stops; edge += 8) {
        const source = load<u32>(edge);
        if (isMate && holds(block, source)) continue;
        end++;
        store<u32>(block + (<usize>end << 2), source);
      }
      store<u32>(block, end);
      continue;
    }
    size = 0;
    next = 0;
    worst = Infinity;
    for (let edge = begins; edge < stops; edge += 8) {
      const source = load<u32>(edge);
      if (!(isMate && holds(block, source))) offer(keyOf(load<f32>(edge, 4), source), UNLIMITED);
    }
    const row = rowOf(target);
    const query = queryOf(row, queryA);
    for (let k: u32 = 0; k < before; k += 4) {
      const at = block + 4 + (<usize>k << 2);
      const last = <usize>min(before - k, 4) - 1;
      const a = rowOf(load<u32>(at));
      const b = rowOf(load<u32>(at + (min(last, 1) << 2)));
      const c = rowOf(load<u32>(at + (min(last, 2) << 2)));
      const d = rowOf(load<u32>(at + (last << 2)));
      offerFour(distances(query, a, b, c, d), <u32>last + 1, at, UNLIMITED);
    }
    choose(selfDistance(query, row), most, block, 0);
  }
}

// ---- rows and queries

/** The half nearest to an f32 within the range of halves, ties to even. */
function toHalf(x: f32): u32 {
  const bits = reinterpret<u32>(x);
  const sign = (bits >> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude < 0x38800000) {
    // below 2^-14: adding 1/2 leaves multiples of 2^-24 in the last bits
    return sign | (reinterpret<u32>(reinterpret<f32>(magnitude) + 0.5) - 0x3f000000);
  }
  return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >> 13) & 1)) >> 13);
}

export function prepare(task: usize, staging: usize, stagingStride: usize, count: u32, isQuery: u32, into: usize): u32 {
  open(task, 0);
  const dimensions = load<u32>(task, 20);
  const unit = load<u32>(task, 24) != 0;
  const extend = load<f64>(task, 96);
  for (let r: u32 = 0; r < count; r++) {
    const source = staging + <usize>r * stagingStride;
    const row = into + <usize>r * stride;
    let low = f64x2.splat(0);
    let high = f64x2.splat(0);
    for (let at: usize = 0; at < stagingStride; at += 16) {
      const values = v128.load(source + at);
      const a = f64x2.promote_low_f32x4(values);
      const b = f64x2.promote_low_f32x4(v128.shuffle<f32>(values, values, 2, 3, 2, 3));
      low = f64x2.add(low, f64x2.mul(a, a));
      high = f64x2.add(high, f64x2.mul(b, b));
    }
    const both = f64x2.add(low, high);
    const squares = f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
    if (isQuery == 0) {
      if (metric == BALL && !(squares < 1)) return r;
      if (metric == LORENTZ) {
        const time = <f64>load<f32>(source);
        if (!(time > 0 && Math.abs(2 * time * time - squares - 1) <= 1e-3 * time * time)) return r;
      }
    }
    if (unit && squares > 0) {
      const inverse = f64x2.splat(1 / Math.sqrt(squares));
      for (let at: usize = 0; at < stagingStride; at += 16) {
        const values = v128.load(source + at);
        const a = f32x4.demote_f64x2_zero(f64x2.mul(f64x2.promote_low_f32x4(values), inverse));
        const b = f32x4.demote_f64x2_zero(f64x2.mul(f64x2.promote_low_f32x4(v128.shuffle<f32>(values, values, 2, 3, 2, 3)), inverse));
        v128.store(source + at, v128.shuffle<f32>(a, b, 0, 1, 4, 5));
      }
    }
    if (extend > 0 && isQuery == 0) {
      store<f32>(source + (<usize>(dimensions - 1) << 2), <f32>Math.sqrt(max(0, extend - squares)));
    }
    let scale: f32 = 0;
    let kept: f32 = 0;
    if (form == F32) {
      memory.copy(row, source, numbers);
    } else if (form == F16) {
      memory.fill(row, 0, numbers);
      for (let d: usize = 0; d < dimensions; d++) store<u16>(row + (d << 1), <u16>toHalf(load<f32>(source + (d << 2))));
    } else {
      let largest: f32 = 0;
      for (let d: usize = 0; d < dimensions; d++) largest = max(largest, Mathf.abs(load<f32>(source + (d << 2))));
      scale = largest / 127;
      memory.fill(row, 0, numbers);
      let sum: i32 = 0;
      if (scale > 0) {
        for (let d: usize = 0; d < dimensions; d++) {
          const byte = <i32>nearest<f32>(max<f32>(-127, min<f32>(127, load<f32>(source + (d << 2)) / scale)));
          store<i8>(row + d, byte);
          sum += byte * byte;
        }
      }
      kept = <f32>sum * (scale * scale);
    }
    if (stride > numbers) {
      store<f32>(row + numbers, scale);
      store<f32>(row + numbers, kept, 4);
      store<f32>(row + numbers, metric == BALL ? <f32>(1 / (1 - squares)) : 0, 8);
      store<f32>(row + numbers, 0, 12);
    }
  }
  return count;
}

export function search(task: usize, queries: usize, from: u32, to: u32, ef: u32, out: usize, scratch: usize): void {
  open(task, scratch);
  const top = load<u32>(task, 60);
  for (let q = from; q < to; q++) {
    const query = queryOf(queries + <usize>q * stride, queryA);
    const entry = descend(query, load<u32>(task, 56), top, 0);
    begin(scratch);
    start(query, entry, ef);
    walk(query, 0, ef);
    let at = out + <usize>q * ((<usize>ef << 3) + 8);
    store<u32>(at, size);
    store<u32>(at, 0, 4);
    for (let k: u32 = 0; k < size; k++) {
      at += 8;
      const key = load<u64>(list + (<usize>k << 3));
      store<u32>(at, itemOf(key));
      store<f32>(at, distanceOf(key), 4);
    }
  }
}
