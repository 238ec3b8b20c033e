import { describe, expect, test } from "vitest";
import { array, NdArray } from "../../dist/networks/array.js";
import { compile } from "../../dist/networks/compile.js";
import { valueAndGrad } from "../../dist/networks/gradients.js";
import { interpret } from "../../dist/networks/interpret.js";
import { frobeniusPenalty, spectralPenalty } from "../../dist/networks/jacobian-penalty.js";
import { applyConv, initConv } from "../../dist/networks/layers/conv.js";
import { applyDense, type DenseParams, initDense } from "../../dist/networks/layers/dense.js";
import { cast, mul, softplus, sub, tanh } from "../../dist/networks/ops/elementwise.js";
import { matmul } from "../../dist/networks/ops/linear.js";
import { averagePool } from "../../dist/networks/ops/pooling.js";
import { sum } from "../../dist/networks/ops/reductions.js";
import { reshape, sliceAxis } from "../../dist/networks/ops/shape.js";
import { Random, randomKey } from "../../dist/networks/random.js";
import type { Tensor } from "../../dist/networks/tensor.js";
import { show, trace } from "../../dist/networks/trace.js";
import { Rng } from "../../dist/numerics/random.js";

const normals = (rng: Rng, ...shape: number[]) => {
  const size = shape.reduce((product, length) => product * length, 1);
  return new NdArray(
    "float32",
    shape,
    Float32Array.from({ length: size }, () => rng.normal()),
  );
};

/** A scalar of arrays in 64-bit floats. */
async function scalarOf(fn: (...x: Tensor[]) => Tensor, ...inputs: NdArray[]): Promise<number> {
  const [{ data }] = await interpret(trace(fn as never, ...(inputs as never[])).graph, inputs);
  return data[0];
}

/** Two layers, 3 -> 5 -> 4, smooth, so that differences are close to derivatives. */
const mlp = ([first, last]: DenseParams[], x: Tensor) => applyDense(last, tanh(applyDense(first, x)));
const mlpParams = (rng: Rng) => [initDense(rng, { inputs: 3, outputs: 5 }), initDense(rng, { inputs: 5, outputs: 4 })];

describe("frobeniusPenalty", () => {
  test("of a linear map is the sum of its squared coefficients, whatever the batch", async () => {
    const w = array([
      [1, -2],
      [3, 0.5],
      [0, 4],
    ]);
    const x = normals(new Rng(1), 7, 3);
    expect(await scalarOf((x) => frobeniusPenalty((y) => matmul(y, w), x), x)).toBe(1 + 4 + 9 + 0.25 + 16);
  });

  test("is the sum of squared central differences of every output by every input", async () => {
    const rng = new Rng(2);
    const params = mlpParams(rng);
    const x = normals(rng, 3, 3);
    const { graph } = trace((x: Tensor) => mlp(params as never, x), x);
    const h = 1e-4;
    let squares = 0;
    for (let k = 0; k < x.size; k++) {
      const shifted = (by: number) => ({
        shape: x.shape,
        data: Float64Array.from(x.data as Float32Array).map((value, i) => (i === k ? value + by : value)),
      });
      const [[up], [down]] = [await interpret(graph, [shifted(h)]), await interpret(graph, [shifted(-h)])];
      up.data.forEach((value, i) => {
        squares += ((value - down.data[i]) / (2 * h)) ** 2;
      });
    }
    const penalty = await scalarOf((x) => frobeniusPenalty((y) => mlp(params as never, y), x), x);
    expect(Math.abs(penalty / (squares / 3) - 1)).toBeLessThan(1e-6);
  });

  test("of losses is double back-propagation: the squared gradient of each item's loss by the item", async () => {
    // l = softplus(-y x.w) has the gradient -y sigmoid(-y x.w) w
    const w = [0.5, -1.5];
    const x = array([
      [1, 2],
      [-1, 0.25],
      [0, 0],
    ]);
    const signs = array([1, -1, 1]);
    const losses = (x: Tensor) => softplus(mul(sub(0, signs), sum(mul(x, array(w)), 1)));
    const margins = [1 * 0.5 - 3, -(-0.5 - 0.375), 0];
    const expected = margins.map((margin) => (0.25 + 2.25) / (1 + Math.exp(margin)) ** 2);
    const penalty = await scalarOf((x) => frobeniusPenalty(losses, x), x);
    expect(penalty).toBeCloseTo(expected.reduce((a, b) => a + b) / 3, 12);
  });
});

