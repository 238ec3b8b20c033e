import type { ExternalTensor } from "./external-data.js";
import { readEntry } from "./external-range.js";
import {
  AttributeProto,
  attributeTypes,
  DimensionProto,
  GraphProto,
  ModelProto,
  NodeProto,
  OperatorSetIdProto,
  TensorShapeProto,
  TensorTypeProto,
  TypeProto,
  ValueInfoProto,
} from "./fields.js";
import { nodeLabel, orderGraph } from "./graph-order.js";
import { deepestGraph, longestName, longestText, mostDimensions, mostNodes } from "./limits.js";
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxTensorType, OnnxValueInfo } from "./model.js";
import { readTensor, typeOf } from "./tensor-reader.js";
import { WireReader, type WireSpan } from "./wire-reader.js";

const oldestVersion = 3;
const newestVersion = 14;

/** What an attribute of a field is; those without a kind are not read. */
const attributeKinds: Record<string, { kind: OnnxAttribute["kind"] } | { name: string }> = {
  f: { kind: "float" },
  i: { kind: "int" },
  s: { kind: "string" },
  t: { kind: "tensor" },
  g: { kind: "graph" },
  floats: { kind: "floats" },
  ints: { kind: "ints" },
  strings: { kind: "strings" },
  tensors: { name: "a list of tensors" },
  graphs: { name: "a list of graphs" },
  sparse_tensor: { name: "a sparse tensor" },
  sparse_tensors: { name: "a list of sparse tensors" },
  tp: { name: "a type" },
  type_protos: { name: "a list of types" },
};
const attributeFields: Record<string, number> = AttributeProto;
/** Names of the fields that hold a value, by number. */
const attributeFieldNames = new Map(Object.keys(attributeKinds).map((name) => [attributeFields[name], name]));

/** TypeProto's fields but that of tensors. */
const otherTypes = new Map<number, string>([
  [TypeProto.sequence_type, "a sequence"],
  [TypeProto.map_type, "a map"],
  [TypeProto.optional_type, "an optional value"],
  [TypeProto.sparse_tensor_type, "a sparse tensor"],
  [TypeProto.opaque_type, "an opaque value"],
]);

/**
 * The prototype of attributes: without members, as null would be, so that any name is an attribute's own; V8 keeps such
 * objects in a third of the bytes that those without prototype take.
 */
const bare = Object.freeze(Object.create(null));

/** Reads one model; what lies in other files is left to `external`. */
export class ModelReader {
  readonly #wire: WireReader;
  readonly #external: ExternalTensor[] = [];
  /** Byte offsets of a graph's nodes. */
  readonly #nodesAt = new Map<OnnxGraph, { graph: number; nodes: number[] }>();
  #nodes = 0;
  /** Names of the node being read; a list that grows by itself keeps room for 17. */
  readonly #inputs: string[] = [];
  readonly #outputs: string[] = [];

  constructor(bytes: Uint8Array<ArrayBuffer>, file: string) {
    this.#wire = new WireReader(bytes, file);
  }

