import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isomorphism } from "../../../dist/graphs/weisfeiler-lehman/isomorphism.js";
import {
  build,
  caiFuererImmerman,
  complete,
  connectedGraphs,
  cycles,
  type Plain,
  petersen,
  plainGraphs,
  prism,
  renumber,
  rook,
  shrikhande,
  shuffled,
} from "./graphs.js";

const compare = async (a: Plain, b: Plain) => isomorphism(await build(a), await build(b));

/** Whether a mapping takes edges to edges, with labels, by looking at lists of edges alone. */
function isMapping(a: Plain, b: Plain, mapping: ArrayLike<number>): boolean {
  const name = ({ directed }: Plain, from: number, to: number, label = 0) =>
    `${directed || from < to ? [from, to] : [to, from]}:${label}`;
  const images = a.edges.map(([from, to], e) => name(a, mapping[from], mapping[to], a.edgeLabels?.[e]));
  const wanted = b.edges.map(([from, to], e) => name(b, from, to, b.edgeLabels?.[e]));
  const nodes = Array.from({ length: a.n }, (_, v) => v);
  return (
    images.sort().join() === wanted.sort().join() &&
    new Set(nodes.map((v) => mapping[v])).size === a.n &&
    nodes.every((v) => a.nodeLabels?.[v] === b.nodeLabels?.[mapping[v]])
  );
}

