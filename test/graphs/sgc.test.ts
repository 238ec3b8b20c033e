import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { sgc, sgcCurve } from "../../dist/graphs/sgc.js";
import { loadSpace } from "../../dist/index.js";
import { Graph } from "../../dist/messages/graph.js";
import { Rng } from "../../dist/numerics/random.js";
import { temporaryFolder } from "../temporary-folder.js";
import { karate, rowsOf } from "./karate.js";

/** Four labeled members of the karate club, without features. */
const split = { train: [0, 33, 5, 24], test: [1, 2, 3, 4, 30, 31, 32] };

describe("scores of the karate club from four labeled members", () => {
  test("are those of the same logistic regression in PyTorch 2.15.0 (L-BFGS, float64)", async () => {
    const { graph, factions } = await karate();
    const { space } = await sgc(graph, { ...split, labels: factions }, { weightDecay: 1e-2 });
    const expected = [0.688166, 0.246691, -0.134581, 0.24153, 0.643378, 0.826498];
    const rows = await rowsOf(space);
    for (const [i, score] of expected.entries()) {
      expect(rows[i][0]).toBeCloseTo(score, 2);
      expect(rows[i][1]).toBeCloseTo(-score, 2);
    }
  });

  test("are those of the ridge regression solved in numpy 2.4.6", async () => {
    const { graph, factions } = await karate();
    const nodes = { ...split, labels: factions };
    const { space } = await sgc(graph, nodes, { weightDecay: 1e-2, classifier: "ridge" });
    const expected = [0.88121922, 0.64845023, 0.43823512, 0.64192366, 0.835128, 0.92429414];
    const rows = await rowsOf(space);
    for (const [i, score] of expected.entries()) expect(rows[i][0]).toBeCloseTo(score, 6);
  });

  test("tell the factions apart", async () => {
    const { graph, factions } = await karate();
    const { predictions } = await sgc(graph, { ...split, labels: factions });
    const right = factions.filter((faction, i) => faction === predictions[i]).length;
    expect(right).toBeGreaterThanOrEqual(32);
  });
});

/** Two groups of nodes, most edges within, features that tell the group in part; `extra` nodes are left out of the graph. */
async function planted(numNodes: number, columns: number) {
  const rng = new Rng(3);
  const labels = Array.from({ length: numNodes }, (_, i) => i % 2);
  const edges: [number, number][] = [];
  for (let i = 0; i < numNodes; i++) {
    for (let k = 0; k < 3; k++) {
      const j = rng.below(numNodes);
      if (j !== i && (labels[i] === labels[j] || rng.uniform() < 0.2)) edges.push([i, j]);
    }
  }
  const values = Float64Array.from({ length: numNodes * columns }, (_, at) => {
    const isOwn = at % 2 === labels[Math.floor(at / columns)];
    return rng.uniform() < (isOwn ? 0.3 : 0.2) ? 1 : 0;
  });
  return { labels, edges, features: { rows: numNodes, columns, values } };
}

const graphOf = (edges: readonly [number, number][], numNodes: number) =>
  Graph.fromEdges({
    sources: Uint32Array.from(edges, ([i]) => i),
    targets: Uint32Array.from(edges, ([, j]) => j),
    numNodes,
  });

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, k) => from + k);

test("the weight decay is the best on the validation nodes, and all that were tried are told", async () => {
  const { labels, edges, features } = await planted(200, 30);
  const graph = await graphOf(edges, 200);
  const nodes = { labels, features, train: range(0, 20), validation: range(20, 100), test: range(100, 200) };
  const result = await sgc(graph, nodes);
  const best = Math.max(...result.trials.map(({ validationAccuracy }) => validationAccuracy as number));
  expect(result.trials).toHaveLength(11);
  expect(result.validationAccuracy).toBe(best);
  const chosen = result.trials.find(({ weightDecay }) => weightDecay === result.weightDecay);
  expect(chosen?.validationAccuracy).toBe(best);
  const neighborhoods = await sgcCurve(graph, nodes, { steps: [0, 2] });
  expect(neighborhoods[1].result.testAccuracy).toBe(result.testAccuracy);
  expect(neighborhoods[1].result.testAccuracy).toBeGreaterThan(neighborhoods[0].result.testAccuracy as number);
});

