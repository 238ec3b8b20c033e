import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readParquet, writeParquet } from "../../dist/formats/parquet.js";
import type { Column, Table } from "../../dist/formats/table.js";
import { memorySource } from "../../dist/io/source.js";
import { anyName, expectedRows, formatError, golden, withFolder } from "./rows.js";

const read = (bytes: Uint8Array) => readParquet(memorySource(bytes, "x.parquet"));

async function roundTrip(folder: string, table: Table): Promise<Table> {
  const path = join(folder, "x.parquet");
  await writeParquet(path, table);
  return read(new Uint8Array(await readFile(path)));
}

describe("readParquet", () => {
  test.each(["pyarrow-snappy", "pyarrow-plain-v2", "pyarrow-dictionary-v2"])(
    "F6: reads %s as pyarrow wrote it",
    async (name) => {
      const { names, bits } = expectedRows();
      const x = new Float32Array(Uint32Array.from(bits).buffer);
      const { rows, columns } = await read(golden(`${name}.parquet`));
      expect(rows).toBe(6);
      expect(Object.fromEntries(columns)).toEqual({
        name: names,
        label: ["a", null, "a", "b", null, "a"],
        count: Float64Array.of(6, 5, 4, 3, 2, 1),
        degree: [1, null, -3, 4, 5, 6],
        x: Float32Array.from({ length: 6 }, (_, row) => x[row * 5]),
        y: [0.1, null, -0, 1e300, 5e-324, 2.5],
        known: [true, false, null, true, true, false],
      });
    },
  );

  test("says that lists are not read, and which column holds them", async () => {
    const error = await formatError(read(golden("pyarrow-lists.parquet")), "unsupported");
    expect(error.message).toContain("nested columns");
  });

  test.each<[string, number[], Parameters<typeof formatError>[1]]>([
    ["an empty file", [], "truncated"],
    ["a file of another kind", Array(64).fill(97), "header"],
    ["a footer longer than the file", [...Array(12).fill(0), 0xff, 0xff, 0xff, 0x7f, 0x50, 0x41, 0x52, 0x31], "header"],
    ["a footer of nothing", [...Array(12).fill(0), 0, 0, 0, 0, 0x50, 0x41, 0x52, 0x31], "header"],
  ])("H9: refuses %s", async (_, bytes, code) => {
    await formatError(read(Uint8Array.from(bytes)), code);
  });

  test("H9: refuses integers of a megabyte in the footer without working through them", async () => {
    const footer = new Uint8Array(1 << 20).fill(0xff);
    footer[0] = 0x16; // field 1, an i64
    const bytes = new Uint8Array(4 + footer.length + 8);
    bytes.set(footer, 4);
    bytes.set([0, 0, 0x10, 0, 0x50, 0x41, 0x52, 0x31], 4 + footer.length);
    await formatError(read(bytes), "header");
  });
});

describe("writeParquet", () => {
  const rows = 7;
  const list = <T>(value: fc.Arbitrary<T>) => fc.array(value, { minLength: rows, maxLength: rows });
  const number = fc.double({ noNaN: false });
  const column: fc.Arbitrary<Column> = fc.oneof(
    list(anyName),
    list(fc.option(anyName, { nil: null, freq: 2 })),
    list(fc.constantFrom("a", "b")),
    list(fc.boolean()),
    list(fc.option(fc.boolean(), { nil: null, freq: 2 })),
    list(fc.option(number, { nil: null, freq: 2 })).filter(
      (values) => values.includes(null) && values.some((v) => v !== null),
    ),
    list(number).map((values) => Float64Array.from(values)),
    list(number).map((values) => Float32Array.from(values)),
    list(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })).map((values) => Int32Array.from(values)),
  );

  test("F5: what it writes reads back", async () => {
    await withFolder((folder) =>
      fc.assert(
        fc.asyncProperty(
          fc.dictionary(fc.string({ unit: "grapheme" }), column, { minKeys: 1, maxKeys: 4 }),
          async (columns) => {
            const found = await roundTrip(folder, { rows, columns: new Map(Object.entries(columns)) });
            expect(found.rows).toBe(rows);
            expect([...found.columns]).toEqual(Object.entries(columns));
          },
        ),
        { numRuns: 300 },
      ),
    );
  });

  test("numbers in plain arrays come back as a typed column, and a table may have no rows", async () => {
    await withFolder(async (folder) => {
      const found = await roundTrip(folder, { rows: 2, columns: new Map([["a", [1, -0]]]) });
      expect(found.columns.get("a")).toEqual(Float64Array.of(1, -0));
      expect(await roundTrip(folder, { rows: 0, columns: new Map([["a", []]]) })).toEqual({
        rows: 0,
        columns: new Map([["a", []]]),
      });
    });
  });

  test("several row groups join", async () => {
    const names = Array.from({ length: 250_001 }, (_, i) => `word ${i}`);
    await withFolder(async (folder) => {
      const { columns } = await roundTrip(folder, { rows: names.length, columns: new Map([["name", names]]) });
      expect(columns.get("name")).toEqual(names);
    });
  });

  test.each<[string, Table]>([
    ["unequal lengths", { rows: 2, columns: new Map([["a", ["x"]]]) }],
    ["mixed types", { rows: 2, columns: new Map([["a", ["x", 1]]]) }],
    ["half a surrogate pair", { rows: 1, columns: new Map([["a", ["\ud800"]]]) }],
    ["no columns", { rows: 1, columns: new Map() }],
  ])("refuses %s", async (_, table) => {
    await withFolder(async (folder) => {
      await expect(writeParquet(join(folder, "x.parquet"), table)).rejects.toThrow(RangeError);
    });
  });
});
