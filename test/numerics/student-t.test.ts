import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lnGamma, regularizedBeta, studentTwoSided } from "../../dist/numerics/student-t.js";

/** Relative difference, or the absolute one where the expected value is 0. */
const error = (value: number, expected: number) =>
  Math.abs(value - expected) / (expected === 0 ? 1 : Math.abs(expected));

describe("Student's t", () => {
  test("agrees with scipy 1.17.1 for gammaln, betainc and stats.t.sf", () => {
    const gammas = [
      [0.1, 2.252712651734206],
      [0.5, 0.5723649429247],
      [2.5, 0.2846828704729192],
      [7, 6.579251212010101],
      [50, 144.56574394634487],
      [1234.5, 7550.550901077894],
    ];
    for (const [x, expected] of gammas) expect(error(lnGamma(x), expected)).toBeLessThan(1e-13);
    const betas = [
      [0.2, 2, 3, 0.1808],
      [0.9, 0.5, 0.5, 0.7951672353008665],
      [0.5, 100, 120, 0.9117960627949818],
      [1e-5, 0.1, 20, 0.44747748254791503],
      [0.999, 30, 0.2, 0.46389281018654993],
    ];
    for (const [x, a, b, expected] of betas) {
      expect(error(regularizedBeta(x, 1 - x, a, b), expected)).toBeLessThan(1e-12);
    }
    const tails = [
      [0, 5, 1],
      [1e-9, 3, 0.9999999992648948],
      [0.5, 1, 0.7048327646991335],
      [2.262157, 9, 0.05000001330443163],
      [-1.2, 2.5, 0.3314388376658776],
      [12, 9, 7.699886222985653e-7],
      [40, 30, 1.3726045194406417e-27],
      [3, 1000, 0.0027667090442381925],
      [0.001, 400, 0.9992026140939541],
    ];
    for (const [t, freedom, expected] of tails) {
      expect(error(studentTwoSided(t, freedom), expected)).toBeLessThan(1e-12);
    }
  });

  test("has the closed forms of one and two degrees of freedom", () => {
    fc.assert(
      fc.property(fc.double({ min: -50, max: 50, noNaN: true }), (t) => {
        expect(studentTwoSided(t, 1)).toBeCloseTo(1 - (2 / Math.PI) * Math.atan(Math.abs(t)), 11);
        expect(studentTwoSided(t, 2)).toBeCloseTo(1 - Math.abs(t) / Math.sqrt(2 + t * t), 11);
      }),
    );
  });

  test("falls with |t|, from 1 at 0 to 0 at infinity, and is NaN for NaN", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 20, noNaN: true }),
        fc.double({ min: 0.01, max: 10, noNaN: true }),
        fc.integer({ min: 1, max: 500 }),
        (t, step, freedom) => {
          const [near, far] = [studentTwoSided(t, freedom), studentTwoSided(t + step, freedom)];
          expect(near).toBeLessThanOrEqual(1);
          expect(far).toBeLessThan(near);
          expect(studentTwoSided(-t, freedom)).toBe(near);
        },
      ),
    );
    expect(studentTwoSided(Number.POSITIVE_INFINITY, 4)).toBe(0);
    expect(studentTwoSided(Number.NaN, 4)).toBeNaN();
  });
});
