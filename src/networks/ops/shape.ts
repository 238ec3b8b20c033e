/** Ops that move elements and change none. */
import { filled, picked, placed, sameBytes } from "../native.js";
import type { Op } from "../op.js";
import { apply, applyAll, type Operand, type Tensor, tensor } from "../tensor.js";
import {
  broadcastShapes,
  checkShape,
  normalizeAxis,
  type Shape,
  sameShape,
  showShape,
  sizeOf,
  stridesOf,
} from "../types.js";
import { broadcastDense, broadcastStrides, denseZeros, offsetsOf, take } from "./dense.js";

function dot(counts: readonly number[], strides: readonly number[]): number {
  return counts.reduce((sum, count, axis) => sum + count * strides[axis], 0);
}

const reshapeOp: Op<{ shape: Shape }> = {
  name: "reshape",
  native: sameBytes,
  shape: ([x], { shape }) => {
    checkShape("reshape", shape);
    if (sizeOf(shape) !== sizeOf(x.shape)) {
      throw new RangeError(
        `reshape: ${showShape(x.shape)} has ${sizeOf(x.shape)} elements, ${showShape(shape)} ${sizeOf(shape)}`,
      );
    }
    return [{ dtype: x.dtype, shape }];
  },
  onnx: (emit, { attributes: { shape } }, [x]) =>
    emit.node("Reshape", [x, emit.ints(shape)], { allowzero: shape.includes(0) ? 1 : undefined }),
  grad: ({ inputs: [x] }, d) => [reshape(d, x.shape)],
  evaluate: ([x], { shape }) => [{ shape, data: x.data }],
};

const transposeOp: Op<{ permutation: readonly number[] }> = {
  name: "transpose",
  native: (node) => {
    const strides = stridesOf(node.inputs[0].shape);
    return picked(
      node.outputs[0],
      0,
      node.attributes.permutation.map((axis) => strides[axis]),
    );
  },
  shape: ([x], { permutation }) => [{ dtype: x.dtype, shape: permutation.map((axis) => x.shape[axis]) }],
  onnx: (emit, { attributes: { permutation } }, [x]) => emit.node("Transpose", [x], { perm: permutation }),
  grad: ({ attributes: { permutation } }, d) => [
    transpose(
      d,
      permutation.map((_, axis) => permutation.indexOf(axis)),
    ),
  ],
  evaluate: ([x], { permutation }, [{ shape }]) => {
    const strides = stridesOf(x.shape);
    return [
      take(
        x,
        offsetsOf(
          shape,
          permutation.map((axis) => strides[axis]),
        ),
        shape,
      ),
    ];
  },
};

const broadcastToOp: Op<{ shape: Shape }> = {
  name: "broadcastTo",
  native: ({ inputs: [x], outputs: [out] }) => picked(out, 0, broadcastStrides(x.shape, out.shape)),
  shape: ([x], { shape }) => {
    if (!sameShape(broadcastShapes("broadcastTo", x.shape, shape), shape)) {
      throw new RangeError(`broadcastTo: ${showShape(x.shape)} does not repeat to ${showShape(shape)}`);
    }
    return [{ dtype: x.dtype, shape }];
  },
  onnx: (emit, { attributes: { shape } }, [x]) => emit.node("Expand", [x, emit.ints(shape)]),
  grad: (_, d) => [d],
  evaluate: ([x], { shape }) => [broadcastDense(x, shape)],
};

/** One range an axis: elements start, start + step, ... `size` of them. */
type Ranges = Readonly<{ starts: readonly number[]; sizes: readonly number[]; steps: readonly number[] }>;

