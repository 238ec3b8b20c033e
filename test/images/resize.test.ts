import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { isGray, resize, toColor, toGray } from "../../dist/images/index.js";
import { Rng } from "../../dist/numerics/random.js";

const gray = (width: number, ...values: number[]) => ({
  ...{ width, height: values.length / width, channels: 1, data: Uint8Array.from(values) },
});

describe("resize", () => {
  test("half the size is the mean of four pixels, rounded", () => {
    expect([...resize(gray(4, 0, 4, 8, 9, 4, 8, 10, 10), 2, 1, "stretch").data]).toEqual([4, 9]);
  });

  test("a third of a pixel counts a third: 3 pixels to 2, worked by hand", () => {
    // (90 + 30 / 2) / 1.5 = 70, (30 / 2 + 0) / 1.5 = 10
    expect([...resize(gray(3, 90, 30, 0), 2, 1, "stretch").data]).toEqual([70, 10]);
  });

  test("twice the size repeats pixels", () => {
    expect([...resize(gray(2, 1, 2), 4, 1, "stretch").data]).toEqual([1, 1, 2, 2]);
  });

  test("cover takes the middle of what is too wide or too high, contain adds margins", () => {
    const wide = gray(4, 1, 2, 3, 4, 5, 6, 7, 8);
    expect([...resize(wide, 2, 2, "cover").data]).toEqual([2, 3, 6, 7]);
    expect([...resize(wide, 4, 4, "contain", 9).data]).toEqual([9, 9, 9, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 9]);
    expect([...resize(gray(1, 1, 2, 3, 4), 2, 2, "cover").data]).toEqual([2, 2, 3, 3]);
  });

  test("a picture of one color stays one, of any size, any way", () => {
    const sizes = fc.integer({ min: 1, max: 30 });
    fc.assert(
      fc.property(
        sizes,
        sizes,
        sizes,
        sizes,
        fc.constantFrom("cover", "stretch"),
        fc.integer({ min: 0, max: 255 }),
        (w, h, W, H, fit, c) => {
          const { data } = resize(
            { width: w, height: h, channels: 1, data: new Uint8Array(w * h).fill(c) },
            W,
            H,
            fit as "cover",
          );
          expect(data.every((value) => value === c)).toBe(true);
        },
      ),
    );
  });

  test("to a whole fraction of the size it does what libvips' shrink does, but for rounding", async () => {
    const rng = new Rng(3);
    const picture = {
      width: 48,
      height: 36,
      channels: 3,
      data: Uint8Array.from({ length: 48 * 36 * 3 }, () => rng.below(256)),
    };
    const ours = resize(picture, 16, 12, "stretch").data;
    // the box filter of libvips: a cubic one would reach farther
    const shrunk = await sharp(picture.data, { raw: { width: 48, height: 36, channels: 3 } })
      .resize(16, 12, { fit: "fill", kernel: "linear", fastShrinkOnLoad: false })
      .raw()
      .toBuffer();
    const meanDifference = ours.reduce((sum, value, k) => sum + (value - shrunk[k]), 0) / ours.length;
    expect(Math.abs(meanDifference)).toBeLessThan(0.5);
  });
});

describe("channels", () => {
  test("what is transparent shows the background", () => {
    const half = { width: 2, height: 1, channels: 4, data: Uint8Array.of(0, 100, 200, 255, 0, 100, 200, 0) };
    expect([...toColor(half).data]).toEqual([0, 100, 200, 255, 255, 255]);
    expect([...toColor(half, 7).data]).toEqual([0, 100, 200, 7, 7, 7]);
    expect([...toColor({ width: 1, height: 1, channels: 2, data: Uint8Array.of(40, 51) }).data]).toEqual([
      212, 212, 212,
    ]);
  });

  test("gray is luma, and gray stays what it is", () => {
    expect([
      ...toGray({ width: 3, height: 1, channels: 3, data: Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255) }).data,
    ]).toEqual([76, 150, 29]);
    for (let c = 0; c < 256; c++)
      expect(toGray({ width: 1, height: 1, channels: 3, data: Uint8Array.of(c, c, c) }).data[0]).toBe(c);
    expect(isGray({ width: 1, height: 1, channels: 3, data: Uint8Array.of(1, 1, 2) })).toBe(false);
  });
});
