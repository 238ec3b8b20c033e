import type { Twin } from "../kernel.js";

/** Bytes of a thread's scratch: two tiles of 64 terms by 32 columns of f64. */
export const scratchBytes = 2 * 64 * 32 * 8;

/** Terms that are summed before the sum is added to what is there. */
export const termsTogether = 64;

/** What a mean is subtracted by: nothing, the mean of a term, or that of a column. */
export const meanBy = { none: 0, term: 1, column: 2 } as const;

/**
 * c[i, j] += sum_t (a[t, i] - aMean) (b[t, j] - bMean),   t below `terms`, i0 <= i < i1, j0 <= j < j1
 *
 * all in f64, the terms in order in sums of 64, each from 0. a and b are f32, or f64 where `wide` is not 0; element (t, i) lies
 * at a + t * termStride + i * columnStride, in bytes, so that either axis may be the contiguous one and a stride may be 0. Means
 * are f64, chosen by `meanBy`: aMean[t], aMean[i] or 0. Row i of c begins at c + i * cStride, f64, columns contiguous. c may
 * overlap neither of the others; `scratch`, a thread's own, holds `scratchBytes`, aligned to 16.
 */
export const twin: Twin = (memory) => {
  function product(...args: number[]): number {
    const terms = args[0];
    const left = factor(args.slice(1, 7));
    const [i0, i1] = args.slice(7, 9);
    const right = factor(args.slice(9, 15));
    const [j0, j1, c, cStride] = args.slice(15);
    const doubles = new Float64Array(memory.buffer);
    for (let i = i0; i < i1; i++) {
      for (let j = j0; j < j1; j++) {
        const at = ((c >>> 0) + i * cStride) / 8 + j;
        for (let t = 0; t < terms; t += termsTogether) {
          let sum = 0;
          for (let u = t; u < Math.min(t + termsTogether, terms); u++) sum += left(u, i) * right(u, j);
          doubles[at] += sum;
        }
      }
    }
    return 0;
  }

  function factor([from, wide, termStride, columnStride, mean, by]: number[]): (t: number, column: number) => number {
    const floats = new Float32Array(memory.buffer);
    const doubles = new Float64Array(memory.buffer);
    return (t, column) => {
      const at = (from >>> 0) + t * termStride + column * columnStride;
      const value = wide !== 0 ? doubles[at / 8] : floats[at / 4];
      if (by === meanBy.none) return value;
      return value - doubles[(mean >>> 0) / 8 + (by === meanBy.term ? t : column)];
    };
  }

  return { product };
};
