/**
 * Convolution over one to three spatial axes (cross-correlation, as everywhere in the field): for x [N, C, ...], w
 * [K, C / groups, taps...] and windows with strides, dilations and padding
 *
 *   y[n, k, p] = sum over c, t of w[k, c, t] x[n, c, p stride + t dilation - low]
 *
 * It is linear in x and in w, and its two transposes are ops as well: with a gradient d of y's shape, `convInputGradient`
 * gives x's and `convWeightGradient` w's. Each of the three is the transpose of each other one, so that gradients of any
 * order are made of these.
 */
import { zeros } from "../array.js";
import type { Emitter, Op } from "../op.js";
import { apply, type Operand, type Tensor, tensor } from "../tensor.js";
import { type Shape, sameShape, showShape, showType, sizeOf, type TensorType } from "../types.js";
import { denseZeros } from "./dense.js";
import { add, requireKind } from "./elementwise.js";
import { sum } from "./reductions.js";
import { reshape } from "./shape.js";
import { eachAxis, meetings, type Padding, spanOf, type Window, windowOf, windowsAlong } from "./window.js";

/** What the three ops know. */
interface Geometry extends Window, Readonly<Record<string, unknown>> {
  /** Spatial sizes of x. */
  readonly sizes: readonly number[];
  readonly groups: number;
}

/** Shapes of x, w and y, of which each op has two. */
interface Shapes {
  readonly x: Shape;
  readonly w: Shape;
  readonly y: Shape;
}

const spatial = ({ shape }: TensorType): Shape => shape.slice(2);

/** y[n, k, p] += x w for all that meet. */
const convOp: Op<Geometry> = {
  name: "conv",
  shape: ([x, w, bias], geometry) => {
    for (const input of bias === undefined ? [x, w] : [x, w, bias]) requireKind("conv", input, ["float32"]);
    const { groups } = geometry;
    const [outputs, inputs] = w.shape;
    if (x.shape[1] !== inputs * groups || outputs % groups !== 0) {
      throw new RangeError(
        `conv: with ${groups} groups, weights [K, C / groups, ...] were needed for ${showType(x)}, got ${showType(w)}`,
      );
    }
    if (bias !== undefined && !(bias.shape.length === 1 && bias.shape[0] === outputs)) {
      throw new RangeError(`conv: bias must be float32[${outputs}], got ${showType(bias)}`);
    }
    return [{ dtype: "float32", shape: [x.shape[0], outputs, ...windowsAlong("conv", spatial(x), geometry)] }];
  },
  operations: ([, w], _, [y]) => 2 * sizeOf(y.shape) * sizeOf(w.shape.slice(1)),
  text: textOf,
  onnx: (emit, { attributes }, inputs) => emit.node("Conv", inputs, onnxAttributes(attributes)),
  grad: ({ inputs: [x, w, bias], attributes }, d) => [
    convInputGradient(d, w, attributes),
    convWeightGradient(x, d, attributes),
    ...(bias === undefined ? [] : [sum(d, [0, ...attributes.kernel.map((_, axis) => axis + 2)])]),
  ],
  evaluate: ([x, w, bias], geometry, [{ shape }]) => {
    const y = denseZeros(shape);
    const plane = sizeOf(shape.slice(2));
    if (bias !== undefined) {
      for (let k = 0; k < y.data.length; k++) y.data[k] = bias.data[Math.floor(k / plane) % shape[1]];
    }
    forEachProduct(geometry, { x: x.shape, w: w.shape, y: shape }, (i, j, k) => {
      y.data[k] += x.data[i] * w.data[j];
    });
    return [y];
  },
};

