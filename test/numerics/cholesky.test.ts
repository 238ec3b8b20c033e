import { expect, test } from "vitest";
import { factorize, solveFactorized } from "../../dist/numerics/cholesky.js";

test("a factor worked by hand: [[4, 2, -2], [2, 5, 3], [-2, 3, 6]] is L L^T with integers", () => {
  const triangle = Float64Array.of(4, 2, 5, -2, 3, 6);
  factorize("test", triangle, 3);
  expect([...triangle]).toEqual([2, 1, 2, -1, 2, 1]);
});

test("solves for several right sides at once", () => {
  const factor = Float64Array.of(2, 1, 2, -1, 2, 1);
  const right = Float64Array.of(4 * 1 + 2 * 2 - 2 * 3, 8, 2 * 1 + 5 * 2 + 3 * 3, 4, -2 + 3 * 2 + 6 * 3, -4); // of (1, 2, 3) and (2, 0, 0)
  solveFactorized("test", factor, 3, right, 2);
  expect([...right]).toEqual([1, 2, 2, 0, 3, 0]);
});

test("refuses matrices that are not positive definite, or too large, in the caller's name", () => {
  expect(() => factorize("fitRidge", Float64Array.of(1, 2, 1), 2)).toThrow(
    /^fitRidge: the equations depend on each other/,
  );
  expect(() => factorize("fitRidge", Float64Array.of(Number.POSITIVE_INFINITY), 1)).toThrow(/too large/);
  expect(() => solveFactorized("fitRidge", Float64Array.of(1e-200), 1, Float64Array.of(1), 1)).toThrow(
    /no finite solution/,
  );
});
