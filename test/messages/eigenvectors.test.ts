import fc from "fast-check";
import { expect, test } from "vitest";
import { ComponentSubspace } from "../../dist/messages/component-subspace.js";
import { eigenvectors } from "../../dist/messages/eigenvectors.js";
import { Graph } from "../../dist/messages/graph.js";
import { laplacian } from "../../dist/messages/operators/laplacian.js";
import { Operator } from "../../dist/messages/operators/operator.js";
import { randomWalk } from "../../dist/messages/operators/random-walk.js";
import { symmetric } from "../../dist/messages/operators/symmetric.js";
import { Rows } from "../../dist/messages/rows.js";
import { eigen, matrixOf } from "./dense.js";
import { edgeLists } from "./random-graphs.js";

const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a, (value, i) => value * b[i]).reduce((x, y) => x + y, 0);

const cycle = (N: number) => {
  const sources = Uint32Array.from({ length: N }, (_, i) => i);
  return Graph.fromEdges({ sources, targets: sources.map((i) => (i + 1) % N) });
};

const operators = {
  normalized: (graph: Graph) => laplacian(graph, { precision: "f64" }),
  plain: (graph: Graph) => laplacian(graph, { normalized: false, precision: "f64" }),
  // Bounds that are not known are found by Lanczos.
  adjacency: (graph: Graph) => new Operator(graph.rows, { precision: "f64" }),
};
const kinds = ["normalized", "plain", "adjacency"] as const;

test("values are those of Jacobi's dense method at either end, vectors are orthonormal and leave what is said", async () => {
  await fc.assert(
    fc.asyncProperty(edgeLists(), fc.constantFrom(...kinds), fc.boolean(), async (edges, kind, least) => {
      const graph = await Graph.fromEdges(edges);
      const operator = operators[kind](graph);
      const dense = matrixOf(operator);
      const sorted = eigen(dense).values.sort((a, b) => (least ? a - b : b - a));
      const count = Math.min(3, graph.numNodes);
      const result = await eigenvectors(operator, { count, end: least ? "least" : "largest" });
      const size = 1 + Math.max(...sorted.map(Math.abs));
      for (let k = 0; k < count; k++) {
        expect(Math.abs(result.values[k] - sorted[k])).toBeLessThan(1e-9 * size);
        const image = dense.map((row) => dot(row, result.vectors[k]));
        const left = Math.hypot(...image.map((value, i) => value - result.values[k] * result.vectors[k][i]));
        expect(left).toBeLessThan(1.1e-8 * size);
        for (let j = 0; j <= k; j++) expect(dot(result.vectors[k], result.vectors[j])).toBeCloseTo(j === k ? 1 : 0, 12);
      }
    }),
    { numRuns: 60 },
  );
});

test("of a cycle both vectors of each double eigenvalue are found", async () => {
  const N = 60;
  const graph = await cycle(N);
  const { values } = await eigenvectors(laplacian(graph, { precision: "f64" }), { count: 7, end: "least" });
  const expected = [0, 1, 1, 2, 2, 3, 3].map((k) => 1 - Math.cos((2 * Math.PI * k) / N));
  for (const [k, value] of expected.entries()) expect(values[k]).toBeCloseTo(value, 10);
});

test("a subspace is left out: that of components, in which S has the eigenvalue 1", async () => {
  // Two paths of 4 nodes and a node without edges.
  const edges = { sources: Uint32Array.of(0, 1, 2, 5, 6, 7), targets: Uint32Array.of(1, 2, 3, 6, 7, 8) };
  const graph = await Graph.fromEdges(edges);
  const operator = symmetric(graph, { selfLoops: false, precision: "f64" });
  const without = new ComponentSubspace(graph);
  expect(without.dimension).toBe(3);
  const { values } = await eigenvectors(operator, { count: 2, without });
  for (const value of values) expect(value).toBeCloseTo(0.5, 12); // cos(pi / 3), twice
  await expect(eigenvectors(operator, { count: 7, without })).rejects.toThrow(
    "eigenvectors: there are 6 eigenvectors to give, count is 7",
  );
});

test("an operator of f32 gives what f64 gives, to its precision", async () => {
  const graph = await cycle(41);
  const [single, double] = await Promise.all(
    (["f32", "f64"] as const).map((precision) => eigenvectors(laplacian(graph, { precision }), { count: 4 })),
  );
  expect(single.residual).toBeLessThan(1e-5);
  for (const [k, value] of double.values.entries()) expect(single.values[k]).toBeCloseTo(value, 6);
});

test("the result does not depend on the number of threads, and rounds are limited", async () => {
  const N = 30_000; // enough for products to be divided
  const sources = Uint32Array.from({ length: 3 * N }, (_, k) => k % N);
  const targets = sources.map((i, k) => (i * 7919 + (k % 3) * 104_729 + 1) % N);
  const graph = await Graph.fromEdges({ sources, targets });
  const operator = symmetric(graph, { precision: "f64" });
  const options = { count: 2, maxRounds: 2, tolerance: 0 };
  const [one, two] = await Promise.all([1, 2].map((threads) => eigenvectors(operator, { ...options, threads })));
  expect(two).toEqual(one);
  expect(one.rounds).toBe(2);
});

test("what is no square operator, or no option, is refused", async () => {
  const graph = await cycle(5);
  const operator = randomWalk(graph);
  await expect(eigenvectors(operator, { count: 0 })).rejects.toThrow("eigenvectors: count must be an integer >= 1");
  await expect(eigenvectors(operator, { count: 1, end: "middle" as "least" })).rejects.toThrow("end must be");
  const { memory, numRows, numEntries, offsetsAt, indicesAt } = graph.rows;
  const at = { offsets: offsetsAt, indices: indicesAt, values: 0 };
  const wide = new Operator(new Rows(memory, { numRows, numColumns: numRows + 1, numEntries }, at));
  await expect(eigenvectors(wide, { count: 1 })).rejects.toThrow("a square operator was needed, got 5 x 6");
});
