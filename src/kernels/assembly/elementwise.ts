// Elementwise operations on dense arrays; see ../twins/elementwise.ts, their definition.
// Four f32 at a time; a rest of one to three is done one by one in the first lane, by the same operations.
import { expOf, logOf, sigmoidOf, softplusOf, tanhOf } from "./lib/everywhere";
import { begin, next, row0, row1, row2 } from "./lib/walk";

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

// @ts-ignore: decorator
@inline
function signOf(x: v128): v128 {
  const above = v128.bitselect(f32x4.splat(1), x, f32x4.gt(x, f32x4.splat(0)));
  return v128.bitselect(f32x4.splat(-1), above, f32x4.lt(x, f32x4.splat(0)));
}

// @ts-ignore: decorator
@inline
function apply(code: u32, x: v128): v128 {
  if (code == 0) return f32x4.neg(x);
  if (code == 1) return f32x4.abs(x);
  if (code == 2) return signOf(x);
  if (code == 3) return f32x4.floor(x);
  if (code == 4) return f32x4.ceil(x);
  if (code == 5) return f32x4.nearest(x);
  if (code == 6) return f32x4.sqrt(x);
  if (code == 7) return f32x4.div(f32x4.splat(1), x);
  if (code == 8) return v128.andnot(x, f32x4.le(x, f32x4.splat(0)));
  if (code == 9) return v128.and(f32x4.ne(x, f32x4.splat(0)), f32x4.splat(1));
  if (code == 10) return expOf(x);
  if (code == 11) return logOf(x);
  if (code == 12) return tanhOf(x);
  if (code == 13) return sigmoidOf(x);
  return softplusOf(x);
}

// @ts-ignore: decorator
@inline
function each(code: u32, x: usize, out: usize, count: u32): u32 {
  const whole = <usize>(count & ~3) << 2;
  const end = <usize>count << 2;
  let i: usize = 0;
  for (; i < whole; i += 16) put(out + i, apply(code, at(x + i, false)), false);
  for (; i < end; i += 4) put(out + i, apply(code, at(x + i, true)), true);
  return 0;
}

// A function of its own for each: as cases of one, the compiler merges their loops and asks for the code at every number.
export function neg(x: usize, out: usize, count: u32): u32 { return each(0, x, out, count); }
export function abs(x: usize, out: usize, count: u32): u32 { return each(1, x, out, count); }
export function sign(x: usize, out: usize, count: u32): u32 { return each(2, x, out, count); }
export function floor(x: usize, out: usize, count: u32): u32 { return each(3, x, out, count); }
export function ceil(x: usize, out: usize, count: u32): u32 { return each(4, x, out, count); }
export function round(x: usize, out: usize, count: u32): u32 { return each(5, x, out, count); }
export function sqrt(x: usize, out: usize, count: u32): u32 { return each(6, x, out, count); }
export function reciprocal(x: usize, out: usize, count: u32): u32 { return each(7, x, out, count); }
export function relu(x: usize, out: usize, count: u32): u32 { return each(8, x, out, count); }
export function isNotZero(x: usize, out: usize, count: u32): u32 { return each(9, x, out, count); }
export function exp(x: usize, out: usize, count: u32): u32 { return each(10, x, out, count); }
export function log(x: usize, out: usize, count: u32): u32 { return each(11, x, out, count); }
export function tanh(x: usize, out: usize, count: u32): u32 { return each(12, x, out, count); }
export function sigmoid(x: usize, out: usize, count: u32): u32 { return each(13, x, out, count); }
export function softplus(x: usize, out: usize, count: u32): u32 { return each(14, x, out, count); }

// @ts-ignore: decorator
@inline
function leakyAt(x: v128, slope: v128): v128 {
  return v128.bitselect(x, f32x4.mul(slope, x), f32x4.gt(x, f32x4.splat(0)));
}

export function leakyRelu(x: usize, out: usize, count: u32, slope: f32): u32 {
  const whole = <usize>(count & ~3) << 2;
  const end = <usize>count << 2;
  const factor = f32x4.splat(slope);
  let i: usize = 0;
  for (; i < whole; i += 16) put(out + i, leakyAt(at(x + i, false), factor), false);
  for (; i < end; i += 4) put(out + i, leakyAt(at(x + i, true), factor), true);
  return 0;
}