const sliceOp: Op<Ranges> = {
  name: "slice",
  native: ({ inputs: [x], attributes: { starts, steps }, outputs: [out] }) => {
    const strides = stridesOf(x.shape);
    return picked(
      out,
      dot(starts, strides),
      strides.map((stride, axis) => stride * steps[axis]),
    );
  },
  shape: ([x], { sizes }) => [{ dtype: x.dtype, shape: sizes }],
  onnx: (emit, { inputs, attributes: { starts, sizes, steps } }, [x]) => {
    const { shape } = inputs[0];
    const ranges = shape.flatMap((size, axis) => {
      if (sizes[axis] === size && steps[axis] === 1) return [];
      const end = starts[axis] + sizes[axis] * steps[axis];
      return [{ axis, start: starts[axis], end: end < 0 ? -(2 ** 31) : end, step: steps[axis] }]; // -1 is the last element
    });
    // ONNX Runtime 1.30's WebGPU goes backwards from the last element, wherever the start is: what lies behind is cut off.
    const heads = ranges
      .filter(({ axis, start, step }) => step < 0 && start !== shape[axis] - 1)
      .map(({ axis, start }) => ({ axis, start: 0, end: start + 1, step: 1 }));
    const cut = (from: string, list: typeof ranges) => {
      if (list.length === 0) return from;
      const keys = ["start", "end", "axis", "step"] as const;
      return emit.node("Slice", [from, ...keys.map((key) => emit.ints(list.map((range) => range[key])))])[0];
    };
    return ranges.length === 0 ? emit.node("Identity", [x]) : [cut(cut(x, heads), ranges)];
  },
  // The transpose puts d back among zeros: reversed where the step is negative, spread out, padded.
  grad: ({ inputs: [x], attributes: { starts, sizes, steps } }, d) => {
    let back = reverse(
      d,
      steps.map((step, axis) => (step < 0 ? axis : -1)).filter((axis) => axis >= 0),
    );
    for (const [axis, step] of steps.entries()) back = spread(back, axis, Math.abs(step));
    const low = starts.map((start, axis) =>
      sizes[axis] === 0 ? 0 : steps[axis] < 0 ? start + (sizes[axis] - 1) * steps[axis] : start,
    );
    return [
      pad(
        back,
        low,
        x.shape.map((size, axis) => size - low[axis] - back.shape[axis]),
      ),
    ];
  },
  evaluate: ([x], { starts, steps }, [{ shape }]) => {
    const strides = stridesOf(x.shape);
    const first = starts.reduce((sum, start, axis) => sum + start * strides[axis], 0);
    return [
      take(
        x,
        offsetsOf(
          shape,
          strides.map((stride, axis) => stride * steps[axis]),
          first,
        ),
        shape,
      ),
    ];
  },
};

const padOp: Op<{ low: readonly number[]; high: readonly number[]; value: number }> = {
  name: "pad",
  native: ({ inputs: [x], attributes: { low, value }, outputs: [out] }) => {
    const strides = stridesOf(out.shape);
    return { calls: [filled(out, value), ...placed(0, x, dot(low, strides), strides)] };
  },
  shape: ([x], { low, high }) => {
    for (const list of [low, high]) {
      if (list.length !== x.shape.length || list.some((count) => !Number.isInteger(count) || count < 0)) {
        throw new RangeError(
          `pad: an integer >= 0 was needed for each axis of ${showShape(x.shape)}, got ${showShape(list)}`,
        );
      }
    }
    return [{ dtype: x.dtype, shape: x.shape.map((size, axis) => low[axis] + size + high[axis]) }];
  },
  onnx: (emit, { inputs, attributes: { low, high, value } }, [x]) =>
    emit.node("Pad", [x, emit.ints([...low, ...high]), ...(value === 0 ? [] : [emit.scalar(value, inputs[0].dtype)])]),
  grad: ({ inputs: [x], attributes: { low } }, d) => [
    slice(
      d,
      low,
      low.map((start, axis) => start + x.shape[axis]),
    ),
  ],
  evaluate: ([x], { low, value }, [{ shape }]) => {
    const out = denseZeros(shape);
    out.data.fill(value);
    const strides = stridesOf(shape);
    const first = low.reduce((sum, count, axis) => sum + count * strides[axis], 0);
    offsetsOf(x.shape, strides, first).forEach((offset, k) => {
      out.data[offset] = x.data[k];
    });
    return [out];
  },
};

