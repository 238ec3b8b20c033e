import { expect, test } from "vitest";
import { type AdjacencyListOptions, readAdjacencyList } from "../../dist/formats/adjacency-list.js";
import { memoryStream } from "../../dist/io/source.js";
import { Rng } from "../../dist/numerics/random.js";
import { everyCut, fuzz } from "./fuzz.js";
import { utf8 } from "./rows.js";

const read = (text: string, options: AdjacencyListOptions = {}, name = "adjacency.txt") =>
  readAdjacencyList(memoryStream(utf8(text), name), { threads: 1, ...options });

const pairs = ({ sources, targets }: { sources: Uint32Array; targets: Uint32Array }) =>
  Array.from(sources, (source, e) => [source, targets[e]]);

test("line i has the successors of node i; an empty line none, also at the end", async () => {
  const graph = await read("1 2\n\n0\t1\r\n# no node\n\n");
  expect(pairs(graph)).toEqual([
    [0, 1],
    [0, 2],
    [2, 0],
    [2, 1],
  ]);
  expect([graph.numNodes, graph.names]).toEqual([4, null]);
  expect(graph.understood).toContain("1 comment line skipped");
});

test("a line that begins with its node may have a name of any kind, and nodes without successors are nodes", async () => {
  // networkx.write_adjlist of a path a-b-c and a node d
  const graph = await read("#write_adjlist\n# GMT\n#\na b\nb c\nc\nd\n", {}, "g.adjlist");
  expect([...(graph.names ?? [])]).toEqual(["a", "b", "c", "d"]);
  expect(pairs(graph)).toEqual([
    [0, 1],
    [1, 2],
  ]);
  const numbers = await read("0 1 2\n1\n2 3\n3\n", { lines: "node" });
  expect([numbers.numNodes, numbers.names, numbers.sources.length]).toEqual([4, null, 3]);
  const sparse = await read("70 8\n9\n", { lines: "node" });
  expect([...(sparse.names ?? [])]).toEqual(["8", "9", "70"]);
  expect(pairs(sparse)).toEqual([[2, 0]]);
});

test.each([
  ["a successor without a line", "1\n7\n", /node 1 has the successor 7, but there are 2 lines/],
  ["a name among lines that are numbered", "1\nx\n", /line 2: an id must be an integer .* got "x"/],
  ["an id of -1", "1\n\n-1\n", /line 3: .* got "-1"/],
  ["nothing", "", /no nodes/],
])("H10: %s is refused", async (_, text, message) => {
  await expect(read(text)).rejects.toThrow(message);
});

test("D1: the result does not depend on threads or on how the bytes come", async () => {
  const rng = new Rng(5);
  for (const prefix of ["", "n"]) {
    const lists = Array.from({ length: 40_000 }, (_, k) => [
      k,
      ...Array.from({ length: rng.below(12) }, () => rng.below(40_000)),
    ]);
    const bytes = utf8(lists.map((list) => `${list.map((id) => prefix + id).join(" ")}\n`).join(""));
    const one = await readAdjacencyList(memoryStream(bytes), { threads: 1, lines: "node" });
    const three = await readAdjacencyList(memoryStream(bytes, "<memory>", 4001), { threads: 3, lines: "node" });
    const nameOf = (node: number) => one.names?.get(node) ?? String(node);
    expect(Array.from(one.targets, nameOf)).toEqual(lists.flatMap(([, ...rest]) => rest.map((id) => prefix + id)));
    expect(three.sources).toEqual(one.sources);
    expect(three.targets).toEqual(one.targets);
  }
});

const files = ["1 2\n\n0 1\n", "0 1 2\n1 0\n2\n"].map(utf8);
const fuzzed = (lines: "successors" | "node") => async (bytes: Uint8Array) => {
  const graph = await readAdjacencyList(memoryStream(bytes, "<fuzz>", 7), { threads: 1, lines });
  if (
    pairs(graph)
      .flat()
      .some((end) => end >= graph.numNodes)
  )
    throw new Error("ends");
};

test.each(["successors", "node"] as const)(
  "F1 F2 F3 F4: mutated lists of %s are read or refused with a FormatError",
  async (lines) => {
    await fuzz(files, fuzzed(lines));
    for (const file of files) await everyCut(file, fuzzed(lines));
  },
);
