/**
 * How convolutions are written as ONNX operators: in the forms that ONNX Runtime computes fastest.
 *
 * Milliseconds in this file are the least of many, of bench/convolution-forms.mjs.
 */
import { NdArray, zeros } from "../array.js";
import type { Emitter } from "../op.js";
import { constantValue, type Node } from "../tensor.js";
import { type Shape, sameShape, sizeOf } from "../types.js";
import { type Geometry, spanOf, type Window } from "./window.js";

type ConvolutionNode = Node<Geometry>;

/**
 * Windows of a sample up to which convolutions put samples last. A forward pass with its rearranging on two cores, ms:
 *
 *   C, K, taps, stride, windows, samples   32, 64, 4x4, 2, 7x7, 128   64, 128, 3x3, 1, 8x8, 64   32, 64, 3x3, 1, 10x10, 64
 *   Conv, a product a sample               7.6                        10.7                       1.8
 *   Conv, samples last                     2.9                        3.6                        1.8
 */
const fewPlaces = 64;

/** Of the op `conv`. */
export function forwardForm(
  emit: Emitter,
  { inputs: [x, w], outputs: [y], attributes }: ConvolutionNode,
  inputs: readonly string[],
): string[] {
  const [samples, , ...places] = y.shape;
  const few = samples >= fewSamples && sizeOf(places) <= fewPlaces;
  // Constant weights the runtime rearranges itself.
  const putLast = few && takesVolumes(emit, places) && constantValue(w) === undefined;
  if (!putLast) return emit.node("Conv", inputs, onnxAttributes(attributes));
  const [name, ...rest] = inputs;
  const found = samplesLastConv(emit, samplesLast(emit, name, x.shape), rest, attributes);
  return [samplesFirst(emit, found, y.shape)];
}

/**
 * Of the op `convInputGradient`: a Conv, or a ConvTranspose. In ConvTranspose ONNX Runtime gathers C taps columns and adds
 * them up with one thread; in Conv it gathers K taps columns, with all threads. So where a group has far fewer channels in x
 * than in y, as in a first layer, ConvTranspose is faster. On one core, K = 64, 3x3, 14x14, batch 64:
 *
 *   C                          1     4     8     16    32
 *   ConvTranspose              1.0   1.6   2.7   5.2   8.6
 *   Conv                       3.8   5.0   5.5   7.5   9.8
 *   Conv, samples last         2.9   4.0   4.6   7.4   8.7
 *
 * With strides Conv has s^d C channels to put side by side, which pays where a product a sample would be small. On two
 * cores, C = 32, K = 64, 4x4, stride 2, 7x7 windows:
 *
 *   samples                    16    32    64    128
 *   ConvTranspose              .63   1.24  2.55  5.43
 *   Conv, samples last         .84   1.17  2.13  4.36
 */
export function inputGradientForm(
  emit: Emitter,
  { inputs: [y, w], attributes: geometry }: ConvolutionNode,
  inputs: readonly string[],
): string[] {
  const { kernel, strides, dilations, groups } = geometry;
  const [samples, , ...places] = y.shape;
  const phases = phasesOf(geometry, places);
  const isPlain = strides.every((stride) => stride === 1);
  const putLast =
    takesVolumes(emit, places) && (isPlain ? samples > 1 && places[places.length - 1] < shortRow : samples >= 32);
  const divides = kernel.every((taps, axis) => taps % strides[axis] === 0 && dilations[axis] === 1);
  const pays = isPlain || (putLast && divides && sizeOf(places) <= fewPlaces);
  const fits = phases.every(({ low, high }) => low >= 0 && high >= 0);
  if (emit.target === "file" || !pays || !fits || 4 * w.shape[1] <= w.shape[0] / groups) {
    return emit.node("ConvTranspose", inputs, { ...onnxAttributes(geometry), output_padding: uncovered(geometry) });
  }
  const [yName, wName] = inputs;
  const plainWindow = {
    kernel: phases.map(({ taps }) => taps),
    strides: strides.map(() => 1),
    dilations,
    low: phases.map(({ low }) => low),
    high: phases.map(({ high }) => high),
    groups,
  };
  if (!putLast) return emit.node("Conv", [yName, flipped(emit, wName, w.shape, geometry)], onnxAttributes(plainWindow));
  const filters = (isPlain ? flipped : flippedByPhase)(emit, wName, w.shape, geometry);
  const found = samplesLastConv(emit, samplesLast(emit, yName, y.shape), [filters], plainWindow);
  const x = [samples, w.shape[1] * groups, ...geometry.sizes];
  return [samplesFirst(emit, isPlain ? found : sideBySide(emit, found, x, geometry, phases), x)];
}

