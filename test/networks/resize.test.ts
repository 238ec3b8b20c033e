import fc from "fast-check";
import { expect, test } from "vitest";
import { array } from "../../dist/networks/array.js";
import { compile } from "../../dist/networks/compile.js";
import { vectorJacobianProduct } from "../../dist/networks/gradients.js";
import { denseOf, interpret } from "../../dist/networks/interpret.js";
import { type ResizeOptions, resize } from "../../dist/networks/ops/resize.js";
import { input, type Tensor } from "../../dist/networks/tensor.js";
import { trace } from "../../dist/networks/trace.js";
import { compare, weights } from "./check-op.js";

const sizes = fc.integer({ min: 1, max: 11 });
const resizings = fc.record({
  axes: fc.array(fc.record({ from: sizes, to: sizes }), { minLength: 1, maxLength: 3 }),
  options: fc.constantFrom<ResizeOptions>({}, { mode: "linear" }, { mode: "linear", alignCorners: true }),
});

test("P1 on ONNX Runtime value and gradient are the interpreter's for any sizes", async () => {
  await fc.assert(
    fc.asyncProperty(resizings, async ({ axes, options }) => {
      const to = axes.map((axis) => axis.to);
      const fn = (x: Tensor, d: Tensor) => {
        const { value, pullback } = vectorJacobianProduct((at) => resize(at, to, options), x);
        return [value, pullback(d)];
      };
      const inputs = [weights(1, [2, 2, ...axes.map(({ from }) => from)]), weights(2, [2, 2, ...to])] as const;
      const expected = await interpret(trace(fn, ...inputs).graph, inputs);
      const compiled = compile(fn, { threads: 1 });
      const got = await compiled(...inputs);
      await compiled.close();
      expect(
        got.flatMap((part, k) => compare(k === 0 ? "value" : "gradient", denseOf(part), expected[k], 1e-5)),
      ).toEqual([]);
    }),
    { numRuns: 100 },
  );
});

test("by hand: nearest repeats and drops, linear mixes cells or keeps corners", async () => {
  const x = array([[[0, 4, 8]]]);
  const fn = (at: Tensor) => [
    resize(at, [6]),
    resize(at, [2]),
    resize(at, [6], { mode: "linear" }),
    resize(at, [5], { mode: "linear", alignCorners: true }),
    resize(at, [1], { mode: "linear" }),
    resize(at, [1], { mode: "linear", alignCorners: true }),
  ];
  const results = await interpret(trace(fn, x).graph, [x]);
  expect(results.map(({ data }) => [...data])).toEqual([
    [0, 0, 4, 4, 8, 8],
    [0, 4],
    [0, 1, 3, 5, 7, 8],
    [0, 2, 4, 6, 8],
    [4],
    [0],
  ]);
});

test("wrong shapes and options are refused with both sides named", () => {
  const x = input({ dtype: "float32", shape: [1, 2, 4, 4] });
  expect(() => resize(x, [8])).toThrow("resize: sizes must be 2 integers >= 1 for [1, 2, 4, 4], got [8]");
  expect(() => resize(x, [8, 0])).toThrow("got [8, 0]");
  expect(() => resize(x, [8, 8], { mode: "cubic" as "linear" })).toThrow(
    'resize: mode must be one of nearest, linear, got "cubic"',
  );
  expect(() => resize(x, [8, 8], { alignCorners: true })).toThrow("resize: alignCorners is an option of linear");
  expect(() => resize(input({ dtype: "float32", shape: [4, 4] }), [8])).toThrow("resize: [N, C, ...]");
  expect(() => resize(input({ dtype: "int32", shape: [1, 1, 4] }), [8])).toThrow("resize: float32 was needed");
});