const concatOp: Op<{ axis: number }> = {
  name: "concat",
  native: ({ inputs, attributes: { axis }, outputs: [out] }) => {
    const strides = stridesOf(out.shape);
    let start = 0;
    const calls = inputs.flatMap((x, k) => {
      const at = start;
      start += x.shape[axis] * strides[axis];
      return placed(k, x, at, strides);
    });
    return { calls };
  },
  shape: (inputs, { axis }) => {
    const [first] = inputs;
    for (const { dtype, shape } of inputs) {
      const fits =
        shape.length === first.shape.length && shape.every((size, k) => k === axis || size === first.shape[k]);
      if (!fits || dtype !== first.dtype) {
        const all = inputs.map((input) => `${input.dtype}${showShape(input.shape)}`).join(", ");
        throw new RangeError(`concat: only axis ${axis} may differ, got ${all}`);
      }
    }
    const size = inputs.reduce((sum, { shape }) => sum + shape[axis], 0);
    return [{ dtype: first.dtype, shape: first.shape.map((old, k) => (k === axis ? size : old)) }];
  },
  onnx: (emit, { attributes: { axis } }, inputs) => emit.node("Concat", inputs, { axis }),
  grad: ({ inputs, attributes: { axis } }, d) => {
    let start = 0;
    return inputs.map(({ shape }) => {
      const from = start;
      start += shape[axis];
      return sliceAxis(d, axis, from, start);
    });
  },
  evaluate: (inputs, { axis }, [{ shape }]) => {
    const out = denseZeros(shape);
    const strides = stridesOf(shape);
    let start = 0;
    for (const x of inputs) {
      offsetsOf(x.shape, strides, start * strides[axis]).forEach((offset, k) => {
        out.data[offset] = x.data[k];
      });
      start += x.shape[axis];
    }
    return [out];
  },
};

const splitOp: Op<{ axis: number; sizes: readonly number[] }> = {
  name: "split",
  native: ({ inputs: [x], attributes: { axis }, outputs }) => {
    const strides = stridesOf(x.shape);
    let start = 0;
    const calls = outputs.flatMap((out) => {
      const at = start;
      start += out.shape[axis] * strides[axis];
      return picked(out, at, strides).calls;
    });
    return { calls };
  },
  shape: ([x], { axis, sizes }) =>
    sizes.map((size) => ({ dtype: x.dtype, shape: x.shape.map((old, k) => (k === axis ? size : old)) })),
  onnx: (emit, { attributes: { axis, sizes } }, [x]) =>
    emit.node("Split", [x, emit.ints(sizes)], { axis }, sizes.length),
  // One concatenation, where slices would each put theirs among zeros and add those up.
  grad: ({ outputs, attributes: { axis } }, _, ds) => [
    concat(
      ds.map((d, k) => d ?? broadcastTo(0, outputs[k].shape)),
      axis,
    ),
  ],
  evaluate: ([x], { axis }, types) => {
    const strides = stridesOf(x.shape);
    let start = 0;
    return types.map(({ shape }) => {
      const offsets = offsetsOf(shape, strides, start * strides[axis]);
      start += shape[axis];
      return take(x, offsets, shape);
    });
  },
};

export const ops = [
  reshapeOp,
  transposeOp,
  broadcastToOp,
  sliceOp,
  padOp,
  concatOp,
  splitOp,
] as unknown as readonly Op[];

/** The same elements in another shape; one size may be -1, which follows from the others. */
export function reshape(x: Operand, shape: Shape): Tensor {
  const operand = tensor(x);
  const unknown = shape.indexOf(-1);
  let target = shape;
  if (unknown >= 0) {
    const rest = shape.reduce((product, size, axis) => (axis === unknown ? product : product * size), 1);
    target = shape.map((size, axis) => (axis === unknown ? operand.size / rest : size));
    if (!Number.isInteger(target[unknown])) {
      throw new RangeError(`reshape: ${showShape(operand.shape)} does not divide into ${showShape(shape)}`);
    }
  }
  return sameShape(operand.shape, target) ? operand : apply(reshapeOp, [operand], { shape: [...target] });
}

