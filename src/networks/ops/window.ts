/** Windows that slide over spatial axes, the last axes of [N, C, ...]: of convolution and of pooling. */
import { type Shape, showShape, sizeOf, stridesOf } from "../types.js";

/** Where windows lie; one number for each spatial axis, all integers. */
export interface Window {
  /** Taps of the window, >= 1. */
  readonly kernel: readonly number[];
  /** Elements from one window to the next, >= 1. */
  readonly strides: readonly number[];
  /** Elements from one tap to the next, >= 1. */
  readonly dilations: readonly number[];
  /** Elements that are thought of before the first and after the last one, >= 0. */
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/**
 * Elements around the edges: a number for all sides, or for each axis a number or [before, after]; "valid" is none,
 * "same" gives ceil(size / stride) windows, with the odd element after, as in TensorFlow and JAX.
 */
export type Padding = "same" | "valid" | number | readonly (number | readonly [number, number])[];

/** A convolution: windows over pictures of given sizes. */
export interface Geometry extends Window, Readonly<Record<string, unknown>> {
  /** Spatial sizes of x. */
  readonly sizes: readonly number[];
  readonly groups: number;
}

export interface WindowOptions {
  /** Elements from one window to the next, for all axes or for each; 1 by default in convolution. */
  strides?: number | readonly number[];
  /** 0 by default. */
  padding?: Padding;
  /** Elements from one tap to the next; 1 by default, above it the window has gaps. */
  dilations?: number | readonly number[];
}

/** An option as one integer >= `least` for each of `rank` axes. */
export function eachAxis(
  where: string,
  name: string,
  value: number | readonly number[],
  rank: number,
  least = 1,
): number[] {
  const list = typeof value === "number" ? new Array<number>(rank).fill(value) : [...value];
  if (list.length === rank && list.every((entry) => Number.isSafeInteger(entry) && entry >= least)) return list;
  throw new RangeError(
    `${where}: ${name} must be an integer >= ${least}, or ${rank} of them, got ${JSON.stringify(value)}`,
  );
}

/** Elements that a window spans, from its first tap to its last. */
export function spanOf({ kernel, dilations }: Pick<Window, "kernel" | "dilations">): number[] {
  return kernel.map((taps, axis) => (taps - 1) * dilations[axis] + 1);
}

/** The window that options describe over axes of the given sizes. Throws RangeError where an option fits no window. */
export function windowOf(
  where: string,
  sizes: Shape,
  kernel: readonly number[],
  { strides = 1, padding = 0, dilations = 1 }: WindowOptions,
): Window {
  const rank = sizes.length;
  const steps = eachAxis(where, "strides", strides, rank);
  const gaps = eachAxis(where, "dilations", dilations, rank);
  const spans = spanOf({ kernel, dilations: gaps });
  const pairs = paddingPairs(where, padding, sizes, spans, steps);
  return {
    kernel: [...kernel],
    strides: steps,
    dilations: gaps,
    low: pairs.map(([low]) => low),
    high: pairs.map(([, high]) => high),
  };
}

function paddingPairs(
  where: string,
  padding: Padding,
  sizes: Shape,
  spans: readonly number[],
  strides: readonly number[],
): [number, number][] {
  if (padding === "valid") return sizes.map(() => [0, 0]);
  if (padding === "same") {
    return sizes.map((size, axis) => {
      const covered = (Math.ceil(size / strides[axis]) - 1) * strides[axis] + spans[axis];
      const total = Math.max(covered - size, 0);
      return [Math.floor(total / 2), Math.ceil(total / 2)];
    });
  }
  const list = typeof padding === "number" ? sizes.map(() => padding) : padding;
  const counts = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
  const pairs = Array.isArray(list)
    ? list.map((entry): [number, number] => (typeof entry === "number" ? [entry, entry] : [entry[0], entry[1]]))
    : [];
  if (pairs.length === sizes.length && pairs.flat().every(counts)) return pairs;
  throw new RangeError(
    `${where}: padding must be "same", "valid", an integer >= 0, or ${sizes.length} integers or pairs of them, got ${JSON.stringify(padding)}`,
  );
}

/** How many windows fit along each axis. Throws RangeError where none does. */
export function windowsAlong(where: string, sizes: Shape, window: Window): number[] {
  const spans = spanOf(window);
  return sizes.map((size, axis) => {
    const room = window.low[axis] + size + window.high[axis] - spans[axis];
    if (room >= 0) return Math.floor(room / window.strides[axis]) + 1;
    throw new RangeError(
      `${where}: windows spanning ${showShape(spans)} do not fit into ${showShape(sizes)}, padded before by [${window.low}] and after by [${window.high}]`,
    );
  });
}

/** Offsets of an element of the input, of a tap and of a window that meet; those in the padding are left out. */
export interface Meetings {
  readonly element: Float64Array;
  readonly tap: Float64Array;
  readonly place: Float64Array;
}

/** All meetings, ordered by windows and within one by taps: element = place x stride + tap x dilation - low. */
export function meetings(sizes: Shape, window: Window): Meetings {
  const { kernel, strides, dilations, low } = window;
  const places = windowsAlong("window", sizes, window);
  const all = sizeOf(places) * sizeOf(kernel);
  const found = { element: new Float64Array(all), tap: new Float64Array(all), place: new Float64Array(all) };
  const along = stridesOf(sizes);
  let count = 0;
  forEachIndex(places, (place, placeOffset) => {
    forEachIndex(kernel, (tap, tapOffset) => {
      let element = 0;
      for (let axis = 0; axis < sizes.length; axis++) {
        const at = place[axis] * strides[axis] + tap[axis] * dilations[axis] - low[axis];
        if (at < 0 || at >= sizes[axis]) return;
        element += at * along[axis];
      }
      found.element[count] = element;
      found.tap[count] = tapOffset;
      found.place[count] = placeOffset;
      count++;
    });
  });
  const { element, tap, place } = found;
  return { element: element.subarray(0, count), tap: tap.subarray(0, count), place: place.subarray(0, count) };
}

/** Every index of a shape in row-major order, with its offset. */
function forEachIndex(shape: Shape, visit: (index: readonly number[], offset: number) => void): void {
  const index = new Array<number>(shape.length).fill(0);
  const size = sizeOf(shape);
  for (let offset = 0; offset < size; offset++) {
    visit(index, offset);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]++;
      if (index[axis] < shape[axis]) break;
      index[axis] = 0;
    }
  }
}