  read(): { model: OnnxModel; external: ExternalTensor[] } {
    const model = this.#model();
    orderGraph(model.graph, (code, message, graph, node) => {
      const at = this.#nodesAt.get(graph);
      return this.#wire.error(code, message, node === undefined ? at?.graph : at?.nodes[node]);
    });
    return { model, external: this.#external };
  }

  #model(): OnnxModel {
    const wire = this.#wire;
    let met = 0;
    let irVersion: number | undefined;
    let graph: WireSpan | undefined;
    const model = { producerName: "", producerVersion: "" };
    const opsets = new Map<string, number>();
    const metadata = new Map<string, string>();
    while (wire.next()) {
      switch (wire.field) {
        case ModelProto.ir_version:
          met = wire.once(met);
          irVersion = wire.size("ir_version");
          break;
        case ModelProto.opset_import:
          this.#opset(opsets);
          break;
        case ModelProto.producer_name:
          met = wire.once(met);
          model.producerName = wire.text(longestName);
          break;
        case ModelProto.producer_version:
          met = wire.once(met);
          model.producerVersion = wire.text(longestName);
          break;
        case ModelProto.graph:
          met = wire.once(met);
          graph = wire.span();
          break;
        case ModelProto.metadata_props:
          this.#metadata(metadata);
          break;
        case ModelProto.functions:
          throw wire.error(
            "unsupported",
            `the model defines ${this.#nameWithin(1, "a function")}; inline its functions`,
          );
        case ModelProto.training_info:
          throw wire.error("unsupported", "the model holds a training algorithm (training_info), which is not read");
        default:
          wire.skip();
      }
    }
    if (irVersion === undefined) {
      throw wire.error("header", "the model has no ir_version; is this an ONNX file?", 0);
    }
    if (irVersion < oldestVersion || irVersion > newestVersion) {
      const message = `IR version ${irVersion}; ${oldestVersion} to ${newestVersion} are read`;
      throw wire.error("unsupported", message, 0);
    }
    if (graph === undefined) throw wire.error("header", "the model has no graph", 0);
    if (opsets.size === 0) throw wire.error("header", "the model imports no operator set", 0);
    const read = wire.visit(graph, "the graph", () => this.#graph(1, opsets));
    return { irVersion, opsets, ...model, graph: read, metadata };
  }

  #opset(opsets: Map<string, number>): void {
    const wire = this.#wire;
    const at = wire.fieldAt;
    const outer = wire.enter();
    let met = 0;
    let domain = "";
    let version: number | undefined;
    while (wire.next()) {
      if (wire.field === OperatorSetIdProto.domain) {
        met = wire.once(met);
        domain = domainOf(wire.text(longestName));
      } else if (wire.field === OperatorSetIdProto.version) {
        met = wire.once(met);
        version = wire.size("the version of an operator set");
      } else wire.skip();
    }
    wire.leave(outer);
    const label = `the operator set ${JSON.stringify(domain)}`;
    if (version === undefined) throw wire.error("header", `${label} has no version`, at);
    if (opsets.has(domain)) throw wire.error("duplicate", `${label} is imported twice`, at);
    opsets.set(domain, version);
  }

  #metadata(metadata: Map<string, string>): void {
    const at = this.#wire.fieldAt;
    const [key, value] = readEntry(this.#wire, longestText);
    if (metadata.has(key)) throw this.#wire.error("duplicate", `metadata key ${JSON.stringify(key)} stands twice`, at);
    metadata.set(key, value);
  }

