import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fitGaussian, frechetDistance, type Gaussian } from "../../dist/evaluate/frechet.js";
import { Rng } from "../../dist/numerics/random.js";

const diagonal = (mean: number[], variances: number[]): Gaussian => ({
  mean: Float64Array.from(mean),
  covariance: Float64Array.from({ length: variances.length ** 2 }, (_, i) =>
    i % (variances.length + 1) === 0 ? variances[i / (variances.length + 1)] : 0,
  ),
});

/** Points that Python makes in the same way: multiples of 1/8. */
function rows(count: number, dimensions: number, step: number, prime: number): Float64Array {
  return Float64Array.from({ length: count * dimensions }, (_, k) => {
    const [i, j] = [Math.floor(k / dimensions), k % dimensions];
    return (((i * i * 3 + j * j * 5 + step * (i * j + i + 3)) % prime) - Math.floor(prime / 2)) / 8;
  });
}

const randomGaussian = (seed: number, dimensions: number) => {
  const rng = new Rng(seed);
  return fitGaussian(
    Float64Array.from({ length: 3 * dimensions * dimensions }, () => rng.normal()),
    dimensions,
  );
};

describe("fitGaussian", () => {
  test("has the mean and the covariance, with N - 1, of points worked by hand", () => {
    const { mean, covariance } = fitGaussian(Float32Array.of(1, 0, 3, 4, 5, 2), 2);
    expect([...mean].map((value) => value.toFixed(12))).toEqual(["3.000000000000", "2.000000000000"]);
    expect([...covariance].map((value) => value.toFixed(12))).toEqual([4, 2, 2, 4].map((value) => value.toFixed(12)));
  });

  test("refuses fewer than two points, half ones, and what is not finite", () => {
    expect(() => fitGaussian(Float32Array.of(1, 2), 2)).toThrow(
      "two rows of 2 numbers or more were needed, got 2 numbers",
    );
    expect(() => fitGaussian(Float32Array.of(1, 2, 3), 2)).toThrow(RangeError);
    expect(() => fitGaussian(Float32Array.of(1, 2, 3, Number.NaN), 2)).toThrow("row 1 has NaN");
  });
});

describe("frechetDistance", () => {
  test("of independent coordinates is the sum over them of (m - m')^2 + (s - s')^2", () => {
    const a = diagonal([1, 0, -2], [4, 0, 9]);
    const b = diagonal([0, 0, 1], [1, 25, 9]);
    expect(frechetDistance(a, b)).toBeCloseTo(1 + 0 + 9 + (2 - 1) ** 2 + (0 - 5) ** 2 + 0, 12);
  });

  test("is 0 of equal Gaussians, of any rank, and |m - m'|^2 where the covariances are equal", () => {
    const full = randomGaussian(1, 5);
    expect(frechetDistance(full, full)).toBeLessThan(1e-12);
    const flat = fitGaussian(Float64Array.of(1, 2, 3, 2, 4, 6, -1, -2, -3), 3);
    expect(frechetDistance(flat, flat)).toBeLessThan(1e-6); // roots of eigenvalues that are 0 but for rounding
    const moved = { mean: full.mean.map((value) => value + 2), covariance: full.covariance };
    expect(frechetDistance(full, moved)).toBeCloseTo(20, 10);
  });

  test("agrees with numpy 2.4.6's covariances and scipy 1.17.1's sqrtm", () => {
    const of = (n: number, m: number, dimensions: number) =>
      frechetDistance(
        fitGaussian(rows(n, dimensions, 1, 101), dimensions),
        fitGaussian(rows(m, dimensions, 2, 97), dimensions),
      );
    expect(of(60, 80, 7)).toBeCloseTo(12.491763923804339, 10);
    expect(of(100, 50, 12)).toBeCloseTo(19.576307141683245, 10);
  });

  test("is symmetric, keeps the triangle inequality of its root, and grows with the square of the unit", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 1e6 }), (dimensions, seed) => {
        const [a, b, c] = [0, 1, 2].map((k) => randomGaussian(seed + k, dimensions));
        const ab = frechetDistance(a, b);
        expect(Math.abs(frechetDistance(b, a) - ab)).toBeLessThan(1e-9 * (1 + ab));
        expect(Math.sqrt(ab)).toBeLessThan(Math.sqrt(frechetDistance(a, c)) + Math.sqrt(frechetDistance(c, b)) + 1e-6);
        const tripled = ({ mean, covariance }: Gaussian) => ({
          mean: mean.map((value) => 3 * value),
          covariance: covariance.map((value) => 9 * value),
        });
        expect(Math.abs(frechetDistance(tripled(a), tripled(b)) - 9 * ab)).toBeLessThan(1e-9 * (1 + 9 * ab));
      }),
      { numRuns: 30 },
    );
  });

  test("of two samples of N points of one distribution is about (D + 4) / 2N of the summed variance", () => {
    const rng = new Rng(3);
    const sample = (count: number) =>
      fitGaussian(
        Float64Array.from({ length: count * 20 }, () => 3 * rng.normal()),
        20,
      );
    for (const count of [200, 2000]) {
      const expected = (24 / (2 * count)) * 20 * 9;
      expect(frechetDistance(sample(count), sample(count)) / expected).toBeGreaterThan(0.85);
      expect(frechetDistance(sample(count), sample(count)) / expected).toBeLessThan(1.2);
    }
  });

  test("refuses other numbers of dimensions", () => {
    expect(() => frechetDistance(diagonal([0], [1]), diagonal([0, 0], [1, 1]))).toThrow(
      "frechetDistance: equally many dimensions were needed, got 1 and 2",
    );
  });
});
