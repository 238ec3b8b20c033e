import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type EdgeListOptions, readEdgeList } from "../../dist/formats/edge-list.js";
import { memoryStream, openStream } from "../../dist/io/source.js";
import { Rng } from "../../dist/numerics/random.js";
import { everyCut, fuzz } from "./fuzz.js";
import { utf8, withFolder } from "./rows.js";

const read = (text: string, options: EdgeListOptions = {}, name = "edges.csv") =>
  readEdgeList(memoryStream(utf8(text), name), { threads: 1, ...options });

/** Edges by name, with their weights. */
async function edgesOf(text: string, options: EdgeListOptions = {}, name?: string) {
  const { sources, targets, weights, names } = await read(text, options, name);
  const nameOf = (node: number) => names?.get(node) ?? String(node);
  return Array.from(sources, (source, e) => {
    const edge = `${nameOf(source)} ${nameOf(targets[e])}`;
    return weights === null ? edge : `${edge} ${weights[e]}`;
  });
}

test.each([
  ["commas and a header", "source,target,weight\n0,1,.5\n1,2,3\n", ["0 1 0.5", "1 2 3"]],
  ["tabs", "0\t1\n1\t2\n", ["0 1", "1 2"]],
  ["semicolons", "0;1\n1;2", ["0 1", "1 2"]],
  ["white space of any width, CRLF", "  0   1\r\n1\t 2  \r\n\r\n", ["0 1", "1 2"]],
  ["comments and empty lines", "# SNAP\n% KONECT\n\n0 1\n# more\n1 2\n", ["0 1", "1 2"]],
  ["a byte order mark", "\ufeff0,1\n1,2\n", ["0 1", "1 2"]],
  [
    "names with spaces, quotes and commas",
    'from,to\nKing Lear,"Fool, the"\n"a ""b""", é \n',
    ["King Lear Fool, the", 'a "b" é'],
  ],
  ["a third column of numbers", "a b 2\nb c 1e-3\n", ["a b 2", "b c 0.001"]],
  ["other columns", "id_1,when,id_2\n0,2020,1\n1,2021,0\n", ["0 1", "1 0"]],
  ["ids in quotes", '"0","1"\n"1","2"\n', ["0 1", "1 2"]],
])("reads %s", async (_, text, edges) => {
  expect(await edgesOf(text, {}, "<edges>")).toEqual(edges);
});

test("columns are chosen by name or by number from 1, and a header is forced or denied", async () => {
  const text = "w,b,a\n2,x,y\n3,y,z\n";
  expect(await edgesOf(text, { source: "a", target: "b", weight: "w" })).toEqual(["y x 2", "z y 3"]);
  expect(await edgesOf(text, { source: 3, target: 2, header: true, weight: null })).toEqual(["y x", "z y"]);
  expect(await edgesOf("a,b\nc,d\n", { header: true })).toEqual(["c d"]);
  expect(await edgesOf("source,target\nc,d\n", { header: false })).toEqual(["source target", "c d"]);
  await expect(read(text, { source: "x" })).rejects.toThrow(
    'edges.csv line 1: readEdgeList: source is "x", but the header has w, b, a',
  );
  await expect(read(text, { source: 4 })).rejects.toThrow("source is column 4, but there are 3 columns");
  await expect(read(text, { source: 1, target: 1 })).rejects.toThrow(RangeError);
});

