import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeHeader, type TensorOut } from "../../dist/formats/safetensors.js";
import { readSafetensorsVectors, writeSafetensorsVectors } from "../../dist/formats/safetensors-vectors.js";
import { memorySource } from "../../dist/io/source.js";
import { anyRows, collect, expectedRows, formatError, golden, source, withFolder } from "./rows.js";

const read = async (bytes: Uint8Array) => collect(await readSafetensorsVectors(memorySource(bytes, "x.safetensors")));

test("F6: a file without names, by the reference implementation, has row numbers as names", async () => {
  expect(await read(golden("reference.safetensors"))).toEqual({
    ...expectedRows(),
    names: ["0", "1", "2", "3", "4", "5"],
  });
});

test("F5: what it writes reads back, whatever the names", async () => {
  await withFolder((folder) =>
    fc.assert(
      fc.asyncProperty(
        anyRows(() => true),
        fc.boolean(),
        async (rows, known) => {
          const path = join(folder, "x.safetensors");
          await writeSafetensorsVectors(path, source(rows, known));
          expect(await read(new Uint8Array(await readFile(path)))).toEqual(rows);
        },
      ),
      { numRuns: 300 },
    ),
  );
});

function file(tensors: Omit<TensorOut, "data">[], data: Uint8Array): Uint8Array {
  const header = encodeHeader(tensors, {});
  const bytes = new Uint8Array(header.length + data.length);
  bytes.set(header);
  bytes.set(data, header.length);
  return bytes;
}

test("H8: names that overlap, end after their tensor, leave bytes over, or are too few are refused", async () => {
  const vectors = { name: "vectors", dtype: "F32", shape: [2, 1] } as const;
  const withEnds = (ends: number[]) => {
    const tensors = [
      vectors,
      { name: "name_ends", dtype: "U32" as const, shape: [ends.length] },
      { name: "names", dtype: "U8" as const, shape: [3] },
    ];
    const data = new Uint8Array(8 + 4 * ends.length + 3);
    data.set(new Uint8Array(Uint32Array.from(ends).buffer), 8);
    return file(tensors as unknown as TensorOut[], data);
  };
  expect((await read(withEnds([1, 3]))).names).toEqual(["\0", "\0\0"]);
  await formatError(read(withEnds([2, 1])), "header");
  await formatError(read(withEnds([1, 4])), "header");
  await formatError(read(withEnds([1, 2 ** 32 - 1])), "header");
  await formatError(read(withEnds([1, 2])), "trailing");
  await formatError(read(withEnds([3])), "header");
});

test("H2 H8: a matrix of no rows, no columns or another type is refused", async () => {
  const one = (dtype: "F32" | "F64", shape: number[], bytes: number) =>
    file([{ name: "vectors", dtype, shape }], new Uint8Array(bytes));
  await formatError(read(one("F32", [0, 4], 0)), "empty");
  await formatError(read(one("F32", [4, 0], 0)), "header");
  await formatError(read(one("F64", [1, 1], 8)), "unsupported");
  await formatError(read(one("F32", [4], 16)), "unsupported");
});
