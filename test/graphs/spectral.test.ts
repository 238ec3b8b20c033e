import { expect, test } from "vitest";
import { spectralEmbedding } from "../../dist/graphs/spectral.js";
import { Graph } from "../../dist/messages/graph.js";
import { karate, rowsOf } from "./karate.js";

const eigenvaluesOf = (space: { metrics: Readonly<Record<string, unknown>> }) => space.metrics.eigenvalues as number[];

test("eigenvalues and vectors of the karate club are those of numpy 2.4.6 (numpy.linalg.eigh)", async () => {
  const { graph } = await karate();
  const space = await spectralEmbedding(graph, { dimensions: 3 });
  const expected = [0.1322723292295165, 0.2870489853850357, 0.38731323261013073];
  for (const [k, value] of eigenvaluesOf(space).entries()) expect(value).toBeCloseTo(expected[k], 12);
  const firstRows = [
    [0.2964, 0.144587, 0.061313],
    [0.113414, 0.350467, 0.011618],
    [-0.008971, 0.211482, 0.046985],
    [0.115128, 0.314105, 0.062543],
    [0.267172, -0.185753, -0.018865],
    [0.346387, -0.316565, -0.048912],
  ];
  const rows = await rowsOf(space);
  for (const [i, row] of firstRows.entries()) {
    for (const [d, value] of row.entries()) expect(rows[i][d]).toBeCloseTo(value, 5);
  }
});

test("a cycle has the eigenvalues 1 - cos(2 pi k / N), each twice, both found", async () => {
  const N = 60;
  const sources = Uint32Array.from({ length: N }, (_, i) => i);
  const graph = await Graph.fromEdges({ sources, targets: sources.map((i) => (i + 1) % N) });
  const space = await spectralEmbedding(graph, { dimensions: 6 });
  const expected = [1, 1, 2, 2, 3, 3].map((k) => 1 - Math.cos((2 * Math.PI * k) / N));
  for (const [k, value] of eigenvaluesOf(space).entries()) expect(value).toBeCloseTo(expected[k], 10);
  // Each pair of coordinates draws the cycle as a circle: every node as far from the origin, sqrt(2 / N).
  for (const row of await rowsOf(space)) expect(Math.hypot(row[0], row[1])).toBeCloseTo(Math.sqrt(2 / N), 5);
});

test("a path has the eigenvalues 1 - cos(pi k / (N - 1)), however close they lie, and vectors cos(pi k i / (N - 1))", async () => {
  const N = 200;
  const sources = Uint32Array.from({ length: N - 1 }, (_, i) => i);
  const graph = await Graph.fromEdges({ sources, targets: sources.map((i) => i + 1) });
  const space = await spectralEmbedding(graph, { dimensions: 3 });
  for (const [k, value] of eigenvaluesOf(space).entries()) {
    expect(value).toBeCloseTo(1 - Math.cos((Math.PI * (k + 1)) / (N - 1)), 10);
  }
  const rows = await rowsOf(space);
  const fiedler = rows.map(([first], i) => first / Math.sqrt(i === 0 || i === N - 1 ? 1 : 2)); // D^-1/2 v
  for (let i = 0; i < N; i++) {
    expect(fiedler[i] / fiedler[0]).toBeCloseTo(Math.cos((Math.PI * i) / (N - 1)), 4);
  }
});

test("components are kept apart in a column, and isolated nodes lie at 0", async () => {
  // Two paths of 4 nodes and a node without edges.
  const graph = await Graph.fromEdges({
    sources: Uint32Array.of(0, 1, 2, 5, 6, 7),
    targets: Uint32Array.of(1, 2, 3, 6, 7, 8),
  });
  const space = await spectralEmbedding(graph, { dimensions: 2 });
  for (const value of eigenvaluesOf(space)) expect(value).toBeCloseTo(0.5, 10); // 1 - cos(pi / 3), twice
  const { component } = Object.fromEntries(await space.columns());
  expect(Array.from(component as ArrayLike<unknown>)).toEqual([0, 0, 0, 0, 1, 2, 2, 2, 2]);
  expect(Array.from((await rowsOf(space))[4], Math.abs)).toEqual([0, 0]);
  expect(space.metrics.components).toBe(3);
  await expect(spectralEmbedding(graph, { dimensions: 7 })).rejects.toThrow(
    "has 6 eigenvectors to give (nodes, 9, less components, 3), dimensions is 7",
  );
});

test("the result does not depend on the number of threads", async () => {
  const { graph } = await karate();
  const [one, two] = [1, 2].map((threads) => spectralEmbedding(graph, { dimensions: 4, threads }));
  expect(await rowsOf(await two)).toEqual(await rowsOf(await one));
});
