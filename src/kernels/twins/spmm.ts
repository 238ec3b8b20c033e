import type { Twin } from "../kernel.js";

/** How the entries of the rows are weighted: all 1, by a coefficient an entry, or by a coefficient a column. */
export const weighting = { none: 0, byEntry: 1, byColumn: 2 } as const;

/**
 * Sparse times dense over rows first .. last - 1 of a matrix in compressed rows (u32 offsets, u32 indices):
 *
 *   y_i = alpha (after_i sum_k c_k x_j(k) + diagonal_i x_i) + beta z_i + gamma w_i,    k the entries of row i, in order
 *
 * c_k is 1, coefficients[k] or coefficients[j(k)] by `mode`, one of `weighting`. x, y, z and w are rows of `width` numbers,
 * row-major without gaps; each operation is rounded to f32 (product32) or f64 (product64), and all arrays but offsets and
 * indices are of that type. `after`, `diagonal`, `z`, `w` are byte offsets or 0: then after is 1, the other terms absent.
 * y may overlap none of the others.
 */
export const twin: Twin = (memory) => {
  function product(round: (x: number) => number, array: (at: number) => Float32Array | Float64Array, args: number[]) {
    const [first, last, offsetsAt, indicesAt, mode, coefficientsAt, afterAt, diagonalAt, xAt, yAt, width] = args;
    const [alpha, zAt, beta, wAt, gamma] = args.slice(11);
    const offsets = new Uint32Array(memory.buffer, offsetsAt >>> 0);
    const indices = new Uint32Array(memory.buffer, indicesAt >>> 0);
    const [coefficients, after, diagonal, x, y, z, w] = [coefficientsAt, afterAt, diagonalAt, xAt, yAt, zAt, wAt].map(
      (at) => array(at >>> 0),
    );
    const multiply = (a: number, b: number) => round(round(a) * b);
    for (let i = first; i < last; i++) {
      for (let c = 0; c < width; c++) {
        let sum = 0;
        for (let k = offsets[i]; k < offsets[i + 1]; k++) {
          const j = indices[k];
          const value = x[j * width + c];
          if (mode === weighting.none) sum = round(sum + value);
          else sum = round(sum + multiply(coefficients[mode === weighting.byEntry ? k : j], value));
        }
        const at = i * width + c;
        if (afterAt !== 0) sum = multiply(after[i], sum);
        if (diagonalAt !== 0) sum = round(sum + multiply(diagonal[i], x[at]));
        sum = multiply(alpha, sum);
        if (zAt !== 0) sum = round(sum + multiply(beta, z[at]));
        if (wAt !== 0) sum = round(sum + multiply(gamma, w[at]));
        y[at] = sum;
      }
    }
    return 0;
  }

  /**
   * out_k = factors[p] c_k for k < count in f32, p being places[k], or k where `places` is 0: coefficients of entries that
   * are multiplied by factors of their own, which may stand in another order.
   */
  function coefficients32(
    count: number,
    factorsAt: number,
    placesAt: number,
    indicesAt: number,
    mode: number,
    coefficientsAt: number,
    outAt: number,
  ): number {
    const [factors, coefficients, out] = [factorsAt, coefficientsAt, outAt].map(
      (at) => new Float32Array(memory.buffer, at >>> 0),
    );
    const [places, indices] = [placesAt, indicesAt].map((at) => new Uint32Array(memory.buffer, at >>> 0));
    for (let k = 0; k < count; k++) {
      const factor = factors[placesAt === 0 ? k : places[k]];
      const coefficient = mode === weighting.none ? 1 : coefficients[mode === weighting.byEntry ? k : indices[k]];
      out[k] = factor * coefficient;
    }
    return 0;
  }

  return {
    coefficients32,
    product32: (...args) => product(Math.fround, (at) => new Float32Array(memory.buffer, at), args),
    product64: (...args) =>
      product(
        (x) => x,
        (at) => new Float64Array(memory.buffer, at),
        args,
      ),
  };
};
