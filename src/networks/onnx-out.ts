import type { OnnxAttribute, OnnxModel, OnnxNode, OnnxValueInfo } from "../formats/onnx/model.js";
import { writeOnnx } from "../formats/onnx/write.js";
import { knownOptions } from "../io/options.js";
import { version } from "../io/version.js";
import { NdArray } from "./array.js";
import { emit } from "./emit.js";
import { lowerForeign } from "./lower.js";
import { type Trial, trialSizes } from "./onnx-out/polynomial.js";
import { type SymbolPlace, withSymbols } from "./onnx-out/symbolic.js";
import type { Operand } from "./tensor.js";
import { type Traceable, type Traced, trace } from "./trace.js";
import { flatten, type Mapped, type Tree, unflatten } from "./tree.js";
import type { DType } from "./types.js";

/** An input that is told by its type; strings name sizes that stay open, such as `["batch", 784]`. */
export interface SymbolicType {
  readonly dtype: DType;
  readonly shape: readonly (number | string)[];
}

/** What stands for an argument: an array, a number (a float32 scalar) or a type, alone or in nested objects and lists. */
export type ExportExample = Tree<NdArray | number | SymbolicType>;

export interface ExportOnnxOptions {
  /**
   * Trained parameters: `fn` gets them as its first argument, before the examples, and they are written into the model under
   * their paths, such as `layers.0.weights`. What `fn` brings along itself is written as constants.
   */
  parameters?: Mapped<unknown, Operand, NdArray>;
  /** Names of the inputs, in the order of the examples; by default the key of an object, or x0, x1, ... */
  inputNames?: readonly string[];
  /** Names of the outputs; by default the keys of the object that `fn` returns, or `output`. */
  outputNames?: readonly string[];
  /** What the file tells of the training run, such as its options, seed and losses; what is no text is written as JSON. */
  metadata?: Readonly<Record<string, unknown>>;
}

/** Most symbols of a model: each doubles how often the function is traced. */
const mostSymbols = 4;

/**
 * Sizes at which symbols are tried, three for each: odd and even ones, which leave different rests. Where a function treats
 * one of them in a special way, such as a width that it happens to have, the next ones are tried.
 */
const trials = [
  [11, 14, 21, 13, 18, 23, 17, 22, 27, 19, 26, 33],
  [59, 62, 69, 61, 66, 71, 67, 72, 77, 73, 80, 87],
  [2, 5, 7, 3, 6, 8, 4, 7, 9, 5, 8, 10],
];

/**
 * A function as an ONNX model (operator set 21), with parameters and constants inside. Sizes that examples name by strings
 * stay open: the function is traced at several sizes, and whatever integer follows them is computed in the model. Gradients
 * that are stopped and steps that other ops can replace are written as those ops. A function that treats some sizes in another
 * way than others (one alone, or many) is written as it is at sizes from 11 to 33.
 *
 *     const model = exportOnnx(predict, [{ dtype: "float32", shape: ["batch", 784] }], { parameters });
 *
 * Throws RangeError that names the op where it has no place in an ONNX file (random numbers: export what is used after
 * training), or where more than integers follow the open sizes.
 */
export function exportOnnx(
  fn: Traceable,
  examples: readonly ExportExample[],
  options: ExportOnnxOptions = {},
): OnnxModel {
  knownOptions("exportOnnx", options, ["parameters", "inputNames", "outputNames", "metadata"]);
  const { parameters, inputNames, outputNames, metadata = {} } = options;
  const inputs = flatten(examples, isExample, "examples");
  const types = inputs.leaves.map(symbolicType);
  const weights = parameters === undefined ? [] : weightsOf(parameters);
  const names = namesFor("inputNames", inputNames, inputs.paths, inputName);
  const places = placesOf(types, names);
  const emitAt = (sizes: readonly number[]) => {
    const open = (name: string) => sizes[places.findIndex((place) => place.name === name)];
    const bound = types.map(({ dtype, shape }) => ({
      dtype,
      shape: shape.map((size) => (typeof size === "number" ? size : open(size))),
    }));
    const args = unflatten(inputs.structure, bound) as unknown[];
    const traced = trace(fn, ...(parameters === undefined ? args : [parameters, ...args]));
    return modelOf(traced, weights, names, outputNames);
  };
  const model = places.length === 0 ? emitAt([]) : atSeveralSizes(places, emitAt);
  return finished(model, new Set(weights.map(({ name }) => name)), metadata);
}

/** Writes a function as an ONNX file, atomically; see `exportOnnx`. */
export async function saveOnnx(
  path: string,
  fn: Traceable,
  examples: readonly ExportExample[],
  options: ExportOnnxOptions = {},
): Promise<void> {
  await writeOnnx(path, exportOnnx(fn, examples, options));
}

function isExample(value: unknown): value is NdArray | number | SymbolicType {
  if (value instanceof NdArray || typeof value === "number") return true;
  const { dtype, shape } = (value ?? {}) as Partial<SymbolicType>;
  return typeof dtype === "string" && Array.isArray(shape);
}

function symbolicType(example: NdArray | number | SymbolicType): SymbolicType {
  if (typeof example === "number") return { dtype: "float32", shape: [] };
  const { dtype, shape } = example;
  const wrong = shape.find(
    (size) => size === "" || (typeof size === "number" && !(Number.isSafeInteger(size) && size >= 0)),
  );
  if (wrong !== undefined) {
    throw new RangeError(`exportOnnx: sizes must be integers >= 0 or names, got ${JSON.stringify(shape)}`);
  }
  return { dtype, shape };
}

