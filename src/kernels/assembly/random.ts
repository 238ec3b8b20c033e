// Random numbers by the counter-based generator; see ../twins/random.ts, its definition.
import { cos4, log4, sin4 } from "./lib/elementary";
import { philox, philox4, random0, random1, random2, random3, words0, words1, words2, words3 } from "./lib/philox";

// @ts-ignore: decorator
@inline
function unit4(words: v128): v128 {
  return f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(words, 8)), f32x4.splat(<f32>5.9604644775390625e-8)); // 24 bits, times 2^-24
}

/** Writes `count` f32 values low + span * u, u uniform in [0, 1), at `out`. Value i comes from word i % 4 of block i / 4. */
export function uniform(out: usize, count: u32, index: u32, stream: u32, part: u32, key0: u32, key1: u32, low: f32, span: f32): void {
  for (let at: u32 = 0; at < count; at += 16) {
    philox4(blocks(at, 2), index, stream, part, key0, key1);
    store16(
      out, at, count,
      scaled(unit4(words0), low, span),
      scaled(unit4(words1), low, span),
      scaled(unit4(words2), low, span),
      scaled(unit4(words3), low, span),
    );
  }
}

/** The same in f64: value i has 53 random bits from words 2 (i % 2) and 2 (i % 2) + 1 of block i / 2. */
export function uniform64(out: usize, count: u32, index: u32, stream: u32, part: u32, key0: u32, key1: u32, low: f64, span: f64): void {
  for (let i: u32 = 0; i < count; i += 2) {
    philox(i >> 1, index, stream, part, key0, key1);
    const word2 = random2;
    const word3 = random3;
    store<f64>(out + (<usize>i << 3), low + span * unit64(random0, random1));
    if (i + 1 < count) store<f64>(out + (<usize>i << 3), low + span * unit64(word2, word3), 8);
  }
}

// @ts-ignore: decorator
@inline
function unit64(high: u32, rest: u32): f64 {
  return (<f64>(high >> 5) * 67108864.0 + <f64>(rest >> 6)) * 1.1102230246251565e-16; // times 2^-53
}

/** Writes values `first` .. `first + count - 1` of mean + deviation * n, n standard normal, two from each pair of words. */
export function normal(out: usize, count: u32, first: u32, index: u32, stream: u32, part: u32, key0: u32, key1: u32, mean: f32, deviation: f32): void {
  const before = first & 3;
  for (let at: u32 = 0; at < before + count; at += 16) {
    philox4(blocks(first - before + at, 2), index, stream, part, key0, key1);
    const radius01 = radius(words0);
    const radius23 = radius(words2);
    const x01 = turn(words1);
    const x23 = turn(words3);
    const sin01 = sin4(x01);
    const sin23 = sin4(x23);
    const cos01 = signed(cos4(x01), words1);
    const cos23 = signed(cos4(x23), words3);
    const upright01 = i32x4.shr_s(words1, 31);
    const upright23 = i32x4.shr_s(words3, 31);
    store16(
      out, at - before, count,
      scaled(f32x4.mul(radius01, v128.bitselect(sin01, cos01, upright01)), mean, deviation),
      scaled(f32x4.mul(radius01, v128.bitselect(cos01, sin01, upright01)), mean, deviation),
      scaled(f32x4.mul(radius23, v128.bitselect(sin23, cos23, upright23)), mean, deviation),
      scaled(f32x4.mul(radius23, v128.bitselect(cos23, sin23, upright23)), mean, deviation),
    );
  }
}

/** sqrt(-2 ln u), u = (word + 1/2) / 2^32. */
// @ts-ignore: decorator
@inline
function radius(words: v128): v128 {
  const shifted = f32x4.add(f32x4.convert_i32x4_u(words), f32x4.splat(0.5));
  const u = f32x4.mul(shifted, f32x4.splat(<f32>2.3283064365386963e-10)); // 2^-32
  return f32x4.sqrt(f32x4.mul(f32x4.splat(-2), log4(u)));
}

/** An angle in [-pi/4, pi/4] from the lower 30 bits. */
// @ts-ignore: decorator
@inline
function turn(words: v128): v128 {
  const integer = f32x4.convert_i32x4_s(i32x4.shl(words, 2));
  return f32x4.mul(integer, f32x4.splat(<f32>(3.141592653589793 / 8589934592.0))); // pi / 2^33
}

/** x, or -x where bit 30 is set. */
// @ts-ignore: decorator
@inline
function signed(x: v128, words: v128): v128 {
  return v128.xor(x, i32x4.shl(v128.and(words, i32x4.splat(0x40000000)), 1));
}

/** Writes values `first` .. `first + count - 1`, `scale` with the given probability and else 0. */
export function bernoulli(out: usize, count: u32, first: u32, index: u32, stream: u32, part: u32, key0: u32, key1: u32, probability: f32, scale: f32): void {
  const bits = bitsFor(probability);
  const shift = 7 - ctz(bits); // a block of 128 bits holds 2^shift values
  const before = first & ((1 << shift) - 1);
  for (let at: u32 = 0; at < before + count; at += 4 << shift) {
    philox4(blocks(first - before + at, shift), index, stream, part, key0, key1);
    if (bits == 32) {
      store16(
        out, at - before, count,
        chosen(words0, probability, scale),
        chosen(words1, probability, scale),
        chosen(words2, probability, scale),
        chosen(words3, probability, scale),
      );
      continue;
    }
    const ab01 = v128.shuffle<i32>(words0, words1, 0, 4, 1, 5);
    const ab23 = v128.shuffle<i32>(words0, words1, 2, 6, 3, 7);
    const cd01 = v128.shuffle<i32>(words2, words3, 0, 4, 1, 5);
    const cd23 = v128.shuffle<i32>(words2, words3, 2, 6, 3, 7);
    const below = i32x4.splat(<i32>(probability * <f32>(1 << bits)));
    const start = at - before;
    chooseBlock(out, start, count, v128.shuffle<i64>(ab01, cd01, 0, 2), bits, below, scale);
    chooseBlock(out, start + (1 << shift), count, v128.shuffle<i64>(ab01, cd01, 1, 3), bits, below, scale);
    chooseBlock(out, start + (2 << shift), count, v128.shuffle<i64>(ab23, cd23, 0, 2), bits, below, scale);
    chooseBlock(out, start + (3 << shift), count, v128.shuffle<i64>(ab23, cd23, 1, 3), bits, below, scale);
  }
}

