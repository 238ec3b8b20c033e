/**
 * Ops that pick elements by index, and the transposes of those, which add elements up at indices.
 *
 * Indices are int32 or int64. Negative ones count from the end of the axis, as in NumPy. One outside of the axis is a
 * RangeError while tracing where the indices are constant. Others are seen only when a program runs: the reference
 * interpreter throws, and so does ONNX Runtime on processors (`gather`, `takeAlongAxis`, the transpose of that), but
 * `scatterAdd` drops what has no place, and on WebGPU the result is undefined. `oneHot` is defined for any integer.
 */
import { NdArray } from "../array.js";
import type { Dense, Emitter, Op } from "../op.js";
import { apply, applyAll, constantValue, type Operand, Tensor, tensor } from "../tensor.js";
import {
  type DType,
  elementArrays,
  elementBytes,
  normalizeAxis,
  type Shape,
  sameShape,
  showShape,
  showType,
  sizeOf,
  stridesOf,
} from "../types.js";
import { denseZeros, offsetsOf, splitAxes } from "./dense.js";
import { add, cast, equal, greaterEqual, lessEqual, mul, requireKind, where } from "./elementwise.js";
import { expandDims, reshape, transpose } from "./shape.js";

const integers: readonly DType[] = ["int32", "int64"];
const numbers: readonly DType[] = ["float32", "int32", "int64"];

/** What names elements of an axis: a tensor, an array or a list of integers, or one. */
export type Indices = Operand | readonly number[];

/** Indices as a tensor; constant ones are checked against an axis of `size` elements. */
function indicesOf(where: string, indices: Indices, size: number): Tensor {
  const isList = (value: Indices): value is readonly number[] => Array.isArray(value);
  const operand = isList(indices)
    ? tensor(new NdArray("int64", [indices.length], wholeNumbers(where, indices)))
    : tensor(indices, "int64", where);
  requireKind(`${where}: indices`, operand, integers);
  const known = constantValue(operand);
  if (known !== undefined) for (const index of known.data) place(where, Number(index), size);
  return operand;
}

function wholeNumbers(where: string, indices: readonly number[]): BigInt64Array {
  const wrong = indices.find((index) => !Number.isSafeInteger(index));
  if (wrong !== undefined) throw new RangeError(`${where}: indices must be integers, got ${wrong}`);
  return BigInt64Array.from(indices, BigInt);
}

/** The place from 0 that an index means in an axis of `size` elements. */
function place(where: string, index: number, size: number): number {
  if (index >= -size && index < size) return index < 0 ? index + size : index;
  throw new RangeError(`${where}: indices must be from ${-size} to ${size - 1}, got ${index}`);
}

const gatherOp: Op<{ axis: number }> = {
  name: "gather",
  native: ({ inputs: [x, indices], attributes: { axis } }) => {
    const bytes = elementBytes[x.dtype] * sizeOf(x.shape.slice(axis + 1));
    const sizes = [sizeOf(x.shape.slice(0, axis)), x.shape[axis], indices.size];
    const args = [bytes, { input: 0 }, { input: 1 }, Number(indices.dtype === "int64"), { output: 0 }, ...sizes];
    return { calls: [{ kernel: "rearrange", fn: "gather", args }] };
  },
  shape: ([x, indices], { axis }) => {
    requireKind("gather: indices", indices, integers);
    return [{ dtype: x.dtype, shape: [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)] }];
  },
  onnx: (emit, { attributes: { axis } }, inputs) => emit.node("Gather", inputs, { axis }),
  grad: ({ inputs: [x, indices], attributes: { axis } }, d) => [scatterAdd(d, indices, x.shape[axis], axis), null],
  evaluate: ([x, indices], { axis }, [{ shape }]) => {
    const inner = sizeOf(x.shape.slice(axis + 1));
    const outer = sizeOf(x.shape.slice(0, axis));
    const size = x.shape[axis];
    const out = denseZeros(shape);
    let to = 0;
    for (let o = 0; o < outer; o++) {
      for (const index of indices.data) {
        const from = (o * size + place("gather", index, size)) * inner;
        out.data.set(x.data.subarray(from, from + inner), to);
        to += inner;
      }
    }
    return [out];
  },
};

