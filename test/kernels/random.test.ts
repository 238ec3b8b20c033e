import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { philox } from "../../dist/numerics/philox.js";
import { builds, expectSameBytes, filler } from "./same-bytes.js";

describe.each([
  { fn: "uniform", bytesEach: 4, offsets: [0, 4, 8, 12] },
  { fn: "uniform64", bytesEach: 8, offsets: [0, 8] },
])("$fn", ({ fn, bytesEach, offsets }) => {
  describe.each(builds)("over $name", ({ shared, fast }) => {
    test("P11 the kernel equals its twin for lengths 0 to 257 at every aligned offset", () => {
      for (let count = 0; count <= 257; count++) {
        for (const offset of offsets) {
          const args = [64 + offset, count, 7, 1, 2, 0x12345678, 0xdeadbeef, -0.1, 0.3];
          const bytes = expectSameBytes("random", fn, args, { shared, fast });
          expect(bytes[64 + offset - 1]).toBe(filler);
          expect(bytes[64 + offset + bytesEach * count]).toBe(filler);
        }
      }
    });

    test("P11 the kernel equals its twin for any counter, key and range", () => {
      const word = fc.integer({ min: 0, max: 0xffffffff });
      const range = fc.float({ noNaN: true, noDefaultInfinity: true });
      fc.assert(
        fc.property(fc.tuple(word, word, word, word, word), range, range, (words, low, span) => {
          expectSameBytes("random", fn, [128, 9, ...words, low, span], { shared, fast });
        }),
        { numRuns: 200 },
      );
    });
  });
});

test("uniform: value i is low + span u, u the upper 24 bits of word i % 4 of block i / 4", () => {
  const all = expectSameBytes("random", "uniform", [0, 100, 3, 4, 5, 6, 7, 2, 0.5]);
  const values = new Float32Array(all.buffer, 0, 100);
  const block = new Uint32Array(4);
  for (let i = 0; i < 100; i++) {
    philox(block, Math.floor(i / 4), 3, 4, 5, 6, 7);
    expect(values[i]).toBe(Math.fround(2 + 0.5 * ((block[i % 4] >>> 8) / 2 ** 24)));
  }
});

test("uniform64: value i is low + span u, u of 53 bits from words 2 (i % 2) and 2 (i % 2) + 1 of block i / 2", () => {
  const all = expectSameBytes("random", "uniform64", [0, 100, 3, 4, 5, 6, 7, 2, 0.5]);
  const values = new Float64Array(all.buffer, 0, 100);
  const block = new Uint32Array(4);
  for (let i = 0; i < 100; i++) {
    philox(block, Math.floor(i / 2), 3, 4, 5, 6, 7);
    const [high, low] = block.subarray(2 * (i % 2));
    expect(values[i]).toBe(2 + 0.5 * (((high >>> 5) * 2 ** 26 + (low >>> 6)) / 2 ** 53));
  }
});
