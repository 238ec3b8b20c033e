import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openSource } from "../../dist/io/source.js";
import { Pool } from "../../dist/kernels/pool.js";
import { Rng } from "../../dist/numerics/random.js";
import { Vectors } from "../../dist/space/vectors.js";
import { temporaryFolder } from "../temporary-folder.js";

function randomRows(count: number, dimensions: number): Float32Array<ArrayBuffer> {
  const rng = new Rng(1);
  return Float32Array.from({ length: count * dimensions }, () => rng.normal());
}

function all(vectors: Vectors): number[] {
  return [...vectors.batches()].flatMap((batch) => [...batch]);
}

describe("Vectors", () => {
  test("holds what was appended, in any portions, in one memory or many", () => {
    for (const dimensions of [1, 2, 3, 4, 5, 8, 301]) {
      const rows = randomRows(23, dimensions);
      for (const mostRowsPerShard of [1, 4, 23, 100]) {
        const vectors = Vectors.create(dimensions, { mostRowsPerShard });
        for (let from = 0, step = 1; from < 23; from += step, step++) {
          vectors.append(rows.subarray(from * dimensions, (from + step) * dimensions));
        }
        expect(vectors.length).toBe(23);
        expect(vectors.shards.length).toBe(Math.ceil(23 / mostRowsPerShard));
        expect(all(vectors)).toEqual([...rows]);
        expect([...vectors.get(17)]).toEqual([...rows.subarray(17 * dimensions, 18 * dimensions)]);
      }
    }
  });

  test("rows begin at multiples of 16 bytes and end in zeros", () => {
    const vectors = Vectors.from(
      5,
      Float32Array.from({ length: 10 }, (_, i) => i + 1),
    );
    expect(vectors.stride).toBe(32);
    const numbers = new Float32Array(vectors.shards[0].memory.buffer, 0, 16);
    expect([...numbers]).toEqual([1, 2, 3, 4, 5, 0, 0, 0, 6, 7, 8, 9, 10, 0, 0, 0]);
  });

  test("loads from a file what it loads from memory, straight into place", async () => {
    const path = join(temporaryFolder(), "rows.bin");
    for (const dimensions of [3, 4, 7, 300]) {
      const rows = randomRows(50, dimensions);
      await writeFile(path, new Uint8Array(rows.buffer));
      const source = await openSource(path);
      for (const mostRowsPerShard of [7, 1000]) {
        const vectors = Vectors.create(dimensions, { mostRowsPerShard });
        vectors.append(rows.subarray(0, 2 * dimensions));
        await vectors.load(50, async (into, position) => {
          expect(await source.read(into, position)).toBe(into.length);
        });
        expect(all(vectors)).toEqual([...rows.subarray(0, 2 * dimensions), ...rows]);
        const [shard] = vectors.shards;
        const padding = new Float32Array(shard.memory.buffer, 0, vectors.stride / 4).subarray(dimensions);
        expect([...padding].every((x) => x === 0)).toBe(true);
      }
      await source.close();
    }
  });

  test("padding is zero also where a search worked before", async () => {
    const vectors = Vectors.from(3, randomRows(2, 3));
    await vectors.exclusive(async () => {
      const at = vectors.workspace(0, 1024);
      new Uint8Array(vectors.shards[0].memory.buffer, at, 1024).fill(0xff);
    });
    const rows = randomRows(5, 3);
    await vectors.load(5, async (into, position) => into.set(new Uint8Array(rows.buffer, position, into.length)));
    vectors.append(rows);
    const numbers = new Float32Array(vectors.shards[0].memory.buffer, 0, 4 * 12);
    for (let row = 0; row < 12; row++) expect(numbers[4 * row + 3]).toBe(0);
  });

  test("what was read before a failure stays, and rows can still be added", async () => {
    const vectors = Vectors.create(2, { mostRowsPerShard: 3 });
    const read = async (into: Uint8Array, position: number) => {
      if (position > 0) throw new Error("the disk is gone");
      into.fill(0);
    };
    await expect(vectors.load(9, read)).rejects.toThrow("the disk is gone");
    expect(vectors.length).toBe(3);
    vectors.append(Float32Array.of(1, 2));
    expect(all(vectors)).toEqual([0, 0, 0, 0, 0, 0, 1, 2]);
  });

  test("get gives a copy, set writes, and every change raises the version", () => {
    const vectors = Vectors.from(2, Float32Array.of(1, 2, 3, 4));
    const copy = vectors.get(1);
    const before = vectors.version;
    vectors.set(1, [5, 6]);
    expect([...copy]).toEqual([3, 4]);
    expect([...vectors.get(1)]).toEqual([5, 6]);
    expect(vectors.version).toBeGreaterThan(before);
  });

  test("inverse norms are computed for all rows of all shards and anew after a change", async () => {
    const rows = randomRows(11, 6);
    const pool = new Pool({ threads: 2 });
    const vectors = Vectors.create(6, { mostRowsPerShard: 4 });
    vectors.append(rows);
    const norms = () =>
      vectors.exclusive(async () => {
        const result: number[] = [];
        for (const [index, { memory, length }] of vectors.shards.entries()) {
          result.push(...new Float32Array(memory.buffer, await vectors.inverseNorms(index, pool), length));
        }
        return result;
      });
    const expected = () =>
      Array.from({ length: vectors.length }, (_, row) => Math.fround(1 / Math.hypot(...vectors.get(row))));
    for (const change of [() => {}, () => vectors.set(9, [1, 2, 3, 4, 5, 6]), () => vectors.append(rows)]) {
      change();
      const [got, wanted] = [await norms(), expected()];
      expect(got.length).toBe(wanted.length);
      for (const [row, value] of got.entries()) expect(value).toBeCloseTo(wanted[row], 6);
    }
    pool.close();
  });

  test("work over the rows is done one after the other, whether it succeeds or not", async () => {
    const vectors = Vectors.create(1);
    const log: string[] = [];
    const work = (name: string, fails: boolean) =>
      vectors.exclusive(async () => {
        log.push(`${name} begins`);
        await new Promise((resolve) => setTimeout(resolve, 1));
        log.push(`${name} ends`);
        if (fails) throw new Error(name);
      });
    const outcomes = await Promise.allSettled([work("a", true), work("b", false)]);
    expect(log).toEqual(["a begins", "a ends", "b begins", "b ends"]);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
  });

  test("closed vectors are empty", () => {
    const vectors = Vectors.from(2, Float32Array.of(1, 2));
    vectors.close();
    expect([vectors.length, vectors.shards.length]).toEqual([0, 0]);
    expect(() => vectors.get(0)).toThrow("there are no rows");
  });

  test("impossible sizes, broken rows and rows that are not there are refused", () => {
    expect(() => Vectors.create(0)).toThrow("dimensions must be an integer from 1 to 1048576, got 0");
    expect(() => Vectors.create(1.5)).toThrow(RangeError);
    expect(() => Vectors.create(4, { rows: -1 })).toThrow("rows must be an integer");
    expect(() => Vectors.create(4, { mostRowsPerShard: 0 })).toThrow("mostRowsPerShard must be an integer");
    const vectors = Vectors.create(3);
    expect(() => vectors.append(new Float32Array(4))).toThrow("whole rows of 3 numbers are needed, got 4 numbers");
    expect(() => vectors.get(0)).toThrow("there are no rows");
    vectors.append(new Float32Array(3));
    expect(() => vectors.get(1)).toThrow("row must be an integer from 0 to 0, got 1");
    expect(() => vectors.set(0, [1])).toThrow("3 numbers are needed, got 1");
  });
});
