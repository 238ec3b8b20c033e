import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { FormatError } from "../../dist/io/errors.js";
import { Rng } from "../../dist/numerics/random.js";
import type { SearchReport } from "../../dist/space/hnsw/filtered-search.js";
import type { NearOptions, Neighbor } from "../../dist/space/neighbors.js";
import { Space } from "../../dist/space/space.js";
import { temporaryFolder } from "../temporary-folder.js";
import { pointSets } from "./hnsw/points.js";

const dimensions = 8;

function randomSpace(items: number, warnings: string[] = [], geometry: "cosine" | "dot" = "cosine"): Space {
  return Space.from(
    {
      names: Array.from({ length: items }, (_, row) => `n${row}`),
      vectors: pointSets.random(items, dimensions, new Rng(1)),
      geometry,
    },
    { onWarning: (message) => warnings.push(message) },
  );
}

/** An answer and how it was found. */
async function ask(space: Space, query: string, options: NearOptions): Promise<[Neighbor[], SearchReport]> {
  const reports: SearchReport[] = [];
  const found = await space.near(query, { ...options, onSearch: (report) => reports.push(report) });
  expect(reports).toHaveLength(1);
  return [found, reports[0]];
}

describe("near by an index", () => {
  test("gives the items and scores of exact search, and says which it was", async () => {
    const space = randomSpace(3000);
    await space.buildIndex({ efConstruction: 60 });
    const [exact, how] = await ask(space, "n1 - n2", { count: 5, exact: true });
    expect(how).toEqual({ method: "exact", ef: null, rescanned: 0 });
    const [found, byIndex] = await ask(space, "n1 - n2", { count: 5, exact: false, ef: 200 });
    expect(byIndex).toEqual({ method: "hnsw", ef: 200, rescanned: 0 });
    expect(found).toEqual(exact);
    // so small a space gains nothing by it
    expect((await ask(space, "n1", {}))[1].method).toBe("exact");
  });

  test("is chosen by size: from 4,000,000 numbers on, where beams meet fewer items than there are", async () => {
    const wide = Space.from({
      names: Array.from({ length: 2000 }, (_, row) => `n${row}`),
      vectors: pointSets.random(2000, 2000, new Rng(2)),
    });
    await wide.buildIndex({ m: 4, efConstruction: 8, precision: "i8" });
    expect((await ask(wide, "n1", {}))[1]).toMatchObject({ method: "hnsw", ef: 64 });
    expect((await ask(wide, "n1", { count: 130 }))[1].method).toBe("exact");
    expect((await ask(wide, "n1", { metric: "dot" }))[1].method).toBe("exact");
    wide.removeIndex();
    expect((await ask(wide, "n1", {}))[1].method).toBe("exact");
    await wide.close();
  });

  test("P5 a filter gives only what it allows, and as many as there are", async () => {
    const items = 6000;
    const space = randomSpace(items);
    await space.buildIndex({ efConstruction: 40 });
    for (const [share, method] of [
      [0.5, "hnsw"],
      [0.9, "hnsw"],
      [0.01, "exact"],
      [0, "exact"],
    ] as const) {
      const among = (_name: string, row: number) => row % 1000 < 1000 * share;
      const [found, how] = await ask(space, "n5", { count: 20, among, exact: false, ef: 30 });
      expect(how.method).toBe(method);
      expect(found).toHaveLength(Math.min(20, items * share));
      for (const { row } of found) expect(among("", row)).toBe(true);
      const [exact] = await ask(space, "n5", { count: 20, among, exact: true });
      const right = found.filter(({ row }) => exact.some((other) => other.row === row)).length;
      expect(right).toBeGreaterThanOrEqual(0.9 * found.length);
    }
    // allowed items that are all far away: no beam meets them, so they are compared one by one
    const far = (await space.near("n5", { count: items })).slice(-2500).map(({ name }) => name);
    const [found, how] = await ask(space, "n5", { count: 7, among: far, exact: false, ef: 10 });
    expect(how).toMatchObject({ method: "hnsw", rescanned: 1 });
    expect(found).toEqual((await ask(space, "n5", { count: 7, among: far, exact: true }))[0]);
  });

  test("options that do not go together are named", async () => {
    const space = randomSpace(50);
    await expect(space.near("n1", { exact: false })).rejects.toThrow("approximate search needs an index");
    await space.buildIndex();
    await expect(space.near("n1", { exact: true, ef: 10 })).rejects.toThrow("exact was asked for");
    await expect(space.near("n1", { exact: false, metric: "dot" })).rejects.toThrow(
      "the index is for metric cosine, got dot",
    );
    await expect(space.near("n1", { exact: false, ef: 0 })).rejects.toThrow("near: ef must be an integer >= 1, got 0");
    await expect(space.near("n1", { exact: "yes" as unknown as boolean })).rejects.toThrow(
      "exact must be true or false",
    );
    await expect(space.buildIndex({ geometry: "dot" } as object)).rejects.toThrow("there is no option geometry");
    await expect(randomSpace(5).estimateRecall()).rejects.toThrow("estimateRecall: an index was needed");
  });

  test("recall is estimated with its standard error", async () => {
    const space = randomSpace(2000);
    await space.buildIndex({ m: 3, efConstruction: 6 });
    const poor = await space.estimateRecall({ ef: 10, queries: 100 });
    const good = await space.estimateRecall({ ef: 500, queries: 100 });
    expect(poor).toMatchObject({ queries: 100, count: 10, ef: 10 });
    expect(poor.recall).toBeLessThan(0.95);
    expect(good.recall).toBeGreaterThan(poor.recall);
    // the mean of shares in tenths: its error is below that of a coin of the same mean
    expect(poor.standardError).toBeGreaterThan(0);
    expect(poor.standardError).toBeLessThanOrEqual(Math.sqrt((poor.recall * (1 - poor.recall)) / 99));
    const { recall } = await space.estimateRecall({ ef: 10, queries: 1000, seed: 5 });
    expect(Math.abs(recall - poor.recall)).toBeLessThan(5 * poor.standardError);
  });

  test("T1 queries while indexes are built are answered by the old or the new", async () => {
    const space = randomSpace(1200);
    await space.buildIndex({ efConstruction: 20, seed: 1 });
    const queries = Array.from({ length: 1000 }, (_, k) => `n${k}`);
    const all = (of: Space) => Promise.all(queries.map((query) => of.near(query, { exact: false, count: 3, ef: 3 })));
    const old = await all(space);
    const building = space.buildIndex({ efConstruction: 20, seed: 2, m: 5 });
    const meanwhile = await all(space);
    await building;
    const now = await all(space);
    expect(now).not.toEqual(old);
    const text = (value: unknown) => JSON.stringify(value);
    meanwhile.forEach((answer, k) => {
      expect([text(old[k]), text(now[k])]).toContain(text(answer));
    });
  });
});

