// An undirected graph in half edges, and sweeps of PageRank over it; see ../twins/half-edges.ts, its definition.

// @ts-ignore: decorator
@inline
function word(base: usize, index: u32): u32 {
  return load<u32>(base + (<usize>index << 2));
}

// @ts-ignore: decorator
@inline
function put(base: usize, index: u32, value: u32): void {
  store<u32>(base + (<usize>index << 2), value);
}

// Branches on the data would be mispredicted: an id is written in any case, and kept by moving on.
export function splitRows(
  offsets: usize, indices: usize, hub: usize, endHub: usize, endTail: usize, hubStart: usize, hubEnd: usize,
  loops: usize, q: usize, t: usize, from: u32, to: u32,
): void {
  let p = indices + (<usize>word(offsets, from) << 2);
  for (let i = from; i < to; i++) {
    const end = indices + (<usize>word(offsets, i + 1) << 2);
    const own = <u32>load<u16>(hub + (<usize>i << 1));
    if (own == 0xffff) {
      for (; p < end; p += 4) {
        const column = load<u32>(p);
        const h = <u32>load<u16>(hub + (<usize>column << 1));
        const isHub = <usize>(h != 0xffff);
        store<u16>(q, <u16>h);
        q += isHub << 1;
        store<u32>(t, column);
        t += (isHub ^ 1) << 2;
      }
    } else {
      put(hubStart, own, <u32>q);
      let loop: u32 = 0;
      for (; p < end; p += 4) {
        const h = <u32>load<u16>(hub + (<usize>load<u32>(p) << 1));
        store<u16>(q, <u16>h);
        q += <usize>(h < own) << 1;
        loop |= <u32>(h == own);
      }
      put(hubEnd, own, <u32>q);
      store<f32>(loops + (<usize>own << 2), <f32>loop);
    }
    put(endHub, i, <u32>q);
    put(endTail, i, <u32>t);
  }
}

export function countKeys(
  hub: usize, endHub: usize, endTail: usize, q: usize, t: usize, width: u32, counts: usize, from: u32, to: u32,
): void {
  for (let i = from; i < to; i++) {
    const nextQ = <usize>word(endHub, i);
    const nextT = <usize>word(endTail, i);
    const L = <u32>((nextQ - q) >> 1);
    const K = <u32>((nextT - t) >> 2);
    if (load<u16>(hub + (<usize>i << 1)) == 0xffff && L + K > 0) put(counts, L * width + K, word(counts, L * width + K) + 1);
    q = nextQ;
    t = nextT;
  }
}

export function placeRows(
  hub: usize, endHub: usize, endTail: usize, q: usize, t: usize, width: u32, next: usize, groups: usize, row: usize,
  from: u32, to: u32,
): void {
  for (let i = from; i < to; i++) {
    const nextQ = <usize>word(endHub, i);
    const nextT = <usize>word(endTail, i);
    if (load<u16>(hub + (<usize>i << 1)) == 0xffff) {
      const L = <u32>((nextQ - q) >> 1);
      const K = <u32>((nextT - t) >> 2);
      if (L + K == 0) {
        put(row, i, 0xffffffff);
      } else {
        const key = L * width + K;
        const k = word(next, key);
        put(next, key, k + 1);
        const group = groups + <usize>key * 12;
        put(row, i, load<u32>(group) + k);
        let a = <usize>load<u32>(group, 4) + ((<usize>L * k) << 1);
        let b = <usize>load<u32>(group, 8) + ((<usize>K * k) << 2);
        for (; q + 16 <= nextQ; q += 16, a += 16) v128.store(a, v128.load(q));
        for (; q < nextQ; q += 2, a += 2) store<u16>(a, load<u16>(q));
        for (; t < nextT; t += 4, b += 4) store<u32>(b, load<u32>(t));
      }
    }
    q = nextQ;
    t = nextT;
  }
}

export function placeHubs(
  offsets: usize, nodes: usize, hubStart: usize, hubEnd: usize, listEnd: usize, list: usize, inverse: usize, row: usize,
  from: u32, to: u32,
): void {
  let a = from == 0 ? list : <usize>word(listEnd, from - 1);
  for (let h = from; h < to; h++) {
    const i = word(nodes, h);
    let p = <usize>word(hubStart, h);
    const end = <usize>word(hubEnd, h);
    for (; p + 16 <= end; p += 16, a += 16) v128.store(a, v128.load(p));
    for (; p < end; p += 2, a += 2) store<u16>(a, load<u16>(p));
    put(row, i, h);
    store<f32>(inverse + (<usize>h << 2), <f32>1 / <f32>(word(offsets, i + 1) - word(offsets, i)));
  }
}

export function placeTails(p: usize, end: usize, row: usize): void {
  for (; p < end; p += 4) store<u32>(p, word(row, load<u32>(p)) << 2);
}

/** sum + the slot's c in lane 0; the slot's second half + c[v], which stands in lane 1. Lane 1 of the sum is ignored. */
// @ts-ignore: decorator
@inline
function edge(slot: usize, own: v128, sum: v128): v128 {
  const both = v128.load64_zero(slot);
  v128.store64_lane(slot, f32x4.add(both, own), 0);
  return f32x4.add(sum, both);
}

// @ts-ignore: decorator
@inline
function slotOf(slots: usize, p: usize, k: usize): usize {
  return slots + (<usize>load<u16>(p + 2 * k) << 3);
}

/** c[v] in lane 1. */
// @ts-ignore: decorator
@inline
function pushed(c: f32): v128 {
  return f32x4.replace_lane(f32x4.splat(0), 1, c);
}

