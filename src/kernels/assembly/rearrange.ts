// Moves of elements between dense arrays, and sums at indices; see ../twins/rearrange.ts, their definition.
import { begin, next, row0, row1 } from "./lib/walk";

export function copy(from: usize, to: usize, bytes: usize): u32 {
  memory.copy(to, from, bytes);
  return 0;
}

export function fill(bytes: u32, to: usize, count: u32, value: f64): u32 {
  const end = to + <usize>count * bytes;
  if (bytes == 1) memory.fill(to, <u8>value, count);
  else if (bytes == 8) for (; to < end; to += 8) store<i64>(to, <i64>value);
  else if (bytes == 4) for (; to < end; to += 4) store<i32>(to, <i32>value);
  return 0;
}

export function fillFloats(to: usize, count: u32, value: f32): u32 {
  for (const end = to + (<usize>count << 2); to < end; to += 4) store<f32>(to, value);
  return 0;
}

function moveRows<T>(from: usize, to: usize, table: usize): void {
  const last = begin(table, 2);
  const size = load<u32>(last);
  const fromStep = <usize>load<i32>(last, 4) * sizeof<T>();
  const toStep = <usize>load<i32>(last, 8) * sizeof<T>();
  const bytes = <usize>size * sizeof<T>();
  const isLong = fromStep == sizeof<T>() && toStep == sizeof<T>() && bytes > 64;
  do {
    let x = from + row0 * sizeof<T>();
    let y = to + row1 * sizeof<T>();
    if (isLong) memory.copy(y, x, bytes);
    else for (let k: u32 = 0; k < size; k++, x += fromStep, y += toStep) store<T>(y, load<T>(x));
  } while (next(table, 2));
}

export function move(bytes: u32, from: usize, to: usize, table: usize): u32 {
  if (bytes == 4) moveRows<u32>(from, to, table);
  else if (bytes == 8) moveRows<u64>(from, to, table);
  else moveRows<u8>(from, to, table);
  return 0;
}

/** The place from 0 of index number k in an axis of `size` elements; -1 where there is none. */
// @ts-ignore: decorator
@inline
function place(indices: usize, wide: u32, k: u32, size: u32): i64 {
  const index = wide ? load<i64>(indices + (<usize>k << 3)) : <i64>load<i32>(indices + (<usize>k << 2));
  const from = index < 0 ? index + <i64>size : index;
  return from < <i64>size ? from : -1;
}

export function gather(bytes: usize, x: usize, indices: usize, wide: u32, out: usize, outer: u32, size: u32, count: u32): u32 {
  for (let o: u32 = 0; o < outer; o++, x += <usize>size * bytes) {
    for (let k: u32 = 0; k < count; k++, out += bytes) {
      const from = place(indices, wide, k, size);
      if (from < 0) return 1;
      memory.copy(out, x + <usize>from * bytes, bytes);
    }
  }
  return 0;
}

export function scatterAdd(updates: usize, indices: usize, wide: u32, out: usize, count: u32, width: u32, size: u32): u32 {
  const bytes = <usize>width << 2;
  memory.fill(out, 0, <usize>size * bytes);
  for (let k: u32 = 0; k < count; k++) {
    const row = place(indices, wide, k, size);
    if (row < 0) return 1;
    const to = out + <usize>row * bytes;
    let i: usize = 0;
    for (; i + 16 <= bytes; i += 16) v128.store(to + i, f32x4.add(v128.load(to + i), v128.load(updates + i)));
    for (; i < bytes; i += 4) store<f32>(to + i, load<f32>(to + i) + load<f32>(updates + i));
    updates += bytes;
  }
  return 0;
}
