import sharp from "sharp";
import { expect } from "vitest";
import type { Picture } from "../../dist/formats/picture.js";
import { toColor } from "../../dist/images/channels.js";
import { decodePicture, encodePng } from "../../dist/images/index.js";
import { browserTest, type Load } from "./chromium.js";

type DecodePicture = typeof import("../../dist/images/decode-picture.js");

/** Smooth in both directions, no row or column like another. */
const width = 24;
const height = 16;
const data = Uint8Array.from({ length: width * height * 3 }, (_, at) => {
  const [x, y] = [Math.floor(at / 3) % width, Math.floor(at / 3 / width)];
  return [40 + 8 * x, 40 + 12 * y, 200 - 3 * x - 4 * y][at % 3];
});
const raw = (alpha = false) => {
  const image = sharp(data, { raw: { width, height, channels: 3 } });
  return alpha ? image.ensureAlpha(0.5) : image;
};

/** Decodes in the page; runs there, so it refers to nothing here. */
async function inPage(load: Load, files: Record<string, number[]>) {
  const { decodePicture } = await load<DecodePicture>("images/decode-picture.js");
  const read: Record<string, string | { width: number; height: number; channels: number; data: number[] }> = {};
  for (const [name, bytes] of Object.entries(files)) {
    read[name] = await decodePicture(Uint8Array.from(bytes), name).then(
      ({ data, ...sizes }) => ({ ...sizes, data: Array.from(data) }),
      (error) => `${error.name} ${error.code}: ${error.message}`,
    );
  }
  return read;
}

browserTest(
  "a page reads the pictures that Node reads, turned as EXIF says, and refuses the same",
  async (inBrowser) => {
    const jpeg = { quality: 100, chromaSubsampling: "4:4:4" };
    const good: Record<string, Buffer> = {
      "0.png": Buffer.from(await encodePng({ width, height, channels: 3, data })),
      "1.webp": await raw().webp({ lossless: true }).toBuffer(),
      "2.webp": await raw(true).webp({ lossless: true, exact: true }).toBuffer(),
      "3.gif": await raw().gif({ dither: 0 }).toBuffer(),
      "4-p3.jpg": await raw().withIccProfile("p3").jpeg(jpeg).toBuffer(),
    };
    for (let orientation = 1; orientation <= 8; orientation++)
      good[`exif-${orientation}.jpg`] = await raw().jpeg(jpeg).withMetadata({ orientation }).toBuffer();
    const huge = Buffer.from(good["exif-1.jpg"]);
    huge.set([0xff, 0xff, 0xff, 0xff], huge.indexOf(Buffer.of(0xff, 0xc0)) + 5);
    const bad: Record<string, Buffer> = {
      "huge.jpg": huge,
      "cut.jpg": good["exif-1.jpg"].subarray(0, good["exif-1.jpg"].length - 100),
      "x.svg": Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"></svg>'),
    };
    const files = Object.entries({ ...good, ...bad }).map(([name, bytes]) => [name, Array.from(bytes)]);
    const read = await inBrowser(inPage, Object.fromEntries(files));
    for (const [name, bytes] of Object.entries(good)) {
      const here = await decodePicture(bytes, name);
      const there = read[name];
      if (typeof there === "string") throw new Error(there);
      expect([name, there.width, there.height]).toEqual([name, here.width, here.height]);
      const [a, b] = [toColor(here).data, toColor({ ...there, data: Uint8Array.from(there.data) } as Picture).data];
      const most = a.reduce((largest, value, k) => Math.max(largest, Math.abs(value - b[k])), 0);
      // decoders of JPEG round differently, and a canvas keeps colors multiplied by alpha
      expect(most, name).toBeLessThanOrEqual(name.endsWith(".jpg") ? 4 : name === "2.webp" ? 1 : 0);
    }
    expect(read["huge.jpg"]).toBe(
      "FormatError limit: huge.jpg: a picture of 65535 x 65535 pixels; at most 40000000 pixels are read",
    );
    expect(read["cut.jpg"]).toMatch(/^FormatError truncated: cut\.jpg: damaged or cut short JPEG/);
    expect(read["x.svg"]).toMatch(/^FormatError unsupported: x\.svg: SVG is not read/);
  },
);