/** x[n, c, q] += w y for all that meet; inputs y, w. */
const inputGradientOp: Op<Geometry> = {
  name: "convInputGradient",
  shape: ([y, w], { sizes, groups }) => [{ dtype: "float32", shape: [y.shape[0], w.shape[1] * groups, ...sizes] }],
  operations: ([y, w]) => 2 * sizeOf(y.shape) * sizeOf(w.shape.slice(1)),
  text: textOf,
  onnx: (emit, { inputs: [y, w], attributes }, inputs) =>
    !emit.portable && flips(w.shape, attributes)
      ? flippedConv(emit, [y.shape, w.shape], attributes, inputs)
      : emit.node("ConvTranspose", inputs, { ...onnxAttributes(attributes), output_padding: uncovered(attributes) }),
  grad: ({ inputs: [y, w], attributes: geometry }, d) => [convolve(d, w, geometry), convWeightGradient(d, y, geometry)],
  evaluate: ([y, w], geometry, [{ shape }]) => {
    const x = denseZeros(shape);
    forEachProduct(geometry, { x: shape, w: w.shape, y: y.shape }, (i, j, k) => {
      x.data[i] += y.data[k] * w.data[j];
    });
    return [x];
  },
};

/** w[k, c, t] += x y for all that meet; inputs x, y. */
const weightGradientOp: Op<Geometry> = {
  name: "convWeightGradient",
  shape: ([x, y], { kernel, groups }) => [{ dtype: "float32", shape: [y.shape[1], x.shape[1] / groups, ...kernel] }],
  operations: ([, y], _, [w]) => (2 * sizeOf(w.shape) * sizeOf(y.shape)) / y.shape[1],
  text: textOf,
  onnx: (emit, { inputs: [x, y], attributes, outputs: [w] }, inputs) => {
    // The runtime reads 0 in the shape of a Reshape as "as before", so that nothing over no items is written down.
    if (x.size === 0 || y.size === 0) return [emit.constant(zeros(w.shape))];
    const dilated = attributes.dilations[attributes.dilations.length - 1] > 1;
    return (dilated ? swappedConv : innermostConv)(emit, [x.shape, y.shape], attributes, inputs);
  },
  grad: ({ inputs: [x, y], attributes }, d) => [convInputGradient(y, d, attributes), convolve(x, d, attributes)],
  evaluate: ([x, y], geometry, [{ shape }]) => {
    const w = denseZeros(shape);
    forEachProduct(geometry, { x: x.shape, w: shape, y: y.shape }, (i, j, k) => {
      w.data[j] += x.data[i] * y.data[k];
    });
    return [w];
  },
};

export const ops = [convOp, inputGradientOp, weightGradientOp] as unknown as readonly Op[];

const convolve = (x: Operand, w: Operand, geometry: Geometry) => apply(convOp, [x, w], geometry);
const convInputGradient = (y: Operand, w: Operand, geometry: Geometry) => apply(inputGradientOp, [y, w], geometry);
const convWeightGradient = (x: Operand, y: Operand, geometry: Geometry) => apply(weightGradientOp, [x, y], geometry);

function textOf({ kernel, strides, dilations, low, high, groups }: Geometry): string {
  const parts = [`kernel=[${kernel}]`];
  if (strides.some((stride) => stride !== 1)) parts.push(`strides=[${strides}]`);
  if (dilations.some((dilation) => dilation !== 1)) parts.push(`dilations=[${dilations}]`);
  if ([...low, ...high].some((count) => count !== 0)) parts.push(`low=[${low}], high=[${high}]`);
  if (groups !== 1) parts.push(`groups=${groups}`);
  return parts.join(", ");
}

function onnxAttributes({ kernel, strides, dilations, low, high, groups }: Geometry) {
  return { kernel_shape: kernel, strides, dilations, pads: [...low, ...high], group: groups };
}

/** Elements at the end of each axis, padding included, that no window reaches; fewer than the stride. */
function uncovered({ sizes, strides, low, high, ...window }: Geometry): number[] {
  return spanOf(window).map((span, axis) => (low[axis] + sizes[axis] + high[axis] - span) % strides[axis]);
}

