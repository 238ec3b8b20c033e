import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { writeIdx } from "../../dist/formats/idx.js";
import { writeParquet } from "../../dist/formats/parquet.js";
import { vectorFormats, writeVectors } from "../../dist/formats/vectors.js";
import { ResourceError } from "../../dist/io/errors.js";
import { files } from "../../dist/platform/node.js";
import { rowsOf, source, withFolder } from "./rows.js";

const { create, rename } = files;
afterEach(() => {
  Object.assign(files, { create, rename });
});

/** Makes the k-th call that writes fail as a full disk does; returns how many calls there were. */
function failAt(k: number): { calls: number } {
  const counter = { calls: 0 };
  const step = async <T>(work: () => Promise<T>): Promise<T> => {
    if (++counter.calls === k) throw Object.assign(new Error("no space left"), { code: "ENOSPC" });
    return work();
  };
  files.create = (path, mode) =>
    step(async () => {
      const file = await create(path, mode);
      return {
        write: (bytes, position) => step(() => file.write(bytes, position)),
        sync: () => step(() => file.sync()),
        close: () => file.close(),
      };
    });
  files.rename = (from, to) => step(() => rename(from, to));
  return counter;
}

const before = rowsOf(["old"], Float32Array.of(1));
const after = rowsOf(["new", "rows"], Float32Array.of(2, 3));
const writers = [
  ...vectorFormats.map((format) => ({
    name: format,
    write: (path: string, rows: typeof after) => writeVectors(path, format, source(rows)),
  })),
  {
    name: "Parquet",
    write: (path: string, rows: typeof after) =>
      writeParquet(path, { rows: rows.names.length, columns: new Map([["name", rows.names]]) }),
  },
  {
    name: "IDX",
    write: (path: string, rows: typeof after) =>
      writeIdx(path, { type: "i32", shape: [rows.bits.length], data: Int32Array.from(rows.bits) }),
  },
];

test.each(writers)(
  "C1 C5: a disk that is full at any call of writing $name leaves the old file and nothing else",
  async ({ write }) => {
    await withFolder(async (folder) => {
      const path = join(folder, "x_vectors.tsv");
      await write(path, before);
      const names = await readdir(folder);
      const old = await readFile(path);
      for (let k = 1; ; k++) {
        const counter = failAt(k);
        const error = await write(path, after).then(
          () => undefined,
          (thrown) => thrown,
        );
        if (error === undefined) {
          expect(counter.calls).toBe(k - 1);
          expect(k).toBeGreaterThan(3);
          break;
        }
        expect(error).toBeInstanceOf(ResourceError);
        expect(await readdir(folder)).toEqual(names);
        expect(await readFile(path)).toEqual(old);
      }
      expect(await readFile(path)).not.toEqual(old);
    });
  },
);
