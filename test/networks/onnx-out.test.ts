import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { OnnxModel } from "../../dist/formats/onnx/model.js";
import { readOnnx } from "../../dist/formats/onnx/read.js";
import { encodeOnnx } from "../../dist/formats/onnx/write.js";
import { version } from "../../dist/io/version.js";
import { array, elementsFrom, NdArray } from "../../dist/networks/array.js";
import { compile } from "../../dist/networks/compile.js";
import { grad } from "../../dist/networks/gradients.js";
import { interpret } from "../../dist/networks/interpret.js";
import { importOnnx } from "../../dist/networks/onnx-in.js";
import { type ExportExample, type ExportOnnxOptions, exportOnnx, saveOnnx } from "../../dist/networks/onnx-out.js";
import type { Dense } from "../../dist/networks/op.js";
import { conv } from "../../dist/networks/ops/convolution.js";
import { add, gelu, mul, relu, stopGradient, tanh, where } from "../../dist/networks/ops/elementwise.js";
import { causalMask, gather, iota } from "../../dist/networks/ops/indexing.js";
import { matmul } from "../../dist/networks/ops/linear.js";
import { batchNorm, layerNorm, softmax } from "../../dist/networks/ops/normalization.js";
import { maxPool } from "../../dist/networks/ops/pooling.js";
import { mean, sum } from "../../dist/networks/ops/reductions.js";
import { resize } from "../../dist/networks/ops/resize.js";
import { reshape, slice, sliceAxis, squeeze, transpose } from "../../dist/networks/ops/shape.js";
import { Random } from "../../dist/networks/random.js";
import { createSession, loadRuntime, ortTensor } from "../../dist/networks/runtime.js";
import type { Tensor } from "../../dist/networks/tensor.js";
import { type Traceable, trace } from "../../dist/networks/trace.js";
import { type DType, sizeOf } from "../../dist/networks/types.js";
import { Rng } from "../../dist/numerics/random.js";
import { runProgram } from "../child.js";
import { compare, projectedGradient } from "./check-op.js";
import { readGolden, type Span } from "./onnx-golden.js";
import { cases } from "./op-cases.js";

const python = process.env.THING2VEC_PYTHON;
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "thing2vec-onnx-out-"));
});
afterAll(() => rm(folder, { recursive: true }));

const rng = new Rng(5);
function random(shape: number[], dtype: DType = "float32", below = 7): NdArray {
  const draw = () => (dtype === "float32" ? rng.uniform() - 0.5 : rng.below(below));
  return new NdArray(dtype, shape, elementsFrom(dtype, Array.from({ length: sizeOf(shape) }, draw)));
}

/** Runs a model as others would: on ONNX Runtime, by the names of its inputs. */
async function runFile(bytes: Uint8Array, args: Record<string, NdArray>): Promise<Record<string, Dense>> {
  const runtime = await loadRuntime("cpu");
  const session = await createSession(bytes, { backend: "cpu", threads: 1 });
  const model = await readOnnx(bytes);
  const feeds = Object.fromEntries(Object.entries(args).map(([name, value]) => [name, ortTensor(runtime, value)]));
  const results = await session.run(feeds, Object.fromEntries(model.graph.outputs.map(({ name }) => [name, null])));
  await session.close();
  return Object.fromEntries(
    Object.entries(results).map(([name, { dims, data }]) => [
      name,
      { shape: [...dims], data: Float64Array.from(data as ArrayLike<number>, Number) },
    ]),
  );
}

/** onnx.checker, with inference of shapes, on models; what it says about those that it refuses. */
async function checkerProblems(models: Record<string, Uint8Array>): Promise<string> {
  const own = await mkdtemp(join(folder, "checked-"));
  for (const [name, bytes] of Object.entries(models)) await writeFile(join(own, `${name}.onnx`), bytes);
  const program = `
import onnx, sys, pathlib
for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    try: onnx.checker.check_model(onnx.load(path), full_check=True)
    except Exception as error: print(path.name, error)
`;
  const { code, stdout, stderr } = await runProgram(python!, ["-c", program, own]);
  return code === 0 ? stdout : stderr;
}

