import { describe, expect, test } from "vitest";
import { cloudNeeds, stepsOfPass, usualTraining, variationalNeeds } from "../../dist/images/usual-training.js";

describe("how long pictures are trained where nobody says", () => {
  test("many pictures are gone through 20 times, 128 a step", () => {
    for (const count of [60_000, 8_000]) expect(usualTraining(count, {})).toEqual({ epochs: 20, batchSize: 128 });
  });

  test("few pictures get at least a thousand steps, in batches of 16 or more", () => {
    expect(usualTraining(96, {})).toEqual({ epochs: 167, batchSize: 16 });
    expect(usualTraining(1_800, {})).toEqual({ epochs: 35, batchSize: 64 });
    for (const count of [1, 2, 15, 100, 500, 2_047, 2_048, 6_399]) {
      const { epochs, batchSize } = usualTraining(count, {});
      expect(epochs * stepsOfPass(count, batchSize)).toBeGreaterThanOrEqual(1_000);
      expect(batchSize).toBeGreaterThanOrEqual(16);
    }
  });

  test("what is given stays", () => {
    expect(usualTraining(96, { epochs: 3, batchSize: 128 })).toEqual({ epochs: 3, batchSize: 128 });
    expect(usualTraining(96, { batchSize: 96 })).toEqual({ epochs: 1_000, batchSize: 96 });
    expect(usualTraining(96, { epochs: 3 }, cloudNeeds)).toEqual({ epochs: 3, batchSize: 64 });
  });

  test("a VAE has four thousand steps", () => {
    expect(usualTraining(96, {}, variationalNeeds)).toEqual({ epochs: 667, batchSize: 16 });
    expect(usualTraining(60_000, {}, variationalNeeds)).toEqual({ epochs: 20, batchSize: 128 });
  });
});
