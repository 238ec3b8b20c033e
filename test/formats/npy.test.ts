import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type NpyOptions, readNpy, writeNpy } from "../../dist/formats/npy.js";
import { memorySource, memoryStream } from "../../dist/io/source.js";
import { anyRows, collect, expectedRows, formatError, golden, rowsOf, source, utf8, withFolder } from "./rows.js";

const read = async (bytes: Uint8Array, options?: NpyOptions) =>
  collect(await readNpy(memorySource(bytes, "x.npy"), options));

/** A file of version 1 with this header and `dataBytes` zeros. */
function file(header: string, dataBytes = 0, { version = 1, length = header.length } = {}): Uint8Array {
  const bytes = new Uint8Array((version === 1 ? 10 : 12) + header.length + dataBytes);
  const view = new DataView(bytes.buffer);
  bytes.set([0x93, ...utf8("NUMPY"), version, 0]);
  if (version === 1) view.setUint16(8, length, true);
  else view.setUint32(8, length, true);
  bytes.set(utf8(header), version === 1 ? 10 : 12);
  return bytes;
}

const dict = (descr: string, shape: string, order = "False") =>
  `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }`;

describe("readNpy", () => {
  test.each(["f4", "f8-fortran", "f4-big-endian", "f8-big-endian-fortran", "version-2", "version-3"])(
    "F6 H6: reads numpy-%s",
    async (name) => {
      const { bits } = expectedRows();
      expect(await read(golden(`numpy-${name}.npy`))).toEqual({
        names: ["0", "1", "2", "3", "4", "5"],
        dimensions: 5,
        bits,
      });
    },
  );

  test("takes names from a file of names, which must have as many lines as there are rows", async () => {
    const names = (text: string) => memoryStream(utf8(text), "names.txt");
    const bytes = golden("numpy-f4.npy");
    const six = "a\tb\n c \n\n北京\ne\nf\n";
    expect((await read(bytes, { names: names(six) })).names).toEqual(["a\tb", " c ", "", "北京", "e", "f"]);
    await formatError(read(bytes, { names: names("a\nb\n") }), "truncated");
    await formatError(read(bytes, { names: names(`${six}g`) }), "trailing");
    expect((await read(bytes, { names: names(six), limit: 2 })).names).toEqual(["a\tb", " c "]);
  });

  test("reads headers in any order of keys and with Python 2's integers", async () => {
    const header = `{"shape": (1L, 2L), "fortran_order": False, "descr": "<f4"}\n`;
    expect(await read(file(header, 8))).toEqual(rowsOf(["0"], Float32Array.of(0, 0)));
  });

  test.each<[string, Uint8Array, Parameters<typeof formatError>[1]]>([
    ["an array of objects", golden("numpy-object.npy"), "unsupported"],
    ["records", file("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1, 1), }", 4), "header"],
    ["integers", file(dict("<i4", "(1, 1)"), 4), "unsupported"],
    ["an array of one dimension", file(dict("<f4", "(1,)"), 4), "unsupported"],
    ["an array of no dimension", file(dict("<f4", "()"), 4), "unsupported"],
    [
      "code in the header",
      file("{'descr': __import__('os').system('true'), 'fortran_order': False, 'shape': (1, 1), }", 4),
      "header",
    ],
    ["code in the shape", file(dict("<f4", "(1, 2**2)"), 16), "header"],
    ["a header that is not closed", file("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1), ", 4), "header"],
    ["a header of 1 GB", file("{", 0, { version: 2, length: 2 ** 30 }), "limit"],
    ["a header longer than the file", file("{", 0, { length: 100 }), "truncated"],
    ["a header of digits without end", file(dict("<f4", `(${"1".repeat(60_000)}x, 1)`), 4), "header"],
    [
      "a repeated key",
      file("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1, 1), }", 4),
      "header",
    ],
    ["a key too many", file("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1), 'x': 'y'}", 4), "header"],
    ["a missing key", file("{'descr': '<f4', 'shape': (1, 1), }", 4), "header"],
    ["a shape larger than the file", file(dict("<f4", "(2, 2)"), 15), "truncated"],
    ["a shape smaller than the file", file(dict("<f4", "(2, 2)"), 17), "trailing"],
    ["2^53 rows", file(dict("<f4", "(9007199254740992, 1)"), 4), "header"],
    ["rows times dimensions beyond 2^53", file(dict("<f4", "(1000000000000, 1000000)"), 4), "header"],
    ["a negative size", file(dict("<f4", "(-1, 1)"), 4), "header"],
    ["no rows", file(dict("<f4", "(0, 4)")), "empty"],
    ["no columns", file(dict("<f4", "(4, 0)")), "header"],
    ["10^9 columns", file(dict("<f4", "(1, 1000000000)")), "limit"],
    ["version 4", file(dict("<f4", "(1, 1)"), 4, { version: 4 }), "unsupported"],
    ["another magic number", utf8("0123456789ab"), "header"],
    ["an empty file", new Uint8Array(), "empty"],
  ])("H1 H2 H6: refuses %s", async (_, bytes, code) => {
    expect((await formatError(read(bytes), code)).place.file).toBe("x.npy");
  });

  test("H3: f8 beyond the range of f32 follows the policy for numbers that are not finite", async () => {
    const bytes = file(dict("<f8", "(1, 1)"), 8);
    new DataView(bytes.buffer).setFloat64(bytes.length - 8, 1e39, true);
    const error = await formatError(read(bytes), "number");
    expect(error.place.offset).toBe(bytes.length - 8);
    expect(await read(bytes, { nonfinite: "zero" })).toEqual(rowsOf(["0"], Float32Array.of(0)));
  });
});

describe("writeNpy", () => {
  test("F5: what it writes reads back, names by a file of their own", async () => {
    const fits = (name: string) => !name.includes("\n") && !name.endsWith("\r");
    await withFolder((folder) =>
      fc.assert(
        fc.asyncProperty(anyRows(fits), fc.boolean(), async (rows, known) => {
          const [path, namesPath] = [join(folder, "x.npy"), join(folder, "x.txt")];
          await writeNpy(path, source(rows, known), { names: namesPath });
          const names = memoryStream(await readFile(namesPath));
          expect(await read(new Uint8Array(await readFile(path)), { names })).toEqual(rows);
        }),
        { numRuns: 200 },
      ),
    );
  });

  test("writes a header whose length is a multiple of 64", async () => {
    await withFolder(async (folder) => {
      await writeNpy(join(folder, "x.npy"), source(rowsOf(["a"], Float32Array.of(1))));
      expect((await readFile(join(folder, "x.npy"))).length).toBe(128 + 4);
    });
  });
});
