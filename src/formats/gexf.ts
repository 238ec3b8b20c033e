import { FormatError } from "../io/errors.js";
import { knownOptions } from "../io/options.js";
import type { ByteStream } from "../io/source.js";
import { GraphBuilder } from "./graph-builder.js";
import type { GraphFile } from "./graph-file.js";
import { attributeOf, type Declared, directionOf, typedValue, weightOf, type XmlGraphOptions } from "./graphml.js";
import { wholeText } from "./whole-text.js";
import { type XmlEvent, XmlReader } from "./xml.js";

const where = "readGexf";

/**
 * A graph in GEXF (https://gexf.net, 1.1 to 1.3), Gephi's format: nodes by `id`, whose labels and attributes become columns,
 * and edges, whose weight is their attribute `weight` or the declared one of that title. What begins with `viz:` and the file's
 * description is passed over.
 *
 * Throws FormatError with the line as `readGraphml` does; graphs that change with time, nodes within nodes and mutual edges are
 * not read.
 */
export async function readGexf(stream: ByteStream, options: XmlGraphOptions = {}): Promise<GraphFile> {
  knownOptions(where, options, ["weight", "memoryLimit", "signal", "onProgress"]);
  const { weight: weightName = "weight", signal } = options;
  const xml = new XmlReader(await wholeText(stream, signal), stream.name);
  const builder = new GraphBuilder();
  const declared = { node: new Map<string, Declared>(), edge: new Map<string, Declared>() };
  const path: string[] = [];
  let passed = 0; // depth of elements that are passed over
  let kind: "node" | "edge" = "node";
  let attribute: Declared | undefined;
  let directed: boolean | undefined;
  let node = -1;
  let edge: { source: string; target: string; weight: number | undefined; offset: number } | undefined;
  const unsupported = (message: string, offset: number) => new FormatError("unsupported", xml.place(offset), message);

  const open = ({ name, attributes, offset }: XmlEvent & { kind: "open" }): void => {
    const parent = path.at(-1) ?? "";
    const needed = (key: string): string => attributeOf(xml, name, attributes, key, offset);
    if (parent === "") {
      if (name !== "gexf") throw xml.error(`expected <gexf>, got <${name}>`, offset);
    } else if (name === "graph" && parent === "gexf") {
      if (directed !== undefined) throw unsupported("a second graph is not read", offset);
      if (attributes.get("mode") === "dynamic") throw unsupported("a graph that changes with time is not read", offset);
      directed = directionOf(xml, attributes.get("defaultedgetype") ?? "undirected", offset);
    } else if (name === "attributes" && parent === "graph") {
      const of = needed("class");
      if (of !== "node" && of !== "edge") throw xml.error(`attributes are of nodes or edges, not of ${of}`, offset);
      kind = of;
    } else if (name === "attribute" && parent === "attributes") {
      const id = needed("id");
      if (declared[kind].has(id))
        throw new FormatError("duplicate", xml.place(offset), `the attribute ${id} is declared twice`);
      attribute = { name: needed("title"), type: needed("type"), value: undefined };
      declared[kind].set(id, attribute);
    } else if (name === "node" && parent === "nodes") {
      if (path.includes("node")) throw unsupported("nodes within nodes are not read", offset);
      node = builder.addNode(needed("id"), () => xml.place(offset));
      const label = attributes.get("label");
      if (label !== undefined) builder.setAttribute(node, "label", label);
      for (const column of declared.node.values()) {
        if (column.value !== undefined)
          builder.setAttribute(node, column.name, typedValue(xml, column, column.value, offset));
      }
    } else if (name === "edge" && parent === "edges") {
      const type = attributes.get("type");
      if (type !== undefined && directionOf(xml, type, offset) !== directed) {
        throw unsupported(`an edge of type ${type} in a graph of the other kind`, offset);
      }
      const own = weightName === "weight" ? attributes.get("weight") : undefined;
      const weight = own === undefined ? undefined : weightOf(xml, own, offset);
      edge = { source: needed("source"), target: needed("target"), weight, offset };
    } else if (name === "attvalue" && parent === "attvalues") {
      const id = attributes.get("for") ?? attributes.get("id") ?? needed("for");
      const of = path.includes("edge") ? "edge" : "node";
      const column = declared[of].get(id);
      if (column === undefined) throw xml.error(`the attribute ${id} is not declared`, offset);
      const value = typedValue(xml, column, needed("value"), offset);
      if (of === "node") builder.setAttribute(node, column.name, value);
      else if (edge !== undefined && column.name === weightName) edge.weight = weightOf(xml, value, offset);
    } else if (name === "spells" || name === "parents") throw unsupported(`<${name}> is not read`, offset);
    else if (!["nodes", "edges", "attvalues", "default", "options"].includes(name)) {
      throw xml.error(`<${name}> may not stand in <${parent}>`, offset);
    }
  };
  for (const event of xml.events()) {
    if (event.kind === "open") {
      if (passed > 0 || event.name === "meta" || event.name.startsWith("viz:")) passed++;
      else {
        open(event);
        path.push(event.name);
      }
    } else if (event.kind === "close") {
      if (passed > 0) passed--;
      else {
        path.pop();
        if (event.name === "attribute") attribute = undefined;
        else if (event.name === "edge" && edge !== undefined) {
          const { source, target, weight, offset } = edge;
          builder.addEdge(source, target, weight, () => xml.place(offset));
          edge = undefined;
        }
      }
    } else if (passed === 0) {
      if (path.at(-1) === "default" && attribute !== undefined) attribute.value = (attribute.value ?? "") + event.text;
      else if (path.at(-1) !== "options") throw xml.error("text where there may be none", event.offset);
    }
  }
  return builder.finish(stream.name, "GEXF", directed ?? null);
}
