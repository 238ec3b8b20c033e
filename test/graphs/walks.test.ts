import { expect, test } from "vitest";
import { randomWalks, type WalkOptions, type Walks } from "../../dist/graphs/walks.js";
import { Graph, type GraphOptions } from "../../dist/messages/graph.js";
import { Rng } from "../../dist/numerics/random.js";
import { karateEdges } from "./karate.js";

type Edges = readonly (readonly [number, number])[];

const graphOf = (
  edges: Edges,
  { numNodes, weights, ...options }: GraphOptions & { numNodes?: number; weights?: number[] } = {},
) =>
  Graph.fromEdges(
    {
      sources: Uint32Array.from(edges, ([source]) => source),
      targets: Uint32Array.from(edges, ([, target]) => target),
      weights: weights ? Float64Array.from(weights) : null,
      numNodes,
    },
    options,
  );

const bytesOf = ({ nodes, ends }: Walks) => Buffer.from(Uint32Array.of(...nodes, ...ends).buffer);

const listsOf = ({ nodes, ends }: Walks) =>
  [...ends].map((end, k) => [...nodes.subarray(k === 0 ? 0 : ends[k - 1], end)]);

test("each node with edges begins `walks` walks of walkLength nodes along edges; isolated nodes begin none", async () => {
  const graph = await graphOf(karateEdges, { numNodes: 36 });
  const walks = listsOf(await randomWalks(graph, { walks: 3, walkLength: 11, p: 0.5, q: 2 }));
  const edges = new Set(karateEdges.flatMap(([a, b]) => [`${a} ${b}`, `${b} ${a}`]));
  const begun = new Float64Array(36);
  for (const walk of walks) {
    expect(walk.length).toBe(11);
    begun[walk[0]]++;
    for (let s = 1; s < walk.length; s++) expect(edges).toContain(`${walk[s - 1]} ${walk[s]}`);
  }
  expect([...begun]).toEqual([...Array(34).fill(3), 0, 0]);
});

test("each round begins in another order", async () => {
  const walks = listsOf(await randomWalks(await graphOf(karateEdges), { walks: 2, walkLength: 2 }));
  const starts = walks.map(([start]) => start);
  expect(starts.slice(0, 34)).not.toEqual(starts.slice(34));
  expect(starts.slice(0, 34)).not.toEqual(starts.slice(0, 34).sort((a, b) => a - b));
});

test("in a directed graph walks follow directions, and end where nothing leads on", async () => {
  const graph = await graphOf(
    [
      [0, 1],
      [1, 2],
      [3, 1],
    ],
    { directed: true },
  );
  const walks = listsOf(await randomWalks(graph, { walks: 1, walkLength: 5 }));
  expect(walks.sort(([a], [b]) => a - b)).toEqual([
    [0, 1, 2],
    [1, 2],
    [3, 1, 2],
  ]);
});

test("weights are followed: of two edges the thousandfold one is taken", async () => {
  const graph = await graphOf(
    [
      [0, 1],
      [0, 2],
    ],
    { weights: [1e6, 1e-3], directed: true },
  );
  const { nodes } = await randomWalks(graph, { walks: 1000, walkLength: 2 });
  expect(nodes.filter((node) => node === 1).length).toBe(1000);
});

test("the same seed gives the same walks with 1, 2 and 5 threads; another seed gives others", async () => {
  const rng = new Rng(1);
  const edges: Edges = Array.from({ length: 3000 }, () => [rng.below(1000), rng.below(1000)]);
  for (const weights of [undefined, edges.map(() => 0.1 + rng.uniform())]) {
    const graph = await graphOf(edges, { weights });
    const options: WalkOptions = { walks: 2, walkLength: 20, p: 0.25, q: 4 };
    const one = await randomWalks(graph, { ...options, threads: 1 });
    for (const threads of [2, 5]) {
      const many = await randomWalks(graph, { ...options, threads });
      expect(Buffer.compare(bytesOf(many), bytesOf(one))).toBe(0);
    }
    const another = await randomWalks(graph, { ...options, seed: 2 });
    expect(Buffer.compare(bytesOf(another), bytesOf(one))).not.toBe(0);
  }
});

test("the graph's memory is given back", async () => {
  const graph = await graphOf(karateEdges, { weights: karateEdges.map((_, k) => k + 1) });
  const { used } = graph.memory;
  const values = graph.rows.values?.slice();
  await randomWalks(graph, { walks: 1, walkLength: 4 });
  expect(graph.memory.used).toBe(used);
  expect(graph.rows.values).toEqual(values);
});

test("a graph without edges has no walks", async () => {
  const { nodes, ends } = await randomWalks(await graphOf([], { numNodes: 3 }));
  expect([nodes.length, ends.length]).toEqual([0, 0]);
});

test("options out of range are refused by name, an aborted run with the signal's reason", async () => {
  const graph = await graphOf(karateEdges);
  const bad = { walks: 0, walkLength: 1, p: 0, q: Number.NaN, seed: -1, threads: 0.5, length: 3 };
  for (const [name, value] of Object.entries(bad))
    await expect(randomWalks(graph, { [name]: value })).rejects.toThrow(name);
  await expect(randomWalks(graph, { walks: 2 ** 16, walkLength: 2 ** 16 })).rejects.toThrow("below 2^32");
  const reason = new Error("stopped");
  await expect(randomWalks(graph, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});
