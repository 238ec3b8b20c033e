import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { parseTu, readTu, type TuFiles } from "../../dist/formats/tu.js";
import { memoryStream } from "../../dist/io/source.js";
import { temporaryFolder } from "../temporary-folder.js";
import { everyCut, fuzz } from "./fuzz.js";
import { utf8 } from "./rows.js";

/** A path of three nodes and an edge. */
const texts = {
  edges: "1, 2\n2, 1\n2, 3\n3,2\n4, 5\n5, 4\n",
  graphIndicator: "1\n1\n1\n2\n2\n",
  graphLabels: "1\n-1\n",
  nodeLabels: "0\n3\n0\n1\n1\n",
  edgeLabels: "0\n0\n1\n1\n2\n2\n",
  nodeAttributes: "0.5, -1e-3\n1,2\n3,4\n5,6\n7,8\n",
};
type Part = keyof typeof texts;

function streams(changed: Partial<Record<Part, string | Uint8Array>> = {}): TuFiles {
  const parts = Object.entries({ ...texts, ...changed }).map(([part, text]) => [
    part,
    memoryStream(typeof text === "string" ? utf8(text) : text, `<${part}>`, 7),
  ]);
  return Object.fromEntries(parts);
}

const expected = {
  numGraphs: 2,
  numNodes: 5,
  graphOf: Uint32Array.of(0, 0, 0, 1, 1),
  sources: Uint32Array.of(0, 1, 1, 2, 3, 4),
  targets: Uint32Array.of(1, 0, 2, 1, 4, 3),
  graphLabels: Float64Array.of(1, -1),
  nodeLabels: Float64Array.of(0, 3, 0, 1, 1),
  edgeLabels: Float64Array.of(0, 0, 1, 1, 2, 2),
  nodeAttributes: { columns: 2, values: Float64Array.of(0.5, -1e-3, 1, 2, 3, 4, 5, 6, 7, 8) },
};

test("all files of a set are read, nodes and graphs numbered from 0", async () => {
  expect(await parseTu(streams())).toEqual(expected);
  expect(await parseTu(streams({ edges: `${texts.edges}\r\n\n` }))).toEqual(expected);
});

test("a folder is read, compressed files too; labels may be missing", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "PAIR_A.txt.gz"), gzipSync(texts.edges));
  writeFileSync(join(folder, "PAIR_graph_indicator.txt"), texts.graphIndicator);
  await expect(readTu(folder)).rejects.toThrow("a set of graphs needs PAIR_graph_labels.txt, there is none");
  writeFileSync(join(folder, "PAIR_graph_labels.txt"), texts.graphLabels);
  expect(await readTu(folder)).toEqual({ ...expected, nodeLabels: null, edgeLabels: null, nodeAttributes: null });
  writeFileSync(join(folder, "OTHER_A.txt"), texts.edges);
  await expect(readTu(folder)).rejects.toThrow("one file *_A.txt of a set of graphs was needed, found OTHER, PAIR");
  await expect(readTu(join(folder, "none"))).rejects.toThrow("no such file or folder");
});

test("graphs without edges are a set", async () => {
  const set = await parseTu(streams({ edges: "", edgeLabels: "" }));
  expect(set.sources).toHaveLength(0);
  expect(set.edgeLabels).toHaveLength(0);
});

test.each<[Partial<Record<Part, string>>, string]>([
  [{ edges: "1, 2\n2, 6\n" }, "<edges> line 2 column 1 byte 5: an integer from 1 to 5 was needed, found 6"],
  [{ edges: "1, 2\n2, 4\n" }, "<edges> line 2 column 1 byte 5: nodes 2 and 4 are of graphs 1 and 2"],
  [{ edges: "1, 2, 3\n" }, "<edges> line 1 column 1 byte 0: 2 numbers were needed, found 3"],
  [{ edges: "1, 2\n\n2, 1\n" }, "<edges> line 3 column 1 byte 6: an empty line before this one"],
  [{ edges: "1, x\n" }, "<edges> line 1 column 1 byte 0: field 2 is no finite number"],
  [{ graphIndicator: "1\n0\n" }, "an integer from 1 to 2 was needed, found 0"],
  [{ graphIndicator: "1\n1.5\n" }, "an integer from 1 to 2 was needed, found 1.5"],
  [{ graphLabels: "" }, "<graphLabels>: the file is empty"],
  [{ nodeLabels: "1\n2\n" }, "<nodeLabels> line 3: the file ends here, 5 lines were needed"],
  [{ edgeLabels: "1\n".repeat(7) }, "<edgeLabels> line 7 column 1 byte 12: more than 6 lines"],
  [{ nodeAttributes: "1,2\n1\n" }, "<nodeAttributes> line 2 column 1 byte 4: 2 numbers were needed, found 1"],
  [{ nodeAttributes: "1e999\n" }, "field 1 is no finite number"],
])("%j is refused with the place", async (changed, message) => {
  await expect(parseTu(streams(changed))).rejects.toThrow(message);
});

test.each(Object.keys(texts) as Part[])(
  "F1 F2 F3 F4: mutated and cut files of %s are read or refused",
  async (part) => {
    const file = utf8(texts[part]);
    const read = async (bytes: Uint8Array) => void (await parseTu(streams({ [part]: bytes })));
    await fuzz([file], read, { inputs: 5000, others: Object.values(texts).map(utf8) });
    await everyCut(file, read);
  },
);
