import { createAtomic } from "../../io/atomic.js";
import {
  AttributeProto,
  attributeTypes,
  DimensionProto,
  dataTypes,
  GraphProto,
  ModelProto,
  NodeProto,
  OperatorSetIdProto,
  StringStringEntryProto,
  TensorProto,
  TensorShapeProto,
  TensorTypeProto,
  TypeProto,
  ValueInfoProto,
} from "./fields.js";
import { nodeLabel, orderGraph } from "./graph-order.js";
import {
  elementCount,
  type OnnxAttribute,
  type OnnxGraph,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  type OnnxTensorType,
  type OnnxValueInfo,
  tensorArrays,
} from "./model.js";
import { WireWriter } from "./wire-writer.js";

const dataTypeNumbers = new Map<string, number>(
  dataTypes
    .map((type, number): [string, number] => [type, number])
    .filter(([type]) => Object.hasOwn(tensorArrays, type)),
);

/** Field and AttributeType of each kind of attribute. */
const attributeFields = {
  float: valueField("f"),
  int: valueField("i"),
  string: valueField("s"),
  floats: valueField("floats"),
  ints: valueField("ints"),
  strings: valueField("strings"),
  tensor: valueField("t"),
  graph: valueField("g"),
} satisfies Record<OnnxAttribute["kind"], { field: number; type: number }>;

function valueField(name: NonNullable<(typeof attributeTypes)[number]>): { field: number; type: number } {
  return { field: AttributeProto[name], type: attributeTypes.indexOf(name) };
}

/**
 * The bytes of an ONNX file, in the order in which ONNX's own programs write them; numbers of tensors as raw_data. Each
 * tensor's data must be as long as its shape says, and every number must fit its field, else RangeError. Whether the
 * graph is sound (`orderGraph`) is left to who reads it, since this is on the way of every program that is compiled.
 */