/** The transpose of `gather` along the first axis. */
const scatterAddOp: Op<{ size: number }> = {
  name: "scatterAdd",
  native: ({ inputs: [, indices], attributes: { size }, outputs: [out] }) => {
    const sizes = [indices.size, sizeOf(out.shape.slice(1)), size];
    const args = [{ input: 0 }, { input: 1 }, Number(indices.dtype === "int64"), { output: 0 }, ...sizes];
    return { calls: [{ kernel: "rearrange", fn: "scatterAdd", args }] };
  },
  shape: ([updates, indices], { size }) => {
    requireKind("scatterAdd", updates, ["float32"]);
    requireKind("scatterAdd: indices", indices, integers);
    if (!Number.isInteger(size) || size < 0) {
      throw new RangeError(`scatterAdd: size must be an integer >= 0, got ${size}`);
    }
    const { length } = indices.shape;
    if (!sameShape(updates.shape.slice(0, length), indices.shape)) {
      throw new RangeError(
        `scatterAdd: updates must have the axes of the indices first, got ${showShape(updates.shape)} for indices ${showShape(indices.shape)}`,
      );
    }
    return [{ dtype: "float32", shape: [size, ...updates.shape.slice(length)] }];
  },
  // ScatterND would be the fastest, but its threads add to one row at the same time and lose additions (ONNX Runtime
  // 1.30). ScatterElements takes about 6 ns for each element, a product with one-hot rows about 3 ns for each row and place.
  onnx: (emit, { inputs, attributes: { size }, outputs }, [updates, indices]) => {
    const count = sizeOf(inputs[1].shape);
    const width = sizeOf(outputs[0].shape.slice(1));
    if (count * width === 0) return emit.node("ConstantOfShape", [emit.ints(outputs[0].shape)]);
    const rows = emit.node("Reshape", [updates, emit.ints([count, width])])[0];
    const write = size <= 2 * width ? addByProduct : addByElements;
    const sums = write(emit, rows, indices, { count, width, size, kind: inputs[1].dtype });
    return emit.node("Reshape", [sums, emit.ints(outputs[0].shape)]);
  },
  grad: ({ inputs: [, indices] }, d) => [gather(d, indices), null],
  evaluate: ([updates, indices], { size }, [{ shape }]) => {
    const out = denseZeros(shape);
    const width = sizeOf(shape.slice(1));
    indices.data.forEach((index, row) => {
      const to = place("scatterAdd", index, size) * width;
      for (let k = 0; k < width; k++) out.data[to + k] += updates.data[row * width + k];
    });
    return [out];
  },
};

interface ScatterSizes {
  count: number;
  width: number;
  size: number;
  kind: DType;
}

/** The one-hot matrix [size, count] of the indices times the rows. */
function addByProduct(emit: Emitter, rows: string, indices: string, { count, size, kind }: ScatterSizes): string {
  const places = new NdArray(kind, [size, 1], firstIntegers(kind, size));
  const [flat] = emit.node("Reshape", [indices, emit.ints([1, count])]);
  const [negative] = emit.node("Less", [flat, emit.scalar(0, kind)]);
  const [fromEnd] = emit.node("Add", [flat, emit.scalar(size, kind)]);
  const [wanted] = emit.node("Where", [negative, fromEnd, flat]);
  const [hits] = emit.node("Equal", [emit.constant(places), wanted]);
  const [oneHots] = emit.node("Cast", [hits], { to: 1 });
  return emit.node("MatMul", [oneHots, rows])[0];
}

function addByElements(emit: Emitter, rows: string, indices: string, { count, width, size }: ScatterSizes): string {
  const [column] = emit.node("Reshape", [indices, emit.ints([count, 1])]);
  const [all] = emit.node("Expand", [column, emit.ints([count, width])]);
  const [zeros] = emit.node("ConstantOfShape", [emit.ints([size, width])]);
  return emit.node("ScatterElements", [zeros, all, rows], { axis: 0, reduction: "add" })[0];
}

/** Shapes of x and indices may differ in the axis alone. */
function checkAlong(where: string, x: Shape, indices: Shape, axis: number): void {
  if (x.length === indices.length && x.every((size, k) => k === axis || size === indices[k])) return;
  throw new RangeError(
    `${where}: indices may differ from the tensor in axis ${axis} alone, got ${showShape(x)} and ${showShape(indices)}`,
  );
}

/** Calls `visit` with the offset of each index and that of the element it names in an array of shape `named`. */
function eachAlong(
  where: string,
  indices: Dense,
  named: Shape,
  axis: number,
  visit: (index: number, element: number) => void,
): void {
  const strides = stridesOf(named);
  const bases = offsetsOf(
    indices.shape,
    strides.map((stride, k) => (k === axis ? 0 : stride)),
  );
  indices.data.forEach((index, k) => {
    visit(k, bases[k] + place(where, index, named[axis]) * strides[axis]);
  });
}

