import { describe, expect, test } from "vitest";
import type { OnnxModel, OnnxTensor } from "../../dist/formats/onnx/model.js";
import { readOnnx } from "../../dist/formats/onnx/read.js";
import { FormatError } from "../../dist/io/errors.js";
import { array, type NdArray } from "../../dist/networks/array.js";
import { compile } from "../../dist/networks/compile.js";
import { gradients } from "../../dist/networks/gradients.js";
import { interpret } from "../../dist/networks/interpret.js";
import { operators } from "../../dist/networks/onnx-in/table.js";
import { type ImportedModel, type ImportOnnxOptions, importOnnx } from "../../dist/networks/onnx-in.js";
import type { Dense } from "../../dist/networks/op.js";
import { add, mul } from "../../dist/networks/ops/elementwise.js";
import { sum } from "../../dist/networks/ops/reductions.js";
import { input, type Tensor, tensor } from "../../dist/networks/tensor.js";
import { trace } from "../../dist/networks/trace.js";
import { readGolden, type Span, type StoredTensor } from "./onnx-golden.js";

// ---------------------------------------------------------------------------------------------------- ONNX's own cases

/** To record them, write the operators that are read: `[...operators.keys()].join("\n")`. */
interface NodeCase {
  readonly name: string;
  readonly rtol: number;
  readonly atol: number;
  readonly operators: readonly string[];
  readonly model: Span;
  readonly inputs: readonly StoredTensor[];
  readonly outputs: readonly StoredTensor[];
}

const nodes = readGolden<NodeCase>("onnx-nodes.bin.gz");

/** Cases that are refused, by why. */
const refused: [RegExp, RegExp][] = [
  [/^test_training_dropout/, /training_mode drops elements at random/],
  [/^test_not_/, /operator sets 7 to 28 are read/],
  [/^test_maxpool_with_argmax_2d_precomputed_strides/, /storage_order: only 0 is honored/],
  [/^test_pow_types_int(32_int32|64_int64|32_float32|64_float32)/, /a known exponent/],
  [/^test_affine_grid/, /has no type/],
];

/** Values of half precision are computed in float32, where the recorded ones are rounded at every step. */
function tolerances({ rtol, atol, inputs, outputs }: NodeCase, { notes }: ImportedModel) {
  const types = [...inputs, ...outputs].map(({ type }) => type);
  const has = (type: string) =>
    types.some((own) => own === type) || notes.some((note) => note.includes(` is ${type},`));
  if (has("bfloat16")) return { rtol: 2e-2, atol: 2e-2 };
  if (has("float16")) return { rtol: 4e-3, atol: 4e-3 };
  return { rtol, atol };
}

function difference(got: Dense | NdArray, expected: NdArray, { rtol, atol }: { rtol: number; atol: number }): string {
  if (`${got.shape}` !== `${expected.shape}`) return `shape [${got.shape}] instead of [${expected.shape}]`;
  for (let k = 0; k < expected.size; k++) {
    const [a, b] = [Number(got.data[k]), Number(expected.data[k])];
    if (Object.is(a, b) || a === b || (Number.isNaN(a) && Number.isNaN(b))) continue;
    if (!(Math.abs(a - b) <= atol + rtol * Math.abs(b))) return `element ${k} is ${a} instead of ${b}`;
  }
  return "";
}

type Run = (
  fn: (args: Record<string, Tensor>) => Tensor[],
  free: Record<string, NdArray>,
) => Promise<(Dense | NdArray)[]>;

const interpreted: Run = async (fn, free) => {
  const keys = Object.keys(free).sort();
  return interpret(
    trace(fn, free).graph,
    keys.map((key) => free[key]),
  );
};

const compiled: Run = async (fn, free) => {
  const run = compile(fn, { threads: 1 });
  try {
    return (await run(free)) as NdArray[];
  } finally {
    await run.close();
  }
};

