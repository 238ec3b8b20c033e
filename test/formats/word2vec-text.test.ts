import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ReadOptions } from "../../dist/formats/read-options.js";
import { readWord2vecText, writeWord2vecText } from "../../dist/formats/word2vec-text.js";
import { memoryStream } from "../../dist/io/source.js";
import { anyRows, collect, expectedRows, formatError, golden, rowsOf, source, utf8, withFolder } from "./rows.js";

async function read(content: string | Uint8Array, options?: ReadOptions, pieceLength?: number) {
  const bytes = typeof content === "string" ? utf8(content) : content;
  return collect(await readWord2vecText(memoryStream(bytes, "x.vec", pieceLength), options));
}

const two = rowsOf(["a", "b"], Float32Array.of(1, 2, 3, 4));

describe("readWord2vecText", () => {
  test("F6: reads what gensim wrote, whatever the pieces", async () => {
    const file = golden("gensim.vec");
    for (const pieceLength of [1, 7, 64, file.length])
      expect(await read(file, {}, pieceLength)).toEqual(expectedRows());
  });

  test.each<[string, string]>([
    ["a last line feed", "2 2\na 1 2\nb 3 4\n"],
    ["no last line feed", "2 2\na 1 2\nb 3 4"],
    ["empty lines at the end", "2 2\na 1 2\nb 3 4\n\n\n"],
    ["CRLF", "2 2\r\na 1 2\r\nb 3 4\r\n"],
    ["a byte order mark", "\ufeff2 2\na 1 2\nb 3 4\n"],
    ["tabs", "2\t2\na\t1\t2\nb\t3\t4\n"],
    ["double spaces, also at the end, as word2vec.c and fastText write one", "2  2\na  1  2 \nb 3  4  \n"],
  ])("H3: reads rows with %s", async (_, text) => {
    expect(await read(text)).toEqual(two);
  });

  test("H3: names may hold spaces, be empty, or be numbers", async () => {
    const names = ["new york", " b", "", "1984", ". . .", "a  b"];
    const text = `6 2\n${names.map((name) => `${name} 1 2`).join("\n")}`;
    expect((await read(text)).names).toEqual(names);
  });

  test("H3: a name of 10 MB is a name", async () => {
    const name = "a".repeat(10 * 2 ** 20);
    expect((await read(`1 1\n${name} 1\n`, {}, 1 << 20)).names).toEqual([name]);
  });

  test.each<[string, string, Parameters<typeof formatError>[1], string]>([
    ["nothing", "", "empty", "x.vec"],
    ["no header", "a 1 2\n", "header", "x.vec line 1"],
    ["0 rows", "0 2\n", "empty", "x.vec byte 0"],
    ["0 dimensions", "2 0\na\nb\n", "header", "x.vec byte 0"],
    ["fewer rows than declared", "3 2\na 1 2\nb 3 4\n ", "fields", "x.vec line 4"],
    ["fewer bytes than declared rows take", "9 2\na 1 2\nb 3 4\n", "truncated", "x.vec byte 0"],
    ["more rows than declared", "1 2\na 1 2\nb 3 4\n", "trailing", "x.vec line 3 column 1 byte 10"],
    ["too few numbers", "2 2\na 1 2\nb 3\n", "fields", "x.vec line 3"],
    ["no name", "2 2\na 1 2\n3 4\n    ", "fields", "x.vec line 3"],
    ["an empty line between rows", "2 2\na 1 2\n\nb 3 4\n", "fields", "x.vec line 4"],
    ["0x10", "2 2\na 1 0x10\nb 3 4\n", "number", "x.vec line 2 column 5 byte 8"],
    ["1_0", "2 2\na 1 2\nb 1_0 4\n", "number", "x.vec line 3 column 3 byte 12"],
    ["a decimal comma", "2 2\na 1 2,5\nb 3 4\n", "number", "decimal comma"],
    ["NaN", "2 2\na 1 NaN\nb 3 4\n", "number", "x.vec line 2 column 5 byte 8"],
    ["1e400", "2 2\na 1 2\nb 1e400 4\n", "number", "x.vec line 3 column 3 byte 12"],
  ])("H3: refuses %s and says where", async (_, text, code, where) => {
    expect((await formatError(read(text), code)).message).toContain(where);
  });

  test("H3: too few rows are noticed where the size tells nothing", async () => {
    const stream = { ...memoryStream(utf8("9 2\na 1 2\nb 3 4\n"), "x.vec.gz"), compressed: true };
    await formatError(readWord2vecText(stream).then(collect), "truncated");
  });

  test.each([
    "2147483648 300",
    "9007199254740992 1",
    "1000000000000000000 300",
    "300 1000000000",
    "5 1048577",
    "99999999999999999999999 99999999999999999999",
  ])("H1 H2: a header of %s in 1 kB is refused before anything is allocated", async (header) => {
    const before = process.memoryUsage().arrayBuffers;
    const error = await read(utf8(`${header}\n`.padEnd(1000, "a 1 "))).catch((thrown) => thrown);
    expect(["header", "limit", "truncated"]).toContain(error.code);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
  });

  test("H3: nonfinite drop leaves rows out, zero puts 0, both with a count", async () => {
    const text = "3 2\na 1 nan\nb 3 4\nc -inf 1e39\n";
    const warnings: string[] = [];
    const onWarning = (message: string) => warnings.push(message);
    expect(await read(text, { nonfinite: "drop", onWarning })).toEqual(rowsOf(["b"], Float32Array.of(3, 4)));
    expect(await read(text, { nonfinite: "zero", onWarning })).toEqual(
      rowsOf(["a", "b", "c"], Float32Array.of(1, 0, 3, 4, 0, 0)),
    );
    expect(warnings).toEqual([
      'x.vec: rows left out for numbers that are not finite: 2, first "a"',
      'x.vec: numbers that are not finite, set to 0: 3, first in "a"',
    ]);
  });

  test("H4: invalid UTF-8 is refused with its offset, replaced, or left out", async () => {
    const bytes = utf8("2 1\nxy! 1\nb 2\n");
    bytes[6] = 0xff;
    const error = await formatError(read(bytes), "encoding");
    expect(error.place).toEqual({ file: "x.vec", line: 2, column: 3, offset: 6 });
    const warnings: string[] = [];
    const onWarning = (message: string) => warnings.push(message);
    expect((await read(bytes, { encodingErrors: "replace", onWarning })).names).toEqual(["xy\ufffd", "b"]);
    expect((await read(bytes, { encodingErrors: "skip", onWarning })).names).toEqual(["b"]);
    expect(warnings).toHaveLength(2);
  });

  test("limit reads the first rows and not what comes after", async () => {
    expect(await read("9 2\na 1 2\nb 3 4\nc this is never looked at", { limit: 2 })).toEqual(two);
  });

  test("warns of names that end in a number, as rows with a number too many do", async () => {
    const warnings: string[] = [];
    await read("2 2\na 0 1 2\nb 3 4\n", { onWarning: (message) => warnings.push(message) });
    expect(warnings[0]).toContain('first "a 0"');
  });

  test("options that do not exist or have no such value are refused", async () => {
    await expect(read("1 1\na 1", { limt: 1 } as ReadOptions)).rejects.toThrow(/there is no option limt/);
    await expect(read("1 1\na 1", { limit: 0 })).rejects.toThrow(/limit must be an integer >= 1, got 0/);
    await expect(read("1 1\na 1", { nonfinite: "maybe" } as unknown as ReadOptions)).rejects.toThrow(
      /nonfinite must be one of/,
    );
  });
});

