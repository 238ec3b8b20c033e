import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { array, NdArray } from "../../dist/networks/array.js";
import { compile } from "../../dist/networks/compile.js";
import { gradients } from "../../dist/networks/gradients.js";
import { denseOf, interpret } from "../../dist/networks/interpret.js";
import * as attention from "../../dist/networks/layers/attention.js";
import { applyConv, initConv } from "../../dist/networks/layers/conv.js";
import { applyDense, initDense } from "../../dist/networks/layers/dense.js";
import { dropout } from "../../dist/networks/layers/dropout.js";
import { applyEmbedding, initEmbedding, sinusoids } from "../../dist/networks/layers/embedding.js";
import { applyGru, applyGruCell, type GruParams, initGru } from "../../dist/networks/layers/gru.js";
import * as initializers from "../../dist/networks/layers/initializers.js";
import * as norms from "../../dist/networks/layers/norms.js";
import {
  applyTransformerBlock,
  initTransformerBlock,
  type TransformerBlockParams,
} from "../../dist/networks/layers/transformer.js";
import { sum } from "../../dist/networks/ops/reductions.js";
import { sliceAxis } from "../../dist/networks/ops/shape.js";
import { constant, type Operand, type Tensor } from "../../dist/networks/tensor.js";
import { type Traceable, trace } from "../../dist/networks/trace.js";
import { flatten } from "../../dist/networks/tree.js";
import { sizeOf } from "../../dist/networks/types.js";
import { Rng } from "../../dist/numerics/random.js";
import { compare } from "./check-op.js";

interface Recorded {
  shape: number[];
  data: number[];
}
interface Case {
  params: Record<string, Recorded>;
  inputs: Record<string, Recorded>;
  outputs: Recorded[];
  gradients: Record<string, Recorded>;
}
type Values = Record<string, Tensor>;

const golden = JSON.parse(readFileSync(new URL("../golden/layers.json", import.meta.url), "utf8")) as {
  version: string;
  cases: Record<string, Case>;
};

/** `{ "a.b": x }` as `{ a: { b: x } }`. */
function nested<T>(flat: Values): T {
  const tree: Record<string, unknown> = {};
  for (const [path, value] of Object.entries(flat)) {
    const keys = path.split(".");
    const last = keys.pop() as string;
    let at = tree;
    for (const key of keys) {
      at[key] ??= {};
      at = at[key] as Record<string, unknown>;
    }
    at[last] = value;
  }
  return tree as T;
}

const layers: Record<string, (params: Values, inputs: Values) => Tensor[]> = {
  "causal attention": (params, { x }) => [attention.applyAttention(nested(params), x, { heads: 2, causal: true })],
  "cross attention": (params, { x, context, seen }) => {
    const mask = attention.maskOfKeys(seen);
    return [attention.applyAttention(nested(params), x, { heads: 2, context, mask })];
  },
  gru: (params, { x, first }) => Object.values(applyGru(nested(params), x, first)),
  "batch norm while training": ({ "norm.scale": scale, "norm.bias": bias }, { x, mean, variance }) => {
    const { output, averages } = norms.trainBatchNorm({ scale, bias }, { mean, variance }, x);
    return [output, averages.mean, averages.variance];
  },
  "batch norm after training": ({ "norm.scale": scale, "norm.bias": bias }, { x, mean, variance }) => [
    norms.applyBatchNorm({ scale, bias }, { mean, variance }, x),
  ],
  convolution: (params, { x }) => [applyConv(nested(params), x, { strides: [2, 1], padding: 1, groups: 2 })],
  "transformer block": (params, { x }) => [applyTransformerBlock(nested(params), x, { heads: 2, causal: true })],
  embedding: (params, { ids }) => [applyEmbedding(nested(params), ids)],
};

const dtypes: Record<string, "int64" | "bool"> = { ids: "int64", seen: "bool" };

