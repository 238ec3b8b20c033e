import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { FormatError } from "../../../dist/io/errors.js";
import { memorySource } from "../../../dist/io/source.js";
import { sharedPool } from "../../../dist/kernels/pool.js";
import { Rng } from "../../../dist/numerics/random.js";
import { exactSearch } from "../../../dist/space/exact-search.js";
import { type BuildIndexOptions, HnswIndex } from "../../../dist/space/hnsw/hnsw-index.js";
import { recallOf } from "../../../dist/space/hnsw/recall.js";
import { levelsOf } from "../../../dist/space/hnsw/settings.js";
import type { Geometry } from "../../../dist/space/manifest.js";
import { search } from "../../../dist/space/search.js";
import { Vectors } from "../../../dist/space/vectors.js";
import { temporaryFolder } from "../../temporary-folder.js";
import { pointSets } from "./points.js";

const count = 10;
const pool = sharedPool({ threads: 2 });
afterAll(() => pool.close());

async function bytesOf(index: HnswIndex): Promise<Buffer> {
  const path = join(temporaryFolder(), "index.safetensors");
  await index.write(path);
  return readFile(path);
}

/** The points as a geometry has them. */
function inGeometry(rows: Float32Array, dimensions: number, geometry: Geometry): Float32Array {
  const points = Float32Array.from(rows);
  for (let at = 0; at < points.length; at += dimensions) {
    const row = points.subarray(at, at + dimensions);
    const length = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0));
    if (geometry === "poincare") row.set(row.map((x) => (0.95 * x) / (1 + length)));
    if (geometry === "lorentz") row[0] = Math.sqrt(1 + length ** 2 - row[0] ** 2);
  }
  return points;
}

async function recall(index: HnswIndex, vectors: Vectors, queries: Float32Array, geometry: Geometry, ef: number) {
  const total = queries.length / vectors.dimensions;
  const exact = await exactSearch(vectors, queries, { count, geometry, pool });
  const found = await index.search(queries, { count, ef, pool });
  const lists = (of: typeof found) =>
    Array.from({ length: total }, (_, q) => of.scores.subarray(q * count, (q + 1) * count));
  return recallOf(lists(exact), lists(found)).recall;
}

const geometries: Geometry[] = ["cosine", "dot", "euclidean", "lorentz", "poincare"];

describe("P5 recall", () => {
  test.each(Object.keys(pointSets))("of the ten nearest is at least .95 among %s points", async (name) => {
    const [items, dimensions, queries] = [1600, 12, 60];
    const rows = pointSets[name](items + queries, dimensions, new Rng(3));
    for (const geometry of ["cosine", "euclidean"] as const) {
      const vectors = Vectors.from(dimensions, rows.subarray(0, items * dimensions));
      const index = await HnswIndex.build(vectors, { geometry, threads: 2, efConstruction: 100 });
      expect(await recall(index, vectors, rows.subarray(items * dimensions), geometry, 80), geometry).toBeGreaterThan(
        0.95,
      );
    }
  });

  test.each(geometries)("of every geometry and precision is at least .95: %s", async (geometry) => {
    const [items, dimensions, queries] = [900, 10, 40];
    const rows = inGeometry(pointSets.random(items + queries, dimensions, new Rng(4)), dimensions, geometry);
    const vectors = Vectors.from(dimensions, rows.subarray(0, items * dimensions));
    for (const precision of ["f32", "f16", "i8"] as const) {
      const index = await HnswIndex.build(vectors, { geometry, precision, threads: 2, m: 12, efConstruction: 100 });
      expect(await recall(index, vectors, rows.subarray(items * dimensions), geometry, 100), precision).toBeGreaterThan(
        0.95,
      );
    }
  });

  test("a beam as wide as the index finds all, with the scores and the order of exact search", async () => {
    const dimensions = 7;
    const rows = pointSets.repeated(400, dimensions, new Rng(5));
    for (const metric of ["cosine", "dot", "euclidean"] as const) {
      const vectors = Vectors.from(dimensions, rows);
      const index = await HnswIndex.build(vectors, { geometry: metric, threads: 1 });
      const queries = pointSets.random(20, dimensions, new Rng(6));
      const exclude = Array.from({ length: 20 }, (_, q) => [q, 2 * q]);
      const found = await index.search(queries, { count: 30, ef: 400, exclude, pool });
      expect(found).toEqual(await search(vectors, queries, { count: 30, metric, exclude, pool }));
    }
  });
});

