import { expect, test } from "vitest";
import type { OnnxAttribute, OnnxModel, OnnxNode } from "../../dist/formats/onnx/model.js";
import { readOnnx } from "../../dist/formats/onnx/read.js";
import { encodeOnnx } from "../../dist/formats/onnx/write.js";
import { elementsFrom, NdArray } from "../../dist/networks/array.js";
import { operators } from "../../dist/networks/onnx-in/table.js";
import { type ImportedModel, importOnnx } from "../../dist/networks/onnx-in.js";
import { input, type Operand } from "../../dist/networks/tensor.js";
import { sizeOf } from "../../dist/networks/types.js";
import { Rng } from "../../dist/numerics/random.js";
import { fuzz } from "../formats/fuzz.js";
import { readGolden, type Span } from "./onnx-golden.js";

const nodes = readGolden<{ model: Span }>("onnx-nodes.bin.gz");
const models = readGolden<{ model: Span }>("onnx-models.bin.gz");
const files = [nodes, models].flatMap((golden) => golden.cases.map(({ model }) => golden.bytes(model)));

/** Errors of the engine itself, which no check of ours has thrown; a FormatError may not hide one. */
const ofTheEngine =
  /call stack|Invalid (typed )?array|Invalid array buffer|not a function|not iterable|of undefined|of null|BigInt|Array buffer allocation|internal:/;

/** Reads, imports and traces. */
async function tryOut(bytes: Uint8Array): Promise<void> {
  try {
    traced(importOnnx(await readOnnx(bytes)));
  } catch (error) {
    if (ofTheEngine.test(String(error)))
      throw new Error(`an error of the engine: ${(error as Error).stack}`, { cause: error });
    throw error;
  }
}

/** Calls the function on inputs such as it declares; open sizes are 2. */
function traced(model: ImportedModel): void {
  const args = model.inputs.map(({ name, dtype, shape, fixed }): [string, Operand] => {
    const sizes = (shape ?? [2, 2]).map((size) => (typeof size === "number" ? size : 2));
    const count = sizeOf(sizes);
    if (!fixed || !(count <= 1000)) return [name, input({ dtype, shape: sizes })];
    return [name, new NdArray(dtype, sizes, elementsFrom(dtype, new Array<number>(count).fill(1)))];
  });
  model.fn(model.parameters, Object.fromEntries(args));
}

test("F1 F2 F3 F4: mutated models are functions or refused with a FormatError", { timeout: 600_000 }, async () => {
  await fuzz(files, tryOut);
});

