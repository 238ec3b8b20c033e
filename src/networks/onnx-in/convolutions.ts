/** Convolutions and pooling: operators over windows of the spatial axes of [N, C, ...]. */

import { conv, convTranspose } from "../ops/convolution.js";
import { abs, add, cast, div, pow, sqrt, square } from "../ops/elementwise.js";
import { averagePool, maxPool, maxPoolIndices } from "../ops/pooling.js";
import { max, mean, sum } from "../ops/reductions.js";
import { broadcastTo, pad, reshape, slice } from "../ops/shape.js";
import { type Tensor, tensor } from "../tensor.js";
import { checkShape, type Shape, showShape } from "../types.js";
import { flag, int, ints, maybe, type Operators, only, operator, word } from "./operator.js";

/** What the window operators share. */
const windowAttributes = {
  kernel_shape: maybe(ints()),
  strides: maybe(ints()),
  dilations: maybe(ints()),
  pads: maybe(ints()),
  auto_pad: word("NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"),
};

interface WindowValues {
  readonly kernel_shape?: readonly number[];
  readonly strides?: readonly number[];
  readonly dilations?: readonly number[];
  readonly pads?: readonly number[];
  readonly auto_pad: "NOTSET" | "SAME_UPPER" | "SAME_LOWER" | "VALID";
}

interface Windows {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Before and after each axis. */
  readonly padding: (readonly [number, number])[];
  /** Elements from the first to the last of a window. */
  readonly spans: readonly number[];
}

/** Largest number of taps, strides and padding. */
const largest = 2 ** 20;

/** The attribute as one integer >= `least` for each axis, 1 where it is missing. */
function perAxis(name: string, list: readonly number[] | undefined, rank: number, least = 1): readonly number[] {
  if (list === undefined) return new Array<number>(rank).fill(1);
  if (list.length === rank && list.every((value) => value >= least && value <= largest)) return list;
  throw new RangeError(`${name} must be ${rank} integers from ${least} to ${largest}, got [${list}]`);
}

/** The windows over axes of `sizes`, with the padding written out. */
function windowsOf(values: WindowValues, sizes: Shape, kernel: readonly number[]): Windows {
  const rank = sizes.length;
  perAxis("kernel_shape", kernel, rank);
  const strides = perAxis("strides", values.strides, rank);
  const dilations = perAxis("dilations", values.dilations, rank);
  const spans = kernel.map((taps, axis) => (taps - 1) * dilations[axis] + 1);
  return { kernel, strides, dilations, spans, padding: paddingOf(values, sizes, spans, strides) };
}

function paddingOf(
  { auto_pad, pads }: WindowValues,
  sizes: Shape,
  spans: readonly number[],
  strides: readonly number[],
): [number, number][] {
  if (auto_pad === "NOTSET") {
    const list = pads ?? new Array<number>(2 * sizes.length).fill(0);
    perAxis("pads", list, 2 * sizes.length, 0);
    return sizes.map((_, axis) => [list[axis], list[axis + sizes.length]]);
  }
  if (auto_pad === "VALID") return sizes.map(() => [0, 0]);
  return sizes.map((size, axis) => {
    const total = Math.max(0, (Math.ceil(size / strides[axis]) - 1) * strides[axis] + spans[axis] - size);
    const less = Math.floor(total / 2);
    return auto_pad === "SAME_UPPER" ? [less, total - less] : [total - less, less];
  });
}

const spatial = ({ shape }: Tensor): Shape => shape.slice(2);

/** The kernel's sizes are those of the weights; where an attribute gives them too it must agree. */
function kernelOf(weights: Tensor, given: readonly number[] | undefined): readonly number[] {
  const kernel = spatial(weights);
  if (given === undefined || `${given}` === `${kernel}`) return kernel;
  throw new RangeError(`kernel_shape must be that of the weights ${showShape(weights.shape)}, got [${given}]`);
}

/**
 * Transposed convolution to sizes that need not be those that the windows cover: what they cover is cut or continued by
 * zeros, before the bias is added.
 */
