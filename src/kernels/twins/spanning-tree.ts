import type { Twin } from "../kernel.js";

/**
 * The spanning tree of n rows under the mutual reachability (Campello, Moulavi, Zimek and Sander 2015, definition 3.2), in
 * squares:
 *
 *   s_ij = sum_d (a_i x_id - a_j x_jd)^2,    w_ij = max(core_i, core_j, s_ij)
 *
 * `rows` are f32, `stride` bytes from one to the next, a multiple of 16, padded with zeros; `scales` are a, f64 [n].
 * Differences, products and sums are f64, the sum as (0 + 2) + (1 + 3) of those over d mod 4. `point` is working space of
 * twice a row.
 *
 * `distances` writes s_ij to cores[i], for i from `first` to `last` - 1 and j = others[i] (u32): the square of the distance
 * that makes i a core point.
 *
 * `prim` takes `steps` edges into the tree, each the least by (weight, lower end, higher end) of those that leave it, so
 * that the tree is the only one; `current` is the row that came last and the result the one that comes next. best, f64
 * [n], and from, u32 [n], are the least edge of each row outside to the tree: infinite and 2^32 - 1 at first, and -1 for
 * rows in the tree. The k-th edge goes to ends[k], two u32, the lower first, and weights[k], f64. No edge is infinite.
 */
export const twin: Twin = (memory) => {
  const f64 = (at: number) => new Float64Array(memory.buffer, at >>> 0);
  const u32 = (at: number) => new Uint32Array(memory.buffer, at >>> 0);

  function squaresIn(rowsAt: number, stride: number, scalesAt: number) {
    const rows = new Float32Array(memory.buffer, rowsAt >>> 0);
    const scales = f64(scalesAt);
    const width = stride / 4;
    return (i: number, j: number) => {
      const sums = [0, 0, 0, 0];
      for (let d = 0; d < width; d++) {
        const difference = scales[i] * rows[i * width + d] - scales[j] * rows[j * width + d];
        sums[d % 4] += difference * difference;
      }
      return sums[0] + sums[2] + (sums[1] + sums[3]);
    };
  }

  function place(rowsAt: number, stride: number, scalesAt: number, row: number, pointAt: number): void {
    const width = stride / 4;
    const rows = new Float32Array(memory.buffer, rowsAt >>> 0);
    const point = f64(pointAt);
    for (let d = 0; d < width; d++) point[d] = f64(scalesAt)[row] * rows[row * width + d];
  }

  return {
    distances(rows, stride, scales, first, last, others, cores, point) {
      const squares = squaresIn(rows, stride, scales);
      for (let i = first; i < last; i++) {
        place(rows, stride, scales, i, point);
        f64(cores)[i] = squares(i, u32(others)[i]);
      }
      return 0;
    },

    prim(rows, stride, scales, count, coresAt, bestAt, fromAt, current, steps, endsAt, weightsAt, point) {
      const squares = squaresIn(rows, stride, scales);
      const [cores, best, weights] = [f64(coresAt), f64(bestAt), f64(weightsAt)];
      const [from, ends] = [u32(fromAt), u32(endsAt)];
      for (let step = 0; step < steps; step++) {
        best[current] = -1;
        place(rows, stride, scales, current, point);
        let next = -1;
        const isBefore = (i: number, j: number) => {
          if (best[i] !== best[j]) return best[i] < best[j];
          const [a, b] = [Math.min(from[i], i), Math.min(from[j], j)];
          return a < b || (a === b && Math.max(from[i], i) < Math.max(from[j], j));
        };
        for (let i = 0; i < count; i++) {
          if (best[i] < 0) continue;
          const reach = Math.max(cores[current], cores[i], squares(current, i));
          if (reach < best[i] || (reach === best[i] && current < from[i])) {
            best[i] = reach;
            from[i] = current;
          }
          if (next < 0 || isBefore(i, next)) next = i;
        }
        ends[2 * step] = Math.min(from[next], next);
        ends[2 * step + 1] = Math.max(from[next], next);
        weights[step] = best[next];
        current = next;
      }
      return current;
    },
  };
};
