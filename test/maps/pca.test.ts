import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type PcaOptions, pca } from "../../dist/maps/pca.js";
import { Rng } from "../../dist/numerics/random.js";
import { symmetricEigen } from "../../dist/numerics/symmetric-eigen.js";
import type { Geometry } from "../../dist/space/manifest.js";
import { Space } from "../../dist/space/space.js";

const golden = JSON.parse(readFileSync(new URL("../golden/projections.json", import.meta.url), "utf8"));

const spaceOf = (vectors: Float32Array, dimensions: number, geometry: Geometry = "euclidean") =>
  Space.from({
    names: Array.from({ length: vectors.length / dimensions }, (_, i) => `n${i}`),
    ...{ vectors, dimensions, geometry },
  });
/** Random rows whose columns have the deviations `scale(d)` around a mean far from 0. */
const cloud = (rows: number, dimensions: number, seed: number, scale = (d: number) => 1 / (d + 1)) => {
  const rng = new Rng(seed);
  return Float32Array.from({ length: rows * dimensions }, (_, at) => 10 + rng.normal() * scale(at % dimensions));
};

/** Expects rows that agree with the golden ones up to a sign a row. */
function expectUpToSigns(rows: Float64Array, expected: number[][], digits: number): number[] {
  const width = expected[0].length;
  return expected.map((row, k) => {
    const sign = Math.sign(row.reduce((sum, value, d) => sum + value * rows[k * width + d], 0));
    row.forEach((value, d) => {
      expect(rows[k * width + d]).toBeCloseTo(sign * value, digits);
    });
    return sign;
  });
}

