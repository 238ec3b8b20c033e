import type { Twin } from "../kernel.js";
import { add } from "./elementary32.js";
import { expOf32, logOf32 } from "./everywhere32.js";

const { fround } = Math;
const block = 128;

/**
 * Reductions of arrays [outer, count, inner] to [outer, inner], by byte offsets; `count` is at least 1 but for sums. All
 * functions return 0, and read up to 12 bytes behind x.
 */
export const twin: Twin = (memory) => {
  const floats = (offset: number) => new Float32Array(memory.buffer, offset >>> 0);

  /** The sum of neighbors in f64: four partial sums, of which the first joins the third and the second the fourth. */
  function total(x: Float32Array, start: number, count: number): number {
    const parts = [0, 0, 0, 0];
    const whole = count - (count % 4);
    for (let k = 0; k < whole; k++) parts[k % 4] += x[start + k];
    let sum = parts[0] + parts[2] + (parts[1] + parts[3]);
    for (let k = whole; k < count; k++) sum += x[start + k];
    return sum;
  }

  /** The sum of every `inner`-th element in f32, by blocks of 128. */
  function sumDown(x: Float32Array, start: number, count: number, inner: number): number {
    let sum = 0;
    for (let first = 0; first < count; first += block) {
      let part = 0;
      for (let k = first; k < Math.min(count, first + block); k++) part = add(part, x[start + k * inner]);
      sum = add(sum, part);
    }
    return sum;
  }

  /** f32. Codes: 0 sum, 1 mean, 2 max, 3 min, which are NaN where an element is. */
  function reduce(code: number, x: number, out: number, outer: number, count: number, inner: number): number {
    const [from, to] = [floats(x), floats(out)];
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < inner; i++) {
        const start = o * count * inner + i;
        if (code <= 1) {
          const sum = inner === 1 ? total(from, start, count) : sumDown(from, start, count, inner);
          to[o * inner + i] = sum / (code === 1 ? count : 1);
          continue;
        }
        let best = from[start];
        for (let k = 1; k < count; k++) {
          const value = from[start + k * inner];
          best = code === 2 ? Math.max(best, value) : Math.min(best, value);
        }
        to[o * inner + i] = best;
      }
    }
    return 0;
  }

  /** Sums of i32 (4 bytes) or i64 (8), which wrap. */
  function sumIntegers(bytes: number, x: number, out: number, outer: number, count: number, inner: number): number {
    const elements = bytes === 4 ? new Int32Array(memory.buffer) : new BigInt64Array(memory.buffer);
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < inner; i++) {
        let sum = 0n;
        for (let k = 0; k < count; k++) sum += BigInt(elements[x / bytes + (o * count + k) * inner + i]);
        elements[out / bytes + o * inner + i] = bytes === 4 ? Number(BigInt.asIntN(32, sum)) : BigInt.asIntN(64, sum);
      }
    }
    return 0;
  }

  /** The index, i64, of the greatest f32, or of the least; of the first of equal ones, and 0 where one is NaN. */
  function argExtreme(greatest: number, x: number, out: number, outer: number, count: number, inner: number): number {
    const from = floats(x);
    const to = new BigInt64Array(memory.buffer, out >>> 0);
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < inner; i++) {
        const values = Array.from({ length: count }, (_, k) => from[(o * count + k) * inner + i]);
        const best = greatest !== 0 ? Math.max(...values) : Math.min(...values);
        to[o * inner + i] = BigInt(Math.max(0, values.indexOf(best)));
      }
    }
    return 0;
  }

  /** Rows of f32: e^(x - m) / s, or x - m - ln s, with m the greatest of the row and s = sum e^(x - m). */
  function softmax(logarithm: number, x: number, out: number, rows: number, count: number): number {
    const [from, to] = [floats(x), floats(out)];
    for (let row = 0; row < rows; row++) {
      const values = from.slice(row * count, (row + 1) * count);
      const top = values.reduce((most, value) => Math.max(most, value));
      const powers = values.map((value) => expOf32(fround(value - top)));
      const parts = [0, 0, 0, 0];
      for (const [k, power] of powers.entries()) parts[k % 4] = add(parts[k % 4], power);
      const all = add(add(parts[0], parts[2]), add(parts[1], parts[3]));
      const logSum = logOf32(all);
      for (let k = 0; k < count; k++) {
        to[row * count + k] = logarithm !== 0 ? fround(values[k] - top) - logSum : powers[k] / all;
      }
    }
    return 0;
  }

  return { reduce, sumIntegers, argExtreme, softmax };
};
