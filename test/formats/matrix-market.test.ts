import { expect, test } from "vitest";
import { readMatrixMarket } from "../../dist/formats/matrix-market.js";
import { memoryStream } from "../../dist/io/source.js";
import { everyCut, fuzz } from "./fuzz.js";
import { utf8 } from "./rows.js";

const read = (text: string) => readMatrixMarket(memoryStream(utf8(text), "m.mtx"), { threads: 1 });
const banner = (kind: string) => `%%MatrixMarket matrix ${kind}\n`;
/** As scipy.io.mmwrite writes coo_matrix(([.5, 2], ([0, 2], [1, 0])), shape=(3, 3)), precision 3. */
const general = `${banner("coordinate real general")}%\n3 3 2\n1 2 5e-01\n3 1 2e+00\n`;

test("a general matrix is a directed graph with its values as weights", async () => {
  const { sources, targets, weights, numNodes, directed, bipartite } = await read(general);
  expect([[...sources], [...targets], [...(weights ?? [])]]).toEqual([
    [0, 2],
    [1, 0],
    [0.5, 2],
  ]);
  expect([numNodes, directed, bipartite]).toEqual([3, true, undefined]);
});

test("a symmetric one is undirected, a pattern has no weights, one that is not square is bipartite, rows first", async () => {
  const symmetric = await read(`${banner("coordinate pattern symmetric")}% by hand\n\n4 4 2\n2 1\n4 4\n`);
  expect([symmetric.directed, symmetric.weights, symmetric.numNodes]).toEqual([false, null, 4]);
  const rectangle = await read(`${banner("coordinate integer general")}2 3 2\n1 3 7\n2 1 1\n`);
  expect([rectangle.bipartite, rectangle.numNodes, [...rectangle.targets]]).toEqual([2, 5, [4, 2]]);
});

test("a matrix without entries is a graph of isolated nodes", async () => {
  const { numNodes, sources } = await read(`${banner("coordinate pattern general")}7 7 0\n`);
  expect([numNodes, sources.length]).toEqual([7, 0]);
});

test.each([
  ["skew symmetry", `${banner("coordinate real skew-symmetric")}1 1 0\n`, /line 1: .* skew-symmetric/],
  ["complex values", `${banner("coordinate complex general")}1 1 0\n`, /line 1: .* complex/],
  ["a dense array", `${banner("array real general")}1 1\n1\n`, /line 1: .* array/],
  ["index 0", `${banner("coordinate pattern general")}2 2 1\n0 1\n`, /line 3.* entry 1 is \(0, 1\), outside of 2 x 2/],
  ["an index beyond the sizes", `${banner("coordinate pattern general")}2 2 1\n1 3\n`, /entry 1 is \(1, 3\)/],
  [
    "an entry above the diagonal",
    `${banner("coordinate pattern symmetric")}2 2 1\n1 2\n`,
    /line 3.* above the diagonal/,
  ],
  [
    "too many entries",
    `${banner("coordinate pattern general")}2 2 1\n1 1\n1 2\n`,
    /1 entries are announced, there are 2/,
  ],
  ["too few entries", `${banner("coordinate pattern general")}2 2 3\n1 1\n1 2\n`, /3 entries are announced/],
  [
    "a billion of entries",
    `${banner("coordinate pattern general")}1000000000 1000000000 9999999999\n1 1\n`,
    /line 2: 9999999999 entries are announced in a file of/,
  ],
  ["a negative value", `${banner("coordinate real general")}2 2 1\n1 2 -1\n`, /line 3: a weight must be/],
  ["a value of 0", `${banner("coordinate real general")}2 2 1\n1 2 0\n`, /line 3: a weight must be/],
  ["a missing value", `${banner("coordinate real general")}2 2 1\n1 2\n`, /line 3: expected 3 fields, got 2/],
  ["no banner", "3 3 1\n1 2\n", /line 1: the first line must be/],
  ["no sizes", banner("coordinate real general"), /line 2: the file ends/],
])("H10: %s is refused", async (_, text, message) => {
  await expect(read(text)).rejects.toThrow(message);
  await expect(read(text)).rejects.toMatchObject({ name: "FormatError" });
});

const files = [general, `${banner("coordinate pattern symmetric")}4 4 2\n2 1\n4 4\n`].map(utf8);
const fuzzed = async (bytes: Uint8Array) => {
  const { sources, targets, numNodes } = await readMatrixMarket(memoryStream(bytes, "<fuzz>", 7), { threads: 1 });
  if (sources.some((source, e) => Math.max(source, targets[e]) >= numNodes)) throw new Error("ends");
};

test("F1 F2 F3 F4: mutated matrices are read or refused with a FormatError", async () => {
  await fuzz(files, fuzzed);
  for (const file of files) await everyCut(file, fuzzed);
});
