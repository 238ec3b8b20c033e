import type { Twin } from "../kernel.js";
import { add, exp32 } from "./elementary32.js";

const { fround } = Math;

/**
 * What edges carry, f32: tables of `width` columns with a row an entry of compressed rows (u32 offsets), or a row a node,
 * row-major without gaps. Arguments are byte offsets; no output overlaps an input, but for softmax's, which may be its
 * input. `places` is 0, or u32 for each entry the row of `values` that belongs to it.
 */
export const twin: Twin = (memory) => {
  const floats = (at: number) => new Float32Array(memory.buffer, at >>> 0);
  const words = (at: number) => new Uint32Array(memory.buffer, at >>> 0);
  const placeOf = (places: number, k: number) => (places === 0 ? k : words(places)[k]);

  /** out_k = x_indices[k] for the entries first .. last - 1; bytes are copied. */
  function gather(first: number, last: number, indices: number, x: number, out: number, width: number): number {
    const bytes = new Uint8Array(memory.buffer);
    for (let k = first; k < last; k++) {
      const from = (x >>> 0) + 4 * width * placeOf(indices, k);
      bytes.copyWithin((out >>> 0) + 4 * width * k, from, from + 4 * width);
    }
    return 0;
  }

  /** For each row and column the value of `combine` over the row's entries in order. */
  function combined(args: number[], combine: (values: number[]) => number): number {
    const [first, last, offsets, places, values, y, width] = args;
    const ends = words(offsets);
    const [table, out] = [floats(values), floats(y)];
    for (let i = first; i < last; i++) {
      for (let c = 0; c < width; c++) {
        const own: number[] = [];
        for (let k = ends[i]; k < ends[i + 1]; k++) own.push(table[placeOf(places, k) * width + c]);
        out[i * width + c] = combine(own);
      }
    }
    return 0;
  }

  /** y_i = the sum of the row's values, in order; with an eighth argument, mean, not 0, divided by their number. Empty: 0. */
  function sum(...args: number[]): number {
    const mean = args[7] !== 0;
    return combined(args, (values) => fround(values.reduce(add, 0) / (mean ? Math.max(1, values.length) : 1)));
  }

  /** y_i = the largest of the row's values, the first of equal ones; NaN counts where it is the first. Empty: 0. */
  function max(...args: number[]): number {
    return combined(args, (values) => (values.length === 0 ? 0 : values.reduce((most, x) => (x > most ? x : most))));
  }

  /** out_k = exp(v_k - m) / sum of the same over the row that holds entry k, m the largest of the row; column by column. */
  function softmax(first: number, last: number, offsets: number, values: number, out: number, width: number): number {
    const ends = words(offsets);
    const [table, shares] = [floats(values), floats(out)];
    for (let i = first; i < last; i++) {
      const [begin, end] = [ends[i], ends[i + 1]];
      if (begin === end) continue;
      for (let c = 0; c < width; c++) {
        let most = table[begin * width + c];
        for (let k = begin + 1; k < end; k++) if (table[k * width + c] > most) most = table[k * width + c];
        let total = 0;
        for (let k = begin; k < end; k++) {
          shares[k * width + c] = exp32(fround(table[k * width + c] - most));
          total = add(total, shares[k * width + c]);
        }
        for (let k = begin; k < end; k++) shares[k * width + c] = fround(shares[k * width + c] / total);
      }
    }
    return 0;
  }

  return { gather, sum, max, softmax };
};
