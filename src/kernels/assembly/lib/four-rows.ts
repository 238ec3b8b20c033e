// Sums of one query and four rows side by side, products or squared differences, of rows in f32, halves and bytes. A walk jumps
// through memory, and four loads then wait together. `numbers` is how many bytes of a row hold numbers, a multiple of 16.

import { accumulate, sums } from "./dot";

/** Four f32 of four halves in the low 16 bits of lanes. */
// @ts-ignore: decorator
@inline
export function fromHalves(halves: v128): v128 {
  const magnitude = i32x4.shl(v128.and(halves, i32x4.splat(0x7fff)), 13);
  const sign = i32x4.shl(v128.and(halves, i32x4.splat(0x8000)), 16);
  return v128.or(f32x4.mul(magnitude, f32x4.splat(reinterpret<f32>(0x77800000))), sign); // times 2^112
}

/** Sums of a query and rows of f32. */
// @ts-ignore: decorator
@inline
export function sumsF32(euclidean: bool, numbers: usize, query: usize, a: usize, b: usize, c: usize, d: usize): v128 {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  const whole = query + (numbers & ~31);
  const end = query + numbers;
  while (query < whole) {
    const q = v128.load(query);
    s0 = accumulate(euclidean, s0, v128.load(a), q);
    s1 = accumulate(euclidean, s1, v128.load(b), q);
    s2 = accumulate(euclidean, s2, v128.load(c), q);
    s3 = accumulate(euclidean, s3, v128.load(d), q);
    const r = v128.load(query, 16);
    s0 = accumulate(euclidean, s0, v128.load(a, 16), r);
    s1 = accumulate(euclidean, s1, v128.load(b, 16), r);
    s2 = accumulate(euclidean, s2, v128.load(c, 16), r);
    s3 = accumulate(euclidean, s3, v128.load(d, 16), r);
    query += 32;
    a += 32;
    b += 32;
    c += 32;
    d += 32;
  }
  if (query < end) {
    const q = v128.load(query);
    s0 = accumulate(euclidean, s0, v128.load(a), q);
    s1 = accumulate(euclidean, s1, v128.load(b), q);
    s2 = accumulate(euclidean, s2, v128.load(c), q);
    s3 = accumulate(euclidean, s3, v128.load(d), q);
  }
  return sums(s0, s1, s2, s3);
}

// @ts-ignore: decorator
@inline
function accumulateHalves(euclidean: bool, sum: v128, row: usize, low: v128, high: v128): v128 {
  const halves = v128.load(row);
  sum = accumulate(euclidean, sum, fromHalves(i32x4.extend_low_i16x8_u(halves)), low);
  return accumulate(euclidean, sum, fromHalves(i32x4.extend_high_i16x8_u(halves)), high);
}

/** Sums of a query of f32 and rows of halves. */
// @ts-ignore: decorator
@inline
export function sumsF16(euclidean: bool, numbers: usize, query: usize, a: usize, b: usize, c: usize, d: usize): v128 {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  for (let at: usize = 0; at < numbers; at += 16) {
    const low = v128.load(query + 2 * at);
    const high = v128.load(query + 2 * at, 16);
    s0 = accumulateHalves(euclidean, s0, a + at, low, high);
    s1 = accumulateHalves(euclidean, s1, b + at, low, high);
    s2 = accumulateHalves(euclidean, s2, c + at, low, high);
    s3 = accumulateHalves(euclidean, s3, d + at, low, high);
  }
  return sums(s0, s1, s2, s3);
}

// @ts-ignore: decorator
@inline
function accumulateBytes(sum: v128, row: v128, query: v128): v128 {
  sum = i32x4.add(sum, i32x4.extadd_pairwise_i16x8_s(i16x8.extmul_low_i8x16_s(row, query)));
  return i32x4.add(sum, i32x4.extadd_pairwise_i16x8_s(i16x8.extmul_high_i8x16_s(row, query)));
}

/** Products of bytes; integers, so that no order matters. */
// @ts-ignore: decorator
@inline
export function sumsI8(numbers: usize, query: usize, a: usize, b: usize, c: usize, d: usize): v128 {
  let s0 = i32x4.splat(0);
  let s1 = i32x4.splat(0);
  let s2 = i32x4.splat(0);
  let s3 = i32x4.splat(0);
  for (let at: usize = 0; at < numbers; at += 16) {
    const q = v128.load(query + at);
    s0 = accumulateBytes(s0, v128.load(a + at), q);
    s1 = accumulateBytes(s1, v128.load(b + at), q);
    s2 = accumulateBytes(s2, v128.load(c + at), q);
    s3 = accumulateBytes(s3, v128.load(d + at), q);
  }
  const ab = i32x4.add(v128.shuffle<i32>(s0, s1, 0, 4, 1, 5), v128.shuffle<i32>(s0, s1, 2, 6, 3, 7));
  const cd = i32x4.add(v128.shuffle<i32>(s2, s3, 0, 4, 1, 5), v128.shuffle<i32>(s2, s3, 2, 6, 3, 7));
  return i32x4.add(v128.shuffle<i32>(ab, cd, 0, 1, 4, 5), v128.shuffle<i32>(ab, cd, 2, 3, 6, 7));
}
