import fc from "fast-check";
import { expect, test } from "vitest";
import { array, type NdArray } from "../../dist/networks/array.js";
import { compile } from "../../dist/networks/compile.js";
import { emit } from "../../dist/networks/emit.js";
import { vectorJacobianProduct } from "../../dist/networks/gradients.js";
import { denseOf, interpret } from "../../dist/networks/interpret.js";
import { exportOnnx } from "../../dist/networks/onnx-out.js";
import type { Target } from "../../dist/networks/op.js";
import { type ConvOptions, conv, convTranspose } from "../../dist/networks/ops/convolution.js";
import { relu } from "../../dist/networks/ops/elementwise.js";
import { maxPool } from "../../dist/networks/ops/pooling.js";
import { constant, input, type Tensor } from "../../dist/networks/tensor.js";
import { show, trace } from "../../dist/networks/trace.js";
import type { Shape } from "../../dist/networks/types.js";
import { compare, weights } from "./check-op.js";

const float32 = (shape: Shape) => ({ dtype: "float32", shape }) as const;

interface Shapes {
  x: number[];
  w: number[];
  options: ConvOptions;
}

interface Drawn {
  samples: number;
  groups: number;
  channels: number;
  outputs: number;
  axes: { size: number; taps: number; stride: number; dilation: number; before: number; after: number }[];
}

function shapesOf({ samples, groups, channels, outputs, axes }: Drawn): Shapes {
  return {
    x: [samples, groups * channels, ...axes.map(({ size }) => size)],
    w: [groups * outputs, channels, ...axes.map(({ taps }) => taps)],
    options: {
      groups,
      strides: axes.map(({ stride }) => stride),
      dilations: axes.map(({ dilation }) => dilation),
      padding: axes.map(({ before, after }): [number, number] => [before, after]),
    },
  };
}

/** Axes with their kernels, strides, dilations and padding; some fit no window. */
const axis = fc.record({
  size: fc.integer({ min: 1, max: 24 }),
  taps: fc.integer({ min: 1, max: 4 }),
  stride: fc.integer({ min: 1, max: 3 }),
  dilation: fc.integer({ min: 1, max: 3 }),
  before: fc.integer({ min: 0, max: 4 }),
  after: fc.integer({ min: 0, max: 4 }),
});
const fits = ({ size, taps, dilation, before, after }: { [key: string]: number }) =>
  before + size + after > (taps - 1) * dilation;

const convolutions: fc.Arbitrary<Shapes> = fc
  .record({
    samples: fc.integer({ min: 1, max: 3 }),
    groups: fc.integer({ min: 1, max: 3 }),
    channels: fc.integer({ min: 1, max: 3 }),
    outputs: fc.integer({ min: 1, max: 3 }),
    axes: fc.array(axis.filter(fits), { minLength: 1, maxLength: 3 }),
  })
  .filter(({ axes }) => axes.reduce((size, { size: own }) => size * own, 1) <= 600)
  .map(shapesOf);

/** Many samples of small pictures, whose windows meet strides of taps without a rest: what sessions compute with samples last. */
const manySamples: fc.Arbitrary<Shapes> = fc
  .record({
    samples: fc.constantFrom(8, 16, 32, 33),
    groups: fc.integer({ min: 1, max: 2 }),
    channels: fc.integer({ min: 1, max: 3 }),
    outputs: fc.integer({ min: 1, max: 3 }),
    axes: fc.array(
      fc
        .record({
          size: fc.integer({ min: 1, max: 9 }),
          steps: fc.integer({ min: 1, max: 3 }),
          stride: fc.integer({ min: 1, max: 3 }),
          dilation: fc.integer({ min: 1, max: 2 }),
          before: fc.integer({ min: 0, max: 4 }),
          after: fc.integer({ min: 0, max: 4 }),
        })
        .map(({ steps, stride, dilation, ...rest }) => ({
          ...rest,
          taps: steps * stride,
          stride,
          dilation: stride > 1 ? 1 : dilation,
        }))
        .filter(fits),
      { minLength: 1, maxLength: 2 },
    ),
  })
  .map(shapesOf);

async function expectInterpreterValues({ x, w, options }: Shapes): Promise<void> {
  const bias = weights(3, [w[0]]);
  const y = conv(input(float32(x)), input(float32(w)), options).shape;
  const fn = (a: Tensor, b: Tensor, c: Tensor, d: Tensor) => {
    const parts = { a, b, c };
    const { value, pullback } = vectorJacobianProduct((all) => conv(all.a, all.b, { ...options, bias: all.c }), parts);
    const found = pullback(d);
    return [value, found.a, found.b, found.c];
  };
  const inputs = [weights(1, x), weights(2, w), bias, weights(4, y)] as const;
  const expected = await interpret(trace(fn, ...inputs).graph, inputs);
  const compiled = compile(fn, { threads: 1, backend: "cpu" });
  const got = await compiled(...inputs);
  await compiled.close();
  const names = ["value", "gradient of x", "gradient of w", "gradient of bias"];
  expect(got.flatMap((part, k) => compare(names[k], denseOf(part), expected[k], 1e-5))).toEqual([]);
}

