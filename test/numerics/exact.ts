/**
 * exp and ln in integers of 1,400 fractional bits, as an oracle for the f64 functions: enough for the smallest denormal
 * number to keep 300 significant bits.
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
  const k = BigInt(x.toString(2).length) - 1n - fractionBits;
  const m = k >= 0n ? x >> k : x << -k;
  return k * ln2 + twiceAtanh(((m - one) << fractionBits) / (m + one));
}

/** |got - wanted| / |wanted| as a number. */
export function relativeError(got: number, wanted: bigint): number {
  const difference = fixed(got) - wanted;
  const scaled = ((difference < 0n ? -difference : difference) << 100n) / (wanted < 0n ? -wanted : wanted);
  return Number(scaled) / 2 ** 100;
}
