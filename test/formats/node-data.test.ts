import { describe, expect, test } from "vitest";
import { readEdgeList } from "../../dist/formats/edge-list.js";
import { joinNodes } from "../../dist/formats/node-data.js";
import { type NodeTableOptions, readNodeTable } from "../../dist/formats/node-table.js";
import { readSparseFeatures } from "../../dist/formats/sparse-features.js";
import { memoryStream } from "../../dist/io/source.js";
import { everyCut, fuzz } from "./fuzz.js";
import { utf8 } from "./rows.js";

const edges = (text: string) => readEdgeList(memoryStream(utf8(text), "edges.csv"), { threads: 1 });
const table = (text: string, options: NodeTableOptions = {}) =>
  readNodeTable(memoryStream(utf8(text), "nodes.csv"), options);
const sparse = (text: string) => readSparseFeatures(memoryStream(utf8(text), "features.txt"), { threads: 1 });

describe("node tables", () => {
  test("text stays as it is, columns of numbers are numbers, NaN where a field is empty", async () => {
    const { ids, columns, rows, lines } = await table('# c\nage,node,club\n3,a,"x, y"\n\n,b, z \n-1e2,"c",\n');
    expect([ids, rows, [...lines]]).toEqual([["a", "b", "c"], 3, [3, 5, 6]]);
    expect(columns.get("age")).toEqual(Float64Array.of(3, Number.NaN, -100));
    expect(columns.get("club")).toEqual(["x, y", "z", ""]);
  });

  test("a number may be missing as NaN or NA, and a zero in front makes a column of texts", async () => {
    const { columns } = await table("node,x,code,word\na,1,007,NA\nb,NaN,8,x\nc,n/a,9,\n");
    expect([columns.get("x"), columns.get("code"), columns.get("word")]).toEqual([
      Float64Array.of(1, Number.NaN, Number.NaN),
      ["007", "8", "9"],
      ["NA", "x", ""],
    ]);
  });

  test.each([
    ["a quote that does not end", 'node,x\n1,2\n3,"4\n', /line 3 .*the quotes of field 2 do not end/],
    ["text behind a quote", 'node,x\n"1"2,3\n', /line 2 .*the quotes of field 1 do not end/],
    ["a quote in the header that does not end", 'node,"x\n1,2\n', /line 1 .*the quotes of field 2 do not end/],
    ["a row too short", "node,x\n1,2\n3\n", /nodes.csv line 3 .* expected 2 fields, got 1/],
    ["an empty id", "node,x\n,2\n", /line 2 .* the id is missing/],
    ["columns of one name", "node,x,x\n1,2,3\n", /column "x" stands twice/],
    ["no row", "node,x\n", /no row/],
    ["nothing", "", /no row/],
  ])("H10: %s is refused", async (_, text, message) => {
    await expect(table(text)).rejects.toThrow(message);
  });

  test("F1 F2 F3 F4: mutated tables are read or refused with a FormatError", async () => {
    const file = utf8('# c\nage,node,club\n3,a,"x, y"\n\n,b, z \n-1e2,"c",\n');
    const read = async (bytes: Uint8Array) => void (await readNodeTable(memoryStream(bytes, "<fuzz>", 7)));
    await fuzz([file], read);
    await everyCut(file, read);
  });
});

describe("sparse features", () => {
  test("entries in any order become rows sorted by column, with any finite values", async () => {
    const { rows, columns, offsets, indices, values } = await sparse("3 4 4\n2 3 -0.5\n0 1 1\n2 0 0\n0 0 2e-1\n");
    expect([rows, columns, [...offsets], [...indices]]).toEqual([3, 4, [0, 2, 2, 4], [0, 1, 0, 3]]);
    expect(values).toEqual(Float32Array.of(0.2, 1, 0, -0.5));
  });

  test.each([
    ["counts that lie", "3 4 2\n0 1 1\n", /2 entries are announced, there are 1/],
    ["a billion of rows", "1000000000 4 1\n0 1 1\n", /line 1: 1000000000 rows for 1 entries/],
    ["a billion of entries", "3 4 999999999\n0 1 1\n", /999999999 entries are announced in a file of/],
    ["a row outside", "3 4 1\n3 1 1\n", /line 2.* entry \(3, 1\) is outside of 3 x 4/],
    ["an entry twice", "3 4 2\n1 1 1\n1 1 2\n", /line 3.* the entry \(1, 1\) stands twice/],
    ["NaN", "3 4 1\n1 1 nan\n", /line 2: a value must be a finite number, got "nan"/],
    ["no sizes", "1 1\n", /line 1: expected the number of rows, columns and entries/],
    ["nothing", "", /line 1: expected/],
  ])("H10: %s is refused", async (_, text, message) => {
    await expect(sparse(text)).rejects.toThrow(message);
    await expect(sparse(text)).rejects.toMatchObject({ name: "FormatError" });
  });

  test("F1 F2 F3 F4: mutated features are read or refused with a FormatError", async () => {
    const file = utf8("3 4 4\n2 3 -0.5\n0 1 1\n2 0 0\n0 0 2e-1\n");
    const read = async (bytes: Uint8Array) =>
      void (await readSparseFeatures(memoryStream(bytes, "<fuzz>", 7), { threads: 1 }));
    await fuzz([file], read);
    await everyCut(file, read);
  });
});

