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
import type { Op } from "../op.js";
import { apply, type Operand, type Tensor, tensor } from "../tensor.js";
import { type Shape, showShape, showType, sizeOf, type TensorType } from "../types.js";
import { forwardForm, inputGradientForm, weightGradientForm } from "./convolution-forms.js";
import { denseZeros } from "./dense.js";
import { add, requireKind } from "./elementwise.js";
import { sum } from "./reductions.js";
import { reshape } from "./shape.js";
import { eachAxis, type Geometry, meetings, type Padding, spanOf, windowOf, windowsAlong } from "./window.js";

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
  onnx: forwardForm,
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
  onnx: inputGradientForm,
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
  onnx: weightGradientForm,
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