async function problemOf(one: NodeCase, run: Run): Promise<string> {
  try {
    const model = importOnnx(await readOnnx(nodes.bytes(one.model), { name: one.name }), { name: one.name });
    const fixed: Record<string, NdArray> = {};
    const free: Record<string, NdArray> = {};
    for (const [k, value] of model.inputs.entries())
      (value.fixed ? fixed : free)[value.name] = nodes.array(one.inputs[k]);
    const fn = (args: Record<string, Tensor>) => {
      const results = model.fn(model.parameters, { ...args, ...fixed });
      return model.outputs.map(({ name }) => results[name]);
    };
    const got = await run(fn, free);
    const problems = one.outputs.map((output, k) => difference(got[k], nodes.array(output), tolerances(one, model)));
    return problems.find((problem) => problem !== "") ?? "";
  } catch (error) {
    const { message } = error as Error;
    const expected = refused.find(([name]) => name.test(one.name));
    if (error instanceof FormatError && expected?.[1].test(message)) return "";
    return message;
  }
}

describe("F6 every case with which ONNX tests the operators that are read gives what ONNX recorded", () => {
  for (const [label, run] of [
    ["interpreter", interpreted],
    ["ONNX Runtime", compiled],
  ] as const) {
    test(`in the ${label}`, { timeout: 120_000 }, async () => {
      const problems: string[] = [];
      for (const one of nodes.cases) {
        const problem = await problemOf(one, run);
        if (problem !== "") problems.push(`${one.name}: ${problem}`);
      }
      expect(problems).toEqual([]);
    });
  }

  test("and all of those operators have a case, but for those of which ONNX has none or large ones only", () => {
    const covered = new Set(nodes.cases.flatMap((one) => one.operators));
    expect([...operators.keys()].filter((name) => !covered.has(name))).toEqual(["Mish", "GlobalLpPool"]);
  });
});

// ---------------------------------------------------------------------------------------------------- PyTorch's exports

interface ModelCase {
  readonly name: string;
  readonly model: Span;
  readonly input: StoredTensor;
  readonly outputs: readonly StoredTensor[];
  readonly weights: readonly StoredTensor[];
  readonly gradients: Readonly<Record<string, StoredTensor>>;
  readonly inputGradient: StoredTensor | null;
}

const models = readGolden<ModelCase>("onnx-models.bin.gz");

describe("networks exported by PyTorch at operator sets 7 to 28", () => {
  for (const one of models.cases) {
    test(`${one.name}: outputs, gradients of parameters and of the input are PyTorch's`, async () => {
      const model = importOnnx(await readOnnx(models.bytes(one.model)), {
        trainable: (name) => name in one.gradients,
      });
      expect(model.notes.filter((note) => !note.includes("float64"))).toEqual([]);
      expect(Object.keys(model.parameters).sort()).toEqual(Object.keys(one.gradients).sort());
      const x = models.array(one.input);
      const fn = (parameters: Record<string, Tensor>, x: Tensor) => {
        const byName = model.fn(parameters, { x });
        const results = model.outputs.map(({ name }) => byName[name]);
        const terms = one.weights.map((weight, k) => sum(mul(results[k], models.array(weight))));
        const loss = terms.reduce((a, b) => add(a, b));
        const names = Object.keys(parameters);
        const targets = [...names.map((name) => parameters[name]), ...(one.inputGradient ? [x] : [])];
        return { results, gradients: gradients([loss], [tensor(1)], targets) };
      };
      const { graph } = trace(fn, model.parameters, x);
      const names = Object.keys(model.parameters).sort();
      const order = [...names.map((name) => model.parameters[name]), x];
      const expected = [
        ...names.map((name) => one.gradients[name]),
        ...(one.inputGradient ? [one.inputGradient] : []),
        ...one.outputs,
      ].map((value) => models.array(value));
      const labels = [...names, ...(one.inputGradient ? ["input"] : []), ...one.outputs.map((_, k) => `output ${k}`)];
      const got = await interpret(graph, order);
      const problems = expected.map((value, k) => [labels[k], difference(got[k], value, { rtol: 2e-5, atol: 2e-6 })]);
      expect(problems.filter(([, problem]) => problem !== "")).toEqual([]);
      const run = compile(fn, { threads: 1 });
      const both = await run(model.parameters, x);
      const values = [...both.gradients, ...both.results];
      const compiledProblems = expected.map((value, k) => [
        labels[k],
        difference(values[k], value, { rtol: 1e-3, atol: 1e-4 }),
      ]);
      expect(compiledProblems.filter(([, problem]) => problem !== "")).toEqual([]);
      await run.close();
    });
  }
});

