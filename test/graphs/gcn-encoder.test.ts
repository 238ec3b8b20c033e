import { join } from "node:path";
import { expect, test } from "vitest";
import { gcn } from "../../dist/graphs/gcn.js";
import { loadSpace } from "../../dist/index.js";
import { Graph } from "../../dist/messages/graph.js";
import { symmetric } from "../../dist/messages/operators/symmetric.js";
import { propagate } from "../../dist/messages/propagate.js";
import type { Matrix } from "../../dist/numerics/matrix.js";
import { Rng } from "../../dist/numerics/random.js";
import { temporaryFolder } from "../temporary-folder.js";

const [N, F] = [30, 5];
const rng = new Rng(3);
/** Two groups by parity; node 29 is the new one, and node 4 has an edge to itself. */
const edges = Array.from({ length: 120 }, () => [rng.below(N), rng.below(N)]).filter(
  ([i, j]) => i !== j && (i + j) % 2 === 0,
);
edges.push([4, 4], [29, 1], [29, 4]);
const values = Float64Array.from({ length: N * F }, (_, at) => (at % F === Math.floor(at / F) % 2 ? 1 : rng.uniform()));

const graphOf = (kept: number[][], numNodes: number) =>
  Graph.fromEdges({
    sources: Uint32Array.from(kept, ([i]) => i),
    targets: Uint32Array.from(kept, ([, j]) => j),
    numNodes,
  });
const sparse = (rows: number): Matrix => ({
  rows,
  columns: F,
  values: values.slice(0, rows * F),
  starts: Uint32Array.from({ length: rows + 1 }, (_, i) => i * F),
  indices: Uint32Array.from({ length: rows * F }, (_, at) => at % F),
});
const dense = (rows: number): Matrix => ({ rows, columns: F, values: values.slice(0, rows * F) });

test.each([
  ["dense features, relu", dense, "relu", "drop"],
  ["sparse features, tanh, loops kept", sparse, "tanh", "keep"],
] as const)(
  "a new node gets the hidden layer that it would have had: %s",
  async (_, featuresOf, activation, selfLoops) => {
    const known = await graphOf(
      edges.filter(([i, j]) => i < N - 1 && j < N - 1),
      N - 1,
    );
    const nodes = {
      labels: Array.from({ length: N - 1 }, (_, i) => i % 2),
      features: featuresOf(N - 1),
      train: [0, 1, 2, 3, 4, 5],
    };
    const options = { hidden: 4, epochs: 20, activation, selfLoops, onWarning: () => {} };
    const { space, params } = await gcn(known, nodes, options);

    // All of it anew, with the node in the graph, under the same weights: act(S X W0).
    const first = params.first.data as Float32Array;
    const product = Float64Array.from({ length: N * 4 }, (_, at) => {
      const row = values.subarray(Math.floor(at / 4) * F, (Math.floor(at / 4) + 1) * F);
      const sum = row.reduce((a, b) => a + b, 0);
      return row.reduce((total, value, d) => total + (value / sum) * first[d * 4 + (at % 4)], 0);
    });
    const all = await graphOf(edges, N);
    const operator = symmetric(all, { precision: "f64", selfLoops: selfLoops === "keep" ? true : "replace" });
    const hidden = (await propagate(operator, product)).slice(-4);
    const expected = hidden.map(activation === "tanh" ? Math.tanh : (value) => Math.max(0, value));

    const weights = new Map<string, number>();
    for (const [i, j] of edges) {
      const other = i === N - 1 ? j : j === N - 1 ? i : -1;
      if (other >= 0) weights.set(String(other), (weights.get(String(other)) ?? 0) + 1);
    }
    const thing = { neighbors: weights, features: values.slice(-F) };
    const [own] = await space.embed([thing]);
    for (const [d, value] of expected.entries()) expect(own[d]).toBeCloseTo(value, 5);

    const path = join(temporaryFolder(), "gcn.space");
    await space.save(path);
    const loaded = await loadSpace(path); // neither the graph nor the features are at hand
    expect(await loaded.embed([thing])).toEqual([own]);
    await loaded.add([{ name: "29", thing }]);
    expect(loaded.length).toBe(N);
    await expect(loaded.embed([{ neighbors: ["1"], features: [1] }])).rejects.toThrow(
      "5 finite features, got 1 values",
    );
    await loaded.close();
  },
);

test("a space of the output has no encoder's numbers, and says so", async () => {
  const graph = await graphOf(edges, N);
  const nodes = { labels: Array.from({ length: N }, (_, i) => i % 2), train: [0, 1] };
  const { space } = await gcn(graph, nodes, { vectors: "output", epochs: 2, onWarning: () => {} });
  await expect(space.embed([{ neighbors: ["1"] }])).rejects.toThrow("a space of the hidden layer of gcn was needed");
});
