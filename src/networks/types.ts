/** Kinds of elements. A float is 32 bits wide when it runs, 64 in the reference interpreter. */
export type DType = "float32" | "int32" | "int64" | "bool";

/** Sizes of the axes, outermost first; `[]` is a scalar. */
export type Shape = readonly number[];

export interface TensorType {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** The typed arrays in which elements of each kind lie; bool is a byte, 0 or 1. */
export interface Elements {
  float32: Float32Array;
  int32: Int32Array;
  int64: BigInt64Array;
  bool: Uint8Array;
}
export type TypedElements = Elements[DType];

export const elementArrays = {
  float32: Float32Array,
  int32: Int32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
} as const;

/** Bytes of one element. */
export const elementBytes: Record<DType, number> = { float32: 4, int32: 4, int64: 8, bool: 1 };

/** Number of elements. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const dimension of shape) size *= dimension;
  return size;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dimension, axis) => dimension === b[axis]);
}

/** `[32, 100]`. */
export function showShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/** `float32[32, 100]`. */
export function showType({ dtype, shape }: TensorType): string {
  return `${dtype}${showShape(shape)}`;
}

/** Elements between neighbors along each axis of a row-major array. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return strides;
}

/**
 * The common shape of operands by NumPy's rule: aligned at the last axis, sizes are equal or one of them is 1.
 * Throws RangeError that names the operation and the shapes.
 */
export function broadcastShapes(where: string, ...shapes: Shape[]): number[] {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  const common = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    for (let k = 0; k < shape.length; k++) {
      const axis = rank - shape.length + k;
      if (shape[k] === common[axis] || shape[k] === 1) continue;
      if (common[axis] !== 1) {
        throw new RangeError(`${where}: shapes do not broadcast, ${shapes.map(showShape).join(" and ")}`);
      }
      common[axis] = shape[k];
    }
  }
  return common;
}

/** An axis from 0, where -1 is the last. */
export function normalizeAxis(where: string, axis: number, rank: number): number {
  if (Number.isInteger(axis) && axis >= -rank && axis < rank) return axis < 0 ? axis + rank : axis;
  throw new RangeError(`${where}: axis must be an integer from ${-rank} to ${rank - 1}, got ${axis}`);
}

/** Axes from 0, ascending, each once; all axes where undefined. */
export function normalizeAxes(where: string, axes: number | readonly number[] | undefined, rank: number): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, axis) => axis);
  const list = typeof axes === "number" ? [axes] : axes;
  const normal = list.map((axis) => normalizeAxis(where, axis, rank)).sort((a, b) => a - b);
  const repeated = normal.find((axis, k) => axis === normal[k - 1]);
  if (repeated !== undefined) throw new RangeError(`${where}: axis ${repeated} is named twice in [${list}]`);
  return normal;
}

/** Throws RangeError unless all sizes are integers >= 0 whose product can be counted. */
export function checkShape(where: string, shape: Shape): void {
  const wrong = shape.find((dimension) => !Number.isSafeInteger(dimension) || dimension < 0);
  if (wrong !== undefined) throw new RangeError(`${where}: sizes must be integers >= 0, got ${showShape(shape)}`);
  if (!Number.isSafeInteger(sizeOf(shape))) throw new RangeError(`${where}: ${showShape(shape)} has too many elements`);
}
