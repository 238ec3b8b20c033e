import type { Twin } from "../kernel.js";
import { add } from "./elementary32.js";
import { Walk } from "./walk.js";

/** Moves of elements of 1, 4 or 8 bytes between arrays, by byte offsets, and sums at indices. Outputs overlap no operand. */
export const twin: Twin = (memory) => {
  const elementsOf = (bytes: number) =>
    bytes === 4
      ? new Int32Array(memory.buffer)
      : bytes === 8
        ? new BigInt64Array(memory.buffer)
        : new Uint8Array(memory.buffer);

  function copy(from: number, to: number, bytes: number): number {
    new Uint8Array(memory.buffer).copyWithin(to, from, from + bytes);
    return 0;
  }

  /** `count` integers of the same value. */
  function fill(bytes: number, to: number, count: number, value: number): number {
    const elements = elementsOf(bytes);
    const filling = bytes === 8 ? BigInt(value) : value;
    for (let k = 0; k < count; k++) elements[to / bytes + k] = filling;
    return 0;
  }

  /** `count` f32 of the same value. */
  function fillFloats(to: number, count: number, value: number): number {
    new Float32Array(memory.buffer, to >>> 0, count).fill(value);
    return 0;
  }

  /** Elements of one array to places of another; `table` tells how both are walked (walk.ts). */
  function move(bytes: number, from: number, to: number, table: number): number {
    const elements = elementsOf(bytes);
    const { rows, size, strides } = new Walk(memory, table, 2);
    for (const [source, target] of rows) {
      for (let k = 0; k < size; k++) {
        elements[to / bytes + target + k * strides[1]] = elements[from / bytes + source + k * strides[0]];
      }
    }
    return 0;
  }

  /** The place from 0 of an index, i64 where `wide`, else i32; -1 where the axis has none. */
  function place(indices: number, wide: number, k: number, size: number): number {
    const index =
      wide !== 0
        ? Number(new BigInt64Array(memory.buffer, indices)[k])
        : new Int32Array(memory.buffer, indices >>> 0)[k];
    const from = index < 0 ? index + size : index;
    return from >= 0 && from < size ? from : -1;
  }

  /** Of x [outer, size, ...] the parts of `bytes` bytes that `count` indices name. 1 where one is outside of the axis. */
  function gather(bytes: number, x: number, indices: number, wide: number, out: number, ...rest: number[]): number {
    const [outer, size, count] = rest;
    for (let o = 0; o < outer; o++) {
      for (let k = 0; k < count; k++) {
        const from = place(indices, wide, k, size);
        if (from < 0) return 1;
        copy(x + (o * size + from) * bytes, out + (o * count + k) * bytes, bytes);
      }
    }
    return 0;
  }

  /** Adds rows [count, width] of f32, in their order, to the rows of zeros [size, width] that the indices name. 1 as above. */
  function scatterAdd(updates: number, indices: number, wide: number, out: number, ...rest: number[]): number {
    const [count, width, size] = rest;
    const from = new Float32Array(memory.buffer, updates >>> 0, count * width);
    const to = new Float32Array(memory.buffer, out >>> 0, size * width).fill(0);
    for (let k = 0; k < count; k++) {
      const row = place(indices, wide, k, size);
      if (row < 0) return 1;
      for (let i = 0; i < width; i++) to[row * width + i] = add(to[row * width + i], from[k * width + i]);
    }
    return 0;
  }

  return { copy, fill, fillFloats, move, gather, scatterAdd };
};
