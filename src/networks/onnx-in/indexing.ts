/** Operators that pick elements by index and put them back. */
import { NdArray } from "../array.js";
import { known } from "../fold.js";
import { add, cast, equal, less, maximum, minimum, mul, sub, where } from "../ops/elementwise.js";
import { gather, iota, scatterAdd, takeAlongAxis, topK } from "../ops/indexing.js";
import { sum } from "../ops/reductions.js";
import { broadcastTo, expandDims, reshape, sliceAxis } from "../ops/shape.js";
import { constant, type Tensor, tensor } from "../tensor.js";
import { normalizeAxis, type Shape, sameShape, showShape, sizeOf, stridesOf } from "../types.js";
import { flag, int, maybe, type Operators, operator, requireKinds, word } from "./operator.js";

/** Indices from 0: those that count from the end are moved. */
function fromStart(indices: Tensor, size: number | Tensor): Tensor {
  return where(less(indices, 0), add(indices, size), indices);
}

const asInt64 = (x: Tensor): Tensor => (x.dtype === "int64" ? x : cast(x, "int64"));

/** One index into the flattened first axes of `shape` for each of the tuples that the last axis of `tuples` holds. */
function flatIndices(tuples: Tensor, shape: Shape): Tensor {
  requireKinds(tuples, "int64", "int32");
  const sizes = shape.map(BigInt);
  const strides = stridesOf(shape).map(BigInt);
  const list = (values: bigint[]) => constant(new NdArray("int64", [values.length], BigInt64Array.from(values)));
  return sum(mul(fromStart(asInt64(tuples), list(sizes)), list(strides)), -1);
}

/** Slices of x [batch.., sizes.., rest..] at tuples [batch.., .., t]: [batch.., .., rest..]. */
function gatherTuples(x: Tensor, tuples: Tensor, batchDims: number): Tensor {
  const width = tuples.shape[tuples.rank - 1] ?? 0;
  const batch = x.shape.slice(0, batchDims);
  const named = batchDims + width;
  if (tuples.rank <= batchDims || named > x.rank || width < 1 || !sameShape(batch, tuples.shape.slice(0, batchDims))) {
    throw new RangeError(
      `tuples of 1 to ${x.rank - batchDims} indices behind batch axes ${showShape(batch)} were needed, got ${showShape(tuples.shape)}`,
    );
  }
  const places = tuples.shape.slice(batchDims, -1);
  let flat = flatIndices(tuples, x.shape.slice(batchDims, named));
  if (batchDims > 0) {
    const block = sizeOf(x.shape.slice(batchDims, named));
    const first = reshape(mul(iota(sizeOf(batch)), block), [...batch, ...places.map(() => 1)]);
    flat = add(flat, first);
  }
  const rows = reshape(x, [sizeOf(x.shape.slice(0, named)), ...x.shape.slice(named)]);
  return gather(rows, flat);
}

type Reduction = "none" | "add" | "mul" | "max" | "min";

/**
 * Rows [R, ..] with updates [U, ..] put at indices [U], combined with what is there; `once` promises that no index is
 * named twice, which ONNX demands where updates replace.
 */
function scatterRows(rows: Tensor, indices: Tensor, updates: Tensor, reduction: Reduction): Tensor {
  requireKinds(updates, rows.dtype);
  if (rows.dtype !== "float32") {
    if (reduction !== "none" || rows.dtype === "bool") {
      throw new RangeError(`float32 was needed to combine by ${reduction}, got ${rows.dtype}`);
    }
  }
  const [size] = rows.shape;
  if (reduction === "add") return add(rows, scatterAdd(updates, indices, size));
  if (reduction === "none" && rows.dtype === "float32") {
    const named = scatterAdd(broadcastTo(tensor(1), indices.shape), indices, size);
    const untouched = reshape(equal(named, 0), [size, ...rows.shape.slice(1).map(() => 1)]);
    return where(untouched, rows, scatterAdd(updates, indices, size));
  }
  return combineRows(rows, indices, updates, reduction);
}

