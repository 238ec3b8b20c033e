/** Operators that move elements, and those that compute shapes. */
import { mostDimensions } from "../../formats/onnx/limits.js";
import { NdArray } from "../array.js";
import { known } from "../fold.js";
import { add, cast, equal, where } from "../ops/elementwise.js";
import { arange, gather, iota, tril, triu } from "../ops/indexing.js";
import { broadcastTo, concat, pad, reshape, slice, sliceAxis, tile, transpose } from "../ops/shape.js";
import { constant, type Tensor, tensor as tensorOf } from "../tensor.js";
import { broadcastShapes, checkShape, normalizeAxes, normalizeAxis, showShape, sizeOf } from "../types.js";
import {
  type AttributeSpecs,
  flag,
  float,
  floats,
  int,
  ints,
  maybe,
  type OperatorNode,
  type Operators,
  only,
  operator,
  tensor,
  word,
} from "./operator.js";
import { arrayOf, kindOf, typeNumbered } from "./stored.js";

/** Axes that came as an attribute until some version, and come as an input since. */
export function axesOf(node: OperatorNode<AttributeSpecs>, attribute: readonly number[] | undefined) {
  const axes = attribute ?? (node.optional(1) === undefined ? undefined : node.ints(1));
  if (axes === undefined || axes.length <= mostDimensions) return axes;
  throw new RangeError(`at most ${mostDimensions} axes were needed, got ${axes.length}`);
}

const integers = (values: readonly number[]): Tensor =>
  constant(new NdArray("int64", [values.length], BigInt64Array.from(values, BigInt)));

/** A size that may be 0 (as it was, but for allowzero) and one that may be -1 (what is left). */
function reshaped(x: Tensor, wanted: readonly number[], allowZero: boolean): Tensor {
  const shape = wanted.map((size, axis) => {
    if (size !== 0 || allowZero) return size;
    if (axis < x.rank) return x.shape[axis];
    throw new RangeError(`size 0 at axis ${axis} copies one that ${showShape(x.shape)} does not have`);
  });
  checkShape(
    "Reshape",
    shape.map((size) => (size === -1 ? 1 : size)),
  );
  if (shape.filter((size) => size === -1).length > 1) throw new RangeError(`one -1 at most, got ${showShape(shape)}`);
  return reshape(x, shape);
}

function squeezed(x: Tensor, axes: readonly number[] | undefined): Tensor {
  const dropped =
    axes === undefined ? x.shape.flatMap((size, axis) => (size === 1 ? [axis] : [])) : normalizeAxes("", axes, x.rank);
  const wrong = dropped.find((axis) => x.shape[axis] !== 1);
  if (wrong !== undefined) throw new RangeError(`axis ${wrong} of ${showShape(x.shape)} is not of size 1`);
  return reshape(
    x,
    x.shape.filter((_, axis) => !dropped.includes(axis)),
  );
}

function unsqueezed(x: Tensor, axes: readonly number[]): Tensor {
  const rank = x.rank + axes.length;
  const added = normalizeAxes("", axes, rank);
  const rest = [...x.shape];
  return reshape(
    x,
    Array.from({ length: rank }, (_, axis) => (added.includes(axis) ? 1 : (rest.shift() as number))),
  );
}

/** `axes` of x from `starts` to before `ends`, as NumPy's slices; a limit beyond the axis means its end. */
function sliced(
  x: Tensor,
  starts: readonly number[],
  ends: readonly number[],
  axes: readonly number[] = starts.map((_, k) => k),
  steps: readonly number[] = starts.map(() => 1),
): Tensor {
  if ([ends, axes, steps].some(({ length }) => length !== starts.length)) {
    throw new RangeError(`as many starts as ends, axes and steps were needed, got [${starts}], [${ends}], [${axes}]`);
  }
  const places = axes.map((axis) => normalizeAxis("Slice", axis, x.rank));
  if (new Set(places).size !== places.length) throw new RangeError(`each axis once was needed, got [${axes}]`);
  const spread = <T>(list: readonly T[], others: T) =>
    x.shape.map((_, axis) => (places.includes(axis) ? list[places.indexOf(axis)] : others));
  return slice(
    x,
    spread<number | undefined>(starts, undefined),
    spread<number | undefined>(ends, undefined),
    spread(steps, 1),
  );
}

type PadMode = "constant" | "reflect" | "edge" | "wrap";

