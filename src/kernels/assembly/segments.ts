// What edges carry, f32: gathered from nodes, combined over each row's entries, softmax over them; see ../twins/segments.ts,
// its definition. Columns are independent of each other; four are done at a time and the rest one by one.
import { exp4 } from "./lib/elementary";

// @ts-ignore: decorator
@inline
function placeOf(places: usize, k: u32): usize {
  return places == 0 ? <usize>k : <usize>load<u32>(places + ((<usize>k) << 2));
}

export function gather(first: u32, last: u32, indices: usize, x: usize, out: usize, width: u32): void {
  const stride = <usize>width << 2;
  for (let k = first; k < last; k++) {
    memory.copy(out + <usize>k * stride, x + placeOf(indices, k) * stride, stride);
  }
}

export function sum(first: u32, last: u32, offsets: usize, places: usize, values: usize, y: usize, width: u32, mean: u32): void {
  const stride = <usize>width << 2;
  const whole = <usize>(width & ~3) << 2;
  for (let i = first; i < last; i++) {
    const begin = load<u32>(offsets + ((<usize>i) << 2));
    const end = load<u32>(offsets + ((<usize>i) << 2), 4);
    const count: f32 = mean != 0 && end > begin ? <f32>(end - begin) : 1;
    const row = y + <usize>i * stride;
    let c: usize = 0;
    for (; c < whole; c += 16) {
      let total = f32x4.splat(0);
      for (let k = begin; k < end; k++) total = f32x4.add(total, v128.load(values + placeOf(places, k) * stride + c));
      v128.store(row + c, f32x4.div(total, f32x4.splat(count)));
    }
    for (; c < stride; c += 4) {
      let total: f32 = 0;
      for (let k = begin; k < end; k++) total += load<f32>(values + placeOf(places, k) * stride + c);
      store<f32>(row + c, total / count);
    }
  }
}

/** The larger of two numbers: the first of equal ones, as of 0 and -0. */
// @ts-ignore: decorator
@inline
function larger(a: f32, b: f32): f32 {
  return b > a ? b : a;
}

export function max(first: u32, last: u32, offsets: usize, places: usize, values: usize, y: usize, width: u32): void {
  const stride = <usize>width << 2;
  const whole = <usize>(width & ~3) << 2;
  for (let i = first; i < last; i++) {
    const begin = load<u32>(offsets + ((<usize>i) << 2));
    const end = load<u32>(offsets + ((<usize>i) << 2), 4);
    const row = y + <usize>i * stride;
    if (begin == end) {
      memory.fill(row, 0, stride);
      continue;
    }
    const head = values + placeOf(places, begin) * stride;
    let c: usize = 0;
    for (; c < whole; c += 16) {
      let most = v128.load(head + c);
      for (let k = begin + 1; k < end; k++) most = f32x4.pmax(most, v128.load(values + placeOf(places, k) * stride + c));
      v128.store(row + c, most);
    }
    for (; c < stride; c += 4) {
      let most = load<f32>(head + c);
      for (let k = begin + 1; k < end; k++) most = larger(most, load<f32>(values + placeOf(places, k) * stride + c));
      store<f32>(row + c, most);
    }
  }
}

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
function softmaxAt(begin: u32, end: u32, values: usize, out: usize, stride: usize, one: bool): void {
  let most = at(values + <usize>begin * stride, one);
  for (let k = begin + 1; k < end; k++) most = f32x4.pmax(most, at(values + <usize>k * stride, one));
  let total = f32x4.splat(0);
  for (let k = begin; k < end; k++) {
    const power = exp4(f32x4.sub(at(values + <usize>k * stride, one), most));
    put(out + <usize>k * stride, power, one);
    total = f32x4.add(total, power);
  }
  for (let k = begin; k < end; k++) {
    const place = out + <usize>k * stride;
    put(place, f32x4.div(at(place, one), total), one);
  }
}

export function softmax(first: u32, last: u32, offsets: usize, values: usize, out: usize, width: u32): void {
  const stride = <usize>width << 2;
  const whole = <usize>(width & ~3) << 2;
  for (let i = first; i < last; i++) {
    const begin = load<u32>(offsets + ((<usize>i) << 2));
    const end = load<u32>(offsets + ((<usize>i) << 2), 4);
    if (begin == end) continue;
    let c: usize = 0;
    for (; c < whole; c += 16) softmaxAt(begin, end, values + c, out + c, stride, false);
    for (; c < stride; c += 4) softmaxAt(begin, end, values + c, out + c, stride, true);
  }
}