const takeAlongAxisOp: Op<{ axis: number }> = {
  name: "takeAlongAxis",
  shape: ([x, indices], { axis }) => {
    requireKind("takeAlongAxis: indices", indices, integers);
    checkAlong("takeAlongAxis", x.shape, indices.shape, axis);
    return [{ dtype: x.dtype, shape: indices.shape }];
  },
  onnx: (emit, { attributes: { axis } }, inputs) => emit.node("GatherElements", inputs, { axis }),
  grad: ({ inputs: [x, indices], attributes: { axis } }, d) => [
    apply(addAlongAxisOp, [d, indices], { axis, size: x.shape[axis] }),
    null,
  ],
  evaluate: ([x, indices], { axis }) => {
    const out = denseZeros(indices.shape);
    eachAlong("takeAlongAxis", indices, x.shape, axis, (index, element) => {
      out.data[index] = x.data[element];
    });
    return [out];
  },
};

/** The transpose of `takeAlongAxis`. */
const addAlongAxisOp: Op<{ axis: number; size: number }> = {
  name: "addAlongAxis",
  shape: ([updates, indices], { axis, size }) => {
    requireKind("addAlongAxis", updates, ["float32"]);
    requireKind("addAlongAxis: indices", indices, integers);
    if (!sameShape(updates.shape, indices.shape)) {
      throw new RangeError(
        `addAlongAxis: an index for each element was needed, got ${showShape(indices.shape)} for ${showShape(updates.shape)}`,
      );
    }
    return [{ dtype: "float32", shape: updates.shape.map((old, k) => (k === axis ? size : old)) }];
  },
  onnx: (emit, { attributes: { axis }, outputs }, [updates, indices]) => {
    const [zeros] = emit.node("ConstantOfShape", [emit.ints(outputs[0].shape)]);
    return emit.node("ScatterElements", [zeros, indices, updates], { axis, reduction: "add" });
  },
  grad: ({ inputs: [, indices], attributes: { axis } }, d) => [takeAlongAxis(d, indices, axis), null],
  evaluate: ([updates, indices], { axis }, [{ shape }]) => {
    const out = denseZeros(shape);
    eachAlong("addAlongAxis", indices, shape, axis, (index, element) => {
      out.data[element] += updates.data[index];
    });
    return [out];
  },
};

const topKOp: Op<{ k: number; axis: number; largest: boolean }> = {
  name: "topK",
  shape: ([x], { k, axis }) => {
    requireKind("topK", x, numbers);
    if (!Number.isInteger(k) || k < 1 || k > x.shape[axis]) {
      throw new RangeError(`topK: k must be an integer from 1 to ${x.shape[axis]}, the size of axis ${axis}, got ${k}`);
    }
    const shape = x.shape.map((size, a) => (a === axis ? k : size));
    return [
      { dtype: x.dtype, shape },
      { dtype: "int64", shape },
    ];
  },
  onnx: (emit, { attributes: { k, axis, largest } }, [x]) =>
    emit.node("TopK", [x, emit.ints([k])], { axis, largest: Number(largest), sorted: 1 }, 2),
  grad: ({ inputs: [x], outputs: [, indices], attributes: { axis } }, d) => [
    apply(addAlongAxisOp, [d, indices], { axis, size: x.shape[axis] }),
  ],
  evaluate: ([x], { k, axis, largest }, [{ shape }]) => {
    const values = denseZeros(shape);
    const indices = denseZeros(shape);
    const from = splitAxes(x.shape, [axis]);
    const to = splitAxes(shape, [axis]);
    from.outer.forEach((start, row) => {
      const order = Array.from(from.inner, (_, index) => index).sort((i, j) => {
        const [a, b] = [x.data[start + from.inner[i]], x.data[start + from.inner[j]]];
        return (largest ? b - a : a - b) || i - j;
      });
      for (let rank = 0; rank < k; rank++) {
        const offset = to.outer[row] + to.inner[rank];
        values.data[offset] = x.data[start + from.inner[order[rank]]];
        indices.data[offset] = order[rank];
      }
    });
    return [values, indices];
  },
};

