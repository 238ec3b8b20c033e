import { describe, expect, test } from "vitest";
import { array, NdArray, zeros } from "../../dist/networks/array.js";
import { graphOf } from "../../dist/networks/graph.js";
import {
  add,
  cast,
  exp,
  greater,
  logicalAnd,
  mul,
  stopGradient,
  sub,
  where,
} from "../../dist/networks/ops/elementwise.js";
import { matmul } from "../../dist/networks/ops/linear.js";
import { argMax, max, sum } from "../../dist/networks/ops/reductions.js";
import { broadcastTo, concat, pad, reshape, slice, split, transpose } from "../../dist/networks/ops/shape.js";
import { constant, input, type Operand, type Tensor, tensor } from "../../dist/networks/tensor.js";
import { show, trace } from "../../dist/networks/trace.js";
import type { DType, Shape } from "../../dist/networks/types.js";

const of = (shape: Shape, dtype: DType = "float32"): Tensor => input({ dtype, shape });
const opsOf = (fn: (...x: Tensor[]) => Operand | Operand[], ...examples: unknown[]) =>
  trace(fn, ...examples).graph.nodes.map(({ op }) => op.name);

describe("errors while tracing name the op and both shapes or kinds", () => {
  const cases: [string, () => unknown, string][] = [
    ["add", () => add(of([2, 3]), of([4])), "add: shapes do not broadcast, [2, 3] and [4]"],
    ["matmul", () => matmul(of([32, 100]), of([300, 5])), "matmul: inner sizes differ, [32, 100] x [300, 5]"],
    ["matmul", () => matmul(of([3]), of([3, 5])), "matmul: two axes or more were needed, [3] x [3, 5]"],
    ["matmul", () => matmul(of([2, 2, 3]), of([3, 3, 4])), "matmul: shapes do not broadcast, [2] and [3]"],
    ["mul", () => mul(of([2]), of([2], "int64")), "mul: kinds differ, float32[2] and int64[2]; cast one"],
    ["exp", () => exp(of([2], "int32")), "exp: float32 was needed, got int32[2]"],
    ["and", () => logicalAnd(of([2]), of([2])), "and: bool was needed, got float32[2]"],
    ["where", () => where(of([2]), of([2]), 0), "where: bool was needed, got float32[2]"],
    ["sub", () => sub(of([2], "int32"), 0.5), "sub: 0.5 is no int32; cast the other operand to float32"],
    ["reshape", () => reshape(of([2, 3]), [4]), "reshape: [2, 3] has 6 elements, [4] 4"],
    ["reshape", () => reshape(of([2, 3]), [4, -1]), "reshape: [2, 3] does not divide into [4, -1]"],
    ["transpose", () => transpose(of([2, 3]), [0, 0]), "transpose: each of 2 axes was needed once, got [0,0]"],
    [
      "concat",
      () => concat([of([2, 3]), of([3, 2])]),
      "concat: only axis 0 may differ, got float32[2, 3], float32[3, 2]",
    ],
    ["broadcastTo", () => broadcastTo(of([2, 3]), [3]), "broadcastTo: [2, 3] does not repeat to [3]"],
    ["slice", () => slice(of([2]), [0], [1], [0]), "slice: steps must be integers but 0, got 0"],
    ["pad", () => pad(of([2, 2]), [1], [0, 0]), "pad: an integer >= 0 was needed for each axis of [2, 2], got [1]"],
    ["split", () => split(of([2, 5]), [2, 2]), "split: sizes [2,2] add up to 4, axis 1 has 5"],
    ["sum", () => sum(of([2, 3]), 2), "sum: axis must be an integer from -2 to 1, got 2"],
    ["sum", () => sum(of([2, 3]), [0, -2]), "sum: axis 0 is named twice in [0,-2]"],
    ["max", () => max(of([0, 3]), 0), "max: axis 0 is empty, [0,3]"],
    ["argMax", () => argMax(of([3], "bool")), "argMax: float32 or int32 or int64 was needed, got bool[3]"],
    ["add", () => add(of([2]), null as never), "add: a tensor, an array or a number was needed, got null"],
  ];
  test.each(cases)("%s", (_, run, message) => {
    expect(run).toThrow(message);
  });
});

test("a tensor of another trace, an asynchronous function and a result that is no tensor are refused", () => {
  const stray = of([2]);
  expect(() => trace((x: Tensor) => add(x, stray), zeros([2]))).toThrow("a tensor of another trace is used");
  expect(() => trace(async () => 1 as never)).toThrow("trace: a plain function was needed, this one is asynchronous");
  expect(() => trace(() => ({ loss: "low" }) as never)).toThrow("result.loss: a tensor, a list or a plain object");
});

