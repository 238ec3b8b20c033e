import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { leiden } from "../../../dist/maps/clusters/leiden.js";
import { modularity } from "../../../dist/maps/clusters/modularity.js";
import { Graph } from "../../../dist/messages/graph.js";
import { Rng } from "../../../dist/numerics/random.js";
import { karate } from "../../graphs/karate.js";

const golden = JSON.parse(readFileSync(new URL("../../golden/clusters.json", import.meta.url), "utf8")).communities;

function graphOf(edges: readonly (readonly [number, number])[], numNodes?: number, weights?: readonly number[]) {
  return Graph.fromEdges({
    sources: Uint32Array.from(edges, ([source]) => source),
    targets: Uint32Array.from(edges, ([, target]) => target),
    weights: weights === undefined ? null : Float64Array.from(weights),
    numNodes,
  });
}

/** Whether the nodes of each community can reach each other inside of it. */
function allConnected({ rows, numNodes }: Graph, labels: Int32Array): boolean {
  const { offsets, indices } = rows;
  const reached = new Set<number>();
  const walk = (node: number) => {
    if (reached.has(node)) return;
    reached.add(node);
    for (let e = offsets[node]; e < offsets[node + 1]; e++) if (labels[indices[e]] === labels[node]) walk(indices[e]);
  };
  const started = new Set<number>();
  for (let node = 0; node < numNodes; node++) {
    if (started.has(labels[node])) continue;
    started.add(labels[node]);
    walk(node);
  }
  return reached.size === numNodes;
}

/** Two triangles joined by an edge. */
const triangles = [
  [0, 1],
  [1, 2],
  [0, 2],
  [2, 3],
  [3, 4],
  [4, 5],
  [3, 5],
] as const;

describe("modularity", () => {
  test("worked by hand: two triangles and the edge between", async () => {
    // m = 7, L = 3 and 3, K = 7 and 7: 6/7 - 1/2
    expect(modularity(await graphOf(triangles), [0, 0, 0, 1, 1, 1])).toBeCloseTo(6 / 7 - 1 / 2, 15);
    expect(modularity(await graphOf(triangles), [0, 0, 0, 1, 1, 1], 2)).toBeCloseTo(6 / 7 - 1, 15);
    expect(modularity(await graphOf(triangles), [0, 0, 0, 0, 0, 0])).toBeCloseTo(0, 15);
    expect(modularity(await graphOf([], 3), [0, 1, 2])).toBe(0);
  });

  test("is igraph's, with weights, loops and a resolution", async () => {
    const graph = await graphOf(golden.edges, golden.nodes, golden.weights);
    for (const { labels, resolution, modularity: expected } of [golden.random, ...golden.best]) {
      expect(modularity(graph, labels, resolution)).toBeCloseTo(expected, 12);
    }
  });

  test("what fits no graph is named", async () => {
    const graph = await graphOf(triangles);
    expect(() => modularity(graph, [0, 0])).toThrow("modularity: 6 labels are needed, one a node, got 2");
    expect(() => modularity(graph, [0, 0, 0, 1, 1, -1])).toThrow("labels must be an integer >= 0, got -1");
    const directed = await Graph.fromEdges(
      { sources: Uint32Array.of(0), targets: Uint32Array.of(1) },
      { directed: true },
    );
    expect(() => modularity(directed, [0, 0])).toThrow("modularity: an undirected graph is needed");
    await expect(leiden(directed)).rejects.toThrow("leiden: an undirected graph is needed");
  });
});

