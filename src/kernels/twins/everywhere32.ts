/** exp, log and what is made of them for every f32, as the kernels compute them, operation by operation. */
import { add, mul } from "./elementary32.js";

const { fround } = Math;

const word = new Int32Array(1);
const value = new Float32Array(word.buffer);

const bitsOf = (x: number): number => {
  value[0] = x;
  return word[0];
};
const fromBits = (bits: number): number => {
  word[0] = bits;
  return value[0];
};

const expTerms = [1 / 120, 1 / 24, 1 / 6, 0.5, 1, 1].map(fround);
const log2e = fround(Math.LOG2E);
const ln2High = 0.693359375;
const ln2Low = fround(-2.1219444e-4);

const powerOfTwo = (k: number) => fromBits((k + 127) << 23);

/** e^x: x = k ln 2 + r, then the Taylor series of e^r to r^6, times 2^k in two steps. Relative error below 3e-7. */
export function expOf32(x: number): number {
  const clamped = Math.min(Math.max(x, -104), 89); // beyond, the result is 0 or infinite
  const whole = add(add(mul(clamped, log2e), 12582912), -12582912); // rounds to the nearest integer
  const r = add(add(clamped, -mul(whole, ln2High)), -mul(whole, ln2Low));
  let sum = fround(1 / 720);
  for (const term of expTerms) sum = add(mul(sum, r), term);
  const half = whole >> 1;
  return mul(mul(sum, powerOfTwo(half)), powerOfTwo((whole | 0) - half));
}

const sqrtHalf = 0x3f3504f3; // the bits of sqrt(1/2)
const logTerms = [2 / 7, 2 / 5, 2 / 3, 2].map(fround);
const ln2 = fround(Math.LN2);
const leastNormal = 1.1754943508222875e-38;

/**
 * ln x: x = 2^k m with m in [sqrt(1/2), sqrt(2)), then ln m = 2 atanh(s), s = (m - 1) / (m + 1), by its series to s^9.
 * Relative error below 2e-7 away from 1, absolute below 1e-7 near it.
 */
export function logOf32(x: number): number {
  if (x < 0) return Number.NaN;
  if (x === 0) return Number.NEGATIVE_INFINITY;
  if (!(x < Number.POSITIVE_INFINITY)) return x;
  const small = x < leastNormal;
  const shifted = (bitsOf(small ? mul(x, 2 ** 23) : x) + (0x3f800000 - sqrtHalf)) | 0;
  const k = (shifted >>> 23) - 127 - (small ? 23 : 0);
  const m = fromBits((shifted & 0x007fffff) + sqrtHalf);
  const s = fround(add(m, -1) / add(m, 1));
  const s2 = mul(s, s);
  let sum = fround(2 / 9);
  for (const term of logTerms) sum = add(mul(sum, s2), term);
  return add(mul(k, ln2), mul(s, sum));
}

const tanhTerms = [2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1].map(fround);

/**
 * tanh x: a polynomial below 5/8 (S. Moshier, Cephes library, tanhf), 1 - 2 / (e^2x + 1) beyond. Relative error below 5e-7.
 */
export function tanhOf32(x: number): number {
  const a = Math.abs(x);
  if (a < 0.625) {
    const z = mul(x, x);
    let sum = fround(-5.70498872745e-3);
    for (const term of tanhTerms) sum = add(mul(sum, z), term);
    return add(x, mul(mul(sum, z), x));
  }
  const far = fround(1 - fround(2 / add(expOf32(add(a, a)), 1)));
  return x < 0 ? -far : far;
}

/** 1 / (1 + e^-x), relative error below 5e-7. */
export function sigmoidOf32(x: number): number {
  return fround(1 / add(1, expOf32(-x)));
}

/**
 * ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|), relative error below 6e-7; where u = 1 + e is rounded, ln(1 + e) is
 * ln(u) e / (u - 1) (W. Kahan, HP-15C Advanced Functions Handbook 1982, appendix).
 */
export function softplusOf32(x: number): number {
  const e = expOf32(-Math.abs(x));
  const u = add(1, e);
  const tail = u === 1 ? e : fround(mul(logOf32(u), e) / add(u, -1));
  return add(Math.max(x, 0), tail);
}