// ---------------------------------------------------------------------------------------------------- options and errors

type Attributes = OnnxModel["graph"]["nodes"][number]["attributes"];

/** A model of float32 [n, 2] -> y. Nodes are [operator, inputs, outputs, attributes]. */
function modelOf(
  nodes: readonly (readonly [string, string[], string[], Attributes?])[],
  initializers: Record<string, OnnxTensor> = {},
  opset = 18,
): OnnxModel {
  return {
    irVersion: 8,
    opsets: new Map([["", opset]]),
    producerName: "",
    producerVersion: "",
    metadata: new Map(),
    graph: {
      name: "g",
      inputs: [{ name: "x", type: "float32", shape: ["n", 2] }],
      outputs: [{ name: "y", type: "float32", shape: null }],
      initializers: new Map(Object.entries(initializers)),
      nodes: nodes.map(([opType, inputs, outputs, attributes = {}], k) => ({
        name: `n${k}`,
        opType,
        domain: "",
        inputs,
        outputs,
        attributes,
      })),
    },
  };
}

const floats = (shape: number[], ...values: number[]): OnnxTensor => ({
  type: "float32",
  shape,
  data: Float32Array.from(values),
});
const integers = (...values: number[]): OnnxTensor => ({
  type: "int64",
  shape: [values.length],
  data: BigInt64Array.from(values, BigInt),
});

async function outputOf(model: ImportedModel, x: NdArray): Promise<Dense> {
  const { graph } = trace((x: Tensor) => model.fn(model.parameters, { x }), x);
  return (await interpret(graph, [x]))[0];
}

describe("parameters", () => {
  const scaled = () =>
    modelOf(
      [
        ["Mul", ["x", "scale"], ["a"]],
        ["Add", ["a", "shift"], ["b"]],
        ["Reshape", ["b", "shape"], ["c"]],
        ["Resize", ["c", "", "scales"], ["y"]],
      ],
      {
        scale: floats([2], 2, 3),
        shift: floats([], 1),
        shape: integers(1, 1, -1, 2),
        scales: floats([4], 1, 1, 1, 2),
        unused: floats([1], 1),
      },
    );
  const names = (trainable: ImportOnnxOptions["trainable"]) =>
    Object.keys(importOnnx(scaled(), { trainable }).parameters);

  test("are all floats that are used and decide about no shapes, or none, or those chosen", async () => {
    expect(names(undefined)).toEqual(["scale", "shift"]);
    expect(names(false)).toEqual([]);
    expect(names(["shift"])).toEqual(["shift"]);
    expect(names((_, { shape }) => shape.length === 1)).toEqual(["scale"]);
    for (const trainable of [true, false]) {
      const { shape, data } = await outputOf(importOnnx(scaled(), { trainable }), array([[1, 2]]));
      expect([shape, [...data]]).toEqual([
        [1, 1, 1, 4],
        [3, 3, 7, 7],
      ]);
    }
  });

  test("named ones must be floats that can be trained", () => {
    expect(() => names(["scales"])).toThrow('importOnnx: trainable names "scales", which decides about shapes');
    expect(() => names(["shape"])).toThrow('importOnnx: trainable names "shape", which is int64');
    expect(() => names(["weight"])).toThrow('importOnnx: trainable names "weight", which is no weight of <model>');
  });

  test("and inputs must all be given, with the types and sizes that the model has", () => {
    const { fn, parameters, inputs } = importOnnx(scaled(), { symbols: { n: 3 } });
    expect(inputs).toEqual([{ name: "x", dtype: "float32", shape: [3, 2], fixed: false }]);
    const attempt = (own: object, args: object) => () => fn({ ...parameters, ...own } as never, args as never);
    const x = array([[1, 2]]);
    expect(attempt({}, {})).toThrow('importOnnx: the input "x" is missing');
    expect(attempt({}, { x })).toThrow('importOnnx: the input "x" must be float32[3, 2], got float32[1, 2]');
    expect(attempt({ scale: x }, { x })).toThrow(
      'importOnnx: the parameter "scale" must be float32[2], got float32[1, 2]',
    );
    const three = array([[1, 2], [3, 4], [5, 6]]); // biome-ignore format: a matrix
    expect(attempt({}, { x: three, z: x })).toThrow('importOnnx: the model has no input "z"; it has x');
    expect(attempt({ other: x }, { x: three })).toThrow(
      'importOnnx: the model has no parameter "other"; it has scale, shift',
    );
  });

  test("a symbol has one size throughout", () => {
    const model = modelOf([["MatMul", ["x", "z"], ["y"]]]);
    model.graph.inputs.push({ name: "z", type: "float32", shape: [2, "n"] });
    const { fn } = importOnnx(model);
    const [x, z] = [array([[1, 2]]), array([[1, 2], [3, 4]])]; // biome-ignore format: a matrix
    expect(() => fn({}, { x, z })).toThrow(
      'importOnnx: the input "z" must be float32[2, n], got float32[2, 2] with n = 1',
    );
  });
});

