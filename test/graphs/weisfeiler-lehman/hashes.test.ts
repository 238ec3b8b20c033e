import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { graphHash } from "../../../dist/graphs/weisfeiler-lehman/graph-hash.js";
import { isomorphism } from "../../../dist/graphs/weisfeiler-lehman/isomorphism.js";
import { hashOf, nodeHashes } from "../../../dist/graphs/weisfeiler-lehman/node-hashes.js";
import {
  build,
  connectedGraphs,
  cycles,
  type Plain,
  partitionOf,
  plainGraphs,
  plainRefinement,
  renumber,
  shuffled,
} from "./graphs.js";

const path3: Plain = {
  n: 3,
  edges: [
    [0, 1],
    [1, 2],
  ],
};

/** Fields as documented: kind, length, bytes. */
function record(...fields: (string | number | { label: number } | Buffer)[]): Buffer {
  const parts = fields.flatMap((field) => {
    const bytes = Buffer.alloc(8);
    if (typeof field === "number") bytes.writeBigUInt64BE(BigInt(field));
    else if (typeof field === "object" && "label" in field) bytes.writeDoubleBE(field.label);
    const isText = typeof field === "string";
    const body = isText ? Buffer.from(field) : Buffer.isBuffer(field) ? field : bytes;
    const kind = typeof field === "number" ? 1 : isText ? 3 : Buffer.isBuffer(field) ? 4 : 2;
    const head = Buffer.alloc(5);
    head.writeUInt8(kind);
    head.writeUInt32BE(body.length, 1);
    return [head, body];
  });
  return createHash("sha256").update(Buffer.concat(parts)).digest().subarray(0, 16);
}

test("the hashes of a path of three nodes, put together by hand", async () => {
  const hashes = await nodeHashes(await build(path3), { rounds: 1 });
  const version = "thing2vec-wl-1";
  expect(hashes.version).toBe(version);
  const zero = record(version, "label", { label: 0 });
  const around = (degree: number) => record(version, "node", 1, zero, degree, degree, { label: 0 }, zero);
  expect([0, 1, 2].map((v) => hashOf(hashes, v, 0))).toEqual(Array(3).fill(zero.toString("hex")));
  expect([0, 1, 2].map((v) => hashOf(hashes, v))).toEqual([1, 2, 1].map((degree) => around(degree).toString("hex")));
});

test("hashes of this version never change", async () => {
  const labeled = { ...path3, directed: true, nodeLabels: ["a", 1, "b"], edgeLabels: [0, 1] };
  expect((await nodeHashes(await build(cycles(5)))).graph).toMatchInlineSnapshot(`"6e1eb131404b2bded3456b89e0e4ed35"`);
  expect((await nodeHashes(await build(labeled))).graph).toMatchInlineSnapshot(`"daaf9cf4e1fc1cc2041b80c2f44e81c5"`);
  expect(await graphHash(await build(cycles(5)))).toMatchInlineSnapshot(`"2cec3ac66c0d0d4d5385b65f7822623e"`);
  expect(await graphHash(await build(labeled))).toMatchInlineSnapshot(`"7d3ca972d56b5a4d6c88d1ba89d8c7fd"`);
});

test("renumbering moves the nodes' hashes and leaves the graph's", async () => {
  await fc.assert(
    fc.asyncProperty(plainGraphs, fc.nat(), async (plain, seed) => {
      const order = shuffled(plain.n, seed);
      const [a, b] = [await build(plain), await build(renumber(plain, order))];
      const [before, after] = [await nodeHashes(a), await nodeHashes(b)];
      expect(after.graph).toBe(before.graph);
      for (const round of before.rounds.keys()) {
        expect(order.map((v) => hashOf(after, v, round))).toEqual(order.map((_, v) => hashOf(before, v, round)));
      }
      expect(await graphHash(b)).toBe(await graphHash(a));
    }),
    { numRuns: 200 },
  );
});

test("in each round nodes have equal hashes where the definition gives equal colors, also in different graphs", async () => {
  await fc.assert(
    fc.asyncProperty(plainGraphs, plainGraphs, async (a, b) => {
      // edges of an undirected graph stand once, so that they can be read as directed ones
      const directed = a.directed || b.directed;
      const union: Plain = {
        n: a.n + b.n,
        directed,
        edges: [...a.edges, ...b.edges.map(([from, to]) => [from + a.n, to + a.n] as const)],
      };
      const [of1, of2] = [
        await nodeHashes(await build({ n: a.n, edges: a.edges, directed })),
        await nodeHashes(await build({ n: b.n, edges: b.edges, directed })),
      ];
      for (const [round, colors] of plainRefinement(union).entries()) {
        if (round >= of1.rounds.length) break;
        const hashes = [
          ...Array.from({ length: a.n }, (_, v) => hashOf(of1, v, round)),
          ...Array.from({ length: b.n }, (_, v) => hashOf(of2, v, round)),
        ];
        expect(partitionOf(hashes)).toEqual(partitionOf(colors));
      }
    }),
    { numRuns: 200 },
  );
});

describe("the hash by the stable partition", () => {
  test("is equal exactly where color refinement is blind: for all pairs of connected graphs of 6 nodes", async () => {
    const graphs = await Promise.all([...connectedGraphs(6), cycles(3, 3)].map(build));
    const hashes = await Promise.all(graphs.map((graph) => graphHash(graph)));
    for (const [i, a] of graphs.entries()) {
      for (const [j, b] of graphs.slice(0, i).entries()) {
        const result = await isomorphism(a, b);
        const blind = !result.isomorphic && result.witness.kind === "search";
        expect(hashes[i] === hashes[j]).toBe(blind);
      }
    }
  });

  test("tells apart what few rounds do not", async () => {
    const path = (n: number): Plain => ({ n, edges: Array.from({ length: n - 1 }, (_, i) => [i, i + 1] as const) });
    const joined = (...parts: Plain[]): Plain => {
      let n = 0;
      const edges = parts.flatMap((part) => {
        const shifted = part.edges.map(([a, b]) => [a + n, b + n] as const);
        n += part.n;
        return shifted;
      });
      return { n, edges };
    };
    const [a, b] = [await build(joined(path(12), path(12))), await build(joined(path(11), path(13)))];
    expect((await nodeHashes(a, { rounds: 3 })).graph).toBe((await nodeHashes(b, { rounds: 3 })).graph);
    expect(await graphHash(a)).not.toBe(await graphHash(b));
  });
});

test("labels, their kinds, directions and edge labels all count, and fields do not run together", async () => {
  const variants: Plain[] = [
    path3,
    { ...path3, directed: true },
    { ...path3, nodeLabels: [1, 1, 1] },
    { ...path3, nodeLabels: ["1", "1", "1"] },
    { ...path3, nodeLabels: ["a", "b", "a"] },
    { ...path3, nodeLabels: ["ab", "", "ab"] },
    { ...path3, edgeLabels: [1, 1] },
    { ...path3, edgeLabels: [1, 2] },
  ];
  const graphs = await Promise.all(variants.map(build));
  const stable = await Promise.all(graphs.map((graph) => graphHash(graph)));
  const rounds = await Promise.all(graphs.map(async (graph) => (await nodeHashes(graph)).graph));
  expect(new Set(stable).size).toBe(variants.length);
  expect(new Set(rounds).size).toBe(variants.length);
  expect(await graphHash(await build({ ...path3, nodeLabels: [0, -0, 0] }))).toBe(stable[0]);
});
