import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  readSafetensorsHeader,
  readTensor,
  requireTensor,
  type TensorOut,
  writeSafetensors,
} from "../../dist/formats/safetensors.js";
import { memorySource, openSource } from "../../dist/io/source.js";
import { bitsOf, expectedRows, formatError, golden, utf8, withFolder } from "./rows.js";

/** A file with this header and `dataBytes` zeros; `length` is what the first 8 bytes say. */
function file(header: string | object, dataBytes = 0, length?: bigint): Uint8Array {
  const json = utf8(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

const tensor = (begin: number, end: number, dtype = "U8", shape = [end - begin]) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});
const header = (bytes: Uint8Array) => readSafetensorsHeader(memorySource(bytes, "x.safetensors"));

describe("readSafetensorsHeader", () => {
  test("F6: reads what the reference implementation wrote", async () => {
    const source = memorySource(golden("reference.safetensors"));
    const found = await readSafetensorsHeader(source);
    expect([...found.metadata]).toEqual([["made", "by the reference"]]);
    const vectors = requireTensor("x", found, "vectors", "F32", 2);
    expect(vectors.shape).toEqual([6, 5]);
    const into = new Float32Array(30);
    await readTensor(source, vectors, 0, into);
    expect(bitsOf(into)).toEqual(expectedRows().bits);
    const part = new Float32Array(2);
    await readTensor(source, requireTensor("x", found, "bias", "F32", 1), 1, part);
    expect(part).toEqual(Float32Array.of(into[5], into[10]));
  });

  test("accepts spaces after the header, empty tensors, scalars and tensors in any order", async () => {
    const found = await header(
      file(`${JSON.stringify({ b: tensor(4, 8, "F32", []), e: tensor(4, 4, "F64", [0, 3]), a: tensor(0, 4) })}   `, 8),
    );
    expect([...found.tensors.keys()]).toEqual(["b", "e", "a"]);
  });

  test("H8: a tensor named __proto__ is a tensor like others", async () => {
    const found = await header(file('{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1));
    expect(found.tensors.get("__proto__")?.bytes).toBe(1);
  });

  test.each<[string, Uint8Array, Parameters<typeof formatError>[1]]>([
    ["an empty file", new Uint8Array(), "truncated"],
    ["seven bytes", new Uint8Array(7), "truncated"],
    ["a header longer than the file", file("{}", 0, 3n), "truncated"],
    ["a header over 100 MB", file("{}", 0, 100_000_001n), "limit"],
    ["a header of 2^64 - 1 bytes", file("{}", 0, 2n ** 64n - 1n), "limit"],
    ["a header of 2^53 bytes", file("{}", 0, 2n ** 53n), "limit"],
    ["a header that does not begin with {", file(" {}"), "header"],
    ["a header that is an array", file("[]"), "header"],
    ["no closing brace", file('{"a":{"dtype":"U8"'), "header"],
    [
      "a repeated tensor",
      file(
        '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
        1,
      ),
      "duplicate",
    ],
    [
      "a repeated key of a tensor",
      file('{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1),
      "header",
    ],
    ["a repeated metadata key", file('{"__metadata__":{"a":"1","a":"2"}}'), "duplicate"],
    ["metadata that is no string", file({ __metadata__: { a: 1 } }), "header"],
    ["an overlap", file({ a: tensor(0, 4), b: tensor(2, 6) }, 6), "header"],
    ["a gap", file({ a: tensor(0, 4), b: tensor(5, 6) }, 6), "header"],
    ["a first tensor that does not begin at 0", file({ a: tensor(1, 2) }, 2), "header"],
    ["an end before the beginning", file({ a: { dtype: "U8", shape: [1], data_offsets: [4, 3] } }, 4), "header"],
    ["an unknown dtype", file({ a: tensor(0, 4, "F128", [1]) }, 4), "unsupported"],
    ["a dtype named toString", file({ a: tensor(0, 4, "toString", [1]) }, 4), "unsupported"],
    ["a wrong product", file({ a: tensor(0, 4, "F32", [2]) }, 4), "header"],
    ["a product beyond 2^53", file({ a: tensor(0, 4, "U8", [2 ** 52, 2 ** 52]) }, 4), "header"],
    ["a negative size", file({ a: tensor(0, 4, "U8", [-4]) }, 4), "header"],
    ["a size that is no integer", file({ a: tensor(0, 4, "U8", [1.5]) }, 4), "header"],
    ["a size of 2^64", file('{"a":{"dtype":"U8","shape":[18446744073709551616],"data_offsets":[0,1]}}', 1), "header"],
    ["three offsets", file({ a: { dtype: "U8", shape: [1], data_offsets: [0, 1, 2] } }, 1), "limit"],
    ["bytes after the last tensor", file({ a: tensor(0, 4) }, 5), "trailing"],
    ["too few bytes", file({ a: tensor(0, 4) }, 3), "truncated"],
    ["text after the header", file("{}{}"), "trailing"],
    ["JSON 100,000 deep", file(`{"a":${'{"a":'.repeat(100_000)}`), "header"],
    ["arrays 100,000 deep", file(`{"a":${"[".repeat(100_000)}`), "header"],
    ["a name that never ends", file(`{"${"a".repeat(1_000_000)}`), "header"],
    ["half a surrogate pair", file('{"__metadata__":{"a":"\\ud800"}}'), "encoding"],
    ["a wrong escape", file('{"__metadata__":{"a":"\\x"}}'), "header"],
    ["bytes that are not UTF-8", Uint8Array.of(3, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0xff, 0x7d), "encoding"],
  ])("H8: refuses %s", async (_, bytes, code) => {
    const error = await formatError(header(bytes), code);
    expect(error.place.file).toBe("x.safetensors");
    expect(error.place.offset).toBeDefined();
  });
});

describe("writeSafetensors", () => {
  const names = fc.string({ unit: "grapheme", maxLength: 6 }).filter((name) => name !== "__metadata__");
  const content = fc.uniqueArray(
    fc.tuple(names, fc.constantFrom("U8", "U32", "F32", "F64"), fc.array(fc.nat(3), { maxLength: 3 })),
    {
      selector: ([name]) => name,
      maxLength: 4,
    },
  );

  test("F5: what it writes reads back, with every tensor aligned", async () => {
    await withFolder(async (folder) => {
      const path = join(folder, "x.safetensors");
      await fc.assert(
        fc.asyncProperty(content, fc.dictionary(names, fc.string({ unit: "grapheme" })), async (tensors, metadata) => {
          const width = { U8: 1, U32: 4, F32: 4, F64: 8 } as Record<string, number>;
          const bytesOf = (dtype: string, shape: number[]) =>
            Uint8Array.from({ length: shape.reduce((a, b) => a * b, width[dtype]) }, (_, i) => i * 7);
          const out = tensors.map(
            ([name, dtype, shape]): TensorOut => ({
              name,
              dtype: dtype as "U8",
              shape,
              data: () => [bytesOf(dtype, shape)],
            }),
          );
          await writeSafetensors(path, out, metadata);
          const source = await openSource(path);
          const found = await readSafetensorsHeader(source);
          const whole = new Uint8Array(await readFile(path));
          expect(new Map(Object.entries(metadata))).toEqual(found.metadata);
          expect(found.tensors.size).toBe(tensors.length);
          for (const [name, dtype, shape] of tensors) {
            const info = found.tensors.get(name)!;
            expect(info).toMatchObject({ dtype, shape });
            expect(info.offset % width[dtype]).toBe(0);
            expect(whole.subarray(info.offset, info.offset + info.bytes)).toEqual(bytesOf(dtype, shape));
          }
          await source.close();
        }),
        { numRuns: 200 },
      );
    });
  });

  test("C1: data of the wrong length leaves the old file as it was", async () => {
    await withFolder(async (folder) => {
      const path = join(folder, "x.safetensors");
      const one: TensorOut = { name: "a", dtype: "U8", shape: [2], data: () => [Uint8Array.of(1, 2)] };
      await writeSafetensors(path, [one]);
      const before = await readFile(path);
      await expect(writeSafetensors(path, [{ ...one, data: () => [Uint8Array.of(1)] }])).rejects.toThrow(
        /needs 2 bytes, got 1/,
      );
      expect(await readFile(path)).toEqual(before);
    });
  });

  test("refuses repeated, reserved and ill-formed names", async () => {
    const named = (name: string): TensorOut => ({ name, dtype: "U8", shape: [0], data: () => [] });
    await withFolder(async (folder) => {
      const path = join(folder, "x.safetensors");
      await expect(writeSafetensors(path, [named("a"), named("a")])).rejects.toThrow(RangeError);
      await expect(writeSafetensors(path, [named("__metadata__")])).rejects.toThrow(RangeError);
      await expect(writeSafetensors(path, [named("\ud800")])).rejects.toThrow(RangeError);
      await expect(writeSafetensors(path, [], { a: "\udc00" })).rejects.toThrow(RangeError);
    });
  });
});
