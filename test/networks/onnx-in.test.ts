import { describe, expect, test } from "vitest";
import { readOnnx } from "../../dist/formats/onnx/read.js";
import { FormatError } from "../../dist/io/errors.js";
import { array, NdArray } from "../../dist/networks/array.js";
import { compile } from "../../dist/networks/compile.js";
import { gradients } from "../../dist/networks/gradients.js";
import { denseOf, interpret } from "../../dist/networks/interpret.js";
import { operators } from "../../dist/networks/onnx-in/table.js";
import { type ImportedModel, importOnnx } from "../../dist/networks/onnx-in.js";
import type { Dense } from "../../dist/networks/op.js";
import { add, mul } from "../../dist/networks/ops/elementwise.js";
import { sum } from "../../dist/networks/ops/reductions.js";
import { type Tensor, tensor } from "../../dist/networks/tensor.js";
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
  [/^test_maxpool_with_argmax/, /output 1 is not computed/],
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
void [array, NdArray, denseOf];
