import { describe, expect, test } from "vitest";
import { precisionRecall } from "../../dist/evaluate/precision-recall.js";
import { Rng } from "../../dist/numerics/random.js";

const cloud = (seed: number, count: number, middle = () => 0) => {
  const rng = new Rng(seed);
  return Float32Array.from({ length: count * 3 }, (_, i) => rng.normal() + (i % 3 === 0 ? middle() : 0));
};

describe("precisionRecall", () => {
  test("is what balls on a line give by hand", () => {
    // radii by the nearest: real 1, 1, 1, 8; made (-2, .5, 3, 5) 2.5, 2.5, 2, 2
    const real = Float32Array.of(0, 1, 2, 10);
    const made = Float32Array.of(3, 0.5, -2, 5);
    expect(precisionRecall(real, made, 1, { k: 1 })).toEqual({ precision: 3 / 4, recall: 3 / 4 });
    expect(precisionRecall(real, Float32Array.of(100, 101), 1, { k: 1 })).toEqual({ precision: 0, recall: 0 });
  });

  test("is 1 of a cloud and itself, and swaps with the clouds", () => {
    const [a, b] = [cloud(1, 60), cloud(2, 80, () => 0.5)];
    expect(precisionRecall(a, a, 3)).toEqual({ precision: 1, recall: 1 });
    const [there, back] = [precisionRecall(a, b, 3), precisionRecall(b, a, 3)];
    expect([back.precision, back.recall]).toEqual([there.recall, there.precision]);
  });

  test("keeps precision and loses recall where one of two clouds is never made", () => {
    let turn = 0;
    const real = cloud(3, 400, () => (turn++ % 2 === 0 ? 0 : 30));
    const { precision, recall } = precisionRecall(real, cloud(4, 400), 3);
    expect(precision).toBeGreaterThan(0.8);
    expect(recall).toBeGreaterThan(0.35);
    expect(recall).toBeLessThan(0.55);
  });

  test("refuses clouds that are too small, and half points", () => {
    expect(() => precisionRecall(cloud(1, 3), cloud(2, 9), 3)).toThrow(
      "precisionRecall: more than k = 3 points of 3 numbers were needed, real has 9 numbers",
    );
    expect(() => precisionRecall(cloud(1, 9), cloud(2, 9).subarray(1), 3)).toThrow("made has 26 numbers");
    expect(() => precisionRecall(cloud(1, 9), cloud(2, 9), 3, { k: 0 })).toThrow("k must be an integer >= 1");
  });
});
