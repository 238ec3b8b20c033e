import { NdArray } from "./array.js";
import { type Graph, graphOf, showGraph } from "./graph.js";
import { input, isOperand, type Operand, Tensor, tensor } from "./tensor.js";
import { flatten, type Structure, type Tree, unflatten } from "./tree.js";
import type { TensorType } from "./types.js";

/** A function over symbolic tensors, alone or in plain nested objects and arrays. */
// biome-ignore lint/suspicious/noExplicitAny: parameters of functions are contravariant, so `unknown` would fit none
export type Traceable = (...args: any[]) => Tree<Operand> | Promise<never>;

/** What a traced function became, and how its arguments and results are put together. */
export interface Traced {
  readonly graph: Graph;
  /** Structure of the list of arguments, of the result, and the paths of the inputs. */
  readonly arguments: Structure;
  readonly result: Structure;
  readonly inputPaths: readonly string[];
  readonly outputPaths: readonly string[];
}

export function isTensorType(value: unknown): value is TensorType {
  return value instanceof NdArray || value instanceof Tensor || typeof value === "number" || isPlainType(value);
}

/** `{ dtype, shape }` stands for a tensor of that type. */
function isPlainType(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { dtype, shape } = value as Partial<TensorType>;
  return typeof dtype === "string" && Array.isArray(shape);
}

/** The type of an example: of an array, of a number (a float32 scalar), or `{ dtype, shape }` itself. */
export function typeOf(example: TensorType | number): TensorType {
  if (typeof example === "number") return { dtype: "float32", shape: [] };
  return { dtype: example.dtype, shape: example.shape };
}

/**
 * Calls `fn` once on symbolic tensors shaped like the examples, and records what it does as a graph. What depends on
 * elements cannot be decided in `fn`; what depends on shapes can.
 */
export function trace(fn: Traceable, ...examples: unknown[]): Traced {
  const { leaves, paths, structure } = flatten(examples, isTensorType, "arguments");
  const inputs = leaves.map((leaf) => input(typeOf(leaf)));
  const result = fn(...(unflatten(structure, inputs) as unknown[]));
  if (result instanceof Promise) throw new TypeError("trace: a plain function was needed, this one is asynchronous");
  const out = flatten(result, isOperand, "result");
  const graph = graphOf(
    inputs,
    out.leaves.map((leaf) => tensor(leaf)),
  );
  return { graph, arguments: structure, result: out.structure, inputPaths: paths, outputPaths: out.paths };
}

/** What a function does with arguments shaped like the examples, as text. */
export function show(fn: Traceable, ...examples: unknown[]): string {
  const { graph, inputPaths } = trace(fn, ...examples);
  return showGraph(graph, inputPaths);
}