describe("what is not done is an error that names the nodes:", () => {
  const refusal = (model: OnnxModel): string => {
    try {
      importOnnx(model, { name: "m.onnx" });
    } catch (error) {
      expect(error).toBeInstanceOf(FormatError);
      return (error as Error).message;
    }
    return "";
  };

  test("all operators that are missing, once each", () => {
    const model = modelOf([
      ["Foo", ["x"], ["a"]],
      ["Relu", ["a"], ["b"]],
      ["Bar", ["b"], ["c"]],
      ["Foo", ["c"], ["y"]],
    ]);
    model.graph.nodes[2].domain = "com.microsoft";
    expect(refusal(model)).toBe(
      'm.onnx: importOnnx: com.microsoft.Bar is not supported ("n2"); Foo is not supported ("n0", "n3")',
    );
  });

  test("attributes that are unknown, missing, of another kind, or that ask for what is not done", () => {
    const model = modelOf([
      ["Relu", ["x"], ["a"], { slope: { kind: "float", value: 1 } }],
      ["Concat", ["a"], ["b"]],
      ["Softmax", ["b"], ["c"], { axis: { kind: "string", value: "last" } }],
      ["Conv", ["c", "c"], ["d"], { auto_pad: { kind: "string", value: "SAME" } }],
      ["LSTM", ["d", "d", "d"], ["e"], { input_forget: { kind: "int", value: 1 } }],
      ["Add", ["e"], ["y"]],
    ]);
    expect(refusal(model).split("; ")).toEqual([
      'm.onnx: importOnnx: node "n0" (Relu): the attribute "slope" is not supported',
      'node "n1" (Concat): the attribute axis is missing',
      'node "n2" (Softmax): the attribute axis must be of kind int, it is string',
      'node "n3" (Conv): attribute auto_pad: one of NOTSET, SAME_UPPER, SAME_LOWER, VALID is honored, got "SAME"',
      'node "n4" (LSTM): attribute input_forget: only 0 is honored, got 1',
      'node "n5" (Add): 2 inputs were needed, it has 1',
    ]);
  });

  test("operator sets that are too old or too new", () => {
    expect(refusal(modelOf([], {}, 6))).toBe("m.onnx: operator sets 7 to 28 are read, the model needs 6");
    expect(refusal(modelOf([], {}, 29))).toBe("m.onnx: operator sets 7 to 28 are read, the model needs 29");
  });

  test("shapes that do not fit, and what must be known but is computed", () => {
    const attempt = (model: OnnxModel) => () =>
      importOnnx(model, { name: "m.onnx" }).fn({}, { x: input({ dtype: "float32", shape: [3, 2] }) });
    expect(attempt(modelOf([["MatMul", ["x", "x"], ["y"]]]))).toThrow(
      'm.onnx: node "n0" (MatMul): matmul: inner sizes differ, [3, 2] x [3, 2]',
    );
    const computed = modelOf([
      ["Cast", ["x"], ["s"], { to: { kind: "int", value: 7 } }],
      ["Reshape", ["x", "s"], ["y"]],
    ]);
    expect(attempt(computed)).toThrow(
      'm.onnx: node "n1" (Reshape): the elements of input 1 must be known when the model is traced, got int64[3, 2]',
    );
  });
});

