import type { Dense } from "../op.js";
import { type Shape, sizeOf, stridesOf } from "../types.js";

/** A new array of zeros. */
export function denseZeros(shape: Shape): { shape: Shape; data: Float64Array } {
  return { shape, data: new Float64Array(sizeOf(shape)) };
}

/**
 * For every index of `shape`, in row-major order, the offset that `strides` gives it: `offsets[k] = index_k . strides`.
 * A stride of 0 repeats (broadcasting), a negative one reverses; `start` is added.
 */
export function offsetsOf(shape: Shape, strides: readonly number[], start = 0): Float64Array {
  const offsets = new Float64Array(sizeOf(shape));
  if (offsets.length === 0) return offsets;
  offsets[0] = start;
  let block = 1; // offsets[0 .. block) are done, for all axes after `axis`
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    for (let k = 1; k < shape[axis]; k++) {
      for (let i = 0; i < block; i++) offsets[k * block + i] = offsets[i] + k * strides[axis];
    }
    block *= shape[axis];
  }
  return offsets;
}

/** Strides with which an array of shape `from` is read as one of the wider shape `to`. */
export function broadcastStrides(from: Shape, to: Shape): number[] {
  const own = stridesOf(from);
  return to.map((_, axis) => {
    const k = axis - (to.length - from.length);
    return k < 0 || from[k] === 1 ? 0 : own[k];
  });
}

/** The elements of `x` at offsets. */
export function take(x: Dense, offsets: Float64Array, shape: Shape): Dense {
  return { shape, data: Float64Array.from(offsets, (offset) => x.data[offset]) };
}

/** The elements of an array repeated to a wider shape. */
export function broadcastDense(x: Dense, shape: Shape): Dense {
  return take(x, offsetsOf(shape, broadcastStrides(x.shape, shape)), shape);
}

/** Splits the axes into those in `axes` and the others: shapes and strides of both. */
export function splitAxes(shape: Shape, axes: readonly number[]) {
  const strides = stridesOf(shape);
  const inner = axes;
  const outer = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  return {
    outer: offsetsOf(
      outer.map((axis) => shape[axis]),
      outer.map((axis) => strides[axis]),
    ),
    inner: offsetsOf(
      inner.map((axis) => shape[axis]),
      inner.map((axis) => strides[axis]),
    ),
  };
}