/** Visits offsets of x, w and y whose product is a term of the sum. */
function forEachProduct(
  geometry: Geometry,
  { x, w, y }: Shapes,
  visit: (x: number, w: number, y: number) => void,
): void {
  const { element, tap, place } = meetings(geometry.sizes, geometry);
  const [xPlane, wPlane, yPlane] = [x, w, y].map((shape) => sizeOf(shape.slice(2)));
  const perGroup = y[1] / geometry.groups;
  for (let n = 0; n < y[0]; n++) {
    for (let k = 0; k < y[1]; k++) {
      const group = Math.floor(k / perGroup);
      for (let c = 0; c < w[1]; c++) {
        const xStart = (n * x[1] + group * w[1] + c) * xPlane;
        const wStart = (k * w[1] + c) * wPlane;
        const yStart = (n * y[1] + k) * yPlane;
        for (let m = 0; m < element.length; m++) visit(xStart + element[m], wStart + tap[m], yStart + place[m]);
      }
    }
  }
}

/** [g M, N, ...] -> [g N, M, ...]: channels and filters change places within each group. */
function swapWithinGroups(emit: Emitter, name: string, shape: Shape, groups: number): string {
  const [outer, inner, ...rest] = shape;
  const axes = rest.map((_, axis) => axis);
  if (groups === 1) return emit.node("Transpose", [name], { perm: [1, 0, ...axes.map((axis) => axis + 2)] })[0];
  const [apart] = emit.node("Reshape", [name, emit.ints([groups, outer / groups, inner, ...rest])]);
  const [swapped] = emit.node("Transpose", [apart], { perm: [0, 2, 1, ...axes.map((axis) => axis + 3)] });
  return emit.node("Reshape", [swapped, emit.ints([groups * inner, outer / groups, ...rest])])[0];
}

/**
 * Whether the gradient of the input is a Conv by flipped weights, for which the stride must be 1, or a ConvTranspose.
 * ONNX Runtime gathers C taps columns in ConvTranspose and adds them up with one thread; in Conv it gathers K taps columns,
 * with all threads. So where a group has far fewer channels in x than in y, as in a first layer, ConvTranspose is faster.
 * Measured on one core, ms (bench/convolution-forms.mjs), K = 64, 3x3, 14x14, batch 64:
 *
 *   C                          1     4     8     16    32
 *   ConvTranspose              1.0   1.6   2.7   5.2   8.6
 *   Conv by flipped weights    3.8   5.0   5.5   7.5   9.8
 *   samples innermost          2.9   4.0   4.6   7.4   8.7
 */
function flips(w: Shape, geometry: Geometry): boolean {
  const { strides, low, high, groups } = geometry;
  const spans = spanOf(geometry);
  const plain = strides.every((stride, axis) => stride === 1 && Math.max(low[axis], high[axis]) < spans[axis]);
  return plain && 4 * w[1] > w[0] / groups;
}

/**
 * The gradient of the input as a convolution of y by the weights back to front. Where rows are short, samples lie innermost,
 * beside the last axis, W N elements in which taps are N apart: the runtime then gathers long runs in place of short ones.
 * Measured on one core, samples innermost take 0.65 of the time at W = 7, 0.85 at 14 and 1 from 20 on, for 4 to 64 samples.
 */
function flippedConv(
  emit: Emitter,
  [y, w]: readonly [Shape, Shape],
  geometry: Geometry,
  [yName, wName]: readonly string[],
): string[] {
  const { kernel, sizes, low, high, dilations, groups } = geometry;
  const spans = spanOf(geometry);
  const axes = kernel.map((_, axis) => axis + 2);
  let flipped = wName;
  if (sizeOf(kernel) > 1) {
    const each = (value: number) => emit.ints(axes.map(() => value));
    [flipped] = emit.node("Slice", [wName, each(-1), each(-(2 ** 31)), emit.ints(axes), each(-1)]);
  }
  const weights = swapWithinGroups(emit, flipped, w, groups);
  const [samples, outputs, ...places] = y;
  const last = places.length - 1;
  const inner = samples > 1 && places[last] < shortRow ? samples : 1;
  const widened = (list: readonly number[]) => list.map((value, axis) => (axis === last ? value * inner : value));
  const attributes = {
    kernel_shape: kernel,
    dilations: widened(dilations),
    pads: [
      ...widened(spans.map((span, axis) => span - 1 - low[axis])),
      ...widened(spans.map((span, axis) => span - 1 - high[axis])),
    ],
    group: groups,
  };
  if (inner === 1) return emit.node("Conv", [yName, weights], attributes);
  const [moved] = emit.node("Transpose", [yName], { perm: [1, ...axes, 0] });
  const [data] = emit.node("Reshape", [moved, emit.ints([1, outputs, ...widened(places)])]);
  const [found] = emit.node("Conv", [data, weights], attributes);
  const [apart] = emit.node("Reshape", [found, emit.ints([w[1] * groups, ...sizes, samples])]);
  return emit.node("Transpose", [apart], { perm: [last + 2, 0, ...axes.map((axis) => axis - 1)] });
}