/** Every update against every row: for few updates. */
function combineRows(rows: Tensor, indices: Tensor, updates: Tensor, reduction: Reduction): Tensor {
  const [size] = rows.shape;
  const count = indices.size;
  if (count > mostUpdates || size * count * sizeOf(rows.shape.slice(1)) > mostCombined) {
    throw new RangeError(`${count} updates of ${showShape(rows.shape)} by ${reduction} are more than is done`);
  }
  const combine = { none: (_: Tensor, b: Tensor) => b, add, mul, max: maximum, min: minimum }[reduction];
  const places = iota(size, indices.dtype);
  let out = rows;
  for (let k = 0; k < count; k++) {
    const hit = reshape(equal(places, sliceAxis(indices, 0, k, k + 1)), [size, ...rows.shape.slice(1).map(() => 1)]);
    out = where(hit, combine(out, broadcastTo(sliceAxis(updates, 0, k, k + 1), rows.shape)), out);
  }
  return out;
}

/** Updates that are put in one by one, and elements that all of them look at. */
const mostUpdates = 4096;
const mostCombined = 2 ** 20;

/** The flattened index in `x` of each element that is named along an axis. */
function flatAlong(indices: Tensor, shape: Shape, axis: number): Tensor {
  const strides = stridesOf(shape);
  let flat = mul(fromStart(asInt64(indices), shape[axis]), strides[axis]);
  for (const [k, size] of indices.shape.entries()) {
    if (k === axis || size === 1) continue;
    const along = reshape(
      mul(iota(size), strides[k]),
      indices.shape.map((own, a) => (a === k ? own : 1)),
    );
    flat = add(flat, along);
  }
  return reshape(flat, [indices.size]);
}

function scatterElements(x: Tensor, indices: Tensor, updates: Tensor, axis: number, reduction: Reduction): Tensor {
  requireKinds(indices, "int64", "int32");
  const k = normalizeAxis("axis", axis, x.rank);
  const fits = indices.rank === x.rank && indices.shape.every((size, a) => a === k || size <= x.shape[a]);
  if (!fits || !sameShape(indices.shape, updates.shape)) {
    throw new RangeError(
      `an index for each update, within ${showShape(x.shape)}, was needed, got ${showShape(indices.shape)} for ${showShape(updates.shape)}`,
    );
  }
  const flat = flatAlong(indices, x.shape, k);
  return reshape(scatterRows(reshape(x, [x.size]), flat, reshape(updates, [updates.size]), reduction), x.shape);
}

function scatterTuples(x: Tensor, tuples: Tensor, updates: Tensor, reduction: Reduction): Tensor {
  const width = tuples.shape[tuples.rank - 1] ?? 0;
  const places = tuples.shape.slice(0, -1);
  const rest = x.shape.slice(width);
  if (width < 1 || width > x.rank || !sameShape(updates.shape, [...places, ...rest])) {
    throw new RangeError(
      `updates ${showShape([...places, ...rest])} were needed for indices ${showShape(tuples.shape)}, got ${showShape(updates.shape)}`,
    );
  }
  const flat = reshape(flatIndices(tuples, x.shape.slice(0, width)), [sizeOf(places)]);
  const rows = reshape(x, [sizeOf(x.shape.slice(0, width)), ...rest]);
  return reshape(scatterRows(rows, flat, reshape(updates, [sizeOf(places), ...rest]), reduction), x.shape);
}

/** Elements along an axis at indices whose other axes may be shorter than those of x. */
function gatherElements(x: Tensor, indices: Tensor, axis: number): Tensor {
  requireKinds(indices, "int64", "int32");
  const k = normalizeAxis("axis", axis, x.rank);
  if (indices.rank !== x.rank) {
    throw new RangeError(`as many axes were needed, got ${showShape(x.shape)} and indices ${showShape(indices.shape)}`);
  }
  let rows = x;
  for (const [a, size] of indices.shape.entries()) {
    if (a !== k && size < x.shape[a]) rows = sliceAxis(rows, a, 0, size);
  }
  return takeAlongAxis(rows, indices, k);
}