// @ts-ignore: decorator
@inline
function apply2(code: u32, a: v128, b: v128): v128 {
  if (code == 0) return f32x4.add(a, b);
  if (code == 1) return f32x4.sub(a, b);
  if (code == 2) return f32x4.mul(a, b);
  if (code == 3) return f32x4.div(a, b);
  if (code == 4) return f32x4.max(a, b);
  return f32x4.min(a, b);
}

/** A row of which each operand is either one element after the other or one for all. */
// @ts-ignore: decorator
@inline
function pairs(code: u32, a: usize, b: usize, out: usize, count: u32, aOne: bool, bOne: bool): void {
  const whole = <usize>(count & ~3) << 2;
  const end = <usize>count << 2;
  const left = v128.load32_splat(a);
  const right = v128.load32_splat(b);
  let i: usize = 0;
  for (; i < whole; i += 16) {
    put(out + i, apply2(code, aOne ? left : at(a + i, false), bOne ? right : at(b + i, false)), false);
  }
  for (; i < end; i += 4) {
    put(out + i, apply2(code, aOne ? left : at(a + i, true), bOne ? right : at(b + i, true)), true);
  }
}

// @ts-ignore: decorator
@inline
function rows(code: u32, a: usize, b: usize, out: usize, table: usize): void {
  const last = begin(table, 2);
  const size = load<u32>(last);
  const aOne = load<i32>(last, 4) == 0;
  const bOne = load<i32>(last, 8) == 0;
  const isMatrix = load<u32>(table) > 1;
  const above = last - 16; // the record of the axis before the last
  const count: u32 = isMatrix ? load<u32>(above) : 1;
  const aRow: usize = isMatrix ? <usize>load<i32>(above, 4) << 2 : 0;
  const bRow: usize = isMatrix ? <usize>load<i32>(above, 8) << 2 : 0;
  do {
    let x = a + (row0 << 2);
    let y = b + (row1 << 2);
    for (let k: u32 = 0; k < count; k++, x += aRow, y += bRow) {
      if (aOne) pairs(code, x, y, out, size, true, false);
      else if (bOne) pairs(code, x, y, out, size, false, true);
      else pairs(code, x, y, out, size, false, false);
      out += <usize>size << 2;
    }
  } while (next(table, 2, 2));
}

export function binary(code: u32, a: usize, b: usize, out: usize, table: usize): u32 {
  switch (code) {
    case 0: rows(0, a, b, out, table); break;
    case 1: rows(1, a, b, out, table); break;
    case 2: rows(2, a, b, out, table); break;
    case 3: rows(3, a, b, out, table); break;
    case 4: rows(4, a, b, out, table); break;
    default: rows(5, a, b, out, table);
  }
  return 0;
}

// @ts-ignore: decorator
@inline
function whole<T>(code: u32, a: T, b: T): T {
  if (code == 0) return a + b;
  if (code == 1) return a - b;
  if (code == 2) return a * b;
  if (code == 4) return a > b ? a : b;
  return a < b ? a : b;
}

function wholeRows<T>(code: u32, a: usize, b: usize, out: usize, table: usize): void {
  const last = begin(table, 2);
  const size = load<u32>(last);
  const aStep = <usize>load<i32>(last, 4) * sizeof<T>();
  const bStep = <usize>load<i32>(last, 8) * sizeof<T>();
  do {
    let x = a + row0 * sizeof<T>();
    let y = b + row1 * sizeof<T>();
    for (const end = out + <usize>size * sizeof<T>(); out < end; out += sizeof<T>(), x += aStep, y += bStep) {
      store<T>(out, whole<T>(code, load<T>(x), load<T>(y)));
    }
  } while (next(table, 2));
}

export function integers(kind: u32, code: u32, a: usize, b: usize, out: usize, table: usize): u32 {
  if (kind == 1) wholeRows<i32>(code, a, b, out, table);
  else if (kind == 2) wholeRows<i64>(code, a, b, out, table);
  else wholeRows<u8>(code, a, b, out, table);
  return 0;
}