/** Elements of a row below which input gradients put samples last: 0.65 of the time at 7, 0.85 at 14, equal from 20 on. */
const shortRow = 20;

/** Samples from which they pay as the last axis in a forward pass. */
const fewSamples = 8;

/**
 * Along an axis: element R = s i + a of the padded x, a = 0 .. s - 1, meets windows i - m + 1 .. i by their taps s (i - p) + a,
 * where m = taps / s. So its phases a are s convolutions of y by m taps back to front, at `count` places from `first` on.
 */
interface Phases {
  readonly taps: number;
  readonly first: number;
  readonly count: number;
  /** Zeros around y. */
  readonly low: number;
  readonly high: number;
}

function phasesOf({ kernel, strides, dilations, low, sizes }: Geometry, places: Shape): Phases[] {
  return kernel.map((all, axis) => {
    const stride = strides[axis];
    const taps = Math.ceil(all / stride);
    const reach = (taps - 1) * dilations[axis];
    const first = Math.floor(low[axis] / stride);
    const count = Math.floor((low[axis] + sizes[axis] - 1) / stride) - first + 1;
    const before = reach - first;
    return { taps, first, count, low: before, high: count + reach - places[axis] - before };
  });
}

/** [g K, C, taps...] -> [g C, K, taps...], taps back to front. */
function flipped(emit: Emitter, name: string, shape: Shape, { kernel, groups }: Geometry): string {
  if (sizeOf(kernel) === 1) return swapWithinGroups(emit, name, shape, groups);
  const axes = kernel.map((_, axis) => axis + 2);
  const each = (value: number) => emit.ints(axes.map(() => value));
  const [backward] = emit.node("Slice", [name, each(-1), each(-(2 ** 31)), emit.ints(axes), each(-1)]);
  return swapWithinGroups(emit, backward, shape, groups);
}

/** [g K, C, m s, ...] -> [g s... C, K, m...], the m back to front. */
function flippedByPhase(
  emit: Emitter,
  name: string,
  [outputs, inputs]: Shape,
  { kernel, strides, groups }: Geometry,
): string {
  const taps = kernel.map((all, axis) => all / strides[axis]);
  const axes = kernel.map((_, axis) => 3 + 2 * axis);
  const each = (value: number) => emit.ints(axes.map(() => value));
  const pairs = taps.flatMap((count, axis) => [count, strides[axis]]);
  const [apart] = emit.node("Reshape", [name, emit.ints([groups, outputs / groups, inputs, ...pairs])]);
  const [backward] = emit.node("Slice", [apart, each(-1), each(-(2 ** 31)), emit.ints(axes), each(-1)]);
  const perm = [0, ...axes.map((axis) => axis + 1), 2, 1, ...axes];
  const [moved] = emit.node("Transpose", [backward], { perm });
  return emit.node("Reshape", [moved, emit.ints([sizeOf(strides) * inputs * groups, outputs / groups, ...taps])])[0];
}

/** [g s... C, counts..., N] -> [g C, sizes..., N]: phases side by side, without the padding. */
function sideBySide(
  emit: Emitter,
  name: string,
  [samples, channels]: Shape,
  { strides, low, sizes, groups }: Geometry,
  phases: readonly Phases[],
): string {
  const counts = phases.map(({ count }) => count);
  const rank = counts.length;
  const axes = counts.map((_, axis) => axis);
  const apart = [groups, ...strides, channels / groups, ...counts, samples];
  const [parts] = emit.node("Reshape", [name, emit.ints(apart)]);
  const perm = [0, rank + 1, ...axes.flatMap((axis) => [rank + 2 + axis, 1 + axis]), 2 * rank + 2];
  const [mixed] = emit.node("Transpose", [parts], { perm });
  const whole = [channels, ...counts.map((count, axis) => count * strides[axis]), samples];
  const [padded] = emit.node("Reshape", [mixed, emit.ints(whole)]);
  const starts = axes.map((axis) => low[axis] - phases[axis].first * strides[axis]);
  const ends = axes.map((axis) => starts[axis] + sizes[axis]);
  return emit.node("Slice", [padded, emit.ints(starts), emit.ints(ends), emit.ints(axes.map((axis) => axis + 1))])[0];
}

