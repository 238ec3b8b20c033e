/** Tensors of ONNX files as arrays of the kinds that our ops work on. */
import { dataTypes } from "../../formats/onnx/fields.js";
import type { OnnxTensor, OnnxTensorType } from "../../formats/onnx/model.js";
import { NdArray } from "../array.js";
import { type DType, type Elements, elementArrays } from "../types.js";

/** The kind in which each of ONNX's types is computed; null where there is none. */
const kinds: Record<OnnxTensorType, DType | null> = {
  float32: "float32",
  float64: "float32",
  float16: "float32",
  bfloat16: "float32",
  int64: "int64",
  uint64: "int64",
  uint32: "int64",
  int32: "int32",
  int16: "int32",
  int8: "int32",
  uint16: "int32",
  uint8: "int32",
  bool: "bool",
  string: null,
};

/** The kind in which a type is computed. Throws RangeError for strings. */
export function kindOf(type: OnnxTensorType): DType {
  const kind = kinds[type];
  if (kind === null) throw new RangeError(`numbers or booleans were needed, got ${type}`);
  return kind;
}

/** Whether a type is computed in another, so that results may differ from the model's own. */
export function isConverted(type: OnnxTensorType): boolean {
  return kinds[type] !== null && kinds[type] !== type;
}

/** The type with a number of TensorProto.DataType. Throws RangeError where our ops know none. */
export function typeNumbered(number: number): OnnxTensorType {
  const name = dataTypes[number];
  if (name !== undefined && Object.hasOwn(kinds, name)) return name as OnnxTensorType;
  throw new RangeError(`a type of elements that is computed was needed, got number ${number} (${name ?? "unknown"})`);
}

/**
 * A tensor as an array; float32, int32, int64 and bool are not copied. Throws RangeError where a value does not fit: a
 * float64 beyond float32, a uint64 beyond int64.
 */
export function arrayOf({ type, shape, data }: OnnxTensor): NdArray {
  const dtype = kindOf(type);
  if (type === dtype) return new NdArray(dtype, shape, data as Elements[typeof dtype]);
  return new NdArray(dtype, shape, converted(type, dtype, data));
}

function converted(type: OnnxTensorType, dtype: DType, data: OnnxTensor["data"]): Elements[DType] {
  if (type === "float16") return Float32Array.from(data as Uint16Array, float16Value);
  if (type === "bfloat16") {
    return new Float32Array(Uint32Array.from(data as Uint16Array, (bits) => bits << 16).buffer);
  }
  if (type === "float64") {
    const narrow = Float32Array.from(data as Float64Array);
    const lost = narrow.findIndex((value, k) => !Number.isFinite(value) && Number.isFinite(data[k]));
    if (lost >= 0) throw new RangeError(`a number within float32 was needed, got ${data[lost]}`);
    return narrow;
  }
  if (type === "uint64") {
    const large = (data as BigUint64Array).find((value) => value >= 2n ** 63n);
    if (large !== undefined) throw new RangeError(`an integer within int64 was needed, got ${large}`);
    return BigInt64Array.from(data as BigUint64Array);
  }
  if (dtype === "int64") return BigInt64Array.from(data as Uint32Array as unknown as number[], BigInt);
  return elementArrays[dtype as "int32"].from(data as Uint16Array);
}

/** The value of 16 bits in IEEE 754's half precision. */
function float16Value(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}
