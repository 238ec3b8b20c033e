import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type GloveOptions, readGlove, writeGlove } from "../../dist/formats/glove.js";
import { memoryStream } from "../../dist/io/source.js";
import {
  anyRows,
  bitsOf,
  collect,
  expectedRows,
  formatError,
  golden,
  rowsOf,
  source,
  utf8,
  withFolder,
} from "./rows.js";

const read = async (text: string | Uint8Array, options?: GloveOptions) =>
  collect(await readGlove(memoryStream(typeof text === "string" ? utf8(text) : text, "glove.txt"), options));

describe("readGlove", () => {
  test("reads rows without a header", async () => {
    const file = golden("gensim.vec");
    expect(await read(file.subarray(file.indexOf(10) + 1))).toEqual(expectedRows());
  });

  test("F6: reads what GloVe's C program wrote", async () => {
    const file = golden("glove-c.txt");
    const { names, dimensions, bits } = await read(file);
    const rows = new TextDecoder()
      .decode(file)
      .trimEnd()
      .split("\n")
      .map((line) => line.split(" "));
    expect(names).toEqual(rows.map(([name]) => name));
    expect(dimensions).toBe(4);
    expect(bits).toEqual(bitsOf(Float32Array.from(rows.flatMap(([, ...numbers]) => numbers.map(Number)))));
  });

  test("H3: names with spaces are told by counting numbers from the right", async () => {
    const text = "the 1 2\n. . . 3 4\nat name@domain.com 5 6\n";
    expect(await read(text)).toEqual(rowsOf(["the", ". . .", "at name@domain.com"], Float32Array.of(1, 2, 3, 4, 5, 6)));
  });

  test("H3: numbers as names do not mislead about the dimensions", async () => {
    expect((await read("1 5 6\n2000 7 8\nthe 9 10\n3 1 9 9\n")).names).toEqual(["1", "2000", "the", "3 1"]);
    expect(await read("400000 300\n")).toEqual(rowsOf(["400000"], Float32Array.of(300)));
  });

  test("H3: a first row that is too short is an error, not a smaller dimension", async () => {
    const error = await formatError(read("a 1\nb 1 2\nc 3 4\n"), "fields");
    expect(error.message).toContain("glove.txt line 1 column 1 byte 0: expected a name and 2 numbers, got 2 fields");
  });

  test("dimensions may be given", async () => {
    expect((await read("a 1 2\nb 3 4\n", { dimensions: 1 })).names).toEqual(["a 1", "b 3"]);
    await formatError(read("a 1 2\nb 3 4\n", { dimensions: 3 }), "fields");
    await expect(read("a 1", { dimensions: 0 })).rejects.toThrow(/dimensions must be an integer/);
  });

  test.each<[string, string, Parameters<typeof formatError>[1]]>([
    ["nothing", "", "empty"],
    ["only empty lines", "\n\n", "fields"],
    ["a text of no numbers", "once upon a time\nthere was\n", "fields"],
  ])("refuses %s", async (_, text, code) => {
    await formatError(read(text), code);
  });
});

describe("writeGlove", () => {
  // without a header, a file of names that are numbers alone does not tell where its names end
  const fits = (name: string) => !name.includes("\n") && !/[ \t]$/.test(name);

  test("F5: what it writes reads back, bit for bit", async () => {
    await withFolder((folder) =>
      fc.assert(
        fc.asyncProperty(anyRows(fits), async (rows) => {
          const path = join(folder, "x.txt");
          await writeGlove(path, source(rows));
          expect(await read(await readFile(path), { dimensions: rows.dimensions })).toEqual(rows);
        }),
        { numRuns: 300 },
      ),
    );
  });
});
