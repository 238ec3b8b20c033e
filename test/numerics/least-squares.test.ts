import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LeastSquares } from "../../dist/numerics/least-squares.js";
import { Rng } from "../../dist/numerics/random.js";

describe("LeastSquares", () => {
  test("fits a line by hand: points (0,1), (1,3), (2,5) lie on 1 + 2x", () => {
    const equations = new LeastSquares(2);
    for (const [x, y] of [
      [0, 1],
      [1, 3],
      [2, 5],
    ])
      equations.add([1, x], [y], 1);
    const [intercept, slope] = equations.solve(1e-12);
    expect(intercept).toBeCloseTo(1, 10);
    expect(slope).toBeCloseTo(2, 10);
  });

  test("one unknown is the weighted mean, shrunk by the ridge", () => {
    const equations = new LeastSquares(1);
    equations.add([1], [2], 3);
    equations.add([1], [6], 1);
    expect(equations.solve(0.5)[0]).toBeCloseTo((3 * 2 + 1 * 6) / (4 + 0.5), 12);
  });

  test("at the solution the gradient vanishes, fewer equations than unknowns included", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 0, max: 30 }),
        fc.nat(),
        (unknowns, rows, seed) => {
          const rng = new Rng(seed);
          const a = Array.from({ length: rows }, () => Array.from({ length: unknowns }, () => rng.normal()));
          const y = a.map(() => rng.normal());
          const w = a.map(() => rng.uniform());
          const equations = new LeastSquares(unknowns);
          a.forEach((row, j) => {
            equations.add(row, [y[j]], w[j]);
          });
          const ridge = 0.1;
          const x = equations.solve(ridge);
          for (let d = 0; d < unknowns; d++) {
            let gradient = ridge * x[d];
            a.forEach((row, j) => {
              gradient += w[j] * (row.reduce((sum, value, k) => sum + value * x[k], 0) - y[j]) * row[d];
            });
            expect(Math.abs(gradient)).toBeLessThan(1e-10);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  test("several targets at once come out as each does alone, to the bit", () => {
    const rng = new Rng(3);
    const rows = Array.from({ length: 9 }, () => Float64Array.from({ length: 5 }, () => rng.normal()));
    const targets = rows.map(() => [rng.normal(), rng.normal(), rng.normal()]);
    const together = new LeastSquares(5, 3);
    rows.forEach((row, j) => {
      together.add(row, targets[j], 1);
    });
    const x = together.solve(0.01);
    for (const c of [0, 1, 2]) {
      const alone = new LeastSquares(5);
      rows.forEach((row, j) => {
        alone.add(row, [targets[j][c]], 1);
      });
      expect(Array.from(alone.solve(0.01))).toEqual(Array.from({ length: 5 }, (_, d) => x[d * 3 + c]));
    }
  });

  test("an equation added with a negative weight is gone", () => {
    const equations = new LeastSquares(2);
    equations.add([1, 2], [3], 1);
    equations.add([4, 0], [1], 1);
    const before = equations.solve(1);
    equations.add([8, 16], [32], 2);
    equations.add([8, 16], [32], -2);
    expect(equations.solve(1)).toEqual(before);
  });

  test("refuses equations without a finite solution", () => {
    const equations = new LeastSquares(1);
    equations.add([1e200], [1], 1);
    expect(() => equations.solve(1)).toThrow(RangeError);
  });
});
