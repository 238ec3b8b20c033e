import fc from "fast-check";
import { expect, test } from "vitest";
import { aliasTable } from "../../dist/numerics/alias.js";
import { Rng } from "../../dist/numerics/random.js";
import { chiSquare, chiSquareLimit } from "./chi-square.js";

/** The probability that a table gives to each of its items. */
function probabilities(table: Uint32Array): number[] {
  const n = table.length / 2;
  const sums = new Array<number>(n).fill(0);
  for (let x = 0; x < n; x++) {
    const [threshold, alias] = [table[2 * x], table[2 * x + 1]];
    sums[x] += threshold / 2 ** 32 / n;
    sums[alias] += (1 - threshold / 2 ** 32) / n;
  }
  return sums;
}

/** How far a table is from its weights: the largest error of a probability. */
function error(weights: readonly number[]): number {
  const scale = Math.max(...weights); // the sum of the largest numbers overflows
  const sum = weights.reduce((total, weight) => total + weight / scale, 0);
  const got = probabilities(aliasTable(weights));
  return Math.max(...got.map((p, i) => Math.abs(p - weights[i] / scale / sum)));
}

const bound = (n: number) => 2 ** -32 + n * 2 ** -52;

test("every item has its probability to 2^-32, for random weights", () => {
  const weight = fc.oneof(fc.double({ min: 0, max: 1e6, noNaN: true }), fc.constant(0), fc.integer({ min: 1, max: 9 }));
  fc.assert(
    fc.property(fc.array(weight, { minLength: 1, maxLength: 200 }), (weights) => {
      fc.pre(weights.some((x) => x > 0));
      expect(error(weights)).toBeLessThan(bound(weights.length));
    }),
    { numRuns: 1000 },
  );
});

test.each([
  ["one item", [3]],
  ["equal ones", [2, 2, 2, 2]],
  ["one of all", [0, 0, 7, 0]],
  ["many orders of magnitude", [1e-300, 1, 1e12, 5e-324]],
  ["those of which the largest times their number overflows", [8e307, 8e307, 1e307]],
  ["1 / rank of 20,000", Array.from({ length: 20_000 }, (_, i) => 1 / (i + 1))],
])("every item has its probability to 2^-32: %s", (_, weights) => {
  expect(error(weights)).toBeLessThan(bound(weights.length));
});

test("what has weight 0 is never drawn", () => {
  const rng = new Rng(1);
  for (let round = 0; round < 200; round++) {
    const weights = Array.from({ length: 1 + rng.below(300) }, () => (rng.below(3) === 0 ? rng.uniform() : 0));
    weights[0] = 1;
    const got = probabilities(aliasTable(weights));
    for (const [i, weight] of weights.entries()) if (weight === 0) expect(got[i]).toBe(0);
  }
});

test("P8 10^6 draws follow the weights (chi-square, p > 1e-4)", () => {
  const rng = new Rng(2);
  const weights = Array.from({ length: 500 }, (_, i) => (i + 1) ** -0.75);
  const table = aliasTable(weights);
  const counts = new Float64Array(500);
  for (let draw = 0; draw < 1e6; draw++) {
    const x = rng.below(500);
    counts[rng.uint32() < table[2 * x] ? x : table[2 * x + 1]]++;
  }
  const sum = weights.reduce((total, weight) => total + weight);
  expect(
    chiSquare(
      counts,
      weights.map((weight) => (1e6 * weight) / sum),
    ),
  ).toBeLessThan(chiSquareLimit(499));
});

test.each([
  [[], "aliasTable: weights must have a positive sum, got 0"],
  [[0, 0], "aliasTable: weights must have a positive sum, got 0"],
  [[1, Number.POSITIVE_INFINITY], "aliasTable: weights must have a positive sum, got Infinity"],
  [[Number.MAX_VALUE, Number.MAX_VALUE], "aliasTable: weights must have a positive sum, got Infinity"],
  [[1, -1, 3], "aliasTable: weights must not be negative or NaN, got -1 at 1"],
  [[1, 2, Number.NaN], "aliasTable: weights must not be negative or NaN, got NaN at 2"],
])("weights %j are refused", (weights, message) => {
  expect(() => aliasTable(weights)).toThrow(new RangeError(message));
});
