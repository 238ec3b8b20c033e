import fc from "fast-check";
import { expect, test } from "vitest";
import { Rng } from "../../dist/numerics/random.js";
import { symmetricEigen } from "../../dist/numerics/symmetric-eigen.js";

test("the second difference matrix has the eigenvalues 2 - 2 cos(pi k / (n + 1))", () => {
  const n = 12;
  const matrix = Float64Array.from({ length: n * n }, (_, at) => {
    const distance = Math.abs(Math.floor(at / n) - (at % n));
    return distance === 0 ? 2 : distance === 1 ? -1 : 0;
  });
  const { values } = symmetricEigen(matrix, n);
  for (const [k, value] of values.entries()) {
    expect(value).toBeCloseTo(2 - 2 * Math.cos((Math.PI * (k + 1)) / (n + 1)), 12);
  }
});

test("vectors are orthonormal and A v = lambda v, for any symmetric matrix", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), fc.nat(), (n, seed) => {
      const rng = new Rng(seed);
      const a = new Float64Array(n * n);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j <= i; j++) {
          const value = rng.uniform() < 0.3 ? 0 : rng.normal();
          a[i * n + j] = value;
          a[j * n + i] = value;
        }
      }
      const { values, vectors } = symmetricEigen(a, n);
      for (let k = 0; k < n; k++) {
        const v = vectors.subarray(k * n, (k + 1) * n);
        for (let i = 0; i < n; i++) {
          const image = v.reduce((sum, value, j) => sum + a[i * n + j] * value, 0);
          expect(image).toBeCloseTo(values[k] * v[i], 10);
        }
        for (let m = 0; m <= k; m++) {
          const product = v.reduce((sum, value, i) => sum + value * vectors[m * n + i], 0);
          expect(product).toBeCloseTo(m === k ? 1 : 0, 10);
        }
        if (k > 0) expect(values[k]).toBeGreaterThanOrEqual(values[k - 1]);
      }
    }),
  );
});
