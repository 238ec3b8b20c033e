import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Rng } from "../../dist/numerics/random.js";
import { builds, expectSameBytes, filler } from "./same-bytes.js";

const bytes = 65536;
const places = {
  offsets: 64,
  indices: 256,
  coefficients: 2048,
  after: 4096,
  diagonal: 4352,
  x: 8192,
  y: 20480,
  z: 32768,
  w: 45056,
};
const precisions = [
  { fn: "product32", size: 4, view: (from: ArrayBufferLike, at: number, n: number) => new Float32Array(from, at, n) },
  { fn: "product64", size: 8, view: (from: ArrayBufferLike, at: number, n: number) => new Float64Array(from, at, n) },
];

describe.each(precisions)("$fn", ({ fn, size, view }) => {
  /** Rows with 0 to 9 entries of a matrix of n x n, with numbers everywhere. */
  function fillWith(seed: number, n: number, width: number) {
    return (all: Uint8Array) => {
      const rng = new Rng(seed);
      const offsets = new Uint32Array(all.buffer, places.offsets, n + 1);
      offsets[0] = 0;
      for (let i = 0; i < n; i++) offsets[i + 1] = offsets[i] + rng.below(10);
      const indices = new Uint32Array(all.buffer, places.indices, offsets[n]);
      for (let k = 0; k < indices.length; k++) indices[k] = rng.below(n);
      const fill = (at: number, count: number) => {
        const numbers = view(all.buffer, at, count);
        for (let k = 0; k < count; k++) numbers[k] = rng.normal();
      };
      fill(places.coefficients, Math.max(n, offsets[n]));
      for (const at of [places.after, places.diagonal]) fill(at, n);
      for (const at of [places.x, places.z, places.w]) fill(at, n * width);
    };
  }

  describe.each(builds)("over $name", ({ shared, fast }) => {
    test("P11 the kernel equals its twin for widths 0 to 36 and around 64, all weightings and terms, and writes nothing else", () => {
      const n = 15;
      for (const width of [...Array(37).keys(), 63, 64, 65, 70]) {
        for (let form = 0; form < 6; form++) {
          const [after, diagonal] = form % 2 === 0 ? [0, 0] : [places.after, places.diagonal];
          const [z, w] = [form >= 2 ? places.z : 0, form >= 4 ? places.w : 0];
          const { offsets, indices, coefficients, x, y } = places;
          const matrix = [offsets, indices, (width + form) % 3, coefficients, after, diagonal];
          const args = [0, n, ...matrix, x, y, width, form < 2 ? 1 : 0.7, z, 0.3, w, -1.1];
          const all = expectSameBytes("spmm", fn, args, { bytes, shared, fast, fill: fillWith(width, n, width) });
          expect(all[y - 1]).toBe(filler);
          expect(all[y + n * width * size]).toBe(filler);
        }
      }
    });
  });

  test("P11 the kernel equals its twin for any range of rows of any matrix, and leaves the other rows", () => {
    const shape = fc.record({ seed: fc.nat(1e6), n: fc.integer({ min: 1, max: 20 }), width: fc.nat(40) });
    fc.assert(
      fc.property(shape, fc.nat(20), fc.nat(20), fc.nat(2), ({ seed, n, width }, a, b, mode) => {
        const [first, last] = [Math.min(a, b, n), Math.min(Math.max(a, b), n)];
        const { offsets, indices, coefficients, after, diagonal, x, y, z, w } = places;
        const args = [
          first,
          last,
          offsets,
          indices,
          mode,
          coefficients,
          after,
          diagonal,
          x,
          y,
          width,
          0.9,
          z,
          2,
          w,
          -1,
        ];
        const all = expectSameBytes("spmm", fn, args, { bytes, fill: fillWith(seed, n, width) });
        expect(all.slice(y, y + first * width * size).every((byte) => byte === filler)).toBe(true);
        expect(all.slice(y + last * width * size, y + n * width * size).every((byte) => byte === filler)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  test("a worked product: two rows, weighted by entry, scaled behind, with diagonal and both terms", () => {
    const fill = (all: Uint8Array) => {
      new Uint32Array(all.buffer, places.offsets, 3).set([0, 2, 3]);
      new Uint32Array(all.buffer, places.indices, 3).set([0, 1, 0]);
      view(all.buffer, places.coefficients, 3).set([2, 3, 5]);
      view(all.buffer, places.after, 2).set([10, 100]);
      view(all.buffer, places.diagonal, 2).set([1, -1]);
      view(all.buffer, places.x, 2).set([1, 2]);
      view(all.buffer, places.z, 2).set([7, 8]);
      view(all.buffer, places.w, 2).set([0.5, 0.25]);
    };
    const { offsets, indices, coefficients, after, diagonal, x, y, z, w } = places;
    const args = [0, 2, offsets, indices, 1, coefficients, after, diagonal, x, y, 1, 2, z, 3, w, 4];
    const all = expectSameBytes("spmm", fn, args, { bytes, fill });
    // 2 (10 (2 + 6) + 1) + 21 + 2 and 2 (100 5 - 2) + 24 + 1
    expect(Array.from(view(all.buffer, y, 2))).toEqual([185, 1021]);
  });
});

describe("coefficients32", () => {
  const at = { factors: 64, places: 1024, indices: 2048, coefficients: 3072, out: 4096 };

  test.each(builds)(
    "P11 the kernel equals its twin over $name, in order or not, for every weighting",
    ({ shared, fast }) => {
      for (const count of [0, 1, 4, 37]) {
        const fill = (all: Uint8Array) => {
          const rng = new Rng(count);
          for (const place of [at.factors, at.coefficients]) {
            new Float32Array(all.buffer, place, count).forEach((_, k, numbers) => {
              numbers[k] = rng.normal();
            });
          }
          for (const place of [at.places, at.indices]) {
            new Uint32Array(all.buffer, place, count).forEach((_, k, numbers) => {
              numbers[k] = rng.below(count);
            });
          }
        };
        for (const places of [0, at.places]) {
          for (const mode of [0, 1, 2]) {
            const args = [count, at.factors, places, at.indices, mode, at.coefficients, at.out];
            const all = expectSameBytes("spmm", "coefficients32", args, { shared, fast, fill });
            expect(all[at.out - 1]).toBe(filler);
            expect(all[at.out + 4 * count]).toBe(filler);
          }
        }
      }
    },
  );

  test("a worked case: factors in another order, coefficients by column", () => {
    const fill = (all: Uint8Array) => {
      new Float32Array(all.buffer, at.factors, 3).set([2, 3, 5]);
      new Uint32Array(all.buffer, at.places, 3).set([2, 0, 1]);
      new Uint32Array(all.buffer, at.indices, 3).set([1, 1, 0]);
      new Float32Array(all.buffer, at.coefficients, 2).set([7, 11]);
    };
    const args = [3, at.factors, at.places, at.indices, 2, at.coefficients, at.out];
    const all = expectSameBytes("spmm", "coefficients32", args, { fill });
    expect(Array.from(new Float32Array(all.buffer, at.out, 3))).toEqual([55, 22, 21]);
  });
});
