import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pageRank } from "../../dist/graphs/pagerank.js";
import type { NodeDistribution } from "../../dist/graphs/pagerank-distribution.js";
import { densePageRank, sparsePageRank } from "../../dist/graphs/pagerank-listings.js";
import { rankTable, topRanks } from "../../dist/graphs/rank-table.js";
import { Graph } from "../../dist/messages/graph.js";
import { Rng } from "../../dist/numerics/random.js";

const oneEdge = { sources: Uint32Array.of(0), targets: Uint32Array.of(1) };

function randomEdges(seed: number, nodes: number, edges: number) {
  const rng = new Rng(seed);
  const draw = () => Uint32Array.from({ length: edges }, () => rng.below(nodes));
  return {
    sources: draw(),
    targets: draw(),
    weights: Float64Array.from({ length: edges }, () => rng.uniform() + 0.1),
    numNodes: nodes,
  };
}

/** x = (I - d (M + w 1_dangling^T))^-1 (1 - d) t, by elimination. */
function exact(graph: Graph, t: Float64Array, w: Float64Array, d = 0.85): number[] {
  const { numNodes: n, rows } = graph;
  const { offsets, indices, values } = rows;
  const a = Array.from({ length: n }, (_, i) =>
    Array.from({ length: n + 1 }, (_, j) => (j === n ? (1 - d) * t[i] : +(i === j))),
  );
  for (let j = 0; j < n; j++) {
    let out = 0;
    for (let k = offsets[j]; k < offsets[j + 1]; k++) out += values?.[k] ?? 1;
    for (let k = offsets[j]; k < offsets[j + 1]; k++) a[indices[k]][j] -= (d * (values?.[k] ?? 1)) / out;
    if (out === 0) for (let i = 0; i < n; i++) a[i][j] -= d * w[i];
  }
  for (let p = 0; p < n; p++) {
    for (let i = 0; i < n; i++) {
      if (i === p) continue;
      const factor = a[i][p] / a[p][p];
      for (let k = p; k <= n; k++) a[i][k] -= factor * a[p][k];
    }
  }
  return a.map((row, i) => row[n] / row[i]);
}

const sumOf = (numbers: ArrayLike<number>) => Array.from(numbers).reduce((total, x) => total + x, 0);
const uniform = (n: number) => new Float64Array(n).fill(1 / n);

describe("an edge from 0 to 1, where 1 has no out-edge", () => {
  test("PageRank gives back what arrives at 1", async () => {
    const { ranks, converged, errorBound } = await pageRank(await Graph.fromEdges(oneEdge, { directed: true }), {
      tolerance: 1e-12,
    });
    expect(converged).toBe(true);
    expect(errorBound).toBeLessThan(1e-11);
    expect(ranks[0]).toBeCloseTo(0.350877192982, 11);
    expect(ranks[1]).toBeCloseTo(0.649122807018, 11);
  });

  test("the dense listing loses all mass, the sparse one a part of it", async () => {
    const graph = await Graph.fromEdges(oneEdge, { directed: true });
    const dense = densePageRank(graph);
    expect(Math.max(...dense.ranks)).toBeLessThan(1e-8);
    const sparse = sparsePageRank(graph);
    expect(sparse.ranks[0]).toBeCloseTo(0.075, 8);
    expect(sparse.ranks[1]).toBeCloseTo(0.13875, 8);
  });
});

test("the listings agree with each other and with PageRank where every node has an out-edge", async () => {
  const { sources, targets, weights } = randomEdges(3, 50, 400);
  const all = Uint32Array.from({ length: 50 }, (_, i) => i);
  const edges = {
    sources: Uint32Array.of(...sources, ...all),
    targets: Uint32Array.of(...targets, ...all.toReversed()),
  };
  const graph = await Graph.fromEdges(
    { ...edges, weights: Float64Array.of(...weights, ...uniform(50)) },
    { directed: true },
  );
  const { ranks } = await pageRank(graph, { tolerance: 1e-12 });
  const [dense, sparse] = [densePageRank(graph), sparsePageRank(graph, { seed: 2 })];
  for (const [i, rank] of ranks.entries()) {
    expect(dense.ranks[i]).toBeCloseTo(rank, 7);
    expect(sparse.ranks[i]).toBeCloseTo(rank, 7);
  }
});

