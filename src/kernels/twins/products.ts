import type { Twin } from "../kernel.js";
import { add, mul } from "./elementary32.js";

const block = 512;

/** Bytes of space that a product needs: a panel of 512 rows of 8 columns. */
export const panelBytes = 4 * 8 * block;

/**
 * Products of matrices of f32, by byte offsets. `matmul` writes [rows, columns] at `out`, which may overlap no operand:
 *
 *   out[i, j] = sum_t a[i, t] b[t, j],   t < terms
 *
 * with a[i, t] at aRow i + aColumn t and b[t, j] at bRow t + bColumn j, strides in elements, so that a transposed matrix
 * needs no copy. Sums go over blocks of 512 terms, and then over the blocks. `panelBytes` at `panel` are overwritten, and up
 * to 28 bytes behind b are read. Returns 0.
 */
export const twin: Twin = (memory) => {
  function matmul(a: number, b: number, out: number, rows: number, terms: number, columns: number, ...rest: number[]) {
    const [aRow, aColumn, bRow, bColumn] = rest;
    const [x, y, to] = [a, b, out].map((offset) => new Float32Array(memory.buffer, offset >>> 0));
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        let sum = 0;
        for (let start = 0; start === 0 || start < terms; start += block) {
          let part = 0;
          for (let t = start; t < Math.min(terms, start + block); t++) {
            part = add(part, mul(x[aRow * i + aColumn * t], y[bRow * t + bColumn * j]));
          }
          sum = start === 0 ? part : add(sum, part);
        }
        to[i * columns + j] = sum;
      }
    }
    return 0;
  }

  return { matmul };
};
