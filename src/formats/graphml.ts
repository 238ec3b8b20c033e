import { FormatError } from "../io/errors.js";
import { knownOptions } from "../io/options.js";
import type { ByteStream } from "../io/source.js";
import { type AttributeValue, GraphBuilder } from "./graph-builder.js";
import type { GraphFile, GraphReadOptions } from "./graph-file.js";
import { wholeText } from "./whole-text.js";
import { type XmlEvent, XmlReader } from "./xml.js";

export interface XmlGraphOptions extends GraphReadOptions {
  /** The name of the edges' attribute that is their weight; null: none. Default "weight". */
  weight?: string | null;
}

/** An attribute that nodes or edges have. */
export interface Declared {
  name: string;
  type: string;
  /** The value of those that have none. */
  value: string | undefined;
}

const where = "readGraphml";

/**
 * A graph in GraphML (Brandes et al. 2001, http://graphml.graphdrawing.org): nodes, edges and their data by declared keys.
 * Data of nodes become columns; that of edges whose name is `weight` the weights. Elements within data, as yEd writes, are
 * passed over.
 *
 * Throws FormatError with the line for what is not well-formed, document types and entities, undeclared keys and nodes,
 * repeated nodes, values that are not of their key's type, and for what one graph cannot hold: several or nested graphs,
 * hyperedges, ports, edges whose direction differs from the graph's.
 */
export async function readGraphml(stream: ByteStream, options: XmlGraphOptions = {}): Promise<GraphFile> {
  knownOptions(where, options, ["weight", "memoryLimit", "signal", "onProgress"]);
  const { weight: weightName = "weight", signal } = options;
  const xml = new XmlReader(await wholeText(stream, signal), stream.name);
  const builder = new GraphBuilder();
  const keys = new Map<string, Declared & { for: string }>();
  const path: string[] = [];
  let key: (Declared & { for: string }) | undefined;
  let directed: boolean | undefined;
  let node = -1;
  let edge: { source: string; target: string; weight: number | undefined; offset: number } | undefined;
  let data: { key: Declared; text: string; offset: number } | undefined;
  const unsupported = (message: string, offset: number) => new FormatError("unsupported", xml.place(offset), message);

  const open = ({ name, attributes, offset }: XmlEvent & { kind: "open" }): void => {
    const parent = path.at(-1) ?? "";
    const needed = (attribute: string): string => attributeOf(xml, name, attributes, attribute, offset);
    if (path.includes("data")) return;
    if (parent === "") {
      if (name !== "graphml") throw xml.error(`expected <graphml>, got <${name}>`, offset);
    } else if (name === "key" && parent === "graphml") {
      const id = needed("id");
      if (keys.has(id)) throw new FormatError("duplicate", xml.place(offset), `the key ${id} is declared twice`);
      key = {
        name: attributes.get("attr.name") ?? id,
        type: attributes.get("attr.type") ?? "string",
        for: attributes.get("for") ?? "all",
        value: undefined,
      };
      keys.set(id, key);
    } else if (name === "graph") {
      if (parent !== "graphml") throw unsupported("a graph within a node is not read", offset);
      if (directed !== undefined) throw unsupported("a second graph is not read", offset);
      directed = directionOf(xml, needed("edgedefault"), offset);
    } else if (name === "node" && parent === "graph") node = builder.addNode(needed("id"), () => xml.place(offset));
    else if (name === "edge" && parent === "graph") {
      const own = attributes.get("directed");
      if (own !== undefined && (own === "true") !== directed) {
        throw unsupported(`an edge with directed="${own}" in a graph of the other kind`, offset);
      }
      edge = { source: needed("source"), target: needed("target"), weight: undefined, offset };
    } else if (name === "data") {
      const id = needed("key");
      const declared = keys.get(id);
      if (declared === undefined) throw xml.error(`the key ${id} is not declared`, offset);
      if (![parent, "all"].includes(declared.for)) throw xml.error(`the key ${id} is not for a ${parent}`, offset);
      data = { key: declared, text: "", offset };
    } else if (name === "hyperedge" || name === "port") throw unsupported(`<${name}> is not read`, offset);
    else if (!["desc", "default"].includes(name)) throw xml.error(`<${name}> may not stand in <${parent}>`, offset);
  };
  const close = (name: string): void => {
    if (path.includes("data")) return; // what is written within data
    if (name === "data" && data !== undefined) {
      const { key: declared, text, offset } = data;
      data = undefined;
      if (path.at(-1) === "node") builder.setAttribute(node, declared.name, typedValue(xml, declared, text, offset));
      else if (edge !== undefined && declared.name === weightName) {
        edge.weight = weightOf(xml, typedValue(xml, declared, text, offset), offset);
      }
    } else if (name === "edge" && edge !== undefined) {
      const usual = [...keys.values()].find(
        (k) => k.name === weightName && ["edge", "all"].includes(k.for) && k.value !== undefined,
      );
      const weight =
        edge.weight ??
        (usual === undefined
          ? undefined
          : weightOf(xml, typedValue(xml, usual, usual.value ?? "", edge.offset), edge.offset));
      const { source, target, offset } = edge;
      builder.addEdge(source, target, weight, () => xml.place(offset));
      edge = undefined;
    } else if (name === "key") key = undefined;
  };
  for (const event of xml.events()) {
    if (event.kind === "open") {
      open(event);
      path.push(event.name);
      if (event.name === "node") {
        for (const { name, for: what, ...declared } of keys.values()) {
          if (declared.value === undefined || !["node", "all"].includes(what) || node < 0) continue;
          builder.setAttribute(node, name, typedValue(xml, { name, ...declared }, declared.value, event.offset));
        }
      }
    } else if (event.kind === "close") {
      path.pop();
      close(event.name);
    } else if (path.at(-1) === "data" && data !== undefined) data.text += event.text;
    else if (path.at(-1) === "default" && key !== undefined) key.value = (key.value ?? "") + event.text;
    else if (!path.includes("data") && path.at(-1) !== "desc")
      throw xml.error("text where there may be none", event.offset);
  }
  return builder.finish(stream.name, "GraphML", directed ?? null);
}

