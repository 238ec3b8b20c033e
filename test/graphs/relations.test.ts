import fc from "fast-check";
import { expect, test } from "vitest";
import { linearEmbedding } from "../../dist/graphs/linear.js";
import { graphOfSpace, nodesOf, relationsOf } from "../../dist/graphs/relations.js";
import { Graph } from "../../dist/messages/graph.js";
import { Space } from "../../dist/space/space.js";
import { edgeLists } from "../messages/random-graphs.js";

const entries = ({ rows }: Graph) => ({
  offsets: [...rows.offsets],
  indices: [...rows.indices],
  values: rows.values === null ? null : [...rows.values],
});

test("a graph comes back from the relations of a space of its nodes, directed or not, weighted or not", async () => {
  await fc.assert(
    fc.asyncProperty(edgeLists(), fc.boolean(), async (edges, directed) => {
      const graph = await Graph.fromEdges(edges, { directed });
      const space = Space.from({ ...nodesOf(graph), vectors: new Float32Array(graph.numNodes) });
      const again = await graphOfSpace(space);
      expect(again.directed).toBe(directed);
      expect(again.nameOf(graph.numNodes - 1)).toBe(String(graph.numNodes - 1));
      expect(entries(again)).toEqual(entries(graph));
    }),
    { numRuns: 60 },
  );
});

test("an undirected edge is kept once, a self-loop too", async () => {
  const edges = {
    sources: Uint32Array.of(2, 0, 1),
    targets: Uint32Array.of(0, 1, 1),
    weights: Float64Array.of(3, 1, 2),
  };
  const { sources, targets, weights } = relationsOf(await Graph.fromEdges(edges));
  expect([[...sources], [...targets], [...(weights ?? [])]]).toEqual([
    [0, 0, 1],
    [1, 2, 1],
    [1, 3, 2],
  ]);
});

test("items that were added are isolated nodes, and a space without relations gives no graph", async () => {
  const graph = await Graph.fromEdges({ sources: Uint32Array.of(0), targets: Uint32Array.of(1) });
  const space = await linearEmbedding(graph, { dimensions: 2 });
  await space.add([{ name: "new", thing: { neighbors: ["0"] } }]);
  const again = await graphOfSpace(space, { directed: true });
  expect([again.numNodes, again.numArcs, again.nameOf(2)]).toEqual([3, 1, "new"]);
  const words = Space.from({ names: ["a"], vectors: Float32Array.of(1) });
  await expect(graphOfSpace(words)).rejects.toThrow("a space that keeps relations was needed");
});