  /** The graph that the reader has entered, to its end. */
  #graph(depth: number, opsets: Map<string, number>): OnnxGraph {
    const wire = this.#wire;
    const at = wire.fieldAt;
    if (depth > deepestGraph) throw wire.error("limit", `graphs lie more than ${deepestGraph} deep within each other`);
    let met = 0;
    const graph: OnnxGraph = { name: "", inputs: [], outputs: [], initializers: new Map(), nodes: [] };
    const nodesAt: number[] = [];
    while (wire.next()) {
      switch (wire.field) {
        case GraphProto.node:
          nodesAt.push(wire.fieldAt);
          graph.nodes.push(this.#node(depth, opsets));
          break;
        case GraphProto.name:
          met = wire.once(met);
          graph.name = wire.text(longestName);
          break;
        case GraphProto.initializer:
          this.#initializer(graph.initializers);
          break;
        case GraphProto.input:
          graph.inputs.push(this.#valueInfo("input"));
          break;
        case GraphProto.output:
          graph.outputs.push(this.#valueInfo("output"));
          break;
        case GraphProto.sparse_initializer:
          throw wire.error("unsupported", "the graph has a sparse initializer, which is not read");
        default:
          wire.skip();
      }
    }
    this.#nodesAt.set(graph, { graph: at, nodes: nodesAt });
    return graph;
  }

  #initializer(initializers: OnnxGraph["initializers"]): void {
    const wire = this.#wire;
    const at = wire.fieldAt;
    const outer = wire.enter();
    const { name, tensor, external: range } = readTensor(wire, "an initializer");
    wire.leave(outer);
    if (name === "") throw wire.error("header", "an initializer has no name", at);
    if (initializers.has(name)) {
      throw wire.error("duplicate", `the initializer ${JSON.stringify(name)} stands twice`, at);
    }
    initializers.set(name, tensor);
    if (range !== undefined) this.#external.push({ tensor, range });
  }

  #node(depth: number, opsets: Map<string, number>): OnnxNode {
    const wire = this.#wire;
    const at = wire.fieldAt;
    if (++this.#nodes > mostNodes) throw wire.error("limit", `more than ${mostNodes} nodes`);
    const outer = wire.enter();
    let met = 0;
    const node: OnnxNode = {
      name: "",
      opType: "",
      domain: "",
      inputs: [],
      outputs: [],
      attributes: Object.create(bare),
    };
    const inputs = this.#inputs;
    const outputs = this.#outputs;
    inputs.length = 0;
    outputs.length = 0;
    let attributes: WireSpan[] | undefined; // read last, when the node's name is known
    while (wire.next()) {
      switch (wire.field) {
        case NodeProto.input:
          inputs.push(wire.text(longestName));
          break;
        case NodeProto.output:
          outputs.push(wire.text(longestName));
          break;
        case NodeProto.name:
          met = wire.once(met);
          node.name = wire.text(longestName);
          break;
        case NodeProto.op_type:
          met = wire.once(met);
          node.opType = wire.text(longestName);
          break;
        case NodeProto.domain:
          met = wire.once(met);
          node.domain = domainOf(wire.text(longestName));
          break;
        case NodeProto.attribute:
          attributes ??= [];
          attributes.push(wire.span());
          break;
        case NodeProto.overload:
          if (wire.text(longestName) !== "") throw wire.error("unsupported", "a node calls a function of the model");
          break;
        default:
          wire.skip();
      }
    }
    wire.leave(outer);
    node.inputs = inputs.slice();
    node.outputs = outputs.slice();
    if (node.opType === "") throw wire.error("header", `${nodeLabel(node)} has no operator`, at);
    if (!opsets.has(node.domain)) {
      const message = `${nodeLabel(node)} is of domain ${JSON.stringify(node.domain)}, of which the model imports no operator set`;
      throw wire.error("header", message, at);
    }
    for (const span of attributes ?? []) {
      wire.visit(span, `an attribute of ${nodeLabel(node)}`, () => this.#attribute(node, depth, opsets));
    }
    return node;
  }

  #attribute(node: OnnxNode, depth: number, opsets: Map<string, number>): void {
    const wire = this.#wire;
    const at = wire.fieldAt;
    let met = 0;
    let name = "";
    let type = 0;
    /** The field of the value, which the type must agree with. */
    let field: string | undefined;
    let value: unknown;
    const label = () => `attribute ${JSON.stringify(name)} of ${nodeLabel(node)}`;
    while (wire.next()) {
      const valueField = attributeFieldNames.get(wire.field);
      if (valueField !== undefined) {
        if (field !== undefined && field !== valueField) {
          throw wire.error("header", `${label()} has two values, ${field} and ${valueField}`);
        }
        const isList = valueField.endsWith("s") && valueField !== "s";
        if (!isList) met = wire.once(met);
        field = valueField;
        value = this.#attributeValue(valueField, value, label, depth, opsets);
      } else if (wire.field === AttributeProto.name) {
        met = wire.once(met);
        name = wire.text(longestName);
      } else if (wire.field === AttributeProto.type) {
        met = wire.once(met);
        type = wire.size("the type of an attribute");
      } else if (wire.field === AttributeProto.ref_attr_name) {
        if (wire.text(longestName) !== "") {
          throw wire.error("unsupported", `${label()} refers to one of a function, which is not read`);
        }
      } else wire.skip();
    }
    if (name === "") throw wire.error("header", `an attribute of ${nodeLabel(node)} has no name`, at);
    if (name in node.attributes) throw wire.error("duplicate", `${label()} stands twice`, at);
    const typeField = attributeTypes[type];
    if (typeField === undefined) throw wire.error("header", `${label()} has no known type, found ${type}`, at);
    const known = attributeKinds[typeField];
    if ("name" in known) throw wire.error("unsupported", `${label()} is ${known.name}, which is not read`, at);
    if (field !== undefined && field !== typeField) {
      throw wire.error("header", `${label()} is of type ${known.kind}, its value stands in field ${field}`, at);
    }
    value ??= absentValues[known.kind]?.();
    if (value === undefined) throw wire.error("header", `${label()} has no value`, at);
    node.attributes[name] = { kind: known.kind, value } as OnnxAttribute;
  }

  /** The value with the current field added. */
  #attributeValue(
    field: string,
    before: unknown,
    label: () => string,
    depth: number,
    opsets: Map<string, number>,
  ): unknown {
    const wire = this.#wire;
    switch (field) {
      case "f":
        return wire.float();
      case "i":
        return wire.int();
      case "s":
        return wire.text(longestText);
      case "t": {
        const outer = wire.enter();
        const { tensor, external: range } = readTensor(wire, label());
        wire.leave(outer);
        if (range !== undefined) this.#external.push({ tensor, range });
        return tensor;
      }
      case "g": {
        const outer = wire.enter();
        const graph = this.#graph(depth + 1, opsets);
        wire.leave(outer);
        return graph;
      }
      case "floats": {
        const floats = (before as number[]) ?? [];
        wire.floats(floats);
        return floats;
      }
      case "ints": {
        const ints = (before as (number | bigint)[]) ?? [];
        wire.ints(ints);
        return ints;
      }
      case "strings": {
        const strings = (before as string[]) ?? [];
        strings.push(wire.text(longestText));
        return strings;
      }
      default:
        wire.skip();
        return undefined;
    }
  }

