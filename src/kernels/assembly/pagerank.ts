// One Jacobi sweep of PageRank over compressed rows, in f32 or f64; see ../twins/pagerank.ts, its definition.

// @ts-ignore: decorator
@inline
function at<T>(base: usize, index: u32): T {
  return load<T>(base + <usize>index * sizeof<T>());
}

// @ts-ignore: decorator
@inline
function number(base: usize, index: u32): f64 {
  return load<f64>(base + (<usize>index << 3));
}

/** Sum of the contributions c of a row's entries, in four partial sums. */
// @ts-ignore: decorator
@inline
function plainSum<T>(p: usize, end: usize, c: usize): T {
  let s0: T = 0;
  let s1: T = 0;
  let s2: T = 0;
  let s3: T = 0;
  for (; p + 16 <= end; p += 16) {
    s0 += at<T>(c, load<u32>(p));
    s1 += at<T>(c, load<u32>(p, 4));
    s2 += at<T>(c, load<u32>(p, 8));
    s3 += at<T>(c, load<u32>(p, 12));
  }
  for (; p < end; p += 4) s0 += at<T>(c, load<u32>(p));
  return (s0 + s1) + (s2 + s3);
}

// @ts-ignore: decorator
@inline
function weightedSum<T>(p: usize, end: usize, q: usize, c: usize): T {
  let s0: T = 0;
  let s1: T = 0;
  let s2: T = 0;
  let s3: T = 0;
  for (; p + 16 <= end; p += 16, q += 32) {
    s0 += <T>load<f64>(q) * at<T>(c, load<u32>(p));
    s1 += <T>load<f64>(q, 8) * at<T>(c, load<u32>(p, 4));
    s2 += <T>load<f64>(q, 16) * at<T>(c, load<u32>(p, 8));
    s3 += <T>load<f64>(q, 24) * at<T>(c, load<u32>(p, 12));
  }
  for (; p < end; p += 4, q += 8) s0 += <T>load<f64>(q) * at<T>(c, load<u32>(p));
  return (s0 + s1) + (s2 + s3);
}

// @ts-ignore: decorator
@inline
function pull<T>(
  offsets: usize, indices: usize, values: usize, place: usize, inverse: usize, c: usize, next: usize, x: usize,
  teleport: usize, dangling: usize, out: usize, from: u32, to: u32, base: f64, d: f64, a: f64, b: f64,
): void {
  let change: f64 = 0;
  let mass: f64 = 0;
  let first = at<u32>(offsets, from);
  for (let i = from; i < to; i++) {
    const last = at<u32>(offsets, i + 1);
    const p = indices + (<usize>first << 2);
    const end = indices + (<usize>last << 2);
    const sum = values == 0 ? plainSum<T>(p, end, c) : weightedSum<T>(p, end, values + (<usize>first << 3), c);
    first = last;
    let own = base;
    if (teleport != 0) own += a * number(teleport, i);
    if (dangling != 0) own += b * number(dangling, i);
    const rank = <T>own + <T>d * sum;
    const k = x + <usize>i * sizeof<T>();
    change += <f64>abs<T>(rank - load<T>(k));
    store<T>(k, rank);
    const share = at<T>(inverse, i);
    if (share == 0) mass += <f64>rank;
    const j = place == 0 ? i : at<u32>(place, i);
    store<T>(next + <usize>j * sizeof<T>(), rank * share);
  }
  store<f64>(out, change);
  store<f64>(out, mass, 8);
}

export function pull64(
  offsets: usize, indices: usize, values: usize, place: usize, inverse: usize, c: usize, next: usize, x: usize,
  teleport: usize, dangling: usize, out: usize, from: u32, to: u32, base: f64, d: f64, a: f64, b: f64,
): void {
  pull<f64>(offsets, indices, values, place, inverse, c, next, x, teleport, dangling, out, from, to, base, d, a, b);
}

export function pull32(
  offsets: usize, indices: usize, values: usize, place: usize, inverse: usize, c: usize, next: usize, x: usize,
  teleport: usize, dangling: usize, out: usize, from: u32, to: u32, base: f64, d: f64, a: f64, b: f64,
): void {
  pull<f32>(offsets, indices, values, place, inverse, c, next, x, teleport, dangling, out, from, to, base, d, a, b);
}

// @ts-ignore: decorator
@inline
function start<T>(place: usize, inverse: usize, c: usize, x: usize, teleport: usize, from: u32, to: u32, value: f64): f64 {
  let mass: f64 = 0;
  for (let i = from; i < to; i++) {
    const rank = <T>(teleport == 0 ? value : number(teleport, i));
    store<T>(x + <usize>i * sizeof<T>(), rank);
    const share = at<T>(inverse, i);
    if (share == 0) mass += <f64>rank;
    const j = place == 0 ? i : at<u32>(place, i);
    store<T>(c + <usize>j * sizeof<T>(), rank * share);
  }
  return mass;
}

export function start64(place: usize, inverse: usize, c: usize, x: usize, teleport: usize, from: u32, to: u32, value: f64): f64 {
  return start<f64>(place, inverse, c, x, teleport, from, to, value);
}

export function start32(place: usize, inverse: usize, c: usize, x: usize, teleport: usize, from: u32, to: u32, value: f64): f64 {
  return start<f32>(place, inverse, c, x, teleport, from, to, value);
}

// @ts-ignore: decorator
@inline
function inverses<T>(offsets: usize, values: usize, inverse: usize, from: u32, to: u32): void {
  let first = at<u32>(offsets, from);
  for (let i = from; i < to; i++) {
    const last = at<u32>(offsets, i + 1);
    let sum: f64 = <f64>(last - first);
    if (values != 0) {
      sum = 0;
      for (let k = first; k < last; k++) sum += number(values, k);
    }
    store<T>(inverse + <usize>i * sizeof<T>(), last == first ? 0 : <T>(1 / sum));
    first = last;
  }
}

export function inverses64(offsets: usize, values: usize, inverse: usize, from: u32, to: u32): void {
  inverses<f64>(offsets, values, inverse, from, to);
}

export function inverses32(offsets: usize, values: usize, inverse: usize, from: u32, to: u32): void {
  inverses<f32>(offsets, values, inverse, from, to);
}
