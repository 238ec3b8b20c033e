import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ReadOptions } from "../../dist/formats/read-options.js";
import { readWord2vecBinary, writeWord2vecBinary } from "../../dist/formats/word2vec-binary.js";
import { readWord2vecText } from "../../dist/formats/word2vec-text.js";
import { memoryStream } from "../../dist/io/source.js";
import { anyRows, collect, expectedRows, formatError, golden, rowsOf, source, utf8, withFolder } from "./rows.js";

async function read(bytes: Uint8Array, options?: ReadOptions, pieceLength?: number) {
  return collect(await readWord2vecBinary(memoryStream(bytes, "x.bin", pieceLength), options));
}

/** A file of one dimension. */
function file(header: string, rows: [name: string | Uint8Array, number: number][], between = ""): Uint8Array {
  const parts = [utf8(`${header}\n`)];
  for (const [name, number] of rows) {
    const numbers = new Uint8Array(Float32Array.of(number).buffer);
    parts.push(typeof name === "string" ? utf8(name) : name, utf8(" "), numbers, utf8(between));
  }
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

const two = rowsOf(["a", "b"], Float32Array.of(1, 2));

describe("readWord2vecBinary", () => {
  test("F6: reads what gensim wrote, whatever the pieces", async () => {
    const bytes = golden("gensim.bin");
    for (let pieceLength = 1; pieceLength <= bytes.length; pieceLength += 3) {
      expect(await read(bytes, {}, pieceLength)).toEqual(expectedRows());
    }
  });

  test("F6: reads what word2vec.c wrote: its text is its binary with six decimals", async () => {
    const binary = await read(golden("word2vec-c.bin"));
    const text = await collect(await readWord2vecText(memoryStream(golden("word2vec-c.txt"))));
    const numbers = ({ bits }: typeof text) => Array.from(new Float32Array(Uint32Array.from(bits).buffer));
    expect(binary.names).toEqual(["</s>", "the", "cat", "sat", "on", "naïve", "北京", "mat"]);
    expect(text.names).toEqual(binary.names);
    expect(numbers(text).map((x) => x.toFixed(6))).toEqual(numbers(binary).map((x) => x.toFixed(6)));
  });

  test("reads rows with a line feed after each, as word2vec.c writes, and without", async () => {
    const rows: [string, number][] = [
      ["a", 1],
      ["b", 2],
    ];
    for (const between of ["", "\n"]) expect(await read(file("2 1", rows, between))).toEqual(two);
  });

  test.each<[string, Uint8Array, Parameters<typeof formatError>[1]]>([
    ["an empty file", new Uint8Array(), "empty"],
    ["no header", utf8("abc"), "header"],
    ["a header without end", utf8("1".repeat(1000)), "header"],
    ["0 dimensions", file("1 0", []), "header"],
    ["0 rows", file("0 1", []), "empty"],
    [
      "a file cut within a vector",
      file("2 1", [
        ["a", 1],
        ["bbb", 2],
      ]).subarray(0, -1),
      "truncated",
    ],
    [
      "a file cut before a vector",
      file("2 1", [
        ["a", 1],
        ["bbbbbbbbb", 2],
      ]).subarray(0, -5),
      "truncated",
    ],
    [
      "fewer rows than declared",
      file("3 1", [
        ["a", 1],
        ["b", 2],
      ]),
      "truncated",
    ],
    [
      "more rows than declared",
      file("1 1", [
        ["a", 1],
        ["b", 2],
      ]),
      "trailing",
    ],
    ["a name without end", file("1 1", [["a".repeat(2 ** 16 + 1), 1]]), "limit"],
    ["a name without end in a long file", utf8(`1 1\n${"a".repeat(1_000_000)}`), "limit"],
    ["a number that is not finite", file("1 1", [["a", Number.NaN]]), "number"],
    ["a name that is not UTF-8", file("1 1", [[Uint8Array.of(0x61, 0xff), 1]]), "encoding"],
  ])("H3 H4 H5: refuses %s", async (_, bytes, code) => {
    const error = await formatError(read(bytes, {}, 1000), code);
    expect(error.place.file).toBe("x.bin");
  });

  test("says at which byte a name or number is wrong", async () => {
    expect((await formatError(read(file("1 1", [[Uint8Array.of(0x61, 0xff), 1]])), "encoding")).place.offset).toBe(5);
    expect(
      (
        await formatError(
          read(
            file("2 1", [
              ["a", 1],
              ["b", Number.POSITIVE_INFINITY],
            ]),
          ),
          "number",
        )
      ).place.offset,
    ).toBe(12);
  });

  test.each(["2147483648 300", "9007199254740992 1", "1000000000000000000 300", "300 1000000000", "3 1000000"])(
    "H1 H2: a header of %s in 1 kB is refused before anything is allocated",
    async (header) => {
      const before = process.memoryUsage().arrayBuffers;
      const error = await read(utf8(`${header}\n`.padEnd(1000, "a"))).catch((thrown) => thrown);
      expect(["header", "limit", "truncated"]).toContain(error.code);
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
    },
  );

  test("H3 H4: policies drop, zero, replace and skip", async () => {
    const bytes = file("3 1", [
      ["a", Number.NaN],
      [Uint8Array.of(0xff), 2],
      ["c", 3],
    ]);
    expect(await read(bytes, { nonfinite: "zero", encodingErrors: "replace" })).toEqual(
      rowsOf(["a", "\ufffd", "c"], Float32Array.of(0, 2, 3)),
    );
    expect(await read(bytes, { nonfinite: "drop", encodingErrors: "skip" })).toEqual(rowsOf(["c"], Float32Array.of(3)));
  });

  test("limit reads the first rows and not what comes after", async () => {
    expect(
      await read(
        file("9 1", [
          ["a", 1],
          ["b", 2],
          ["", 3],
          ["x".repeat(60), 4],
        ]),
        { limit: 2 },
      ),
    ).toEqual(two);
  });
});

describe("writeWord2vecBinary", () => {
  const anyBits = fc
    .nat(2 ** 32 - 1)
    .map((bits) => new Float32Array(Uint32Array.of(bits).buffer)[0])
    .filter(Number.isFinite);
  const fits = (name: string) => !name.includes(" ") && !name.startsWith("\n");

  test("F5: what it writes reads back, bit for bit", async () => {
    await withFolder((folder) =>
      fc.assert(
        fc.asyncProperty(anyRows(fits, anyBits), fc.boolean(), async (rows, known) => {
          const path = join(folder, "x.bin");
          expect(await writeWord2vecBinary(path, source(rows, known))).toBe(rows.names.length);
          expect(await read(await readFile(path))).toEqual(rows);
        }),
        { numRuns: 300 },
      ),
    );
  });

  test("F5: refuses names that would not come back, and says what to do", async () => {
    await withFolder(async (folder) => {
      const write = (name: string) =>
        writeWord2vecBinary(join(folder, "x.bin"), source(rowsOf([name], Float32Array.of(1))));
      await expect(write("new york")).rejects.toThrow(/underscores/);
      await expect(write("\na")).rejects.toThrow(/line feed/);
      await expect(write("\udc00")).rejects.toThrow(/surrogate/);
      await expect(write("a".repeat(2 ** 16 + 1))).rejects.toThrow(/65537 bytes/);
    });
  });
});
