/** How an op says which kernels compute it: one entry, mostly one of the forms below. */
import type { KernelName } from "../kernels/kernel.js";
import { panelBytes } from "../kernels/twins/products.js";
import { broadcastStrides } from "./ops/dense.js";
import type { Attributes, Node, Tensor } from "./tensor.js";
import { type DType, elementBytes, type Shape, sizeOf, stridesOf } from "./types.js";

/**
 * An argument of a kernel: a number, the address of an operand or of an output and bytes behind it, of scratch space, or
 * of a list of 32-bit integers that stays.
 */
export type Argument =
  | number
  | { readonly input: number; readonly plus?: number }
  | { readonly output: number; readonly plus?: number }
  | { readonly list: readonly number[] }
  | "scratch";

/** A call of a function of a kernel. It returns another number than 0 where an index has no place. */
export interface NativeCall {
  readonly kernel: KernelName;
  readonly fn: string;
  readonly args: readonly Argument[];
}

/** What computes a node. */
export interface NativePlan {
  readonly calls: readonly NativeCall[];
  /** What is read in place of the node's inputs, such as a matrix in place of its transpose. */
  readonly reads?: readonly Tensor[];
  /** Bytes of scratch space. */
  readonly scratch?: number;
  /** The first output is the first operand's bytes as they are. */
  readonly sameBytes?: boolean;
  /** Operands whose bytes the first output may take, where nothing reads them later. */
  readonly over?: readonly number[];
}

/** The plan for a node; null where its kinds or shapes have no kernel. */
export type NativeForm<A extends Attributes = Attributes> = (node: Node<A>) => NativePlan | null;

/** Kinds as the kernels number them. */
const kindNumbers: Record<DType, number> = { float32: 0, int32: 1, int64: 2, bool: 3 };

/** Calls that a node may take: beyond, what is done between them counts. */
const mostCalls = 4096;

const x: Argument = { input: 0 };
const out: Argument = { output: 0 };

/** The same elements in the same order, whatever the shape. */
export const sameBytes = (): NativePlan => ({ calls: [], sameBytes: true });

/** A function of one f32 that the kernel has under this name. */
export function unary(name: string): NativeForm {
  return ({ outputs: [{ dtype, size }] }) =>
    dtype !== "float32" ? null : { calls: [{ kernel: "elementwise", fn: name, args: [x, out, size] }], over: [0] };
}

const binaries = ["add", "sub", "mul", "div", "max", "min"];

/** A function of two numbers that are repeated to one shape. */
export function binary(name: string): NativeForm {
  const code = binaries.indexOf(name);
  return ({ inputs: [a, b], outputs: [{ dtype, shape }] }) => {
    if (dtype !== "float32" && name === "div") return null;
    const table = broadcastTable(shape, [a.shape, b.shape]);
    const args = [code, x, { input: 1 }, out, table];
    const calls: NativeCall[] =
      dtype === "float32"
        ? [{ kernel: "elementwise", fn: "binary", args }]
        : [{ kernel: "elementwise", fn: "integers", args: [kindNumbers[dtype], ...args] }];
    return { calls, over: [0, 1] };
  };
}

const comparisons = ["equal", "less", "lessEqual", "differs"];

/** A comparison of two numbers; `swapped` compares the second with the first. */
export function comparison(name: string, swapped = false): NativeForm {
  const code = comparisons.indexOf(name);
  return ({ inputs, outputs: [{ shape }] }) => {
    const order = swapped ? [1, 0] : [0, 1];
    const table = broadcastTable(
      shape,
      order.map((k) => inputs[k].shape),
    );
    const operands = order.map((input) => ({ input }));
    const args = [kindNumbers[inputs[0].dtype], code, ...operands, out, table];
    return { calls: [{ kernel: "elementwise", fn: "compare", args }] };
  };
}

/** Where a bool is false. */
export const negation: NativeForm = ({ outputs: [{ shape }] }) => {
  const args = [
    kindNumbers.bool,
    comparisons.indexOf("equal"),
    x,
    { list: [0] },
    out,
    broadcastTable(shape, [shape, []]),
  ];
  return { calls: [{ kernel: "elementwise", fn: "compare", args }] };
};

