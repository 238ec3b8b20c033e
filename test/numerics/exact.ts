/**
 * exp, ln, sin and their kin in integers of 1,400 fractional bits, as an oracle for the f64 functions: enough for the
 * smallest denormal number to keep 300 significant bits, and for the sine of the largest.
 */
export const fractionBits = 1400n;
export const one = 1n << fractionBits;

const view = new DataView(new ArrayBuffer(8));

/** A finite f64 as a fixed-point number, exactly. */
export function fixed(x: number): bigint {
  view.setFloat64(0, x);
  const bits = view.getBigUint64(0);
  const exponent = (bits >> 52n) & 0x7ffn;
  const mantissa = (bits & 0xfffffffffffffn) | (exponent === 0n ? 0n : 1n << 52n);
  const magnitude = mantissa << (fractionBits - 1074n + (exponent === 0n ? 0n : exponent - 1n));
  return x < 0 ? -magnitude : magnitude;
}

function multiply(a: bigint, b: bigint): bigint {
  return (a * b) >> fractionBits;
}

/** e^x: Taylor's series of e^(x / 2^20), squared 20 times. */
export function exactExp(x: bigint): bigint {
  const small = x >> 20n;
  let term = one;
  let sum = one;
  for (let n = 1n; term !== 0n && term !== -1n; n++) {
    term = multiply(term, small) / n;
    sum += term;
  }
  for (let k = 0; k < 20; k++) sum = multiply(sum, sum);
  return sum;
}

/** 2 atanh(s) = 2 (s + s^3 / 3 + s^5 / 5 + ...). */
function twiceAtanh(s: bigint): bigint {
  const square = multiply(s, s);
  let power = s;
  let sum = 0n;
  for (let n = 1n; power !== 0n && power !== -1n; n += 2n) {
    sum += power / n;
    power = multiply(power, square);
  }
  return 2n * sum;
}

const ln2 = twiceAtanh(one / 3n);

/** ln x for x > 0. */
export function exactLog(x: bigint): bigint {
  if (x <= 0n) throw new RangeError("exactLog: a positive number was needed");
  const k = BigInt(x.toString(2).length) - 1n - fractionBits;
  const m = k >= 0n ? x >> k : x << -k;
  return k * ln2 + twiceAtanh(((m - one) << fractionBits) / (m + one));
}

/** 1 / (1 + e^-x). */
export function exactSigmoid(x: bigint): bigint {
  return (one << fractionBits) / (one + exactExp(-x));
}

/** (e^2x - 1) / (e^2x + 1). */
export function exactTanh(x: bigint): bigint {
  const e = exactExp(2n * x);
  return ((e - one) << fractionBits) / (e + one);
}

/** atan(1 / n) = 1 / n - 1 / (3 n^3) + ... */
function inverseAtan(n: bigint): bigint {
  let power = one / n;
  let sum = 0n;
  for (let k = 1n; power !== 0n; k += 2n) {
    sum += power / k;
    power = -power / (n * n);
  }
  return sum;
}

/** By Gauss's formula; src/numerics uses Machin's. */
const pi = 48n * inverseAtan(18n) + 32n * inverseAtan(57n) - 20n * inverseAtan(239n);

/** 2 / sqrt(pi) (x - x^3 / 3 + x^5 / (2! 5) - ...). */
export function exactErf(x: bigint): bigint {
  const square = multiply(x, x);
  let power = x;
  let sum = 0n;
  for (let n = 0n; power !== 0n && power !== -1n; n++) {
    sum += power / (2n * n + 1n);
    power = -multiply(power, square) / (n + 1n);
  }
  return ((2n * sum) << fractionBits) / squareRoot(pi << fractionBits);
}

/** The integer part of the root, by Newton's method. */
function squareRoot(x: bigint): bigint {
  let root = 1n << BigInt(Math.ceil(x.toString(2).length / 2));
  for (;;) {
    const next = (root + x / root) / 2n;
    if (next >= root) return root;
    root = next;
  }
}

/** sin x = r - r^3 / 3! + ... of the rest r after whole turns. */
export function exactSin(x: bigint): bigint {
  const r = x % (2n * pi);
  let term = r;
  let sum = 0n;
  for (let n = 2n; term !== 0n && term !== -1n; n += 2n) {
    sum += term;
    term = -multiply(multiply(term, r), r) / (n * (n + 1n));
  }
  return sum;
}

/** cos x = sin(x + pi / 2). */
export function exactCos(x: bigint): bigint {
  return exactSin(x + pi / 2n);
}

/** |got - wanted| / |wanted| as a number. */
export function relativeError(got: number, wanted: bigint): number {
  const difference = fixed(got) - wanted;
  const scaled = ((difference < 0n ? -difference : difference) << 100n) / (wanted < 0n ? -wanted : wanted);
  return Number(scaled) / 2 ** 100;
}