const cumulativeSumOp: Op<{ axis: number; exclusive: boolean; reverse: boolean }> = {
  name: "cumulativeSum",
  shape: ([x]) => {
    requireKind("cumulativeSum", x, numbers);
    return [{ dtype: x.dtype, shape: x.shape }];
  },
  onnx: (emit, { attributes: { axis, exclusive, reverse } }, [x]) =>
    emit.node("CumSum", [x, emit.scalar(axis, "int64")], { exclusive: Number(exclusive), reverse: Number(reverse) }),
  grad: ({ attributes: { axis, exclusive, reverse } }, d) => [
    apply(cumulativeSumOp, [d], { axis, exclusive, reverse: !reverse }),
  ],
  evaluate: ([x], { axis, exclusive, reverse }) => {
    const out = denseZeros(x.shape);
    const { outer, inner } = splitAxes(x.shape, [axis]);
    const order = reverse ? inner.toReversed() : inner;
    for (const start of outer) {
      let sum = 0;
      for (const offset of order) {
        if (exclusive) out.data[start + offset] = sum;
        sum += x.data[start + offset];
        if (!exclusive) out.data[start + offset] = sum;
      }
    }
    return [out];
  },
};

/** Longest list of integers: they are written into the program. */
const mostCounted = 2 ** 26;

/** 0, 1, 2, ... An op and no constant, so that equal ones are merged. */
const iotaOp: Op<{ size: number; dtype: DType }> = {
  name: "iota",
  shape: (_, { size, dtype }) => [{ dtype, shape: [size] }],
  onnx: (emit, { attributes: { size, dtype } }) => [
    emit.constant(new NdArray(dtype, [size], firstIntegers(dtype, size))),
  ],
  grad: null,
  evaluate: (_, { size }) => [{ shape: [size], data: Float64Array.from({ length: size }, (_, k) => k) }],
};

function firstIntegers(dtype: DType, size: number) {
  const elements = new elementArrays[dtype](size);
  if (elements instanceof BigInt64Array) for (let k = 0; k < size; k++) elements[k] = BigInt(k);
  else for (let k = 0; k < size; k++) elements[k] = k;
  return elements;
}

export const ops = [
  gatherOp,
  scatterAddOp,
  takeAlongAxisOp,
  addAlongAxisOp,
  topKOp,
  cumulativeSumOp,
  iotaOp,
] as unknown as readonly Op[];

/**
 * Elements of an axis by index: the axis is replaced by the axes of the indices, [.., N, ..] with indices [..i] becomes
 * [.., ..i, ..]. The gradient adds up what belongs to one element.
 */
export function gather(x: Operand, indices: Indices, axis = 0): Tensor {
  const operand = tensor(x);
  const k = normalizeAxis("gather", axis, operand.rank);
  return apply(gatherOp, [operand, indicesOf("gather", indices, operand.shape[k])], { axis: k });
}

/**
 * The transpose of `gather`: a tensor of zeros with `size` elements along `axis`, to which `updates` are added at the
 * indices. `updates` has the axes of the indices where the result has the axis.
 */
export function scatterAdd(updates: Operand, indices: Indices, size: number, axis = 0): Tensor {
  const operand = tensor(updates);
  const places = indicesOf("scatterAdd", indices, size);
  const rank = operand.rank - places.rank + 1;
  if (rank < 1) {
    throw new RangeError(
      `scatterAdd: updates need the axes of the indices, got ${showType(operand)} for indices ${showShape(places.shape)}`,
    );
  }
  const k = normalizeAxis("scatterAdd", axis, rank);
  if (k === 0) return apply(scatterAddOp, [operand, places], { size });
  // The axes of the indices go in front, and the axis that they name back to its place.
  const own = operand.shape.map((_, a) => a);
  const front = own.slice(k, k + places.rank);
  const sums = apply(
    scatterAddOp,
    [transpose(operand, [...front, ...own.slice(0, k), ...own.slice(k + places.rank)]), places],
    { size },
  );
  const back = sums.shape.map((_, a) => (a < k ? a + 1 : a === k ? 0 : a));
  return transpose(sums, back);
}

/** x with `updates` added to the elements of an axis that the indices name, repeated ones included. */
export function indexAdd(x: Operand, indices: Indices, updates: Operand, axis = 0): Tensor {
  const operand = tensor(x);
  const k = normalizeAxis("indexAdd", axis, operand.rank);
  return add(operand, scatterAdd(updates, indices, operand.shape[k], k));
}

/**
 * For each index the element that it names along the axis, at the index's own place in all others:
 * out[i, j] = x[i, indices[i, j]] along axis 1.
 */
export function takeAlongAxis(x: Operand, indices: Operand, axis = -1): Tensor {
  const operand = tensor(x);
  const k = normalizeAxis("takeAlongAxis", axis, operand.rank);
  return apply(takeAlongAxisOp, [operand, indicesOf("takeAlongAxis", indices, operand.shape[k])], { axis: k });
}