/** Where a float is NaN: it differs from itself. */
export const isNotANumberForm: NativeForm = ({ outputs: [{ shape }] }) => {
  const code = comparisons.indexOf("differs");
  const args = [kindNumbers.float32, code, x, x, out, broadcastTable(shape, [shape, shape])];
  return { calls: [{ kernel: "elementwise", fn: "compare", args }] };
};

/** a where the condition holds, else b. */
export const selection: NativeForm = ({ inputs: [condition, a, b], outputs: [{ dtype, shape }] }) => {
  const table = broadcastTable(shape, [condition.shape, a.shape, b.shape]);
  const args = [elementBytes[dtype], x, { input: 1 }, { input: 2 }, out, table];
  return { calls: [{ kernel: "elementwise", fn: "select", args }], over: [1, 2] };
};

/** From one kind to another. */
export const conversion: NativeForm<{ to: DType }> = ({ inputs: [from], outputs: [{ dtype, size }] }) => {
  if (from.dtype === dtype) return sameBytes();
  const { node } = from;
  // To bool and back to a float is one pass.
  if (dtype === "float32" && from.dtype === "bool" && node.op.name === "cast" && node.inputs[0].dtype === "float32") {
    return { calls: [{ kernel: "elementwise", fn: "isNotZero", args: [x, out, size] }], reads: node.inputs, over: [0] };
  }
  const args = [kindNumbers[from.dtype], kindNumbers[dtype], x, out, size];
  return { calls: [{ kernel: "elementwise", fn: "cast", args }] };
};

/** Sum, mean, max or min over axes. */
export function reduction(name: string): NativeForm<{ axes: readonly number[]; keepDims: boolean }> {
  const code = ["sum", "mean", "max", "min"].indexOf(name);
  return ({ inputs: [from], attributes: { axes } }) => {
    const { dtype, shape } = from;
    if (dtype !== "float32" && name !== "sum") return null;
    if (axes.length === 0) return sameBytes();
    const call = (operand: Argument, outer: number, count: number, inner: number): NativeCall => {
      const args = [operand, out, outer, count, inner];
      return dtype === "float32"
        ? { kernel: "reductions", fn: "reduce", args: [code, ...args] }
        : { kernel: "reductions", fn: "sumIntegers", args: [elementBytes[dtype], ...args] };
    };
    const [first, last] = [axes[0], axes[axes.length - 1]];
    const count = sizeOf(axes.map((axis) => shape[axis]));
    if (last - first === axes.length - 1) {
      return { calls: [call(x, sizeOf(shape.slice(0, first)), count, sizeOf(shape.slice(last + 1)))] };
    }
    // Others are brought to the end.
    const rest = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
    const strides = stridesOf(shape);
    const order = [...rest, ...axes];
    const moved = order.map((axis) => shape[axis]);
    const walk = movement(
      moved,
      order.map((axis) => strides[axis]),
      stridesOf(moved),
    );
    return {
      calls: [
        { kernel: "rearrange", fn: "move", args: [elementBytes[dtype], x, "scratch", walk] },
        call("scratch", sizeOf(rest.map((axis) => shape[axis])), count, 1),
      ],
      scratch: elementBytes[dtype] * from.size,
    };
  };
}

/** The index of the greatest or the least element along an axis. */
export function argExtreme(greatest: boolean): NativeForm<{ axis: number }> {
  return ({ inputs: [{ dtype, shape }], attributes: { axis } }) => {
    if (dtype !== "float32") return null;
    const [outer, inner] = [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis + 1))];
    const args = [Number(greatest), x, out, outer, shape[axis], inner];
    return { calls: [{ kernel: "reductions", fn: "argExtreme", args }] };
  };
}

/** Softmax or its logarithm along the last axis. */
export function softmaxForm(logarithm: boolean): NativeForm<{ axis: number }> {
  return ({ inputs: [{ shape, size }], attributes: { axis } }) => {
    if (axis !== shape.length - 1) return null;
    const args = [Number(logarithm), x, out, size / shape[axis], shape[axis]];
    return { calls: [{ kernel: "reductions", fn: "softmax", args }] };
  };
}