/** Of the op `convWeightGradient`. */
export function weightGradientForm(
  emit: Emitter,
  { inputs: [x, y], attributes, outputs: [w] }: ConvolutionNode,
  inputs: readonly string[],
): string[] {
  // The runtime reads 0 in the shape of a Reshape as "as before", so that nothing over no items is written down.
  if (x.size === 0 || y.size === 0) return [emit.constant(zeros(w.shape))];
  const taps = sizeOf(attributes.kernel);
  const [, channels] = x.shape;
  const hasFewWindows = 2 * taps > sizeOf(y.shape.slice(2));
  if (channels === 1 && taps <= mostColumns && !hasFewWindows && emit.target !== "webgpu") {
    return byColumns(emit, [x.shape, y.shape], attributes, inputs);
  }
  const dilated = attributes.dilations[attributes.dilations.length - 1] > 1;
  return (dilated ? swappedConv : innermostConv)(emit, [x.shape, y.shape], attributes, inputs);
}

/** Taps up to which windows are written down. */
const mostColumns = 32;

/**
 * The gradient of the weights where x has one channel, as gray pictures in a first layer: its windows are taken out by a
 * convolution with one-hot filters, and each sample has a product [K, P] x [P, taps]. On two cores, ms:
 *
 *   K, taps, stride, size, samples   32, 4x4, 2, 28x28, 128   32, 5x5, 1, 28x28, 64   16, 3x3, 1, 28x28, 128
 *   innermostConv                    .87                      2.5                     2.5
 *   byColumns                        .42                      1.5                     1.0
 */
function byColumns(
  emit: Emitter,
  [[samples], [, outputs, ...places]]: readonly [Shape, Shape],
  geometry: Geometry,
  [xName, yName]: readonly string[],
): string[] {
  const { kernel } = geometry;
  const [taps, windows] = [sizeOf(kernel), sizeOf(places)];
  const oneHot = Float32Array.from({ length: taps * taps }, (_, k) => (k % (taps + 1) === 0 ? 1 : 0));
  const filters = emit.constant(new NdArray("float32", [taps, 1, ...kernel], oneHot));
  const [found] = emit.node("Conv", [xName, filters], onnxAttributes(geometry));
  const [columns] = emit.node("Reshape", [found, emit.ints([samples, taps, windows])]);
  const [turned] = emit.node("Transpose", [columns], { perm: [0, 2, 1] });
  const [rows] = emit.node("Reshape", [yName, emit.ints([samples, outputs, windows])]);
  const [products] = emit.node("MatMul", [rows, turned]);
  const [total] = emit.node("ReduceSum", [products, emit.ints([0])], { keepdims: 0 });
  return emit.node("Reshape", [total, emit.ints([outputs, 1, ...kernel])]);
}

/** Whether a convolution may have an axis more than the pictures have: ONNX Runtime knows three, and on GPUs three badly. */
function takesVolumes({ target }: Emitter, places: Shape): boolean {
  return target !== "webgpu" && target !== "file" && places.length < 3;
}

/** [N, C, ...] -> [C, ..., N] */
function samplesLast(emit: Emitter, name: string, { length }: Shape): string {
  return emit.node("Transpose", [name], { perm: [...Array.from({ length: length - 1 }, (_, axis) => axis + 1), 0] })[0];
}

/** [C, ..., N] -> [N, C, ...] */
function samplesFirst(emit: Emitter, name: string, { length }: Shape): string {
  return emit.node("Transpose", [name], {
    perm: [length - 1, ...Array.from({ length: length - 1 }, (_, axis) => axis)],
  })[0];
}

type GroupedWindow = Window & { readonly groups: number };

/** Conv with samples as an axis more, along which windows are 1 wide: [C, ..., N] -> [K, ..., N]. */
function samplesLastConv(
  emit: Emitter,
  name: string,
  [weights, ...bias]: readonly string[],
  { kernel, strides, dilations, low, high, groups }: GroupedWindow,
): string {
  const [data] = emit.node("Unsqueeze", [name, emit.ints([0])]);
  const [filters] = emit.node("Unsqueeze", [weights, emit.ints([kernel.length + 2])]);
  const [found] = emit.node("Conv", [data, filters, ...bias], {
    kernel_shape: [...kernel, 1],
    strides: [...strides, 1],
    dilations: [...dilations, 1],
    pads: [...low, 0, ...high, 0],
    group: groups,
  });
  return emit.node("Squeeze", [found, emit.ints([0])])[0];
}

function onnxAttributes({ kernel, strides, dilations, low, high, groups }: GroupedWindow) {
  return { kernel_shape: kernel, strides, dilations, pads: [...low, ...high], group: groups };
}

/** Elements at the end of each axis, padding included, that no window reaches; fewer than the stride. */
function uncovered({ sizes, strides, low, high, ...window }: Geometry): number[] {
  return spanOf(window).map((span, axis) => (low[axis] + sizes[axis] + high[axis] - span) % strides[axis]);
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