describe("exported and imported again", () => {
  const checked: Record<string, Uint8Array> = {};

  test("every case of every op has the values and gradients that it had", { timeout: 120_000 }, async () => {
    const problems: string[] = [];
    for (const [number, one] of cases.entries()) {
      if (one.op === "maxPoolGradient") continue; // written as MaxUnpool, which is not read
      const bytes = encodeOnnx(exportOnnx(one.fn as Traceable, one.inputs));
      checked[`${number}-${one.op}`] = bytes;
      const model = importOnnx(await readOnnx(bytes));
      const again = (...inputs: Tensor[]) => {
        const args = Object.fromEntries(model.inputs.map(({ name }, k) => [name, inputs[k]]));
        const results = model.fn(model.parameters, args);
        return model.outputs.map(({ name }) => results[name]);
      };
      const back = { ...one, fn: again };
      const [before, after] = [one.fn, again].map((fn) => trace(fn as Traceable, ...one.inputs).graph);
      const pairs = [[before, after, 1e-6] as const]; // constants were rounded to f32
      const gradients = one.by.length > 0 ? [[projectedGradient(one), projectedGradient(back), 1e-5] as const] : [];
      for (const [first, second, tolerance] of [...pairs, ...gradients]) {
        const expected = await interpret(first, one.inputs);
        const got = await interpret(second, one.inputs);
        for (const [k, value] of expected.entries()) problems.push(...compare(one.label, got[k], value, tolerance));
      }
    }
    expect(problems).toEqual([]);
  });

  test.skipIf(python === undefined)("onnx.checker accepts all of them", { timeout: 120_000 }, async () => {
    expect(await checkerProblems(checked)).toBe("");
  });
});

// ---------------------------------------------------------------------------------------------------- open sizes

interface Network {
  fn: Traceable;
  parameters?: unknown;
  inputs: (batch: number, length: number) => ExportExample[];
  /** At a size of the batch and, where it is open, of the length. */
  args: (batch: number, length: number) => NdArray[];
  lengths?: number[];
}

const torch = readGolden<{ name: string; model: Span }>("onnx-models.bin.gz");

async function importedNetwork(name: string, args: Network["args"], lengths?: number[]): Promise<Network> {
  const golden = torch.cases.find((one) => one.name === name);
  const model = importOnnx(await readOnnx(torch.bytes((golden as { model: Span }).model)));
  const [{ dtype, shape }] = model.inputs;
  return {
    fn: (parameters, x) => {
      const results = Object.values(model.fn(parameters, { x }));
      return results[0];
    },
    parameters: model.parameters,
    inputs: () => [{ dtype, shape: shape ?? [] }] as ExportExample[],
    args,
    lengths,
  };
}

const symbolic = (dtype: DType, ...shape: (number | string)[]) => ({ dtype, shape });

