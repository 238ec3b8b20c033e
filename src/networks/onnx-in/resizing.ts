/** Resize and its predecessor: a linear map along each axis, whose matrix follows from the attributes. */
import { NdArray } from "../array.js";
import { add, sub } from "../ops/elementwise.js";
import { gather } from "../ops/indexing.js";
import { mapAxis, resize } from "../ops/resize.js";
import type { Tensor } from "../tensor.js";
import { checkShape, normalizeAxis, showShape } from "../types.js";
import { flag, float, floats, ints, maybe, type Operators, operator, word } from "./operator.js";

type Mode = "nearest" | "linear" | "cubic";
type Coordinates =
  | "half_pixel"
  | "half_pixel_symmetric"
  | "pytorch_half_pixel"
  | "align_corners"
  | "asymmetric"
  | "tf_half_pixel_for_nn"
  | "tf_crop_and_resize";
type NearestMode = "round_prefer_floor" | "round_prefer_ceil" | "floor" | "ceil";

interface Resizing {
  readonly mode: Mode;
  readonly coordinates: Coordinates;
  readonly nearestMode: NearestMode;
  /** The a of the cubic polynomial. */
  readonly cubic: number;
  /** Whether elements beyond the edges have no share, instead of that of the edge. */
  readonly excludeOutside: boolean;
  /** Whether windows widen where the size is reduced. */
  readonly antialias: boolean;
  /** What lies beyond the edges of tf_crop_and_resize. */
  readonly outside: number;
}

/** How one axis is resized. */
interface AxisMap {
  readonly from: number;
  readonly to: number;
  readonly scale: number;
  /** Of tf_crop_and_resize: the part of the axis that is taken. */
  readonly start: number;
  readonly end: number;
}

/** Most entries of a matrix that maps an axis. */
const largestMatrix = 2 ** 22;

/** Where element `k` of the result lies among those of the axis. */
function place(k: number, { from, to, scale, start, end }: AxisMap, coordinates: Coordinates): number {
  const length = scale * from; // `to` before it was rounded
  switch (coordinates) {
    case "half_pixel":
      return (k + 0.5) / scale - 0.5;
    case "half_pixel_symmetric":
      return (from / 2) * (1 - to / length) + (k + 0.5) / scale - 0.5;
    case "pytorch_half_pixel":
      return length > 1 ? (k + 0.5) / scale - 0.5 : 0;
    case "align_corners":
      return length > 1 ? (k * (from - 1)) / (length - 1) : 0;
    case "asymmetric":
      return k / scale;
    case "tf_half_pixel_for_nn":
      return (k + 0.5) / scale;
    case "tf_crop_and_resize":
      if (length <= 1) return 0.5 * (start + end) * (from - 1);
      return start * (from - 1) + (k * (end - start) * (from - 1)) / (length - 1);
  }
}

/** Shares of the elements around a place: the first element, and a share for it and those that follow. */
function sharesAt(
  at: number,
  scale: number,
  { mode, nearestMode, cubic, antialias }: Resizing,
): { first: number; shares: number[] } {
  const left = Math.ceil(at) - 1; // the element before, so that the ratio lies in (0, 1]
  const ratio = at - left;
  if (mode === "nearest") {
    const right = {
      round_prefer_floor: ratio > 0.5,
      round_prefer_ceil: ratio >= 0.5,
      floor: ratio === 1,
      ceil: true,
    }[nearestMode];
    return { first: left + Number(right), shares: [1] };
  }
  const narrow = antialias ? Math.min(scale, 1) : 1;
  const reach = mode === "linear" ? 1 : 2;
  const first = Math.floor(-reach / narrow) + 1;
  const weight =
    mode === "linear" ? (x: number) => Math.max(0, 1 - Math.abs(x)) : (x: number) => cubicWeight(Math.abs(x), cubic);
  const shares = Array.from({ length: 2 - 2 * first }, (_, k) => weight((first + k - ratio) * narrow));
  return { first: left + first, shares: antialias ? proportions(shares) : shares };
}