function transposedTo(
  x: Tensor,
  weights: Tensor,
  bias: Tensor | undefined,
  { strides, dilations, spans }: Windows,
  low: readonly number[],
  sizes: readonly number[],
  groups: number,
): Tensor {
  const covered = spatial(x).map((size, axis) => (size - 1) * strides[axis] + spans[axis]);
  const high = sizes.map((size, axis) => covered[axis] - low[axis] - size);
  const more = high.map((count) => Math.max(0, -count));
  checkShape("ConvTranspose", sizes);
  const plain = low.every((count) => count >= 0) && more.every((count, axis) => count < strides[axis]);
  if (plain) {
    const padding = low.map((before, axis): [number, number] => [before, Math.max(0, high[axis])]);
    return convTranspose(x, weights, { strides, dilations, groups, padding, outputPadding: more, bias });
  }
  const full = convTranspose(x, weights, { strides, dilations, groups });
  const lead = (list: readonly number[]) => [0, 0, ...list];
  const cut = slice(full, lead(low.map((count) => Math.max(0, count))), [
    undefined,
    undefined,
    ...high.map((count, axis) => covered[axis] - Math.max(0, count)),
  ]);
  const out = pad(cut, lead(low.map((count) => Math.max(0, -count))), lead(more));
  return bias === undefined ? out : add(out, reshape(bias, [bias.size, ...sizes.map(() => 1)]));
}

interface Pooled {
  readonly windows: Windows;
  /** Elements after each axis beyond the padding, which the last windows of `ceil_mode` reach. */
  readonly extra: readonly number[];
}

function poolingOf(x: Tensor, values: WindowValues & { ceil_mode: boolean }): Pooled {
  if (x.rank < 3) throw new RangeError(`[N, C, ...] was needed, got ${showShape(x.shape)}`);
  const sizes = spatial(x);
  if (values.kernel_shape === undefined) throw new RangeError("kernel_shape was needed, there is none");
  const windows = windowsOf(values, sizes, values.kernel_shape);
  const extra = sizes.map((size, axis) => {
    if (!values.ceil_mode) return 0;
    const [low, high] = windows.padding[axis];
    const stride = windows.strides[axis];
    const room = low + size + high - windows.spans[axis];
    let count = Math.ceil(room / stride) + 1;
    if ((count - 1) * stride >= size + low) count--; // a window that would begin in the padding behind
    return Math.max(0, (count - 1) * stride - room);
  });
  return { windows, extra };
}

const withExtra = ({ windows, extra }: Pooled): [number, number][] =>
  windows.padding.map(([low, high], axis) => [low, high + extra[axis]]);

/** Zeros around the spatial axes. */
function surrounded(x: Tensor, padding: readonly (readonly [number, number])[]): Tensor {
  return pad(x, [0, 0, ...padding.map(([low]) => low)], [0, 0, ...padding.map(([, high]) => high)]);
}

/** Sums over windows: a convolution of each channel by ones. */
function windowSums(
  x: Tensor,
  { kernel, strides, dilations }: Windows,
  padding: readonly (readonly [number, number])[],
): Tensor {
  const [samples, channels, ...sizes] = x.shape;
  const ones = broadcastTo(tensor(1), [1, 1, ...kernel]);
  const sums = conv(reshape(x, [samples * channels, 1, ...sizes]), ones, { strides, dilations, padding });
  return reshape(sums, [samples, channels, ...spatial(sums)]);
}

function averages(x: Tensor, pooled: Pooled, countPadding: boolean): Tensor {
  const { windows, extra } = pooled;
  const { kernel, strides, dilations, padding } = windows;
  const none = extra.map((count): [number, number] => [0, count]);
  const dilated = dilations.some((dilation) => dilation !== 1);
  if (!dilated && extra.every((count) => count === 0)) {
    return averagePool(x, kernel, { strides, padding, countPadding });
  }
  // What lies behind the padding counts for nothing; the padding itself counts where it is asked for.
  const ones = broadcastTo(tensor(1), [1, 1, ...spatial(x)]);
  const counted = countPadding ? broadcastTo(tensor(1), [1, 1, ...spatial(surrounded(ones, padding))]) : ones;
  const counts = windowSums(counted, windows, countPadding ? none : withExtra(pooled));
  return div(windowSums(x, windows, withExtra(pooled)), counts);
}