const networks: Record<string, () => Promise<Network> | Network> = {
  mlp: () => ({
    fn: ({ layers, last }, x) => {
      let h = x;
      for (const { weights, bias } of layers) h = relu(add(matmul(h, weights), bias));
      return { logits: matmul(h, last), norm: mul(sum(mul(h, h)), stopGradient(mean(h))) };
    },
    parameters: {
      layers: [
        { weights: random([5, 8]), bias: random([8]) },
        { weights: random([8, 6]), bias: random([6]) },
      ],
      last: random([6, 3]),
    },
    inputs: () => [symbolic("float32", "batch", 5)],
    args: (batch) => [random([batch, 5])],
  }),
  pictures: () => ({
    fn: (p, x) => {
      const h = maxPool(relu(conv(x, p.first, { padding: 1 })), 2);
      const flat = reshape(resize(h, [6, 6], { mode: "linear" }), [x.shape[0], 4 * 36]);
      return tanh(matmul(flat, p.dense));
    },
    parameters: { first: random([4, 2, 3, 3]), dense: random([144, 3]) },
    inputs: () => [symbolic("float32", "batch", 2, 8, 8)],
    args: (batch) => [random([batch, 2, 8, 8])],
  }),
  transformer: () => ({
    fn: (p, ids) => {
      const [n, t] = ids.shape;
      let x = add(gather(p.tokens, ids), gather(p.places, iota(t)));
      const apart = transpose(reshape(matmul(layerNorm(x, p.scale, p.bias), p.qkv), [n, t, 3, 2, 4]), [2, 0, 3, 1, 4]);
      const [q, k, v] = [0, 1, 2].map((part) => squeeze(sliceAxis(apart, 0, part, part + 1), 0));
      const scores = where(causalMask(t), mul(matmul(q, transpose(k)), 0.5), Number.NEGATIVE_INFINITY);
      const mixed = reshape(transpose(matmul(softmax(scores), v), [0, 2, 1, 3]), [n, t, 8]);
      x = add(x, gelu(matmul(mixed, p.out)));
      return { last: reshape(slice(x, [0, t - 1], [n, t]), [n, 8]), pooled: mean(x, 1), flat: reshape(x, [n * t, 8]) };
    },
    parameters: {
      tokens: random([7, 8]),
      places: random([64, 8]),
      scale: random([8]),
      bias: random([8]),
      qkv: random([8, 24]),
      out: random([8, 8]),
    },
    inputs: () => [symbolic("int64", "batch", "length")],
    args: (batch, length) => [random([batch, length], "int64")],
    lengths: [1, 3, 64],
  }),
  "a step of training": () => ({
    // The gradient, whose mean over the batch depends on its size, as PyTorch would export it.
    fn: (p, x) =>
      grad((weights: Tensor) =>
        sum(mul(batchNorm(matmul(x, weights), p.scale, p.bias).output, tanh(matmul(x, weights)))),
      )(p.weights),
    parameters: { weights: random([4, 3]), scale: random([3]), bias: random([3]) },
    inputs: () => [symbolic("float32", 8, 4)],
    args: () => [random([8, 4])],
  }),
  "PyTorch's classifier": () => importedNetwork("Classifier 17", (batch) => [random([batch, 2, 8, 8])]),
  "PyTorch's decoder": () => importedNetwork("Decoder 18", (batch) => [random([batch, 3])]),
  "PyTorch's encoder": () => importedNetwork("Encoder 20", (batch, t) => [random([batch, t], "int64")], [1, 4, 10]),
};

