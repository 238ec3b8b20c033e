// Sums, extremes and softmax over axes of dense arrays; see ../twins/reductions.ts, their definition.
import { expOf, logOf } from "./lib/everywhere";

/** Rows that are added up before they join the sum of those before. */
const block: u32 = 128;

// @ts-ignore: decorator
@inline
function at(pointer: usize, one: bool): v128 {
  return one ? v128.load32_zero(pointer) : v128.load(pointer);
}

// @ts-ignore: decorator
@inline
function put(pointer: usize, value: v128, one: bool): void {
  if (one) v128.store_lane<f32>(pointer, value, 0);
  else v128.store(pointer, value);
}

/** The sum of neighbors, in f64. */
function total(x: usize, count: u32): f64 {
  const end = x + (<usize>count << 2);
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  for (const whole = x + (<usize>(count & ~3) << 2); x < whole; x += 16) {
    const four = v128.load(x);
    low = f64x2.add(low, f64x2.promote_low_f32x4(four));
    high = f64x2.add(high, f64x2.promote_low_f32x4(v128.shuffle<i64>(four, four, 1, 1)));
  }
  const both = f64x2.add(low, high);
  let sum = f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
  for (; x < end; x += 4) sum += <f64>load<f32>(x);
  return sum;
}

function extreme(greatest: bool, x: usize, count: u32): f32 {
  const end = x + (<usize>count << 2);
  let best = load<f32>(x);
  for (; x < end; x += 4) best = greatest ? max<f32>(best, load<f32>(x)) : min<f32>(best, load<f32>(x));
  return best;
}

// @ts-ignore: decorator
@inline
function sumDown(x: usize, out: usize, count: u32, stride: usize, divisor: f32, one: bool): void {
  let sum = f32x4.splat(0);
  for (let first: u32 = 0; first < count; first += block) {
    let part = f32x4.splat(0);
    for (let k = min<u32>(block, count - first); k > 0; k--, x += stride) part = f32x4.add(part, at(x, one));
    sum = f32x4.add(sum, part);
  }
  put(out, f32x4.div(sum, f32x4.splat(divisor)), one);
}

// @ts-ignore: decorator
@inline
function extremeDown(greatest: bool, x: usize, out: usize, count: u32, stride: usize, one: bool): void {
  let best = at(x, one);
  for (let k: u32 = 1; k < count; k++) {
    x += stride;
    best = greatest ? f32x4.max(best, at(x, one)) : f32x4.min(best, at(x, one));
  }
  put(out, best, one);
}

/** Codes: 0 sum, 1 mean, 2 max, 3 min. */
export function reduce(code: u32, x: usize, out: usize, outer: u32, count: u32, inner: u32): u32 {
  const divisor: f32 = code == 1 ? <f32>count : 1;
  const stride = <usize>inner << 2;
  for (let o: u32 = 0; o < outer; o++, x += count * stride, out += stride) {
    if (inner == 1) {
      if (code <= 1) store<f32>(out, <f32>(total(x, count) / <f64>divisor));
      else store<f32>(out, extreme(code == 2, x, count));
      continue;
    }
    const whole = <usize>(inner & ~3) << 2;
    let i: usize = 0;
    if (code <= 1) {
      for (; i < whole; i += 16) sumDown(x + i, out + i, count, stride, divisor, false);
      for (; i < stride; i += 4) sumDown(x + i, out + i, count, stride, divisor, true);
    } else {
      for (; i < whole; i += 16) extremeDown(code == 2, x + i, out + i, count, stride, false);
      for (; i < stride; i += 4) extremeDown(code == 2, x + i, out + i, count, stride, true);
    }
  }
  return 0;
}

function sums<T>(x: usize, out: usize, outer: u32, count: u32, inner: u32): void {
  const stride = <usize>inner * sizeof<T>();
  for (let o: u32 = 0; o < outer; o++, x += count * stride) {
    for (let i: u32 = 0; i < inner; i++, out += sizeof<T>()) {
      let sum: T = 0;
      for (let k: u32 = 0; k < count; k++) sum += load<T>(x + k * stride + <usize>i * sizeof<T>());
      store<T>(out, sum);
    }
  }
}

export function sumIntegers(bytes: u32, x: usize, out: usize, outer: u32, count: u32, inner: u32): u32 {
  if (bytes == 4) sums<i32>(x, out, outer, count, inner);
  else sums<i64>(x, out, outer, count, inner);
  return 0;
}

export function argExtreme(greatest: u32, x: usize, out: usize, outer: u32, count: u32, inner: u32): u32 {
  const stride = <usize>inner << 2;
  for (let o: u32 = 0; o < outer; o++, x += count * stride) {
    for (let i: u32 = 0; i < inner; i++, out += 8) {
      const from = x + (<usize>i << 2);
      let best = load<f32>(from);
      let place: u32 = 0;
      for (let k: u32 = 0; k < count; k++) {
        const value = load<f32>(from + k * stride);
        if (value != value) {
          place = 0;
          break;
        }
        if (greatest ? value > best : value < best) {
          best = value;
          place = k;
        }
      }
      store<u64>(out, place);
    }
  }
  return 0;
}

/** The lanes of the first `count` numbers, 1 to 3. */
// @ts-ignore: decorator
@inline
function lanes(count: u32): v128 {
  return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count));
}

export function softmax(logarithm: u32, x: usize, out: usize, rows: u32, count: u32): u32 {
  const bytes = <usize>count << 2;
  const whole = <usize>(count & ~3) << 2;
  const rest = lanes(count & 3);
  for (let row: u32 = 0; row < rows; row++, x += bytes, out += bytes) {
    const most = extreme(true, x, count);
    const top = f32x4.splat(most);
    let sum = f32x4.splat(0);
    let i: usize = 0;
    for (; i < whole; i += 16) {
      const e = expOf(f32x4.sub(v128.load(x + i), top));
      sum = f32x4.add(sum, e);
      if (!logarithm) v128.store(out + i, e);
    }
    if (i < bytes) {
      const e = expOf(f32x4.sub(v128.load(x + i), top));
      sum = f32x4.add(sum, v128.and(e, rest));
      if (!logarithm) {
        v128.store_lane<f32>(out + i, e, 0);
        if (i + 4 < bytes) v128.store_lane<f32>(out + i, e, 1, 4);
        if (i + 8 < bytes) v128.store_lane<f32>(out + i, e, 2, 8);
      }
    }
    const both = f32x4.add(sum, v128.shuffle<f32>(sum, sum, 2, 3, 0, 1));
    const all = f32x4.extract_lane(both, 0) + f32x4.extract_lane(both, 1);
    if (logarithm) {
      const logSum = logOf(f32x4.splat(all));
      for (i = 0; i < whole; i += 16) v128.store(out + i, f32x4.sub(f32x4.sub(v128.load(x + i), top), logSum));
      for (; i < bytes; i += 4) store<f32>(out + i, load<f32>(x + i) - most - f32x4.extract_lane(logSum, 0));
    } else {
      const divisor = f32x4.splat(all);
      for (i = 0; i < whole; i += 16) v128.store(out + i, f32x4.div(v128.load(out + i), divisor));
      for (; i < bytes; i += 4) store<f32>(out + i, load<f32>(out + i) / all);
    }
  }
  return 0;
}