/** Adds elements before and after the axes; negative counts cut. */
function padded(
  x: Tensor,
  mode: PadMode,
  pads: readonly number[],
  axes: readonly number[] | undefined,
  value: Tensor | number,
): Tensor {
  const places = axes?.map((axis) => normalizeAxis("Pad", axis, x.rank)) ?? x.shape.map((_, axis) => axis);
  if (pads.length !== 2 * places.length || new Set(places).size !== places.length) {
    throw new RangeError(`two counts for each of ${places.length} axes were needed, got [${pads}]`);
  }
  const counts = (offset: number) =>
    x.shape.map((_, axis) => {
      const place = places.indexOf(axis);
      return place < 0 ? 0 : pads[place + offset];
    });
  const [low, high] = [counts(0), counts(places.length)];
  const cut = slice(
    x,
    low.map((count) => Math.max(0, -count)),
    high.map((count, axis) => x.shape[axis] - Math.max(0, -count)),
  );
  const [before, after] = [low, high].map((list) => list.map((count) => Math.max(0, count)));
  if (mode !== "constant") return mirrored(cut, mode, before, after);
  if (typeof value === "number") return pad(cut, before, after, value);
  // The value is computed or trained: it stands where ones have been padded by zeros.
  const inside = equal(pad(broadcastTo(tensorOf(1, "int32"), cut.shape), before, after), 1);
  return where(inside, pad(cut, before, after), value);
}

/** A number where it is known. */
function padValue(x: Tensor): Tensor | number {
  if (x.size !== 1) throw new RangeError(`a single value around was needed, got ${showShape(x.shape)}`);
  return known(x)?.data[0] ?? reshape(x, []);
}

/** Elements around the edges from within, axis by axis. */
function mirrored(x: Tensor, mode: PadMode, low: readonly number[], high: readonly number[]): Tensor {
  let out = x;
  for (const [axis, size] of x.shape.entries()) {
    if (low[axis] === 0 && high[axis] === 0) continue;
    const length = low[axis] + size + high[axis];
    if (size === 0 || length > mostIndexed) {
      throw new RangeError(`axis ${axis} of ${showShape(x.shape)} cannot be padded to ${length} by mode ${mode}`);
    }
    const indices = Array.from({ length }, (_, k) => sourceIndex(mode, k - low[axis], size));
    out = gather(out, indices, axis);
  }
  return out;
}

/** Most elements of an axis that are listed one by one. */
const mostIndexed = 2 ** 20;

function sourceIndex(mode: PadMode, index: number, size: number): number {
  if (mode === "edge") return Math.min(Math.max(index, 0), size - 1);
  const modulo = (value: number, by: number) => ((value % by) + by) % by;
  if (mode === "wrap") return modulo(index, size);
  if (size === 1) return 0;
  const folded = modulo(index, 2 * (size - 1));
  return folded < size ? folded : 2 * (size - 1) - folded;
}

/** Sizes of the parts of an axis: given, or equal but for a smaller last one. */
function partSizes(size: number, given: readonly number[] | undefined, count: number): readonly number[] {
  if (given !== undefined) {
    const total = given.reduce((sum, part) => sum + part, 0);
    if (given.length === count && total === size && given.every((part) => part >= 0)) return given;
    throw new RangeError(`${count} sizes that add up to ${size} were needed, got [${given}]`);
  }
  const part = Math.ceil(size / count);
  return Array.from({ length: count }, (_, k) => Math.max(0, Math.min(part, size - k * part)));
}

function blocks({ shape }: Tensor, blockSize: number): [number, number, number, number] {
  if (shape.length !== 4 || blockSize < 1) {
    throw new RangeError(`[N, C, H, W] and a block size >= 1 were needed, got ${showShape(shape)} and ${blockSize}`);
  }
  return [shape[0], shape[1], shape[2], shape[3]];
}

/** [N, C, H, W] -> [N, C / b^2, H b, W b]. */
function depthToSpace(x: Tensor, b: number, mode: "DCR" | "CRD"): Tensor {
  const [n, c, h, w] = blocks(x, b);
  const depth = c / (b * b);
  if (!Number.isInteger(depth)) throw new RangeError(`${c} channels do not divide into blocks of ${b} x ${b}`);
  const apart =
    mode === "DCR"
      ? transpose(reshape(x, [n, b, b, depth, h, w]), [0, 3, 4, 1, 5, 2])
      : transpose(reshape(x, [n, depth, b, b, h, w]), [0, 1, 4, 2, 5, 3]);
  return reshape(apart, [n, depth, h * b, w * b]);
}