  #valueInfo(role: string): OnnxValueInfo {
    const wire = this.#wire;
    const at = wire.fieldAt;
    const outer = wire.enter();
    let met = 0;
    let name = "";
    let type: WireSpan | undefined;
    while (wire.next()) {
      if (wire.field === ValueInfoProto.name) {
        met = wire.once(met);
        name = wire.text(longestName);
      } else if (wire.field === ValueInfoProto.type) {
        met = wire.once(met);
        type = wire.span();
      } else wire.skip();
    }
    wire.leave(outer);
    const label = `the ${role} ${JSON.stringify(name)}`;
    if (name === "") throw wire.error("header", `an ${role} of the graph has no name`, at);
    if (type === undefined) throw wire.error("unsupported", `${label} has no type`, at);
    return { name, ...wire.visit(type, `the type of ${label}`, () => this.#type(label, at)) };
  }

  #type(label: string, at: number): { type: OnnxTensorType; shape: OnnxValueInfo["shape"] } {
    const wire = this.#wire;
    let met = 0;
    let found: { type: OnnxTensorType; shape: OnnxValueInfo["shape"] } | undefined;
    while (wire.next()) {
      const other = otherTypes.get(wire.field);
      if (other !== undefined) throw wire.error("unsupported", `${label} is ${other}; only tensors are read`);
      if (wire.field === TypeProto.tensor_type) {
        met = wire.once(met);
        const outer = wire.enter();
        found = this.#tensorType(label, at);
        wire.leave(outer);
      } else wire.skip();
    }
    if (found === undefined) throw wire.error("unsupported", `${label} has no type`, at);
    return found;
  }

  #tensorType(label: string, at: number): { type: OnnxTensorType; shape: OnnxValueInfo["shape"] } {
    const wire = this.#wire;
    let met = 0;
    let dataType = 0;
    let shape: OnnxValueInfo["shape"] = null;
    while (wire.next()) {
      if (wire.field === TensorTypeProto.elem_type) {
        met = wire.once(met);
        dataType = wire.size("elem_type");
      } else if (wire.field === TensorTypeProto.shape) {
        met = wire.once(met);
        shape = this.#shape(label);
      } else wire.skip();
    }
    return { type: typeOf(dataType, label, wire, at), shape };
  }

  #shape(label: string): (number | string)[] {
    const wire = this.#wire;
    const outer = wire.enter();
    const shape: (number | string)[] = [];
    while (wire.next()) {
      if (wire.field !== TensorShapeProto.dim) wire.skip();
      else if (shape.push(this.#dimension(label)) > mostDimensions) {
        throw wire.error("limit", `${label} has more than ${mostDimensions} dimensions`);
      }
    }
    wire.leave(outer);
    return shape;
  }

  #dimension(label: string): number | string {
    const wire = this.#wire;
    const outer = wire.enter();
    let size: number | string | undefined;
    while (wire.next()) {
      const isValue = wire.field === DimensionProto.dim_value;
      if (!isValue && wire.field !== DimensionProto.dim_param) {
        wire.skip();
        continue;
      }
      if (size !== undefined) throw wire.error("duplicate", `${label}: a dimension has two sizes`);
      size = isValue ? wire.size(`a size of ${label}`) : wire.text(longestName);
    }
    wire.leave(outer);
    return size ?? "";
  }

  /** What a message that is the current field calls itself in `field`. */
  #nameWithin(field: number, kind: string): string {
    const wire = this.#wire;
    const outer = wire.enter();
    let name = "";
    while (wire.next()) {
      if (wire.field === field) name = wire.text(longestName);
      else wire.skip();
    }
    wire.leave(outer);
    return name === "" ? kind : `${kind}, ${JSON.stringify(name)}`;
  }
}

/** Values that writers may leave out of the file. */
const absentValues: Partial<Record<OnnxAttribute["kind"], () => unknown>> = {
  float: () => 0,
  int: () => 0,
  string: () => "",
  floats: () => [],
  ints: () => [],
  strings: () => [],
};

/** The standard operators have two names. */
function domainOf(name: string): string {
  return name === "ai.onnx" ? "" : name;
}
