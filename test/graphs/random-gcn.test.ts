import { expect, test } from "vitest";
import { randomGcn } from "../../dist/graphs/random-gcn.js";
import { Graph } from "../../dist/messages/graph.js";
import { Rng } from "../../dist/numerics/random.js";
import { karate, median, nearestAccuracy, rowsOf } from "./karate.js";

test("without any training the factions of the karate club lie apart: median 1-NN accuracy over 100 seeds", async () => {
  const { graph, factions } = await karate();
  const network: number[] = [];
  const random: number[] = [];
  for (let seed = 1; seed <= 100; seed++) {
    network.push(nearestAccuracy(await rowsOf(await randomGcn(graph, { seed, threads: 1 })), factions));
    const rng = new Rng(seed);
    const vectors = factions.map(() => Float32Array.from({ length: 16 }, () => 2 * rng.uniform() - 1));
    random.push(nearestAccuracy(vectors, factions));
  }
  expect(median(network)).toBeGreaterThanOrEqual(0.85);
  // Paired by seed, a sign test: 100 wins of a fair coin have a probability of 2^-100, 75 one below 1e-6.
  expect(network.filter((accuracy, k) => accuracy > random[k]).length).toBeGreaterThanOrEqual(75);
});

test("a layer is tanh(S H W): on one edge S has all entries 1/2, so that both ends come out alike", async () => {
  const graph = await Graph.fromEdges({ sources: Uint32Array.of(0), targets: Uint32Array.of(1) });
  const rng = new Rng(7, 0);
  const weights = Array.from({ length: 4 }, () => Math.sqrt(6 / 4) * (2 * rng.uniform() - 1)); // [2, 2]
  const expected = [0, 1].map((c) => Math.tanh((weights[c] + weights[2 + c]) / 2));
  const rows = await rowsOf(await randomGcn(graph, { layers: [2], seed: 7 }));
  for (const row of rows) for (const c of [0, 1]) expect(row[c]).toBeCloseTo(expected[c], 6);
});

test("from constant starts nodes that 1-WL cannot tell apart get the same vector", async () => {
  // A cycle of 6: all nodes alike. With a tail at node 0 its two sides mirror each other.
  const sources = [0, 1, 2, 3, 4, 5, 0];
  const targets = [1, 2, 3, 4, 5, 0, 6];
  const graph = await Graph.fromEdges({ sources: Uint32Array.from(sources), targets: Uint32Array.from(targets) });
  const rows = await rowsOf(await randomGcn(graph, { start: "constant", layers: [8, 8, 8] }));
  const distance = (i: number, j: number) => Math.hypot(...rows[i].map((value, d) => value - rows[j][d]));
  for (const [i, j] of [
    [1, 5],
    [2, 4],
  ]) {
    expect(distance(i, j)).toBeLessThan(1e-6);
  }
  expect(distance(0, 3)).toBeGreaterThan(1e-3);
});

test("the same seed gives the same bytes with any number of threads, another seed others", async () => {
  const { graph } = await karate();
  const [one, two, other] = await Promise.all(
    [{ threads: 1 }, { threads: 2 }, { seed: 2 }].map(async (options) => rowsOf(await randomGcn(graph, options))),
  );
  expect(two).toEqual(one);
  expect(other).not.toEqual(one);
});

test("features that do not fit and layers of no width are refused", async () => {
  const { graph } = await karate();
  await expect(randomGcn(graph, { layers: [] })).rejects.toThrow("layers must hold a width or more, got none");
  await expect(randomGcn(graph, { start: "features" })).rejects.toThrow("features were needed");
  const features = { rows: 2, columns: 1, values: Float64Array.of(1, 2) };
  await expect(randomGcn(graph, { features })).rejects.toThrow("features of 34 nodes were needed, got 2 rows");
});
