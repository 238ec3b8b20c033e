/** Enlarging and reducing the spatial axes of [N, C, ...]: a linear map along each axis. */
import { wordOption } from "../../io/options.js";
import { NdArray } from "../array.js";
import type { Dense, Emitter, Op } from "../op.js";
import { apply, type Operand, type Tensor, tensor } from "../tensor.js";
import { type Shape, sameShape, showShape, sizeOf } from "../types.js";
import { requireKind } from "./elementwise.js";
import { matmul } from "./linear.js";
import { reshape } from "./shape.js";

export type ResizeMode = "nearest" | "linear";

type Resizing = Readonly<{
  /** Spatial sizes of the result. */
  sizes: readonly number[];
  mode: ResizeMode;
  alignCorners: boolean;
}>;

/** Which elements an element of the result is made of: (1 - share) x[first] + share x[second]. */
interface Source {
  first: number;
  second: number;
  share: number;
}

/** Where element `index` of `to` elements comes from among `from`, as in PyTorch's `interpolate`. */
function sourceOf(index: number, from: number, to: number, { mode, alignCorners }: Resizing): Source {
  if (mode === "nearest") {
    const first = Math.floor((index * from) / to);
    return { first, second: first, share: 0 };
  }
  const corners = to === 1 ? 0 : (index * (from - 1)) / (to - 1);
  const centers = Math.min(Math.max(((index + 0.5) * from) / to - 0.5, 0), from - 1);
  const at = alignCorners ? corners : centers;
  const first = Math.floor(at);
  return { first, second: Math.min(first + 1, from - 1), share: at - first };
}

const resizeOp: Op<Resizing> = {
  name: "resize",
  shape: ([x], { sizes }) => {
    requireKind("resize", x, ["float32"]);
    return [{ dtype: "float32", shape: [...x.shape.slice(0, 2), ...sizes] }];
  },
  text: ({ sizes, mode, alignCorners }) => `sizes=[${sizes}], ${mode}${alignCorners ? ", alignCorners" : ""}`,
  onnx: (emit, { inputs: [x], attributes }, [name]) =>
    attributes.mode === "nearest"
      ? nearestForm(emit, x.shape, attributes, name)
      : linearForm(emit, x.shape, attributes, name),
  grad: ({ inputs: [x], attributes }, d) => [
    attributes.sizes.reduce(
      (sum: Tensor, size, axis) => mapAxis(sum, axis + 2, sharesOf(x.shape[axis + 2], size, attributes)),
      d,
    ),
  ],
  evaluate: ([x], attributes) => [
    attributes.sizes.reduce((part: Dense, size, axis) => resizeDense(part, axis + 2, size, attributes), x),
  ],
};

/** [from, to]: how much of each element is in each element of the result. */
function sharesOf(from: number, to: number, attributes: Resizing): NdArray<"float32"> {
  const shares = new Float32Array(from * to);
  for (let k = 0; k < to; k++) {
    const { first, second, share } = sourceOf(k, from, to, attributes);
    shares[first * to + k] += 1 - share;
    shares[second * to + k] += share;
  }
  return new NdArray("float32", [from, to], shares);
}

function resizeDense(x: Dense, axis: number, to: number, attributes: Resizing): Dense {
  const from = x.shape[axis];
  const inner = sizeOf(x.shape.slice(axis + 1));
  const outer = sizeOf(x.shape.slice(0, axis));
  const data = new Float64Array(outer * to * inner);
  for (let o = 0; o < outer; o++) {
    for (let k = 0; k < to; k++) {
      const { first, second, share } = sourceOf(k, from, to, attributes);
      for (let i = 0; i < inner; i++) {
        const [a, b] = [x.data[(o * from + first) * inner + i], x.data[(o * from + second) * inner + i]];
        data[(o * to + k) * inner + i] = share === 0 ? a : (1 - share) * a + share * b;
      }
    }
  }
  return { shape: x.shape.map((size, k) => (k === axis ? to : size)), data };
}

