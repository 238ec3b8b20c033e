import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { metadataPath, readProjector, writeProjector } from "../../dist/formats/projector.js";
import { memoryStream } from "../../dist/io/source.js";
import { anyRows, collect, expectedRows, formatError, golden, rowsOf, source, utf8, withFolder } from "./rows.js";

const stream = (content: string | Uint8Array, name: string) =>
  memoryStream(typeof content === "string" ? utf8(content) : content, name);
const read = async (vectors: string | Uint8Array, metadata: string | Uint8Array) =>
  collect(await readProjector(stream(vectors, "vectors.tsv"), stream(metadata, "metadata.tsv")));

describe("readProjector", () => {
  test("F6: reads what gensim wrote", async () => {
    expect(await read(golden("gensim_tensor.tsv"), golden("gensim_metadata.tsv"))).toEqual(expectedRows());
  });

  test("metadata of one column has no header, of several it has one", async () => {
    const two = rowsOf(["name", "b"], Float32Array.of(1, 2, 3, 4));
    expect(await read("1\t2\n3\t4\n", "name\nb\n")).toEqual(two);
    expect(await read("1\t2\n3\t4\n", "count\tName\n7\tname\n8\tb\n")).toEqual(two);
    expect(await read("1\t2\n3\t4\n", "title\tcount\nname\t7\nb\t8")).toEqual(two);
  });

  test.each<[string, string, string, Parameters<typeof formatError>[1]]>([
    ["fewer names than vectors", "1\n2\n", "a\n", "truncated"],
    ["more names than vectors", "1\n2\n", "a\nb\nc\n", "trailing"],
    ["a row of metadata with other columns", "1\n2\n", "name\tx\na\t1\nb\n", "fields"],
    ["a header over the vectors", "x\ty\n1\t2\n", "a\nb\n", "number"],
    ["rows of unequal length", "1\t2\n3\n", "a\nb\n", "fields"],
    ["longer rows", "1\t2\n3\t4\t5\n", "a\nb\n", "fields"],
    ["no vectors", "", "a\n", "empty"],
  ])("refuses %s", async (_, vectors, metadata, code) => {
    await formatError(read(vectors, metadata), code);
  });
});

describe("writeProjector", () => {
  test("F5: what it writes reads back", async () => {
    const fits = (name: string) => !/[\n\t]|\r$/.test(name);
    await withFolder((folder) =>
      fc.assert(
        fc.asyncProperty(anyRows(fits), async (rows) => {
          const path = join(folder, "vectors.tsv");
          await writeProjector(path, source(rows));
          expect(await read(await readFile(path), await readFile(join(folder, "metadata.tsv")))).toEqual(rows);
        }),
        { numRuns: 200 },
      ),
    );
  });

  test("refuses a name with a tab, and leaves neither file", async () => {
    await withFolder(async (folder) => {
      const path = join(folder, "vectors.tsv");
      await expect(writeProjector(path, source(rowsOf(["a\tb"], Float32Array.of(1))))).rejects.toThrow(/two columns/);
      await expect(readFile(path)).rejects.toThrow(/ENOENT/);
      await expect(readFile(join(folder, "metadata.tsv"))).rejects.toThrow(/ENOENT/);
    });
  });
});

test("metadataPath finds the file that belongs to the vectors", () => {
  expect(metadataPath("a/vectors.tsv")).toBe("a/metadata.tsv");
  expect(metadataPath("tensors/my_tensor.tsv")).toBe("tensors/my_metadata.tsv");
  expect(metadataPath("words.tsv")).toBe("words.metadata.tsv");
});