function proportions(shares: number[]): number[] {
  const total = shares.reduce((sum, share) => sum + share, 0);
  return shares.map((share) => share / total);
}

/** Cubic convolution (Keys 1981, https://doi.org/10.1109/TASSP.1981.1163711, eq. 4). */
function cubicWeight(x: number, a: number): number {
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? a * (((x - 5) * x + 8) * x - 4) : 0;
}

function isOutside(at: number, from: number, coordinates: Coordinates): boolean {
  return coordinates === "tf_crop_and_resize" && (at < 0 || at > from - 1);
}

function resizeAxis(x: Tensor, axis: number, map: AxisMap, how: Resizing): Tensor {
  const { from, to, scale } = map;
  if (from === 0 || to * from > largestMatrix) {
    throw new RangeError(`axis ${axis} of ${showShape(x.shape)} cannot be resized to ${to}`);
  }
  const clamp = (index: number) => Math.min(Math.max(index, 0), from - 1);
  const places = Array.from({ length: to }, (_, k) => place(k, map, how.coordinates));
  const outside = places.some((at) => isOutside(at, from, how.coordinates));
  if (how.mode === "nearest" && !outside) {
    return gather(
      x,
      places.map((at) => clamp(sharesAt(at, scale, how).first)),
      axis,
    );
  }
  const matrix = new Float32Array(to * from);
  for (const [k, at] of places.entries()) {
    if (isOutside(at, from, how.coordinates)) continue;
    const { first, shares } = sharesAt(at, scale, how);
    const within = shares.map((share, j) => (how.excludeOutside && clamp(first + j) !== first + j ? 0 : share));
    for (const [j, share] of (how.excludeOutside ? proportions(within) : within).entries()) {
      matrix[k * from + clamp(first + j)] += share;
    }
  }
  return mapAxis(x, axis, new NdArray("float32", [to, from], matrix));
}

/** The form of PyTorch's `interpolate`, for which there is an op; undefined where it is another one. */
function plain(x: Tensor, maps: ReadonlyMap<number, AxisMap>, how: Resizing): Tensor | undefined {
  const all = [...maps];
  const exact = all.every(([axis, { from, to, scale }]) => axis >= 2 && Math.abs(scale * from - to) < 1e-3);
  if (x.rank < 3 || x.rank > 5 || !exact || how.excludeOutside || how.antialias) return undefined;
  const sizes = x.shape.slice(2).map((size, k) => maps.get(k + 2)?.to ?? size);
  if (how.mode === "nearest") {
    return how.coordinates === "asymmetric" && how.nearestMode === "floor" ? resize(x, sizes) : undefined;
  }
  const centers = how.coordinates === "half_pixel" || how.coordinates === "pytorch_half_pixel";
  const one = all.some(([, { to }]) => to === 1);
  const alignCorners = how.coordinates === "align_corners";
  if (how.mode !== "linear" || (!alignCorners && (!centers || one))) return undefined;
  return resize(x, sizes, { mode: "linear", alignCorners });
}

function resized(x: Tensor, maps: ReadonlyMap<number, AxisMap>, how: Resizing): Tensor {
  const changed = new Map(
    [...maps].filter(
      ([, { from, to, scale }]) => from !== to || scale !== 1 || how.coordinates === "tf_crop_and_resize",
    ),
  );
  checkShape(
    "Resize",
    x.shape.map((size, axis) => maps.get(axis)?.to ?? size),
  );
  if (changed.size === 0) return x;
  const fast = plain(x, changed, how);
  if (fast !== undefined) return fast;
  const shift = how.outside !== 0;
  let out = shift ? sub(x, how.outside) : x;
  for (const [axis, map] of changed) out = resizeAxis(out, axis, map, how);
  return shift ? add(out, how.outside) : out;
}

/** Upsample, and Resize until version 10. */
const early = (mode: "nearest" | "linear"): Resizing => ({
  mode,
  coordinates: "asymmetric",
  nearestMode: "floor",
  cubic: -0.75,
  excludeOutside: false,
  antialias: false,
  outside: 0,
});

