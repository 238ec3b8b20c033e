import { expect, test } from "vitest";
import { array, zeros } from "../../dist/networks/array.js";
import { denseOf, interpret } from "../../dist/networks/interpret.js";
import type { Dense, Op } from "../../dist/networks/op.js";
import { add, exp, mul } from "../../dist/networks/ops/elementwise.js";
import { argMax, max, sum } from "../../dist/networks/ops/reductions.js";
import { apply, type Tensor } from "../../dist/networks/tensor.js";
import { trace } from "../../dist/networks/trace.js";

test("works in 64-bit floats: 1 + 1e-12 is not 1", async () => {
  const { graph } = trace((x: Tensor) => add(x, 1), zeros([]));
  const [value] = await interpret(graph, [{ shape: [], data: Float64Array.of(1e-12) }]);
  expect(value.data[0]).toBe(1 + 1e-12);
  expect((await interpret(graph, [0.1]))[0].data[0]).toBe(1.1);
});

test("inputs and constants may be outputs, and nothing of the inputs is changed", async () => {
  const { graph } = trace((x: Tensor) => [x, array([5]), mul(x, x), x], array([2]));
  const x = array([3]);
  const results = await interpret(graph, [x]);
  expect(results.map(({ data }) => data[0])).toEqual([3, 5, 9, 3]);
  expect(x.item()).toBe(3);
  expect(denseOf(4)).toEqual({ shape: [], data: Float64Array.of(4) });
});

test("an op whose definition gives too few elements is our own bug", async () => {
  const wrong: Op = {
    name: "wrong",
    shape: ([x]) => [x],
    onnx: "Identity",
    grad: null,
    evaluate: () => [{ shape: [1], data: new Float64Array(1) }] satisfies Dense[],
  };
  const { graph } = trace((x: Tensor) => apply(wrong, [x], {}), zeros([2]));
  await expect(interpret(graph, [zeros([2])])).rejects.toThrow("internal: wrong gave 1 elements for [2]");
});

test("definitions may be asynchronous, and large arrays are no trouble", async () => {
  const later: Op = {
    name: "later",
    shape: ([x]) => [{ dtype: x.dtype, shape: x.shape }],
    onnx: "Identity",
    grad: null,
    evaluate: async ([x]) => [x],
  };
  const size = 300_000;
  const fn = (x: Tensor) => {
    const y = apply(later, [exp(x)], {});
    return [sum(y), max(y), argMax(y)];
  };
  const x = zeros([size]);
  x.data[size - 1] = 1;
  const results = await interpret(trace(fn, x).graph, [x]);
  expect(results.map(({ data }) => data[0])).toEqual([size - 1 + Math.E, Math.E, size - 1]);
});
