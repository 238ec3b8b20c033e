import { expect, test } from "vitest";
import { Graph } from "../../dist/messages/graph.js";

const edges = { sources: Uint32Array.of(2, 0, 0, 1), targets: Uint32Array.of(0, 1, 1, 1), numNodes: 4 };

test("an undirected edge stands in the rows of both ends, a self-loop once, parallel edges are summed", async () => {
  const graph = await Graph.fromEdges(edges);
  expect([...graph.rows.offsets]).toEqual([0, 2, 4, 5, 5]);
  expect([...graph.rows.indices]).toEqual([1, 2, 0, 1, 0]);
  expect([...(graph.rows.values ?? [])]).toEqual([2, 1, 2, 1, 1]);
  expect(await graph.transpose()).toBe(graph.rows);
});

test("a directed graph keeps directions; its transpose lists who points to a node", async () => {
  const graph = await Graph.fromEdges(edges, { directed: true, parallel: "first" });
  expect([...graph.rows.offsets]).toEqual([0, 1, 2, 3, 3]);
  expect([...graph.rows.indices]).toEqual([1, 1, 0]);
  expect(graph.weighted).toBe(false);
  const back = await graph.transpose();
  expect([...back.offsets]).toEqual([0, 1, 3, 3, 3]);
  expect([...back.indices]).toEqual([2, 0, 1]);
});