test("arguments and results are nested objects and lists, by sorted keys, with paths", () => {
  const layers = [{ weights: zeros([2, 3]), bias: zeros([3]) }];
  const { graph, inputPaths, outputPaths } = trace(
    (params: { layers: { weights: Tensor; bias: Tensor }[] }, x: Tensor) => ({
      y: matmul(x, params.layers[0].weights),
      all: [params.layers[0].bias, 1],
    }),
    { layers },
    { dtype: "float32", shape: [1, 2] },
  );
  expect(inputPaths).toEqual(["arguments[0].layers[0].bias", "arguments[0].layers[0].weights", "arguments[1]"]);
  expect(outputPaths).toEqual(["result.all[0]", "result.all[1]", "result.y"]);
  expect(graph.outputs.map(({ shape }) => shape)).toEqual([[3], [], [1, 3]]);
});

test("equal nodes are merged, nodes that nothing needs are dropped", () => {
  const unused = (x: Tensor) => {
    exp(x);
    return add(mul(x, x), mul(x, x));
  };
  expect(opsOf(unused, zeros([2]))).toEqual(["mul", "add"]);
  expect(opsOf((x) => add(exp(add(x, 1)), exp(add(x, 1))), zeros([2]))).toEqual(["constant", "add", "exp", "add"]);
  expect(opsOf((x) => [slice(x, [0], [1]), slice(x, [0], [-1])], zeros([2]))).toEqual(["slice"]);
  expect(opsOf((x) => add(stopGradient(x), stopGradient(x)), zeros([2]))).toEqual(["add"]);
});

test("constants are merged by kind, shape and bits: not 0 with -0, not NaN with a number, not 1 with true", () => {
  const values = (list: readonly Operand[]) => trace(() => list as Operand[]).graph.outputs.map(({ node }) => node);
  const scalars = [0, -0, Number.NaN, 1, true, array([1]), array(1, { dtype: "int32" }), array(1, { dtype: "int64" })];
  expect(new Set(values(scalars)).size).toBe(scalars.length);
  expect(new Set(values([0, 0, array(0)])).size).toBe(1);
  expect(new Set(values([Number.NaN, Number.NaN])).size).toBe(1);
  const big = zeros([100]);
  expect(new Set(values([big, big, zeros([100])])).size).toBe(2); // large ones only where they are one array
  const minus = trace((x: Tensor) => [pad(x, [1], [0], -0), pad(x, [1], [0], 0)], zeros([1])).graph;
  expect(new Set(minus.outputs).size).toBe(2);
  const longs = [2n ** 60n, 2n ** 60n + 1n].map((x) => new NdArray("int64", [], BigInt64Array.of(x)));
  expect(new Set(values(longs)).size).toBe(2);
});

test("a graph prints as text: inputs with their paths, a line a node, constants where they are used", () => {
  const text = show(
    (params: { w: Tensor; b: Tensor }, x: Tensor) => {
      const y = add(matmul(x, params.w), params.b);
      return { loss: sum(where(greater(y, 0), y, mul(0.1, y))), top: argMax(cast(y, "int32"), 1) };
    },
    { w: zeros([2, 3]), b: zeros([3]) },
    zeros([4, 2]),
  );
  expect(text).toMatchInlineSnapshot(`
    "input x0: float32[3]  # arguments[0].b
    input x1: float32[2, 3]  # arguments[0].w
    input x2: float32[4, 2]  # arguments[1]
    matmul_0: float32[4, 3] = matmul(x2, x1)
    add_1: float32[4, 3] = add(matmul_0, x0)
    greater_3: bool[4, 3] = greater(add_1, 0)
    mul_5: float32[4, 3] = mul(0.10000000149011612, add_1)
    where_6: float32[4, 3] = where(greater_3, add_1, mul_5)
    sum_7: float32[] = sum(where_6, axes=[0, 1], keepDims=false)
    cast_8: int32[4, 3] = cast(add_1, to=int32)
    argMax_9: int64[4, 1] = argMax(cast_8, axis=1)
    reshape_10: int64[4] = reshape(argMax_9, shape=[4])
    return sum_7, reshape_10"
  `);
});

test("twenty thousand nodes in a row are found without a stack of calls, and an input may be an output", () => {
  let last: Tensor = of([1]);
  const first = last;
  for (let k = 0; k < 20_000; k++) last = add(last, first);
  expect(graphOf([first], [last, first]).nodes.length).toBe(20_000);
  expect(() => graphOf([], [last])).toThrow("a tensor of another trace");
  expect(graphOf([], [constant(array([1])), tensor(1)]).nodes.length).toBe(2);
});
