import fc from "fast-check";
import { expect, test } from "vitest";
import { array, NdArray } from "../../dist/networks/array.js";
import { compile } from "../../dist/networks/compile.js";
import { grad, vectorJacobianProduct } from "../../dist/networks/gradients.js";
import { denseOf, interpret } from "../../dist/networks/interpret.js";
import { add, mul, relu } from "../../dist/networks/ops/elementwise.js";
import {
  averagePool,
  globalAveragePool,
  type MaxPoolOptions,
  maxPool,
  maxPoolIndices,
} from "../../dist/networks/ops/pooling.js";
import { sum } from "../../dist/networks/ops/reductions.js";
import { input, type Tensor } from "../../dist/networks/tensor.js";
import { show, trace } from "../../dist/networks/trace.js";
import type { Shape } from "../../dist/networks/types.js";
import { compare, weights } from "./check-op.js";

const float32 = (shape: Shape) => ({ dtype: "float32", shape }) as const;

const axis = fc
  .record({
    size: fc.integer({ min: 1, max: 9 }),
    taps: fc.integer({ min: 1, max: 4 }),
    stride: fc.integer({ min: 1, max: 5 }),
    before: fc.integer({ min: 0, max: 2 }),
    after: fc.integer({ min: 0, max: 2 }),
  })
  .filter(({ size, taps, before, after }) => Math.max(before, after) < taps && before + size + after >= taps);

const pools = fc
  .record({
    samples: fc.integer({ min: 1, max: 2 }),
    channels: fc.integer({ min: 1, max: 2 }),
    axes: fc.array(axis, { minLength: 1, maxLength: 3 }),
    levels: fc.integer({ min: 1, max: 20 }),
    seed: fc.integer({ min: 0, max: 1000 }),
  })
  .map(({ samples, channels, axes, levels, seed }) => ({
    shape: [samples, channels, ...axes.map(({ size }) => size)],
    size: axes.map(({ taps }) => taps),
    options: {
      strides: axes.map(({ stride }) => stride),
      padding: axes.map(({ before, after }): [number, number] => [before, after]),
    },
    levels,
    seed,
  }));

/** Few levels make ties. */
function leveled(shape: Shape, levels: number, seed: number): NdArray<"float32"> {
  const { data } = weights(seed, shape);
  return new NdArray(
    "float32",
    shape,
    data.map((value) => Math.round((levels * value) / 3)),
  );
}