describe("joining", () => {
  test("rows find their nodes by name, whatever the order; classes are in order of number", async () => {
    const graph = await edges("b,a\na,c\n");
    const nodes = await table("node,x,class,y,split\nc,5,10,6,test\na,1,9,2,train\nb,3,10,4,\n");
    const joined = joinNodes(graph, {
      features: { table: nodes, columns: ["x", "y"] },
      labels: { table: nodes },
      split: { table: nodes },
    });
    expect(joined.features).toEqual({ rows: 3, columns: 2, values: Float32Array.of(3, 4, 1, 2, 5, 6) });
    expect([joined.labels?.classes, [...(joined.labels?.of ?? [])]]).toEqual([
      ["9", "10"],
      [1, 0, 1],
    ]);
    expect([joined.split?.train, joined.split?.val, joined.split?.test]).toEqual(
      [[1], [], [2]].map((list) => Uint32Array.from(list)),
    );
    expect(joinNodes(graph, { features: { table: nodes }, labels: { table: nodes } }).features?.columns).toBe(2);
  });

  test("nodes that only tables have are added without edges", async () => {
    const named = joinNodes(await edges("a,b\n"), { labels: { table: await table("node,label\na,x\nz,\nb,y\n") } });
    expect([named.graph.numNodes, [...(named.graph.names ?? [])], [...(named.labels?.of ?? [])]]).toEqual([
      3,
      ["a", "b", "z"],
      [0, 1, -1],
    ]);
    expect(named.understood).toContain("1 node without edges added");
    const numbered = joinNodes(await edges("0,1\n"), {
      labels: { table: await table("node,label\n0,3\n1,-1\n2,4\n") },
    });
    expect([numbered.graph.numNodes, [...(numbered.labels?.of ?? [])]]).toEqual([3, [0, -1, 1]]);
  });

  test("a node may have several classes", async () => {
    const { labels } = joinNodes(await edges("0,1\n"), {
      labels: { table: await table("node,label\n0,7\n1,3\n0,3\n") },
    });
    expect([labels?.of, labels?.classes, [...(labels?.offsets ?? [])], [...(labels?.indices ?? [])]]).toEqual([
      null,
      ["3", "7"],
      [0, 2, 3],
      [0, 1, 0],
    ]);
  });

  test("rows of sparse features go to the nodes of that number, also where numbers are names", async () => {
    const graph = await edges("5,0\n");
    expect([...(graph.names ?? [])]).toEqual(["0", "5"]);
    const joined = joinNodes(graph, { features: await sparse("6 2 2\n5 0 1\n1 1 2\n") });
    expect(joined.graph.numNodes).toBe(6);
    expect(joined.features).toMatchObject({
      rows: 6,
      columns: 2,
      indices: Uint32Array.of(0, 1),
      offsets: Uint32Array.of(0, 0, 1, 2, 2, 2, 2),
    });
  });

  test.each([
    [
      "features that miss a node of the edges",
      "a,b\n",
      { features: "node,x\na,1\n" },
      /the node "b" of the edges has no features/,
    ],
    [
      "a node with two rows of features",
      "a,b\n",
      { features: "node,x\na,1\nb,2\na,3\n" },
      /line 4: the node "a" has features already/,
    ],
    ["a missing feature", "a,b\n", { features: "node,x\na,1\nb,\n" }, /line 3: the feature "x" is missing/],
    ["features that are text", "a,b\n", { features: "node,x\na,p\nb,q\n" }, /no column of numbers/],
    [
      "a split of other words",
      "a,b\n",
      { split: "node,split\na,train\nb,dev\n" },
      /line 3: expected train, val or test, got "dev"/,
    ],
    [
      "a split with a node twice",
      "a,b\n",
      { split: "node,split\na,train\na,test\n" },
      /line 3: the node "a" stands twice/,
    ],
    ["a class twice", "a,b\n", { labels: "node,label\na,1\na,1\n" }, /line 3: the node "a" has the class "1" already/],
    [
      "no column of labels",
      "a,b\n",
      { labels: "node,z\na,1\n" },
      /labels: expected a column one of label, class, y, target, there are z/,
    ],
    [
      "a name among nodes that are numbers",
      "0,1\n",
      { labels: "node,label\nx,1\n" },
      /nodes are called by their numbers, "x" is none/,
    ],
    ["a node far beyond the others", "0,1\n", { labels: "node,label\n999999999,1\n" }, /the node 999999999 of a table/],
  ])("H10: %s are refused", async (_, list, texts, message) => {
    const graph = await edges(list);
    const sources: Record<string, unknown> = {};
    for (const [name, text] of Object.entries(texts)) sources[name] = { table: await table(text) };
    expect(() => joinNodes(graph, sources)).toThrow(message);
  });
});