describe("D1 the same bytes", () => {
  test("for 1, 2 and 4 threads, three seeds", async () => {
    const vectors = Vectors.from(9, pointSets.clustered(600, 9, new Rng(1)));
    const digests = new Set<string>();
    for (const seed of [1, 2, 3]) {
      const [one, ...others] = await Promise.all(
        [1, 2, 4].map(async (threads) =>
          bytesOf(await HnswIndex.build(vectors, { seed, threads, m: 5, efConstruction: 40 })),
        ),
      );
      for (const other of others) expect(other.equals(one)).toBe(true);
      digests.add(one.toString("base64"));
    }
    expect(digests.size).toBe(3);
  });

  test("after reading, and the same answers", async () => {
    const vectors = Vectors.from(9, pointSets.random(500, 9, new Rng(2)));
    const queries = pointSets.random(30, 9, new Rng(3));
    for (const geometry of ["cosine", "dot"] as const) {
      const index = await HnswIndex.build(vectors, { geometry, precision: "i8", threads: 1 });
      const bytes = await bytesOf(index);
      const read = await HnswIndex.read(memorySource(bytes), vectors);
      expect(read.settings).toEqual(index.settings);
      expect((await bytesOf(read)).equals(bytes)).toBe(true);
      expect(await read.search(queries, { pool })).toEqual(await index.search(queries, { pool }));
    }
  });
});

describe("adding", () => {
  test("P5 items in several calls finds as much as building at once, and has its own bytes twice", async () => {
    const [dimensions, items] = [12, 1200];
    const rows = pointSets.random(items, dimensions, new Rng(8));
    const build = async () => {
      const vectors = Vectors.from(dimensions, rows.subarray(0, 500 * dimensions));
      const index = await HnswIndex.build(vectors, { threads: 2 });
      for (const [from, to] of [
        [500, 501],
        [501, 900],
        [900, items],
      ]) {
        vectors.append(rows.subarray(from * dimensions, to * dimensions));
        await index.add({ threads: 2 });
        expect(index.length).toBe(to);
      }
      return { vectors, index };
    };
    const [{ vectors, index }, again] = [await build(), await build()];
    expect(await recall(index, vectors, rows.subarray(0, 100 * dimensions), "cosine", 64)).toBeGreaterThan(0.98);
    expect((await bytesOf(index)).equals(await bytesOf(again.index))).toBe(true);
    // the index of a file whose vectors have grown since takes up the rest
    const smaller = Vectors.from(dimensions, rows.subarray(0, 500 * dimensions));
    const file = await bytesOf(await HnswIndex.build(smaller, { threads: 1 }));
    const read = await HnswIndex.read(memorySource(file), vectors);
    expect(read.length).toBe(500);
    await read.add();
    expect(read.length).toBe(items);
  });

  test("a row longer than all that inner products were fitted to asks for a new index", async () => {
    const vectors = Vectors.from(2, Float32Array.of(1, 0, 0, 2));
    const index = await HnswIndex.build(vectors, { geometry: "dot" });
    vectors.append(Float32Array.of(3, 0));
    await expect(index.add()).rejects.toThrow(
      /a vector of length 3 is longer than all before \(2\).*build the index anew/,
    );
    expect(index.length).toBe(2);
  });
});

