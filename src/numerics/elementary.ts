/**
 * exp, log, sin and their kin from additions, multiplications and divisions alone, which IEEE 754 fixes to the bit.
 * Engines differ in the last digits of `Math.exp` and its like, so nothing that training depends on may use those.
 *
 * Each function takes every number: infinities, NaN and -0 give what IEEE 754 recommends. The error stated is relative
 * and holds for results that are not denormal; those are off by one unit in the last place at most. (An exactly rounded
 * result errs by up to 1.1e-16.)
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
  return k * ln2High + (2 * s + (2 * s * atanhTail(s * s) + k * ln2Low));
}

/** atanh(s) / s - 1 = s^2 / 3 + s^4 / 5 + ... to s^20, for |s| <= 0.1716. */
function atanhTail(s2: number): number {
  let sum = 0;
  for (let n = 21; n >= 3; n -= 2) sum = s2 * (1 / n + sum);
  return sum;
}

/** x^a for x >= 0, by exp(a ln x), relative error below (1 + |a ln x|) 4e-16; exact for a = 0 and 1. NaN for x < 0. */
export function pow(x: number, a: number): number {
  if (a === 0) return 1;
  if (a === 1) return x;
  if (x === 0 && !Number.isNaN(a)) return a > 0 ? 0 : Number.POSITIVE_INFINITY;
  return exp(a * log(x));
}

/** x x; `x ** 2` may round otherwise, and not in the same way everywhere. */
export function square(x: number): number {
  return x * x;
}

/** e^x - 1, also where x is so small that exp(x) is 1; relative error below 3e-16, by the series of exp less its 1. */
export function expm1(x: number): number {
  if (x > 40) return exp(x);
  if (x < -40) return -1;
  if (x === 0) return x; // -0 too
  const k = Math.round(x / Math.LN2);
  const r = x - k * ln2High - k * ln2Low;
  let sum = 1;
  for (let n = 14; n >= 3; n--) sum = 1 + (r * sum) / n;
  const small = r + (r * r * sum) / 2; // e^r - 1
  return k === 0 ? small : powerOfTwo(k) * (small + (1 - powerOfTwo(-k)));
}

/** ln(1 + x), also where x is so small that 1 + x is 1; relative error below 3e-16, by the series of log. */
export function log1p(x: number): number {
  if (x > -0.29 && x < 0.41) {
    const s = x / (2 + x); // |s| <= 0.1702; ln(1 + x) = 2 atanh(s), and 2 s = x - s x
    return x - s * (x - 2 * atanhTail(s * s));
  }
  const u = 1 + x;
  if (!(u > 0) || u > 2 ** 54) return log(u);
  const lost = x > 1 ? 1 - (u - x) : x - (u - 1); // what rounding took from 1 + x, exactly
  return log(u) + lost / u;
}

/** tanh x, relative error below 4e-16: (e^2x - 1) / (e^2x + 1). */
export function tanh(x: number): number {
  const a = Math.abs(x);
  if (!(a > 0)) return x; // 0, -0, NaN
  const t = a < 1 ? expm1(2 * a) : 0;
  const value = a < 1 ? t / (t + 2) : a < 20 ? 1 - 2 / (exp(2 * a) + 1) : 1;
  return x < 0 ? -value : value;
}

/** The logistic function 1 / (1 + e^-x), relative error below 4e-16 on both sides of 0. */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + exp(-x));
  const e = exp(x);
  return e / (1 + e);
}

const twoOverRootPiLess1 = 0.12837916709551256; // 2 / sqrt(pi) - 1

/** (-1)^n / (n! (2 n + 1)) for n = 0 .. 17, the coefficients of sqrt(pi) / 2 erf(x) / x in x^2. */
const erfSeries = Float64Array.from(
  { length: 18 },
  (_, n) => ((n % 2 === 0 ? 1 : -1) * inverseFactorial(n)) / (2 * n + 1),
);

/** e^(-n^2 / 4) for n = 0 .. 13, the weights of the trapezoidal rule with steps of 1 / 2. */
const erfWeights = Float64Array.from({ length: 14 }, (_, n) => exp((-n * n) / 4));

/**
 * The error function 2 / sqrt(pi) int_0^x e^(-t^2) dt, relative error below 2.5e-16. Below 1 by its Taylor series; above,
 * 1 - erfc(x), erfc by the trapezoidal rule with the residue of its pole (Matta and Reichel 1971, "Uniform computation of
 * the error function and other related functions", Mathematics of Computation 25), which for steps of h = 1 / 2
 * leaves e^-(pi / h)^2 = 7e-18:
 *
 *   erfc(x) = 2 h x / pi e^(-x^2) (1 / (2 x^2) + sum_n e^(-n^2 h^2) / (n^2 h^2 + x^2)) - 2 / (e^(2 pi x / h) - 1)
 */
export function erf(x: number): number {
  const a = Math.abs(x);
  const x2 = x * x;
  if (a < 1) {
    let sum = 0;
    for (let n = 17; n >= 1; n--) sum = x2 * (erfSeries[n] + sum);
    // 2 / sqrt(pi) x (1 + sum), with the largest part of it, x, added last
    return x + x * (twoOverRootPiLess1 + (sum + twoOverRootPiLess1 * sum));
  }
  if (a > 6) return x < 0 ? -1 : 1;
  let sum = 1 / (2 * x2);
  for (let n = 13; n >= 1; n--) sum += erfWeights[n] / ((n * n) / 4 + x2);
  const complement = (a / Math.PI) * exp(-x2) * sum - 2 / (exp(4 * Math.PI * a) - 1);
  return x < 0 ? complement - 1 : 1 - complement;
}

