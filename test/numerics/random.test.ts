import fc from "fast-check";
import { expect, test } from "vitest";
import { philox } from "../../dist/numerics/philox.js";
import { Rng, seedKey } from "../../dist/numerics/random.js";
import { chiSquare, chiSquareLimit } from "./chi-square.js";

const draws = 200_000;

test.each([0, 1, 2 ** 40 + 7])("P8 bytes and low and high bits of seed %d are uniform by chi-square", (seed) => {
  const rng = new Rng(seed);
  for (const shift of [0, 8, 16, 24]) {
    const counts = new Float64Array(256);
    for (let k = 0; k < draws; k++) counts[(rng.uint32() >>> shift) & 255]++;
    expect(
      chiSquare(
        counts,
        counts.map(() => draws / 256),
      ),
    ).toBeLessThan(chiSquareLimit(255));
  }
});

test("P8 uniform() is uniform on [0, 1) by chi-square, also within pairs of successive numbers", () => {
  const rng = new Rng(3);
  const counts = new Float64Array(400);
  for (let k = 0; k < draws; k++) {
    const [x, y] = [rng.uniform(), rng.uniform()];
    expect(x >= 0 && x < 1).toBe(true);
    counts[Math.floor(x * 20) * 20 + Math.floor(y * 20)]++;
  }
  expect(
    chiSquare(
      counts,
      counts.map(() => draws / 400),
    ),
  ).toBeLessThan(chiSquareLimit(399));
});

test.each([1, 2, 3, 7, 1000, 3 * 2 ** 30])("P8 below(%d) is uniform by chi-square", (n) => {
  const rng = new Rng(4);
  const cells = Math.min(n, 1000);
  const counts = new Float64Array(cells);
  for (let k = 0; k < draws; k++) counts[Math.floor((rng.below(n) / n) * cells)]++;
  const limit = cells === 1 ? 0 : chiSquareLimit(cells - 1);
  expect(
    chiSquare(
      counts,
      counts.map(() => draws / cells),
    ),
  ).toBeLessThanOrEqual(limit);
});

/** Quantiles of the standard normal distribution at 1/10, 2/10, ..., 9/10. */
const deciles = [-1.2815516, -0.8416212, -0.5244005, -0.2533471, 0, 0.2533471, 0.5244005, 0.8416212, 1.2815516];

test("P8 normal() is standard normal by chi-square over its deciles", () => {
  const rng = new Rng(5);
  const counts = new Float64Array(10);
  for (let k = 0; k < draws; k++) {
    const x = rng.normal();
    counts[deciles.filter((decile) => decile < x).length]++;
  }
  expect(
    chiSquare(
      counts,
      counts.map(() => draws / 10),
    ),
  ).toBeLessThan(chiSquareLimit(9));
});

test("D1 a stream is Philox of (index, index's high word, stream, part) under the seed", () => {
  const rng = new Rng(2 ** 35 + 9, 11, 12);
  const block = new Uint32Array(4);
  for (let index = 0; index < 50; index++) {
    philox(block, index, 0, 11, 12, 9, 8);
    for (const word of block) expect(rng.uint32()).toBe(word);
  }
});

test("D1 the same seed, stream and part repeat the numbers; another of them gives others", () => {
  const first = (seed: number, stream: number, part: number) => new Rng(seed, stream, part).uint32();
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.nat(), fc.nat(), (seed, stream, part) => {
      const word = first(seed, stream, part);
      expect(first(seed, stream, part)).toBe(word);
      expect(first(seed, stream + 1, part)).not.toBe(word);
      expect(first(seed, stream, part + 1)).not.toBe(word);
    }),
    { numRuns: 200, seed: 1 }, // two words agree by chance once in 2^32
  );
});

test("a seed takes its low and its high word to the key", () => {
  expect(seedKey(0)).toEqual([0, 0]);
  expect(seedKey(2 ** 32 + 5)).toEqual([5, 1]);
  expect(seedKey(Number.MAX_SAFE_INTEGER)).toEqual([0xffffffff, 0x1fffff]);
});

test.each([-1, 1.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY])("a seed of %d is refused", (seed) => {
  expect(() => new Rng(seed)).toThrow(new RangeError(`seed must be an integer from 0 to 2^53 - 1, got ${seed}`));
});

test.each([0, -1, 1.5, 2 ** 32 + 1, Number.NaN])("below(%d) is refused instead of drawn for ever", (n) => {
  expect(() => new Rng(1).below(n)).toThrow(RangeError);
});