const reductionWord = word<Reduction>("none", "add", "mul", "max", "min");

/** Where elements are not 0, as columns; these must be known, since the shape depends on them. */
function nonZero(x: Tensor): Tensor {
  const value = known(x);
  if (value === undefined) throw new RangeError("elements that are known when the model is traced were needed");
  const strides = stridesOf(x.shape);
  const places: number[] = [];
  for (const [k, element] of value.data.entries()) if (element !== 0) places.push(k);
  const indices = strides.flatMap((stride, axis) =>
    places.map((place) => BigInt(Math.floor(place / stride) % x.shape[axis])),
  );
  return constant(new NdArray("int64", [x.rank, places.length], BigInt64Array.from(indices)));
}

export const indexing: Operators = {
  Gather: operator(2, { axis: int(0) }, (node) => gather(node.input(0), node.input(1), node.attributes.axis)),
  GatherElements: operator(2, { axis: int(0) }, (node) =>
    gatherElements(node.input(0), node.input(1), node.attributes.axis),
  ),
  GatherND: operator(2, { batch_dims: int(0) }, (node) =>
    gatherTuples(node.input(0), node.input(1), node.attributes.batch_dims),
  ),
  Scatter: operator(3, { axis: int(0) }, (node) =>
    scatterElements(node.input(0), node.input(1), node.input(2), node.attributes.axis, "none"),
  ),
  ScatterElements: operator(3, { axis: int(0), reduction: reductionWord }, (node) =>
    scatterElements(node.input(0), node.input(1), node.input(2), node.attributes.axis, node.attributes.reduction),
  ),
  ScatterND: operator(3, { reduction: reductionWord }, (node) =>
    scatterTuples(node.input(0), node.input(1), node.input(2), node.attributes.reduction),
  ),
  OneHot: operator(
    3,
    { axis: int(-1) },
    (node) => {
      const [given, values] = [node.input(0), node.input(2)];
      const depth = Math.trunc(node.number(1));
      const indices = given.dtype === "float32" ? cast(given, "int64") : given;
      const axis = normalizeAxis("axis", node.attributes.axis, indices.rank + 1);
      const places = reshape(
        iota(depth, indices.dtype),
        Array.from({ length: indices.rank + 1 }, (_, a) => (a === axis ? depth : 1)),
      );
      const hits = equal(expandDims(fromStart(indices, depth), axis), places);
      const value = (k: number) => reshape(sliceAxis(values, 0, k, k + 1), []);
      return where(hits, value(1), value(0));
    },
    [1],
  ),
  TopK: operator(
    [1, 2],
    { axis: int(-1), largest: flag(true), sorted: flag(true), k: maybe(int()) },
    (node) => {
      const { axis, largest, k } = node.attributes;
      const { values, indices } = topK(node.input(0), k ?? node.number(1), { axis, largest });
      return [values, indices];
    },
    [1],
  ),
  NonZero: operator(1, {}, (node) => nonZero(node.input(0)), [0]),
  Compress: operator(
    2,
    { axis: maybe(int()) },
    (node) => {
      const { axis } = node.attributes;
      const kept = node.numbers(1).flatMap((value, index) => (value !== 0 ? [index] : []));
      return axis === undefined ? gather(reshape(node.input(0), [-1]), kept) : gather(node.input(0), kept, axis);
    },
    [1],
  ),
  ReverseSequence: operator(2, { batch_axis: int(1), time_axis: int(0) }, (node) => {
    const x = node.input(0);
    const axes = [node.attributes.batch_axis, node.attributes.time_axis];
    const [batch, time] = axes.map((axis) => normalizeAxis("axis", axis, x.rank));
    const along = (axis: number, size: number) => x.shape.map((_, a) => (a === axis ? size : 1));
    const lengths = reshape(asInt64(node.input(1)), along(batch, x.shape[batch]));
    const step = reshape(iota(x.shape[time]), along(time, x.shape[time]));
    const source = where(less(step, lengths), sub(sub(lengths, 1), step), step);
    return takeAlongAxis(x, broadcastTo(source, x.shape), time);
  }),
};