/** 1 / n! for n = 0 .. 22, where n! is exact. */
function inverseFactorial(n: number): number {
  let product = 1;
  for (let k = 2; k <= n; k++) product *= k;
  return 1 / product;
}

/** (-1)^n / (2 n + 1)! and (-1)^n / (2 n)!, the coefficients of sin r / r and of cos r in r^2. */
const sinSeries = Float64Array.from({ length: 10 }, (_, n) => (n % 2 === 0 ? 1 : -1) * inverseFactorial(2 * n + 1));
const cosSeries = Float64Array.from({ length: 10 }, (_, n) => (n % 2 === 0 ? 1 : -1) * inverseFactorial(2 * n));

/** sin x, x in radians, relative error below 1.5e-16 for every finite x; NaN for infinities. */
export function sin(x: number): number {
  if (x === 0) return x;
  const { quarter, r, tail } = reduce(Math.abs(x));
  const value = quarter % 2 === 0 ? sinOf(r, tail) : cosOf(r, tail);
  return quarter >= 2 === x < 0 ? value : -value;
}

/** cos x, x in radians, relative error below 1.5e-16 for every finite x; NaN for infinities. */
export function cos(x: number): number {
  const { quarter, r, tail } = reduce(Math.abs(x));
  const value = quarter % 2 === 0 ? cosOf(r, tail) : sinOf(r, tail);
  return quarter === 1 || quarter === 2 ? -value : value;
}

/** sin(r + tail) for |r| <= 0.786 and |tail| below a unit in the last place of r. */
function sinOf(r: number, tail: number): number {
  const r2 = r * r;
  let sum = 0;
  for (let n = 9; n >= 1; n--) sum = r2 * (sinSeries[n] + sum);
  return r + (r * sum + tail * (1 - r2 / 2));
}

/** cos(r + tail), likewise. */
function cosOf(r: number, tail: number): number {
  const r2 = r * r;
  let sum = 0;
  for (let n = 9; n >= 2; n--) sum = r2 * (cosSeries[n] + sum);
  const half = r2 / 2;
  const nearly = 1 - half;
  return nearly + (1 - nearly - half + (r2 * sum - r * tail));
}

/** A number as x = quarters pi / 2 + r + tail with |r| <= pi / 4, `quarter` being their number modulo 4. */
interface Angle {
  quarter: number;
  r: number;
  /** What r lacks, below a unit in its last place. */
  tail: number;
}

/** pi / 2 in pieces: three of 33 bits, whose products with integers up to 2^20 are exact, and one of 53. */
const halfPi = [1.5707963267341256, 6.077100506303966e-11, 2.0222662487111665e-21, 8.4784276603689e-32];

/** The angle of x >= 0, r + tail to more than 70 bits (Cody and Waite 1980, "Software Manual for the Elementary Functions"). */
function reduce(x: number): Angle {
  if (x < 0.785) return { quarter: 0, r: x, tail: 0 };
  if (!(x < 2 ** 20)) return x < Number.POSITIVE_INFINITY ? reduceLarge(x) : { quarter: 0, r: Number.NaN, tail: 0 };
  const k = Math.round(x / (Math.PI / 2));
  let r = x;
  let tail = 0;
  for (const piece of halfPi) {
    const product = k * piece;
    const rest = r - product;
    const taken = r - rest;
    tail += r - (rest + taken) + (taken - product); // what rounding took from r - product, exactly (Knuth's two-sum)
    r = rest;
  }
  const sum = r + tail;
  return { quarter: k % 4, r: sum, tail: r - sum + tail };
}

const fractionBits = 1200n; // 1,024 for the largest number, 60 for the nearest any comes to a multiple, 53 to keep

let fixedHalfPi: bigint | undefined;

/** The same for any finite x >= 2^20, by division in integers with as many digits of pi as that takes. */
function reduceLarge(x: number): Angle {
  fixedHalfPi ??= 8n * inverseAtan(5n) - 2n * inverseAtan(239n); // Machin 1706
  bits.setFloat64(0, x);
  const word = bits.getBigUint64(0);
  const mantissa = (word & ((1n << 52n) - 1n)) | (1n << 52n);
  const scaled = mantissa << ((word >> 52n) - 1075n + fractionBits);
  const quarters = (scaled + fixedHalfPi / 2n) / fixedHalfPi;
  const kept = 200n; // bits, so that the conversion to a number does not overflow
  const rest = (scaled - quarters * fixedHalfPi) >> (fractionBits - kept);
  const r = Number(rest) / 2 ** 200;
  return { quarter: Number(quarters % 4n), r, tail: Number(rest - BigInt(r * 2 ** 200)) / 2 ** 200 };
}

/** atan(1 / n) in fixed point: 1 / n - 1 / (3 n^3) + 1 / (5 n^5) - ... */
function inverseAtan(n: bigint): bigint {
  let power = (1n << fractionBits) / n;
  let sum = power;
  for (let k = 3n; power !== 0n; k += 2n) {
    power /= -n * n;
    sum += power / k;
  }
  return sum;
}