/** Elements of a row below which it pays to put samples innermost. */
const shortRow = 20;

/**
 * The gradient of the weights as a convolution with y as its weights, in which samples are channels and the channels of x
 * lie innermost, beside the last axis: tap t of channel c is then window t C + c of an axis of W C elements, in which taps
 * are C apart. So one product [K, N P] x [N P, taps C] gives all, whose second factor the runtime gathers in long runs.
 * Where taps x C is small, each sample has a product of its own (a group) and they are added up: y need not be
 * rearranged, and threads have enough to share. Needs the last axis undilated, so that its windows follow without gaps.
 *
 * Measured on one core, ms (bench/convolution-forms.mjs):   5x5, 1 to 32, 28x28   3x3, 32 to 64, 28x28   5x5, 32 to 64, 14x14
 *   one product                                              5.9                   36.0                   18.3
 *   a product a sample                                       4.5                   32.5                   19.1
 *   channels as samples (swappedConv)                        5.9                   64.0                   29.5
 *   shifted copies of x, a product each                      15.8                  41.6                   37.0
 *   shifted copies of x beside each other, one product       4.3                   43.9                   34.9
 *   shifts shared between x and y, one product               15.7                  56.5                   40.3
 */
function innermostConv(
  emit: Emitter,
  [x, y]: readonly [Shape, Shape],
  geometry: Geometry,
  [xName, yName]: readonly string[],
): string[] {
  const { kernel, strides, dilations, low, groups } = geometry;
  const [samples, all, ...sizes] = x;
  const [, outputs, ...places] = y;
  const channels = all / groups;
  const last = sizes.length - 1;
  const axes = sizes.map((_, axis) => axis);
  const widened = (list: readonly number[]) => list.map((value, axis) => (axis === last ? value * channels : value));
  const bySample = 2 * sizeOf(kernel) * channels <= sizeOf(places);

  // [N, g C, ...] -> [1, g N, ..., W C], or [1, N g, ..., W C] with a group for each sample
  let inner: string;
  if (groups === 1) [inner] = emit.node("Transpose", [xName], { perm: [0, ...axes.map((axis) => axis + 2), 1] });
  else {
    const [apart] = emit.node("Reshape", [xName, emit.ints([samples, groups, channels, ...sizes])]);
    const perm = [...(bySample ? [0, 1] : [1, 0]), ...axes.map((axis) => axis + 3), 2];
    [inner] = emit.node("Transpose", [apart], { perm });
  }
  const [data] = emit.node("Reshape", [inner, emit.ints([1, groups * samples, ...widened(sizes)])]);
  const [weights] = bySample
    ? emit.node("Reshape", [yName, emit.ints([samples * outputs, 1, ...places])])
    : emit.node("Transpose", [yName], { perm: [1, 0, ...axes.map((axis) => axis + 2)] }); //  [K, N, ...]
  const ends = endsOf(geometry);
  const [found] = emit.node("Conv", [data, weights], {
    kernel_shape: places,
    strides: dilations,
    dilations: widened(strides),
    pads: [...widened(low), ...widened(ends)],
    group: bySample ? groups * samples : groups,
  }); //  [1, K, taps or more..., C], or [1, N K, ...]
  const taps = tapsFound(geometry, places, ends);
  const parts = (lead: readonly number[]) => emit.node("Reshape", [found, emit.ints([...lead, ...taps, channels])])[0];
  const [total] = bySample
    ? emit.node("ReduceSum", [parts([samples, outputs]), emit.ints([0])], { keepdims: 0 })
    : [parts([outputs])];
  const kept = cutTaps(emit, total, taps, kernel, 1);
  return emit.node("Transpose", [kept], { perm: [0, last + 2, ...axes.map((axis) => axis + 1)] });
}

