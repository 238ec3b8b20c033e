import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FormatError } from "../../../dist/io/errors.js";
import { memorySource } from "../../../dist/io/source.js";
import { Rng } from "../../../dist/numerics/random.js";
import { HnswIndex } from "../../../dist/space/hnsw/hnsw-index.js";
import { readIndexHeader, readLists } from "../../../dist/space/hnsw/index-file.js";
import { levelsOf } from "../../../dist/space/hnsw/settings.js";
import { Vectors } from "../../../dist/space/vectors.js";
import { everyCut, fuzz } from "../../formats/fuzz.js";
import { golden } from "../../formats/rows.js";
import { temporaryFolder } from "../../temporary-folder.js";
import { pointSets } from "./points.js";

const vectors = Vectors.from(2, pointSets.random(24, 2, new Rng(1)));

async function indexFile(): Promise<Uint8Array<ArrayBuffer>> {
  const path = join(temporaryFolder(), "index.safetensors");
  const index = await HnswIndex.build(vectors, { threads: 1, m: 3, efConstruction: 10, seed: 2 });
  await index.write(path);
  return new Uint8Array(await readFile(path));
}

async function read(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const source = memorySource(bytes);
  const header = await readIndexHeader(source);
  const { levels, links } = await readLists(source, header);
  if (levels.length !== header.items) throw new Error("not as many layers as items");
  if (!links.every((item) => item < header.items)) throw new Error("a link that leads nowhere");
}

test("F1 F2 F3 F4: mutated files are read or refused with a FormatError", async () => {
  await fuzz([await indexFile()], read, { others: [golden("reference.safetensors")] });
});

test("F4: files cut at every offset are refused", async () => {
  expect((await everyCut(await indexFile(), read)).accepted).toEqual([]);
});

test("a mutated file that is read as an index of these vectors answers, or is refused", async () => {
  const file = await indexFile();
  const rng = new Rng(4);
  let answered = 0;
  for (let k = 0; k < 300; k++) {
    const bytes = Uint8Array.from(file);
    bytes[rng.below(bytes.length)] ^= 1 << rng.below(8);
    try {
      const index = await HnswIndex.read(memorySource(bytes), vectors);
      const { found, rows } = await index.search(Float32Array.of(1, 1), { count: 24, ef: 24 });
      expect(found[0]).toBeGreaterThan(0);
      for (const row of rows.subarray(0, found[0])) expect(row).toBeLessThan(24);
      index.close();
      answered++;
    } catch (error) {
      expect(error).toBeInstanceOf(FormatError);
    }
  }
  expect(answered).toBeGreaterThan(0);
});

test("what is wrong is said with its place", async () => {
  const file = await indexFile();
  const levels = levelsOf({ m: 3, seed: 2 }, 0, 24);
  const lists = levels.reduce((sum, level) => sum + level, 24);
  const text = new TextDecoder("latin1").decode(file);
  const dataAt = 8 + Number(new DataView(file.buffer).getBigUint64(0, true));
  const degreesAt = file.length - 2 * lists;
  const changed = (change: (view: DataView) => void) => {
    const bytes = Uint8Array.from(file);
    change(new DataView(bytes.buffer));
    return read(bytes);
  };
  const replaced = (from: string, to: string) => {
    expect(text).toContain(from);
    return read(Uint8Array.from(text.replace(from, to), (letter) => letter.charCodeAt(0)));
  };
  await expect(read(file)).resolves.toBeUndefined();
  await expect(changed((view) => view.setUint32(dataAt, 24, true))).rejects.toThrow(
    `byte ${dataAt}: item 0 on layer 0 cannot be linked to 24`,
  );
  await expect(changed((view) => view.setUint32(dataAt, 0, true))).rejects.toThrow("cannot be linked to 0");
  await expect(changed((view) => view.setUint16(degreesAt + 2, 7, true))).rejects.toThrow(
    `byte ${degreesAt + 2}: list 1 has 7 links, at most 6 are possible`,
  );
  await expect(changed((view) => view.setUint16(degreesAt, 0, true))).rejects.toThrow("degrees add up to");
  await expect(replaced('"seed":"2"', '"seed":"3"')).rejects.toThrow(/\d+ lists, items and seed make \d+/);
  await expect(replaced('"items":"24"', '"items":"99"')).rejects.toThrow(`${lists} lists, items and seed make 99`);
  await expect(replaced('"version":"1"', '"version":"2"')).rejects.toThrow("a newer thing2vec made this index");
  await expect(replaced('"m":"3"', '"m":"0"')).rejects.toThrow('m must be an integer from 2 to 128, got "0"');
  await expect(replaced('"cosine"', '"sine00"')).rejects.toThrow("geometry must be one of");
});
