import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readEdgeList } from "../../dist/formats/edge-list.js";
import { FormatError } from "../../dist/io/errors.js";
import { memoryStream } from "../../dist/io/source.js";
import { type EdgeList, Graph, type GraphOptions } from "../../dist/messages/graph.js";

const edges = { sources: Uint32Array.of(2, 0, 0, 1), targets: Uint32Array.of(0, 1, 1, 1), numNodes: 4 };

test("an undirected edge stands in the rows of both ends, a self-loop once, parallel edges are summed", async () => {
  const graph = await Graph.fromEdges(edges);
  expect([...graph.rows.offsets]).toEqual([0, 2, 4, 5, 5]);
  expect([...graph.rows.indices]).toEqual([1, 2, 0, 1, 0]);
  expect([...(graph.rows.values ?? [])]).toEqual([2, 1, 2, 1, 1]);
  expect(graph.dropped).toEqual({ selfLoops: 0, parallel: 1 });
  expect(await graph.transpose()).toBe(graph.rows);
});

test("a directed graph keeps directions; its transpose lists who points to a node", async () => {
  const graph = await Graph.fromEdges(edges, { directed: true, parallel: "first" });
  expect([...graph.rows.offsets]).toEqual([0, 1, 2, 3, 3]);
  expect([...graph.rows.indices]).toEqual([1, 1, 0]);
  expect(graph.weighted).toBe(false);
  const back = await graph.transpose();
  expect([...back.offsets]).toEqual([0, 1, 3, 3, 3]);
  expect([...back.indices]).toEqual([2, 0, 1]);
});

test("a graph may have no node, or nodes and no edge", async () => {
  const none = await Graph.fromEdges({ sources: new Uint32Array(0), targets: new Uint32Array(0) });
  expect([none.numNodes, none.numArcs, [...none.rows.offsets]]).toEqual([0, 0, [0]]);
  const alone = await Graph.fromEdges({ sources: new Uint32Array(0), targets: new Uint32Array(0), numNodes: 2 });
  expect([alone.numNodes, alone.numArcs, [...alone.rows.offsets]]).toEqual([2, 0, [0, 0, 0]]);
});

describe("what is refused, by its place in the list", () => {
  const refusals: [string, Partial<EdgeList>, GraphOptions, RegExp][] = [
    ["an end that is no node", { numNodes: 2 }, {}, /edge 0, 2 -> 0, has an end that is none of the 2 nodes/],
    ["a weight of 0", { weights: Float64Array.of(1, 1, 0, 1) }, {}, /edge 2, 0 -> 1, must have a weight .* got 0/],
    ["a weight that is none", { weights: Float64Array.of(1, Number.NaN, 1, 1) }, {}, /edge 1, .* got NaN/],
    ["an infinite weight", { weights: Float32Array.of(1, 1, 1, 1 / 0) }, {}, /edge 3, .* got Infinity/],
    ["a negative weight", { weights: Float64Array.of(-2, 1, 1, 1) }, {}, /edge 0, .* got -2/],
    ["a self-loop", {}, { selfLoops: "refuse" }, /edge 3, 1 -> 1, joins a node to itself/],
    ["parallel edges", {}, { parallel: "refuse" }, /edges 1 and 2 both join 0 and 1/],
    ["an edge inside one part", { bipartite: 1 }, {}, /edge 0, 2 -> 0, does not go from the first 1 nodes/],
    ["arrays that differ in length", { targets: Uint32Array.of(1) }, {}, /4 sources, 1 targets and no weights/],
    ["names that are too few", { names: ["a"] }, {}, /1 names for 4 nodes/],
    ["a number of threads that no machine has", {}, { threads: 0 }, /threads must be an integer from 1 to 256, got 0/],
    ["an unknown policy", {}, { parallel: "last" as "first" }, /parallel must be one of sum, first, refuse, got last/],
    [
      "more memory than is allowed",
      {},
      { memoryLimit: 100 },
      /4 edges over 4 nodes take \d+ bytes of memory, the limit is 100 bytes/,
    ],
  ];
  test.each(refusals)("%s", async (_, list, options, message) => {
    await expect(Graph.fromEdges({ ...edges, ...list }, options)).rejects.toThrow(message);
  });

  test("or by its place in the file and the names of its ends, as a FormatError, where edges come from a file", async () => {
    const read = await readEdgeList(memoryStream(new TextEncoder().encode("from,to\na,b\nb,c\nc,c\nb,a\n"), "e.csv"));
    const parallel = Graph.fromEdges(read, { parallel: "refuse" });
    await expect(parallel).rejects.toThrow("e.csv line 5: joins a and b, which line 2 joins already");
    await expect(parallel).rejects.toBeInstanceOf(FormatError);
    const loop = Graph.fromEdges(read, { selfLoops: "refuse" });
    await expect(loop).rejects.toThrow("e.csv line 4: joins the node c to itself");
    const spaced = await readEdgeList(memoryStream(new TextEncoder().encode("a,b\n\nb,a\n"), "e.csv"));
    await expect(Graph.fromEdges(spaced, { parallel: "refuse" })).rejects.toThrow(
      "e.csv: joins a and b, which an edge before joins already",
    );
  });
});