/**
 * The same where channels of x are samples, [C, N, ...]: one product for each channel, with few columns, so about half as
 * fast; for a dilated last axis.
 */
function swappedConv(
  emit: Emitter,
  [x, y]: readonly [Shape, Shape],
  geometry: Geometry,
  [xName, yName]: readonly string[],
): string[] {
  const { kernel, strides, dilations, low, groups } = geometry;
  const [samples, all, ...sizes] = x;
  const places = y.slice(2);
  const rest = kernel.map((_, axis) => axis + 2);

  // [N, g C, ...] -> [C, g N, ...]
  let data: string;
  if (groups === 1) [data] = emit.node("Transpose", [xName], { perm: [1, 0, ...rest] });
  else {
    const [apart] = emit.node("Reshape", [xName, emit.ints([samples, groups, all / groups, ...sizes])]);
    const [moved] = emit.node("Transpose", [apart], { perm: [2, 1, 0, ...rest.map((axis) => axis + 1)] });
    [data] = emit.node("Reshape", [moved, emit.ints([all / groups, groups * samples, ...sizes])]);
  }
  const [weights] = emit.node("Transpose", [yName], { perm: [1, 0, ...rest] }); //  [K, N, ...]
  const ends = endsOf(geometry);
  const [found] = emit.node("Conv", [data, weights], {
    kernel_shape: places,
    strides: dilations,
    dilations: strides,
    pads: [...low, ...ends],
    group: groups,
  }); //  [C of a group, K, taps or more...]
  const [back] = emit.node("Transpose", [found], { perm: [1, 0, ...rest] });
  return [cutTaps(emit, back, tapsFound(geometry, places, ends), kernel, 2)];
}

/** Padding after the last element when y is the window: without what no window of x reached, as far as there is any. */
function endsOf(geometry: Geometry): number[] {
  return uncovered(geometry).map((count, axis) => Math.max(0, geometry.high[axis] - count));
}

/** How many taps come out then: those of the kernel, or more. */
function tapsFound({ sizes, strides, dilations, low }: Geometry, places: Shape, ends: readonly number[]): number[] {
  return places.map((count, axis) => {
    const span = (count - 1) * strides[axis] + 1;
    return Math.floor((low[axis] + sizes[axis] + ends[axis] - span) / dilations[axis]) + 1;
  });
}

function cutTaps(
  emit: Emitter,
  name: string,
  taps: readonly number[],
  kernel: readonly number[],
  first: number,
): string {
  if (sameShape(taps, kernel)) return name;
  const axes = kernel.map((_, axis) => axis);
  const starts = emit.ints(axes.map(() => 0));
  return emit.node("Slice", [name, starts, emit.ints(kernel), emit.ints(axes.map((axis) => axis + first))])[0];
}

export interface ConvOptions {
  /** Elements from one window to the next, for all axes or for each; 1 by default, 2 halves each axis. */
  strides?: number | readonly number[];
  /**
   * Zeros around the edges: a number for all sides, or for each axis a number or [before, after]; "valid" (the default)
   * is none, "same" gives ceil(size / stride) windows, with the odd zero after, as in TensorFlow and JAX.
   */
  padding?: Padding;
  /** Elements from one tap to the next, for all axes or for each; 1 by default, above it the window has gaps. */
  dilations?: number | readonly number[];
  /**
   * Into how many groups channels are divided, each seeing only its own; 1 by default, as many as channels for a depthwise
   * convolution. C and K must be multiples of it.
   */
  groups?: number;
  /** Added to each output channel: [K]. */
  bias?: Operand;
}

/**
 * Convolution of x [N, C, ...] by w [K, C / groups, taps...] -> [N, K, ...], over one to three axes; each is then
 * floor((before + size + after - (taps - 1) dilation - 1) / stride) + 1 long. Throws RangeError where shapes or options
 * fit no window.
 */
