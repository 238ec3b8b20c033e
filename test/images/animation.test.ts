import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { lzw } from "../../dist/formats/gif/lzw.js";
import { encodeAnimation, type Picture } from "../../dist/images/index.js";
import { Rng } from "../../dist/numerics/random.js";

const seeded = new Rng(3);

function picture(width: number, height: number, channels: number, value: (k: number) => number): Picture {
  return { width, height, channels, data: Uint8Array.from({ length: width * height * channels }, (_, k) => value(k)) };
}

/** The frames as libvips reads them, red, green and blue. */
async function readBack(bytes: Uint8Array): Promise<{ frames: Uint8Array[]; delay?: number[]; loop?: number }> {
  const image = sharp(bytes, { animated: true });
  const { delay, loop, pages = 1 } = await image.metadata();
  const { data } = await image.removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const length = data.length / pages;
  return { frames: Array.from({ length: pages }, (_, k) => data.subarray(k * length, (k + 1) * length)), delay, loop };
}

describe("GIF", () => {
  test("LZW of a short run is what the rules give by hand", () => {
    // clear 4, then 1, 6 (= 1 1), 6, then end 5: widths 3, 3, 3, 3, 4, since code 8 comes next
    expect(lzw(Uint8Array.of(1, 1, 1, 1, 1), 2)).toEqual(Uint8Array.of(0b10_001_100, 0b0101_110_1));
  });

  test("gray frames of any content read back bit for bit, with delay and loop", async () => {
    // noise fills the table of codes several times; a flat frame makes the longest codes
    const frames = [
      picture(91, 67, 1, () => seeded.below(256)),
      picture(91, 67, 1, () => 7),
      picture(91, 67, 1, (k) => (k >> 3) & 255),
    ];
    const { frames: read, delay, loop } = await readBack(await encodeAnimation(frames, { delay: 70, loop: 3 }));
    expect(read.length).toBe(3);
    for (const [k, { data }] of frames.entries()) expect([...read[k].filter((_, i) => i % 3 === 0)]).toEqual([...data]);
    expect([delay, loop]).toEqual([[70, 70, 70], 3]);
  });

  test.each([1, 2, 3, 4, 5, 16, 17, 128, 129, 256])("%i colors are kept as they are", async (colors) => {
    const frame = picture(32, 20, 3, (k) => ((Math.floor(k / 3) % colors) * (k % 3 === 1 ? 91 : 37)) & 255);
    const { frames } = await readBack(await encodeAnimation([frame]));
    expect([...frames[0]]).toEqual([...frame.data]);
  });

  test("of more colors none is far from what it was, and white stays white", async () => {
    const ramp = picture(128, 128, 3, (k) => {
      const [pixel, channel] = [Math.floor(k / 3), k % 3];
      if (pixel < 4096) return 255;
      return channel === 0 ? (pixel % 128) * 2 : channel === 1 ? pixel >> 6 : 128;
    });
    const { frames } = await readBack(await encodeAnimation([ramp]));
    expect(frames[0].subarray(0, 3 * 4096).every((value) => value === 255)).toBe(true);
    const errors = ramp.data.map((value, k) => Math.abs(value - frames[0][k]));
    // 12,288 colors over a square of 256 x 192 in 255 boxes of about 14 x 14: at most 7 off, a little more at the edges
    expect(Math.max(...errors)).toBeLessThanOrEqual(16);
    expect(errors.reduce((sum, error) => sum + error, 0) / errors.length).toBeLessThan(3);
  });

  test("there and back shows neither end twice", async () => {
    const frames = [10, 20, 30, 40].map((value) => picture(2, 2, 1, () => value));
    const { frames: read, loop } = await readBack(await encodeAnimation(frames, { thereAndBack: true }));
    expect(read.map(([value]) => value)).toEqual([10, 20, 30, 40, 30, 20]);
    expect(loop).toBe(0);
  });
});

test("WebP has the frames nearly as they were", async () => {
  const frames = [40, 200].map((value) => picture(16, 16, 3, (k) => (k % 3 === 0 ? value : 90)));
  const { frames: read, delay, loop } = await readBack(await encodeAnimation(frames, { format: "webp", delay: 250 }));
  expect([read.length, delay, loop]).toEqual([2, [250, 250], 0]);
  for (const [k, { data }] of frames.entries())
    expect(Math.max(...data.map((value, i) => Math.abs(value - read[k][i])))).toBeLessThan(6);
});

test("no picture, two sizes and what is no format are refused", async () => {
  await expect(encodeAnimation([])).rejects.toThrow("encodeAnimation: a picture or more was needed, got none");
  const two = [picture(1, 1, 1, () => 0), picture(2, 1, 1, () => 0)];
  await expect(encodeAnimation(two)).rejects.toThrow("pictures of one size were needed, got 1 x 1 and 2 x 1");
  await expect(encodeAnimation(two, { format: "png" as "gif" })).rejects.toThrow(/format must be/);
  await expect(encodeAnimation(two, { delay: 0 })).rejects.toThrow(/delay must be/);
});