/** Rows as a sorted list of `row column value`, by the plainest means. */
function plainRows({ sources, targets, weights }: EdgeList, { directed, parallel, selfLoops }: GraphOptions): string[] {
  const found = new Map<string, number>();
  const add = (row: number, column: number, weight: number) => {
    const key = `${row} ${column}`;
    const present = found.get(key);
    if (present === undefined) found.set(key, weight);
    else if (parallel === "sum") found.set(key, present + weight);
  };
  for (const [e, source] of sources.entries()) {
    if (source === targets[e] && selfLoops === "drop") continue;
    add(source, targets[e], weights?.[e] ?? 1);
    if (!directed && source !== targets[e]) add(targets[e], source, weights?.[e] ?? 1);
  }
  const numbers = (key: string) => key.split(" ").map(Number);
  return [...found]
    .sort(([a], [b]) => numbers(a)[0] - numbers(b)[0] || numbers(a)[1] - numbers(b)[1])
    .map(([key, value]) => `${key} ${value}`);
}

function listed({ rows }: { rows: Graph["rows"] }): string[] {
  const { offsets, indices, values, numRows } = rows;
  const result: string[] = [];
  for (let row = 0; row < numRows; row++) {
    for (let k = offsets[row]; k < offsets[row + 1]; k++) result.push(`${row} ${indices[k]} ${values?.[k] ?? 1}`);
  }
  return result;
}

const anyGraph = fc
  .record({
    numNodes: fc.integer({ min: 1, max: 40 }),
    pairs: fc.array(fc.tuple(fc.nat(), fc.nat(), fc.double({ min: 0.1, max: 9, noNaN: true })), { maxLength: 120 }),
    weighted: fc.boolean(),
  })
  .map(({ numNodes, pairs, weighted }) => ({
    numNodes,
    sources: Uint32Array.from(pairs, ([source]) => source % numNodes),
    targets: Uint32Array.from(pairs, ([, target]) => target % numNodes),
    weights: weighted ? Float64Array.from(pairs, ([, , weight]) => weight) : null,
  }));
const anyOptions = fc.record({
  directed: fc.boolean(),
  parallel: fc.constantFrom("sum", "first") as fc.Arbitrary<"sum" | "first">,
  selfLoops: fc.constantFrom("keep", "drop") as fc.Arbitrary<"keep" | "drop">,
});

test("rows are those of the plainest construction, and transposing twice gives the same", async () => {
  await fc.assert(
    fc.asyncProperty(anyGraph, anyOptions, async (list, options) => {
      const graph = await Graph.fromEdges(list, options);
      expect(listed(graph)).toEqual(plainRows(list, options));
      const back = await graph.transpose();
      const turned = { ...list, sources: list.targets, targets: list.sources };
      expect(listed({ rows: back })).toEqual(plainRows(turned, options));
    }),
    { numRuns: 200 },
  );
});

test("P2 a large graph with hubs has the same rows with any number of threads", async () => {
  const [count, numNodes] = [300_000, 5000];
  const mixed = (e: number, salt: number) => Math.imul(e ^ salt, 0x9e3779b1) >>> 0;
  const list = {
    numNodes,
    sources: Uint32Array.from({ length: count }, (_, e) => (e % 3 === 0 ? 7 : mixed(e, 1) % numNodes)),
    targets: Uint32Array.from({ length: count }, (_, e) => mixed(e, 2) % numNodes),
    weights: Float64Array.from({ length: count }, (_, e) => 0.1 + (e % 10)),
  };
  const graphs = await Promise.all([1, 2, 3].map((threads) => Graph.fromEdges(list, { threads })));
  const [first, ...others] = graphs;
  for (const other of others) {
    expect(Buffer.compare(Buffer.from(other.rows.offsets), Buffer.from(first.rows.offsets))).toBe(0);
    expect(other.rows.indices).toEqual(first.rows.indices);
    expect(other.rows.values).toEqual(first.rows.values);
  }
  expect(listed(first)).toEqual(plainRows(list, { parallel: "sum" }));
});