describe("a network with open sizes", () => {
  const checked: Record<string, Uint8Array> = {};
  for (const [name, make] of Object.entries(networks)) {
    test(`${name} gives on ONNX Runtime, at other sizes than it was traced at, what compile gives, and again when read`, async () => {
      const { fn, parameters, inputs, args, lengths = [1] } = await make();
      const model = exportOnnx(fn, inputs(1, 1), { parameters } as ExportOnnxOptions);
      const bytes = encodeOnnx(model);
      checked[name.replaceAll(/\W/g, "-")] = bytes;
      const again = importOnnx(await readOnnx(bytes));
      const own = compile(fn, { threads: 1 });
      const read = compile(again.fn, { threads: 1 });
      for (const batch of name === "a step of training" ? [8] : [1, 2, 7, 64]) {
        for (const length of lengths) {
          const values = args(batch, length);
          const named = Object.fromEntries(model.graph.inputs.map((input, k) => [input.name, values[k]]));
          const expected = await own(...((parameters === undefined ? values : [parameters, ...values]) as never[]));
          const byName =
            expected instanceof NdArray ? { output: expected } : (expected as unknown as Record<string, NdArray>);
          const outcomes = [await runFile(bytes, named), await read(again.parameters, named)];
          expect(Object.keys(outcomes[0]).sort()).toEqual(Object.keys(byName).sort());
          for (const outcome of outcomes) {
            for (const [key, value] of Object.entries(byName)) {
              const { shape, data } = outcome[key];
              const got = { shape, data: Float64Array.from(data as ArrayLike<number>, Number) };
              const wanted = { shape: value.shape, data: Float64Array.from(value.data as Float32Array) };
              expect(compare(`${key} at ${batch}, ${length}`, got, wanted, 1e-5)).toEqual([]);
            }
          }
        }
      }
      await own.close();
      await read.close();
    });
  }

  test.skipIf(python === undefined)("is accepted by onnx.checker", async () => {
    expect(Object.keys(checked).length).toBe(Object.keys(networks).length);
    expect(await checkerProblems(checked)).toBe("");
  });

  test("declares the symbols, and for outputs what follows from them", () => {
    const fn = (x: Tensor, y: Tensor) => ({ flat: reshape(x, [x.size]), both: add(x, reshape(y, [y.shape[0], 1])) });
    const { graph } = exportOnnx(fn, [symbolic("float32", "batch", "length"), symbolic("float32", "batch")]);
    expect(graph.inputs.map(({ shape }) => shape)).toEqual([["batch", "length"], ["batch"]]);
    expect(graph.outputs).toEqual([
      { name: "both", type: "float32", shape: ["batch", "length"] },
      { name: "flat", type: "float32", shape: ["batch*length"] },
    ]);
  });

  test("leaves one size of a reshape to the runtime and computes the others", () => {
    const nodes = (fn: Traceable) =>
      exportOnnx(fn, [symbolic("float32", "n", 6)]).graph.nodes.map(({ opType }) => opType);
    expect(nodes((x) => reshape(x, [x.shape[0], 2, 3]))).toEqual(["Reshape", "Identity"]);
    expect(nodes((x) => reshape(x, [2 * x.shape[0] + 0, 3]))).toEqual(["Reshape", "Identity"]);
    expect(nodes((x) => add(sum(x), iota(x.shape[0], "float32")))).toContain("Range");
  });
});

// ---------------------------------------------------------------------------------------------------- names and metadata

const double = (x: Tensor) => mul(x, 2);

test("names are those given, else keys and paths; parameters are initializers, constants of one element nodes", () => {
  const fn = (p: { layers: { weights: Tensor }[] }, args: { left: Tensor }, other: Tensor) => [
    matmul(args.left, p.layers[0].weights),
    mul(other, 0.5),
  ];
  const parameters = { layers: [{ weights: random([2, 2]) }], unused: random([3]) };
  const examples = [{ left: random([1, 2]) }, random([2])];
  const { graph } = exportOnnx(fn as Traceable, examples, { parameters });
  expect(graph.inputs.map(({ name }) => name)).toEqual(["left", "x1"]);
  expect(graph.outputs.map(({ name }) => name)).toEqual(["output.0", "output.1"]);
  expect([...graph.initializers.keys()]).toEqual(["layers.0.weights"]);
  expect(graph.nodes.map(({ opType }) => opType)).toEqual(["Constant", "MatMul", "Mul", "Identity", "Identity"]);
  const named = exportOnnx(fn as Traceable, examples, { parameters, inputNames: ["a", "b"], outputNames: ["c", "d"] });
  expect([...named.graph.inputs, ...named.graph.outputs].map(({ name }) => name)).toEqual(["a", "b", "c", "d"]);
});

test("names of the caller may be those that nodes or constants would have had", async () => {
  const fn = (x: Tensor, y: Tensor) => [mul(x, y), mul(x, 2)];
  const [a, b] = [array([1, 2]), array([3, 4])];
  const options = { inputNames: ["mul_0", "constant_0"], outputNames: ["mul_1", "mul_2"] };
  const bytes = encodeOnnx(exportOnnx(fn as Traceable, [a, b], options));
  const results = await runFile(bytes, { mul_0: a, constant_0: b });
  expect([...results.mul_1.data, ...results.mul_2.data]).toEqual([3, 8, 2, 4]);
});

test("a result that is an input, a constant, or another result is an output of its own", async () => {
  const fn = (x: Tensor) => {
    const y = mul(x, x);
    return { same: x, first: y, second: y, constant: array([7]) };
  };
  const results = await runFile(encodeOnnx(exportOnnx(fn as Traceable, [array([3])])), { x0: array([3]) });
  expect(Object.entries(results).map(([name, { data }]) => [name, data[0]])).toEqual(
    expect.arrayContaining([
      ["same", 3],
      ["first", 9],
      ["second", 9],
      ["constant", 7],
    ]),
  );
});