function scaledMaps(x: Tensor, scales: readonly number[]): Map<number, AxisMap> {
  if (scales.length !== x.rank || !scales.every((scale) => scale > 0 && scale <= 2 ** 31)) {
    throw new RangeError(`a scale > 0 for each axis of ${showShape(x.shape)} was needed, got [${scales}]`);
  }
  return new Map(
    x.shape.map((from, axis) => [
      axis,
      { from, to: Math.floor(from * scales[axis]), scale: scales[axis], start: 0, end: 1 },
    ]),
  );
}

export const resizing: Operators = {
  Upsample: operator(
    [1, 2],
    { mode: word("nearest", "linear"), scales: maybe(floats()) },
    (node) => {
      const { mode, scales } = node.attributes;
      return resized(node.input(0), scaledMaps(node.input(0), scales ?? node.numbers(1)), early(mode));
    },
    [1],
  ),
  Resize: operator(
    [2, 4],
    {
      mode: word("nearest", "linear", "cubic"),
      coordinate_transformation_mode: word<Coordinates>(
        "half_pixel",
        "half_pixel_symmetric",
        "pytorch_half_pixel",
        "align_corners",
        "asymmetric",
        "tf_half_pixel_for_nn",
        "tf_crop_and_resize",
      ),
      nearest_mode: word<NearestMode>("round_prefer_floor", "round_prefer_ceil", "floor", "ceil"),
      cubic_coeff_a: float(-0.75),
      exclude_outside: flag(false),
      extrapolation_value: float(0),
      antialias: flag(false),
      axes: maybe(ints()),
      keep_aspect_ratio_policy: word("stretch", "not_larger", "not_smaller"),
    },
    (node) => {
      const x = node.input(0);
      const { attributes } = node;
      if (node.version < 11) {
        if (attributes.mode === "cubic") throw new RangeError("mode nearest or linear was needed, got cubic");
        return resized(x, scaledMaps(x, node.numbers(1)), early(attributes.mode));
      }
      const axes = (attributes.axes ?? x.shape.map((_, axis) => axis)).map((axis) =>
        normalizeAxis("axes", axis, x.rank),
      );
      const list = (k: number) => (node.optional(k, true) === undefined ? undefined : node.numbers(k));
      const [roi, scales, sizes] = [list(1), list(2), list(3)];
      const wanted = scales ?? sizes;
      if (wanted === undefined || (scales !== undefined && sizes !== undefined) || wanted.length !== axes.length) {
        throw new RangeError(`scales or sizes, one for each of ${axes.length} axes, were needed, got [${wanted}]`);
      }
      const crops = attributes.coordinate_transformation_mode === "tf_crop_and_resize";
      if (crops && roi?.length !== 2 * axes.length) throw new RangeError(`roi needs ${2 * axes.length} numbers`);
      const policy = attributes.keep_aspect_ratio_policy;
      const ratios = axes.map((axis, k) => scales?.[k] ?? wanted[k] / x.shape[axis]);
      const common = policy === "not_larger" ? Math.min(...ratios) : Math.max(...ratios);
      const keepsRatio = policy !== "stretch" && scales === undefined;
      const maps = axes.map((axis, k): [number, AxisMap] => {
        const from = x.shape[axis];
        const scale = keepsRatio ? common : ratios[k];
        const to = keepsRatio
          ? Math.floor(scale * from + 0.5)
          : scales === undefined
            ? wanted[k]
            : Math.floor(from * scale);
        const [start, end] = crops && roi ? [roi[k], roi[k + axes.length]] : [0, 1];
        return [axis, { from, to, scale, start, end }];
      });
      return resized(x, new Map(maps), {
        mode: attributes.mode,
        coordinates: attributes.coordinate_transformation_mode,
        nearestMode: attributes.nearest_mode,
        cubic: attributes.cubic_coeff_a,
        excludeOutside: attributes.exclude_outside,
        antialias: attributes.antialias,
        outside: crops ? attributes.extrapolation_value : 0,
      });
    },
    [1, 2, 3],
  ),
};