// @ts-ignore: decorator
@inline
function total(s0: v128, s1: v128, s2: v128, s3: v128): f32 {
  return f32x4.extract_lane(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)), 0);
}

export function hubRows(listEnd: usize, list: usize, slots: usize, loops: usize, sums: usize, from: u32, to: u32): void {
  let q = from == 0 ? list : <usize>word(listEnd, from - 1);
  for (let h = from; h < to; h++) {
    const end = <usize>word(listEnd, h);
    const c = load<f32>(slots + (<usize>h << 3));
    const own = pushed(c);
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    for (; q + 8 <= end; q += 8) {
      s0 = edge(slotOf(slots, q, 0), own, s0);
      s1 = edge(slotOf(slots, q, 1), own, s1);
      s2 = edge(slotOf(slots, q, 2), own, s2);
      s3 = edge(slotOf(slots, q, 3), own, s3);
    }
    for (; q < end; q += 2) s0 = edge(slotOf(slots, q, 0), own, s0);
    const loop = load<f32>(loops + (<usize>h << 2)) * c;
    store<f32>(sums + (<usize>h << 2), total(s0, s1, s2, s3) + loop);
  }
}

export function tailRows(
  L: u32, K: u32, q: usize, t: usize, slots: usize, c: usize, next: usize, x: usize, from: u32, to: u32, base: f32,
  d: f32, inverse: f32,
): f64 {
  const fours = <usize>(L >> 2) << 3;
  const ones = <usize>(L & 3) << 1;
  const tails = <usize>K << 2;
  const end = <usize>to << 2;
  let change: f64 = 0;
  for (let v = <usize>from << 2; v < end; v += 4) {
    const own = pushed(load<f32>(c + v));
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    for (const stop = q + fours; q < stop; q += 8) {
      s0 = edge(slotOf(slots, q, 0), own, s0);
      s1 = edge(slotOf(slots, q, 1), own, s1);
      s2 = edge(slotOf(slots, q, 2), own, s2);
      s3 = edge(slotOf(slots, q, 3), own, s3);
    }
    for (const stop = q + ones; q < stop; q += 2) s0 = edge(slotOf(slots, q, 0), own, s0);
    let sum = total(s0, s1, s2, s3);
    for (const stop = t + tails; t < stop; t += 4) sum += load<f32>(c + <usize>load<u32>(t));
    const rank = base + d * sum;
    change += <f64>abs<f32>(rank - load<f32>(x + v));
    store<f32>(x + v, rank);
    store<f32>(next + v, rank * inverse);
  }
  return change;
}

export function sweepRange(
  pieces: usize, count: u32, listEnd: usize, list: usize, slots: usize, loops: usize, sums: usize, hubFrom: u32,
  hubTo: u32, c: usize, next: usize, x: usize, base: f32, d: f32,
): f64 {
  for (let from = hubFrom; from < hubTo; from += 64) hubRows(listEnd, list, slots, loops, sums, from, min<u32>(from + 64, hubTo));
  let change: f64 = 0;
  for (let piece: u32 = 0; piece < count; piece++, pieces += 24) {
    const to = load<u32>(pieces, 4);
    const L = load<u32>(pieces, 8);
    const K = load<u32>(pieces, 12);
    let q = <usize>load<u32>(pieces, 16);
    let t = <usize>load<u32>(pieces, 20);
    const inverse = <f32>1 / <f32>(L + K);
    for (let from = load<u32>(pieces); from < to; from += 2048) {
      const end = min<u32>(from + 2048, to);
      change += tailRows(L, K, q, t, slots, c, next, x, from, end, base, d, inverse);
      q += (<usize>L << 1) * (end - from);
      t += (<usize>K << 2) * (end - from);
    }
  }
  return change;
}

export function finishHubs(
  slots: usize, ranges: u32, stride: usize, sums: usize, x: usize, inverse: usize, from: u32, to: u32, base: f32, d: f32,
): f64 {
  let change: f64 = 0;
  for (let h = from; h < to; h++) {
    const at = <usize>h << 2;
    let sum = load<f32>(sums + at);
    let slot = slots + (<usize>h << 3);
    for (let r: u32 = 0; r < ranges; r++, slot += stride) sum += load<f32>(slot, 4);
    const rank = base + d * sum;
    change += <f64>abs<f32>(rank - load<f32>(x + at));
    store<f32>(x + at, rank);
    const filled = <u64>reinterpret<u32>(rank * load<f32>(inverse + at));
    slot = slots + (<usize>h << 3);
    for (let r: u32 = 0; r < ranges; r++, slot += stride) store<u64>(slot, filled);
  }
  return change;
}

export function startHubs(
  slots: usize, ranges: u32, stride: usize, x: usize, inverse: usize, from: u32, to: u32, rank: f32,
): void {
  for (let h = from; h < to; h++) {
    const at = <usize>h << 2;
    store<f32>(x + at, rank);
    const filled = <u64>reinterpret<u32>(rank * load<f32>(inverse + at));
    let slot = slots + (<usize>h << 3);
    for (let r: u32 = 0; r < ranges; r++, slot += stride) store<u64>(slot, filled);
  }
}

export function startTails(c: usize, x: usize, from: u32, to: u32, rank: f32, share: f32): void {
  for (let v = from; v < to; v++) {
    store<f32>(x + (<usize>v << 2), rank);
    store<f32>(c + (<usize>v << 2), share);
  }
}

export function collect(row: usize, x: usize, out: usize, from: u32, to: u32, isolated: f64): void {
  for (let i = from; i < to; i++) {
    const r = word(row, i);
    store<f64>(out + (<usize>i << 3), r == 0xffffffff ? isolated : <f64>load<f32>(x + (<usize>r << 2)));
  }
}