test("P1 with ties, values, places and gradients on ONNX Runtime are the interpreter's", async () => {
  await fc.assert(
    fc.asyncProperty(pools, async ({ shape, size, options, levels, seed }) => {
      const y = maxPool(input(float32(shape)), size, options).shape;
      const fn = (x: Tensor, d: Tensor) => {
        const plain = vectorJacobianProduct((at) => maxPool(at, size, options), x);
        const rectified = vectorJacobianProduct((at) => maxPool(relu(at), size, options), x);
        const means = vectorJacobianProduct((at) => averagePool(at, size, { ...options, countPadding: false }), x);
        return [
          ...[plain, rectified, means].flatMap(({ value, pullback }) => [value, pullback(d)]),
          maxPoolIndices(x, size, options),
        ];
      };
      const inputs = [leveled(shape, levels, seed), weights(4, y)] as const;
      const expected = await interpret(trace(fn, ...inputs).graph, inputs);
      const compiled = compile(fn, { threads: 1 });
      const got = await compiled(...inputs);
      await compiled.close();
      expect(got.flatMap((part, k) => compare(`result ${k}`, denseOf(part), expected[k], 1e-6))).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test("each window's gradient goes to one element, the first of the largest, also where all are equal", async () => {
  const x = array([
    [
      [
        [1, 1, 0, 5],
        [1, 1, 5, 5],
      ],
    ],
  ]);
  const fn = (at: Tensor) => [grad((a: Tensor) => sum(maxPool(a, 2)))(at), maxPoolIndices(at, 2), maxPool(at, 2)];
  const expected = [
    [1, 0, 0, 1, 0, 0, 0, 0],
    [0, 3],
    [1, 5],
  ];
  expect((await interpret(trace(fn, x).graph, [x])).map(({ data }) => [...data])).toEqual(expected);
  const compiled = compile(fn, { threads: 1 });
  const got = await compiled(x);
  await compiled.close();
  expect(got.map(({ data }) => Array.from(data as ArrayLike<number | bigint>, Number))).toEqual(expected);
});

test("an element that is the largest of several windows gets the gradients of all", async () => {
  const x = array([[[0, 9, 0, 0]]]);
  const fn = (at: Tensor) => grad((a: Tensor) => sum(mul(maxPool(a, 2, { strides: 1 }), array([1, 10, 100]))))(at);
  const [{ data }] = await interpret(trace(fn, x).graph, [x]);
  expect([...data]).toEqual([0, 11, 100, 0]);
});

test("relu before maxPool is folded into it, and its result stays usable elsewhere", async () => {
  const x = weights(1, [2, 3, 4, 4]);
  const fn = (at: Tensor) => {
    const positive = relu(at);
    return [
      grad((a: Tensor) => add(sum(maxPool(relu(a), 2)), sum(mul(relu(a), relu(a)))))(at),
      maxPool(positive, 2),
      positive,
    ];
  };
  expect(show((at: Tensor) => maxPool(relu(at), 2), x)).toContain(
    "maxPool(x0, kernel=[2,2], strides=[2,2], rectified)",
  );
  const expected = await interpret(trace(fn, x).graph, [x]);
  const compiled = compile(fn, { threads: 1 });
  const got = await compiled(x);
  await compiled.close();
  expect(got.flatMap((part, k) => compare(`result ${k}`, denseOf(part), expected[k], 1e-6))).toEqual([]);
});

test("windows with NaN and infinities on ONNX Runtime leave the others alone", async () => {
  const [inf, nan] = [Number.POSITIVE_INFINITY, Number.NaN];
  const x = array([
    [
      [
        [-inf, -inf, 1, inf, nan, nan, 2, 1],
        [-inf, -inf, 2, 3, nan, nan, 4, 3],
      ],
    ],
  ]);
  const compiled = compile((at: Tensor) => [maxPool(at, 2), grad((a: Tensor) => sum(maxPool(a, 2)))(at)], {
    threads: 1,
  });
  const [values, gradient] = await compiled(x);
  await compiled.close();
  expect([values.data[0], values.data[1], values.data[3]]).toEqual([-inf, inf, 4]);
  const places = Array.from(gradient.data as Float32Array);
  expect([places[0], places[3], places[14]]).toEqual([1, 1, 1]);
});

test("averagePool by hand: padding counts as zeros, or not", async () => {
  const x = array([[[2, 4, 6]]]);
  const fn = (at: Tensor) => [
    averagePool(at, 2, { strides: 1, padding: 1 }),
    averagePool(at, 2, { strides: 1, padding: 1, countPadding: false }),
    averagePool(at, 3),
    globalAveragePool(at),
  ];
  const results = await interpret(trace(fn, x).graph, [x]);
  expect(results.map(({ shape, data }) => [shape, [...data]])).toEqual([
    [
      [1, 1, 4],
      [1, 3, 5, 3],
    ],
    [
      [1, 1, 4],
      [2, 3, 5, 6],
    ],
    [[1, 1, 1], [4]],
    [[1, 1], [4]],
  ]);
});

test("wrong shapes and options are refused with both sides named", () => {
  const x = input(float32([1, 2, 5, 5]));
  const of = (size: number | number[], options: MaxPoolOptions) => () => maxPool(x, size, options);
  expect(() => maxPool(input(float32([5, 5])), 2)).toThrow(
    "maxPool: [N, C, ...] with one to three spatial axes was needed, got [5, 5]",
  );
  expect(() => globalAveragePool(input(float32([5, 5])))).toThrow("globalAveragePool: [N, C, ...]");
  expect(of(0, {})).toThrow("maxPool: size must be an integer >= 1, or 2 of them, got 0");
  expect(of(6, {})).toThrow("maxPool: windows spanning [6, 6] do not fit into [5, 5]");
  expect(of([2, 3], { padding: 2 })).toThrow(
    "maxPool: padding must be smaller than the window and leave an element in each, got before [2,2] and after [2,2] for windows of [2,3] in [5, 5]",
  );
  expect(() => maxPool(input(float32([1, 1, 1])), 2, { padding: 1, dilations: 2 })).toThrow("leave an element in each");
  expect(() => averagePool(input({ dtype: "int32", shape: [1, 1, 4] }), 2)).toThrow("averagePool: float32 was needed");
});
