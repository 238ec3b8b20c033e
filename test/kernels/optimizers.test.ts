import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Rng } from "../../dist/numerics/random.js";
import { builds, expectSameBytes, filler } from "./same-bytes.js";

/** Each function: arrays that it reads, arrays that it writes, numbers behind them. */
const functions = [
  { fn: "sgd", reads: 3, writes: 2, numbers: [0.1, 0.01, 0.9, 0] },
  { fn: "sgd", reads: 3, writes: 2, numbers: [0.1, 0.01, 0.9, 1] },
  { fn: "plainSgd", reads: 2, writes: 1, numbers: [0.1, 0.01] },
  { fn: "adagrad", reads: 3, writes: 2, numbers: [0.1, 0.01, 1e-10] },
  { fn: "adam", reads: 4, writes: 3, numbers: [0.01, 0.02, 0.999, 0.1, 0.999, 0.001, 31.6, 1e-8] },
  { fn: "rmsprop", reads: 4, writes: 3, numbers: [0.01, 0.02, 0.99, 0.01, 1e-8, 0.9] },
  { fn: "average", reads: 2, writes: 1, numbers: [0.1] },
];
const bytes = 16384;

/** Seeded normal numbers in the arrays read, of which those that hold sums of squares are positive. */
function fillWith(seed: number, count: number, places: readonly number[]) {
  return (all: Uint8Array) => {
    const rng = new Rng(seed);
    for (const [k, place] of places.entries()) {
      const values = new Float32Array(all.buffer, place, count);
      for (let i = 0; i < count; i++) values[i] = k < 2 ? rng.normal() : Math.abs(rng.normal());
    }
  };
}

describe.each(functions)("$fn $numbers", ({ fn, reads, writes, numbers }) => {
  const stride = 1104; // beyond 257 f32 and the offset
  const placesFrom = (offset: number) => Array.from({ length: reads + writes }, (_, k) => 64 + offset + k * stride);

  describe.each(builds)("over $name", ({ shared, fast }) => {
    test("P11 the kernel equals its twin for lengths 0 to 257 and offsets 0 to 15, and writes nothing else", () => {
      for (let count = 0; count <= 257; count++) {
        const places = placesFrom((4 * count) % 16);
        const fill = fillWith(count, count, places.slice(0, reads));
        const all = expectSameBytes("optimizers", fn, [count, ...places, ...numbers], { bytes, shared, fast, fill });
        for (const place of places.slice(reads)) {
          expect(all[place - 1]).toBe(filler);
          expect(all[place + 4 * count]).toBe(filler);
        }
      }
    });

    test("P11 the kernel equals its twin for any f32, NaN, infinite, -0 and denormal ones among them", () => {
      const places = placesFrom(0);
      const value = fc.oneof(fc.float(), fc.constantFrom(Number.NaN, Infinity, -Infinity, -0, 0, 1e-42, -1e-42, 3e38));
      const arrays = fc.array(fc.array(value, { minLength: 7, maxLength: 7 }), { minLength: reads, maxLength: reads });
      fc.assert(
        fc.property(arrays, (values) => {
          const fill = (all: Uint8Array) => {
            for (const [k, list] of values.entries()) new Float32Array(all.buffer, places[k], 7).set(list);
          };
          const floats = [places[reads], places[reads + writes - 1] + 28] as const;
          expectSameBytes("optimizers", fn, [7, ...places, ...numbers], { bytes, shared, fast, fill, floats });
        }),
        { numRuns: 200 },
      );
    });
  });

  test("an output may lie over the array that it replaces", () => {
    const count = 41;
    const places = placesFrom(0);
    const fill = fillWith(3, count, places.slice(0, reads));
    const apart = expectSameBytes("optimizers", fn, [count, ...places, ...numbers], { bytes, fill });
    const replaced = [places[0], ...places.slice(2, reads)].slice(0, writes);
    const over = expectSameBytes("optimizers", fn, [count, ...places.slice(0, reads), ...replaced, ...numbers], {
      bytes,
      fill,
    });
    for (const [k, place] of replaced.entries()) {
      const written = places[reads + k];
      expect(over.slice(place, place + 4 * count)).toEqual(apart.slice(written, written + 4 * count));
    }
  });
});
