import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { type GraphFileOptions, graphFormatOf, readGraphFile } from "../../dist/formats/graph-files.js";
import { writeParquet } from "../../dist/formats/parquet.js";
import { readParquetEdges } from "../../dist/formats/parquet-edges.js";
import type { Column } from "../../dist/formats/table.js";
import { memorySource } from "../../dist/io/source.js";
import { Graph } from "../../dist/messages/graph.js";
import { everyCut, fuzz } from "./fuzz.js";
import { golden, utf8, withFolder } from "./rows.js";

const graphml =
  '<graphml><graph edgedefault="undirected"><node id="a"/><node id="b"/><edge source="a" target="b"/></graph></graphml>';
const gexf =
  '<gexf><graph><nodes><node id="a"/><node id="b"/></nodes><edges><edge source="a" target="b"/></edges></graph></gexf>';
const mtx = "%%MatrixMarket matrix coordinate pattern symmetric\n2 2 1\n2 1\n";

test.each([
  ["edges.csv", "0,1\n", "edges"],
  ["edges.txt", "# SNAP\n0\t1\n", "edges"],
  ["x.adjlist", "a b\n", "adjlist"],
  ["folder/adjacency.txt.gz", "1\n0\n", "adjacency"],
  ["adjacency/edges.csv", "0,1\n", "edges"],
  ["x.txt", mtx, "mtx"],
  ["x.xml", graphml, "graphml"],
  ["x.xml", `<?xml version="1.0"?>\n${gexf}`, "gexf"],
  ["x", '\n{"nodes": []}', "json"],
  ["x", "PAR1", "parquet"],
] as const)("%s with %j is of format %s", (name, text, format) => {
  expect(graphFormatOf(name, utf8(text))).toBe(format);
});

/** Writes a file and reads it as a graph. */
const readFrom = (name: string, content: string | Uint8Array, options: GraphFileOptions = {}) =>
  withFolder(async (folder) => {
    await writeFile(join(folder, name), content);
    return await readGraphFile(join(folder, name), { threads: 1, ...options });
  });

test("one edge reads alike from every format, and is a graph", async () => {
  const json = '{"nodes": [{"id": "a"}, {"id": "b"}], "links": [{"source": "a", "target": "b"}]}';
  const files = { "g.csv": "a,b\n", "g.adjlist": "a b\nb\n", "g.graphml": graphml, "g.gexf": gexf, "g.json": json };
  for (const [name, text] of Object.entries(files)) {
    for (const content of [text, gzipSync(text)]) {
      const edges = await readFrom(name, content);
      expect([[...edges.sources], [...edges.targets], [...(edges.names ?? [])]], name).toEqual([[0], [1], ["a", "b"]]);
      const graph = await Graph.fromEdges(edges, { directed: edges.directed ?? false });
      expect([graph.numNodes, graph.numArcs, graph.nameOf(1)]).toEqual([2, 2, "b"]);
    }
  }
});

test("a format is forced, and options that it does not have are refused", async () => {
  expect((await readFrom("edges.csv", "1\n0\n", { format: "adjacency" })).numNodes).toBe(2);
  await expect(readFrom("g.graphml", graphml, { source: "a" })).rejects.toThrow(
    "is of format graphml, which has no option source",
  );
  await expect(readFrom("g.graphml", graphml, { weight: 3 })).rejects.toThrow("weight must be a name, got 3");
  await expect(readFrom("g.csv", "a,b\n", { format: "csv" as never })).rejects.toThrow(RangeError);
});

const parquet = (columns: Record<string, Column>, options: GraphFileOptions = {}) =>
  withFolder(async (folder) => {
    const path = join(folder, "edges.parquet");
    const rows = Object.values(columns)[0].length;
    await writeParquet(path, { rows, columns: new Map(Object.entries(columns)) });
    return await readGraphFile(path, options);
  });

test("Parquet: numbers or names, weights, columns that are not used", async () => {
  const numbers = await parquet({ weight: [0.5, 2], src: Int32Array.of(0, 1), dst: Int32Array.of(1, 2) });
  expect([[...numbers.sources], [...numbers.targets], [...(numbers.weights ?? [])], numbers.names]).toEqual([
    [0, 1],
    [1, 2],
    [0.5, 2],
    null,
  ]);
  const named = await parquet({ a: ["x", "y"], b: ["y", "z"], c: [1, 2] });
  expect([[...named.targets], [...(named.names ?? [])], named.weights]).toEqual([[1, 2], ["x", "y", "z"], null]);
  expect(named.understood).toBe(
    'Parquet, 2 rows; from "a" to "b", no weights, "c" not used; nodes are names (first "x"), in the order in which they come',
  );
  expect((await parquet({ user: [1, 2], item: [1, 1] })).bipartite).toBe(2);
  expect((await parquet({ a: [1.5, 2], b: [1, 1] }, { ids: "names" })).numNodes).toBe(3);
});

test.each([
  ["an id of -1", { a: [0, -1], b: [1, 1] }, /row 1, a: an id must be .* got -1/],
  ["an id of 1.5", { a: [0, 1.5], b: [1, 1] }, /row 1, a: .* got 1.5/],
  ["an id of 2^53", { a: [0, 2 ** 53], b: [1, 1] }, /row 1, a/],
  ["a missing id", { a: ["x", null], b: ["y", "z"] }, /row 1, a: .* got null/],
  ["an empty id", { a: ["x", ""], b: ["y", "z"] }, /row 1, a: .* got nothing/],
  ["a weight of 0", { a: ["x"], b: ["y"], weight: [0] }, /row 0, weight: a weight must be/],
  ["one column", { a: ["x"] }, /an edge needs two columns, there is 1/],
])("H10: Parquet with %s is refused", async (_, columns, message) => {
  await expect(parquet(columns)).rejects.toThrow(message);
});

test("F1 F2 F3 F4: mutated Parquet is read as edges or refused with a FormatError", async () => {
  const file = golden("pyarrow-snappy.parquet");
  const read = async (bytes: Uint8Array) =>
    void (await readParquetEdges(memorySource(bytes), { source: "count", target: "name", ids: "names" }));
  await fuzz([file], read);
  await everyCut(file, read);
});
