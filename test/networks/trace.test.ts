import { describe, expect, test } from "vitest";
import {
  add,
  array,
  concat,
  conv,
  exp,
  gather,
  log,
  matmul,
  mul,
  NdArray,
  reshape,
  show,
  slice,
  sub,
  sum,
  type Tensor,
  trace,
  transpose,
  where,
  zeros,
} from "../../dist/networks/index.js";
import { constant } from "../../dist/networks/tensor.js";

const matrix = (rows: number, columns: number) => zeros([rows, columns]);
const integers = zeros([3], "int32");

describe("trace", () => {
  test("a graph reads as text: inputs with their places, a line a node, constants where they are used", () => {
    const model = ({ w, b }: { w: Tensor; b: Tensor }, x: Tensor) => ({
      loss: sum(exp(add(matmul(x, w), mul(b, 0.5)))),
      more: [slice(x, [1])],
    });
    expect(show(model, { b: zeros([2]), w: matrix(3, 2) }, matrix(4, 3)).split("\n")).toEqual([
      "input x0: float32[2]  # arguments[0].b",
      "input x1: float32[3, 2]  # arguments[0].w",
      "input x2: float32[4, 3]  # arguments[1]",
      "matmul_0: float32[4, 2] = matmul(x2, x1)",
      "mul_2: float32[2] = mul(x0, 0.5)",
      "add_3: float32[4, 2] = add(matmul_0, mul_2)",
      "exp_4: float32[4, 2] = exp(add_3)",
      "sum_5: float32[1, 1] = sum(exp_4, axes=[0, 1])",
      "reshape_6: float32[] = reshape(sum_5, shape=[])",
      "slice_7: float32[3, 3] = slice(x2, starts=[1, 0], sizes=[3, 3], steps=[1, 1])",
      "return reshape_6, slice_7",
    ]);
  });

  test("wrong shapes and kinds are named with the op and both sides, while tracing", () => {
    const refused: [() => unknown, string][] = [
      [
        () => trace((a, b) => matmul(a, b), matrix(32, 100), matrix(300, 5)),
        "matmul: inner sizes differ, [32, 100] x [300, 5]",
      ],
      [() => trace((a, b) => add(a, b), matrix(2, 3), matrix(2, 4)), "add: shapes do not broadcast, [2, 3] and [2, 4]"],
      [
        () => trace((a, b) => add(a, b), matrix(2, 3), integers),
        "add: kinds differ, float32[2, 3] and int32[3]; cast one",
      ],
      [() => trace((a) => log(a), integers), "log: float32 was needed, got int32[3]"],
      [() => trace((a) => add(a, 0.5), integers), "add: 0.5 is no int32; cast the other operand to float32"],
      [() => trace((a) => reshape(a, [7]), matrix(2, 3)), "reshape: [2, 3] has 6 elements, [7] 7"],
      [() => trace((a) => transpose(a, [0, 0]), matrix(2, 3)), "transpose: each of 2 axes was needed once, got [0,0]"],
      [
        () => trace((a, b) => concat([a, b]), matrix(2, 3), matrix(2, 4)),
        "concat: only axis 0 may differ, got float32[2, 3], float32[2, 4]",
      ],
      [() => trace((a) => sum(a, 2), matrix(2, 3)), "sum: axis must be an integer from -2 to 1, got 2"],
      [() => trace((a) => sum(a, [0, 0]), matrix(2, 3)), "sum: axis 0 is named twice"],
      [() => trace((a, b) => where(a, b, b), matrix(2, 3), matrix(2, 3)), "where: bool was needed, got float32[2, 3]"],
      [() => trace((a) => gather(a, [5]), matrix(2, 3)), "gather"],
      [() => trace((a, b) => conv(a, b), zeros([1, 3, 8, 8]), zeros([4, 2, 3, 3])), "conv"],
      [() => trace((a) => add(a, "1" as never), matrix(2, 3)), "add: a tensor, an array or a number was needed, got 1"],
      [
        () => trace(() => ({ x: new Map() }) as never),
        "result.x: a tensor, a list or a plain object was needed, got a Map",
      ],
      [
        () => trace((async (a: Tensor) => a) as never, matrix(2, 3)),
        "trace: a plain function was needed, this one is asynchronous",
      ],
      [() => trace((a) => a, { x: "text" }), "arguments[0].x: a tensor, a list or a plain object was needed, got text"],
    ];
    for (const [work, message] of refused) expect(work, message).toThrow(message);
  });

  test("a tensor of another trace is refused, one that was closed over", () => {
    let leaked: Tensor | undefined;
    trace(
      (x) => {
        leaked = exp(x);
        return leaked;
      },
      matrix(1, 1),
    );
    expect(() => trace((x) => add(x, leaked as Tensor), matrix(1, 1))).toThrow("a tensor of another trace is used");
  });

  test("the order in which an object was written changes nothing", () => {
    const fn = ({ a, b }: { a: Tensor; b: Tensor }) => sub(a, b);
    const [first, second] = [
      trace(fn, { a: matrix(1, 2), b: matrix(1, 2) }),
      trace(fn, { b: matrix(1, 2), a: matrix(1, 2) }),
    ];
    expect(first.inputPaths).toEqual(["arguments[0].a", "arguments[0].b"]);
    expect(second.inputPaths).toEqual(first.inputPaths);
  });
});

describe("graphs", () => {
  const names = (fn: (...args: Tensor[]) => unknown, ...examples: NdArray[]) =>
    trace(fn as never, ...examples)
      .graph.nodes.map(({ op }) => op.name)
      .filter((name) => name !== "constant");

  test("equal nodes are one, and what no output needs is dropped", () => {
    const fn = (x: Tensor) => {
      log(x);
      return mul(exp(add(x, 1)), exp(add(x, 1)));
    };
    expect(names(fn, matrix(2, 2))).toEqual(["add", "exp", "mul"]);
  });

  test("a constant is merged with its equals only: not 0 with -0, 1 with true, or one large array with another", () => {
    const large = () => constant(new NdArray("float32", [100], new Float32Array(100)));
    const count = (fn: (x: Tensor) => unknown) =>
      trace(fn as never, array([1, 2])).graph.nodes.filter(({ op }) => op.name === "constant").length;
    expect(count((x) => [add(x, 2), sub(x, 2)])).toBe(1);
    expect(count((x) => [add(x, 0), add(x, -0)])).toBe(2);
    expect(count((x) => [add(x, Number.NaN), add(x, Number.POSITIVE_INFINITY), add(x, Number.NaN)])).toBe(2);
    expect(count((x) => [add(x, 1), add(x, array([1])), add(x, array([[1]]))])).toBe(3);
    expect(count(() => [large(), large()])).toBe(2);
  });

  test("a chain of 20,000 nodes is traced without overflowing the stack", () => {
    const deep = (x: Tensor) => {
      let y = x;
      for (let k = 0; k < 20_000; k++) y = add(y, exp(y));
      return y;
    };
    expect(names(deep, array([1])).length).toBe(40_000);
  });
});
