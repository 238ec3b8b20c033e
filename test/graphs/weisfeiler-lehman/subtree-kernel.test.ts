import fc from "fast-check";
import { expect, test } from "vitest";
import type { GraphInput } from "../../../dist/graphs/weisfeiler-lehman/labeled-graph.js";
import { hashOf, nodeHashes } from "../../../dist/graphs/weisfeiler-lehman/node-hashes.js";
import { subtreeFeatures, subtreeKernel } from "../../../dist/graphs/weisfeiler-lehman/subtree-kernel.js";
import { Graph } from "../../../dist/messages/graph.js";
import { build, cycles, type Plain, plainGraphs } from "./graphs.js";

const path3: Plain = {
  n: 3,
  edges: [
    [0, 1],
    [1, 2],
  ],
};

test("the kernel of a path and a triangle, counted by hand", async () => {
  const features = await subtreeFeatures([await build(path3), await build(cycles(3))], { rounds: 1 });
  // round 0: 3 nodes each; round 1: the path has 2 ends and 1 middle, the triangle 3 nodes like the middle
  expect([...subtreeKernel(features).values]).toEqual([9 + 4 + 1, 9 + 3, 9 + 3, 9 + 9]);
  expect(features.columns).toHaveLength(3);
  const [a, , b] = subtreeKernel(features, { normalize: true }).values;
  expect(a).toBe(1);
  expect(b).toBeCloseTo(12 / Math.sqrt(14 * 18), 15);
});

test("features are the histograms of node hashes", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(plainGraphs, { maxLength: 4 }), async (plains) => {
      const inputs = await Promise.all(plains.map((plain) => build({ ...plain, directed: true })));
      const { columns, matrix } = await subtreeFeatures(inputs, { rounds: 2 });
      for (const [i, { n }] of plains.entries()) {
        const hashes = await nodeHashes(inputs[i], { rounds: 2 });
        const all = [0, 1, 2].flatMap((round) => Array.from({ length: n }, (_, v) => hashOf(hashes, v, round)));
        const counted = new Map<string, number>();
        for (const hash of all) counted.set(hash, (counted.get(hash) ?? 0) + 1);
        const row = new Map<string, number>();
        for (let at = matrix.starts[i]; at < matrix.starts[i + 1]; at++)
          row.set(columns[matrix.indices[at]], matrix.values[at]);
        expect(row).toEqual(counted);
      }
    }),
    { numRuns: 100 },
  );
});

test("graphs as parts of one give the same features as one by one", async () => {
  const parts = [path3, cycles(3), { n: 1, edges: [] }, cycles(4)];
  const inputs = await Promise.all(parts.map(build));
  const graphOf = parts.flatMap(({ n }, i) => Array<number>(n).fill(i));
  const first = parts.map((_, i) => graphOf.indexOf(i));
  const edges = parts.flatMap((part, i) => part.edges.map(([a, b]) => [a + first[i], b + first[i]] as const));
  const { graph } = await build({ n: graphOf.length, edges });
  const set = { graph, graphOf, numGraphs: parts.length };
  expect(await subtreeFeatures(set)).toEqual(await subtreeFeatures(inputs));
  await expect(subtreeFeatures({ ...set, graphOf: graphOf.map((g, v) => (v === 0 ? 1 : g)) })).rejects.toThrow(
    "subtreeFeatures: edges must lie within graphs, 0 - 1 joins graphs 1 and 0",
  );
  await expect(subtreeFeatures({ ...set, numGraphs: 3 })).rejects.toThrow(
    "graphOf[7] must be an integer from 0 to 2, got 3",
  );
});

test("new graphs are described by the columns of old ones", async () => {
  const old: GraphInput[] = [await build(path3), await build(cycles(3))];
  const { columns } = await subtreeFeatures(old, { rounds: 2 });
  const features = await subtreeFeatures([await build(cycles(4)), old[0]], { rounds: 2, columns });
  expect(features.columns).toEqual(columns);
  const rows = [0, 1].map((i) =>
    [...features.matrix.values].slice(features.matrix.starts[i], features.matrix.starts[i + 1]),
  );
  expect(rows[0]).toEqual([4, 4, 4]); // a square looks like a triangle to two rounds
  expect(rows[1].reduce((sum, count) => sum + count, 0)).toBe(9);
});

test("no graphs, and graphs without nodes", async () => {
  expect((await subtreeFeatures([])).matrix.rows).toBe(0);
  const empty = await Graph.fromEdges({ sources: new Uint32Array(), targets: new Uint32Array(), numNodes: 0 });
  const features = await subtreeFeatures([empty, await build(path3)]);
  expect([features.matrix.starts[0], features.matrix.starts[1]]).toEqual([0, 0]);
  expect(subtreeKernel(features, { normalize: true }).values[0]).toBe(0);
});
