/**
 * Decimal numbers as bytes of text. Reading gives Math.fround(Number(text)) for texts of the form
 * [+-] digits [. digits] [e [+-] digits] and of nan, inf, infinity, and nothing else. Writing gives the shortest decimal
 * that reads back to the same f32.
 */

/** 10^0 .. 10^22, the powers of ten that are exact as f64. */
const powers = Float64Array.from({ length: 23 }, (_, k) => Number(`1e${k}`));

const minus = 0x2d;
const plus = 0x2b;
const point = 0x2e;
const zero = 0x30;

/** Reads numbers one after the other; `end` is where the last one ended. */
export class DecimalReader {
  /** Index after the last number read. */
  end = 0;

  /**
   * The number that begins at `start` and ends at a space, tab or `limit`, rounded to f32; may be NaN or infinite.
   * `end` is -1 where there is none.
   *
   * Up to 15 digits and powers of ten up to 22 are exact as f64, so that one multiplication or division rounds
   * correctly (Clinger 1990, "How to read floating point numbers accurately"); the rest is left to `Number`.
   */
  read(bytes: Uint8Array, start: number, limit: number): number {
    let at = start;
    const first = bytes[at];
    if (first === minus || first === plus) at++;
    let mantissa = 0;
    let digits = 0; // significant ones
    let scale = 0; // digits after the point
    let any = false;
    let byte = 0;
    for (; at < limit; at++) {
      byte = bytes[at] - zero;
      if (byte < 0 || byte > 9) break;
      any = true;
      if (digits > 0 || byte > 0) digits++;
      mantissa = mantissa * 10 + byte;
    }
    if (at < limit && bytes[at] === point) {
      at++;
      const after = at;
      for (; at < limit; at++) {
        byte = bytes[at] - zero;
        if (byte < 0 || byte > 9) break;
        if (digits > 0 || byte > 0) digits++;
        mantissa = mantissa * 10 + byte;
      }
      scale = at - after;
      any ||= scale > 0;
    }
    if (!any) return this.#word(bytes, start, limit);
    let exponent = 0;
    if (at < limit && (bytes[at] | 32) === 0x65) {
      at++;
      const negative = bytes[at] === minus;
      if (at < limit && (negative || bytes[at] === plus)) at++;
      const after = at;
      for (; at < limit; at++) {
        byte = bytes[at] - zero;
        if (byte < 0 || byte > 9) break;
        if (exponent < 100_000) exponent = exponent * 10 + byte;
      }
      if (at === after) return this.#none();
      if (negative) exponent = -exponent;
    }
    if (at < limit && !isSeparator(bytes[at])) return this.#none();
    this.end = at;
    const power = exponent - scale;
    if (digits > 15 || power < -22 || power > 22) return Math.fround(Number(ascii(bytes, start, at)));
    const value = power < 0 ? mantissa / powers[-power] : mantissa * powers[power];
    return Math.fround(first === minus ? -value : value);
  }

  /** nan, inf and infinity, in any case and with a sign. */
  #word(bytes: Uint8Array, start: number, limit: number): number {
    let end = start;
    while (end < limit && end - start <= 10 && !isSeparator(bytes[end])) end++;
    const match = /^([+-]?)(?:(nan)|inf|infinity)$/i.exec(ascii(bytes, start, end));
    if (match === null) return this.#none();
    this.end = end;
    if (match[2] !== undefined) return Number.NaN;
    return match[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }

  #none(): number {
    this.end = -1;
    return Number.NaN;
  }
}

/** Space or tab. */
export function isSeparator(byte: number): boolean {
  return byte === 0x20 || byte === 9;
}

function ascii(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode.apply(null, bytes.subarray(start, end) as unknown as number[]);
}

/** Longest text that `writeDecimal` writes, in bytes. */
export const longestDecimal = 24;

/**
 * Writes a finite f32 at `at` and returns the index after it: at most 9 digits, as few as read back to the same f32,
 * -0 included.
 */
export function writeDecimal(into: Uint8Array, at: number, value: number): number {
  if (value < 0 || Object.is(value, -0)) into[at++] = minus;
  const x = Math.abs(value);
  if (x === 0) {
    into[at++] = zero;
    return at;
  }
  if (x < 1e-5 || x >= 1e15) return writeScientific(into, at, x);
  const exponent = decimalExponent(x);
  // Integers m with m / 10^k = x as f32. An f32 has 6 to 9 significant digits, mostly 8.
  let k = 7 - exponent;
  let m = scaled(x, k);
  if (readsBack(m, k, x)) {
    for (let fewer = 0; fewer < 2; fewer++) {
      const shorter = scaled(x, k - 1);
      if (!readsBack(shorter, k - 1, x)) break;
      m = shorter;
      k--;
    }
  } else {
    k++;
    m = scaled(x, k);
  }
  for (; m % 10 === 0; m /= 10) k--;
  return writeScaled(into, at, m, k);
}

function scaled(x: number, k: number): number {
  return Math.round(k < 0 ? x / powers[-k] : x * powers[k]);
}

/** As DecimalReader reads m * 10^-k. */
function readsBack(m: number, k: number, x: number): boolean {
  return Math.fround(k < 0 ? m * powers[-k] : m / powers[k]) === x;
}

/** The largest e with 10^e <= x, for x in [1e-5, 1e15]. */
function decimalExponent(x: number): number {
  let e = 0;
  if (x >= 1) while (x >= powers[e + 1]) e++;
  else while (x * powers[-e] < 1) e--;
  return e;
}

/** Writes m * 10^-k, m > 0, without an exponent. */
function writeScaled(into: Uint8Array, at: number, m: number, k: number): number {
  let digits = 1;
  while (digits < 10 && m >= powers[digits]) digits++;
  if (k >= digits) {
    into[at++] = zero;
    into[at++] = point;
    for (let zeros = k - digits; zeros > 0; zeros--) into[at++] = zero;
    return writeDigits(into, at, m, digits);
  }
  if (k > 0) {
    const unit = powers[k];
    const whole = Math.floor(m / unit);
    at = writeDigits(into, at, whole, digits - k);
    into[at++] = point;
    return writeDigits(into, at, m - whole * unit, k);
  }
  at = writeDigits(into, at, m, digits);
  for (let zeros = -k; zeros > 0; zeros--) into[at++] = zero;
  return at;
}

/** The last `digits` decimal digits of m < 2^31. */
function writeDigits(into: Uint8Array, at: number, m: number, digits: number): number {
  let rest = m | 0;
  for (let i = at + digits - 1; i >= at; i--) {
    const next = (rest / 10) | 0;
    into[i] = zero + rest - next * 10;
    rest = next;
  }
  return at + digits;
}

/** Very small and very large numbers, rare in vectors. */
function writeScientific(into: Uint8Array, at: number, x: number): number {
  let digits = 1;
  while (digits < 9 && Math.fround(Number(x.toExponential(digits - 1))) !== x) digits++;
  const text = x.toExponential(digits - 1).replace("e+", "e");
  for (let i = 0; i < text.length; i++) into[at++] = text.charCodeAt(i);
  return at;
}