test("P1 on ONNX Runtime value and gradients are the interpreter's for any strides, dilations, groups and padding", async () => {
  await fc.assert(fc.asyncProperty(convolutions, expectInterpreterValues), { numRuns: 60 });
});

test("P1 so they are for many samples of small pictures, which lie last in sessions", async () => {
  await fc.assert(fc.asyncProperty(manySamples, expectInterpreterValues), { numRuns: 80 });
});

test("P1 so are the gradients of filters of one channel, by windows that are written down", async () => {
  const one = fc.record({
    samples: fc.integer({ min: 1, max: 5 }),
    groups: fc.constant(1),
    channels: fc.constant(1),
    outputs: fc.integer({ min: 1, max: 4 }),
    axes: fc.array(
      fc.record({
        size: fc.integer({ min: 12, max: 20 }),
        taps: fc.integer({ min: 1, max: 4 }),
        stride: fc.integer({ min: 1, max: 2 }),
        dilation: fc.integer({ min: 1, max: 2 }),
        before: fc.integer({ min: 0, max: 4 }),
        after: fc.integer({ min: 0, max: 4 }),
      }),
      { minLength: 1, maxLength: 2 },
    ),
  });
  await fc.assert(fc.asyncProperty(one.map(shapesOf), expectInterpreterValues), { numRuns: 40 });
});

test("many samples of small pictures lie last, behind an axis more, in sessions on processors, and in no file", () => {
  const [x, w] = [float32([32, 4, 14, 14]), float32([8, 4, 4, 4])];
  const options = { strides: 2, padding: 1 };
  const kernels = (target: Target, [samples, ...rest]: Shape) => {
    const fn = (a: Tensor, b: Tensor, d: Tensor) => {
      const { value, pullback } = vectorJacobianProduct((at) => conv(at, b, options), a);
      return [value, pullback(d)];
    };
    const { graph } = trace(fn, float32([samples, ...rest]), w, float32([samples, 8, 7, 7]));
    const { model } = emit(graph.inputs, graph.nodes, graph.outputs, { target });
    return model.graph.nodes
      .filter(({ opType }) => opType.startsWith("Conv"))
      .map(({ opType, attributes }) => `${opType} ${attributes.kernel_shape?.value}`);
  };
  expect(kernels("cpu", x.shape)).toEqual(["Conv 4,4,1", "Conv 2,2,1"]);
  expect(kernels("wasm", x.shape)).toEqual(["Conv 4,4,1", "Conv 2,2,1"]);
  expect(kernels("cpu", [4, 4, 14, 14])).toEqual(["Conv 4,4", "ConvTranspose 4,4"]);
  expect(kernels("webgpu", x.shape)).toEqual(["Conv 4,4", "ConvTranspose 4,4"]);
  expect(kernels("file", x.shape)).toEqual(["Conv 4,4", "ConvTranspose 4,4"]);
});

test("P1 convolution and its gradients are transposes of each other: <conv(x, w), y> = <x, dx(y, w)> = <w, dw(x, y)>", async () => {
  await fc.assert(
    fc.asyncProperty(convolutions, async ({ x, w, options }) => {
      const y = conv(input(float32(x)), input(float32(w)), options).shape;
      const fn = (a: Tensor, b: Tensor, d: Tensor) => {
        const { value, pullback } = vectorJacobianProduct((all) => conv(all.a, all.b, options), { a, b });
        return [value, pullback(d).a, pullback(d).b];
      };
      const inputs = [weights(1, x), weights(2, w), weights(3, y)];
      const [value, dx, dw] = await interpret(trace(fn, ...inputs).graph, inputs);
      const dot = (data: Float64Array, other: NdArray) =>
        data.reduce((sum, element, k) => sum + element * Number(other.data[k]), 0);
      const [forY, forX, forW] = [dot(value.data, inputs[2]), dot(dx.data, inputs[0]), dot(dw.data, inputs[1])];
      const size = value.data.reduce((sum, element) => sum + Math.abs(element), 1);
      expect(Math.abs(forX - forY) / size).toBeLessThan(1e-12);
      expect(Math.abs(forW - forY) / size).toBeLessThan(1e-12);
    }),
    { numRuns: 100 },
  );
});

test("a convolution worked by hand: differences of neighbors, at stride 2, and between zeros", async () => {
  const x = array([[[1, 3, 6, 10, 15]]]);
  const w = array([[[-1, 1]]]);
  const fn = (a: Tensor) => [
    conv(a, w),
    conv(a, w, { strides: 2 }),
    conv(a, w, { padding: [[1, 0]] }),
    conv(a, w, { dilations: 3 }),
    convTranspose(conv(a, w), w),
  ];
  const results = await interpret(trace(fn, x).graph, [x]);
  expect(results.map(({ data }) => [...data])).toEqual([
    [2, 3, 4, 5],
    [2, 4],
    [1, 2, 3, 4, 5],
    [9, 12],
    [-2, -1, -1, -1, 5],
  ]);
});

