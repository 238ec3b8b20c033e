import type { Twin } from "../kernel.js";

const { abs, fround } = Math;
const same = (x: number) => x;

/**
 * Jacobi sweeps of PageRank, x_i <- base + a t_i + b w_i + d sum_j v_ij c_j with c_j = x_j / (out-weight of j), by rows [from,
 * to) of a matrix whose row i lists the nodes that point to i. Functions that end in 64 have x, c, and inverse in f64, those
 * that end in 32 in f32, rounding after each operation. Arguments are byte offsets (f32 and u32 aligned to 4, f64 to 8):
 *
 *   offsets [N + 1] u32, indices u32 (of c), values f64 or 0 where all are 1;
 *   place [N] u32 or 0: where in c the contribution of node i stands, by default at i;
 *   inverse [N]: 1 / out-weight, 0 for a node without out-edges; c, next [N]: contributions before and after, which may not
 *   overlap; x [N]: ranks, replaced; teleport, dangling [N] f64 or 0, where the term is absent.
 *
 * The functions with "Columns" in their names do so for `width` solutions at once, a multiple of 32 bytes of numbers: x, c,
 * next, teleport are [N, width] and never absent, dangling is [N, danglingWidth] with a width of 1 or of `width`, factors
 * [width, 3] f64 are base, a and b of each solution, and sums [width] is scratch space of the call. `out` [width, 2] f64
 * takes the L1 change and the mass of each.
 */
