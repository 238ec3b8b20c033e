import fc from "fast-check";
import { expect, test } from "vitest";
import { Graph } from "../../../dist/messages/graph.js";
import { laplacian } from "../../../dist/messages/operators/laplacian.js";
import { symmetric } from "../../../dist/messages/operators/symmetric.js";
import { adjacency, eigen, gap, matrixOf } from "../dense.js";
import { edgeLists } from "../random-graphs.js";

test("it is I - D^-1/2 A D^-1/2 or D - A of any undirected graph, with eigenvalues within its spectrum", async () => {
  await fc.assert(
    fc.asyncProperty(edgeLists(), fc.boolean(), async (edges, normalized) => {
      const graph = await Graph.fromEdges(edges);
      const a = adjacency(graph);
      const degrees = a.map((row) => row.reduce((sum, value) => sum + value, 0));
      const dense = a.map((row, i) =>
        row.map((value, j) => {
          if (!normalized) return (i === j ? degrees[i] : 0) - value;
          return (i === j && degrees[i] > 0 ? 1 : 0) - (value && value / Math.sqrt(degrees[i] * degrees[j]));
        }),
      );
      const operator = laplacian(graph, { normalized, precision: "f64" });
      expect(gap(matrixOf(operator), dense)).toBeLessThan(1e-13);
      const [low, high] = operator.spectrum as [number, number];
      for (const value of eigen(dense).values) {
        expect(value).toBeGreaterThan(low - 1e-9);
        expect(value).toBeLessThan(high + 1e-9);
      }
    }),
    { numRuns: 100 },
  );
});

test("with self-loops it is I - S", async () => {
  const graph = await Graph.fromEdges({ sources: Uint32Array.of(0, 1, 2), targets: Uint32Array.of(1, 2, 3) });
  const options = { selfLoops: true, precision: "f64" } as const;
  const s = matrixOf(symmetric(graph, options));
  const expected = s.map((row, i) => row.map((value, j) => (i === j ? 1 : 0) - value));
  expect(gap(matrixOf(laplacian(graph, options)), expected)).toBeLessThan(1e-15);
});
