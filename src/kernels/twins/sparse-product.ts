import type { Twin } from "../kernel.js";
import { add, mul } from "./elementary32.js";

/** Products of a sparse matrix by compressed rows with a dense one, in f32. */
export const twin: Twin = (memory) => {
  /**
   * y_i = sum_k values_k factors_order(k) x_indices(k), for rows i of first .. last - 1, over the entries k of offsets[i] ..
   * offsets[i + 1] - 1 in this order; each product and each sum is rounded to f32.
   *
   * offsets [last + 1], indices, values and order [entries] are u32 and f32, row-major x [.., width] and y [last, width] f32,
   * all by byte offsets aligned to 4; y overlaps none of the others. At 0, `values` are all 1, `factors` likewise, and
   * `order` is that of the entries.
   */
  function multiply(
    first: number,
    last: number,
    offsets: number,
    indices: number,
    values: number,
    order: number,
    factors: number,
    x: number,
    y: number,
    width: number,
  ): number {
    const u32 = (at: number) => new Uint32Array(memory.buffer, at >>> 0);
    const f32 = (at: number) => new Float32Array(memory.buffer, at >>> 0);
    const [starts, columns, places] = [u32(offsets), u32(indices), u32(order)];
    const [entries, scales, from, to] = [f32(values), f32(factors), f32(x), f32(y)];
    for (let i = first; i < last; i++) {
      for (let column = 0; column < width; column++) {
        let sum = 0;
        for (let k = starts[i]; k < starts[i + 1]; k++) {
          const value = values === 0 ? 1 : entries[k];
          const a = factors === 0 ? value : mul(value, scales[order === 0 ? k : places[k]]);
          sum = add(sum, mul(a, from[columns[k] * width + column]));
        }
        to[i * width + column] = sum;
      }
    }
    return 0;
  }

  return { multiply };
};