describe(`layers compute what ${golden.version} computes`, () => {
  test.each(Object.keys(golden.cases))("%s", async (name) => {
    const { params, inputs, outputs, gradients: wanted } = golden.cases[name];
    const all = { ...params, ...inputs };
    const names = Object.keys(all);
    const arrays = names.map((key) => array(all[key].data, { dtype: dtypes[key] ?? "float32", shape: all[key].shape }));
    const fn = (...tensors: Tensor[]) => {
      const byName = Object.fromEntries(names.map((key, k) => [key, tensors[k]]));
      const pick = (keys: string[]) => Object.fromEntries(keys.map((key) => [key, byName[key]]));
      const made = layers[name](pick(Object.keys(params)), pick(Object.keys(inputs)));
      // The averages of a batch norm are recorded without gradients.
      const differentiated = name === "batch norm while training" ? made.slice(0, 1) : made;
      let count = 0;
      const cotangents = differentiated.map(({ shape, size }) => {
        const first = count;
        count += size;
        return constant(
          array(
            Float64Array.from({ length: size }, (_, k) => Math.cos(first + k)),
            { shape },
          ),
        );
      });
      const targets = Object.keys(wanted).map((key) => byName[key]);
      return [...made, ...gradients(differentiated, cotangents, targets)];
    };
    const expected = [...outputs, ...Object.values(wanted)].map(({ shape, data }) => ({
      shape,
      data: Float64Array.from(data),
    }));
    const labels = [...outputs.map((_, k) => `output ${k}`), ...Object.keys(wanted).map((key) => `gradient of ${key}`)];

    const results = await interpret(trace(fn, ...arrays).graph, arrays);
    const problems = results.flatMap((result, k) => compare(labels[k], result, expected[k], 2e-7));
    const program = compile(fn, { threads: 2 });
    const compiled = await program(...arrays);
    const inFloat32 = compiled.flatMap((result, k) =>
      compare(`${labels[k]} in f32`, denseOf(result), expected[k], 2e-5),
    );
    await program.close();
    expect([...problems, ...inFloat32]).toEqual([]);
  });
});

const close = (x: number, y: number, tolerance: number) => expect(Math.abs(x - y)).toBeLessThan(tolerance);

describe("initializers", () => {
  const shape = [200, 300];
  const moments = ({ data }: NdArray) => {
    const values = Array.from(data as Float32Array);
    const mean = values.reduce((total, x) => total + x, 0) / values.length;
    const deviation = Math.sqrt(values.reduce((total, x) => total + (x - mean) ** 2, 0) / values.length);
    return { mean, deviation, largest: Math.max(...values.map(Math.abs)) };
  };

  test.each([
    ["glorotUniform", initializers.glorotUniform, 2 / 500, Math.sqrt(6 / 500)],
    ["glorotNormal", initializers.glorotNormal, 2 / 500, Number.POSITIVE_INFINITY],
    ["heUniform", initializers.heUniform, 2 / 200, Math.sqrt(6 / 200)],
    ["heNormal", initializers.heNormal, 2 / 200, Number.POSITIVE_INFINITY],
    ["lecunUniform", initializers.lecunUniform, 1 / 200, Math.sqrt(3 / 200)],
    ["lecunNormal", initializers.lecunNormal, 1 / 200, Number.POSITIVE_INFINITY],
  ] as const)("%s has mean 0, the variance of its paper and its limit", (_, initializer, variance, limit) => {
    const { mean, deviation, largest } = moments(initializer(new Rng(1), shape));
    // 60,000 draws: the deviation is known to about 1 / sqrt(120,000) = 0.3 %
    close(mean / Math.sqrt(variance), 0, 0.02);
    close(deviation / Math.sqrt(variance), 1, 0.015);
    expect(largest).toBeLessThanOrEqual(limit);
  });

  test("truncatedNormal has the deviation asked for, and nothing beyond two of what it draws", () => {
    const { mean, deviation, largest } = moments(initializers.truncatedNormal(0.1)(new Rng(2), shape));
    close(mean, 0, 0.002);
    close(deviation, 0.1, 0.0015);
    expect(largest).toBeLessThan(0.2 / 0.8796);
  });

  test.each([
    [5, 3],
    [3, 5],
    [4, 4],
  ])("orthogonal of [%i, %i] has orthonormal rows or columns", (rows, columns) => {
    const { data } = initializers.orthogonal(2)(new Rng(3), [rows, columns]);
    const wide = rows <= columns;
    const count = Math.min(rows, columns);
    const at = (vector: number, k: number) => (wide ? data[vector * columns + k] : data[k * columns + vector]);
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < count; j++) {
        let product = 0;
        for (let k = 0; k < Math.max(rows, columns); k++) product += at(i, k) * at(j, k);
        close(product, i === j ? 4 : 0, 1e-5);
      }
    }
  });

  test("fans of a convolution count its taps", () => {
    expect(initializers.fansOf([8, 3, 5, 5])).toEqual({ fanIn: 75, fanOut: 200 });
    expect(() => initializers.fansOf([8])).toThrow("fansOf: two axes or more were needed, got [8]");
  });

  test("draw the same from the same seed, and other numbers from another", () => {
    const block = (seed: number) =>
      flatten(initTransformerBlock(new Rng(seed), { width: 8, heads: 2 }), isArray).leaves;
    expect(block(5)).toEqual(block(5));
    expect(block(5)).not.toEqual(block(6));
  });
});

