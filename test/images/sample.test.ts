import { describe, expect, test } from "vitest";
import { samplesOf } from "../../dist/images/index.js";
import { Rng } from "../../dist/numerics/random.js";
import { Space } from "../../dist/space/space.js";

/** Items on a line in three dimensions, (t, 2 t + 1, 5), so that the covariance has rank 1. */
function line(): Space {
  const rng = new Rng(4);
  const ts = Array.from({ length: 50 }, () => rng.normal());
  return Space.from({
    names: ts.map((_, n) => `p${n}`),
    vectors: Float32Array.from(ts.flatMap((t) => [t, 2 * t + 1, 5])),
    geometry: "euclidean",
  });
}

describe("samplesOf", () => {
  test("a fitted normal distribution has the mean and the covariance of the items, whatever its rank", async () => {
    const space = line();
    const { vectors, distribution } = await samplesOf(space, 4000, 7);
    expect(distribution).toBe("fitted normal");
    const items = await space.vectors();
    const ts = Array.from({ length: 50 }, (_, n) => items.get(n)[0]);
    const mean = ts.reduce((sum, t) => sum + t, 0) / 50;
    const variance = ts.reduce((sum, t) => sum + (t - mean) ** 2, 0) / 49;
    for (const [x, y, z] of vectors) {
      expect(y).toBeCloseTo(2 * x + 1, 4);
      expect(z).toBeCloseTo(5, 5);
    }
    const drawn = vectors.map(([x]) => x);
    const drawnMean = drawn.reduce((sum, x) => sum + x, 0) / 4000;
    const drawnVariance = drawn.reduce((sum, x) => sum + (x - drawnMean) ** 2, 0) / 3999;
    // four standard errors: deviation / sqrt(n), and variance sqrt(2 / n)
    expect(Math.abs(drawnMean - mean)).toBeLessThan(4 * Math.sqrt(variance / 4000));
    expect(Math.abs(drawnVariance / variance - 1)).toBeLessThan(4 * Math.sqrt(2 / 4000));
  });

  test("of a VAE they are standard normal, whatever its items are", async () => {
    const given = { names: ["a"], vectors: Float32Array.of(90, 90), geometry: "euclidean", method: "vae" } as const;
    const { vectors, distribution } = await samplesOf(Space.from(given), 3000, 2);
    expect(distribution).toBe("standard normal");
    for (const d of [0, 1]) {
      const values = vectors.map((vector) => vector[d]);
      const mean = values.reduce((sum, x) => sum + x, 0) / 3000;
      const square = values.reduce((sum, x) => sum + x * x, 0) / 3000;
      expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(3000));
      expect(Math.abs(square - 1)).toBeLessThan(4 * Math.sqrt(2 / 3000));
    }
  });

  test("the same seed gives the same vectors, whatever the count", async () => {
    const [few, many, others] = [
      await samplesOf(line(), 2, 3),
      await samplesOf(line(), 5, 3),
      await samplesOf(line(), 2, 4),
    ];
    expect(many.vectors.slice(0, 2)).toEqual(few.vectors);
    expect(others.vectors).not.toEqual(few.vectors);
  });

  test("too few items and curved spaces are refused", async () => {
    const one = Space.from({ names: ["a"], vectors: Float32Array.of(1), geometry: "euclidean" });
    await expect(samplesOf(one, 1)).rejects.toThrow("at least two items were needed to fit a distribution, got 1");
    const curved = Space.from({ names: ["a", "b"], vectors: Float32Array.of(0, 0.5), geometry: "poincare" });
    await expect(samplesOf(curved, 1)).rejects.toThrow("a flat space was needed, this one has geometry poincare");
    await expect(samplesOf(line(), 0)).rejects.toThrow(/count must be an integer/);
  });
});
