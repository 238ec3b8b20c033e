import fc from "fast-check";
import { expect, test } from "vitest";
import { colorRefinement } from "../../../dist/graphs/weisfeiler-lehman/refinement.js";
import { Graph } from "../../../dist/messages/graph.js";
import { build, cycles, partitionOf, plainGraphs, plainRefinement, renumber, shuffled } from "./graphs.js";

test("each round's partition is that of the definition, for graphs of all kinds", async () => {
  await fc.assert(
    fc.asyncProperty(plainGraphs, async (plain) => {
      const expected = plainRefinement(plain);
      const input = await build(plain);
      const whole = await colorRefinement(input);
      expect(whole.stable).toBe(true);
      expect(whole.colorsByRound).toEqual(expected.map((colors) => new Set(colors).size));
      for (const [rounds, colors] of expected.entries()) {
        const { colors: ours } = await colorRefinement(input, { rounds });
        expect(partitionOf(ours)).toEqual(partitionOf(colors));
      }
    }),
    { numRuns: 300 },
  );
});

test("renumbering the nodes renumbers no color", async () => {
  await fc.assert(
    fc.asyncProperty(plainGraphs, fc.nat(), async (plain, seed) => {
      const order = shuffled(plain.n, seed);
      const { colors } = await colorRefinement(await build(plain));
      const { colors: moved } = await colorRefinement(await build(renumber(plain, order)));
      expect(order.map((v) => moved[v])).toEqual([...colors]);
    }),
    { numRuns: 300 },
  );
});

test("a path folds in the middle, one more pair told apart a round", async () => {
  const n = 9;
  const path = { n, edges: Array.from({ length: n - 1 }, (_, i) => [i, i + 1] as const) };
  const { colors, colorsByRound, stable } = await colorRefinement(await build(path));
  expect(partitionOf(colors)).toEqual([0, 1, 2, 3, 4, 3, 2, 1, 0]);
  expect(colorsByRound).toEqual([1, 2, 3, 4, 5]);
  expect(stable).toBe(true);
});

test("degrees are no colors to begin with, and regular graphs keep one color", async () => {
  const star = await build({
    n: 4,
    edges: [
      [0, 1],
      [0, 2],
      [0, 3],
    ],
  });
  expect((await colorRefinement(star, { rounds: 0 })).numColors).toBe(1);
  expect((await colorRefinement(star)).numColors).toBe(2);
  expect((await colorRefinement(await build(cycles(3, 4, 5)))).numColors).toBe(1);
});

test("directions count: the ends of a directed path differ", async () => {
  const edges = [
    [0, 1],
    [1, 2],
  ] as const;
  expect((await colorRefinement(await build({ n: 3, edges }))).numColors).toBe(2);
  expect((await colorRefinement(await build({ n: 3, edges, directed: true }))).numColors).toBe(3);
});

test("weights are no labels unless they are asked to be", async () => {
  const graph = await Graph.fromEdges({
    sources: Uint32Array.of(0, 1),
    targets: Uint32Array.of(1, 2),
    weights: Float64Array.of(1, 2),
  });
  expect((await colorRefinement(graph)).numColors).toBe(2);
  expect((await colorRefinement({ graph, edgeLabels: "weights" })).numColors).toBe(3);
  expect((await colorRefinement({ graph, edgeLabels: ["a", "a", "b", "b"] })).numColors).toBe(3);
});

test("labels that do not fit are refused with what was needed", async () => {
  const graph = (await build(cycles(3))).graph;
  await expect(colorRefinement({ graph, nodeLabels: [1, 2] })).rejects.toThrow(
    "colorRefinement: nodeLabels must have a label for each of 3 nodes, got 2",
  );
  await expect(colorRefinement({ graph, nodeLabels: [1, Number.NaN, 2] })).rejects.toThrow("got NaN at 1");
  await expect(colorRefinement({ graph, edgeLabels: [1] })).rejects.toThrow("each of 6 entries of graph.rows, got 1");
  await expect(colorRefinement({ graph, edgeLabels: [1, 1, 1, 2, 1, 1] })).rejects.toThrow(
    "colorRefinement: both entries of an undirected edge must have the same label, those of 1 - 2 differ",
  );
  await expect(colorRefinement(graph, { rounds: -1 })).rejects.toThrow("rounds must be an integer >= 0, got -1");
});

test("an aborted refinement rejects with the signal's reason", async () => {
  const { graph } = await build(cycles(3));
  await expect(colorRefinement(graph, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
});
