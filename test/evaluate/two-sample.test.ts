import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { twoSampleTest } from "../../dist/evaluate/two-sample.js";
import { Rng } from "../../dist/numerics/random.js";

const golden = JSON.parse(readFileSync(new URL("../golden/divergences.json", import.meta.url), "utf8"));

/** Normal points around (shift, 0, ..), row by row. */
function cloud(rng: Rng, count: number, dimensions: number, shift = 0): Float32Array {
  const length = count * dimensions;
  return Float32Array.from({ length }, (_, at) => rng.normal() + (at % dimensions === 0 ? shift : 0));
}

describe("twoSampleTest", () => {
  test("has the MMD that numpy and scipy have", async () => {
    const [x, y] = [golden.x, golden.y].map((rows: number[][]) => Float32Array.from(rows.flat()));
    const { mmd, permutations } = await twoSampleTest(x, y, 3, { permutations: 10 });
    expect(mmd).toBeCloseTo(golden.pooledMmd, 6);
    expect(permutations).toBe(10);
  });

  test("p is the share of all divisions that are as far apart, the given one among them", async () => {
    // {0, 1} and {10, 11}: of the three divisions into pairs this one is the furthest apart, so a third are as far
    const { mmd, pValue } = await twoSampleTest(Float32Array.of(0, 1), Float32Array.of(10, 11), 1, {
      permutations: 2000,
    });
    expect(mmd).toBeGreaterThan(0);
    expect(Math.abs(pValue - 1 / 3)).toBeLessThan(0.05);
    // {0, 10} and {1, 11} is the nearest
    const { pValue: all } = await twoSampleTest(Float32Array.of(0, 10), Float32Array.of(1, 11), 1);
    expect(all).toBe(1);
  });

  test("p is uniform where both samples are of one distribution, also of different sizes", async () => {
    const rng = new Rng(2);
    const runs = 200;
    const values: number[] = [];
    for (let k = 0; k < runs; k++) {
      const options = { permutations: 99, seed: k };
      values.push((await twoSampleTest(cloud(rng, 20, 2), cloud(rng, 30, 2), 2, options)).pValue);
    }
    // Kolmogorov and Smirnov: the distribution function is nowhere further than 1.63 / sqrt(runs) off in 99 of 100 cases
    values.sort((a, b) => a - b);
    const furthest = Math.max(...values.map((p, k) => Math.max(Math.abs((k + 1) / runs - p), Math.abs(k / runs - p))));
    expect(furthest).toBeLessThan(1.63 / Math.sqrt(runs) + 0.01); // p has steps of .01
  });

  test("p is as low as it can be for a shift that the eye sees, and for clouds that differ in spread alone", async () => {
    const rng = new Rng(3);
    const options = { permutations: 100 };
    const shifted = await twoSampleTest(cloud(rng, 150, 8, 1), cloud(rng, 150, 8), 8, options);
    expect(shifted.pValue).toBe(1 / 101);
    const wider = cloud(rng, 150, 8).map((value) => 1.5 * value);
    expect((await twoSampleTest(wider, cloud(rng, 150, 8), 8, options)).pValue).toBe(1 / 101);
  });

  test("a cloud and itself, and points that are all one, are not told apart", async () => {
    const x = cloud(new Rng(4), 40, 3);
    const same = await twoSampleTest(x, x, 3, { permutations: 50 });
    expect(same.mmd).toBeLessThan(0);
    expect(same.pValue).toBe(1);
    const ones = new Float32Array(12).fill(1);
    expect(await twoSampleTest(ones, ones, 3)).toEqual({ mmd: 0, pValue: 1, permutations: 500 });
  });

  test("the same seed gives the same p, another seed other divisions", async () => {
    const rng = new Rng(6);
    const [x, y] = [cloud(rng, 50, 2), cloud(rng, 50, 2)];
    const ps = await Promise.all([1, 1, 2, 3].map((seed) => twoSampleTest(x, y, 2, { seed })));
    expect(ps[1]).toEqual(ps[0]);
    expect(new Set(ps.map(({ pValue }) => pValue)).size).toBeGreaterThan(1);
  });

  test("stops when asked to", async () => {
    const x = cloud(new Rng(7), 300, 2);
    const signal = AbortSignal.timeout(40);
    await expect(twoSampleTest(x, x, 2, { permutations: 1e6, signal })).rejects.toThrow(/timeout/);
    await expect(twoSampleTest(x, x, 2, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/);
  });

  test("refuses samples that are none, and says what came", async () => {
    const x = cloud(new Rng(8), 4, 2);
    await expect(twoSampleTest(x.slice(0, 2), x, 2)).rejects.toThrow(
      "twoSampleTest: x must hold two points or more of 2 numbers, got 2 numbers",
    );
    await expect(twoSampleTest(x, x.slice(0, 7), 2)).rejects.toThrow(/y must hold two points .* got 7 numbers/);
    const broken = x.slice();
    broken[5] = Number.NaN;
    await expect(twoSampleTest(x, broken, 2)).rejects.toThrow("y must be finite, got NaN in point 2");
    await expect(twoSampleTest(x, x, 2, { permutations: 0 })).rejects.toThrow(/permutations must be an integer >= 1/);
    await expect(twoSampleTest(x, x, 2, { memoryLimit: 100 })).rejects.toThrow(/kernel of 8 points take 512 bytes/);
    await expect(twoSampleTest(x, x, 2, { kernel: 1 } as never)).rejects.toThrow(/no option kernel/);
  });
});
