import { checkShape, type DType, type Elements, elementArrays, type Shape, showShape, sizeOf } from "./types.js";

/**
 * A concrete tensor: elements in row-major order. What programs take and give; nothing is copied on the way in, so that
 * changing `data` while a program runs changes what it sees.
 */
export class NdArray<D extends DType = DType> {
  readonly dtype: D;
  readonly shape: Shape;
  readonly data: Elements[D];

  /** Throws RangeError where the number of elements is not that of the shape. */
  constructor(dtype: D, shape: Shape, data: Elements[D]) {
    checkKind("NdArray", dtype);
    checkShape("NdArray", shape);
    if (data.length !== sizeOf(shape)) {
      throw new RangeError(
        `NdArray: ${showShape(shape)} needs ${sizeOf(shape)} elements, got ${data.length} in a ${data.constructor.name}`,
      );
    }
    if (!(data instanceof elementArrays[dtype])) {
      throw new TypeError(`NdArray: ${dtype} lies in a ${elementArrays[dtype].name}, got a ${nameOf(data)}`);
    }
    if (dtype === "bool" && (data as Uint8Array).some((byte) => byte > 1)) {
      throw new RangeError("NdArray: the bytes of bool are 0 and 1, got one above");
    }
    this.dtype = dtype;
    this.shape = [...shape];
    this.data = data;
  }

  /** An array over elements that are not there yet, unchecked. */
  static over<D extends DType>(dtype: D, shape: Shape, data: Elements[D]): NdArray<D> {
    return Object.assign(Object.create(NdArray.prototype) as NdArray<D>, { dtype, shape, data });
  }

  get size(): number {
    return this.data.length;
  }

  /** The only element of an array with one element. Integers beyond 2^53 are refused. */
  item(): number {
    if (this.data.length !== 1) throw new RangeError(`item: one element was needed, got ${showShape(this.shape)}`);
    const value = Number(this.data[0]);
    if (this.dtype !== "float32" && !Number.isSafeInteger(value)) {
      throw new RangeError(`item: ${this.data[0]} is beyond the integers of a number`);
    }
    return value;
  }

  /** JavaScript's operators would silently make NaN of an array. */
  [Symbol.toPrimitive](): never {
    throw new TypeError("an array is no number: item() gives the element of one that has one, data those of any");
  }

  /** A copy with elements of its own. */
  copy(): NdArray<D> {
    return new NdArray(this.dtype, this.shape, this.data.slice() as Elements[D]);
  }
}

function checkKind(where: string, dtype: string): void {
  if (Object.hasOwn(elementArrays, dtype)) return;
  throw new RangeError(`${where}: dtype must be one of ${Object.keys(elementArrays).join(", ")}, got ${dtype}`);
}

function nameOf(value: unknown): string {
  return (value as object | null)?.constructor?.name ?? typeof value;
}

/** Numbers nested as deep as the array has axes. */
export type NestedNumbers = number | readonly NestedNumbers[];

/**
 * An array from nested numbers, `array([[1, 2], [3, 4]])`, or from flat ones with a shape. Throws RangeError where lists
 * of one level differ in length.
 */
export function array<D extends DType = "float32">(
  values: NestedNumbers | ArrayLike<number>,
  { dtype = "float32" as D, shape }: { dtype?: D; shape?: Shape } = {},
): NdArray<D> {
  checkKind("array", dtype);
  const found: number[] = [];
  const flat: number[] = [];
  const visit = (value: NestedNumbers | ArrayLike<number>, depth: number): void => {
    if (typeof value === "number" || typeof value === "boolean") {
      if (found.length > depth) throw new RangeError("array: some elements are numbers, others of the level are lists");
      flat.push(Number(value));
      return;
    }
    if (typeof value !== "object" || value === null || typeof value.length !== "number") {
      throw new TypeError(`array: a number or a list was needed, got ${String(value)}`);
    }
    if (found.length === depth && flat.length === 0) found.push(value.length);
    else if (found[depth] === undefined) {
      throw new RangeError("array: some elements are numbers, others of the level are lists");
    } else if (found[depth] !== value.length) {
      throw new RangeError(`array: lists of one level differ in length, ${found[depth]} and ${value.length}`);
    }
    for (const inner of Array.from(value as ArrayLike<NestedNumbers>)) visit(inner, depth + 1);
  };
  visit(values, 0);
  return new NdArray(dtype, shape ?? found, elementsFrom(dtype, flat));
}

/** Elements of a kind from numbers. Throws RangeError for a number that the kind does not hold. */
export function elementsFrom<D extends DType>(dtype: D, values: ArrayLike<number>): Elements[D] {
  if (dtype === "int32" || dtype === "int64") {
    const most = dtype === "int32" ? 2 ** 31 : 2 ** 53;
    for (let k = 0; k < values.length; k++) {
      const value = values[k];
      if (Number.isInteger(value) && value >= -most && value < most) continue;
      throw new RangeError(
        `array: ${dtype} takes integers from -2^${Math.log2(most)}, below 2^${Math.log2(most)}, got ${value}`,
      );
    }
  }
  if (dtype === "int64") return BigInt64Array.from(Array.from(values), BigInt) as Elements[D];
  if (dtype === "bool") return Uint8Array.from(values, (value) => (value !== 0 ? 1 : 0)) as Elements[D];
  return elementArrays[dtype as "float32" | "int32"].from(values) as Elements[D];
}

export function zeros<D extends DType = "float32">(shape: Shape, dtype: D = "float32" as D): NdArray<D> {
  checkKind("zeros", dtype);
  checkShape("zeros", shape);
  return new NdArray(dtype, shape, new elementArrays[dtype](sizeOf(shape)) as Elements[D]);
}