describe("spectralPenalty", () => {
  test("of a linear map is the mean of |W eps|^2 over the items, with the draws of its random source", async () => {
    const w = array([
      [1, -2],
      [3, 0.5],
      [0, 4],
    ]);
    const x = normals(new Rng(3), 4, 3);
    const by = (perBatch: boolean) => (x: Tensor, key: Tensor) =>
      spectralPenalty((y) => matmul(y, w), x, new Random(key), { perBatch });
    const key = randomKey(7, 1);
    for (const perBatch of [false, true]) {
      const drawn = await interpret(
        trace((key: Tensor) => new Random(key).normal(perBatch ? [1, 2] : [4, 2]), key).graph,
        [key],
      );
      const rows = perBatch ? 1 : 4;
      let expected = 0;
      for (let b = 0; b < rows; b++) {
        const [p, q] = [drawn[0].data[2 * b], drawn[0].data[2 * b + 1]];
        expected += ((p - 2 * q) ** 2 + (3 * p + 0.5 * q) ** 2 + (4 * q) ** 2) / rows;
      }
      expect(await scalarOf(by(perBatch), x, key)).toBeCloseTo(expected, 10);
    }
  });

  test("has the exact norm as its mean over draws, of a network with convolutions and outputs of any shape", async () => {
    const rng = new Rng(4);
    const conv = initConv(rng, { inputs: 1, outputs: 2, kernel: [3, 3] });
    const f = (x: Tensor) => averagePool(tanh(applyConv(conv, x, { padding: 1 })), 2); // [B, 1, 4, 4] -> [B, 2, 2, 2]
    const x = normals(rng, 2, 1, 4, 4);
    const exact = await scalarOf((x) => frobeniusPenalty(f, x), x);
    const many = 1000; // copies of each item, each with an eps of its own
    const copies = new NdArray("float32", [2 * many, 1, 4, 4], new Float32Array(2 * many * 16));
    for (let k = 0; k < many; k++) copies.data.set(x.data as Float32Array, 32 * k);
    const run = compile((x: Tensor, key: Tensor) => spectralPenalty(f, x, new Random(key)));
    const each = compile((x: Tensor, key: Tensor) => spectralPenalty(f, x, new Random(key), { perBatch: true }));
    const mean = (await run(copies as never, randomKey(1, 1) as never)).item();
    const draws: number[] = [];
    for (let k = 0; k < 200; k++) draws.push((await each(x as never, randomKey(2, k) as never)).item());
    // the deviation of one draw is about the norm itself or less, by the few eigenvalues of J J^T
    expect(Math.abs(mean / exact - 1)).toBeLessThan(4 / Math.sqrt(2 * many));
    expect(Math.abs(draws.reduce((a, b) => a + b) / 200 / exact - 1)).toBeLessThan(4 / Math.sqrt(200));
    expect(new Set(draws).size).toBe(200);
  });

  test("has gradients by the parameters that equal central differences", async () => {
    const rng = new Rng(5);
    const x = normals(rng, 2, 3);
    const key = randomKey(1, 1);
    const flat = normals(rng, 3 * 5 + 5 + 5 * 4);
    const f = (w: Tensor, x: Tensor) => {
      const cut = (from: number, shape: number[]) =>
        reshape(sliceAxis(w, 0, from, from + shape[0] * (shape[1] ?? 1)), shape);
      const h = tanh(applyDense({ weights: cut(0, [3, 5]), bias: cut(15, [5]) } as never, x));
      return matmul(h, cut(20, [5, 4]));
    };
    for (const penalty of [
      (w: Tensor, key: Tensor) => spectralPenalty((y) => f(w, y), x, new Random(key)),
      (w: Tensor, _: Tensor) => frobeniusPenalty((y) => f(w, y), x),
    ]) {
      const both = trace(
        (w: Tensor, key: Tensor) => {
          const { value, grad } = valueAndGrad(penalty)(w, key);
          return [value, grad];
        },
        flat,
        key,
      );
      const at = async (data: Float64Array) => interpret(both.graph, [{ shape: flat.shape, data }, key]);
      const base = Float64Array.from(flat.data as Float32Array);
      const [, { data: gradient }] = await at(base);
      const h = 1e-5;
      const scale = Math.max(...gradient.map(Math.abs));
      for (let k = 0; k < base.length; k++) {
        const value = async (by: number) => (await at(base.map((w, i) => (i === k ? w + by : w))))[0].data[0];
        const difference = ((await value(h)) - (await value(-h))) / (2 * h);
        expect(Math.abs(gradient[k] - difference)).toBeLessThan(1e-7 * scale);
      }
    }
  });

  test("computes nothing of the function twice where the loss applies it too", () => {
    const params = mlpParams(new Rng(6));
    const f = (x: Tensor) => mlp(params as never, x);
    const text = show(
      (x: Tensor, key: Tensor) => [f(x), spectralPenalty(f, x, new Random(key))],
      normals(new Rng(7), 2, 3),
      randomKey(1, 1),
    );
    expect(text.match(/= tanh\(/g)).toHaveLength(1);
  });

  test("refuses functions that do not keep the batch", () => {
    const random = {
      normal: () => {
        throw new Error("never");
      },
    };
    const x = array([
      [1, 2],
      [3, 4],
    ]);
    const of = (f: (x: Tensor) => Tensor) => () => trace((x: Tensor) => spectralPenalty(f, x, random), x);
    expect(of((x) => sum(x))).toThrow(
      "spectralPenalty: f must take a batch [B, ...] of one item or more to float32 [B, ...], got float32[] of float32[2, 2]",
    );
    expect(of((x) => reshape(x, [4]))).toThrow(RangeError);
    expect(of((x) => cast(x, "int32"))).toThrow(RangeError);
    expect(() => trace((x: Tensor) => frobeniusPenalty((y) => sum(y), x), x)).toThrow("frobeniusPenalty: f must");
    expect(() => trace((x: Tensor) => spectralPenalty((y) => y, x, random, { perbatch: true } as never), x)).toThrow(
      "no option perbatch",
    );
  });
});