test("conversions to kinds that are computed are noted, and refused where a value would be lost", () => {
  const model = (value: OnnxTensor) => modelOf([["Mul", ["x", "w"], ["y"]]], { w: value });
  const half = importOnnx(model({ type: "float16", shape: [4], data: Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7c00) }));
  expect([...half.parameters.w.data]).toEqual([1, -2, 2 ** -24, Infinity]);
  expect(half.notes).toEqual(['the weight "w" is float16, computed in float32']);
  const brain = importOnnx(model({ type: "bfloat16", shape: [2], data: Uint16Array.of(0x3f80, 0xc040) }));
  expect([...brain.parameters.w.data]).toEqual([1, -3]);
  const wide = importOnnx(model({ type: "float64", shape: [1], data: Float64Array.of(0.1) }));
  expect([...wide.parameters.w.data]).toEqual([Math.fround(0.1)]);
  expect(wide.notes).toEqual(['the weight "w" is float64, computed in float32']);
  expect(() => importOnnx(model({ type: "float64", shape: [1], data: Float64Array.of(1e300) }))).toThrow(
    '<model>: the weight "w": a number within float32 was needed, got 1e+300',
  );
});

test("a graph is chosen by a condition that follows from shapes, and sees the values around it", async () => {
  const branch = (opType: string): OnnxModel["graph"] => ({
    name: opType,
    inputs: [],
    outputs: [{ name: `${opType}_out`, type: "float32", shape: null }],
    initializers: new Map(),
    nodes: [{ name: opType, opType, domain: "", inputs: ["x", "w"], outputs: [`${opType}_out`], attributes: {} }],
  });
  const model = modelOf(
    [
      ["Shape", ["x"], ["s"], { end: { kind: "int", value: 1 } }],
      ["Equal", ["s", "one"], ["c"]],
      [
        "If",
        ["c"],
        ["y"],
        { then_branch: { kind: "graph", value: branch("Add") }, else_branch: { kind: "graph", value: branch("Mul") } },
      ],
    ],
    { one: integers(1), w: floats([1], 10) },
  );
  const imported = importOnnx(model);
  expect([...(await outputOf(imported, array([[1, 2]]))).data]).toEqual([11, 12]);
  expect([...(await outputOf(imported, array([[1, 2], [3, 4]]))).data]).toEqual([10, 20, 30, 40]); // biome-ignore format: a matrix
});

test("a long model is imported and traced in time that grows with its length", () => {
  const count = 20_000;
  const model = modelOf([
    ...Array.from(
      { length: count },
      (_, k) => ["Relu", [k === 0 ? "x" : `v${k}`], [`v${k + 1}`]] as [string, string[], string[]],
    ),
    ["Identity", [`v${count}`], ["y"]],
  ]);
  const start = performance.now();
  importOnnx(model).fn({}, { x: input({ dtype: "float32", shape: [1, 2] }) });
  expect(performance.now() - start).toBeLessThan(5_000);
});