const isArray = (value: unknown): value is NdArray => value instanceof NdArray;

describe("layers", () => {
  const run = async (fn: Traceable, ...inputs: unknown[]) => {
    const { graph } = trace(fn, ...inputs);
    const { leaves } = flatten(inputs, isArray);
    return (await interpret(graph, leaves)).map(({ data }) => data);
  };
  const drawn = (...shape: number[]) =>
    array(
      Float32Array.from({ length: sizeOf(shape) }, (_, k) => Math.sin(k * k + 1)),
      { shape },
    );

  test("initialized take inputs of the sizes given, and have a bias unless told otherwise", () => {
    const rng = new Rng(1);
    const shapeOf = (fn: Traceable, ...inputs: unknown[]) => trace(fn, ...inputs).graph.outputs[0].shape;
    expect(shapeOf(applyDense, initDense(rng, { inputs: 3, outputs: 5 }), drawn(2, 4, 3))).toEqual([2, 4, 5]);
    expect(Object.keys(initDense(rng, { inputs: 3, outputs: 5, bias: false }))).toEqual(["weights"]);
    const conv = initConv(rng, { inputs: 4, outputs: 6, kernel: [3, 3], groups: 2 });
    expect(conv.weights.shape).toEqual([6, 2, 3, 3]);
    const embedding = initEmbedding(rng, { count: 7, dimensions: 3 });
    expect(shapeOf(applyEmbedding, embedding, array([1, 2], { dtype: "int32" }))).toEqual([2, 3]);
    const gru = initGru(rng, { inputs: 3, width: 4 });
    expect(shapeOf((p: GruParams, x: Tensor) => applyGru(p, x).outputs, gru, drawn(2, 5, 3))).toEqual([2, 5, 4]);
    const cross = attention.initAttention(rng, { width: 8, heads: 2, contextWidth: 3 });
    const attend = (p: attention.AttentionParams, x: Tensor, context: Tensor) =>
      attention.applyAttention(p, x, { heads: 2, context });
    expect(shapeOf(attend, cross, drawn(2, 5, 8), drawn(2, 6, 3))).toEqual([2, 5, 8]);
  });

  test("a causal block does not see later places: their gradient is exactly 0", async () => {
    const params = initTransformerBlock(new Rng(4), { width: 8, heads: 2 });
    const fn = (p: TransformerBlockParams, x: Tensor) => {
      const y = applyTransformerBlock(p, x, { heads: 2, causal: true });
      return gradients([sum(sliceAxis(y, 1, 0, 3))], [constant(array(1))], [x]);
    };
    const [d] = await run(fn, params, drawn(1, 5, 8));
    expect([...d.subarray(24)].every((value) => value === 0)).toBe(true);
    expect([...d.subarray(0, 24)].every((value) => value !== 0)).toBe(true);
  });

  test("a sequence of GRU steps is the cell applied again and again", async () => {
    const params = initGru(new Rng(5), { inputs: 3, width: 4 });
    const fn = (p: GruParams, x: Tensor) => {
      const { outputs, state } = applyGru(p, x);
      let h: Operand = array(new Float32Array(8), { shape: [2, 4] });
      for (let t = 0; t < 3; t++) {
        const at = sliceAxis(x, 1, t, t + 1);
        h = applyGruCell(p, sum(at, 1), h);
      }
      return [sliceAxis(outputs, 1, 2, 3), state, h];
    };
    const [last, state, byCell] = await run(fn, params, drawn(2, 3, 3));
    expect([...state]).toEqual([...last]);
    byCell.forEach((value, k) => {
      close(value, state[k], 1e-12);
    });
  });

  test("rms norm has mean square 1 before its scale", async () => {
    const [y] = await run(
      (p: norms.RmsNormParams, x: Tensor) => norms.applyRmsNorm(p, x, { epsilon: 0 }),
      norms.initRmsNorm(6),
      drawn(1, 6),
    );
    close(
      y.reduce((total, value) => total + value * value, 0),
      6,
      1e-12,
    );
  });

  test("dropout multiplies by a mask of the shape, and is nothing without options or at rate 0", async () => {
    const asked: unknown[] = [];
    const random = {
      bernoulli: (shape: readonly number[], keep: number) => {
        asked.push([...shape], keep);
        return constant(array([0, 2, 2, 0], { shape }));
      },
    };
    const fn = (x: Tensor) => [dropout(x, { rate: 0.5, random }), dropout(x), dropout(x, { rate: 0, random })];
    const [dropped, plain, none] = await run(fn, array([1, 2, 3, 4], { shape: [2, 2] }));
    expect([...dropped]).toEqual([0, 4, 6, 0]);
    expect([...plain]).toEqual([1, 2, 3, 4]);
    expect([...none]).toEqual([1, 2, 3, 4]);
    expect(asked).toEqual([[2, 2], 0.5]);
    expect(() => dropout(constant(array([1])), { rate: 1, random })).toThrow("dropout: rate must be below 1, got 1");
  });

  test("sinusoids are those of the paper", () => {
    const { data, shape } = sinusoids(4, 5);
    expect(shape).toEqual([4, 5]);
    for (let t = 0; t < 4; t++) {
      for (let i = 0; i < 5; i++) {
        const angle = t / 10000 ** ((2 * Math.floor(i / 2)) / 5);
        close(data[5 * t + i], i % 2 === 0 ? Math.sin(angle) : Math.cos(angle), 1e-7);
      }
    }
  });

  test("refuse sizes that do not fit, by name", () => {
    const rng = new Rng(1);
    expect(() => initDense(rng, { inputs: 0, outputs: 2 })).toThrow("initDense: inputs must be an integer >= 1, got 0");
    expect(() => attention.initAttention(rng, { width: 6, heads: 4 })).toThrow(
      "initAttention: heads must divide the width 6, got 4",
    );
    expect(() => initConv(rng, { inputs: 4, outputs: 6, kernel: [3, 0] })).toThrow(
      "initConv: kernel[1] must be an integer >= 1, got 0",
    );
    expect(() => initConv(rng, { inputs: 4, outputs: 6, kernel: [3], groups: 4 })).toThrow(
      "initConv: groups must divide inputs and outputs, got 4 for 4 and 6",
    );
  });
});