test("a renumbered graph is isomorphic, by a mapping that keeps edges, directions and labels", async () => {
  await fc.assert(
    fc.asyncProperty(plainGraphs, fc.nat(), async (plain, seed) => {
      const moved = renumber(plain, shuffled(plain.n, seed));
      const result = await compare(plain, moved);
      expect(result.isomorphic && isMapping(plain, moved, result.mapping)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test.each([
  [1, 1],
  [2, 1],
  [3, 2],
  [4, 6],
  [5, 21],
  [6, 112],
])(
  "of the connected graphs with %i nodes, %i, no two are isomorphic and each is to itself renumbered",
  async (n, count) => {
    const plain = connectedGraphs(n);
    expect(plain).toHaveLength(count); // OEIS A001349
    const graphs = await Promise.all(plain.map(build));
    for (const [i, a] of graphs.entries()) {
      for (const b of graphs.slice(0, i)) expect((await isomorphism(a, b)).isomorphic).toBe(false);
      const moved = renumber(plain[i], shuffled(n, i));
      const result = await isomorphism(a, await build(moved));
      expect(result.isomorphic && isMapping(plain[i], moved, result.mapping)).toBe(true);
    }
  },
);

const square = caiFuererImmerman(complete(4), false);

describe("pairs that color refinement cannot tell apart", () => {
  test.each<[string, Plain, Plain]>([
    ["two triangles and a hexagon", cycles(3, 3), cycles(6)],
    ["cycles of 4 and 8, and of 5 and 7", cycles(4, 8), cycles(5, 7)],
    ["Petersen's graph and the prism of a pentagon", petersen, prism],
    ["the Shrikhande graph and the 4 x 4 rook's graph", shrikhande, rook],
    ["the pair of Cai, Fürer and Immerman over the complete graph of 4", square, caiFuererImmerman(complete(4), true)],
  ])("%s: the search is exhausted", async (_, a, b) => {
    expect(await compare(a, b)).toMatchObject({ isomorphic: false, witness: { kind: "search" } });
  });

  test.each([
    ["cycles of many lengths", cycles(5, 3, 9, 3, 4)],
    ["Petersen's graph", petersen],
    ["the Shrikhande graph", shrikhande],
    ["the rook's graph", rook],
    ["Cai, Fürer and Immerman's graph", square],
    ["no edges", { n: 9, edges: [] }],
    ["a complete graph", complete(9)],
  ])("%s renumbered: a mapping is found", async (_, plain) => {
    for (let seed = 1; seed <= 5; seed++) {
      const moved = renumber(plain, shuffled(plain.n, seed));
      const result = await compare(plain, moved);
      expect(result.isomorphic && isMapping(plain, moved, result.mapping)).toBe(true);
    }
  });
});

test("a twist of two edges is none", async () => {
  const twisted = caiFuererImmerman(complete(4), true);
  // the twist moved to another edge: the same graph
  const [first, ...rest] = complete(4).edges;
  const moved = caiFuererImmerman({ n: 4, edges: [...rest, first] }, true);
  expect((await compare({ ...twisted, nodeLabels: undefined }, { ...moved, nodeLabels: undefined })).isomorphic).toBe(
    true,
  );
});

describe("the witness tells what differs", () => {
  test("numbers of nodes and arcs, and directions", async () => {
    expect(await compare(cycles(3), cycles(4))).toEqual({
      isomorphic: false,
      witness: { kind: "nodes", counts: [3, 4] },
    });
    expect(await compare(cycles(4), { n: 4, edges: cycles(3).edges })).toEqual({
      isomorphic: false,
      witness: { kind: "arcs", counts: [8, 6] },
    });
    expect(await compare(cycles(3), { ...cycles(3), directed: true })).toMatchObject({ witness: { kind: "directed" } });
  });

  test("labels are round 0, degrees round 1", async () => {
    const labeled = (nodeLabels: string[]) => ({ ...cycles(3), nodeLabels });
    expect(await compare(labeled(["C", "N", "C"]), labeled(["N", "N", "C"]))).toEqual({
      isomorphic: false,
      witness: { kind: "colors", round: 0, label: "C", counts: [2, 1], nodes: [0, 2] },
    });
    const star = {
      n: 4,
      edges: [
        [0, 1],
        [0, 2],
        [0, 3],
      ] as const,
    };
    const path = {
      n: 4,
      edges: [
        [0, 1],
        [1, 2],
        [2, 3],
      ] as const,
    };
    expect(await compare(star, path)).toMatchObject({ isomorphic: false, witness: { kind: "colors", round: 1 } });
  });

  test("edge labels and directions", async () => {
    const triangle = (edgeLabels: number[]) => ({ ...cycles(3), edgeLabels });
    expect((await compare(triangle([1, 2, 3]), triangle([2, 1, 3]))).isomorphic).toBe(true); // a reflection
    expect((await compare(triangle([1, 2, 2]), triangle([2, 1, 1]))).isomorphic).toBe(false);
    const directed = { ...triangle([1, 2, 3]), directed: true };
    expect((await compare(directed, { ...directed, edgeLabels: [3, 1, 2] })).isomorphic).toBe(true); // a rotation
    expect((await compare(directed, { ...directed, edgeLabels: [2, 1, 3] })).isomorphic).toBe(false);
  });
});

/** Graphs side by side. */
function union(...parts: Plain[]): Plain {
  const firsts = parts.map((_, i) => parts.slice(0, i).reduce((sum, { n }) => sum + n, 0));
  return {
    n: parts.reduce((sum, { n }) => sum + n, 0),
    edges: parts.flatMap(({ edges }, i) => edges.map(([a, b]) => [a + firsts[i], b + firsts[i]] as const)),
  };
}

test("components are matched one by one, so that many hard ones are no harder than one", async () => {
  const many = union(shrikhande, rook, shrikhande, rook, shrikhande, shrikhande);
  const moved = renumber(many, shuffled(many.n, 1));
  const result = await compare(many, moved);
  expect(result.isomorphic && isMapping(many, moved, result.mapping)).toBe(true);
  const other = renumber(union(shrikhande, rook, rook, rook, shrikhande, shrikhande), shuffled(many.n, 2));
  expect(await compare(many, other)).toMatchObject({ isomorphic: false, witness: { kind: "search" } });
});

test("a search can be stopped", async () => {
  const base = complete(7);
  const [a, b] = [false, true].map((twisted) => ({ ...caiFuererImmerman(base, twisted), nodeLabels: undefined }));
  const search = isomorphism(await build(a), await build(b), { signal: AbortSignal.timeout(100) });
  await expect(search).rejects.toThrow("timeout");
});
