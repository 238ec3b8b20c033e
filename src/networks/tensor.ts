import { elementsFrom, NdArray } from "./array.js";
import type { Op } from "./op.js";
import { type DType, type Shape, sizeOf, type TensorType } from "./types.js";

/** What an op knows besides its inputs: numbers, words and lists of them; arrays for constants. */
export type Attributes = Readonly<Record<string, unknown>>;

/** One application of an op. Nodes are never changed; inputs were made before, so that ids are a topological order. */
export interface Node<A extends Attributes = Attributes> {
  readonly id: number;
  readonly op: Op<A>;
  readonly inputs: readonly Tensor[];
  readonly attributes: A;
  readonly outputs: readonly Tensor[];
}

/** A value that will be computed: output number `index` of a node. It has a type, and no elements yet. */
export class Tensor implements TensorType {
  readonly node: Node;
  readonly index: number;
  readonly dtype: DType;
  readonly shape: Shape;

  constructor(node: Node, index: number, { dtype, shape }: TensorType) {
    this.node = node;
    this.index = index;
    this.dtype = dtype;
    this.shape = shape;
  }

  /** Number of axes. */
  get rank(): number {
    return this.shape.length;
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** JavaScript's operators cannot be traced: `x * y` would silently be NaN. */
  [Symbol.toPrimitive](): never {
    throw new TypeError(
      "a tensor has no value while it is traced: write mul(x, y) for x * y, where(...) for a condition",
    );
  }
}

/** What ops take: a tensor, an array, or a number, which takes the kind of the other operands. */
export type Operand = Tensor | NdArray | number | boolean;

let nextId = 0;

/** A node with its outputs, whose types the op's shape rule gives after checking the inputs. */
export function applyAll<A extends Attributes>(
  op: Op<A>,
  operands: readonly Operand[],
  attributes: A,
): readonly Tensor[] {
  const inputs = tensors(operands, op.name);
  return newNode(op, inputs, attributes, op.shape(inputs, attributes)).outputs;
}

/** A node with outputs of the given types, unchecked. */
export function newNode<A extends Attributes>(
  op: Op<A>,
  inputs: readonly Tensor[],
  attributes: A,
  types: readonly TensorType[],
): Node {
  const outputs: Tensor[] = [];
  const node = { id: nextId++, op, inputs, attributes, outputs } as unknown as Node;
  for (const [index, type] of types.entries()) outputs.push(new Tensor(node, index, type));
  return node;
}

/** The only output of an op. */
export function apply<A extends Attributes>(op: Op<A>, operands: readonly Operand[], attributes: A): Tensor {
  return applyAll(op, operands, attributes)[0];
}

/** Operands as tensors; numbers become constants of the kind that the others have, float32 where there are none. */
export function tensors(operands: readonly Operand[], where: string): Tensor[] {
  const typed = operands.find((operand) => operand instanceof Tensor || operand instanceof NdArray) as
    | TensorType
    | undefined;
  return operands.map((operand) => tensor(operand, typed?.dtype, where));
}

/** An operand as a tensor; a number gets the kind `dtype`. */
export function tensor(operand: Operand, dtype: DType = "float32", where = "tensor"): Tensor {
  if (operand instanceof Tensor) return operand;
  if (operand instanceof NdArray) return constant(operand);
  if (typeof operand === "boolean") return constant(new NdArray("bool", [], Uint8Array.of(Number(operand))));
  if (typeof operand !== "number") {
    throw new TypeError(`${where}: a tensor, an array or a number was needed, got ${describe(operand)}`);
  }
  if (dtype !== "float32" && !Number.isSafeInteger(operand)) {
    throw new TypeError(`${where}: ${operand} is no ${dtype}; cast the other operand to float32`);
  }
  return constant(new NdArray(dtype, [], elementsFrom(dtype, [operand])));
}

export function isOperand(value: unknown): value is Operand {
  return value instanceof Tensor || value instanceof NdArray || typeof value === "number" || typeof value === "boolean";
}

function describe(value: unknown): string {
  if (value === null || typeof value !== "object") return String(value);
  return `a ${value.constructor?.name ?? "object"}`;
}

/** The op of inputs: what a traced function is given. */
const inputOp: Op<TensorType & Attributes> = {
  name: "input",
  shape: (_, { dtype, shape }) => [{ dtype, shape }],
  onnx: () => {
    throw new Error("internal: an input has no ONNX form");
  },
  grad: null,
  evaluate: () => {
    throw new Error("internal: an input has no value of its own");
  },
};

/** The op of constants. */
const constantOp: Op<{ value: NdArray }> = {
  name: "constant",
  shape: (_, { value }) => [value],
  onnx: (emit, { attributes: { value } }) => [emit.constant(value)],
  grad: null,
  evaluate: (_, { value }) => [
    { shape: value.shape, data: Float64Array.from(value.data as ArrayLike<number>, Number) },
  ],
};

/** A new input. */
export function input(type: TensorType): Tensor {
  return apply(inputOp, [], { dtype: type.dtype, shape: [...type.shape] });
}

/** An array as a tensor. The array must not change afterwards. */
export function constant(value: NdArray): Tensor {
  return apply(constantOp, [], { value });
}

export function isInput(node: Node): boolean {
  return node.op === (inputOp as unknown as Op);
}

/** The array of a constant, undefined where the tensor is none. */
export function constantValue(value: Tensor): NdArray | undefined {
  return value.node.op === (constantOp as unknown as Op) ? (value.node.attributes.value as NdArray) : undefined;
}
