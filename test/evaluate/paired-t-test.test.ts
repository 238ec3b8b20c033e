import { describe, expect, test } from "vitest";
import { pairedTTest } from "../../dist/evaluate/paired-t-test.js";

describe("pairedTTest", () => {
  test("agrees with scipy 1.17.1's ttest_rel", () => {
    const { difference, t, freedom, pValue } = pairedTTest([91.2, 90.1, 92.4, 89.9, 91], [90.8, 90.3, 91.1, 89, 90.2]);
    expect(difference).toBeCloseTo(0.64, 12);
    expect(t).toBeCloseTo(2.518046321166823, 10);
    expect(freedom).toBe(4);
    expect(pValue).toBeCloseTo(0.06549297535313475, 11);
  });

  test("is the same in the other direction, but for the sign", () => {
    const [a, b] = [
      [3, 1, 4, 1],
      [2, 7, 1, 8],
    ];
    const [forward, backward] = [pairedTTest(a, b), pairedTTest(b, a)];
    expect(backward.t).toBe(-forward.t);
    expect(backward.pValue).toBe(forward.pValue);
  });

  test("says 0 where every pair differs by the same, and 1 where none differs", () => {
    expect(pairedTTest([2, 3, 4], [1, 2, 3])).toEqual({
      difference: 1,
      t: Number.POSITIVE_INFINITY,
      freedom: 2,
      pValue: 0,
    });
    expect(pairedTTest([1, 2], [1, 2]).pValue).toBe(1);
  });

  test("refuses lists that are no pairs", () => {
    expect(() => pairedTTest([1, 2], [1])).toThrow("pairedTTest: two or more pairs were needed, got 2 and 1 numbers");
    expect(() => pairedTTest([1], [1])).toThrow(RangeError);
    expect(() => pairedTTest([1, Number.NaN], [1, 2])).toThrow("finite numbers were needed, got NaN and 2");
  });
});
