import { FormatError } from "../io/errors.js";
import { type JsonObject, type JsonValue, parseJson } from "../io/json.js";
import { knownOptions } from "../io/options.js";
import type { ByteStream } from "../io/source.js";
import { GraphBuilder } from "./graph-builder.js";
import type { GraphFile, GraphReadOptions } from "./graph-file.js";
import { wholeText } from "./whole-text.js";

export interface NodeLinkOptions extends GraphReadOptions {
  /** The key of a link's weight; null: none. By default "weight" where links have it, else "value" where all have it, as in d3. */
  weight?: string | null;
}

const where = "readNodeLink";

/**
 * A graph in JSON by nodes and links, as networkx's `node_link_data` and d3 have it: `{directed, nodes: [{id, ...}], links:
 * [{source, target, weight, ...}]}`, links also called edges. Nodes without `id` are numbered from 0, and called by `name`
 * where all have one. Other keys of nodes whose values are text, numbers, booleans or null become columns.
 *
 * Throws FormatError for JSON of another form, a node that stands twice, links to nodes that there are not, and weights that
 * are not finite numbers above 0; links are counted from 0.
 */
export async function readNodeLink(stream: ByteStream, options: NodeLinkOptions = {}): Promise<GraphFile> {
  knownOptions(where, options, ["weight", "memoryLimit", "signal", "onProgress"]);
  const file = stream.name;
  const graph = parseJson(await wholeText(stream, options.signal), file);
  const fail = (code: FormatError["code"], message: string) => new FormatError(code, { file }, message);
  if (!isObject(graph)) throw fail("header", "expected an object with nodes and links");
  const { nodes } = graph;
  const links = graph.links ?? graph.edges;
  if (!Array.isArray(nodes) || !Array.isArray(links))
    throw fail("header", "expected lists of nodes and of links (or edges)");
  if (!nodes.every(isObject)) throw fail("header", "each node must be an object");
  if (!links.every(isObject)) throw fail("header", "each link must be an object");
  const { directed } = graph;
  if (directed !== undefined && typeof directed !== "boolean") throw fail("header", "directed must be true or false");

  const ids = idsOf(nodes, fail);
  const builder = new GraphBuilder();
  const place = () => ({ file });
  const known = new Set(ids.names);
  for (const [k, node] of nodes.entries()) {
    const row = builder.addNode(ids.names[k], place);
    for (const [key, value] of Object.entries(node)) {
      if (key === ids.key || (typeof value === "object" && value !== null)) continue;
      builder.setAttribute(row, key, value as string | number | boolean | null);
    }
  }
  const weight = weightKey(links, options.weight);
  for (const [k, link] of links.entries()) {
    const end = (name: "source" | "target"): string => {
      const value = link[name];
      if (typeof value !== "string" && typeof value !== "number") {
        throw fail("fields", `link ${k}: ${name} must be the id of a node, got ${JSON.stringify(value) ?? "nothing"}`);
      }
      if (ids.key === "id") {
        if (known.has(String(value))) return String(value);
        throw fail("fields", `link ${k}: ${name} names the node ${JSON.stringify(value)}, which there is not`);
      }
      if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value < nodes.length)
        return ids.names[value];
      throw fail(
        "fields",
        `link ${k}: ${name} must be a number from 0 to ${nodes.length - 1}, as nodes have no id, got ${JSON.stringify(value)}`,
      );
    };
    const value = weight === null ? undefined : link[weight];
    if (value !== undefined && typeof value !== "number") {
      throw fail("number", `link ${k}: ${weight} must be a number, got ${JSON.stringify(value).slice(0, 60)}`);
    }
    builder.addEdge(end("source"), end("target"), value, place);
  }
  return builder.finish(file, "JSON of nodes and links", directed ?? null);
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What nodes are called, and the key that tells: all have an id, or all are numbered. */
function idsOf(
  nodes: JsonObject[],
  fail: (code: FormatError["code"], message: string) => FormatError,
): { names: string[]; key: "id" | "name" | null } {
  const withId = nodes.filter(({ id }) => id !== undefined).length;
  if (withId > 0) {
    const names = nodes.map(({ id }, k) => {
      if (typeof id === "string" || (typeof id === "number" && Number.isFinite(id))) return String(id);
      throw fail("fields", `node ${k}: id must be text or a number, got ${JSON.stringify(id) ?? "nothing"}`);
    });
    return { names, key: "id" };
  }
  const names = nodes.map(({ name }) => name);
  const named =
    names.length > 0 && names.every((name) => typeof name === "string") && new Set(names).size === names.length;
  return named ? { names: names as string[], key: "name" } : { names: nodes.map((_, k) => String(k)), key: null };
}

function weightKey(links: JsonObject[], choice: string | null | undefined): string | null {
  if (choice !== undefined) return choice;
  if (links.some((link) => link.weight !== undefined)) return "weight";
  return links.length > 0 && links.every((link) => typeof link.value === "number") ? "value" : null;
}