test("a new node gets the scores that it would have had in the graph under the same weights", async () => {
  const { labels, edges, features } = await planted(120, 12);
  const graph = await graphOf(edges, 120);
  const known = edges.filter(([i, j]) => i < 119 && j < 119);
  const smaller = await graphOf(known, 119);
  const values = features.values.slice(0, 119 * 12);
  const part = { rows: 119, columns: 12, values };
  const trained = await sgc(smaller, { labels: labels.slice(0, 119), features: part, train: range(0, 30) });
  // The weights of the edges: those that stand several times in the list are summed.
  const neighbors = new Map<string, number>();
  for (const [i, j] of edges) {
    const other = i === 119 ? j : j === 119 ? i : -1;
    if (other >= 0) neighbors.set(String(other), (neighbors.get(String(other)) ?? 0) + 1);
  }
  const [scores] = await trained.space.embed([{ neighbors, features: features.values.slice(119 * 12) }]);

  const { weights, bias } = trained.model;
  const path = join(temporaryFolder(), "sgc.space");
  await trained.space.save(path);
  const loaded = await loadSpace(path); // neither the graph nor the features are at hand
  const things = [{ neighbors, features: features.values.slice(119 * 12) }];
  expect((await loaded.embed(things))[0]).toEqual(scores);
  await loaded.add([{ name: "new", thing: things[0] }]);
  expect((await loaded.embed([{ neighbors: ["new", ...neighbors.keys()] }]))[0]).toEqual(
    (await loaded.embed([{ neighbors: [...neighbors.keys()] }]))[0], // nodes that were added have no features to give
  );
  await expect(loaded.embed([{ neighbors, features: [1] }])).rejects.toThrow("12 finite features, got 1 values");
  await loaded.close();
  const dense = denseScores(graph, features, weights, bias);
  for (const c of [0, 1]) expect(scores[c]).toBeCloseTo(dense[119 * 2 + c], 4);
});

/** S^2 X W + b by dense matrices. */
function denseScores(
  graph: Graph,
  { columns, values }: { columns: number; values: Float64Array },
  weights: Float64Array,
  bias: Float64Array,
): Float64Array {
  const N = graph.numNodes;
  const { offsets, indices, values: own } = graph.rows;
  const a = new Float64Array(N * N);
  for (let i = 0; i < N; i++) {
    a[i * N + i] = 1;
    for (let k = offsets[i]; k < offsets[i + 1]; k++) a[i * N + indices[k]] += own?.[k] ?? 1;
  }
  const degrees = range(0, N).map((i) => a.subarray(i * N, (i + 1) * N).reduce((sum, value) => sum + value, 0));
  let z = Float64Array.from({ length: N * 2 }, (_, at) => {
    const row = values.subarray(Math.floor(at / 2) * columns, (Math.floor(at / 2) + 1) * columns);
    const sum = row.reduce((total, value) => total + value, 0) || 1;
    return row.reduce((total, value, d) => total + (value / sum) * weights[d * 2 + (at % 2)], 0);
  });
  for (let step = 0; step < 2; step++) {
    z = Float64Array.from(z, (_, at) => {
      const i = Math.floor(at / 2);
      return range(0, N).reduce(
        (sum, j) => sum + (a[i * N + j] * z[j * 2 + (at % 2)]) / Math.sqrt(degrees[i] * degrees[j]),
        0,
      );
    });
  }
  return z.map((score, at) => score + bias[at % 2]);
}

test("sparse and dense features give the same scores, and any number of threads the same bytes", async () => {
  const { labels, edges, features } = await planted(80, 25);
  const graph = await graphOf(edges, 80);
  const entries = Array.from(features.values.keys()).filter((at) => features.values[at] !== 0);
  const starts = range(0, 81).map((i) => entries.filter((at) => at < i * 25).length);
  const sparse = {
    ...{ rows: 80, columns: 25, starts },
    indices: entries.map((at) => at % 25),
    values: new Float64Array(entries.length).fill(1),
  };
  const nodes = { labels, train: range(0, 20), validation: range(20, 80) };
  const one = await rowsOf((await sgc(graph, { ...nodes, features }, { threads: 1 })).space);
  expect(await rowsOf((await sgc(graph, { ...nodes, features }, { threads: 2 })).space)).toEqual(one);
  expect(await rowsOf((await sgc(graph, { ...nodes, features: sparse }, { threads: 2 })).space)).toEqual(one);
});

test("a class without a training node, a directed graph and unknown options are refused", async () => {
  const { graph, factions } = await karate();
  await expect(sgc(graph, { labels: factions, train: [0, 1] })).rejects.toThrow(
    "sgc: each class needs a node in train, class 1 has none",
  );
  const directed = await Graph.fromEdges(
    { sources: Uint32Array.of(0), targets: Uint32Array.of(1) },
    { directed: true },
  );
  await expect(sgc(directed, { labels: [0, 1], train: [0, 1] })).rejects.toThrow("an undirected graph was needed");
  const misspelt = { decay: 1 } as object;
  await expect(sgc(graph, { ...split, labels: factions }, misspelt)).rejects.toThrow("there is no option decay");
});