function compareRows<T>(code: u32, a: usize, b: usize, out: usize, table: usize): void {
  const last = begin(table, 2);
  const size = load<u32>(last);
  const aStep = <usize>load<i32>(last, 4) * sizeof<T>();
  const bStep = <usize>load<i32>(last, 8) * sizeof<T>();
  do {
    let x = a + row0 * sizeof<T>();
    let y = b + row1 * sizeof<T>();
    const end = out + <usize>size;
    if (code == 0) for (; out < end; out++, x += aStep, y += bStep) store<u8>(out, <u8>(load<T>(x) == load<T>(y)));
    else if (code == 1) for (; out < end; out++, x += aStep, y += bStep) store<u8>(out, <u8>(load<T>(x) < load<T>(y)));
    else if (code == 2) for (; out < end; out++, x += aStep, y += bStep) store<u8>(out, <u8>(load<T>(x) <= load<T>(y)));
    else for (; out < end; out++, x += aStep, y += bStep) store<u8>(out, <u8>(load<T>(x) != load<T>(y)));
  } while (next(table, 2));
}

export function compare(kind: u32, code: u32, a: usize, b: usize, out: usize, table: usize): u32 {
  if (kind == 0) compareRows<f32>(code, a, b, out, table);
  else if (kind == 1) compareRows<i32>(code, a, b, out, table);
  else if (kind == 2) compareRows<i64>(code, a, b, out, table);
  else compareRows<u8>(code, a, b, out, table);
  return 0;
}

function selectRows<T>(condition: usize, a: usize, b: usize, out: usize, table: usize): void {
  const last = begin(table, 3);
  const size = load<u32>(last);
  const step = <usize>load<i32>(last, 4);
  const aStep = <usize>load<i32>(last, 8) * sizeof<T>();
  const bStep = <usize>load<i32>(last, 12) * sizeof<T>();
  do {
    let c = condition + row0;
    let x = a + row1 * sizeof<T>();
    let y = b + row2 * sizeof<T>();
    for (const end = out + <usize>size * sizeof<T>(); out < end; out += sizeof<T>()) {
      store<T>(out, load<u8>(c) != 0 ? load<T>(x) : load<T>(y));
      c += step;
      x += aStep;
      y += bStep;
    }
  } while (next(table, 3));
}

export function select(bytes: u32, condition: usize, a: usize, b: usize, out: usize, table: usize): u32 {
  if (bytes == 4) selectRows<u32>(condition, a, b, out, table);
  else if (bytes == 8) selectRows<u64>(condition, a, b, out, table);
  else selectRows<u8>(condition, a, b, out, table);
  return 0;
}

// @ts-ignore: decorator
@inline
function converted<F, T>(x: F): T {
  if (sizeof<T>() == 1) return <T>(x != <F>0);
  if (isFloat<F>()) {
    const number = <f64>x;
    if (number != number) return 0;
    if (sizeof<T>() == 4) return <T>(<i32>min<f64>(max<f64>(number, -2147483648), 2147483647));
    if (number >= 9.223372036854775807e18) return <T>i64.MAX_VALUE;
    return number <= -9.223372036854775808e18 ? <T>i64.MIN_VALUE : <T>(<i64>number);
  }
  if (isFloat<T>()) return <T><f64>x;
  return <T>x;
}

function castAll<F, T>(x: usize, out: usize, count: u32): void {
  for (const end = out + <usize>count * sizeof<T>(); out < end; out += sizeof<T>(), x += sizeof<F>()) {
    store<T>(out, converted<F, T>(load<F>(x)));
  }
}

export function cast(from: u32, to: u32, x: usize, out: usize, count: u32): u32 {
  if (from == 0) {
    if (to == 1) castAll<f32, i32>(x, out, count);
    else if (to == 2) castAll<f32, i64>(x, out, count);
    else castAll<f32, u8>(x, out, count);
  } else if (from == 1) {
    if (to == 0) castAll<i32, f32>(x, out, count);
    else if (to == 2) castAll<i32, i64>(x, out, count);
    else castAll<i32, u8>(x, out, count);
  } else if (from == 2) {
    if (to == 0) castAll<i64, f32>(x, out, count);
    else if (to == 1) castAll<i64, i32>(x, out, count);
    else castAll<i64, u8>(x, out, count);
  } else if (to == 0) castAll<u8, f32>(x, out, count);
  else if (to == 1) castAll<u8, i32>(x, out, count);
  else castAll<u8, i64>(x, out, count);
  return 0;
}