/** A product of matrices; transposed ones are read as they lie. */
export const product: NativeForm = ({ inputs, outputs: [{ shape }] }) => {
  const [rows, columns] = shape.slice(-2);
  const terms = inputs[0].shape[inputs[0].rank - 1];
  const batch = shape.slice(0, -2);
  if (sizeOf(batch) > mostCalls) return null;
  const factors = inputs.map((factor) => {
    const { node } = factor;
    const permutation = node.op.name === "transpose" ? (node.attributes.permutation as readonly number[]) : [];
    const isTransposed =
      permutation.length > 1 &&
      permutation.every((axis, k) => axis === (k < factor.rank - 2 ? k : 2 * factor.rank - 3 - k));
    const width = factor.shape[factor.rank - (isTransposed ? 2 : 1)];
    return {
      read: isTransposed ? node.inputs[0] : factor,
      strides: isTransposed ? [1, width] : [width, 1],
      starts: broadcastStrides(factor.shape.slice(0, -2), batch).map(
        (stride) => stride * sizeOf(factor.shape.slice(-2)),
      ),
    };
  });
  const batchStrides = stridesOf(batch);
  const calls = Array.from({ length: sizeOf(batch) }, (_, k): NativeCall => {
    const place = batch.map((size, axis) => Math.floor(k / batchStrides[axis]) % size);
    const [a, b] = factors.map(({ starts }, input) => {
      const start = starts.reduce((sum, stride, axis) => sum + stride * place[axis], 0);
      return { input, plus: 4 * start };
    });
    const to = { output: 0, plus: 4 * k * rows * columns };
    const strides = factors.flatMap((factor) => factor.strides);
    return { kernel: "products", fn: "matmul", args: [a, b, to, rows, terms, columns, ...strides, "scratch"] };
  });
  return { calls, reads: factors.map(({ read }) => read), scratch: panelBytes };
};

/** One output from elements of the operand, each at `start` + index . strides. */
export function picked(to: Tensor, start: number, strides: readonly number[]): NativePlan {
  if (to.size === 0) return { calls: [] };
  const bytes = elementBytes[to.dtype];
  const walk = movement(to.shape, strides, stridesOf(to.shape));
  const args = [bytes, { input: 0, plus: start * bytes }, { output: to.index }, walk];
  return { calls: [{ kernel: "rearrange", fn: "move", args }] };
}

/** The output filled with one value. */
export function filled({ dtype, size }: Tensor, value: number): NativeCall {
  return dtype === "float32"
    ? { kernel: "rearrange", fn: "fillFloats", args: [out, size, value] }
    : { kernel: "rearrange", fn: "fill", args: [elementBytes[dtype], out, size, value] };
}

/** Moves an operand, element by element in its order, to `start` + index . strides of the output. */
export function placed(input: number, from: Tensor, start: number, strides: readonly number[]): NativeCall[] {
  const bytes = elementBytes[from.dtype];
  if (from.size === 0) return [];
  const to = { output: 0, plus: start * bytes };
  const walk = movement(from.shape, stridesOf(from.shape), strides);
  return [{ kernel: "rearrange", fn: "move", args: [bytes, { input }, to, walk] }];
}

/** The walk (src/kernels/twins/walk.ts) of a move. */
export function movement(shape: Shape, from: readonly number[], to: readonly number[]): Argument {
  return { list: walkOf(shape, [from, to]) };
}

function broadcastTable(shape: Shape, operands: readonly Shape[]): Argument {
  return {
    list: walkOf(
      shape,
      operands.map((operand) => broadcastStrides(operand, shape)),
    ),
  };
}

/** The table of a walk: axes of size 1 are left out, and axes that all operands walk as one are one. */
function walkOf(shape: Shape, strides: readonly (readonly number[])[]): number[] {
  if (sizeOf(shape) === 0) return [1, 0, ...strides.map(() => 1), 0];
  const axes: { size: number; strides: number[] }[] = [];
  for (const [axis, size] of shape.entries()) {
    if (size === 1) continue;
    const own = strides.map((operand) => operand[axis]);
    const before = axes[axes.length - 1];
    if (before?.strides.every((stride, k) => stride === own[k] * size)) {
      before.size *= size;
      before.strides = own;
    } else axes.push({ size, strides: own });
  }
  if (axes.length === 0) axes.push({ size: 1, strides: strides.map(() => 1) });
  return [axes.length, ...axes.flatMap(({ size, strides: own }) => [size, ...own, 0])];
}