/** An attribute that an element must have. */
export function attributeOf(
  xml: XmlReader,
  element: string,
  attributes: ReadonlyMap<string, string>,
  name: string,
  offset: number,
): string {
  const value = attributes.get(name);
  if (value === undefined)
    throw new FormatError("fields", xml.place(offset), `<${element}> needs the attribute ${name}`);
  return value;
}

/** Whether a graph is directed, by what its edges are by default. */
export function directionOf(xml: XmlReader, word: string, offset: number): boolean {
  if (word === "directed" || word === "undirected") return word === "directed";
  throw new FormatError("unsupported", xml.place(offset), `edges must be directed or undirected, these are ${word}`);
}

/** A value by its declared type. */
export function typedValue(xml: XmlReader, { name, type }: Declared, text: string, offset: number): AttributeValue {
  if (type === "string") return text;
  const trimmed = text.trim();
  if (type === "boolean") {
    if (/^(?:true|1)$/i.test(trimmed)) return true;
    if (/^(?:false|0)$/i.test(trimmed)) return false;
  } else if (["int", "integer", "long", "float", "double"].includes(type)) {
    const number = Number(trimmed);
    if (/^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(trimmed) && Number.isFinite(number)) return number;
  } else return text;
  throw new FormatError(
    "number",
    xml.place(offset),
    `${name} must be of type ${type}, got ${JSON.stringify(trimmed.slice(0, 40))}`,
  );
}

/** A value as a weight. */
export function weightOf(xml: XmlReader, value: AttributeValue, offset: number): number {
  const weight = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof weight === "number" && weight > 0 && weight < Number.POSITIVE_INFINITY) return weight;
  throw new FormatError(
    "number",
    xml.place(offset),
    `a weight must be a finite number above 0, got ${JSON.stringify(value)}`,
  );
}