/** [N, C, H, W] -> [N, C b^2, H / b, W / b]. */
function spaceToDepth(x: Tensor, b: number, mode: "DCR" | "CRD"): Tensor {
  const [n, c, h, w] = blocks(x, b);
  if (h % b !== 0 || w % b !== 0)
    throw new RangeError(`${showShape(x.shape)} does not divide into blocks of ${b} x ${b}`);
  const apart = reshape(x, [n, c, h / b, b, w / b, b]);
  return reshape(transpose(apart, mode === "DCR" ? [0, 3, 5, 1, 2, 4] : [0, 1, 3, 5, 2, 4]), [
    n,
    c * b * b,
    h / b,
    w / b,
  ]);
}

/** The values of `value` (one element) repeated to a shape. */
function filled(value: NdArray, shape: readonly number[]): Tensor {
  if (value.size !== 1) throw new RangeError(`one value was needed, got ${showShape(value.shape)}`);
  checkShape("ConstantOfShape", shape);
  return broadcastTo(reshape(constant(value), []), shape);
}

/** Ones on the diagonal k, in the type of `type` or as another input. */
function eye([rows, columns]: readonly number[], k: number, dtype: Tensor["dtype"]): Tensor {
  const row = add(reshape(iota(rows), [rows, 1]), k);
  return cast(equal(row, iota(columns)), dtype);
}

const constantAttributes = {
  value: maybe(tensor()),
  value_float: maybe(float()),
  value_floats: maybe(floats()),
  value_int: maybe(int()),
  value_ints: maybe(ints()),
};