/**
 * Rows with a 1 at the index and 0 elsewhere, along a new last axis of `depth` elements. An index outside of 0 .. depth - 1,
 * negative ones included, gives a row of zeros.
 */
export function oneHot(indices: Operand, depth: number, dtype: DType = "float32"): Tensor {
  const operand = tensor(indices, "int64");
  requireKind("oneHot", operand, integers);
  return cast(equal(expandDims(operand, operand.rank), iota(depth, operand.dtype)), dtype);
}

/** Which elements `topK` takes. */
export interface TopKOptions {
  axis?: number;
  /** The largest elements in falling order, by default, or the smallest in rising order. */
  largest?: boolean;
}

export interface Sorted {
  readonly values: Tensor;
  /** Where the values stood along the axis, int64. */
  readonly indices: Tensor;
}

/** The k first elements along an axis in order of size; of equal ones the one with the lower index comes first. */
export function topK(x: Operand, k: number, { axis = -1, largest = true }: TopKOptions = {}): Sorted {
  const operand = tensor(x);
  const [values, indices] = applyAll(topKOp, [operand], {
    k,
    axis: normalizeAxis("topK", axis, operand.rank),
    largest,
  });
  return { values, indices };
}

/** All elements along an axis in rising order, or falling; equal ones stay in order. */
export function sort(x: Operand, axis = -1, { descending = false }: { descending?: boolean } = {}): Sorted {
  const operand = tensor(x);
  const k = normalizeAxis("sort", axis, operand.rank);
  return topK(operand, operand.shape[k], { axis: k, largest: descending });
}

/** Which elements a cumulative sum holds. */
export interface CumulativeSumOptions {
  /** Without the element itself: the first sum is 0. */
  exclusive?: boolean;
  /** From the end of the axis. */
  reverse?: boolean;
}

/** For each element the sum of it and all before it along an axis. */
export function cumulativeSum(
  x: Operand,
  axis = -1,
  { exclusive = false, reverse = false }: CumulativeSumOptions = {},
): Tensor {
  const operand = tensor(x);
  const k = normalizeAxis("cumulativeSum", axis, operand.rank);
  return apply(cumulativeSumOp, [operand], { axis: k, exclusive, reverse });
}

/** The integers from 0 to before `size`. */
export function iota(size: number, dtype: DType = "int64"): Tensor {
  if (!Number.isSafeInteger(size) || size < 0) throw new RangeError(`iota: size must be an integer >= 0, got ${size}`);
  if (size > mostCounted) throw new RangeError(`iota: size must be at most ${mostCounted}, got ${size}`);
  if (dtype === "bool") throw new TypeError("iota: a kind of numbers was needed, got bool");
  return apply(iotaOp, [], { size, dtype });
}

/** `start`, `start + step`, ... to before `end`. */
export function arange(start: number, end: number, step = 1, dtype: DType = "float32"): Tensor {
  const size = Math.max(0, Math.ceil((end - start) / step));
  if (!Number.isSafeInteger(size)) {
    throw new RangeError(`arange: finite numbers and a step other than 0 were needed, got ${start}, ${end}, ${step}`);
  }
  return add(mul(iota(size, dtype), step), start);
}

/** True where the column is at most the row plus `diagonal`: bool [rows, columns]. */
function lowerTriangle(rows: number, columns: number, diagonal: number): Tensor {
  return lessEqual(iota(columns), add(reshape(iota(rows), [rows, 1]), diagonal));
}

/**
 * Which of `keys` places each of `queries` places may attend to: bool [queries, keys], true up to the place itself. With
 * more keys than queries the last ones coincide, as where earlier keys are kept.
 */
export function causalMask(queries: number, keys = queries): Tensor {
  return lowerTriangle(queries, keys, keys - queries);
}

/** The lower triangle of matrices [..., rows, columns], up to the given diagonal (1 is the one above the main), zeros elsewhere. */
export function tril(x: Operand, diagonal = 0): Tensor {
  const [rows, columns] = matrixSizes("tril", x);
  return where(lowerTriangle(rows, columns, diagonal), x, 0);
}

/** The upper triangle, from the given diagonal. */
export function triu(x: Operand, diagonal = 0): Tensor {
  const [rows, columns] = matrixSizes("triu", x);
  return where(greaterEqual(iota(columns), add(reshape(iota(rows), [rows, 1]), diagonal)), x, 0);
}

function matrixSizes(where: string, x: Operand): readonly number[] {
  const { shape } = x instanceof Tensor ? x : tensor(x);
  if (shape.length < 2) throw new RangeError(`${where}: two axes or more were needed, got ${showShape(shape)}`);
  return shape.slice(-2);
}