export const twin: Twin = (memory) => {
  const u32 = () => new Uint32Array(memory.buffer);
  const f64 = () => new Float64Array(memory.buffer);

  function both(round: (x: number) => number, floats: () => Float32Array | Float64Array, shift: number) {
    /** A sweep. Writes the L1 change of the rows and the new ranks of rows with inverse 0, summed up, two f64, to `out`. */
    function pull(...args: number[]): number {
      const [offsets, indices, values, place, inverse, c, next, x, teleport, dangling, out] = args.map(
        (arg) => arg >>> 0,
      );
      const [from, to, base, d, a, b] = args.slice(11);
      const [u, n, numbers] = [u32(), floats(), f64()];
      let change = 0;
      let mass = 0;
      for (let i = from; i < to; i++) {
        const [first, last] = [u[(offsets >>> 2) + i], u[(offsets >>> 2) + i + 1]];
        const sums = [0, 0, 0, 0];
        const whole = first + ((last - first) & ~3);
        for (let k = first; k < last; k++) {
          const contribution = n[(c >>> shift) + u[(indices >>> 2) + k]];
          const part = k < whole ? (k - first) & 3 : 0;
          const term = values === 0 ? contribution : round(round(numbers[(values >>> 3) + k]) * contribution);
          sums[part] = round(sums[part] + term);
        }
        const sum = round(round(sums[0] + sums[1]) + round(sums[2] + sums[3]));
        let own = base;
        if (teleport !== 0) own += a * numbers[(teleport >>> 3) + i];
        if (dangling !== 0) own += b * numbers[(dangling >>> 3) + i];
        const rank = round(round(own) + round(round(d) * sum));
        change += abs(round(rank - n[(x >>> shift) + i]));
        n[(x >>> shift) + i] = rank;
        const share = n[(inverse >>> shift) + i];
        if (share === 0) mass += rank;
        n[(next >>> shift) + (place === 0 ? i : u[(place >>> 2) + i])] = round(rank * share);
      }
      numbers[out >>> 3] = change;
      numbers[(out >>> 3) + 1] = mass;
      return 0;
    }

    /** Sets x to teleport, or to a value where that is 0, and c to fit; returns the ranks of rows with inverse 0, summed up. */
    function start(...args: number[]): number {
      const [place, inverse, c, x, teleport] = args.map((arg) => arg >>> 0);
      const [from, to, value] = args.slice(5);
      const [u, n, numbers] = [u32(), floats(), f64()];
      let mass = 0;
      for (let i = from; i < to; i++) {
        const rank = round(teleport === 0 ? value : numbers[(teleport >>> 3) + i]);
        n[(x >>> shift) + i] = rank;
        const share = n[(inverse >>> shift) + i];
        if (share === 0) mass += rank;
        n[(c >>> shift) + (place === 0 ? i : u[(place >>> 2) + i])] = round(rank * share);
      }
      return mass;
    }

    function pullColumns(...args: number[]): number {
      const [offsets, indices, values, place, inverse, c, next, x, teleport, dangling, danglingWidth, factors] = args;
      const [sums, out, width, from, to, d] = args.slice(12);
      const [u, n, numbers] = [u32(), floats(), f64()];
      numbers.fill(0, out >>> 3, (out >>> 3) + 2 * width);
      for (let i = from; i < to; i++) {
        const [first, last] = [u[(offsets >>> 2) + i], u[(offsets >>> 2) + i + 1]];
        const whole = first + ((last - first) & ~3);
        const share = n[(inverse >>> shift) + i];
        const j = place === 0 ? i : u[(place >>> 2) + i];
        for (let k = 0; k < width; k++) {
          const parts = [0, 0, 0, 0];
          for (let e = first; e < last; e++) {
            const contribution = n[(c >>> shift) + u[(indices >>> 2) + e] * width + k];
            const part = e < whole ? (e - first) & 3 : 0;
            const term = values === 0 ? contribution : round(round(numbers[(values >>> 3) + e]) * contribution);
            parts[part] = round(parts[part] + term);
          }
          const sum = round(round(parts[0] + parts[1]) + round(parts[2] + parts[3]));
          n[(sums >>> shift) + k] = sum;
          const [base, a, b] = numbers.subarray((factors >>> 3) + 3 * k, (factors >>> 3) + 3 * k + 3);
          const w = numbers[(dangling >>> 3) + (danglingWidth === 1 ? i : i * width + k)];
          const own = base + a * numbers[(teleport >>> 3) + i * width + k] + b * w;
          const rank = round(round(own) + round(round(d) * sum));
          const at = (x >>> shift) + i * width + k;
          numbers[(out >>> 3) + 2 * k] += abs(round(rank - n[at]));
          n[at] = rank;
          if (share === 0) numbers[(out >>> 3) + 2 * k + 1] += rank;
          n[(next >>> shift) + j * width + k] = round(rank * share);
        }
      }
      return 0;
    }

    /** Sets x to teleport and c to fit; the first number of each solution in `out` is 0. */
    function startColumns(...args: number[]): number {
      const [place, inverse, c, x, teleport, out, width, from, to] = args;
      const [u, n, numbers] = [u32(), floats(), f64()];
      numbers.fill(0, out >>> 3, (out >>> 3) + 2 * width);
      for (let i = from; i < to; i++) {
        const share = n[(inverse >>> shift) + i];
        const j = place === 0 ? i : u[(place >>> 2) + i];
        for (let k = 0; k < width; k++) {
          const rank = round(numbers[(teleport >>> 3) + i * width + k]);
          if (share === 0) numbers[(out >>> 3) + 2 * k + 1] += rank;
          n[(x >>> shift) + i * width + k] = rank;
          n[(c >>> shift) + j * width + k] = round(rank * share);
        }
      }
      return 0;
    }

    /** inverse of rows by their entries: 1 / sum of values, 0 for an empty row. */
    function inverses(offsets: number, values: number, inverse: number, from: number, to: number): number {
      const [u, n, numbers] = [u32(), floats(), f64()];
      for (let i = from; i < to; i++) {
        const [first, last] = [u[(offsets >>> 2) + i], u[(offsets >>> 2) + i + 1]];
        let sum = last - first;
        if (values !== 0) {
          sum = 0;
          for (let k = first; k < last; k++) sum += numbers[(values >>> 3) + k];
        }
        n[(inverse >>> shift) + i] = last === first ? 0 : round(1 / sum);
      }
      return 0;
    }

    return { pull, start, pullColumns, startColumns, inverses };
  }

  const double = both(same, f64, 3);
  const single = both(fround, () => new Float32Array(memory.buffer), 2);
  return {
    pull64: double.pull,
    pull32: single.pull,
    pullColumns64: double.pullColumns,
    pullColumns32: single.pullColumns,
    start64: double.start,
    start32: single.start,
    startColumns64: double.startColumns,
    startColumns32: single.startColumns,
    inverses64: double.inverses,
    inverses32: single.inverses,
  };
};