test("the file tells who wrote it, its inputs and outputs, and of the training run", async () => {
  const path = join(folder, "told.onnx");
  const metadata = { training: { epochs: 3, seed: 1 }, note: "a test" };
  await saveOnnx(path, double, [symbolic("float32", "batch", 2)], { metadata });
  const model = await readOnnx(path);
  expect([model.producerName, model.producerVersion]).toEqual(["thing2vec", version]);
  expect(Object.fromEntries(model.metadata)).toEqual({
    inputs: '{"x0":"float32[batch, 2]"}',
    outputs: '{"output":"float32[batch, 2]"}',
    training: '{"epochs":3,"seed":1}',
    note: "a test",
  });
  expect([...model.opsets.keys()]).toEqual([""]);
  expect((await readdir(folder)).filter((name) => name.startsWith("told"))).toEqual(["told.onnx"]);
});

// ---------------------------------------------------------------------------------------------------- what is refused

describe("is refused, with the op's name:", () => {
  const open = [symbolic("float32", "batch", 4)];
  const attempt = (fn: Traceable, examples: ExportExample[] = open, options?: ExportOnnxOptions): OnnxModel =>
    exportOnnx(fn, examples, options);

  test("random numbers", () => {
    const fn = (key: Tensor, x: Tensor) => add(x, new Random(key).normal(x.shape));
    expect(() => attempt(fn as Traceable, [symbolic("int32", 4), ...open])).toThrow(
      "exportOnnx: randomNormal has no form in ONNX; export the function that is used after training, without it",
    );
  });

  test("floats that depend on an open size", () => {
    expect(() => attempt((x) => mul(x, 1 / x.shape[0]))).toThrow(
      /exportOnnx: mul_\d+ \(Mul\): a constant float32\[\] depends on the sizes of the symbolic axes; give those axes fixed sizes/,
    );
  });

  test("attributes, and what is computed, that depend on one", () => {
    expect(() => attempt((x) => transpose(x, x.shape[0] % 2 === 0 ? [0, 1] : [1, 0]))).toThrow(
      /exportOnnx: .*depends on the sizes/,
    );
    expect(() => attempt((x) => (x.shape[0] % 4 === 1 ? relu(x) : tanh(x)))).toThrow(
      /exportOnnx: .*depends on the sizes/,
    );
  });

  test("sizes that are no sums of products of open ones, such as squares and halves", () => {
    expect(() =>
      attempt((x) => sum(matmul(x, transpose(x)).shape.map((n) => add(iota(n * n, "float32"), 0))[0])),
    ).toThrow(/exportOnnx: .*depends on the sizes/);
    expect(() => attempt((x) => slice(x, [0], [Math.floor(x.shape[0] / 2)]))).toThrow(
      /exportOnnx: .*depends on the sizes/,
    );
  });

  test("names that are given twice, or too few", () => {
    expect(() => attempt(double, open, { inputNames: ["x"], outputNames: ["x"] })).toThrow(
      'exportOnnx: the name "x" is given twice',
    );
    expect(() => attempt(double, open, { inputNames: [] })).toThrow(
      "exportOnnx: inputNames must be 1 names, for examples[0], got []",
    );
  });

  test("sizes that are neither counts nor names, and too many open ones", () => {
    expect(() => attempt(double, [symbolic("float32", -1)])).toThrow(
      "exportOnnx: sizes must be integers >= 0 or names, got [-1]",
    );
    expect(() => attempt(double, [symbolic("float32", "a", "b", "c", "d", "e")])).toThrow(
      "exportOnnx: at most 4 sizes may stay open, got a, b, c, d, e",
    );
  });

  test("unknown options", () => {
    expect(() => attempt(double, open, { parameter: {} } as ExportOnnxOptions)).toThrow(/exportOnnx: .*parameter/);
  });
});