test("ids that number nearly all nodes are numbers, others are names in order of number", async () => {
  const numbers = await read("0,1\n2,4\n1,5\n0,6\n1,7\n2,8\n3,9\n3,10\n");
  expect([numbers.numNodes, numbers.names]).toEqual([11, null]);
  expect((await read("1,2\n2,3\n")).names?.get(0)).toBe("1");
  const sparse = await read("2000000000,7\n7,30\n");
  expect([...(sparse.names ?? [])]).toEqual(["7", "30", "2000000000"]);
  expect([...sparse.sources, ...sparse.targets]).toEqual([2, 0, 0, 1]);
  const long = await read("18446744073709551615,9007199254740993\n9007199254740993,5\n");
  expect([...(long.names ?? [])]).toEqual(["5", "9007199254740993", "18446744073709551615"]);
  expect((await read("0,7\n", { ids: "numbers" })).numNodes).toBe(8);
  expect([...((await read("0,1\n", { ids: "names" })).names ?? [])]).toEqual(["0", "1"]);
  expect([...((await read("007,7\n")).names ?? [])]).toEqual(["007", "7"]);
});

test("users and items with equal ids are different nodes", async () => {
  const graph = await read("user,item\n1,1\n2,1\n");
  expect([graph.bipartite, graph.numNodes]).toEqual([2, 3]);
  expect([...(graph.names ?? [])]).toEqual(["source:1", "source:2", "target:1"]);
  expect([...graph.targets]).toEqual([2, 2]);
  const named = await read("ann,tea\nbob,tea\n", { bipartite: true });
  expect([...(named.names ?? [])]).toEqual(["ann", "bob", "tea"]);
});

test.each([
  ["an id of -1", "0,1\n-1,2\n", /line 2.* "-1" is no id/],
  ["an id of 1.5", "0,1\n1.5,2\n", /line 2.* "1.5" is no id/],
  [
    "a name among numbers",
    `${"0,1\n".repeat(20_000)}abc,2\n`,
    /line 20001: the source must be an integer .* got "abc"/,
  ],
  ["an id of 2^32 among numbers", `${"0,1\n".repeat(20_000)}1,4294967296\n`, /line 20001: the target must be/],
  ["a missing id", "0,1\n,2\n", /line 2: the source is missing/],
  ["a missing column", "0,1\n2\n", /line 2: expected 2 fields, got 1/],
  ["one column", "0\n1\n", /an edge needs two columns/],
  ["a field too many", "0,1\n2,3,4\n", /line 2: expected 2 fields, got 3/],
  ["quotes without an end", '"a","b"\n"c,d\n', /line 2: the quotes of field 1/],
  ["a weight of NaN", "source,target,weight\n0,1,1\n0,2,nan\n", /line 3: a weight must be .* got "nan"/],
  ["a negative weight", "source,target,weight\n0,1,-1\n", /line 2: a weight .* got "-1"/],
  ["a weight of 0", "0,1,2\n# no\n0,2,0.0\n", /line 3: a weight .* got "0.0"/],
  ["an infinite weight", "source,target,weight\n0,1,1e400\n", /line 2: a weight .* got "1e400"/],
  ["no weight", "source,target,weight\n0,1,\n", /line 2: a weight .* got nothing/],
  ["no edge", "source,target\n", /no edges/],
  ["nothing", "", /no edges/],
])("H10: %s is refused with its line", async (_, text, message) => {
  await expect(read(text)).rejects.toThrow(message);
  await expect(read(text)).rejects.toMatchObject({ name: "FormatError" });
});

test("H10: names that are no UTF-8 are refused with their line, UTF-16 by name", async () => {
  const bytes = Uint8Array.from([97, 44, 98, 10, 99, 44, 0xff, 10]);
  await expect(readEdgeList(memoryStream(bytes, "x"), { threads: 1 })).rejects.toThrow(
    "x line 2: a name is not valid UTF-8",
  );
  await expect(readEdgeList(memoryStream(Uint8Array.from(Buffer.from("0,1\n0,1\n", "utf16le")), "x"))).rejects.toThrow(
    "UTF-16",
  );
});

test("M2: edges that need more than the memory limit are refused before they are read", async () => {
  await expect(read("0,1\n".repeat(10_000), { memoryLimit: 100_000 })).rejects.toMatchObject({ name: "ResourceError" });
});