/** Axis k of the result is axis `permutation[k]` of x; without a permutation the last two axes change places. */
export function transpose(x: Operand, permutation?: readonly number[]): Tensor {
  const operand = tensor(x);
  const { rank } = operand;
  const axes = operand.shape.map((_, axis) => axis);
  if (permutation === undefined) {
    if (rank < 2) throw new RangeError(`transpose: two axes were needed, got ${showShape(operand.shape)}`);
    permutation = [...axes.slice(0, -2), rank - 1, rank - 2];
  }
  const normal = permutation.map((axis) => normalizeAxis("transpose", axis, rank));
  if (normal.length !== rank || new Set(normal).size !== rank) {
    throw new RangeError(`transpose: each of ${rank} axes was needed once, got [${permutation}]`);
  }
  return sameShape(normal, axes) ? operand : apply(transposeOp, [operand], { permutation: normal });
}

/** Repeats axes of size 1 and adds axes in front, by NumPy's rule. */
export function broadcastTo(x: Operand, shape: Shape): Tensor {
  const operand = tensor(x);
  return sameShape(operand.shape, shape) ? operand : apply(broadcastToOp, [operand], { shape: [...shape] });
}

/**
 * Elements `starts[axis]`, + `steps[axis]`, ... before `ends[axis]`. Negative starts and ends count from the end, as in
 * NumPy, and both are cut to the axis; a negative step goes backwards, from the last element (start undefined) to the
 * first (end undefined).
 */
export function slice(
  x: Operand,
  starts: readonly (number | undefined)[],
  ends: readonly (number | undefined)[] = [],
  steps: readonly number[] = [],
): Tensor {
  const operand = tensor(x);
  if (starts.length > operand.rank || ends.length > operand.rank || steps.length > operand.rank) {
    throw new RangeError(`slice: ${showShape(operand.shape)} has ${operand.rank} axes, got more ranges`);
  }
  const ranges = operand.shape.map((size, axis) => {
    const step = steps[axis] ?? 1;
    if (!Number.isInteger(step) || step === 0) throw new RangeError(`slice: steps must be integers but 0, got ${step}`);
    const place = (index: number | undefined, otherwise: number) => {
      if (index === undefined) return otherwise;
      if (!Number.isInteger(index)) throw new RangeError(`slice: starts and ends must be integers, got ${index}`);
      const from = index < 0 ? index + size : index;
      return step > 0 ? Math.min(Math.max(from, 0), size) : Math.min(Math.max(from, -1), size - 1);
    };
    const start = place(starts[axis], step > 0 ? 0 : size - 1);
    const end = place(ends[axis], step > 0 ? size : -1);
    return { start, step, size: Math.max(0, Math.ceil((end - start) / step)) };
  });
  const whole = ranges.every(({ step, size }, axis) => step === 1 && size === operand.shape[axis]);
  if (whole) return operand;
  return apply(sliceOp, [operand], {
    starts: ranges.map(({ start }) => start),
    sizes: ranges.map(({ size }) => size),
    steps: ranges.map(({ step }) => step),
  });
}

/** Elements from `start` to before `end` of one axis. */
export function sliceAxis(x: Operand, axis: number, start: number, end?: number, step = 1): Tensor {
  const operand = tensor(x);
  const k = normalizeAxis("sliceAxis", axis, operand.rank);
  const at = <T>(value: T, others: T) => operand.shape.map((_, a) => (a === k ? value : others));
  return slice(operand, at<number | undefined>(start, undefined), at<number | undefined>(end, undefined), at(step, 1));
}

