/** Arithmetic, exp, log, sine and cosine of f32 numbers as the kernels compute them, operation by operation. */

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
/** a + b and a * b, rounded to f32. */
export const add = (a: number, b: number) => fround(a + b);
export const mul = (a: number, b: number) => fround(a * b);

const sqrtHalf = 0x3f3504f3; // the bits of sqrt(1/2)
const logTerms = [2 / 7, 2 / 5, 2 / 3, 2].map(fround);
const ln2 = fround(Math.LN2);

/**
 * ln x of a positive normal f32: x = 2^k m with m in [sqrt(1/2), sqrt(2)), then ln m = 2 atanh(s), s = (m - 1) / (m + 1),
 * by its series to s^9. Relative error below 2e-7 away from 1, absolute below 1e-7 near it. NaN of NaN and of infinity,
 * so that a loss tells of them; of no use for zero, denormal and negative numbers.
 */
export function log32(x: number): number {
  const shifted = (bitsOf(x) + (0x3f800000 - sqrtHalf)) | 0;
  const k = (shifted >>> 23) - 127;
  const m = fromBits((shifted & 0x007fffff) + sqrtHalf);
  const s = fround(add(m, -1) / add(m, 1));
  const s2 = mul(s, s);
  let sum = fround(2 / 9);
  for (const term of logTerms) sum = add(mul(sum, s2), term);
  return add(add(mul(k, ln2), mul(s, sum)), mul(x, 0));
}

const expTerms = [1 / 120, 1 / 24, 1 / 6, 0.5, 1, 1].map(fround);
const log2e = fround(Math.LOG2E);
const ln2High = 0.693359375;
const ln2Low = fround(-2.1219444e-4);

/** e^x of a f32 clamped to -87 .. 88: x = k ln 2 + r, then the Taylor series of e^r to r^6. Relative error below 3e-7. */
export function exp32(x: number): number {
  const clamped = Math.min(Math.max(x, -87), 88);
  const y = mul(clamped, log2e);
  const k = add(add(y, 12582912), -12582912); // rounds to the nearest integer
  const r = add(add(clamped, -mul(k, ln2High)), -mul(k, ln2Low));
  let sum = fround(1 / 720);
  for (const term of expTerms) sum = add(mul(sum, r), term);
  return fromBits((bitsOf(sum) + (k << 23)) | 0);
}

const sinTerms = [-1 / 5040, 1 / 120, -1 / 6].map(fround);

/** sin x of a f32 from -pi/4 to pi/4: its Taylor series to x^9. Relative error below 2e-7. */
export function sin32(x: number): number {
  const x2 = mul(x, x);
  let sum = fround(1 / 362880);
  for (const term of sinTerms) sum = add(mul(sum, x2), term);
  return add(x, mul(mul(sum, x2), x));
}

const cosTerms = [-1 / 720, 1 / 24, -0.5, 1].map(fround);

/** cos x of a f32 from -pi/4 to pi/4: its Taylor series to x^8. Relative error below 2e-7. */
export function cos32(x: number): number {
  const x2 = mul(x, x);
  let sum = fround(1 / 40320);
  for (const term of cosTerms) sum = add(mul(sum, x2), term);
  return sum;
}