describe("what is unusual", () => {
  test("no items, one, two, more wanted than there are", async () => {
    for (const items of [0, 1, 2, 3]) {
      const vectors = Vectors.from(3, pointSets.random(items, 3, new Rng(1)));
      const index = await HnswIndex.build(vectors, { threads: 2 });
      const { found, rows } = await index.search(Float32Array.of(1, 2, 3), { count: 100, pool });
      expect(found[0]).toBe(items);
      expect([...rows.subarray(0, items)].sort()).toEqual(Array.from({ length: items }, (_, k) => k));
    }
  });

  test("equal points, and zero vectors under the cosine, are all found", async () => {
    const equal = Vectors.from(4, new Float32Array(4 * 600).fill(0.3));
    const index = await HnswIndex.build(equal, { threads: 2, m: 4, efConstruction: 20 });
    const { found, rows, scores } = await index.search(new Float32Array(4).fill(1), { count: 600, ef: 600, pool });
    expect(found[0]).toBe(600);
    expect(new Set(rows).size).toBe(600);
    expect(new Set(scores)).toEqual(new Set([1]));

    const values = pointSets.random(300, 4, new Rng(1));
    for (let r = 0; r < 300; r += 2) values.fill(0, 4 * r, 4 * r + 4);
    const vectors = Vectors.from(4, values);
    const withZeros = await HnswIndex.build(vectors, { threads: 2 });
    const all = await withZeros.search(values.subarray(4, 8), { count: 300, ef: 300, pool });
    expect(all).toEqual(await search(vectors, values.subarray(4, 8), { count: 300, pool }));
  });

  test("NaN, points outside a geometry's space, and numbers beyond a precision are named", async () => {
    const index = await HnswIndex.build(Vectors.from(2, Float32Array.of(1, 0)));
    await expect(index.search(Float32Array.of(Number.NaN, 1))).rejects.toThrow(
      "queries must be finite numbers, got NaN",
    );
    await expect(index.search(Float32Array.of(1))).rejects.toThrow("queries of 2 numbers are needed, got 1 numbers");
    const build = (rows: number[], options: BuildIndexOptions) =>
      HnswIndex.build(Vectors.from(2, Float32Array.from(rows)), options);
    await expect(build([0, 0, 0.6, 0.9], { geometry: "poincare" })).rejects.toThrow(
      "within the unit ball, row 1 is none",
    );
    await expect(build([1, 0, 1, 1], { geometry: "lorentz" })).rejects.toThrow("of the hyperboloid, row 1 is none");
    await expect(build([1, 70000], { precision: "f16" })).rejects.toThrow('precision "f16"), row 0 has 70000');
    await expect(build([1, 3e38], {})).rejects.toThrow("row 0 has 3");
    await expect(build([1, 0], { m: 1 })).rejects.toThrow("buildIndex: m must be an integer from 2 to 128, got 1");
    await expect(build([1, 0], { precision: "f8" as "i8" })).rejects.toThrow('one of f32, f16, i8, got "f8"');
    await expect(build([1, 0], { links: 3 } as BuildIndexOptions)).rejects.toThrow("there is no option links");
  });

  test("T3 an aborted build rejects with the reason, and the next one is right", async () => {
    const vectors = Vectors.from(8, pointSets.random(1000, 8, new Rng(1)));
    const whole = await bytesOf(await HnswIndex.build(vectors, { threads: 2, efConstruction: 50 }));
    const rng = new Rng(9);
    for (let k = 0; k < 10; k++) {
      const controller = new AbortController();
      const reason = new Error("enough");
      let looks = rng.below(40);
      const signal = Object.assign(controller.signal, {
        throwIfAborted() {
          if (looks-- === 0) controller.abort(reason);
          AbortSignal.prototype.throwIfAborted.call(controller.signal);
        },
      });
      await expect(HnswIndex.build(vectors, { threads: 2, efConstruction: 50, signal })).rejects.toBe(reason);
    }
    expect((await bytesOf(await HnswIndex.build(vectors, { threads: 2, efConstruction: 50 }))).equals(whole)).toBe(
      true,
    );
  });
});

describe("a file", () => {
  test("of other vectors is refused with what to do", async () => {
    const rows = pointSets.random(50, 3, new Rng(1));
    const bytes = await bytesOf(await HnswIndex.build(Vectors.from(3, rows)));
    const read = (vectors: Vectors) => HnswIndex.read(memorySource(bytes), vectors);
    const changed = Float32Array.from(rows);
    changed[7] += 1;
    for (const [vectors, message] of [
      [Vectors.from(3, changed), "their fingerprints differ"],
      [Vectors.from(3, rows.subarray(0, 60)), "50 of them, there are 20"],
      [Vectors.from(2, rows.subarray(0, 60)), "of 3 numbers, these have 2"],
    ] as const) {
      await expect(read(vectors)).rejects.toThrow(FormatError);
      await expect(read(vectors)).rejects.toThrow(message);
      await expect(read(vectors)).rejects.toThrow("belongs to other vectors");
    }
  });
});

test("layers follow from seed and number alone, M^-l of the items reach layer l", () => {
  const levels = levelsOf({ m: 4, seed: 5 }, 0, 40_000);
  for (const [layer, share] of [
    [1, 1 / 4],
    [2, 1 / 16],
    [3, 1 / 64],
  ]) {
    const reached = levels.filter((level) => level >= layer).length / levels.length;
    expect(Math.abs(reached - share)).toBeLessThan(5 * Math.sqrt(share / levels.length));
  }
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 39_000 }), fc.integer({ min: 0, max: 50 }), (from, length) => {
      expect(levelsOf({ m: 4, seed: 5 }, from, from + length)).toEqual(levels.slice(from, from + length));
    }),
    { numRuns: 50 },
  );
});
