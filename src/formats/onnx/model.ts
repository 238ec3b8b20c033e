/**
 * An ONNX model (https://onnx.ai/onnx/repo-docs/IR.html) as plain objects: what a program that builds, runs or
 * differentiates a graph needs of it. Doc strings, shapes of intermediate values and device annotations are not kept.
 */
export interface OnnxModel {
  /** Version of the format itself; onnx 1.16 writes 10. */
  irVersion: number;
  /** Domain -> version of its operators; "" is ai.onnx. */
  opsets: Map<string, number>;
  producerName: string;
  producerVersion: string;
  graph: OnnxGraph;
  /** The model's `metadata_props`. */
  metadata: Map<string, string>;
}

export interface OnnxGraph {
  name: string;
  inputs: OnnxValueInfo[];
  outputs: OnnxValueInfo[];
  /** Constants by name. One that is named as an input is that input's default. */
  initializers: Map<string, OnnxTensor>;
  /** In topological order: a node comes after those whose outputs it takes. */
  nodes: OnnxNode[];
}

export interface OnnxNode {
  /** May be "". */
  name: string;
  opType: string;
  /** "" is ai.onnx. */
  domain: string;
  /** Names of values; "" where an optional input is left out. */
  inputs: string[];
  outputs: string[];
  /** By name; readers give an object that inherits no member, so that any name, `__proto__` too, is an attribute or undefined. */
  attributes: Record<string, OnnxAttribute>;
}

/** Integers are 64 bits wide in the file: a number where it is a safe integer, else a bigint, so that none is changed. */
export type OnnxAttribute =
  | { kind: "float"; value: number }
  | { kind: "int"; value: number | bigint }
  | { kind: "string"; value: string }
  | { kind: "floats"; value: number[] }
  | { kind: "ints"; value: (number | bigint)[] }
  | { kind: "strings"; value: string[] }
  | { kind: "tensor"; value: OnnxTensor }
  | { kind: "graph"; value: OnnxGraph };

export interface OnnxValueInfo {
  name: string;
  type: OnnxTensorType;
  /** A string is a symbolic size, "" a size without a name; null where not even the number of dimensions is known. */
  shape: (number | string)[] | null;
}

export interface OnnxTensor {
  type: OnnxTensorType;
  /** Row-major; [] is a single value. */
  shape: number[];
  /** As many elements as the shape says, in the array of `tensorArrays[type]`. */
  data: OnnxTensorData;
}

export type OnnxTensorData =
  | Float32Array
  | Float64Array
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array
  | string[];

export type OnnxTensorType = keyof typeof tensorArrays;

/** The array that holds a type's elements: 0 or 1 for bool, bit patterns for float16 and bfloat16. */
export const tensorArrays = {
  float32: Float32Array,
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  string: Array,
  bool: Uint8Array,
  float16: Uint16Array,
  float64: Float64Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  bfloat16: Uint16Array,
} as const;

/** Number of elements of a shape; beyond 2^53 it is inexact, and then no safe integer. */
export function elementCount(shape: readonly number[]): number {
  return shape.includes(0) ? 0 : shape.reduce((product, size) => product * size, 1);
}