describe("writeWord2vecText", () => {
  const fits = (name: string) => !name.includes("\n") && !/[ \t]$/.test(name);

  test("F5: what it writes reads back, bit for bit", async () => {
    await withFolder((folder) =>
      fc.assert(
        fc.asyncProperty(anyRows(fits), fc.boolean(), async (rows, known) => {
          const path = join(folder, "x.vec");
          expect(await writeWord2vecText(path, source(rows, known))).toBe(rows.names.length);
          expect(await read(await readFile(path))).toEqual(rows);
        }),
        { numRuns: 300 },
      ),
    );
  });

  test("writes a header of exact counts", async () => {
    await withFolder(async (folder) => {
      await writeWord2vecText(join(folder, "x.vec"), source(two));
      expect(await readFile(join(folder, "x.vec"), "utf8")).toBe("2 2\na 1 2\nb 3 4\n");
    });
  });

  test("F5: refuses names that would not come back, numbers that are not finite, and no rows at all", async () => {
    await withFolder(async (folder) => {
      const write = (name: string, x = 1) =>
        writeWord2vecText(join(folder, "x.vec"), source(rowsOf([name], Float32Array.of(x))));
      await expect(write("a\nb")).rejects.toThrow(/line feed/);
      await expect(write("a ")).rejects.toThrow(/space at its end/);
      await expect(write("\ud800")).rejects.toThrow(/surrogate/);
      await expect(write("a", Number.NaN)).rejects.toThrow(/"a" has NaN/);
      const empty = { name: "<none>", dimensions: 2, async *batches() {} };
      await formatError(writeWord2vecText(join(folder, "x.vec"), empty), "empty");
      await expect(readFile(join(folder, "x.vec"))).rejects.toThrow(/ENOENT/);
    });
  });
});
