import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { array, type NdArray } from "../../dist/networks/array.js";
import { vectorJacobianProduct } from "../../dist/networks/gradients.js";
import { interpret } from "../../dist/networks/interpret.js";
import { add, exp, mul } from "../../dist/networks/ops/elementwise.js";
import * as losses from "../../dist/networks/ops/losses.js";
import * as n from "../../dist/networks/ops/normalization.js";
import { mean, sum, variance } from "../../dist/networks/ops/reductions.js";
import type { Tensor } from "../../dist/networks/tensor.js";
import { type Traceable, trace } from "../../dist/networks/trace.js";

async function inFloat64(fn: Traceable, ...inputs: NdArray[]): Promise<number[][]> {
  const results = await interpret(trace(fn, ...inputs).graph, inputs);
  return results.map(({ data }) => [...data]);
}

function expectClose(got: number[], wanted: number[], digits: number): void {
  expect(got.length).toBe(wanted.length);
  for (const [k, value] of got.entries()) expect(value).toBeCloseTo(wanted[k], digits);
}

const type = (...shape: number[]) => ({ dtype: "float32", shape }) as const;
const matrices = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 2, max: 5 }))
  .chain(([rows, columns]) =>
    fc
      .array(fc.integer({ min: -30, max: 30 }), { minLength: rows * columns, maxLength: rows * columns })
      .map((values) => array(values, { shape: [rows, columns] })),
  );

test("softmax sums to 1, does not change when a number is added to all, and is e^logSoftmax", async () => {
  await fc.assert(
    fc.asyncProperty(matrices, async (x) => {
      const fn = (y: Tensor) => [sum(n.softmax(y), 1), n.softmax(y), n.softmax(add(y, 7)), exp(n.logSoftmax(y))];
      const [sums, plain, shifted, byLog] = await inFloat64(fn, x);
      for (const one of sums) expect(one).toBeCloseTo(1, 12);
      expectClose(shifted, plain, 12);
      expectClose(byLog, plain, 12);
    }),
    { numRuns: 100 },
  );
});

test("layerNorm leaves mean 0 and variance v / (v + epsilon), and does not change when x is shifted", async () => {
  await fc.assert(
    fc.asyncProperty(matrices, async (x) => {
      const fn = (y: Tensor) => {
        const [one, zero] = [array(new Float32Array(y.shape[1]).fill(1)), array(new Float32Array(y.shape[1]))];
        const z = n.layerNorm(y, one, zero, { epsilon: 0.5 });
        return [mean(z, 1), variance(z, 1), variance(y, 1), z, n.layerNorm(add(y, 3), one, zero, { epsilon: 0.5 })];
      };
      const [means, variances, before, z, shifted] = await inFloat64(fn, x);
      expectClose(
        means,
        means.map(() => 0),
        12,
      );
      expectClose(
        variances,
        before.map((v) => v / (v + 0.5)),
        12,
      );
      expectClose(shifted, z, 11);
    }),
    { numRuns: 100 },
  );
});

test("batchNorm is batchNormInference with the batch's own mean and variance; groups of one channel are instances", async () => {
  const x = array(
    Float32Array.from({ length: 48 }, (_, k) => Math.sin(k * k)),
    { shape: [3, 4, 4] },
  );
  const scale = array([1, 2, -1, 0.5]);
  const bias = array([0, 1, 2, 3]);
  const fn = (y: Tensor, a: Tensor, b: Tensor) => {
    const trained = n.batchNorm(y, a, b);
    return [
      trained.output,
      n.batchNormInference(y, a, b, trained.mean, trained.variance),
      n.groupNorm(y, 4, a, b),
      n.instanceNorm(y, a, b),
    ];
  };
  const [output, inference, groups, instances] = await inFloat64(fn, x, scale, bias);
  expectClose(inference, output, 10);
  expectClose(instances, groups, 12);
});

test("a constant input gives the bias, a variance of 0 and finite gradients", async () => {
  const x = array([2, 2, 2, 2], { shape: [2, 2] });
  const fn = (y: Tensor) => {
    const { output, variance: v } = n.batchNorm(y, array([3, 4]), array([5, 6]));
    const { pullback } = vectorJacobianProduct((z: Tensor) => n.batchNorm(z, array([3, 4]), array([5, 6])), y);
    return [output, v, pullback({ output, mean: v, variance: v }), v];
  };
  const [output, v, gradient] = await inFloat64(fn, x);
  expect(output).toEqual([5, 6, 5, 6]);
  for (const value of v) expect(Math.abs(value)).toBeLessThan(1e-15);
  expect(gradient.every(Number.isFinite)).toBe(true);
});

describe("norms and losses refuse", () => {
  test("scales of another shape, naming both", () => {
    const tracing =
      (fn: Traceable, ...shapes: number[][]) =>
      () =>
        trace(fn, ...shapes.map((shape) => type(...shape)));
    expect(tracing((x: Tensor, a: Tensor) => n.layerNorm(x, a, a), [2, 3], [2])).toThrow(
      "layerNorm: scale must have the last axes of x, got [2] for [2, 3]",
    );
    expect(tracing((x: Tensor, a: Tensor) => n.batchNorm(x, a, a).output, [2, 3, 4], [4])).toThrow(
      "batchNorm: a value for each of 3 channels of [2, 3, 4] was needed, got [4]",
    );
    expect(tracing((x: Tensor, a: Tensor) => n.groupNorm(x, 2, a, a), [2, 3, 4], [3])).toThrow(
      "groupNorm: groups must divide the 3 channels of [2, 3, 4], got 2",
    );
  });

  test("targets that would be broadcast, and settings out of range", () => {
    const logits = type(2, 3);
    const label = (...shape: number[]) => ({ dtype: "int64", shape }) as const;
    expect(() => trace((x: Tensor, t: Tensor) => losses.meanSquaredError(x, t), logits, type(3))).toThrow(
      "meanSquaredError: shapes must be equal, got [2, 3] and [3]",
    );
    expect(() => trace((x: Tensor, t: Tensor) => losses.crossEntropy(x, t), logits, label(3))).toThrow(
      "crossEntropy: labels [2] or float32 distributions [2, 3] were needed, got int64[3]",
    );
    const smoothed = (x: Tensor, t: Tensor) => losses.crossEntropy(x, t, { labelSmoothing: 2 });
    expect(() => trace(smoothed, logits, label(2))).toThrow("crossEntropy: labelSmoothing must be from 0 to 1, got 2");
  });
});

test("crossEntropy of equal logits is ln C, and a weight of 0 leaves an item out", async () => {
  const logits = array([
    [1, 1, 1, 1],
    [9, 0, 0, 0],
  ]);
  const fn = (x: Tensor, t: Tensor, w: Tensor) => losses.crossEntropy(x, t, { weights: w });
  const [[loss]] = await inFloat64(fn, logits, array([2, 3], { dtype: "int64" }), array([1, 0]));
  expect(loss).toBeCloseTo(Math.log(4), 14);
});

test("binary cross entropy stays finite where the sigmoid is 0 or 1", async () => {
  const fn = (x: Tensor, t: Tensor) => losses.binaryCrossEntropyWithLogits(x, mul(t, 1));
  const [[loss]] = await inFloat64(fn, array([1000, -1000]), array([0, 0]));
  expect(loss).toBe(500);
});