test("ranks are those of the linear system to 1e-9 and sum to 1 within 1e-12, on any small graph", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(),
      fc.integer({ min: 1, max: 12 }),
      fc.nat(30),
      fc.boolean(),
      async (seed, nodes, count, directed) => {
        const graph = await Graph.fromEdges(randomEdges(seed, nodes, count), { directed });
        for (const layout of ["pull", "sorted"] as const) {
          const { ranks } = await pageRank(graph, { tolerance: 1e-11, layout });
          expect(Math.abs(sumOf(ranks) - 1)).toBeLessThan(1e-12);
          const expected = exact(graph, uniform(nodes), uniform(nodes));
          for (const [i, rank] of ranks.entries()) expect(Math.abs(rank - expected[i])).toBeLessThan(1e-9);
        }
      },
    ),
    { numRuns: 60 },
  );
});

test("jumps and the mass of nodes without out-edges go where they are told, for several starts at once", async () => {
  const graph = await Graph.fromEdges(randomEdges(8, 30, 45), { directed: true });
  const shares = Float64Array.from({ length: 30 }, (_, i) => (i % 3) / 30);
  const dangling = { 4: 1, 7: 3 };
  const [one, other] = await pageRank(graph, { personalization: [{ 2: 5 }, shares], dangling, tolerance: 1e-12 });
  const w = new Float64Array(30);
  w.set([0.25], 4);
  w.set([0.75], 7);
  const t = new Float64Array(30);
  t[2] = 1;
  for (const [i, x] of exact(graph, t, w).entries()) expect(Math.abs(one.ranks[i] - x)).toBeLessThan(1e-10);
  for (const [i, x] of exact(graph, shares, w).entries()) expect(Math.abs(other.ranks[i] - x)).toBeLessThan(1e-10);
  const alone = await pageRank(graph, { personalization: shares, dangling, tolerance: 1e-12 });
  expect(alone).toEqual(other);
});

test("several starts at once give the bytes that each gives alone, in any precision, layout and number of threads", async () => {
  const { sources, targets } = randomEdges(6, 300, 3000);
  const weights = Float64Array.from(sources, (_, e) => 1 + (e % 5));
  const graph = await Graph.fromEdges({ sources, targets, weights, numNodes: 320 }, { directed: true });
  const personalization = Array.from({ length: 11 }, (_, k) => ({ [k]: 1, [299 - 7 * k]: 2 }));
  for (const precision of ["float64", "float32"] as const) {
    for (const layout of ["pull", "sorted"] as const) {
      const options = { precision, layout, tolerance: 1e-5 };
      const alone = [];
      for (const one of personalization) alone.push(await pageRank(graph, { ...options, personalization: one }));
      for (const threads of [1, 2, 4]) {
        expect(await pageRank(graph, { ...options, threads, personalization })).toEqual(alone);
      }
      expect(new Set(alone.map(({ iterations }) => iterations)).size).toBeGreaterThan(1);
    }
  }
});

test("rows grouped by length give the same ranks, weighted, directed and with distributions", async () => {
  const { sources, targets } = randomEdges(9, 9000, 30_000);
  const weights = Float64Array.from(sources, (_, e) => 1 + (e % 7));
  const graph = await Graph.fromEdges({ sources, targets, weights, numNodes: 9000 }, { directed: true });
  const options = { personalization: { 5: 1, 8999: 3 }, dangling: { 4097: 1 }, tolerance: 1e-12 };
  const plain = await pageRank(graph, { ...options, layout: "pull" });
  const grouped = await pageRank(graph, { ...options, layout: "grouped" });
  expect(grouped.layout).toBe("grouped");
  for (const [i, rank] of grouped.ranks.entries()) expect(Math.abs(rank - plain.ranks[i])).toBeLessThan(1e-14);
});