describe("a saved index", () => {
  test("comes back with the space, and added items are found by it, saved or not", async () => {
    const path = join(temporaryFolder(), "some.space");
    const space = randomSpace(800);
    const built = await space.buildIndex();
    await space.save(path);
    expect(readdirSync(path).sort()).toEqual([
      "index-1.safetensors",
      "items-1.parquet",
      "space.json",
      "vectors-1.safetensors",
    ]);
    const loaded = await Space.load(path);
    expect(loaded.hasIndex).toBe(true);
    const by = { exact: false, count: 4 } as const;
    expect(await loaded.near("n3", by)).toEqual(await space.near("n3", by));
    expect((await loaded.index())?.settings).toEqual(built.settings);

    const item = { name: "new", vector: Float32Array.from(await loaded.vector("n7"), (x) => 1.001 * x) };
    await loaded.add([item]);
    expect((await loaded.near("n7", { ...by, count: 1 }))[0].name).toBe("new");
    await loaded.save(path);

    // one that was never read is brought up to date too
    const unread = await Space.load(path);
    await unread.add([{ ...item, name: "newer" }]);
    await unread.save(path);
    const again = await Space.load(path, { verify: true });
    expect((await again.index())?.length).toBe(802);
    expect((await again.near("n7", { ...by, count: 2 })).map(({ name }) => name)).toEqual(["new", "newer"]);
    again.removeIndex();
    await again.save(path);
    expect((await Space.load(path)).hasIndex).toBe(false);
    for (const one of [space, loaded, unread, again]) await one.close();
  });

  test("that is damaged, or of another space, is named with what to do, and a new one takes its place", async () => {
    const [path, other] = ["a.space", "b.space"].map((name) => join(temporaryFolder(), name));
    const space = randomSpace(100);
    await space.buildIndex();
    await space.save(path);
    const file = join(path, "index-1.safetensors");
    const bytes = readFileSync(file);
    bytes[bytes.length - 300] ^= 1;
    writeFileSync(file, bytes);
    const damaged = await Space.load(path);
    await expect(damaged.near("n1", { exact: false })).rejects.toThrow(FormatError);
    await expect(damaged.index()).rejects.toThrow(
      /index-1\.safetensors: the index is damaged.*thing2vec index.*SHA-256/,
    );
    await damaged.buildIndex();
    expect(await damaged.near("n1", { exact: false })).toHaveLength(10);

    // the files of two spaces, with a manifest that fits them
    const [one, two] = [randomSpace(100), randomSpace(100, [], "dot")];
    await one.buildIndex();
    await one.save(path);
    await two.add([{ name: "more", vector: new Float32Array(dimensions).fill(0.1) }]);
    await two.buildIndex();
    await two.save(other);
    const manifests = [path, other].map((folder) => JSON.parse(readFileSync(join(folder, "space.json"), "utf8")));
    const foreign = readFileSync(join(other, "index-1.safetensors"));
    writeFileSync(join(path, manifests[0].files.index.name), foreign);
    manifests[0].files.index = { ...manifests[1].files.index, name: manifests[0].files.index.name };
    writeFileSync(join(path, "space.json"), JSON.stringify(manifests[0]));
    const warnings: string[] = [];
    const mixed = await Space.load(path, { onWarning: (message) => warnings.push(message) });
    await expect(mixed.near("n1", { exact: false })).rejects.toThrow(
      "belongs to other vectors (101 of them, there are 100)",
    );
    await mixed.add([{ name: "x", vector: new Float32Array(dimensions).fill(1) }]);
    await mixed.save(path); // without the index, and says so
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("belongs to other vectors");
    expect((await Space.load(path)).hasIndex).toBe(false);
  });

  test("of inner products that cannot take a longer row leaves the search exact, with a warning", async () => {
    const warnings: string[] = [];
    const space = randomSpace(300, warnings, "dot");
    await space.buildIndex();
    await space.add([{ name: "long", vector: new Float32Array(dimensions).fill(9) }]);
    const found = await space.near(new Float32Array(dimensions).fill(1), { count: 1, exact: false });
    expect(found[0].name).toBe("long");
    expect(warnings[0]).toContain("build the index anew");
  });
});