function placesOf(types: readonly SymbolicType[], inputNames: readonly string[]): SymbolPlace[] {
  const places = new Map<string, SymbolPlace>();
  for (const [k, { shape }] of types.entries()) {
    for (const [axis, size] of shape.entries()) {
      if (typeof size === "string" && !places.has(size)) places.set(size, { name: size, input: inputNames[k], axis });
    }
  }
  if (places.size <= mostSymbols) return [...places.values()];
  throw new RangeError(`exportOnnx: at most ${mostSymbols} sizes may stay open, got ${[...places.keys()].join(", ")}`);
}

/** One model from models at several sizes. The first sizes that were tried tell what is wrong, if none will do. */
function atSeveralSizes(places: readonly SymbolPlace[], emitAt: (sizes: readonly number[]) => OnnxModel): OnnxModel {
  let problem: unknown;
  for (const sizes of trials) {
    const pick = (which: number) => places.map((_, s) => sizes[3 * s + which]);
    const trial: Trial = { first: pick(0), second: pick(1), check: pick(2) };
    try {
      return withSymbols(trialSizes(trial).map(emitAt), places, trial);
    } catch (error) {
      if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
      problem ??= error;
    }
  }
  throw problem;
}

interface Weight {
  readonly name: string;
  readonly value: NdArray;
}

function weightsOf(parameters: unknown): Weight[] {
  const { leaves, paths } = flatten(parameters, isArray, "parameters");
  return leaves.map((value, k) => ({ name: dotted(paths[k].replace(/^parameters\.?/, "")) || "parameters", value }));
}

/** The model of a traced function, with its first arguments as initializers. */
function modelOf(
  { graph: traced, outputPaths }: Traced,
  weights: readonly Weight[],
  inputNames: readonly string[],
  given: readonly string[] | undefined,
): OnnxModel {
  const graph = lowerForeign(traced);
  const foreign = graph.nodes.find(({ op }) => op.onnx === null);
  if (foreign !== undefined) {
    throw new RangeError(
      `exportOnnx: ${foreign.op.name} has no form in ONNX; export the function that is used after training, without it`,
    );
  }
  const names = [...weights.map(({ name }) => name), ...inputNames];
  const outputNames = namesFor("outputNames", given, outputPaths, outputName);
  const repeated = [...names, ...outputNames].find((name, k, all) => all.indexOf(name) !== k);
  if (repeated !== undefined) throw new RangeError(`exportOnnx: the name ${JSON.stringify(repeated)} is given twice`);
  const { model } = emit(graph.inputs, graph.nodes, graph.outputs, {
    inputNames: names,
    outputNames,
    target: "file",
  });
  const used = new Set(model.graph.nodes.flatMap(({ inputs }) => inputs));
  for (const { name, value } of weights) {
    const { dtype, shape, data } = value;
    if (used.has(name)) model.graph.initializers.set(name, { type: dtype, shape: [...shape], data });
  }
  model.graph.inputs = model.graph.inputs.slice(weights.length);
  return model;
}

function isArray(value: unknown): value is NdArray {
  return value instanceof NdArray;
}

/** `layers[0].weights` as `layers.0.weights`. */
function dotted(path: string): string {
  return path.replaceAll(/\[(\d+)\]/g, ".$1").replace(/^\./, "");
}

/** The key within the argument, or x and the number of the argument. */
function inputName(path: string): string {
  const [, argument, within] = path.match(/^examples\[(\d+)\](.*)$/) ?? ["", "", path];
  return within.startsWith(".") ? dotted(within) : dotted(`x${argument}${within}`);
}

function outputName(path: string): string {
  return path.startsWith("result.") ? dotted(path.slice("result.".length)) : dotted(path.replace("result", "output"));
}

function namesFor(
  option: string,
  given: readonly string[] | undefined,
  paths: readonly string[],
  fallback: (path: string) => string,
): string[] {
  const names = given === undefined ? paths.map(fallback) : [...given];
  if (names.length !== paths.length || names.some((name) => typeof name !== "string" || name === "")) {
    throw new RangeError(
      `exportOnnx: ${option} must be ${paths.length} names, for ${paths.join(", ")}, got [${names.join(", ")}]`,
    );
  }
  return names;
}

/**
 * The model with what it tells of itself. Constants of one element become nodes, so that who reads the file can tell them
 * from weights.
 */
function finished(
  model: OnnxModel,
  weights: ReadonlySet<string>,
  metadata: Readonly<Record<string, unknown>>,
): OnnxModel {
  const { graph } = model;
  const other = graph.nodes.find(({ domain }) => domain !== "");
  if (other !== undefined) {
    throw new RangeError(`exportOnnx: ${other.name} is ${other.domain}.${other.opType}, which is no operator of ONNX`);
  }
  const initializers = new Map(graph.initializers);
  const constants: OnnxNode[] = [];
  for (const [name, value] of graph.initializers) {
    if (value.data.length !== 1 || value.type !== "float32" || weights.has(name)) continue;
    const attributes: Record<string, OnnxAttribute> = { value: { kind: "tensor", value } };
    constants.push({ name, opType: "Constant", domain: "", inputs: [], outputs: [name], attributes });
    initializers.delete(name);
  }
  const told = (values: readonly OnnxValueInfo[]) =>
    JSON.stringify(Object.fromEntries(values.map(({ name, type, shape }) => [name, `${type}[${shape?.join(", ")}]`])));
  const written = Object.entries({ inputs: told(graph.inputs), outputs: told(graph.outputs), ...metadata });
  return {
    ...model,
    producerVersion: version,
    metadata: new Map(written.map(([key, value]) => [key, textOf(key, value)])),
    graph: { ...graph, initializers, nodes: [...constants, ...graph.nodes] },
  };
}

function textOf(key: string, value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (text === undefined)
    throw new TypeError(`exportOnnx: metadata ${JSON.stringify(key)} must be text or JSON, got ${typeof value}`);
  return text;
}