test('"same" gives ceil(size / stride) windows, with the odd zero after, and "valid" has no padding', () => {
  const shapeOf = (size: number, taps: number, options: ConvOptions) =>
    conv(input(float32([1, 1, size])), input(float32([1, 1, taps])), options).shape[2];
  for (const size of [1, 5, 6, 9]) {
    for (const taps of [1, 2, 3, 5]) {
      for (const strides of [1, 2, 4]) {
        expect(shapeOf(size, taps, { padding: "same", strides })).toBe(Math.ceil(size / strides));
      }
    }
  }
  expect(shapeOf(7, 3, { padding: "valid" })).toBe(5);
  const attributes = conv(input(float32([1, 1, 6])), input(float32([1, 1, 4])), { padding: "same" }).node.attributes;
  expect(attributes).toMatchObject({ low: [1], high: [2] });
});

test("a traced convolution prints with what is not usual about it", () => {
  const text = show(
    (x: Tensor, w: Tensor) => conv(x, w, { strides: 2, padding: 1 }),
    float32([8, 3, 9, 9]),
    float32([4, 3, 3, 3]),
  );
  expect(text).toContain(
    "conv_0: float32[8, 4, 5, 5] = conv(x0, x1, kernel=[3,3], strides=[2,2], low=[1,1], high=[1,1])",
  );
});

test("a network of convolutions is saved as their ONNX operators, for any number of samples", () => {
  const [w, v] = [weights(1, [4, 3, 3, 3]), weights(2, [4, 2, 3, 3])];
  const fn = (x: Tensor) => convTranspose(maxPool(relu(conv(x, w, { padding: 1 })), 2), v, { padding: 1 });
  const { graph } = exportOnnx(fn, [{ dtype: "float32", shape: ["batch", 3, 8, 8] }]);
  const opTypes = graph.nodes.map(({ opType }) => opType).filter((opType) => opType !== "Identity"); // names the output
  expect(opTypes).toEqual(["Conv", "Relu", "MaxPool", "ConvTranspose"]);
  expect(graph.outputs[0].shape).toEqual(["batch", 2, 4, 4]);
});

test("wrong shapes and options are refused with both sides named", () => {
  const x = input(float32([2, 4, 8, 8]));
  const w = input(float32([6, 4, 3, 3]));
  const of = (options: ConvOptions) => () => conv(x, w, options);
  expect(() => conv(input(float32([4, 8])), w)).toThrow(
    "conv: [N, C, ...] and weights with equally many axes were needed, one to three of them spatial, got [4, 8] and [6, 4, 3, 3]",
  );
  expect(() => conv(x, input(float32([6, 3, 3, 3])))).toThrow(
    "conv: with 1 groups, weights [K, C / groups, ...] were needed for float32[2, 4, 8, 8], got float32[6, 3, 3, 3]",
  );
  expect(of({ groups: 4 })).toThrow("conv: with 4 groups");
  expect(of({ groups: 0 })).toThrow("conv: groups must be an integer >= 1, got 0");
  expect(of({ strides: [1, 0] })).toThrow("conv: strides must be an integer >= 1, or 2 of them, got [1,0]");
  expect(of({ dilations: [2] })).toThrow("conv: dilations must be an integer >= 1, or 2 of them, got [2]");
  expect(of({ padding: -1 })).toThrow(
    'conv: padding must be "same", "valid", an integer >= 0, or 2 integers or pairs of them, got -1',
  );
  expect(of({ padding: "full" as "same" })).toThrow('got "full"');
  expect(of({ dilations: 4 })).toThrow(
    "conv: windows spanning [9, 9] do not fit into [8, 8], padded before by [0,0] and after by [0,0]",
  );
  expect(of({ bias: constant(array([1, 2])) })).toThrow("conv: bias must be float32[6], got float32[2]");
  expect(() => conv(input({ dtype: "int32", shape: [1, 4, 8, 8] }), w)).toThrow(
    "conv: float32 was needed, got int32[1, 4, 8, 8]",
  );
  expect(() => convTranspose(x, input(float32([6, 4, 3, 3])))).toThrow(
    "convTranspose: with 1 groups, weights [K, C / groups, ...] were needed for [N, K, ...], got [2, 4, 8, 8] and [6, 4, 3, 3]",
  );
  expect(() => convTranspose(x, input(float32([4, 4, 3, 3])), { outputPadding: 1 })).toThrow(
    "convTranspose: outputPadding must be below the strides and something must be left, got sizes [11, 11] with outputPadding [1,1] and strides [1,1]",
  );
  expect(() => convTranspose(x, input(float32([4, 4, 3, 3])), { bias: 1 })).toThrow(
    "convTranspose: bias must be float32[4], got float32[]",
  );
});