/** Changes one thing of a model that its bytes would not often let through. */
function change(model: OnnxModel, rng: Rng): void {
  const { nodes, initializers, inputs } = model.graph;
  const pick = <T>(list: readonly T[]): T => list[rng.below(list.length)];
  const odd = () =>
    pick([0, 1, -1, 2, 3, 5, 64, 65, -7, 1000, 2 ** 31, 2 ** 31 - 1, -(2 ** 31), 2 ** 40, Number.MAX_SAFE_INTEGER]);
  const oddSize = () => Math.abs(odd());
  const node: OnnxNode | undefined = nodes.length > 0 ? pick(nodes) : undefined;
  const names = [...inputs.map(({ name }) => name), ...initializers.keys(), ...nodes.flatMap(({ outputs }) => outputs)];
  switch (rng.below(9)) {
    case 0: // another operator
      if (node) node.opType = pick([...operators.keys()]);
      break;
    case 1: // another input
      if (node && node.inputs.length > 0) node.inputs[rng.below(node.inputs.length)] = pick([...names, ""]);
      break;
    case 2: // fewer or more inputs
      if (node && rng.below(2) === 0) node.inputs.pop();
      else node?.inputs.push(pick(names));
      break;
    case 3: {
      // another number in an attribute
      const attributes = Object.values(node?.attributes ?? {});
      if (attributes.length > 0) changeAttribute(pick(attributes), odd, rng);
      break;
    }
    case 4: // no attribute, or one of another operator
      if (node && Object.keys(node.attributes).length > 0 && rng.below(2) === 0)
        delete node.attributes[pick(Object.keys(node.attributes))];
      else if (node) {
        const [name, spec] = pick([...operators.values()].flatMap((o) => Object.entries(o.attributes)));
        if (spec.kind === "int") node.attributes[name] = { kind: "int", value: odd() };
        if (spec.kind === "ints")
          node.attributes[name] = { kind: "ints", value: Array.from({ length: rng.below(5) }, odd) };
      }
      break;
    case 5: // another version
      model.opsets.set("", 7 + rng.below(22));
      break;
    case 6: {
      // another declared shape
      const { shape } = inputs.length > 0 ? pick(inputs) : { shape: null };
      if (shape !== null && shape.length > 0 && rng.below(3) > 0) shape[rng.below(shape.length)] = oddSize();
      else if (rng.below(2) === 0) shape?.pop();
      else shape?.push(oddSize());
      break;
    }
    case 7: {
      // other elements
      const tensors = [...initializers.values(), ...nodes.flatMap(tensorsOf)].filter(
        ({ type }) => type === "int64" || type === "float32",
      );
      if (tensors.length === 0) break;
      const { type, data } = pick(tensors);
      if (data.length === 0) break;
      const k = rng.below(data.length);
      if (type === "int64") (data as BigInt64Array)[k] = BigInt(odd());
      else (data as Float32Array)[k] = pick([0, -1, 1e30, Number.NaN, Infinity, 0.5, odd()]);
      break;
    }
    default: {
      // the same elements in another shape
      const tensor = initializers.size > 0 ? pick([...initializers.values()]) : undefined;
      if (tensor) tensor.shape = rng.below(2) === 0 ? [tensor.data.length] : [1, ...tensor.shape];
    }
  }
}

function tensorsOf({ attributes }: OnnxNode) {
  return Object.values(attributes).flatMap((attribute) => (attribute.kind === "tensor" ? [attribute.value] : []));
}

function changeAttribute(attribute: OnnxAttribute, odd: () => number, rng: Rng): void {
  if (attribute.kind === "int") attribute.value = odd();
  if (attribute.kind === "float") attribute.value = [0, -1, 1e30, Number.NaN, Infinity][rng.below(5)];
  if (attribute.kind === "string")
    attribute.value = ["", "SAME_UPPER", "VALID", "linear", "add", "reverse"][rng.below(6)];
  if (attribute.kind === "ints" || attribute.kind === "floats") {
    if (attribute.value.length > 0 && rng.below(2) === 0) attribute.value[rng.below(attribute.value.length)] = odd();
    else if (rng.below(2) === 0) attribute.value.pop();
    else attribute.value.push(odd());
  }
}

test("models with other operators, attributes, shapes and elements are functions or refused with a FormatError", {
  timeout: 600_000,
}, async () => {
  const count = Number(process.env.FUZZ_INPUTS ?? 20_000) / 2; // they take longer
  const rng = new Rng(Number(process.env.FUZZ_SEED ?? 1));
  let accepted = 0;
  for (let k = 0; k < count; k++) {
    const model = await readOnnx(files[rng.below(files.length)].slice());
    for (let steps = 1 + rng.below(3); steps > 0; steps--) change(model, rng);
    const bytes = encodeOnnx(model);
    const start = performance.now();
    try {
      await tryOut(bytes);
      accepted++;
    } catch (error) {
      const label = `change ${k}: ${Buffer.from(bytes).toString("base64")}`;
      expect((error as Error).constructor.name, `${label}\n${(error as Error).stack}`).toBe("FormatError");
    }
    expect(performance.now() - start, `milliseconds of change ${k}`).toBeLessThan(5_000);
  }
  expect(accepted).toBeGreaterThan(count / 20);
  expect(accepted).toBeLessThan(count);
});