/** Surrounds x with `low` elements of a value before and `high` after, for each axis. */
export function pad(x: Operand, low: readonly number[], high: readonly number[], value = 0): Tensor {
  const operand = tensor(x);
  if ([...low, ...high].every((count) => count === 0) && low.length === operand.rank) return operand;
  return apply(padOp, [operand], { low: [...low], high: [...high], value });
}

/** Tensors one after the other along an axis. */
export function concat(parts: readonly Operand[], axis = 0): Tensor {
  if (parts.length === 0) throw new RangeError("concat: at least one tensor was needed, got none");
  const operands = parts.map((part) => tensor(part));
  const normal = normalizeAxis("concat", axis, operands[0].rank);
  return operands.length === 1 ? operands[0] : apply(concatOp, operands, { axis: normal });
}

/** Tensors of one shape along a new axis. */
export function stack(parts: readonly Operand[], axis = 0): Tensor {
  return concat(
    parts.map((part) => expandDims(part, axis)),
    axis,
  );
}

/** Pieces of the given sizes along an axis. */
export function split(x: Operand, sizes: readonly number[], axis = -1): readonly Tensor[] {
  const operand = tensor(x, undefined, "split");
  const k = normalizeAxis("split", axis, operand.rank);
  if (!Array.isArray(sizes) || sizes.some((size) => !Number.isInteger(size) || size < 0)) {
    throw new RangeError(`split: sizes must be a list of integers >= 0, got ${String(sizes)}`);
  }
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total !== operand.shape[k])
    throw new RangeError(`split: sizes [${sizes}] add up to ${total}, axis ${k} has ${operand.shape[k]}`);
  return sizes.length === 1 ? [operand] : applyAll(splitOp, [operand], { axis: k, sizes: [...sizes] });
}

/** A new axis of size 1 at `axis` of the result. */
export function expandDims(x: Operand, axis: number): Tensor {
  const operand = tensor(x);
  const k = normalizeAxis("expandDims", axis, operand.rank + 1);
  return reshape(operand, [...operand.shape.slice(0, k), 1, ...operand.shape.slice(k)]);
}

/** Without an axis of size 1. */
export function squeeze(x: Tensor, axis: number): Tensor {
  const k = normalizeAxis("squeeze", axis, x.rank);
  if (x.shape[k] !== 1) throw new RangeError(`squeeze: axis ${k} of ${showShape(x.shape)} is not of size 1`);
  return reshape(
    x,
    x.shape.filter((_, a) => a !== k),
  );
}

/** Some axes backwards. */
export function reverse(x: Operand, axes: readonly number[]): Tensor {
  const operand = tensor(x);
  if (axes.length === 0) return operand;
  const normal = axes.map((axis) => normalizeAxis("reverse", axis, operand.rank));
  return slice(
    operand,
    [],
    [],
    operand.shape.map((_, axis) => (normal.includes(axis) ? -1 : 1)),
  );
}

/** `step - 1` zeros between the elements of an axis. */
export function spread(x: Tensor, axis: number, step: number): Tensor {
  if (step === 1 || x.shape[axis] < 2) return x;
  const size = x.shape[axis];
  const apart = expandDims(x, axis + 1);
  const padded = pad(
    apart,
    apart.shape.map(() => 0),
    apart.shape.map((_, a) => (a === axis + 1 ? step - 1 : 0)),
  );
  const merged = x.shape.map((old, a) => (a === axis ? size * step : old));
  return sliceAxis(reshape(padded, merged), axis, 0, (size - 1) * step + 1);
}

/** The whole repeated `counts[axis]` times along each axis. */
export function tile(x: Tensor, counts: readonly number[]): Tensor {
  if (counts.length !== x.rank)
    throw new RangeError(`tile: a count for each of ${x.rank} axes was needed, got [${counts}]`);
  const apart = reshape(
    x,
    x.shape.flatMap((size) => [1, size]),
  );
  const repeated = broadcastTo(
    apart,
    x.shape.flatMap((size, axis) => [counts[axis], size]),
  );
  return reshape(
    repeated,
    x.shape.map((size, axis) => size * counts[axis]),
  );
}