/** The p-norm of each window. */
function norms(x: Tensor, pooled: Pooled, p: number): Tensor {
  const total = windowSums(p === 2 ? square(x) : pow(abs(x), p), pooled.windows, withExtra(pooled));
  return p === 2 ? sqrt(total) : pow(total, 1 / p);
}

const spatialAxes = (x: Tensor): number[] => {
  if (x.rank < 3) throw new RangeError(`[N, C, ...] was needed, got ${showShape(x.shape)}`);
  return x.shape.map((_, axis) => axis).slice(2);
};
const keep = { keepDims: true };

const poolAttributes = { ...windowAttributes, ceil_mode: flag(false) };

export const convolutions: Operators = {
  Conv: operator([2, 3], { ...windowAttributes, group: int(1) }, (node) => {
    const [x, weights] = [node.input(0), node.input(1)];
    const { group: groups, ...values } = node.attributes;
    const { strides, dilations, padding } = windowsOf(values, spatial(x), kernelOf(weights, values.kernel_shape));
    return conv(x, weights, { strides, dilations, padding, groups, bias: node.optional(2) });
  }),
  ConvTranspose: operator(
    [2, 3],
    { ...windowAttributes, group: int(1), output_padding: maybe(ints()), output_shape: maybe(ints()) },
    (node) => {
      const [x, weights] = [node.input(0), node.input(1)];
      const { group: groups, output_padding, output_shape, ...values } = node.attributes;
      const rank = x.rank - 2;
      const { auto_pad } = values;
      const given = auto_pad === "NOTSET" && output_shape === undefined ? values : { ...values, pads: undefined };
      const kernel = kernelOf(weights, values.kernel_shape);
      const windows = windowsOf({ ...given, auto_pad: "NOTSET" }, spatial(x), kernel);
      const more =
        output_padding === undefined ? kernel.map(() => 0) : perAxis("output_padding", output_padding, rank, 0);
      const covered = spatial(x).map(
        (size, axis) => (size - 1) * windows.strides[axis] + windows.spans[axis] + more[axis],
      );
      const same = auto_pad === "SAME_UPPER" || auto_pad === "SAME_LOWER";
      const sizes =
        output_shape?.slice(-rank) ??
        covered.map((size, axis) => {
          const [low, high] = windows.padding[axis];
          return same ? spatial(x)[axis] * windows.strides[axis] : size - low - high;
        });
      const low = sizes.map((size, axis) => {
        if (!same && output_shape === undefined) return windows.padding[axis][0];
        const total = covered[axis] - size;
        return auto_pad === "SAME_UPPER" ? Math.floor(total / 2) : total - Math.floor(total / 2);
      });
      return transposedTo(x, weights, node.optional(2), windows, low, sizes, groups);
    },
  ),
  MaxPool: operator(1, { ...poolAttributes, storage_order: only(0) }, (node) => {
    const given = node.input(0);
    // Kinds of 8 bits, which are all that ONNX allows beside floats, are exact as floats.
    const x = given.dtype === "int32" ? cast(given, "float32") : given;
    const pooled = poolingOf(x, node.attributes);
    const { kernel, strides, dilations } = pooled.windows;
    const options = { strides, dilations, padding: withExtra(pooled) };
    const values = maxPool(x, kernel, options);
    return [given.dtype === "int32" ? cast(values, "int32") : values, maxPoolIndices(x, kernel, options)];
  }),
  AveragePool: operator(1, { ...poolAttributes, count_include_pad: flag(false) }, (node) =>
    averages(node.input(0), poolingOf(node.input(0), node.attributes), node.attributes.count_include_pad),
  ),
  LpPool: operator(1, { ...poolAttributes, p: int(2) }, (node) =>
    norms(node.input(0), poolingOf(node.input(0), node.attributes), node.attributes.p),
  ),
  GlobalAveragePool: operator(1, {}, (node) => mean(node.input(0), spatialAxes(node.input(0)), keep)),
  GlobalMaxPool: operator(1, {}, (node) => max(node.input(0), spatialAxes(node.input(0)), keep)),
  GlobalLpPool: operator(1, { p: int(2) }, (node) => {
    const x = node.input(0);
    const { p } = node.attributes;
    if (p === 2) return sqrt(sum(square(x), spatialAxes(x), keep));
    return pow(sum(pow(abs(x), p), spatialAxes(x), keep), 1 / p);
  }),
};
