import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { leadingEigen } from "../../dist/numerics/leading-eigen.js";
import { Rng } from "../../dist/numerics/random.js";
import { symmetricEigen } from "../../dist/numerics/symmetric-eigen.js";

/** A matrix Q diag(values) Q' with a random rotation Q, symmetric to the bit. */
function withEigenvalues(values: readonly number[], seed: number): Float64Array {
  const n = values.length;
  const rng = new Rng(seed);
  const noise = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) noise[i * n + j] = noise[j * n + i] = rng.normal();
  const { vectors } = symmetricEigen(noise, n);
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += values[k] * vectors[k * n + i] * vectors[k * n + j];
      matrix[i * n + j] = matrix[j * n + i] = sum;
    }
  }
  return matrix;
}

/** Expects eigenpairs of the matrix, orthonormal, to `tolerance` times its norm. */
async function expectLeading(matrix: Float64Array, n: number, count: number, expected: readonly number[]) {
  const { values, vectors } = await leadingEigen(matrix, n, count);
  const norm = Math.max(...expected.map(Math.abs), 1e-300);
  for (let k = 0; k < count; k++) {
    expect(Math.abs(values[k] - expected[k]) / norm).toBeLessThan(1e-13);
    for (let i = 0; i < n; i++) {
      let product = 0;
      for (let j = 0; j < n; j++) product += matrix[i * n + j] * vectors[k * n + j];
      expect(Math.abs(product - values[k] * vectors[k * n + i]) / norm).toBeLessThan(1e-12);
    }
    for (let l = 0; l <= k; l++) {
      let product = 0;
      for (let j = 0; j < n; j++) product += vectors[k * n + j] * vectors[l * n + j];
      expect(Math.abs(product - (k === l ? 1 : 0))).toBeLessThan(1e-12);
    }
  }
}

const descending = (values: readonly number[]) => [...values].sort((a, b) => b - a);

describe("leadingEigen", () => {
  test("finds planted eigenvalues of any spectrum, many equal or close ones among them", async () => {
    const value = fc.oneof(
      fc.constantFrom(0, 1, -1, 2, 1 + 1e-9, 1 + 1e-14, 1e-12),
      fc.double({ min: -5, max: 5, noNaN: true }).map((x) => (Math.abs(x) < 1e-12 ? 0 : x)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 24 }), fc.nat(1e6), async (values, seed) => {
        const sorted = descending(values);
        await expectLeading(withEigenvalues(values, seed), values.length, 1 + (seed % values.length), sorted);
      }),
      { numRuns: 60 },
    );
  });

  test("agrees with Jacobi's rotations on 1/k^2, all of 60", async () => {
    const spectrum = Array.from({ length: 60 }, (_, k) => 1 / (k + 1) / (k + 1));
    const matrix = withEigenvalues(spectrum, 3);
    const jacobi = symmetricEigen(matrix, 60);
    await expectLeading(matrix, 60, 60, Array.from(jacobi.values).reverse());
  });

  test.each([
    ["the identity", (i: number, j: number) => (i === j ? 1 : 0), Array(21).fill(1)],
    ["zero", () => 0, Array(21).fill(0)],
    ["all ones", () => 1, [21, ...Array(20).fill(0)]],
    ["a tiny multiple of all ones", () => 1e-80, [21e-80, ...Array(20).fill(0)]],
    [
      "a diagonal",
      (i: number, j: number) => (i === j ? i % 4 : 0),
      descending(Array.from({ length: 21 }, (_, i) => i % 4)),
    ],
  ])("takes matrices without a gap: %s", async (_, element, expected) => {
    const matrix = Float64Array.from({ length: 441 }, (_, at) => element(Math.floor(at / 21), at % 21));
    await expectLeading(matrix, 21, 21, expected);
  });

  test("keeps the near twins of Wilkinson's matrix W21+ apart", async () => {
    const matrix = new Float64Array(441);
    for (let i = 0; i < 21; i++) {
      matrix[i * 21 + i] = Math.abs(10 - i);
      if (i > 0) matrix[i * 21 + i - 1] = matrix[(i - 1) * 21 + i] = 1;
    }
    await expectLeading(matrix, 21, 21, Array.from(symmetricEigen(matrix, 21).values).reverse());
    // Wilkinson 1965, "The algebraic eigenvalue problem", page 309
    expect((await leadingEigen(matrix, 21, 1)).values[0]).toBeCloseTo(10.746194182903393, 12);
  });

  test("refuses what is not finite, and stops where the pause throws", async () => {
    await expect(leadingEigen(Float64Array.of(Number.NaN), 1, 1)).rejects.toThrow("the matrix must be finite");
    const stop = async () => {
      throw new Error("stop");
    };
    const large = Float64Array.from({ length: 400 * 400 }, (_, at) => 1 / (1 + (at % 400) + Math.floor(at / 400)));
    await expect(leadingEigen(large, 400, 2, stop)).rejects.toThrow("stop");
  });
});