export function conv(
  x: Operand,
  w: Operand,
  { strides, padding, dilations, groups = 1, bias }: ConvOptions = {},
): Tensor {
  const [from, weights] = [tensor(x), tensor(w)];
  checkRanks("conv", from, weights);
  checkGroups("conv", groups);
  const sizes = spatial(from);
  const window = windowOf("conv", sizes, spatial(weights), { strides, padding, dilations });
  return apply(convOp, bias === undefined ? [from, weights] : [from, weights, bias], { ...window, sizes, groups });
}

export interface ConvTransposeOptions {
  /** Elements of the result from one window to the next; 1 by default, 2 doubles each axis. */
  strides?: number | readonly number[];
  /** Elements cut off the edges of the result: a number for all sides, or for each axis a number or [before, after]. */
  padding?: "valid" | number | readonly (number | readonly [number, number])[];
  /** Elements more at the end of each axis, fewer than the stride; 0 by default. */
  outputPadding?: number | readonly number[];
  /** Elements from one tap to the next; 1 by default. */
  dilations?: number | readonly number[];
  /** As of `conv`. */
  groups?: number;
  /** Added to each channel of the result: [C]. */
  bias?: Operand;
}

/**
 * Transposed convolution, as PyTorch's: the gradient of `conv` by its input. y [N, K, ...] and w [K, C / groups, taps...]
 * -> [N, C, ...], where each axis is (size - 1) stride - before - after + (taps - 1) dilation + 1 + outputPadding long.
 */
export function convTranspose(
  y: Operand,
  w: Operand,
  { strides = 1, padding = "valid", outputPadding = 0, dilations = 1, groups = 1, bias }: ConvTransposeOptions = {},
): Tensor {
  const [from, weights] = [tensor(y), tensor(w)];
  checkRanks("convTranspose", from, weights);
  checkGroups("convTranspose", groups);
  for (const input of [from, weights]) requireKind("convTranspose", input, ["float32"]);
  if (from.shape[1] !== weights.shape[0] || from.shape[1] % groups !== 0) {
    throw new RangeError(
      `convTranspose: with ${groups} groups, weights [K, C / groups, ...] were needed for [N, K, ...], got ${showShape(from.shape)} and ${showShape(weights.shape)}`,
    );
  }
  if ((padding as Padding) === "same") {
    throw new RangeError('convTranspose: padding "same" leaves the size open; give numbers');
  }
  const window = windowOf("convTranspose", spatial(from), spatial(weights), { strides, padding, dilations });
  const more = eachAxis("convTranspose", "outputPadding", outputPadding, window.kernel.length, 0);
  const spans = spanOf(window);
  const sizes = spatial(from).map(
    (size, axis) => (size - 1) * window.strides[axis] - window.low[axis] - window.high[axis] + spans[axis] + more[axis],
  );
  if (more.some((count, axis) => count >= window.strides[axis]) || sizes.some((size) => size < 1)) {
    throw new RangeError(
      `convTranspose: outputPadding must be below the strides and something must be left, got sizes ${showShape(sizes)} with outputPadding [${more}] and strides [${window.strides}]`,
    );
  }
  const x = apply(inputGradientOp, [from, weights], { ...window, sizes, groups });
  if (bias === undefined) return x;
  const offsets = tensor(bias);
  if (offsets.rank !== 1 || offsets.size !== x.shape[1]) {
    throw new RangeError(`convTranspose: bias must be float32[${x.shape[1]}], got ${showType(offsets)}`);
  }
  return add(x, reshape(offsets, [x.shape[1], ...sizes.map(() => 1)]));
}

function checkRanks(where: string, x: Tensor, w: Tensor): void {
  if (x.rank >= 3 && x.rank <= 5 && w.rank === x.rank) return;
  throw new RangeError(
    `${where}: [N, C, ...] and weights with equally many axes were needed, one to three of them spatial, got ${showShape(x.shape)} and ${showShape(w.shape)}`,
  );
}

function checkGroups(where: string, groups: number): void {
  if (Number.isSafeInteger(groups) && groups >= 1) return;
  throw new RangeError(`${where}: groups must be an integer >= 1, got ${groups}`);
}
