import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { philox } from "../../dist/numerics/philox.js";
import { builds, expectSameBytes, filler } from "./same-bytes.js";

describe.each(builds)("uniform over $name", ({ shared, fast }) => {
  test("P11 the kernel equals its twin for lengths 0 to 257 at every aligned offset", () => {
    for (let count = 0; count <= 257; count++) {
      for (const offset of [0, 4, 8, 12]) {
        const args = [64 + offset, count, 7, 1, 2, 0x12345678, 0xdeadbeef, -0.1, 0.3];
        const bytes = expectSameBytes("random", "uniform", args, { shared, fast });
        expect(bytes[64 + offset - 1]).toBe(filler);
        expect(bytes[64 + offset + 4 * count]).toBe(filler);
      }
    }
  });

  test("P11 the kernel equals its twin for any counter, key and range", () => {
    const word = fc.integer({ min: 0, max: 0xffffffff });
    const range = fc.float();
    fc.assert(
      fc.property(fc.tuple(word, word, word, word, word), range, range, (words, low, span) => {
        expectSameBytes("random", "uniform", [128, 9, ...words, low, span], { shared, fast });
      }),
      { numRuns: 200 },
    );
  });
});

describe.each(builds)("uniform64 over $name", ({ shared, fast }) => {
  test("P11 the kernel equals its twin for lengths 0 to 257 at every aligned offset", () => {
    for (let count = 0; count <= 257; count++) {
      for (const offset of [0, 8]) {
        const args = [64 + offset, count, 7, 1, 2, 0x12345678, 0xdeadbeef, -0.1, 0.3];
        const bytes = expectSameBytes("random", "uniform64", args, { shared, fast });
        expect(bytes[64 + offset - 1]).toBe(filler);
        expect(bytes[64 + offset + 8 * count]).toBe(filler);
      }
    }
  });

  test("P11 the kernel equals its twin for any counter, key and range", () => {
    const word = fc.integer({ min: 0, max: 0xffffffff });
    const range = fc.double({ noDefaultInfinity: true, noNaN: true, min: -1e300, max: 1e300 });
    fc.assert(
      fc.property(fc.tuple(word, word, word, word, word), range, range, (words, low, span) => {
        expectSameBytes("random", "uniform64", [128, 9, ...words, low, span], { shared, fast });
      }),
      { numRuns: 200 },
    );
  });
});

test("value i of uniform64 is low + span u, u 53 bits of words 2 (i % 2) and 2 (i % 2) + 1 of block i / 2", () => {
  const all = expectSameBytes("random", "uniform64", [0, 100, 3, 4, 5, 6, 7, 2, 0.5]);
  const values = new Float64Array(all.buffer, 0, 100);
  const block = new Uint32Array(4);
  for (let i = 0; i < 100; i++) {
    philox(block, Math.floor(i / 2), 3, 4, 5, 6, 7);
    const bits = (BigInt(block[2 * (i % 2)] >>> 5) << 26n) | BigInt(block[2 * (i % 2) + 1] >>> 6);
    expect(values[i]).toBe(2 + 0.5 * (Number(bits) / 2 ** 53));
  }
});

test("value i is low + span u, u the upper 24 bits of word i % 4 of block i / 4", () => {
  const all = expectSameBytes("random", "uniform", [0, 100, 3, 4, 5, 6, 7, 2, 0.5]);
  const values = new Float32Array(all.buffer, 0, 100);
  const block = new Uint32Array(4);
  for (let i = 0; i < 100; i++) {
    philox(block, Math.floor(i / 4), 3, 4, 5, 6, 7);
    expect(values[i]).toBe(Math.fround(2 + 0.5 * ((block[i % 4] >>> 8) / 2 ** 24)));
  }
});
