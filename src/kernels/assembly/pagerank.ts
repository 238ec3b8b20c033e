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

// Sums of all columns of a row are made 32 bytes at a time, in the four partial sums of one column, so that a column has
// the bytes that it has alone.
// @ts-ignore: decorator
@inline
function term<T>(row: usize, weight: v128, weighted: bool): v128 {
  return weighted ? v128.mul<T>(weight, v128.load(row)) : v128.load(row);
}

// @ts-ignore: decorator
@inline
function sumColumns<T>(indices: usize, values: usize, first: u32, last: u32, c: usize, stride: usize, sums: usize): void {
  const p = indices + (<usize>first << 2);
  const q = values + (<usize>first << 3);
  const count = last - first;
  const whole = count & ~3;
  const weighted = values != 0;
  for (let column: usize = 0; column < stride; column += 32) {
    let a0 = v128.splat<T>(0);
    let a1 = a0;
    let a2 = a0;
    let a3 = a0;
    let b0 = a0;
    let b1 = a0;
    let b2 = a0;
    let b3 = a0;
    let weight = a0;
    const from = c + column;
    let k: u32 = 0;
    for (; k < whole; k += 4) {
      const entry = p + (<usize>k << 2);
      const value = q + (<usize>k << 3);
      if (weighted) weight = v128.splat<T>(<T>load<f64>(value));
      let row = from + <usize>load<u32>(entry) * stride;
      a0 = v128.add<T>(a0, term<T>(row, weight, weighted));
      b0 = v128.add<T>(b0, term<T>(row + 16, weight, weighted));
      if (weighted) weight = v128.splat<T>(<T>load<f64>(value, 8));
      row = from + <usize>load<u32>(entry, 4) * stride;
      a1 = v128.add<T>(a1, term<T>(row, weight, weighted));
      b1 = v128.add<T>(b1, term<T>(row + 16, weight, weighted));
      if (weighted) weight = v128.splat<T>(<T>load<f64>(value, 16));
      row = from + <usize>load<u32>(entry, 8) * stride;
      a2 = v128.add<T>(a2, term<T>(row, weight, weighted));
      b2 = v128.add<T>(b2, term<T>(row + 16, weight, weighted));
      if (weighted) weight = v128.splat<T>(<T>load<f64>(value, 24));
      row = from + <usize>load<u32>(entry, 12) * stride;
      a3 = v128.add<T>(a3, term<T>(row, weight, weighted));
      b3 = v128.add<T>(b3, term<T>(row + 16, weight, weighted));
    }
    for (; k < count; k++) {
      if (weighted) weight = v128.splat<T>(<T>load<f64>(q + (<usize>k << 3)));
      const row = from + <usize>load<u32>(p + (<usize>k << 2)) * stride;
      a0 = v128.add<T>(a0, term<T>(row, weight, weighted));
      b0 = v128.add<T>(b0, term<T>(row + 16, weight, weighted));
    }
    v128.store(sums + column, v128.add<T>(v128.add<T>(a0, a1), v128.add<T>(a2, a3)));
    v128.store(sums + column + 16, v128.add<T>(v128.add<T>(b0, b1), v128.add<T>(b2, b3)));
  }
}

// @ts-ignore: decorator
@inline
function pullColumns<T>(
  offsets: usize, indices: usize, values: usize, place: usize, inverse: usize, c: usize, next: usize, x: usize,
  teleport: usize, dangling: usize, danglingWidth: u32, factors: usize, sums: usize, out: usize, width: u32, from: u32,
  to: u32, d: f64,
): void {
  const stride = <usize>width * sizeof<T>();
  memory.fill(out, 0, <usize>width << 4);
  let first = at<u32>(offsets, from);
  for (let i = from; i < to; i++) {
    const last = at<u32>(offsets, i + 1);
    sumColumns<T>(indices, values, first, last, c, stride, sums);
    first = last;
    const share = at<T>(inverse, i);
    const j = place == 0 ? i : at<u32>(place, i);
    for (let k: u32 = 0; k < width; k++) {
      const factor = factors + <usize>k * 24;
      const w = danglingWidth == 1 ? number(dangling, i) : number(dangling, i * width + k);
      const own = load<f64>(factor) + load<f64>(factor, 8) * number(teleport, i * width + k) + load<f64>(factor, 16) * w;
      const rank = <T>own + <T>d * at<T>(sums, k);
      const p = x + <usize>(i * width + k) * sizeof<T>();
      const result = out + (<usize>k << 4);
      store<f64>(result, load<f64>(result) + <f64>abs<T>(rank - load<T>(p)));
      store<T>(p, rank);
      if (share == 0) store<f64>(result, load<f64>(result, 8) + <f64>rank, 8);
      store<T>(next + <usize>(j * width + k) * sizeof<T>(), rank * share);
    }
  }
}

export function pullColumns64(
  offsets: usize, indices: usize, values: usize, place: usize, inverse: usize, c: usize, next: usize, x: usize,
  teleport: usize, dangling: usize, danglingWidth: u32, factors: usize, sums: usize, out: usize, width: u32, from: u32,
  to: u32, d: f64,
): void {
  pullColumns<f64>(
    offsets, indices, values, place, inverse, c, next, x, teleport, dangling, danglingWidth, factors, sums, out, width,
    from, to, d,
  );
}

export function pullColumns32(
  offsets: usize, indices: usize, values: usize, place: usize, inverse: usize, c: usize, next: usize, x: usize,
  teleport: usize, dangling: usize, danglingWidth: u32, factors: usize, sums: usize, out: usize, width: u32, from: u32,
  to: u32, d: f64,
): void {
  pullColumns<f32>(
    offsets, indices, values, place, inverse, c, next, x, teleport, dangling, danglingWidth, factors, sums, out, width,
    from, to, d,
  );
}

// @ts-ignore: decorator
@inline
function startColumns<T>(
  place: usize, inverse: usize, c: usize, x: usize, teleport: usize, out: usize, width: u32, from: u32, to: u32,
): void {
  memory.fill(out, 0, <usize>width << 4);
  for (let i = from; i < to; i++) {
    const share = at<T>(inverse, i);
    const j = place == 0 ? i : at<u32>(place, i);
    for (let k: u32 = 0; k < width; k++) {
      const rank = <T>number(teleport, i * width + k);
      const mass = out + (<usize>k << 4);
      if (share == 0) store<f64>(mass, load<f64>(mass, 8) + <f64>rank, 8);
      store<T>(x + <usize>(i * width + k) * sizeof<T>(), rank);
      store<T>(c + <usize>(j * width + k) * sizeof<T>(), rank * share);
    }
  }
}

export function startColumns64(
  place: usize, inverse: usize, c: usize, x: usize, teleport: usize, out: usize, width: u32, from: u32, to: u32,
): void {
  startColumns<f64>(place, inverse, c, x, teleport, out, width, from, to);
}

export function startColumns32(
  place: usize, inverse: usize, c: usize, x: usize, teleport: usize, out: usize, width: u32, from: u32, to: u32,
): void {
  startColumns<f32>(place, inverse, c, x, teleport, out, width, from, to);
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
