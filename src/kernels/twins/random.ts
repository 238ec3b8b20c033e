import { philox } from "../../numerics/philox.js";
import type { Twin } from "../kernel.js";
import { add, cos32, log32, mul, sin32 } from "./elementary32.js";

const { fround } = Math;

/**
 * Random numbers by the counter-based generator, written to memory. Value i of a stream follows from i and the stream's
 * address alone, so that an array may be cut into calls anywhere: where a call has an argument `first`, it writes the
 * values of numbers first, first + 1, ..., modulo 2^32.
 */
export const twin: Twin = (memory) => {
  const block = new Uint32Array(4);

  /**
   * Writes `count` f32 values low + span * u, u uniform in [0, 1) with 24 bits, at byte `out` (aligned to 4). Value i is
   * made from word i % 4 of the block of counter (i / 4, index, stream, part) and key (key0, key1).
   */
  function uniform(
    out: number,
    count: number,
    index: number,
    stream: number,
    part: number,
    key0: number,
    key1: number,
    low: number,
    span: number,
  ): number {
    const values = new Float32Array(memory.buffer, out >>> 0, count);
    for (let i = 0; i < count; i++) {
      if (i % 4 === 0) philox(block, i >>> 2, index, stream, part, key0, key1);
      const unit = (block[i % 4] >>> 8) / 2 ** 24;
      values[i] = fround(fround(low) + fround(fround(span) * unit));
    }
    return 0;
  }

  /**
   * The same in f64 (`out` aligned to 8): value i has 53 bits, from words 2 (i % 2) and 2 (i % 2) + 1 of the block of
   * counter (i / 2, index, stream, part).
   */
  function uniform64(
    out: number,
    count: number,
    index: number,
    stream: number,
    part: number,
    key0: number,
    key1: number,
    low: number,
    span: number,
  ): number {
    const values = new Float64Array(memory.buffer, out >>> 0, count);
    for (let i = 0; i < count; i++) {
      if (i % 2 === 0) philox(block, i >>> 1, index, stream, part, key0, key1);
      const k = 2 * (i % 2);
      const unit = ((block[k] >>> 5) * 2 ** 26 + (block[k + 1] >>> 6)) / 2 ** 53;
      values[i] = low + span * unit;
    }
    return 0;
  }

  /**
   * Writes `count` f32 values mean + deviation * n, n standard normal, at byte `out` (aligned to 4), the first of them
   * value `first`. Values 2j and 2j + 1 are the pair that `normalPair` makes of the words of the same numbers, word i being
   * word i % 4 of the block of counter (i / 4, index, stream, part) and key (key0, key1).
   */
  function normal(
    out: number,
    count: number,
    first: number,
    index: number,
    stream: number,
    part: number,
    key0: number,
    key1: number,
    mean: number,
    deviation: number,
  ): number {
    const values = new Float32Array(memory.buffer, out >>> 0, count);
    for (let k = 0; k < count; k++) {
      const i = (first + k) >>> 0;
      if (k === 0 || i % 4 === 0) philox(block, i >>> 2, index, stream, part, key0, key1);
      const pair = i % 4 < 2 ? normalPair(block[0], block[1]) : normalPair(block[2], block[3]);
      values[k] = add(fround(mean), mul(fround(deviation), pair[i % 2]));
    }
    return 0;
  }

  /**
   * Writes `count` f32 values at byte `out` (aligned to 4), the first of them value `first`: `scale` with the given
   * probability and 0 otherwise, the mask of a dropout. A value takes b bits, the fewest of 1, 2, 4, 8 and 16 such that the
   * probability is a multiple of 2^-b: value i is `scale` where bits d b to d b + b - 1 of word i % 4, the lowest bit being
   * bit 0, are below probability 2^b; d is (i / 4) % (32 / b), and the word is of the block of counter
   * (i b / 128, index, stream, part) and key (key0, key1). For other probabilities b is 32, and the word's upper 24 bits as a
   * number in [0, 1) must be below the probability, which rounds it up to a multiple of 2^-24.
   */
  function bernoulli(
    out: number,
    count: number,
    first: number,
    index: number,
    stream: number,
    part: number,
    key0: number,
    key1: number,
    probability: number,
    scale: number,
  ): number {
    const values = new Float32Array(memory.buffer, out >>> 0, count);
    const p = fround(probability);
    const isUnit = p >= 0 && p <= 1;
    const bits = (isUnit ? [1, 2, 4, 8, 16].find((b) => Number.isInteger(p * 2 ** b)) : undefined) ?? 32;
    const perWord = 32 / bits;
    for (let k = 0; k < count; k++) {
      const i = (first + k) >>> 0;
      if (k === 0 || i % (4 * perWord) === 0) {
        philox(block, Math.floor(i / (4 * perWord)), index, stream, part, key0, key1);
      }
      const word = block[i % 4];
      const unit =
        bits === 32
          ? (word >>> 8) / 2 ** 24
          : ((word >>> (bits * (Math.floor(i / 4) % perWord))) & (2 ** bits - 1)) / 2 ** bits;
      values[k] = unit < p ? scale : 0;
    }
    return 0;
  }

  /**
   * Writes `count` u32 values in 0 .. n - 1 at byte `out` (aligned to 4), the first of them value `first`; n is from 1 to
   * 2^32 - 1. Value i is x n / 2^64 rounded down (Lemire 2019, https://arxiv.org/abs/1805.10941, section 3, without its
   * rejection), x of 64 bits from words 2 (i % 2), the upper, and 2 (i % 2) + 1 of the block of counter
   * (i / 2, index, stream, part). Nothing is drawn again, so that values keep their addresses; each number has a
   * probability that differs from 1 / n by less than 2^-64, by 2^-32 of it at most.
   */
  function integers(
    out: number,
    count: number,
    first: number,
    index: number,
    stream: number,
    part: number,
    key0: number,
    key1: number,
    n: number,
  ): number {
    const values = new Uint32Array(memory.buffer, out >>> 0, count);
    for (let k = 0; k < count; k++) {
      const i = (first + k) >>> 0;
      if (k === 0 || i % 2 === 0) philox(block, i >>> 1, index, stream, part, key0, key1);
      const [high, low] = i % 2 === 0 ? [block[0], block[1]] : [block[2], block[3]];
      const x = (BigInt(high) << 32n) + BigInt(low);
      values[k] = Number((x * BigInt(n >>> 0)) >> 64n);
    }
    return 0;
  }

  return { uniform, uniform64, normal, bernoulli, integers };
};

const quarterTurns = fround(Math.PI / 2 ** 33);

/**
 * Two independent standard normal f32 from two words (Box and Muller 1958): r = sqrt(-2 ln u), u being
 * (f32(word0) + 1/2) / 2^32, in a direction that is uniform on the circle. Bits 0 to 29 of word1 give an angle x in
 * [-pi/4, pi/4), bit 30 says whether the direction is (cos x, sin x) or (-cos x, sin x), bit 31 whether its coordinates
 * change places. Errors are below 3e-7 of r; no |n| is beyond 6.77, where a normal number is with probability 1.3e-11.
 */
export function normalPair(word0: number, word1: number): [number, number] {
  const u = mul(add(fround(word0), 0.5), 2 ** -32);
  const radius = fround(Math.sqrt(mul(-2, log32(u))));
  const x = mul(fround(word1 << 2), quarterTurns);
  const cosine = (word1 & 0x40000000) === 0 ? cos32(x) : -cos32(x);
  const [upright, sideways] = [mul(radius, cosine), mul(radius, sin32(x))];
  return word1 >>> 31 === 0 ? [upright, sideways] : [sideways, upright];
}
