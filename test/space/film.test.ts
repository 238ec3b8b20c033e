import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readSafetensorsHeader, writeSafetensors } from "../../dist/formats/safetensors.js";
import { memorySource } from "../../dist/io/source.js";
import { type FilmData, readFilm } from "../../dist/space/film.js";
import { Space } from "../../dist/space/space.js";
import { everyCut, fuzz } from "../formats/fuzz.js";
import { temporaryFolder } from "../temporary-folder.js";

/** Three frames of two items, all numbers different. */
const film: FilmData = {
  epochs: [0, 40, 200],
  axes: ["across", "up"],
  coordinates: Float32Array.from({ length: 12 }, (_, k) => k / 4 - 1),
};
const spaceOf = (given: FilmData = film) =>
  Space.from({ names: ["a", "b"], vectors: Float32Array.of(1, 2), film: given });
const layout = { epochs: [0, 40, 200], dimensions: 2, items: 2, axes: ["across", "up"] } as const;

test("a film comes back frame by frame, from memory and from disk, whatever is added", async () => {
  const path = join(temporaryFolder(), "f.space");
  await spaceOf().save(path);
  const loaded = await Space.load(path, { verify: true });
  await loaded.add([{ name: "c", vector: [3] }]);
  for (const one of [spaceOf(), loaded]) {
    expect(one.film?.layout).toEqual(layout);
    expect(await one.film?.coordinates()).toEqual(film.coordinates);
    expect(await one.film?.frame(1)).toEqual(film.coordinates.subarray(4, 8));
  }
  await expect(loaded.film?.frame(3)).rejects.toThrow("frame must be an integer from 0 to 2, got 3");
  await loaded.save(path);
  await loaded.close();
  const again = await Space.load(path);
  expect(again.film?.layout).toEqual(layout); // of the first two of three items
  expect(await again.film?.frame(2)).toEqual(film.coordinates.subarray(8));
  await again.close();
  const bytes = readFileSync(join(path, "film-2.safetensors"));
  const header = await readSafetensorsHeader(memorySource(bytes));
  expect(header.tensors.get("film")).toMatchObject({ dtype: "F32", shape: [3, 2, 2] });
  expect(new Float32Array(Uint8Array.from(bytes.subarray(-48)).buffer)).toEqual(film.coordinates);
});

test("a space without a film has none, on disk too", async () => {
  const path = join(temporaryFolder(), "f.space");
  const space = Space.from({ names: ["a"], vectors: Float32Array.of(1) });
  await space.save(path);
  const loaded = await Space.load(path);
  expect([space.film, loaded.film]).toEqual([null, null]);
  await loaded.close();
});

test("films that do not fit the items are refused", () => {
  for (const [wrong, message] of [
    [{ epochs: [] }, "film.epochs must be 1 to 10000 numbers, got 0"],
    [{ epochs: [0, 0, 1] }, "film.epochs must be ascending integers from 0, got 0 as number 1"],
    [{ epochs: [-1, 0, 1] }, "got -1 as number 0"],
    [{ axes: ["across"] }, "film.axes must be two or three texts"],
    [{ coordinates: new Float32Array(13) }, "whole frames of 3 x at most 2 items x 2 numbers, got 13"],
    [{ coordinates: new Float32Array(18) }, "whole frames of 3 x at most 2 items x 2 numbers, got 18"],
    [{ coordinates: new Float32Array(12).fill(Number.NaN, 5) }, "must be finite numbers, got NaN as number 5"],
    [{ frames: 3 }, "there is no option frames"],
  ] as const) {
    expect(() => spaceOf({ ...film, ...wrong })).toThrow(message);
  }
});

test("what is damaged, missing or of another size is refused by name", async () => {
  const path = join(temporaryFolder(), "f.space");
  await spaceOf().save(path);
  const file = join(path, "space.json");
  const text = readFileSync(file, "utf8");
  const manifest = JSON.parse(text);
  const said = async (change: object | null) => {
    writeFileSync(file, JSON.stringify({ ...manifest, film: change && { ...manifest.film, ...change } }));
    const space = await Space.load(path);
    return space.film?.frame(0).finally(() => space.close());
  };
  await expect(said(null)).rejects.toThrow("film must say what the frames are where files has a film");
  await expect(said({ items: 3 })).rejects.toThrow("film: places of 3 items, there are 2");
  await expect(said({ items: 1 })).rejects.toThrow(
    /film-1.*film is \[3, 2, 2\] of 1 tensors, space.json says \[3, 1, 2\]/,
  );
  await expect(said({ epochs: [0, 1] })).rejects.toThrow("space.json says [2, 2, 2]");
  await expect(said({ epochs: [0, 2, 1] })).rejects.toThrow("film: epochs must be ascending integers from 0, got 1");
  await expect(said({ epochs: 3 })).rejects.toThrow("film: epochs must be a list, got 3");
  await expect(said({ dimensions: 3 })).rejects.toThrow("film: dimensions must be an integer from 2 to 2, got 3");
  await expect(said({ axes: ["across", 1] })).rejects.toThrow("film: axes must be two or three texts");
  await expect(said({ speed: 1 })).rejects.toThrow('film: there is no field "speed"');
  writeFileSync(file, text);
  const frames = join(path, "film-1.safetensors");
  const bytes = readFileSync(frames);
  bytes[bytes.length - 1] ^= 1;
  writeFileSync(frames, bytes);
  const damaged = await Space.load(path);
  await expect(damaged.film?.frame(0)).rejects.toMatchObject({ name: "FormatError", code: "checksum" });
  await expect(damaged.save(path)).rejects.toMatchObject({ code: "checksum" });
  await damaged.close();
});

test("a file of other tensors, or of a number that is not finite, is refused, naming the place (F1, F2, F4)", async () => {
  const bytesOf = async (...tensors: [name: string, shape: number[], values: Float32Array][]) => {
    const path = join(temporaryFolder(), "film.safetensors");
    const data = (values: Float32Array) => () => [new Uint8Array(values.buffer)];
    await writeSafetensors(
      path,
      tensors.map(([name, shape, values]) => ({ name, dtype: "F32", shape, data: data(values) })),
    );
    return new Uint8Array(readFileSync(path));
  };
  const read = async (bytes: Uint8Array) => void (await readFilm(memorySource(bytes, "film"), layout));
  const wrong = film.coordinates.slice();
  wrong[7] = Number.NEGATIVE_INFINITY;
  await expect(read(await bytesOf(["film", [3, 2, 2], wrong]))).rejects.toThrow(
    "number 1 of item 1 in frame 1 is not finite",
  );
  await expect(read(await bytesOf(["frames", [3, 2, 2], wrong]))).rejects.toMatchObject({ name: "FormatError" });
  const own = ["film", [3, 2, 2], film.coordinates] as [string, number[], Float32Array];
  await expect(read(await bytesOf(own, ["more", [1], new Float32Array(1)]))).rejects.toThrow("of 2 tensors");
  const bytes = await bytesOf(own);
  await fuzz([bytes], read, { inputs: 1500 });
  expect((await everyCut(bytes, read)).accepted).toEqual([]);
});