test("what was understood is said", async () => {
  const { understood } = await read("# one\nsource,target,year\n0,1,1999\n\n1,2,2000\n");
  expect(understood).toBe(
    'edge list, 5 lines, fields separated by ",", with a header; from "source" to "target", no weights, "year" not used, 1 comment line skipped, 1 empty line skipped; nodes are called by their numbers, 0 to 2',
  );
});

test("a third column of numbers holds weights, also where one of them is missing or infinite: that line is refused", async () => {
  for (const word of ["nan", "NaN", "-inf", "Infinity"])
    await expect(read(`a,b,1\nb,c,${word}\n`)).rejects.toThrow(/line 2: a weight must be a finite number above 0/);
  expect((await read("a,b,nan\nb,c,inf\n")).weights).toBeNull(); // nothing there is a number: words
});

test("D1: the result does not depend on threads or on how the bytes come; weights are the numbers that JavaScript reads", async () => {
  const rng = new Rng(3);
  const rows = Array.from(
    { length: 60_000 },
    () => [rng.below(50_000), rng.below(50_000), rng.uniform() + 1e-9] as const,
  );
  for (const prefix of ["", "n"]) {
    const bytes = utf8(rows.map(([a, b, w]) => `${prefix}${a} ${prefix}${b} ${w}\n`).join(""));
    const one = await readEdgeList(memoryStream(bytes), { threads: 1 });
    const three = await readEdgeList(memoryStream(bytes, "<memory>", 1013), { threads: 3 });
    expect(Array.from(one.weights ?? [])).toEqual(rows.map(([, , w]) => w));
    expect(three.sources).toEqual(one.sources);
    expect(three.targets).toEqual(one.targets);
    expect(three.weights).toEqual(one.weights);
    expect(three.names === null || [...three.names].join() === [...(one.names ?? [])].join()).toBe(true);
    const nameOf = (node: number) => one.names?.get(node) ?? String(node);
    expect(Array.from(one.sources, nameOf)).toEqual(rows.map(([a]) => prefix + a));
  }
});

test("F5: names of any kind come back from quoted fields", async () => {
  const name = fc.string({ unit: "grapheme", maxLength: 8 }).filter((text) => text !== "" && !/[\r\n]/.test(text));
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(name, name), { minLength: 1, maxLength: 8 }), async (pairs) => {
      const text = pairs.map(([a, b]) => `${quoted(a)},${quoted(b)}\n`).join("");
      const options = { header: false, delimiter: ",", comments: "", ids: "names", weight: null } as const;
      const { sources, targets, names } = await read(text, options);
      expect(Array.from(sources, (s, e) => [names?.get(s), names?.get(targets[e])])).toEqual(pairs);
    }),
    { numRuns: 1000 },
  );
});

test("gzip is recognized, whatever the name", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "edges");
    await writeFile(path, gzipSync("0,1\n1,2\n"));
    expect((await readEdgeList(await openStream(path))).numNodes).toBe(3);
  });
});

const golden = [
  "source,target,weight\n0,1,0.5\n1,2,3\n2,0,1e-3\n",
  '# x\n"a b"\tc\nc\t"d"\n',
  "0 1\n1 2\r\n\n5 3\n",
].map(utf8);
const fuzzed = async (bytes: Uint8Array) => {
  const { sources, targets, weights, numNodes } = await readEdgeList(memoryStream(bytes, "<fuzz>", 7), { threads: 1 });
  if (targets.length !== sources.length || sources.some((s, e) => Math.max(s, targets[e]) >= numNodes))
    throw new Error("ends");
  if (weights?.some((w) => !(w > 0 && w < Infinity))) throw new Error("weights");
};

test("F1 F2 F3 F4: mutated edge lists are read or refused with a FormatError", () => fuzz(golden, fuzzed));

test("F4: edge lists cut at every offset are read or refused with a FormatError", async () => {
  for (const file of golden) await everyCut(file, fuzzed);
});
