import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Rng } from "../../dist/numerics/random.js";
import { builds, expectSameBytes, filler } from "./same-bytes.js";

const places = {
  rows: 64,
  scales: 16384,
  cores: 16640,
  best: 16896,
  from: 17152,
  ends: 17408,
  weights: 17664,
  others: 17920,
  point: 18176,
};
const bytes = 65536;

/** n rows of `width` numbers of a small grid, so that distances are often equal, and a tree of the first row. */
function fillWith({ seed, n, width, grid }: { seed: number; n: number; width: number; grid: number }) {
  return (all: Uint8Array) => {
    const rng = new Rng(seed);
    const stride = Math.ceil(width / 4) * 16;
    const rows = new Float32Array(all.buffer, places.rows, (n * stride) / 4).fill(0);
    for (let i = 0; i < n; i++) {
      for (let d = 0; d < width; d++) rows[(i * stride) / 4 + d] = grid === 0 ? rng.normal() : rng.below(grid);
    }
    const f64 = (at: number) => new Float64Array(all.buffer, at, n);
    const u32 = (at: number) => new Uint32Array(all.buffer, at, n);
    for (let i = 0; i < n; i++) {
      f64(places.scales)[i] = grid === 0 ? rng.uniform() : 1;
      f64(places.cores)[i] = rng.below(3);
      u32(places.others)[i] = rng.below(n);
    }
    f64(places.best).fill(Number.POSITIVE_INFINITY);
    u32(places.from).fill(2 ** 32 - 1);
  };
}

const strideOf = (width: number) => Math.ceil(width / 4) * 16;
const { rows, scales, cores, best, from, ends, weights, others, point } = places;

describe.each(builds)("spanning-tree, $name", ({ shared, fast }) => {
  test("the kernel equals its twin at odd sizes", () => {
    for (const width of [1, 3, 4, 5, 31, 32, 33, 70]) {
      for (const n of [2, 3, 17]) {
        for (const grid of [0, 2, 5]) {
          const fill = fillWith({ seed: n, n, width, grid });
          const stride = strideOf(width);
          const tree = [rows, stride, scales, n, cores, best, from, 0, n - 1, ends, weights, point];
          const all = expectSameBytes("spanning-tree", "prim", tree, { bytes, shared, fast, fill });
          expect(all[weights + 8 * (n - 1)]).toBe(filler);
          expect(all[point + 2 * stride]).toBe(filler);
          const some = [rows, stride, scales, 1, n, others, cores, point];
          expectSameBytes("spanning-tree", "distances", some, { bytes, shared, fast, fill });
        }
      }
    }
  });
});

test("P11 the tree is the one of least weight by (weight, lower end, higher end), as Kruskal finds it", () => {
  const shape = fc.record({
    seed: fc.nat(1e6),
    n: fc.integer({ min: 2, max: 20 }),
    width: fc.integer({ min: 1, max: 6 }),
    grid: fc.constantFrom(0, 2, 4),
  });
  fc.assert(
    fc.property(shape, (given) => {
      const { n, width } = given;
      const stride = strideOf(width);
      const all = expectSameBytes(
        "spanning-tree",
        "prim",
        [rows, stride, scales, n, cores, best, from, 0, n - 1, ends, weights, point],
        {
          bytes,
          fill: fillWith(given),
        },
      );
      const f32 = new Float32Array(all.buffer, rows);
      const f64 = (at: number) => new Float64Array(all.buffer, at, n);
      const edges: { a: number; b: number; weight: number }[] = [];
      for (let a = 0; a < n; a++) {
        for (let b = a + 1; b < n; b++) {
          const sums = [0, 0, 0, 0];
          for (let d = 0; d < width; d++) {
            const x = f64(scales)[a] * f32[(a * stride) / 4 + d] - f64(scales)[b] * f32[(b * stride) / 4 + d];
            sums[d % 4] += x * x;
          }
          const weight = Math.max(f64(cores)[a], f64(cores)[b], sums[0] + sums[2] + (sums[1] + sums[3]));
          edges.push({ a, b, weight });
        }
      }
      edges.sort((x, y) => x.weight - y.weight || x.a - y.a || x.b - y.b);
      const part = Int32Array.from({ length: n }, (_, i) => i);
      const kept = edges.filter(({ a, b }) => {
        const [one, other] = [part[a], part[b]];
        if (one === other) return false;
        part.forEach((own, i) => {
          if (own === other) part[i] = one;
        });
        return true;
      });
      const found = Array.from({ length: n - 1 }, (_, k) => ({
        a: new Uint32Array(all.buffer, ends)[2 * k],
        b: new Uint32Array(all.buffer, ends)[2 * k + 1],
        weight: f64(weights)[k],
      }));
      expect(found.sort((x, y) => x.weight - y.weight || x.a - y.a || x.b - y.b)).toEqual(kept);
    }),
    { numRuns: 150 },
  );
});
