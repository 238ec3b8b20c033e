/**
 * Field numbers of the messages that are read and written, from onnx-ml.proto of ONNX 1.23.2
 * (https://github.com/onnx/onnx, Copyright ONNX Project Contributors, SPDX-License-Identifier: Apache-2.0), in its order
 * and under its names. test/formats/onnx.test.ts compares them with the numbers that the onnx package states.
 */

export const ModelProto = {
  ir_version: 1,
  opset_import: 8,
  producer_name: 2,
  producer_version: 3,
  graph: 7,
  metadata_props: 14,
  training_info: 20,
  functions: 25,
} as const;

export const OperatorSetIdProto = { domain: 1, version: 2 } as const;

export const StringStringEntryProto = { key: 1, value: 2 } as const;

export const GraphProto = {
  node: 1,
  name: 2,
  initializer: 5,
  sparse_initializer: 15,
  input: 11,
  output: 12,
} as const;

export const NodeProto = {
  input: 1,
  output: 2,
  name: 3,
  op_type: 4,
  domain: 7,
  overload: 8,
  attribute: 5,
} as const;

export const AttributeProto = {
  name: 1,
  ref_attr_name: 21,
  type: 20,
  f: 2,
  i: 3,
  s: 4,
  t: 5,
  g: 6,
  sparse_tensor: 22,
  tp: 14,
  floats: 7,
  ints: 8,
  strings: 9,
  tensors: 10,
  graphs: 11,
  sparse_tensors: 23,
  type_protos: 15,
} as const;

/** The attribute's field of each AttributeType, by its number. */
export const attributeTypes = [
  undefined,
  "f",
  "i",
  "s",
  "t",
  "g",
  "floats",
  "ints",
  "strings",
  "tensors",
  "graphs",
  "sparse_tensor",
  "sparse_tensors",
  "tp",
  "type_protos",
] as const;

export const ValueInfoProto = { name: 1, type: 2 } as const;

export const TypeProto = {
  tensor_type: 1,
  sequence_type: 4,
  map_type: 5,
  optional_type: 9,
  sparse_tensor_type: 8,
  opaque_type: 7,
} as const;

/** TypeProto.Tensor. */
export const TensorTypeProto = { elem_type: 1, shape: 2 } as const;

export const TensorShapeProto = { dim: 1 } as const;

/** TensorShapeProto.Dimension. */
export const DimensionProto = { dim_value: 1, dim_param: 2 } as const;

export const TensorProto = {
  dims: 1,
  data_type: 2,
  segment: 3,
  float_data: 4,
  int32_data: 5,
  string_data: 6,
  int64_data: 7,
  name: 8,
  raw_data: 9,
  external_data: 13,
  data_location: 14,
  double_data: 10,
  uint64_data: 11,
} as const;

/** TensorProto.DataType by its number; those without an array here are refused by these names. */
export const dataTypes = [
  "undefined",
  "float32",
  "uint8",
  "int8",
  "uint16",
  "int16",
  "int32",
  "int64",
  "string",
  "bool",
  "float16",
  "float64",
  "uint32",
  "uint64",
  "complex64",
  "complex128",
  "bfloat16",
  "float8e4m3fn",
  "float8e4m3fnuz",
  "float8e5m2",
  "float8e5m2fnuz",
  "uint4",
  "int4",
  "float4e2m1",
  "float8e8m0",
  "uint2",
  "int2",
  "float6e2m3",
  "float6e3m2",
] as const;
