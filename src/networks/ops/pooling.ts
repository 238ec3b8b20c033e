/** The largest or the mean element of windows that slide over the spatial axes of [N, C, ...]. */
import { array, NdArray, zeros } from "../array.js";
import type { Emitter, Op } from "../op.js";
import { apply, applyAll, type Operand, type Tensor, tensor } from "../tensor.js";
import { type Shape, showShape, sizeOf, type TensorType } from "../types.js";
import { denseZeros } from "./dense.js";
import { div, elementwiseOps, reluGradient, requireKind } from "./elementwise.js";
import { mean } from "./reductions.js";
import { mapAxis, resize } from "./resize.js";
import {
  eachAxis,
  meetings,
  type Padding,
  spanOf,
  type Window,
  type WindowOptions,
  windowOf,
  windowsAlong,
} from "./window.js";

type Pooling = Window & Readonly<Record<string, unknown>>;
type AveragePooling = Pooling & Readonly<{ countPadding: boolean }>;

const spatial = ({ shape }: TensorType): Shape => shape.slice(2);

function pooled(where: string, x: TensorType, window: Window): TensorType {
  requireKind(where, x, ["float32"]);
  return { dtype: "float32", shape: [...x.shape.slice(0, 2), ...windowsAlong(where, spatial(x), window)] };
}

/** Visits windows in order: where the window's value lies in y, and where its elements lie in x. */
function forEachWindow(x: Shape, window: Window, visit: (place: number, elements: Float64Array) => void): void {
  const sizes = x.slice(2);
  const { element, place } = meetings(sizes, window);
  const places = sizeOf(windowsAlong("window", sizes, window));
  const plane = sizeOf(sizes);
  for (let channel = 0; channel < x[0] * x[1]; channel++) {
    let from = 0;
    for (let p = 0; p < places; p++) {
      let to = from;
      while (to < place.length && place[to] === p) to++;
      visit(
        channel * places + p,
        element.subarray(from, to).map((offset) => channel * plane + offset),
      );
      from = to;
    }
  }
}

/** `rectified`: of relu(x), so that relu and its gradient pass over the few largest elements alone. */
type MaxPooling = Pooling & Readonly<{ rectified: boolean }>;

/** The largest element of each window, and where in x, flattened, the first of them lies. */
const maxPoolOp: Op<MaxPooling> = {
  name: "maxPool",
  shape: ([x], window) => {
    const values = pooled("maxPool", x, window);
    return [values, { dtype: "int64", shape: values.shape }];
  },
  text: (attributes) => `${textOf(attributes)}${attributes.rectified ? ", rectified" : ""}`,
  onnx: (emit, { inputs: [{ shape }], attributes }, [x], [, indicesNeeded]) => {
    const [from] = attributes.rectified ? emit.node("Relu", [x]) : [x];
    if (!indicesNeeded) return emit.node("MaxPool", [from], onnxAttributes(attributes));
    if (tiles(shape, attributes) && sizeOf(shape.slice(2)) < exactIntegers) {
      return comparedMaxPool(emit, shape, attributes, from);
    }
    return emit.node("MaxPool", [from], onnxAttributes(attributes), 2);
  },
  grad: ({ inputs: [x], outputs: [y, indices], attributes }, d) => [
    scatterToPlaces(attributes.rectified ? reluGradient(y, d) : d, indices, x.shape, attributes),
  ],
  evaluate: ([x], window, [{ shape }]) => {
    const y = denseZeros(shape);
    const indices = denseZeros(shape);
    const data = window.rectified ? x.data.map((value) => (value <= 0 ? 0 : value)) : x.data;
    forEachWindow(x.shape, window, (place, elements) => {
      indices.data[place] = firstLargest(data, elements);
      y.data[place] = data[indices.data[place]];
    });
    return [y, indices];
  },
};

/** Integers below are exact in a float32. */
const exactIntegers = 2 ** 24;

/** Whether each element lies in one window and no padding does. */
function tiles(shape: Shape, { kernel, strides, dilations, low, high }: Window): boolean {
  return kernel.every((taps, axis) => {
    const plain = strides[axis] === taps && dilations[axis] === 1 && low[axis] === 0 && high[axis] === 0;
    return plain && shape[axis + 2] % taps === 0;
  });
}

