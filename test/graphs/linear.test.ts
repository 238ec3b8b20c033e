import { expect, test } from "vitest";
import { linearEmbedding } from "../../dist/graphs/linear.js";
import { Graph } from "../../dist/messages/graph.js";
import { karate, median, nearestAccuracy, rowsOf } from "./karate.js";

test("the factions of the karate club lie apart: median 1-NN accuracy over 20 seeds", async () => {
  const { graph, factions } = await karate();
  const accuracies: number[] = [];
  for (let seed = 1; seed <= 20; seed++) {
    const space = await linearEmbedding(graph, { dimensions: 64, seed, threads: 1 });
    accuracies.push(nearestAccuracy(await rowsOf(space), factions));
  }
  expect(median(accuracies)).toBeGreaterThanOrEqual(0.9);
});

test("starts are in [-1, 1], depend on the name and the seed, and not on the order of the nodes", async () => {
  const edges = { sources: Uint32Array.of(0, 1), targets: Uint32Array.of(1, 2) };
  const graph = await Graph.fromEdges({ ...edges, names: ["a", "b", "c"] });
  const turned = await Graph.fromEdges({ ...edges, names: ["c", "b", "a"] });
  const [one, other] = [await linearEmbedding(graph), await linearEmbedding(turned)];
  for (const name of ["a", "b", "c"]) expect(await other.vector(name)).toEqual(await one.vector(name));
  const starts = await linearEmbedding(graph, { steps: 0, dimensions: 1000 });
  const [a, b] = await rowsOf(starts);
  expect(a.every((value) => value >= -1 && value <= 1)).toBe(true);
  // Uniform: mean 0 with deviation .018, mean square 1/3 with deviation .0094; independent: mean product 0, .0105.
  const mean = (f: (d: number) => number) => a.reduce((sum, _, d) => sum + f(d), 0) / a.length;
  expect(Math.abs(mean((d) => a[d]))).toBeLessThan(0.09);
  expect(Math.abs(mean((d) => a[d] ** 2) - 1 / 3)).toBeLessThan(0.05);
  expect(Math.abs(mean((d) => a[d] * b[d]))).toBeLessThan(0.05);
  expect(await rowsOf(await linearEmbedding(graph, { steps: 0, dimensions: 1000, seed: 2 }))).not.toEqual([a, b]);
});

test("a step is the weighted mean of the neighbors, at length 1", async () => {
  const edges = { sources: Uint32Array.of(0, 0), targets: Uint32Array.of(1, 2), weights: Float64Array.of(1, 3) };
  const graph = await Graph.fromEdges(edges);
  const [, one, two] = await rowsOf(await linearEmbedding(graph, { steps: 0, dimensions: 5 }));
  const [zero] = await rowsOf(await linearEmbedding(graph, { steps: 1, dimensions: 5 }));
  const mean = one.map((value, d) => (value + 3 * two[d]) / 4);
  const length = Math.hypot(...mean);
  for (let d = 0; d < 5; d++) expect(zero[d]).toBeCloseTo(mean[d] / length, 6);
});

test("held-out nodes are embedded from their neighbors about as well as by embedding anew", async () => {
  const { graph, factions } = await karate();
  const { offsets, indices } = graph.rows;
  const whole = await rowsOf(await linearEmbedding(graph, { dimensions: 64 }));
  let [heldOut, anew] = [0, 0];
  for (let out = 0; out < graph.numNodes; out++) {
    const sources: number[] = [];
    const targets: number[] = [];
    for (let i = 0; i < graph.numNodes; i++) {
      for (let k = offsets[i]; k < offsets[i + 1]; k++) {
        if (i < indices[k] && i !== out && indices[k] !== out) {
          sources.push(i);
          targets.push(indices[k]);
        }
      }
    }
    const list = { sources: Uint32Array.from(sources), targets: Uint32Array.from(targets), numNodes: graph.numNodes };
    const space = await linearEmbedding(await Graph.fromEdges(list), { dimensions: 64, threads: 1 });
    const neighbors = Array.from(indices.subarray(offsets[out], offsets[out + 1]), String);
    const rows = await rowsOf(space);
    rows[out] = Float32Array.from((await space.embed([{ neighbors }]))[0]);
    const accuracy = (table: Float32Array[]) => {
      let best = -1;
      let most = Number.NEGATIVE_INFINITY;
      for (let j = 0; j < table.length; j++) {
        const product = table[out].reduce((sum, value, d) => sum + value * table[j][d], 0);
        if (j !== out && product > most) [best, most] = [j, product];
      }
      return factions[best] === factions[out] ? 1 : 0;
    };
    heldOut += accuracy(rows);
    anew += accuracy(whole);
  }
  expect(heldOut).toBeGreaterThanOrEqual(anew - 3);
  expect(heldOut / graph.numNodes).toBeGreaterThanOrEqual(0.85);
});
