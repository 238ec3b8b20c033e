import sharp from "sharp";
import { expect, test } from "vitest";
import { declaredSize } from "../../dist/formats/picture-size.js";
import { FormatError } from "../../dist/io/errors.js";
import { fuzz } from "./fuzz.js";

const image = (alpha: boolean) =>
  sharp({
    create: { width: 300, height: 17, channels: alpha ? 4 : 3, background: { r: 9, g: 99, b: 199, alpha: 0.5 } },
  });

const files: [string, Promise<Buffer>][] = [
  ["JPEG", image(false).jpeg().toBuffer()],
  ["progressive JPEG with EXIF", image(false).jpeg({ progressive: true }).withMetadata({ orientation: 6 }).toBuffer()],
  ["GIF", image(false).gif().toBuffer()],
  ["WebP", image(false).webp().toBuffer()],
  ["lossless WebP", image(false).webp({ lossless: true }).toBuffer()],
  ["WebP with alpha", image(true).webp().toBuffer()],
];

test.each(files)("finds the size that libvips wrote into a %s, or nothing where it ends before", async (_, file) => {
  const bytes = new Uint8Array(await file);
  expect(declaredSize(bytes)).toEqual({ width: 300, height: 17 });
  for (let length = 0; length < bytes.length; length++)
    expect([null, { width: 300, height: 17 }]).toContainEqual(declaredSize(bytes.subarray(0, length)));
});

test("F1 F2: mutated files have a size or none, and nothing is thrown", async () => {
  const all = await Promise.all(files.map(async ([, file]) => new Uint8Array(await file)));
  // the harness wants some inputs refused: here those without a size
  await fuzz(all, async (bytes) => {
    if (declaredSize(bytes) === null) throw new FormatError("header", { file: "<fuzz>" }, "none");
  });
});
