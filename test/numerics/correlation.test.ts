import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { averageRanks, mean, pearson, spearman, standardDeviation } from "../../dist/numerics/correlation.js";

describe("correlation", () => {
  test("equal values share the mean of their ranks", () => {
    expect([...averageRanks([1, 2, 2, 3, 5, 5, 5, 9])]).toEqual([1, 2.5, 2.5, 4, 6, 6, 6, 8]);
    expect([...averageRanks([])]).toEqual([]);
  });

  test("agrees with scipy 1.17.1's spearmanr and pearsonr, ties included", () => {
    const x = [1, 2, 2, 3, 5, 5, 5, 9];
    const y = [2, 1, 4, 4, 3, 8, 7, 7];
    expect(spearman(x, y)).toBeCloseTo(0.7144097497387378, 14);
    expect(pearson(x, y)).toBeCloseTo(0.7173913043478262, 14);
    expect(spearman([0.1, 0.4, 0.35, 0.8, 0.2], [10, 3, 7, 1, 7.5])).toBeCloseTo(-1, 14);
    expect(pearson([0.1, 0.4, 0.35, 0.8, 0.2], [10, 3, 7, 1, 7.5])).toBeCloseTo(-0.921903979313961, 14);
  });

  test("gives -29/165 for the textbook's IQ against hours of television", () => {
    const iq = [106, 100, 86, 101, 99, 103, 97, 113, 112, 110];
    const hours = [7, 27, 2, 50, 28, 29, 20, 12, 6, 17];
    expect(spearman(iq, hours)).toBeCloseTo(-29 / 165, 14);
  });

  test("rank correlation is symmetric, within [-1, 1] and blind to a growing transformation", () => {
    const pairs = fc.array(fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: -50, max: 50 })), {
      minLength: 2,
    });
    fc.assert(
      fc.property(pairs, (list) => {
        const x = list.map(([a]) => a);
        const y = list.map(([, b]) => b);
        const rho = spearman(x, y);
        expect(spearman(y, x)).toEqual(rho);
        expect(
          spearman(
            x.map((a) => a ** 3 + 2 * a),
            y,
          ),
        ).toEqual(rho);
        if (rho !== null) expect(Math.abs(rho)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test("there is no correlation of fewer than two pairs or with a constant", () => {
    expect(pearson([1], [2])).toBeNull();
    expect(spearman([], [])).toBeNull();
    expect(spearman([3, 3, 3], [1, 2, 3])).toBeNull();
  });

  test("the deviation divides by n - 1", () => {
    expect(mean([2, 4, 4, 4, 5, 5, 7, 9])).toBe(5);
    expect(standardDeviation([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(Math.sqrt(32 / 7), 14);
    expect(standardDeviation([5])).toBeNull();
  });
});
