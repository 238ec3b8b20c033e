import { expect, test } from "vitest";
import { fromGraphology, type GraphologyLike, toGraphology } from "../../dist/formats/graphology.js";

/** The part of graphology's Graph that the adapters use (graphology 0.26, graph.forEachEdge's arguments in its order). */
class Graph {
  nodes = new Map<string, Record<string, unknown>>();
  edges: { source: string; target: string; attributes: Record<string, unknown>; undirected: boolean }[] = [];
  readonly type: string;
  constructor(type = "mixed") {
    this.type = type;
  }
  addNode(node: string, attributes: Record<string, unknown> = {}) {
    this.nodes.set(node, attributes);
  }
  addDirectedEdge(source: string, target: string, attributes: Record<string, unknown> = {}) {
    this.edges.push({ source, target, attributes, undirected: false });
  }
  addUndirectedEdge(source: string, target: string, attributes: Record<string, unknown> = {}) {
    this.edges.push({ source, target, attributes, undirected: true });
  }
  forEachNode(callback: Parameters<GraphologyLike["forEachNode"]>[0]) {
    for (const [node, attributes] of this.nodes) callback(node, attributes);
  }
  forEachEdge(callback: Parameters<GraphologyLike["forEachEdge"]>[0]) {
    for (const [k, { source, target, attributes, undirected }] of this.edges.entries()) {
      const ends = [this.nodes.get(source) ?? {}, this.nodes.get(target) ?? {}] as const;
      callback(String(k), attributes, source, target, ...ends, undirected);
    }
  }
}

function sample(): Graph {
  const graph = new Graph();
  graph.addNode("a", { size: 3, nested: {} });
  graph.addNode("b");
  graph.addNode("c");
  graph.addDirectedEdge("b", "a", { weight: 2 });
  graph.addDirectedEdge("a", "a");
  return graph;
}

test("nodes, edges, weights and columns come over, and go back", () => {
  const edges = fromGraphology(sample());
  expect([[...edges.sources], [...edges.targets], [...(edges.weights ?? [])]]).toEqual([
    [1, 0],
    [0, 0],
    [2, 1],
  ]);
  expect([edges.directed, edges.numNodes, [...(edges.names ?? [])]]).toEqual([true, 3, ["a", "b", "c"]]);
  expect(Object.fromEntries(edges.nodes?.columns ?? [])).toEqual({ size: [3, null, null] });
  const back = toGraphology(edges, new Graph());
  expect([...back.nodes.keys()]).toEqual(["a", "b", "c"]);
  expect(back.edges).toEqual([
    { source: "b", target: "a", attributes: { weight: 2 }, undirected: false },
    { source: "a", target: "a", attributes: { weight: 1 }, undirected: false },
  ]);
  expect(fromGraphology(sample(), { weight: null }).weights).toBeNull();
});

test("nodes that are numbers keep them, edges without direction are undirected", () => {
  const graph = toGraphology({ sources: [0], targets: [1], numNodes: 2 }, new Graph("undirected"));
  expect(graph.edges).toEqual([{ source: "0", target: "1", attributes: {}, undirected: true }]);
  const { directed, names } = fromGraphology(graph);
  expect([directed, names]).toEqual([false, null]);
});

test("H10: edges of both kinds, weights that are no positive numbers and graphs without nodes are refused", () => {
  const both = sample();
  both.addUndirectedEdge("a", "c");
  expect(() => fromGraphology(both)).toThrow("directed and undirected edges");
  const negative = sample();
  negative.addDirectedEdge("a", "c", { weight: -1 });
  expect(() => fromGraphology(negative)).toThrow("a weight must be a finite number above 0, got -1");
  const text = sample();
  text.addDirectedEdge("a", "c", { weight: "1" });
  expect(() => fromGraphology(text)).toThrow("edge 2: weight must be a number, got string");
  expect(() => fromGraphology(new Graph())).toThrow("no nodes");
});
