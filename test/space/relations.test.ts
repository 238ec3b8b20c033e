import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeParquet } from "../../dist/formats/parquet.js";
import { memorySource } from "../../dist/io/source.js";
import { type Relations, readRelations, writeRelations } from "../../dist/space/relations.js";
import { Space } from "../../dist/space/space.js";
import { everyCut, fuzz } from "../formats/fuzz.js";
import { temporaryFolder } from "../temporary-folder.js";

const edges: Relations = {
  sources: Uint32Array.of(0, 2, 1),
  targets: Uint32Array.of(1, 2, 0),
  weights: Float64Array.of(1, 0.5, 1e300),
  directed: true,
};
const spaceOf = (relations: Relations) =>
  Space.from({ names: ["a", "b", "c"], vectors: Float32Array.of(1, 2, 3), relations });

test("a space keeps its relations, on disk too, whatever is added, until others take their place", async () => {
  const path = join(temporaryFolder(), "r.space");
  await spaceOf(edges).save(path);
  const loaded = await Space.load(path);
  await loaded.add([{ name: "d", vector: [4] }]);
  expect(await loaded.relations()).toEqual(edges);
  await loaded.save(path);
  await loaded.close();

  const again = await Space.load(path, { verify: true });
  expect(await again.relations()).toEqual(edges);
  const more = { sources: Uint32Array.of(3), targets: Uint32Array.of(0), weights: null, directed: false };
  await again.setRelations(more);
  await again.save(path);
  await again.close();

  const other = await Space.load(path);
  expect(await other.relations()).toEqual(more);
  await other.setRelations(null);
  await other.save(path);
  await other.close();
  expect(await (await Space.load(path)).relations()).toBe(null);
});

test("a damaged file of relations is not saved anew under a new checksum", async () => {
  const path = join(temporaryFolder(), "r.space");
  await spaceOf(edges).save(path);
  const file = join(path, "relations-1.parquet");
  const bytes = readFileSync(file);
  bytes[bytes.length >> 1] ^= 1;
  writeFileSync(file, bytes);
  const damaged = await Space.load(path);
  await expect(damaged.save(path)).rejects.toMatchObject({ name: "FormatError", code: "checksum" });
  await damaged.close();
});

test("edges to what is no item, and weights that are none, are refused", async () => {
  expect(() => spaceOf({ ...edges, targets: Uint32Array.of(1, 3, 0) })).toThrow(
    "Space.from: relation 1 has row 3 at an end, there are 3 items",
  );
  expect(() => spaceOf({ ...edges, weights: Float64Array.of(1, 0, 1) })).toThrow("weight above 0 and finite, got 0");
  expect(() => spaceOf({ ...edges, weights: Float64Array.of(1) })).toThrow("3 sources, 3 targets and 1 weights");
  expect(() => spaceOf({ ...edges, directed: 1 as never })).toThrow("directed must be");
  await expect(spaceOf(edges).setRelations({ ...edges, sources: Uint32Array.of(9, 9, 9) })).rejects.toThrow("row 9");
});

test("a file that holds no relations is refused, naming the edge", async () => {
  const ends = (...values: number[]) => Int32Array.from(values);
  for (const [columns, message] of [
    [{ source: ends(0), target: ends(3) }, "relation 0 has row 3 at an end, there are 3 items"],
    [{ source: ends(0, -1), target: ends(0, 0) }, "relation 1 has row 4294967295"],
    [{ source: ends(0), target: ends(0), weight: Float64Array.of(Number.NaN) }, "got NaN"],
    [{ source: ends(0), target: ends(0), weight: ends(1) }, "weights must be 64-bit numbers"],
    [{ source: ends(0), target: ["0"] }, "columns source and target"],
    [{ source: ends(0), target: ends(0), color: ["red"] }, "columns source and target"],
  ] as const) {
    const file = join(temporaryFolder(), "r.parquet");
    await writeParquet(file, { rows: columns.source.length, columns: new Map(Object.entries(columns)) as never });
    const reading = readRelations(memorySource(readFileSync(file), "r.parquet"), true, 3);
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toMatchObject({ name: "FormatError" });
  }
});

test("a mutated file is read or refused with FormatError (F1, F2, F4)", async () => {
  const file = join(temporaryFolder(), "r.parquet");
  await writeRelations(file, edges);
  const bytes = new Uint8Array(readFileSync(file));
  const read = async (mutated: Uint8Array) => void (await readRelations(memorySource(mutated), true, 3));
  await fuzz([bytes], read, { inputs: 1500 });
  expect((await everyCut(bytes, read)).accepted).toEqual([]);
});
