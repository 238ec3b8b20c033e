import fc from "fast-check";
import { expect, test } from "vitest";
import { Graph } from "../../../dist/messages/graph.js";
import { GraphMemory } from "../../../dist/messages/memory.js";
import { symmetric } from "../../../dist/messages/operators/symmetric.js";
import { adjacency, eigen, gap, matrixOf } from "../dense.js";
import { edgeLists } from "../random-graphs.js";

test("it is D~^-1/2 (A + I) D~^-1/2 of any undirected graph, or D^-1/2 A D^-1/2, within the precision", async () => {
  await fc.assert(
    fc.asyncProperty(edgeLists(), fc.boolean(), fc.constantFrom("f32", "f64"), async (edges, selfLoops, precision) => {
      const graph = await Graph.fromEdges(edges);
      const a = adjacency(graph).map((row, i) => row.map((value, j) => value + (selfLoops && i === j ? 1 : 0)));
      const degrees = a.map((row) => row.reduce((sum, value) => sum + value, 0));
      const dense = a.map((row, i) => row.map((value, j) => value && value / Math.sqrt(degrees[i] * degrees[j])));
      const operator = symmetric(graph, { selfLoops, precision });
      const matrix = matrixOf(operator);
      expect(gap(matrix, dense)).toBeLessThan(precision === "f32" ? 3e-7 : 1e-14);
      for (const value of eigen(dense).values) expect(Math.abs(value)).toBeLessThan(1 + 1e-9);
      expect(await operator.transpose()).toBe(operator);
    }),
    { numRuns: 100 },
  );
});

test("a loop of each node may take the place of those that there are, in a memory of its own", async () => {
  await fc.assert(
    fc.asyncProperty(edgeLists(), async (edges) => {
      const graph = await Graph.fromEdges(edges);
      const a = adjacency(graph).map((row, i) => row.map((value, j) => (i === j ? 1 : value)));
      const degrees = a.map((row) => row.reduce((sum, value) => sum + value, 0));
      const dense = a.map((row, i) => row.map((value, j) => value && value / Math.sqrt(degrees[i] * degrees[j])));
      const used = graph.memory.used;
      const memory = new GraphMemory();
      const operator = symmetric(graph, { selfLoops: "replace", precision: "f64", memory });
      expect(graph.memory.used).toBe(used);
      expect(operator.memory).toBe(memory);
      expect(gap(matrixOf(operator), dense)).toBeLessThan(1e-14);
    }),
    { numRuns: 50 },
  );
});

test("a worked path 0 - 1 - 2 with self-loops", async () => {
  const graph = await Graph.fromEdges({ sources: Uint32Array.of(0, 1), targets: Uint32Array.of(1, 2) });
  const r = 1 / Math.sqrt(6);
  const expected = [
    [1 / 2, r, 0],
    [r, 1 / 3, r],
    [0, r, 1 / 2],
  ];
  expect(gap(matrixOf(symmetric(graph, { precision: "f64" })), expected)).toBeLessThan(1e-15);
});

test("a directed graph, another precision and an unknown option are refused", async () => {
  const edges = { sources: Uint32Array.of(0), targets: Uint32Array.of(1) };
  const directed = await Graph.fromEdges(edges, { directed: true });
  expect(() => symmetric(directed)).toThrow("symmetric: an undirected graph was needed, got a directed one");
  const graph = await Graph.fromEdges(edges);
  expect(() => symmetric(graph, { precision: "f16" as "f32" })).toThrow('precision must be one of f32, f64, got "f16"');
  expect(() => symmetric(graph, { loops: true } as object)).toThrow("symmetric: there is no option loops");
});