export const shapes: Operators = {
  Constant: operator(0, constantAttributes, ({ attributes }) => {
    const { value, value_float, value_floats, value_int, value_ints } = attributes;
    if (value !== undefined) return constant(arrayOf(value));
    if (value_int !== undefined) return tensorOf(value_int, "int64");
    if (value_ints !== undefined) return integers(value_ints);
    if (value_float !== undefined) return tensorOf(value_float);
    if (value_floats !== undefined) {
      return constant(new NdArray("float32", [value_floats.length], Float32Array.from(value_floats)));
    }
    throw new RangeError("a value was needed, there is none");
  }),
  ConstantOfShape: operator(
    1,
    { value: maybe(tensor()) },
    (node) => {
      const { value } = node.attributes;
      const array = value === undefined ? new NdArray("float32", [], new Float32Array(1)) : arrayOf(value);
      return filled(array, node.ints(0));
    },
    [0],
  ),
  Identity: operator(1, {}, (node) => node.input(0)),
  Reshape: operator(
    2,
    { allowzero: flag(false) },
    (node) => reshaped(node.input(0), node.ints(1), node.attributes.allowzero),
    [1],
  ),
  Flatten: operator(1, { axis: int(1) }, (node) => {
    const x = node.input(0);
    const { axis } = node.attributes;
    const first = axis === x.rank ? axis : normalizeAxis("Flatten", axis, x.rank);
    return reshape(x, [sizeOf(x.shape.slice(0, first)), sizeOf(x.shape.slice(first))]);
  }),
  Transpose: operator(1, { perm: maybe(ints()) }, (node) => {
    const x = node.input(0);
    return transpose(x, node.attributes.perm ?? x.shape.map((_, axis) => x.rank - 1 - axis));
  }),
  Squeeze: operator(
    [1, 2],
    { axes: maybe(ints()) },
    (node) => squeezed(node.input(0), axesOf(node, node.attributes.axes)),
    [1],
  ),
  Unsqueeze: operator(
    [1, 2],
    { axes: maybe(ints()) },
    (node) => {
      const axes = axesOf(node, node.attributes.axes);
      if (axes === undefined) throw new RangeError("axes were needed, there are none");
      return unsqueezed(node.input(0), axes);
    },
    [1],
  ),
  Concat: operator([1, Infinity], { axis: int() }, (node) => concat(node.all(), node.attributes.axis)),
  Split: operator(
    [1, 2],
    { axis: int(0), split: maybe(ints()), num_outputs: maybe(int()) },
    (node) => {
      const x = node.input(0);
      const axis = normalizeAxis("Split", node.attributes.axis, x.rank);
      const { num_outputs = node.outputs.length } = node.attributes;
      if (num_outputs !== node.outputs.length) {
        throw new RangeError(`${num_outputs} outputs were needed, there are ${node.outputs.length}`);
      }
      const given = node.attributes.split ?? (node.optional(1) === undefined ? undefined : node.ints(1));
      let end = 0;
      return partSizes(x.shape[axis], given, num_outputs).map((size) => {
        end += size;
        return sliceAxis(x, axis, end - size, end);
      });
    },
    [1],
  ),
  Slice: operator(
    [1, 5],
    { starts: maybe(ints()), ends: maybe(ints()), axes: maybe(ints()) },
    (node) => {
      const { starts, ends, axes } = node.attributes;
      const list = (k: number) => (node.optional(k) === undefined ? undefined : node.ints(k));
      return sliced(node.input(0), starts ?? node.ints(1), ends ?? node.ints(2), axes ?? list(3), list(4));
    },
    [1, 2, 3, 4],
  ),
  Pad: operator(
    [1, 4],
    { mode: word("constant", "reflect", "edge", "wrap"), pads: maybe(ints()), value: maybe(float()) },
    (node) => {
      const { mode, pads, value } = node.attributes;
      const given = node.optional(2, true);
      const axes = node.optional(3) === undefined ? undefined : node.ints(3);
      return padded(node.input(0), mode, pads ?? node.ints(1), axes, value ?? (given && padValue(given)) ?? 0);
    },
    [1, 3],
  ),
  Expand: operator(
    2,
    {},
    (node) => {
      const shape = node.ints(1);
      checkShape("Expand", shape);
      return broadcastTo(node.input(0), broadcastShapes("Expand", node.input(0).shape, shape));
    },
    [1],
  ),
  Tile: operator(
    2,
    {},
    (node) => {
      const counts = node.ints(1);
      checkShape("Tile", counts);
      return tile(node.input(0), counts);
    },
    [1],
  ),
  Shape: operator(1, { start: int(0), end: maybe(int()) }, (node) =>
    integers(node.input(0).shape.slice(node.attributes.start, node.attributes.end)),
  ),
  Size: operator(1, {}, (node) => tensorOf(node.input(0).size, "int64")),
  Range: operator(
    3,
    { stash_type: only(1) },
    (node) => {
      const [start, limit, delta] = [node.number(0), node.number(1), node.number(2)];
      const size = Math.max(0, Math.ceil((limit - start) / delta));
      checkShape("Range", [size]);
      return arange(start, start + size * delta, delta, node.input(0).dtype);
    },
    [0, 1, 2],
  ),
  EyeLike: operator(1, { k: int(0), dtype: maybe(int()) }, (node) => {
    const x = node.input(0);
    if (x.rank !== 2) throw new RangeError(`a matrix was needed, got ${showShape(x.shape)}`);
    const { dtype } = node.attributes;
    return eye(x.shape, node.attributes.k, dtype === undefined ? x.dtype : kindOf(typeNumbered(dtype)));
  }),
  Trilu: operator(
    [1, 2],
    { upper: flag(true) },
    (node) => {
      const diagonal = node.optional(1) === undefined ? 0 : node.number(1);
      const x = node.input(0);
      const kept = x.dtype === "bool" ? cast(x, "int32") : x;
      const part = node.attributes.upper ? triu(kept, diagonal) : tril(kept, diagonal);
      return x.dtype === "bool" ? cast(part, "bool") : part;
    },
    [1],
  ),
  DepthToSpace: operator(1, { blocksize: int(), mode: word("DCR", "CRD") }, (node) =>
    depthToSpace(node.input(0), node.attributes.blocksize, node.attributes.mode),
  ),
  SpaceToDepth: operator(1, { blocksize: int(), mode: word("DCR", "CRD") }, (node) =>
    spaceToDepth(node.input(0), node.attributes.blocksize, node.attributes.mode),
  ),
  CenterCropPad: operator(
    2,
    { axes: maybe(ints()) },
    (node) => {
      const x = node.input(0);
      const wanted = node.ints(1);
      const axes = node.attributes.axes ?? x.shape.map((_, axis) => axis);
      const more = axes.map((axis, k) => wanted[k] - x.shape[normalizeAxis("CenterCropPad", axis, x.rank)]);
      const low = more.map((count) => Math.trunc(count / 2)); // the odd element goes behind
      return padded(x, "constant", [...low, ...more.map((count, k) => count - low[k])], axes, 0);
    },
    [1],
  ),
};
