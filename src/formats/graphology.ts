import { FormatError } from "../io/errors.js";
import { knownOptions } from "../io/options.js";
import { type AttributeValue, GraphBuilder } from "./graph-builder.js";
import type { GraphFile } from "./graph-file.js";

type Attributes = Record<string, unknown>;

/** What is read of a graphology graph (https://graphology.github.io), by its form. */
export interface GraphologyLike {
  readonly type: string;
  forEachNode(callback: (node: string, attributes: Attributes) => void): void;
  forEachEdge(
    callback: (
      edge: string,
      attributes: Attributes,
      source: string,
      target: string,
      sourceAttributes: Attributes,
      targetAttributes: Attributes,
      undirected: boolean,
    ) => void,
  ): void;
}

/** What is needed of a graphology graph to fill it. */
export interface GraphologySink {
  addNode(node: string, attributes?: Attributes): unknown;
  addDirectedEdge(source: string, target: string, attributes?: Attributes): unknown;
  addUndirectedEdge(source: string, target: string, attributes?: Attributes): unknown;
}

const file = "<graphology>";

/**
 * The edges of a graphology graph, by its nodes' keys; the edges' attribute `weight` (default "weight"; null: none) is their
 * weight, attributes of nodes that are text, numbers or booleans become columns. Throws FormatError for a graph of directed and
 * undirected edges, one without nodes, and weights that are not finite numbers above 0.
 */
export function fromGraphology(graph: GraphologyLike, options: { weight?: string | null } = {}): GraphFile {
  knownOptions("fromGraphology", options, ["weight"]);
  const { weight: name = "weight" } = options;
  const builder = new GraphBuilder();
  const place = () => ({ file });
  graph.forEachNode((key, attributes) => {
    const node = builder.addNode(key, place);
    for (const [attribute, value] of Object.entries(attributes)) {
      const plain = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
      if (plain || value === null) builder.setAttribute(node, attribute, value as AttributeValue);
    }
  });
  let directed: boolean | null = graph.type === "mixed" ? null : graph.type === "directed";
  graph.forEachEdge((key, attributes, source, target, _sourceAttributes, _targetAttributes, undirected) => {
    directed ??= !undirected;
    if (directed === undirected) {
      throw new FormatError("unsupported", { file }, "a graph of directed and undirected edges; one kind was needed");
    }
    const weight = name === null ? undefined : attributes[name];
    if (weight !== undefined && typeof weight !== "number") {
      throw new FormatError("number", { file }, `edge ${key}: ${name} must be a number, got ${typeof weight}`);
    }
    builder.addEdge(source, target, weight, place);
  });
  return builder.finish(file, "graphology", directed);
}

/** Edges with what they are called, as `GraphFile` has them. */
export interface NamedEdges {
  readonly sources: ArrayLike<number>;
  readonly targets: ArrayLike<number>;
  readonly weights?: ArrayLike<number> | null;
  readonly numNodes: number;
  readonly names?: { get(node: number): string } | readonly string[] | null;
  readonly directed?: boolean | null;
}

/**
 * Fills a graphology graph, which the caller makes (`new Graph({multi: true})` where edges may be parallel), with nodes by name and
 * edges in order, with `weight` where edges have weights. Undirected unless `directed` is true. Returns the graph.
 */
export function toGraphology<T extends GraphologySink>(edges: NamedEdges, into: T): T {
  const { sources, targets, weights = null, names = null, numNodes, directed } = edges;
  const nameOf = (node: number): string =>
    names === null ? String(node) : "get" in names ? names.get(node) : names[node];
  const keys = Array.from({ length: numNodes }, (_, node) => nameOf(node));
  for (const key of keys) into.addNode(key);
  for (let e = 0; e < sources.length; e++) {
    const attributes = weights === null ? undefined : { weight: weights[e] };
    const [source, target] = [keys[sources[e]], keys[targets[e]]];
    if (directed === true) into.addDirectedEdge(source, target, attributes);
    else into.addUndirectedEdge(source, target, attributes);
  }
  return into;
}
