import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { expect, test } from "vitest";
import { Space } from "../../dist/space/space.js";
import type { ThumbnailData } from "../../dist/space/thumbnails.js";
import { temporaryFolder } from "../temporary-folder.js";

/** Pictures whose bytes tell which item, pixel and channel they are of. */
function pictures(items: number, width: number, height: number, channels: 1 | 3): ThumbnailData {
  const length = width * height * channels;
  const data = Uint8Array.from({ length: items * length }, (_, k) => (31 * Math.floor(k / length) + 7 * k) & 255);
  return { width, height, channels, data };
}

function spaceOf(thumbnails: ThumbnailData, items = 5): Space {
  const names = Array.from({ length: items }, (_, n) => `p${n}`);
  return Space.from({ names, vectors: Float32Array.from(names, (_, n) => n), dimensions: 1, thumbnails });
}

const bytesAt = ({ width, height, channels, data }: ThumbnailData, n: number) => {
  const length = width * height * channels;
  return { width, height, channels, data: data.slice(n * length, (n + 1) * length) };
};

test("pictures come back by row, from memory and from disk, in sheets that other programs read", async () => {
  // 20 x 29 tiles of 100 x 70 fill a sheet
  const given = pictures(605, 100, 70, 1);
  const space = spaceOf(given, 606);
  const path = join(temporaryFolder(), "p.space");
  await space.save(path);
  expect(readdirSync(path).filter((name) => name.startsWith("thumbnails"))).toEqual([
    "thumbnails0-1.png",
    "thumbnails1-1.png",
  ]);
  const second = sharp(join(path, "thumbnails1-1.png"));
  const { width, height, channels } = await second.metadata();
  expect([width, height, channels]).toEqual([2000, 70 * 2, 1]); // 25 pictures are left for it
  const tile = second.extract({ left: 300, top: 70, width: 100, height: 70 }).toColourspace("b-w");
  expect((await tile.raw().toBuffer()).equals(bytesAt(given, 580 + 20 + 3).data)).toBe(true);

  const loaded = await Space.load(path, { verify: true });
  for (const one of [space, loaded]) {
    const wanted = [604, 0, 605, 580, 579, 19, 20];
    const found = (await one.thumbnails?.at(wanted)) ?? [];
    expect(
      found.map((picture, k) => picture && Buffer.from(picture.data).equals(bytesAt(given, wanted[k]).data)),
    ).toEqual(wanted.map((n) => (n < 605 ? true : null)));
    const layout = { width: 100, height: 70, channels: 1, columns: 20, rows: 29, items: 605 };
    expect(one.thumbnails?.layout).toEqual(layout);
  }
  await loaded.save(path);
  const png = Buffer.from((await loaded.thumbnails?.png(1)) ?? []);
  expect(readFileSync(join(path, "thumbnails1-2.png")).equals(png)).toBe(true);
  await loaded.close();
});

test("new items bring theirs; those that have none before them are white", async () => {
  const given = pictures(2, 3, 2, 3);
  const path = join(temporaryFolder(), "p.space");
  await spaceOf(given, 2).save(path);
  const space = await Space.load(path);
  await space.add([{ name: "plain", vector: [8] }]);
  const thumbnail = bytesAt(pictures(9, 3, 2, 3), 8);
  await Promise.all([
    space.add([{ name: "new", vector: [9], thumbnail }]),
    space.add([{ name: "newer", vector: [9], thumbnail }]),
  ]);
  await space.save(path);
  await space.close();
  const again = await Space.load(path);
  const found = await again.thumbnails?.at([0, 1, 2, 3, 4]);
  const white = { ...thumbnail, data: new Uint8Array(18).fill(255) };
  expect(found).toEqual([bytesAt(given, 0), bytesAt(given, 1), white, thumbnail, thumbnail]);
  const other = { width: 2, height: 2, channels: 3, data: new Uint8Array(12) };
  await expect(again.add([{ name: "x", vector: [1], thumbnail: other }])).rejects.toThrow(
    'add: the thumbnail of "x" must be 3 x 2 x 3, got 2 x 2 x 3',
  );
  expect(again.length).toBe(5);
  await again.close();
});

test("what is damaged, missing or of another size is refused by name", async () => {
  const path = join(temporaryFolder(), "p.space");
  await spaceOf(pictures(5, 4, 4, 1)).save(path);
  const file = join(path, "space.json");
  const text = readFileSync(file, "utf8");
  const manifest = JSON.parse(text);
  const said = async (thumbnails: unknown) => {
    writeFileSync(file, JSON.stringify({ ...manifest, thumbnails }));
    const space = await Space.load(path);
    return space.thumbnails?.at([0]).finally(() => space.close());
  };
  await expect(said(null)).rejects.toThrow("thumbnails: 0 sheets of pictures were needed, files has 1");
  await expect(said({ ...manifest.thumbnails, columns: 1, rows: 1 })).rejects.toThrow(
    "5 sheets of pictures were needed",
  );
  await expect(said({ ...manifest.thumbnails, items: 6 })).rejects.toThrow("thumbnails: 6 pictures of 5 items");
  await expect(said({ ...manifest.thumbnails, channels: 2 })).rejects.toThrow("channels must be 1 or 3, got 2");
  await expect(said({ ...manifest.thumbnails, width: 3 })).rejects.toThrow(
    "a sheet of 20 x 4 x 1, space.json says 15 x 4 x 1",
  );
  writeFileSync(file, text);
  const sheet = join(path, "thumbnails0-1.png");
  const bytes = readFileSync(sheet);
  bytes[40] ^= 1;
  writeFileSync(sheet, bytes);
  const damaged = await Space.load(path);
  await expect(damaged.thumbnails?.at([1])).rejects.toMatchObject({ name: "FormatError", code: "checksum" });
  await expect(damaged.save(path)).rejects.toMatchObject({ code: "checksum" });
  await damaged.close();
  expect(() => spaceOf({ ...pictures(6, 4, 4, 1) })).toThrow("at most 5, got 96 bytes");
  expect(() => spaceOf({ ...pictures(5, 4, 4, 1), width: 300 })).toThrow(/thumbnails.width must be/);
});