/** The fewest bits, 1, 2, 4, 8 or 16, of which the probability is a whole number of 2^-bits; 32 where there are none. */
function bitsFor(probability: f32): u32 {
  if (!(probability >= 0 && probability <= 1)) return 32;
  let bits: u32 = 1;
  for (; bits < 32; bits <<= 1) {
    const scaled = probability * <f32>(1 << bits);
    if (scaled == floor<f32>(scaled)) break;
  }
  return bits;
}

/** The values of a block's four words, from value `at` on. */
function chooseBlock(out: usize, at: u32, count: u32, words: v128, bits: u32, below: v128, scale: f32): void {
  const mask = i32x4.splat((1 << bits) - 1);
  const one = f32x4.splat(scale);
  const values: u32 = 128 / bits;
  if (at < count && count - at >= values) {
    let address = out + (<usize>at << 2);
    for (let bit: u32 = 0; bit < 32; bit += bits, address += 16) {
      v128.store(address, v128.and(i32x4.lt_s(v128.and(i32x4.shr_u(words, bit), mask), below), one));
    }
    return;
  }
  for (let bit: u32 = 0; bit < 32; bit += bits, at += 4) {
    store4(out, at, count, v128.and(i32x4.lt_s(v128.and(i32x4.shr_u(words, bit), mask), below), one));
  }
}

// @ts-ignore: decorator
@inline
function chosen(words: v128, probability: f32, scale: f32): v128 {
  return v128.and(f32x4.lt(unit4(words), f32x4.splat(probability)), f32x4.splat(scale));
}

/** Writes values `first` .. `first + count - 1`, u32 below n: value i from words 2 (i % 2) and 2 (i % 2) + 1 of block i / 2. */
export function integers(out: usize, count: u32, first: u32, index: u32, stream: u32, part: u32, key0: u32, key1: u32, n: u32): void {
  const before = first & 1;
  for (let at: u32 = 0; at < before + count; at += 8) {
    philox4(blocks(first - before + at, 1), index, stream, part, key0, key1);
    const even = below(words0, words1, n);
    const odd = below(words2, words3, n);
    store4(out, at - before, count, v128.shuffle<i32>(even, odd, 0, 4, 1, 5));
    store4(out, at - before + 4, count, v128.shuffle<i32>(even, odd, 2, 6, 3, 7));
  }
}

/** (high 2^32 + low) n / 2^64, rounded down. */
// @ts-ignore: decorator
@inline
function below(high: v128, low: v128, n: u32): v128 {
  const factor = i32x4.splat(n);
  const carry01 = i64x2.shr_u(i64x2.extmul_low_i32x4_u(low, factor), 32);
  const carry23 = i64x2.shr_u(i64x2.extmul_high_i32x4_u(low, factor), 32);
  const product01 = i64x2.add(i64x2.extmul_low_i32x4_u(high, factor), carry01);
  const product23 = i64x2.add(i64x2.extmul_high_i32x4_u(high, factor), carry23);
  return v128.shuffle<i32>(product01, product23, 1, 3, 5, 7);
}

/** First words of the counters of four blocks in a row, of 2^shift values each, the first of which begins with value i. */
// @ts-ignore: decorator
@inline
function blocks(i: u32, shift: i32): v128 {
  return i32x4.shr_u(i32x4.add(i32x4.splat(i), i32x4.shl(i32x4(0, 1, 2, 3), shift)), shift);
}

// @ts-ignore: decorator
@inline
function scaled(x: v128, low: f32, span: f32): v128 {
  return f32x4.add(f32x4.splat(low), f32x4.mul(f32x4.splat(span), x));
}

/** Stores values at .. at + 15, where a to d hold the first to fourth values of four blocks. */
// @ts-ignore: decorator
@inline
function store16(out: usize, at: u32, count: u32, a: v128, b: v128, c: v128, d: v128): void {
  const ab01 = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
  const ab23 = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const cd01 = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  const cd23 = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  store4(out, at, count, v128.shuffle<i64>(ab01, cd01, 0, 2));
  store4(out, at + 4, count, v128.shuffle<i64>(ab01, cd01, 1, 3));
  store4(out, at + 8, count, v128.shuffle<i64>(ab23, cd23, 0, 2));
  store4(out, at + 12, count, v128.shuffle<i64>(ab23, cd23, 1, 3));
}

/** Stores values at .. at + 3 as far as they are among 0 .. count - 1; `at` may be negative, modulo 2^32. */
function store4(out: usize, at: u32, count: u32, values: v128): void {
  const address = out + (<usize>at << 2);
  if (at < count && count - at >= 4) {
    v128.store(address, values);
    return;
  }
  // offsets are added here, modulo 2^32, since those of the instruction are not
  if (at < count) v128.store_lane<u32>(address, values, 0);
  if (at + 1 < count) v128.store_lane<u32>(address + 4, values, 1);
  if (at + 2 < count) v128.store_lane<u32>(address + 8, values, 2);
  if (at + 3 < count) v128.store_lane<u32>(address + 12, values, 3);
}
