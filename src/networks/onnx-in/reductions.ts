/** Operators that sum up axes, and those that compare the elements of one. */
import { abs, cast, equal, log, mul, sqrt, square, sub } from "../ops/elementwise.js";
import { cumulativeSum, iota } from "../ops/indexing.js";
import { logSoftmax, softmax } from "../ops/normalization.js";
import { argMax, argMin, logSumExp, max, mean, min, sum } from "../ops/reductions.js";
import { broadcastTo, concat, expandDims, reshape, reverse, sliceAxis } from "../ops/shape.js";
import { type Tensor, tensor } from "../tensor.js";
import { type DType, normalizeAxes, normalizeAxis, sizeOf } from "../types.js";
import { flag, int, ints, maybe, type Operator, type Operators, operator } from "./operator.js";
import { axesOf } from "./shapes.js";

/** Reduces axes, which stay with size 1. */
type Reduce = (x: Tensor, axes: readonly number[]) => Tensor;

const keep = { keepDims: true };

/** An operator of the family; `empty` is what it gives for axes of size 0. */
function reduction(reduce: Reduce, empty: number | ((dtype: DType) => number)): Operator {
  return operator(
    [1, 2],
    { axes: maybe(ints()), keepdims: flag(true), noop_with_empty_axes: flag(false) },
    (node) => {
      const x = node.input(0);
      const { axes: own, keepdims, noop_with_empty_axes } = node.attributes;
      const named = axesOf(node, own) ?? [];
      const axes = normalizeAxes("Reduce", named.length > 0 || noop_with_empty_axes ? named : undefined, x.rank);
      const shape = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
      const nothing = x.size === 0 && axes.some((axis) => x.shape[axis] === 0);
      const reduced = nothing
        ? broadcastTo(tensor(typeof empty === "number" ? empty : empty(x.dtype), x.dtype), shape)
        : reduce(x, axes);
      return keepdims
        ? reduced
        : reshape(
            reduced,
            shape.filter((_, axis) => !axes.includes(axis)),
          );
    },
    [1],
  );
}

/** The maximum and the minimum of nothing; integers have none. */
const least = (dtype: DType): number => (dtype === "bool" ? 0 : Number.NEGATIVE_INFINITY);
const greatest = (dtype: DType): number => (dtype === "bool" ? 1 : Number.POSITIVE_INFINITY);

/** Products by halves, so that the gradient is right where elements are 0. */
function product(x: Tensor, axes: readonly number[]): Tensor {
  let out = x;
  for (const axis of axes) {
    while (out.shape[axis] > 1) {
      const size = out.shape[axis];
      const half = Math.floor(size / 2);
      const pairs = mul(sliceAxis(out, axis, 0, half), sliceAxis(out, axis, half, 2 * half));
      out = size % 2 === 0 ? pairs : concat([pairs, sliceAxis(out, axis, size - 1, size)], axis);
    }
  }
  return out;
}

/** Extremes of booleans are those of 0 and 1. */
const extreme =
  (reduce: (x: Tensor, axes: readonly number[], options: typeof keep) => Tensor): Reduce =>
  (x, axes) =>
    x.dtype === "bool" ? cast(reduce(cast(x, "int32"), axes, keep), "bool") : reduce(x, axes, keep);

function argument(pick: (x: Tensor, axis: number) => Tensor): Operator {
  return operator(1, { axis: int(0), keepdims: flag(true), select_last_index: flag(false) }, (node) => {
    const x = node.input(0);
    const { axis: own, keepdims, select_last_index } = node.attributes;
    const axis = normalizeAxis("axis", own, x.rank);
    const index = select_last_index ? sub(x.shape[axis] - 1, pick(reverse(x, [axis]), axis)) : pick(x, axis);
    return keepdims ? expandDims(index, axis) : index;
  });
}

/** Until version 12 over all axes from `axis` on, with 1 as default; since then over one, by default the last. */
function softmaxLike(f: (x: Tensor, axis: number) => Tensor): Operator {
  return operator(1, { axis: maybe(int()) }, (node) => {
    const x = node.input(0);
    if (node.version >= 13) return f(x, node.attributes.axis ?? -1);
    const axis = node.attributes.axis ?? 1;
    const first = axis === x.rank ? axis : normalizeAxis("axis", axis, x.rank);
    const matrix = reshape(x, [sizeOf(x.shape.slice(0, first)), sizeOf(x.shape.slice(first))]);
    return reshape(f(matrix, 1), x.shape);
  });
}

/** A 1 at the first of the largest elements, 0 elsewhere. */
function hardmax(x: Tensor, axis: number): Tensor {
  const k = normalizeAxis("axis", axis, x.rank);
  const places = reshape(
    iota(x.shape[k]),
    x.shape.map((size, a) => (a === k ? size : 1)),
  );
  return cast(equal(places, expandDims(argMax(x, k), k)), "float32");
}

/** Cumulative products, in steps that double what each element has seen. */
function cumulativeProduct(x: Tensor, axis: number, exclusive: boolean): Tensor {
  const size = x.shape[axis];
  const one = (count: number, dtype: DType) =>
    broadcastTo(
      tensor(1, dtype),
      x.shape.map((own, a) => (a === axis ? count : own)),
    );
  let out = x;
  for (let reach = 1; reach < size; reach *= 2) {
    const shifted = concat([one(reach, x.dtype), sliceAxis(out, axis, 0, size - reach)], axis);
    out = mul(out, shifted);
  }
  return exclusive && size > 0 ? concat([one(1, x.dtype), sliceAxis(out, axis, 0, size - 1)], axis) : out;
}

export const reductions: Operators = {
  ReduceSum: reduction((x, axes) => sum(x, axes, keep), 0),
  ReduceMean: reduction((x, axes) => mean(x, axes, keep), Number.NaN),
  ReduceMax: reduction(extreme(max), least),
  ReduceMin: reduction(extreme(min), greatest),
  ReduceProd: reduction(product, 1),
  ReduceL1: reduction((x, axes) => sum(abs(x), axes, keep), 0),
  ReduceL2: reduction((x, axes) => sqrt(sum(square(x), axes, keep)), 0),
  ReduceSumSquare: reduction((x, axes) => sum(square(x), axes, keep), 0),
  ReduceLogSum: reduction((x, axes) => log(sum(x, axes, keep)), Number.NEGATIVE_INFINITY),
  ReduceLogSumExp: reduction((x, axes) => logSumExp(x, axes, keep), Number.NEGATIVE_INFINITY),
  ArgMax: argument(argMax),
  ArgMin: argument(argMin),
  Softmax: softmaxLike(softmax),
  LogSoftmax: softmaxLike(logSoftmax),
  Hardmax: softmaxLike(hardmax),
  CumSum: operator(
    2,
    { exclusive: flag(false), reverse: flag(false) },
    (node) => cumulativeSum(node.input(0), node.number(1), node.attributes),
    [1],
  ),
  CumProd: operator(
    2,
    { exclusive: flag(false), reverse: flag(false) },
    (node) => {
      const x = node.input(0);
      const axis = normalizeAxis("axis", node.number(1), x.rank);
      const { exclusive, reverse: backwards } = node.attributes;
      if (!backwards) return cumulativeProduct(x, axis, exclusive);
      return reverse(cumulativeProduct(reverse(x, [axis]), axis, exclusive), [axis]);
    },
    [1],
  ),
};