/**
 * Values and places of windows that tile, by comparing x with the values put back in place: ONNX Runtime's own MaxPool with
 * indices branches on every element. Elements that reach their window's value are numbered backwards, so that the largest
 * number is the first. With the gradient, for 64 x 32 pictures of 28 x 28, 2 x 2: 6.0 ms in place of 9.1 on one core.
 */
function comparedMaxPool(emit: Emitter, shape: Shape, window: Pooling, x: string): string[] {
  const [samples, channels, ...sizes] = shape;
  const plane = sizeOf(sizes);
  const attributes = onnxAttributes(window);
  const [values] = emit.node("MaxPool", [x], attributes);
  const [back] = emit.node("Resize", [values, "", "", emit.ints(shape)], {
    mode: "nearest",
    nearest_mode: "floor",
    coordinate_transformation_mode: "asymmetric",
  });
  const [reached] = emit.node("Cast", [emit.node("Equal", [x, back])[0]], { to: 1 });
  const numbers = Float32Array.from({ length: plane }, (_, k) => plane - 1 - k);
  const [numbered] = emit.node("Mul", [reached, emit.constant(new NdArray("float32", [1, 1, ...sizes], numbers))]);
  // 0 is the last place of a plane, and what a window with NaN gets, whose elements reach nothing: all places exist.
  const [first] = emit.node("MaxPool", [numbered], attributes);
  const [before] = emit.node("Cast", [first], { to: 7 });
  const ends = BigInt64Array.from({ length: samples * channels }, (_, k) => BigInt((k + 1) * plane - 1));
  const end = emit.constant(new NdArray("int64", [samples, channels, ...sizes.map(() => 1)], ends));
  return [values, ...emit.node("Sub", [end, before])];
}

function firstLargest(data: Float64Array, elements: Float64Array): number {
  let best = elements[0];
  for (const element of elements) if (data[element] > data[best]) best = element;
  return best;
}

type Scatter = Pooling & Readonly<{ shape: Shape }>;

/** Elements of y added to zeros at the flat positions `indices`: the gradient of maxPool; inputs y, indices. */
const scatterToPlacesOp: Op<Scatter> = {
  name: "maxPoolGradient",
  shape: (_, { shape }) => [{ dtype: "float32", shape }],
  text: textOf,
  onnx: (emit, { attributes }, [y, indices]) => {
    const { shape } = attributes;
    if (!overlap(attributes)) {
      // The result's shape is given, and places hold for any window; one of a single element infers none that is larger.
      return emit.node("MaxUnpool", [y, indices, emit.ints(shape)], { kernel_shape: shape.slice(2).map(() => 1) });
    }
    const flat = emit.ints([-1]);
    const [zeros] = emit.node("Expand", [emit.scalar(0, "float32"), emit.ints([sizeOf(shape)])]);
    const [places] = emit.node("Reshape", [indices, flat]);
    const [values] = emit.node("Reshape", [y, flat]);
    const [sums] = emit.node("ScatterElements", [zeros, places, values], { axis: 0, reduction: "add" });
    return emit.node("Reshape", [sums, emit.ints(shape)]);
  },
  grad: ({ inputs: [, indices], attributes }, d) => [apply(gatherFromPlacesOp, [d, indices], attributes), null],
  evaluate: ([y, indices], { shape }) => {
    const x = denseZeros(shape);
    for (let k = 0; k < y.data.length; k++) x.data[indices.data[k]] += y.data[k];
    return [x];
  },
};

/** Elements of x at flat positions: the transpose of the gradient; inputs x, indices. */
const gatherFromPlacesOp: Op<Scatter> = {
  name: "maxPoolTangent",
  shape: ([, indices]) => [{ dtype: "float32", shape: indices.shape }],
  text: textOf,
  onnx: (emit, _, [x, indices]) => {
    const [flat] = emit.node("Reshape", [x, emit.ints([-1])]);
    return emit.node("Gather", [flat, indices], { axis: 0 });
  },
  grad: ({ inputs: [, indices], attributes }, d) => [apply(scatterToPlacesOp, [d, indices], attributes), null],
  evaluate: ([x, indices]) => [{ shape: indices.shape, data: indices.data.map((place) => x.data[place]) }],
};