describe("leiden", () => {
  test("finds the communities of the karate club of greatest modularity, .4198, from any seed", async () => {
    const { graph } = await karate();
    for (let seed = 0; seed < 20; seed++) {
      const found = await leiden(graph, { seed });
      expect(found.modularity).toBeCloseTo(0.4197896, 6);
      expect(found.sizes).toEqual([12, 11, 6, 5]);
    }
  });

  test("30 seeds reach what igraph's 30 runs reach, at any resolution, with weights and loops", async () => {
    const graph = await graphOf(golden.edges, golden.nodes, golden.weights);
    for (const { resolution, modularity: best, mean } of golden.best) {
      let [sum, most] = [0, 0];
      for (let seed = 1; seed <= 30; seed++) {
        const found = await leiden(graph, { seed, resolution });
        expect(found.modularity).toBeCloseTo(modularity(graph, found.labels, resolution), 12);
        sum += found.modularity;
        most = Math.max(most, found.modularity);
      }
      expect(most).toBeGreaterThan(best - 0.002);
      expect(sum / 30).toBeGreaterThan(mean - 0.002); // the means of 30 runs scatter by .001
    }
  });

  test("recovers planted groups", async () => {
    const rng = new Rng(5);
    const edges: [number, number][] = [];
    for (let i = 0; i < 240; i++) {
      for (let j = 0; j < i; j++) if (rng.uniform() < (i % 4 === j % 4 ? 0.3 : 0.02)) edges.push([i, j]);
    }
    const { labels, sizes } = await leiden(await graphOf(edges));
    expect(sizes).toEqual([60, 60, 60, 60]);
    for (let i = 4; i < 240; i++) expect(labels[i]).toBe(labels[i - 4]);
    expect([...labels.subarray(0, 4)]).toEqual([0, 1, 2, 3]); // equal sizes: by the lowest node
  });

  test("every community is connected, and no node gains by leaving for that of a neighbor or for one of its own", async () => {
    const shape = fc.record({
      seed: fc.nat(1e6),
      nodes: fc.integer({ min: 1, max: 40 }),
      resolution: fc.constantFrom(0, 0.3, 1, 3),
    });
    await fc.assert(
      fc.asyncProperty(shape, fc.integer({ min: 0, max: 90 }), async ({ seed, nodes, resolution }, count) => {
        const rng = new Rng(seed);
        const edges = Array.from({ length: count }, () => [rng.below(nodes), rng.below(nodes)] as const);
        const graph = await graphOf(
          edges,
          nodes,
          edges.map(() => 1 + rng.below(4)),
        );
        const found = await leiden(graph, { seed, resolution });
        expect(allConnected(graph, found.labels)).toBe(true);
        expect(found.sizes.reduce((sum, size) => sum + size, 0)).toBe(nodes);
        expect(found.sizes).toEqual(found.sizes.toSorted((a, b) => b - a));
        const labels = [...found.labels];
        const { offsets, indices } = graph.rows;
        for (let i = 0; i < nodes; i++) {
          const others = [...indices.subarray(offsets[i], offsets[i + 1])].map((j) => labels[j]);
          for (const other of [...others, found.sizes.length]) {
            expect(modularity(graph, labels.with(i, other), resolution)).toBeLessThan(found.modularity + 1e-9);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test("a seed gives the same communities again; weights times a power of two change nothing", async () => {
    const graph = await graphOf(golden.edges, golden.nodes, golden.weights);
    const four = await graphOf(
      golden.edges,
      golden.nodes,
      golden.weights.map((weight: number) => 4 * weight),
    );
    const once = await leiden(graph, { seed: 9, iterations: 1 });
    expect((await leiden(graph, { seed: 9, iterations: 1 })).labels).toEqual(once.labels);
    expect((await leiden(four, { seed: 9, iterations: 1 })).labels).toEqual(once.labels);
    const others = await Promise.all(
      [1, 2, 3, 4, 5, 6].map((seed) => leiden(graph, { seed, iterations: 1, resolution: 2 })),
    );
    expect(new Set(others.map(({ labels }) => labels.join())).size).toBeGreaterThan(1);
  });

  test("a greater resolution gives more communities, none at all gives the connected components", async () => {
    const { graph } = await karate();
    const counts = await Promise.all(
      [0, 0.5, 1, 3].map(async (resolution) => (await leiden(graph, { resolution })).sizes.length),
    );
    expect(counts[0]).toBe(1);
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
    expect(counts[3]).toBeGreaterThan(4);
  });

  test("a graph of one node, of none and without edges", async () => {
    expect(await leiden(await graphOf([], 0))).toMatchObject({ sizes: [], noise: 0, modularity: 0 });
    expect(await leiden(await graphOf([], 1))).toMatchObject({ sizes: [1], modularity: 0, iterations: 0 });
    expect((await leiden(await graphOf([[1, 1]], 3))).sizes).toEqual([1, 1, 1]);
  });

  test("what cannot be done is named", async () => {
    const { graph } = await karate();
    await expect(leiden(graph, { resolution: -1 })).rejects.toThrow(
      "leiden: resolution must be a finite number >= 0, got -1",
    );
    await expect(leiden(graph, { iterations: 0 })).rejects.toThrow(
      "leiden: iterations must be an integer from 1 to 1000, got 0",
    );
    await expect(leiden(graph, { seed: 0.5 })).rejects.toThrow("leiden: seed must be an integer >= 0, got 0.5");
    await expect(leiden(graph, { gamma: 1 } as object)).rejects.toThrow("leiden: there is no option gamma");
    await expect(leiden(graph, { memoryLimit: 1000 })).rejects.toThrow(
      "leiden: 34 nodes and 156 arcs take 7632 bytes beside the graph, 1000 are allowed (memoryLimit)",
    );
  });

  test("a signal stops it, and progress counts the nodes visited", async () => {
    const { graph } = await karate();
    await expect(leiden(graph, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
    const seen: number[] = [];
    await leiden(graph, { onProgress: ({ done }) => seen.push(done) });
    expect(seen.at(-1)).toBeGreaterThanOrEqual(34);
  });
});