/** A multiple of the size is exact in ONNX's arithmetic; other positions would be rounded, so they are listed. */
function nearestForm(emit: Emitter, shape: Shape, attributes: Resizing, name: string): string[] {
  const { sizes } = attributes;
  const from = shape.slice(2);
  if (sizes.every((to, axis) => to % from[axis] === 0)) {
    return emit.node("Resize", [name, "", "", emit.ints([...shape.slice(0, 2), ...sizes])], {
      mode: "nearest",
      nearest_mode: "floor",
      coordinate_transformation_mode: "asymmetric",
    });
  }
  let part = name;
  for (const [axis, to] of sizes.entries()) {
    if (to === from[axis]) continue;
    const sources = Array.from({ length: to }, (_, k) => sourceOf(k, from[axis], to, attributes).first);
    [part] = emit.node("Gather", [part, emit.ints(sources)], { axis: axis + 2 });
  }
  return [part];
}

/** ONNX Runtime resizes two or three axes linearly, so one axis gets another beside it. */
function linearForm(emit: Emitter, shape: Shape, { sizes, alignCorners }: Resizing, name: string): string[] {
  const attributes = {
    mode: "linear",
    coordinate_transformation_mode: alignCorners ? "align_corners" : "half_pixel",
  };
  const [samples, channels, ...from] = shape;
  const lead = [samples, channels];
  if (sizes.length > 1) return emit.node("Resize", [name, "", "", emit.ints([...lead, ...sizes])], attributes);
  const [flat] = emit.node("Reshape", [name, emit.ints([...lead, 1, ...from])]);
  const [resized] = emit.node("Resize", [flat, "", "", emit.ints([...lead, 1, ...sizes])], attributes);
  return emit.node("Reshape", [resized, emit.ints([...lead, ...sizes])]);
}

export const ops = [resizeOp] as unknown as readonly Op[];

export interface ResizeOptions {
  /**
   * `nearest` (the default) repeats or drops elements: element i comes from floor(i from / to); `linear` mixes the two
   * neighbors along each axis (bilinear in pictures).
   */
  mode?: ResizeMode;
  /**
   * Only of `linear`: whether the first and last elements keep their places (true), or elements are cells whose edges do
   * (false, the default, as in PyTorch; also called half pixel). Nothing is smoothed where the size is reduced.
   */
  alignCorners?: boolean;
}

/**
 * x [N, C, ...] with other spatial sizes, as PyTorch's `interpolate`. Throws RangeError unless there is a size >= 1 for each
 * of one to three spatial axes.
 */
export function resize(
  x: Operand,
  sizes: readonly number[],
  { mode = "nearest", alignCorners = false }: ResizeOptions = {},
): Tensor {
  const operand = tensor(x);
  const from = operand.shape.slice(2);
  wordOption("resize", "mode", mode, ["nearest", "linear"]);
  if (alignCorners && mode === "nearest") throw new RangeError("resize: alignCorners is an option of linear");
  if (operand.rank < 3 || operand.rank > 5) {
    throw new RangeError(
      `resize: [N, C, ...] with one to three spatial axes was needed, got ${showShape(operand.shape)}`,
    );
  }
  const fits = sizes.length === from.length && sizes.every((size) => Number.isSafeInteger(size) && size >= 1);
  if (!fits) {
    throw new RangeError(
      `resize: sizes must be ${from.length} integers >= 1 for ${showShape(operand.shape)}, got ${showShape(sizes)}`,
    );
  }
  if (from.includes(0)) throw new RangeError(`resize: there is nothing to resize in ${showShape(operand.shape)}`);
  return sameShape(from, sizes) ? operand : apply(resizeOp, [operand], { sizes: [...sizes], mode, alignCorners });
}

/** Multiplies an axis by a constant matrix [J, I]: [..., I, ...] -> [..., J, ...]. */
export function mapAxis(x: Tensor, axis: number, matrix: NdArray<"float32">): Tensor {
  const [to, from] = matrix.shape;
  const outer = x.shape.slice(0, axis);
  const inner = x.shape.slice(axis + 1);
  const shape = [...outer, to, ...inner];
  if (sizeOf(inner) === 1) return reshape(matmul(reshape(x, [sizeOf(outer), from]), transposed(matrix)), shape);
  return reshape(matmul(matrix, reshape(x, [sizeOf(outer), from, sizeOf(inner)])), shape);
}

function transposed({ shape: [rows, columns], data }: NdArray<"float32">): NdArray<"float32"> {
  const swapped = data.map((_, k) => data[(k % rows) * columns + Math.floor(k / rows)]);
  return new NdArray("float32", [columns, rows], swapped);
}