export function encodeOnnx(model: OnnxModel): Uint8Array {
  const wire = encode(model);
  const bytes = new Uint8Array(wire.length);
  let at = 0;
  for (const piece of wire.pieces()) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/**
 * Writes an ONNX file atomically, large tensors without a copy. Throws RangeError where `readOnnx` would refuse the
 * model: as `encodeOnnx`, and where the graph is not sound or its nodes are not in topological order.
 */
export async function writeOnnx(path: string, model: OnnxModel): Promise<void> {
  orderGraph(model.graph, (_, message) => new RangeError(`writeOnnx: ${path}: ${message}`), false);
  const wire = encode(model);
  const file = await createAtomic(path);
  try {
    for (const piece of wire.pieces()) await file.write(piece);
    await file.commit();
  } finally {
    await file.discard();
  }
}

function encode(model: OnnxModel): WireWriter {
  const wire = new WireWriter();
  writeSize(wire, ModelProto.ir_version, model.irVersion, () => "irVersion");
  writeText(wire, ModelProto.producer_name, model.producerName);
  writeText(wire, ModelProto.producer_version, model.producerVersion);
  wire.open(ModelProto.graph);
  writeGraph(wire, model.graph);
  wire.close();
  for (const [domain, version] of model.opsets) {
    wire.open(ModelProto.opset_import);
    wire.string(OperatorSetIdProto.domain, domain);
    writeSize(wire, OperatorSetIdProto.version, version, () => `the operator set ${JSON.stringify(domain)}`);
    wire.close();
  }
  for (const [key, value] of model.metadata) {
    wire.open(ModelProto.metadata_props);
    wire.string(StringStringEntryProto.key, key);
    wire.string(StringStringEntryProto.value, value);
    wire.close();
  }
  return wire;
}

function writeGraph(wire: WireWriter, graph: OnnxGraph): void {
  for (const node of graph.nodes) {
    wire.open(GraphProto.node);
    writeNode(wire, node);
    wire.close();
  }
  writeText(wire, GraphProto.name, graph.name);
  for (const [name, tensor] of graph.initializers) {
    wire.open(GraphProto.initializer);
    writeTensor(wire, name, tensor, () => `initializer ${JSON.stringify(name)}`);
    wire.close();
  }
  for (const input of graph.inputs) writeValueInfo(wire, GraphProto.input, input);
  for (const output of graph.outputs) writeValueInfo(wire, GraphProto.output, output);
}

function writeNode(wire: WireWriter, node: OnnxNode): void {
  for (const name of node.inputs) wire.string(NodeProto.input, name);
  for (const name of node.outputs) wire.string(NodeProto.output, name);
  writeText(wire, NodeProto.name, node.name);
  wire.string(NodeProto.op_type, node.opType);
  for (const name of Object.keys(node.attributes)) {
    wire.open(NodeProto.attribute);
    writeAttribute(wire, node, name, node.attributes[name]);
    wire.close();
  }
  writeText(wire, NodeProto.domain, node.domain);
}

function writeAttribute(wire: WireWriter, node: OnnxNode, name: string, attribute: OnnxAttribute): void {
  const label = () => `attribute ${JSON.stringify(name)} of ${nodeLabel(node)}`;
  if (!Object.hasOwn(attributeFields, attribute.kind)) {
    const kinds = Object.keys(attributeFields).join(", ");
    throw new RangeError(`encodeOnnx: ${label()} must be one of ${kinds}, got ${JSON.stringify(attribute.kind)}`);
  }
  const { field, type } = attributeFields[attribute.kind];
  wire.string(AttributeProto.name, name);
  switch (attribute.kind) {
    case "float":
      writeFloat(wire, field, attribute.value, label);
      break;
    case "int":
      writeInt(wire, field, attribute.value, label);
      break;
    case "string":
      wire.string(field, attribute.value);
      break;
    case "floats":
      for (const value of attribute.value) writeFloat(wire, field, value, label);
      break;
    case "ints":
      for (const value of attribute.value) writeInt(wire, field, value, label);
      break;
    case "strings":
      for (const value of attribute.value) wire.string(field, value);
      break;
    case "tensor":
      wire.open(field);
      writeTensor(wire, "", attribute.value, label);
      wire.close();
      break;
    case "graph":
      wire.open(field);
      writeGraph(wire, attribute.value);
      wire.close();
      break;
  }
  wire.int(AttributeProto.type, type);
}

function writeTensor(wire: WireWriter, name: string, { type, shape, data }: OnnxTensor, label: () => string): void {
  const dataType = dataTypeOf(type, label);
  for (const size of shape) writeSize(wire, TensorProto.dims, size, label);
  wire.int(TensorProto.data_type, dataType);
  const needed = elementCount(shape);
  if (!(data instanceof tensorArrays[type]) || data.length !== needed) {
    const array = `${needed} elements in a ${tensorArrays[type].name}`;
    const got =
      ArrayBuffer.isView(data) || Array.isArray(data) ? `${data.length} in a ${data.constructor.name}` : typeof data;
    throw new RangeError(`encodeOnnx: ${label()}: ${type} [${shape.join(", ")}] needs ${array}, got ${got}`);
  }
  if (Array.isArray(data)) for (const text of data) wire.string(TensorProto.string_data, text);
  writeText(wire, TensorProto.name, name);
  if (!Array.isArray(data)) {
    wire.bytes(TensorProto.raw_data, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
}

function writeValueInfo(wire: WireWriter, field: number, { name, type, shape }: OnnxValueInfo): void {
  const label = () => `the type of ${JSON.stringify(name)}`;
  wire.open(field);
  wire.string(ValueInfoProto.name, name);
  wire.open(ValueInfoProto.type);
  wire.open(TypeProto.tensor_type);
  wire.int(TensorTypeProto.elem_type, dataTypeOf(type, label));
  if (shape !== null) {
    wire.open(TensorTypeProto.shape);
    for (const size of shape) {
      wire.open(TensorShapeProto.dim);
      if (typeof size !== "string") writeSize(wire, DimensionProto.dim_value, size, label);
      else writeText(wire, DimensionProto.dim_param, size);
      wire.close();
    }
    wire.close();
  }
  wire.close();
  wire.close();
  wire.close();
}

/** Text that is left out where it is empty. */
function writeText(wire: WireWriter, field: number, text: string): void {
  if (text !== "") wire.string(field, text);
}

function writeSize(wire: WireWriter, field: number, value: number, label: () => string): void {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`encodeOnnx: ${label()} needs an integer from 0 to 2^53 - 1, got ${value}`);
  }
  wire.int(field, value);
}

function writeInt(wire: WireWriter, field: number, value: number | bigint, label: () => string): void {
  const fits = typeof value === "bigint" ? BigInt.asIntN(64, value) === value : Number.isSafeInteger(value);
  if (!fits) throw new RangeError(`encodeOnnx: ${label()} must be an integer of 64 bits, got ${value}`);
  wire.int(field, value);
}

function writeFloat(wire: WireWriter, field: number, value: number, label: () => string): void {
  if (typeof value !== "number" || (Number.isFinite(value) && !Number.isFinite(Math.fround(value)))) {
    throw new RangeError(`encodeOnnx: ${label()} must be a number within f32, got ${value}`);
  }
  wire.float(field, value);
}

function dataTypeOf(type: OnnxTensorType, label: () => string): number {
  const number = dataTypeNumbers.get(type);
  if (number !== undefined) return number;
  throw new RangeError(`encodeOnnx: ${label()} must be one of ${Object.keys(tensorArrays).join(", ")}, got ${type}`);
}