describe("pca", () => {
  test("equals scikit-learn's by singular values: components, variances, coordinates, new points", async () => {
    const expected = golden.pca;
    const map = await pca(spaceOf(Float32Array.from(golden.vectors.flat()), 6), { dimensions: 3 });
    const signs = expectUpToSigns(map.components, expected.components, 10);
    for (let k = 0; k < 3; k++) {
      expect(map.explainedVariance[k]).toBeCloseTo(expected.explainedVariance[k], 10);
      expect(map.explainedVarianceRatio[k]).toBeCloseTo(expected.explainedVarianceRatio[k], 10);
    }
    const close = (coordinates: Float32Array, rows: number[][]) =>
      rows.forEach((row, i) => {
        row.forEach((value, k) => {
          expect(coordinates[3 * i + k]).toBeCloseTo(signs[k] * value, 5); // float32
        });
      });
    close(map.coordinates, expected.coordinates);
    close(await map.transform(golden.fresh), expected.fresh);
  });

  test("a worked case: points on the line y = 2 x, with the sign that makes the larger entry positive", async () => {
    const map = await pca(spaceOf(Float32Array.of(-1, 2, 0, 0, 1, -2), 2));
    const root5 = Math.sqrt(5);
    expect(map.components[0]).toBeCloseTo(-1 / root5, 14);
    expect(map.components[1]).toBeCloseTo(2 / root5, 14);
    expect(Array.from(map.explainedVariance)).toEqual([expect.closeTo(5, 12), expect.closeTo(0, 12)]);
    expect(Array.from(map.coordinates)).toEqual([root5, 0, 0, 0, -root5, 0].map((x) => expect.closeTo(x, 6)));
  });

  test("components are orthonormal and diagonalize the covariance, for tall, wide and square clouds", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 30 }),
        fc.integer({ min: 1, max: 30 }),
        fc.nat(1e6),
        async (N, D, seed) => {
          const vectors = cloud(N, D, seed);
          const K = Math.min(N, D);
          const { components, explainedVariance, explainedVarianceRatio, mean } = await pca(spaceOf(vectors, D), {
            dimensions: K,
          });
          for (let k = 0; k < K; k++) {
            for (let l = 0; l <= k; l++) {
              let product = 0;
              for (let d = 0; d < D; d++) product += components[k * D + d] * components[l * D + d];
              expect(product).toBeCloseTo(k === l ? 1 : 0, 11);
              let covariance = 0;
              for (let i = 0; i < N; i++) {
                let [a, b] = [0, 0];
                for (let d = 0; d < D; d++) {
                  a += (vectors[i * D + d] - mean[d]) * components[k * D + d];
                  b += (vectors[i * D + d] - mean[d]) * components[l * D + d];
                }
                covariance += (a * b) / (N - 1);
              }
              expect(covariance).toBeCloseTo(k === l ? explainedVariance[k] : 0, 10);
            }
            if (k > 0) expect(explainedVariance[k]).toBeLessThanOrEqual(explainedVariance[k - 1]);
          }
          const total = explainedVarianceRatio.reduce((sum, ratio) => sum + ratio, 0);
          expect(total).toBeCloseTo(1, 10);
        },
      ),
      { numRuns: 40 },
    );
  });

  test("the randomized solver finds the components of a falling spectrum", async () => {
    const space = spaceOf(cloud(300, 80, 1), 80);
    const exact = await pca(space, { dimensions: 5 });
    const drawn = await pca(space, { dimensions: 5, solver: "randomized" });
    expect(drawn.seed).toBe(1);
    expect(exact.seed).toBeNull();
    for (let at = 0; at < 400; at++) expect(drawn.components[at]).toBeCloseTo(exact.components[at], 6);
    for (let k = 0; k < 5; k++) {
      expect(drawn.explainedVarianceRatio[k]).toBeCloseTo(exact.explainedVarianceRatio[k], 10);
    }
    const other = await pca(space, { dimensions: 5, solver: "randomized", seed: 2 });
    expect(other.components).not.toEqual(drawn.components);
  });

  test("explained variances are those of Jacobi's rotations on the covariance", async () => {
    const [N, D] = [50, 7];
    const vectors = cloud(N, D, 4);
    const { mean, explainedVariance } = await pca(spaceOf(vectors, D), { dimensions: D });
    const covariance = new Float64Array(D * D);
    for (let i = 0; i < N; i++) {
      for (let a = 0; a < D; a++) {
        for (let b = 0; b < D; b++) {
          covariance[a * D + b] += ((vectors[i * D + a] - mean[a]) * (vectors[i * D + b] - mean[b])) / (N - 1);
        }
      }
    }
    const { values } = symmetricEigen(covariance, D);
    for (let k = 0; k < D; k++) expect(explainedVariance[k]).toBeCloseTo(values[D - 1 - k], 12);
  });

  test.each<[string, number, number, PcaOptions]>([
    ["tall", 700, 67, { dimensions: 9 }],
    ["wide", 70, 300, { dimensions: 9 }],
    ["randomized", 700, 67, { dimensions: 9, solver: "randomized" }],
    ["normalized", 700, 67, { dimensions: 9, normalize: true }],
  ])("gives the same bytes with 1, 2 and 4 threads: %s", async (_, N, D, options) => {
    const space = spaceOf(cloud(N, D, 5), D);
    const [one, two, four] = await Promise.all([1, 2, 4].map((threads) => pca(space, { ...options, threads })));
    for (const other of [two, four]) {
      expect(other.coordinates).toEqual(one.coordinates);
      expect(other.components).toEqual(one.components);
      expect(other.explainedVariance).toEqual(one.explainedVariance);
    }
  });

  test("transform puts an item where it is, alone or among others", async () => {
    const vectors = cloud(90, 70, 6);
    for (const normalize of [false, true]) {
      const map = await pca(spaceOf(vectors, 70), { dimensions: 4, normalize });
      const rows = Array.from({ length: 90 }, (_, i) => vectors.slice(70 * i, 70 * (i + 1)));
      expect(await map.transform(rows)).toEqual(map.coordinates);
      expect(await map.transform([rows[17]])).toEqual(map.coordinates.slice(68, 72));
      expect(await map.transform([])).toEqual(new Float32Array(0));
    }
  });

  test("normalize makes lengths of no account", async () => {
    const vectors = cloud(40, 5, 7, () => 5);
    const longer = vectors.map((value, at) => value * 2 ** (Math.floor(at / 5) % 3));
    const [one, other] = await Promise.all(
      [vectors, longer].map((rows) => pca(spaceOf(rows, 5, "cosine"), { normalize: true })),
    );
    expect(other.coordinates).toEqual(one.coordinates);
  });

  test("equal vectors lie on one point, and a warning says so", async () => {
    const warnings: string[] = [];
    const equal = spaceOf(
      Float32Array.from({ length: 30 }, (_, at) => [0.1, 0.7, -3][at % 3]),
      3,
    );
    const map = await pca(equal, { onWarning: (message) => warnings.push(message) });
    for (const value of map.coordinates) expect(value).toBeCloseTo(0, 6);
    expect(Array.from(map.explainedVarianceRatio)).toEqual([0, 0]);
    expect(warnings).toEqual(["pca: all vectors are equal; they lie on one point of the map"]);
  });

  test("refuses what has no components, and says why", async () => {
    const space = spaceOf(cloud(10, 3, 1), 3);
    await expect(pca(space, { dimensions: 4 })).rejects.toThrow(
      "pca: 10 vectors of 3 numbers have 3 components, dimensions is 4",
    );
    await expect(pca(spaceOf(cloud(1, 3, 1), 3))).rejects.toThrow("at least two items are needed, the space has 1");
    await expect(pca(spaceOf(cloud(9, 3, 1), 3, "lorentz"))).rejects.toThrow("geometry lorentz has no straight");
    await expect(pca(space, { solver: "exact" as never })).rejects.toThrow("solver must be one of auto");
    const broken = spaceOf(cloud(10, 3, 1), 3);
    (await broken.vectors()).set(4, [1, Number.NaN, 0]);
    await expect(pca(broken)).rejects.toThrow('pca: vectors must be finite, that of "n4" (row 4) holds NaN');
    const map = await pca(space);
    await expect(map.transform([[1, 2]])).rejects.toThrow("pca: vector 0 must have 3 numbers, got 2");
    await expect(map.transform([[1, 2, Number.NaN]])).rejects.toThrow("pca: vector 0 must be finite, got NaN");
    await expect(pca(space, { signal: AbortSignal.abort(new Error("stop")) })).rejects.toThrow("stop");
  });
});