function scatterToPlaces(y: Tensor, indices: Tensor, shape: Shape, window: Pooling): Tensor {
  return apply(scatterToPlacesOp, [y, indices], { ...window, shape });
}

/** Whether an element may lie in two windows. */
function overlap(window: Window): boolean {
  return spanOf(window).some((span, axis) => span > window.strides[axis]);
}

const averagePoolOp: Op<AveragePooling> = {
  name: "averagePool",
  shape: ([x], window) => [pooled("averagePool", x, window)],
  operations: (_, { kernel }, [y]) => sizeOf(y.shape) * sizeOf(kernel),
  text: (attributes) => `${textOf(attributes)}${attributes.countPadding ? "" : ", countPadding=false"}`,
  onnx: (emit, { attributes }, inputs) =>
    emit.node("AveragePool", inputs, {
      ...onnxAttributes(attributes),
      dilations: undefined,
      count_include_pad: Number(attributes.countPadding),
    }),
  // Each window's share of d goes to all its elements: axis after axis, since windows are boxes.
  grad: ({ inputs: [x], attributes }, d) => {
    const sizes = spatial(x);
    const share = div(d, countsOf(sizes, attributes));
    if (tiles(x.shape, attributes)) return [resize(share, sizes)];
    return [sizes.reduce((sum: Tensor, _, axis) => mapAxis(sum, axis + 2, membership(sizes, axis, attributes)), share)];
  },
  evaluate: ([x], window, [{ shape }]) => {
    const y = denseZeros(shape);
    const counts = countsOf(x.shape.slice(2), window).data;
    forEachWindow(x.shape, window, (place, elements) => {
      const total = elements.reduce((sum, element) => sum + x.data[element], 0);
      y.data[place] = total / counts[place % counts.length];
    });
    return [y];
  },
};

/** By how many elements the sum of each window is divided: one number, or one for each window. */
function countsOf(sizes: Shape, window: AveragePooling): NdArray<"float32"> {
  if (window.countPadding) return array(sizeOf(window.kernel));
  const places = windowsAlong("averagePool", sizes, window);
  const counts = zeros(places);
  const { place } = meetings(sizes, window);
  for (const at of place) counts.data[at]++;
  return counts;
}

/** [elements, windows] along an axis: 1 where the element lies in the window. */
function membership(sizes: Shape, axis: number, window: Window): NdArray<"float32"> {
  const [size] = sizes.slice(axis);
  const along = (list: readonly number[]) => [list[axis]];
  const one: Window = {
    kernel: along(window.kernel),
    strides: along(window.strides),
    dilations: along(window.dilations),
    low: along(window.low),
    high: along(window.high),
  };
  const [places] = windowsAlong("averagePool", [size], one);
  const matrix = zeros([size, places]);
  const { element, place } = meetings([size], one);
  for (let k = 0; k < element.length; k++) matrix.data[element[k] * places + place[k]] = 1;
  return matrix;
}

export const ops = [maxPoolOp, scatterToPlacesOp, gatherFromPlacesOp, averagePoolOp] as unknown as readonly Op[];

function textOf({ kernel, strides, dilations, low, high }: Pooling): string {
  const parts = [`kernel=[${kernel}]`, `strides=[${strides}]`];
  if (dilations.some((dilation) => dilation !== 1)) parts.push(`dilations=[${dilations}]`);
  if ([...low, ...high].some((count) => count !== 0)) parts.push(`low=[${low}], high=[${high}]`);
  return parts.join(", ");
}

function onnxAttributes({ kernel, strides, dilations, low, high }: Pooling) {
  return { kernel_shape: kernel, strides, dilations, pads: [...low, ...high] };
}

export interface PoolOptions {
  /** Elements from one window to the next, for all axes or for each; by default the window's size, so that they tile. */
  strides?: number | readonly number[];
  /** Elements around the edges, fewer than the window has: as of `conv`; 0 by default. */
  padding?: Padding;
}

