import { describe, expect, test } from "vitest";
import { readOnnx } from "../../dist/formats/onnx/read.js";
import { encodeOnnx } from "../../dist/formats/onnx/write.js";
import { array, type NdArray, zeros } from "../../dist/networks/array.js";
import { emit } from "../../dist/networks/emit.js";
import type { Op } from "../../dist/networks/op.js";
import { add, exp, mul } from "../../dist/networks/ops/elementwise.js";
import { sum } from "../../dist/networks/ops/reductions.js";
import { concat, pad, slice } from "../../dist/networks/ops/shape.js";
import { apply, type Operand, type Tensor } from "../../dist/networks/tensor.js";
import { trace } from "../../dist/networks/trace.js";

function modelOf(fn: (...x: Tensor[]) => Operand | Operand[], examples: NdArray[], options = {}) {
  const { inputs, nodes, outputs } = trace(fn, ...examples).graph;
  return emit(inputs, nodes, outputs, options);
}

describe("emit", () => {
  test("names nodes after ops, and inputs and outputs as asked", () => {
    const { model, outputNames } = modelOf((x) => [exp(x), sum(x)], [zeros([2])], {
      inputNames: ["x"],
      outputNames: ["y", "total"],
    });
    const { graph } = model;
    expect(graph.inputs).toEqual([{ name: "x", type: "float32", shape: [2] }]);
    expect(graph.outputs.map(({ name, shape }) => [name, shape])).toEqual([
      ["y", [2]],
      ["total", []],
    ]);
    expect(outputNames).toEqual(["y", "total"]);
    expect(graph.nodes.map(({ opType }) => opType)).toEqual(["Exp", "ReduceSum", "Identity", "Identity"]);
  });

  test("an output that is an input, a constant or another output gets a value of its own", () => {
    const { model, outputNames } = modelOf(
      (x) => {
        const y = exp(x);
        return [x, y, y, 3];
      },
      [zeros([2])],
    );
    const { graph } = model;
    expect(new Set(outputNames).size).toBe(4);
    expect(graph.nodes.map(({ opType }) => opType)).toEqual(["Exp", "Identity", "Identity", "Identity"]);
    const inputs = new Set([...graph.inputs.map(({ name }) => name), ...graph.initializers.keys()]);
    expect(outputNames.filter((name) => inputs.has(name))).toEqual([]);
  });

  test("equal small constants are one initializer", () => {
    const { model } = modelOf((x) => [add(mul(x, 2), 2), pad(x, [1], [1], 2)], [zeros([2])]);
    const floats = [...model.graph.initializers.values()].filter(({ type }) => type === "float32");
    expect(floats.map(({ data }) => Array.from(data as Float32Array))).toEqual([[2]]);
  });

  test("what has no elements is written down, not computed", () => {
    const { model } = modelOf((x) => [exp(slice(x, [2])), concat([x, slice(x, [2])])], [zeros([2])]);
    expect(model.graph.nodes.map(({ opType }) => opType)).toEqual(["Concat", "Identity"]);
  });

  test("no value is written twice, and every node's inputs come before it", () => {
    const { model } = modelOf(
      (x) => {
        const y = exp(x);
        return concat([y, mul(y, x), slice(y, [undefined], [], [-1])]);
      },
      [array([1, 2])],
    );
    const there = new Set([...model.graph.inputs.map(({ name }) => name), ...model.graph.initializers.keys()]);
    for (const { inputs, outputs } of model.graph.nodes) {
      for (const name of inputs) expect(name === "" || there.has(name)).toBe(true);
      for (const name of outputs) {
        expect(there.has(name)).toBe(false);
        there.add(name);
      }
    }
  });

  test("metadata and model survive writing and reading", async () => {
    const { model } = modelOf((x) => exp(x), [zeros([2])], { metadata: new Map([["run", "7"]]) });
    const { graph, metadata, opsets } = await readOnnx(encodeOnnx(model));
    expect([...metadata]).toEqual([["run", "7"]]);
    expect([...opsets]).toEqual([["", 21]]);
    expect(graph.nodes.map(({ opType }) => opType)).toEqual(["Exp"]);
  });

  test("a foreign step has no ONNX form", () => {
    const foreign: Op = {
      name: "foreign",
      shape: ([x]) => [{ dtype: x.dtype, shape: x.shape }],
      onnx: null,
      grad: null,
      evaluate: ([x]) => [x],
      foreign: { run: () => {} },
    };
    expect(() => modelOf((x) => apply(foreign, [x], {}), [zeros([2])])).toThrow(
      "internal: foreign is a foreign step and has no ONNX form",
    );
  });
});