test("the bytes do not depend on threads; float32 is near float64, over each layout", async () => {
  const { sources, targets } = randomEdges(5, 4000, 200_000);
  const graph = await Graph.fromEdges({ sources, targets, numNodes: 4100 }, { parallel: "first" });
  const { ranks } = await pageRank(graph, { tolerance: 1e-12 });
  for (const precision of ["float64", "float32"] as const) {
    for (const layout of ["pull", "sorted", "grouped", "half-edges"] as const) {
      if (precision === "float64" && layout === "half-edges") continue;
      const options = { precision, layout, tolerance: 1e-6 };
      const [one, two] = [
        await pageRank(graph, { ...options, threads: 1 }),
        await pageRank(graph, { ...options, threads: 2 }),
      ];
      expect(two).toEqual(one);
      expect(Math.abs(sumOf(one.ranks) - 1)).toBeLessThan(1e-12);
      expect(sumOf(one.ranks.map((x, i) => Math.abs(x - ranks[i])))).toBeLessThan(one.errorBound + 1e-6);
    }
  }
});

test("without convergence the ranks are given with what is known of them", async () => {
  const graph = await Graph.fromEdges(randomEdges(1, 20, 60), { directed: true });
  const { ranks, converged, iterations, residual, errorBound } = await pageRank(graph, { maxIterations: 3 });
  expect({ converged, iterations }).toEqual({ converged: false, iterations: 3 });
  expect(errorBound).toBeCloseTo((0.85 / 0.15) * residual, 12);
  const expected = exact(graph, uniform(20), uniform(20));
  expect(sumOf(ranks.map((x, i) => Math.abs(x - expected[i])))).toBeLessThanOrEqual(errorBound);
});

test("a graph without nodes has no ranks, one without edges equal ones", async () => {
  const none = { sources: new Uint32Array(), targets: new Uint32Array() };
  expect((await pageRank(await Graph.fromEdges(none))).ranks).toEqual(new Float64Array());
  const { ranks } = await pageRank(await Graph.fromEdges({ ...none, numNodes: 4 }));
  expect([...ranks]).toEqual([0.25, 0.25, 0.25, 0.25]);
});

test("options and distributions that do not fit are refused", async () => {
  const graph = await Graph.fromEdges({ ...oneEdge, names: ["a", "b"] }, { directed: true });
  const refused = (options: object) => expect(pageRank(graph, options)).rejects;
  await refused({ damping: 1 }).toThrow("pageRank: damping must be below 1, got 1");
  await refused({ tolerence: 1 }).toThrow("there is no option tolerence");
  await refused({ layout: "half-edges" }).toThrow('layout "half-edges" needs an undirected graph');
  const one = (personalization: NodeDistribution) => refused({ personalization });
  await one({ c: 1 }).toThrow('pageRank: personalization: there is no node "c"');
  await one({ a: -1 }).toThrow("node a must have a finite number >= 0, got -1");
  await one({ a: 0 }).toThrow("must have a positive sum, got 0");
  await one(Float64Array.of(1)).toThrow("must hold 2 numbers, got 1");
  await refused({ signal: AbortSignal.abort(new Error("stopped")) }).toThrow("stopped");
});

test("better teams beat better teams: who beats a winner ranks above who beats losers", async () => {
  // arcs from the loser to the winner; anna and bert have two wins each, anna's over teams that win
  const games = [
    ["carl", "anna"],
    ["dora", "anna"],
    ["anna", "carl"],
    ["bert", "dora"],
    ["emil", "bert"],
    ["finn", "bert"],
  ];
  const names = ["anna", "bert", "carl", "dora", "emil", "finn"];
  const ends = (k: number) => Uint32Array.from(games, (game) => names.indexOf(game[k]));
  const graph = await Graph.fromEdges({ sources: ends(0), targets: ends(1), names }, { directed: true });
  const { ranks } = await pageRank(graph);
  const top = topRanks(graph, ranks, 4);
  expect(top.map(({ name }) => name)).toEqual(["anna", "carl", "dora", "bert"]);
  const table = rankTable(top);
  expect([...(table.columns.get("place") ?? [])]).toEqual([1, 2, 3, 4]);
  expect(table.columns.get("node")).toEqual(["anna", "carl", "dora", "bert"]);
  expect(() => topRanks(graph, ranks.slice(1))).toThrow("topRanks: 6 ranks were needed");
});
