/**
 * exp, log and pow from additions, multiplications and divisions alone, which IEEE 754 fixes to the bit. Engines differ
 * in the last digits of `Math.exp` and its kin, so nothing that training depends on may use those.
 */

const ln2High = 0.6931471803691238; // the upper 32 bits of ln 2, so that k * ln2High is exact
const ln2Low = 1.9082149292705877e-10;

const bits = new DataView(new ArrayBuffer(8));

/** 2^k for an integer k in -1022 .. 1023. */
function powerOfTwo(k: number): number {
  bits.setUint32(0, (k + 1023) << 20);
  bits.setUint32(4, 0);
  return bits.getFloat64(0);
}

/** e^x, relative error below 3e-16: x = k ln 2 + r with |r| <= ln(2) / 2, then the Taylor series of e^r to r^13. */
export function exp(x: number): number {
  if (Number.isNaN(x)) return Number.NaN;
  if (x > 709.782712893384) return Number.POSITIVE_INFINITY;
  if (x < -745.1332191019412) return 0;
  const k = Math.round(x / Math.LN2);
  const r = x - k * ln2High - k * ln2Low;
  let sum = 1;
  for (let n = 13; n >= 1; n--) sum = 1 + (r * sum) / n;
  const half = k >> 1; // 2^k in two steps, since k may leave the range of one
  return sum * powerOfTwo(half) * powerOfTwo(k - half);
}

/** ln x, relative error below 4e-16: x = 2^k m, then ln m = 2 atanh((m - 1) / (m + 1)) as a series. */
export function log(x: number): number {
  if (Number.isNaN(x) || x < 0) return Number.NaN;
  if (x === 0) return Number.NEGATIVE_INFINITY;
  if (x === Number.POSITIVE_INFINITY) return x;
  let k = 0;
  if (x < 2.2250738585072014e-308) {
    x *= 2 ** 54; // a denormal number
    k = -54;
  }
  bits.setFloat64(0, x);
  const high = bits.getUint32(0);
  k += (high >>> 20) - 1023;
  bits.setUint32(0, (high & 0xfffff) | (1023 << 20));
  let m = bits.getFloat64(0); // in [1, 2)
  if (m > Math.SQRT2) {
    m /= 2;
    k += 1;
  }
  const s = (m - 1) / (m + 1); // |s| <= 0.1716
  const s2 = s * s;
  let sum = 0;
  for (let n = 21; n >= 3; n -= 2) sum = s2 * (1 / n + sum);
  return k * ln2High + (2 * s + (2 * s * sum + k * ln2Low));
}

/** x^a for x >= 0, by exp(a ln x), relative error below (1 + |a ln x|) 4e-16; exact for a = 0 and 1. NaN for x < 0. */
export function pow(x: number, a: number): number {
  if (a === 0) return 1;
  if (a === 1) return x;
  if (x === 0 && !Number.isNaN(a)) return a > 0 ? 0 : Number.POSITIVE_INFINITY;
  return exp(a * log(x));
}
