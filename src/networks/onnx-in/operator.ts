/** What an entry of the table of operators is made of. */
import type { OnnxAttribute, OnnxGraph, OnnxNode, OnnxTensor } from "../../formats/onnx/model.js";
import { known } from "../fold.js";
import type { Tensor } from "../tensor.js";
import { type DType, showShape, showType } from "../types.js";

/** How an attribute of an operator is read. */
export interface AttributeSpec<T> {
  readonly kind: OnnxAttribute["kind"];
  /** Where the node has none; undefined where it must have one, or where that is a value of its own (`maybe`). */
  readonly fallback: T;
  readonly required: boolean;
  /** The value. Throws RangeError that begins with what was needed. */
  read(value: OnnxAttribute["value"]): T;
}

function spec<T>(kind: OnnxAttribute["kind"], fallback: T | undefined, read: (value: never) => T): AttributeSpec<T> {
  const required = fallback === undefined;
  return { kind, fallback: fallback as T, required, read: read as AttributeSpec<T>["read"] };
}

function safe(value: number | bigint): number {
  if (typeof value === "number") return value;
  throw new RangeError(`an integer below 2^53 was needed, got ${value}`);
}

/** An attribute that may be missing; it is undefined then. */
export function maybe<T>(inner: AttributeSpec<T>): AttributeSpec<T | undefined> {
  return { ...inner, fallback: undefined, required: false };
}
/** An integer; without a fallback the node must have it. */
export const int = (fallback?: number) => spec<number>("int", fallback, safe);
/** Integers. */
export const ints = (fallback?: number[]) =>
  spec<readonly number[]>("ints", fallback, (value: (number | bigint)[]) => value.map(safe));
/** A float, as wide as the file has it. */
export const float = (fallback?: number) => spec<number>("float", fallback, (value: number) => value);
export const floats = (fallback?: number[]) => spec<readonly number[]>("floats", fallback, (value: number[]) => value);
export const tensor = () => spec<OnnxTensor>("tensor", undefined, (value: OnnxTensor) => value);
export const graph = () => spec<OnnxGraph>("graph", undefined, (value: OnnxGraph) => value);
export const text = (fallback?: string) => spec<string>("string", fallback, (value: string) => value);
export const texts = (fallback?: string[]) => spec<readonly string[]>("strings", fallback, (value: string[]) => value);

/** 0 or 1. */
export const flag = (fallback: boolean) =>
  spec<boolean>("int", fallback, (value: number | bigint) => {
    if (value === 0 || value === 1) return value === 1;
    throw new RangeError(`0 or 1 was needed, got ${value}`);
  });

/** One of the words that are honored; the first is the fallback. */
export const word = <W extends string>(...words: [W, ...W[]]) =>
  spec<W>("string", words[0], (value: string) => {
    if (words.includes(value as W)) return value as W;
    throw new RangeError(`one of ${words.join(", ")} is honored, got ${JSON.stringify(value)}`);
  });

/** An integer of which only one value is honored. */
export const only = (value: number) =>
  spec<number>("int", value, (given: number | bigint) => {
    if (given === value) return value;
    throw new RangeError(`only ${value} is honored, got ${given}`);
  });

export type AttributeSpecs = Readonly<Record<string, AttributeSpec<unknown>>>;
export type AttributeValues<S extends AttributeSpecs> = {
  readonly [K in keyof S]: S[K] extends AttributeSpec<infer T> ? T : never;
};

/** What the table knows about an operator. */
export interface Operator {
  /** Fewest and most inputs. */
  readonly inputs: readonly [number, number];
  /** Every attribute that is honored, or that changes nothing; any other one is refused. */
  readonly attributes: AttributeSpecs;
  /** Inputs whose elements must be known when the model is traced. */
  readonly known: readonly number[];
  /** Writes the operator in our ops; returns its outputs, of which the last ones may be missing. */
  build(node: OperatorNode<AttributeSpecs>): readonly Tensor[];
}

export type Operators = Readonly<Record<string, Operator>>;

/** An entry: how many inputs, the attributes, and the operator in our ops. */
export function operator<S extends AttributeSpecs>(
  inputs: number | readonly [number, number],
  attributes: S,
  build: (node: OperatorNode<S>) => Tensor | readonly Tensor[],
  known: readonly number[] = [],
): Operator {
  return {
    inputs: typeof inputs === "number" ? [inputs, inputs] : inputs,
    attributes,
    known,
    build: (node) => {
      const made = build(node as unknown as OperatorNode<S>);
      return Array.isArray(made) ? made : [made as Tensor];
    },
  };
}

/** A node while it is written in our ops. */
export class OperatorNode<S extends AttributeSpecs> {
  readonly attributes: AttributeValues<S>;
  /** Version of the operator set. */
  readonly version: number;
  /** Inputs; undefined where left out. */
  readonly inputs: readonly (Tensor | undefined)[];
  /** Names of the outputs; "" where nothing takes it. */
  readonly outputs: readonly string[];
  readonly #run: (graph: OnnxGraph) => readonly Tensor[];

  constructor(
    node: OnnxNode,
    attributes: AttributeValues<S>,
    inputs: readonly (Tensor | undefined)[],
    version: number,
    run: (graph: OnnxGraph) => readonly Tensor[],
  ) {
    this.attributes = attributes;
    this.inputs = inputs;
    this.outputs = node.outputs;
    this.version = version;
    this.#run = run;
  }

  /** An input that must be there. */
  input(k: number): Tensor {
    const input = this.inputs[k];
    if (input === undefined) throw new RangeError(`input ${k} was needed, it is left out`);
    return input;
  }

  /** An input that may be left out; one without elements counts as left out where `emptyIsNone`. */
  optional(k: number, emptyIsNone = false): Tensor | undefined {
    const input = this.inputs[k];
    return emptyIsNone && input?.size === 0 ? undefined : input;
  }

  /** All inputs of an operator that takes any number of them. */
  all(): Tensor[] {
    return this.inputs.map((_, k) => this.input(k));
  }

  /** The elements of an input, which must follow from constants and shapes alone. */
  numbers(k: number): number[] {
    const input = this.input(k);
    const value = known(input);
    if (value === undefined) {
      throw new RangeError(
        `the elements of input ${k} must be known when the model is traced, got ${showType(input)} that depends on inputs or parameters, or is too large`,
      );
    }
    return Array.from(value.data);
  }

  /** The elements of an input of integers, such as axes. */
  ints(k: number): number[] {
    const { dtype } = this.input(k);
    if (dtype !== "int64" && dtype !== "int32") throw new RangeError(`input ${k} must hold integers, got ${dtype}`);
    return this.numbers(k);
  }

  /** The only element of an input. */
  number(k: number): number {
    const numbers = this.numbers(k);
    if (numbers.length !== 1) {
      throw new RangeError(`input ${k} must have one element, got ${showShape(this.input(k).shape)}`);
    }
    return numbers[0];
  }

  /** What a graph within the node gives. */
  run(graph: OnnxGraph): readonly Tensor[] {
    return this.#run(graph);
  }
}

/** Throws RangeError unless a tensor is of one of the kinds. */
export function requireKinds(x: Tensor, ...kinds: DType[]): void {
  if (!kinds.includes(x.dtype)) throw new RangeError(`${kinds.join(" or ")} was needed, got ${showType(x)}`);
}
