import fc from "fast-check";
import { expect, test } from "vitest";
import { Graph } from "../../../dist/messages/graph.js";
import { randomWalk } from "../../../dist/messages/operators/random-walk.js";
import { adjacency, gap, matrixOf, transposed } from "../dense.js";
import { edgeLists } from "../random-graphs.js";

test("it is D^-1 A of any graph, and its transpose A' D^-1", async () => {
  await fc.assert(
    fc.asyncProperty(edgeLists(), fc.boolean(), fc.boolean(), async (edges, directed, selfLoops) => {
      const graph = await Graph.fromEdges(edges, { directed });
      const a = adjacency(graph).map((row, i) => row.map((value, j) => value + (selfLoops && i === j ? 1 : 0)));
      const dense = a.map((row) => row.map((value) => value && value / row.reduce((sum, other) => sum + other, 0)));
      const walk = randomWalk(graph, { selfLoops, precision: "f64" });
      expect(gap(matrixOf(walk), dense)).toBeLessThan(1e-15);
      const back = await walk.transpose();
      expect(gap(matrixOf(back), transposed(dense))).toBeLessThan(1e-15);
      expect(gap(matrixOf(await back.transpose()), dense)).toBeLessThan(1e-15);
    }),
    { numRuns: 100 },
  );
});

test("the transpose of a walk with edges everywhere keeps the sum of probabilities, and the walk keeps constants", async () => {
  const edges = { sources: Uint32Array.of(0, 1, 2, 2), targets: Uint32Array.of(1, 2, 0, 1) };
  const graph = await Graph.fromEdges(edges, { directed: true });
  const walk = randomWalk(graph, { precision: "f64" });
  expect(matrixOf(walk)).toEqual([
    [0, 1, 0],
    [0, 0, 1],
    [0.5, 0.5, 0],
  ]);
  const columns = transposed(matrixOf(await walk.transpose()));
  for (const column of columns) expect(column.reduce((sum, value) => sum + value, 0)).toBe(1);
});