export interface MaxPoolOptions extends PoolOptions {
  /** Elements from one tap of a window to the next; 1 by default. */
  dilations?: number | readonly number[];
}

/**
 * The largest element of each window of `size` (a number for all axes, or one for each) over the spatial axes of x
 * [N, C, ...]; what lies in the padding is not looked at. The first of equal elements, in row-major order, gets the
 * gradient. Throws RangeError where no window fits, or one lies in the padding alone.
 */
export function maxPool(
  x: Operand,
  size: number | readonly number[],
  { strides = size, padding, dilations }: MaxPoolOptions = {},
): Tensor {
  return applyMaxPool("maxPool", x, size, { strides, padding, dilations })[0];
}

/** Where the elements that `maxPool` gives lie, as positions in x, flattened; int64. */
export function maxPoolIndices(
  x: Operand,
  size: number | readonly number[],
  { strides = size, padding, dilations }: MaxPoolOptions = {},
): Tensor {
  return applyMaxPool("maxPoolIndices", x, size, { strides, padding, dilations })[1];
}

function applyMaxPool(where: string, x: Operand, size: number | readonly number[], options: WindowOptions) {
  const operand = tensor(x);
  const window = poolingOf(where, operand, size, options);
  const rectified = operand.node.op === elementwiseOps.relu;
  const from = rectified ? operand.node.inputs[0] : operand;
  return applyAll(maxPoolOp, [from], { ...window, rectified });
}

export interface AveragePoolOptions extends PoolOptions {
  /** Whether padding counts as elements of value 0 (true, the default, as in PyTorch) or is left out of the mean. */
  countPadding?: boolean;
}

/** The mean of each window, as `maxPool` the largest element. */
export function averagePool(
  x: Operand,
  size: number | readonly number[],
  { strides = size, padding, countPadding = true }: AveragePoolOptions = {},
): Tensor {
  const operand = tensor(x);
  const window = poolingOf("averagePool", operand, size, { strides, padding });
  return apply(averagePoolOp, [operand], { ...window, countPadding });
}

/** The mean over all spatial axes: [N, C, ...] -> [N, C]. */
export function globalAveragePool(x: Operand): Tensor {
  const operand = tensor(x);
  checkRank("globalAveragePool", operand);
  return mean(
    operand,
    spatial(operand).map((_, axis) => axis + 2),
  );
}

function checkRank(where: string, { shape }: TensorType): void {
  if (shape.length >= 3 && shape.length <= 5) return;
  throw new RangeError(`${where}: [N, C, ...] with one to three spatial axes was needed, got ${showShape(shape)}`);
}

function poolingOf(where: string, x: Tensor, size: number | readonly number[], options: WindowOptions): Pooling {
  checkRank(where, x);
  const sizes = spatial(x);
  const kernel = eachAxis(where, "size", size, sizes.length);
  const window = windowOf(where, sizes, kernel, options);
  const places = windowsAlong(where, sizes, window);
  for (const [axis, count] of places.entries()) {
    const { low, high } = window;
    const tooWide = low[axis] >= kernel[axis] || high[axis] >= kernel[axis];
    if (tooWide || emptyWindow(sizes[axis], count, axis, window)) {
      throw new RangeError(
        `${where}: padding must be smaller than the window and leave an element in each, got before [${low}] and after [${high}] for windows of [${kernel}] in ${showShape(sizes)}`,
      );
    }
  }
  return { ...window };
}

/** Whether some window has all its taps along an axis in the padding; one that begins with an element has not. */
function emptyWindow(size: number, places: number, axis: number, { kernel, strides, dilations, low }: Window): boolean {
  const isEmpty = (place: number): boolean => {
    const start = place * strides[axis] - low[axis];
    const tap = Math.max(0, Math.ceil(-start / dilations[axis])); // the first that is not before the axis
    return tap >= kernel[axis] || start + tap * dilations[axis] >= size;
  };
  for (let place = 0; place < places && place * strides[axis] < low[axis]; place++) if (isEmpty(place)) return true;
  return places > 0 && isEmpty(places - 1);
}
