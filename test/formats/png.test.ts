import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import type { Picture } from "../../dist/formats/picture.js";
import { crc32 } from "../../dist/formats/png/crc.js";
import { decodePng } from "../../dist/formats/png/read.js";
import { encodePng } from "../../dist/formats/png/write.js";
import { Rng } from "../../dist/numerics/random.js";
import { end, header, packed, pngOf, rgbaOf } from "./png-parts.js";

const read = (bytes: Uint8Array) => decodePng(bytes, "x.png");

/** A picture with runs and noise. */
function picture(width: number, height: number, channels: number, seed = 1): Picture {
  const rng = new Rng(seed);
  const data = Uint8Array.from({ length: width * height * channels }, (_, k) =>
    k % 7 < 3 ? (k * 3) & 255 : rng.below(256),
  );
  return { width, height, channels, data };
}

const raw = ({ width, height, channels }: Picture) => ({ raw: { width, height, channels: channels as 1 | 2 | 3 | 4 } });

/** libvips makes gray pictures colored unless told not to. */
const colored = (image: ReturnType<typeof sharp>, channels: number) =>
  channels < 3 ? image.toColourspace("b-w") : image;

describe("decodePng", () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    "turns a picture of Exif's orientation %i as libvips does",
    async (orientation) => {
      const image = picture(5, 3, 3);
      const bytes = await sharp(image.data, raw(image)).withMetadata({ orientation }).png().toBuffer();
      expect(bytes.includes("eXIf", 0, "latin1")).toBe(true);
      const { data, info } = await sharp(bytes).rotate().raw().toBuffer({ resolveWithObject: true });
      expect(await read(bytes)).toEqual({
        width: info.width,
        height: info.height,
        channels: 3,
        data: new Uint8Array(data),
      });
    },
  );

  test("takes Exif of either byte order, and passes over what tells no orientation that there is", async () => {
    const image = picture(2, 1, 1);
    const [left, right] = image.data;
    const read = async (exif: readonly number[]) => {
      const chunks = [
        ["IHDR", header(2, 1, 8, 0)],
        ["eXIf", Uint8Array.from(exif)],
        ["IDAT", packed([0, left, right])],
        end,
      ] as const;
      return [...(await decodePng(pngOf(chunks), "x.png")).data];
    };
    const little = [0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 2, 0, 0, 0];
    const big = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 2, 0, 0];
    expect(await read(little)).toEqual([right, left]);
    expect(await read(big)).toEqual([right, left]);
    for (let length = 0; length < little.length; length++) {
      expect(await read(little.slice(0, length))).toEqual([left, right]);
    }
    for (const [at, value] of [
      [18, 9], // an orientation that there is not
      [10, 0x13], // another tag
      [12, 4], // another type
      [4, 200], // a directory beyond the block
      [2, 43], // no TIFF
    ]) {
      expect(await read(little.with(at, value))).toEqual([left, right]);
    }
  });

  test.each([1, 2, 3, 4])(
    "reads what libpng wrote of %i channels, interlaced or not, to the byte",
    async (channels) => {
      for (const [width, height] of [
        [1, 1],
        [5, 3],
        [8, 8],
        [17, 9],
      ]) {
        for (const progressive of [false, true]) {
          const image = picture(width, height, channels);
          const bytes = await colored(sharp(image.data, raw(image)), channels)
            .png({ progressive })
            .toBuffer();
          expect(await read(bytes)).toEqual(image);
        }
      }
    },
  );

  test.each([2, 4, 16, 256])("reads a palette of %i colors as libpng does", async (colors) => {
    const bytes = await sharp(picture(13, 7, 3).data, raw(picture(13, 7, 3)))
      .png({ palette: true, colours: colors, dither: 0 })
      .toBuffer();
    const expected = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
    const got = await read(bytes);
    expect([got.width, got.height, got.channels]).toEqual([13, 7, expected.info.channels]);
    expect(Buffer.from(got.data).equals(expected.data)).toBe(true);
  });

  test("reads sixteen bits, rounded to eight", async () => {
    const wide = Uint16Array.of(0, 127, 128, 129, 32767, 65406, 65407, 65535);
    const bytes = await sharp(wide, { raw: { width: 8, height: 1, channels: 1 } })
      .toColourspace("grey16")
      .png()
      .toBuffer();
    const got = await read(bytes);
    expect(got.channels).toBe(1);
    expect([...got.data]).toEqual([...wide].map((value) => Math.round((value * 255) / 65535)));
  });

  test("reads gray of 1, 2 and 4 bits, whose rows end within a byte", async () => {
    const gray = (width: number, depth: number, ...rows: number[][]) =>
      read(pngOf([["IHDR", header(width, rows.length, depth, 0)], ["IDAT", packed(...rows)], end]));
    expect([...(await gray(5, 1, [0, 0b10110111], [0, 0b01000000])).data]).toEqual([
      255, 0, 255, 255, 0, 0, 255, 0, 0, 0,
    ]);
    expect([...(await gray(3, 2, [0, 0b00_01_10_11])).data]).toEqual([0, 85, 170]);
    expect([...(await gray(3, 4, [0, 0x0f, 0x80])).data]).toEqual([0, 255, 136]);
  });

  test("a transparent color becomes alpha, in gray, in color and in a palette", async () => {
    const gray = await read(
      pngOf([["IHDR", header(2, 1, 8, 0)], ["tRNS", Uint8Array.of(0, 7)], ["IDAT", packed([0, 7, 8])], end]),
    );
    expect([gray.channels, ...gray.data]).toEqual([2, 7, 0, 8, 255]);
    const color = await read(
      pngOf([
        ["IHDR", header(2, 1, 8, 2)],
        ["tRNS", Uint8Array.of(0, 1, 0, 2, 0, 3)],
        ["IDAT", packed([0, 1, 2, 3, 1, 2, 4])],
        end,
      ]),
    );
    expect([color.channels, ...color.data]).toEqual([4, 1, 2, 3, 0, 1, 2, 4, 255]);
    const palette = await read(
      pngOf([
        ["IHDR", header(2, 1, 8, 3)],
        ["PLTE", Uint8Array.of(9, 8, 7, 6, 5, 4)],
        ["tRNS", Uint8Array.of(100)],
        ["IDAT", packed([0, 1, 0])],
        end,
      ]),
    );
    expect([palette.channels, ...palette.data]).toEqual([4, 6, 5, 4, 255, 9, 8, 7, 100]);
  });

  test("undoes each of the five filters, worked by hand", async () => {
    const rows = [
      [1, 10, 5, 5], //    left: 10 15 20
      [2, 1, 1, 1], //     above: 11 16 21
      [3, 5, 3, 2], //     mean of left 0 and above 11: 10; of 10 and 16: 16; of 16 and 21: 20
      [4, 0, 1, 255], //   Paeth: above 10 (left 0); of 10, 16, 10: 16 + 1; of 17, 20, 16: 20 + 255
      [0, 7, 8, 9],
    ];
    const { data } = await read(pngOf([["IHDR", header(3, 5, 8, 0)], ["IDAT", packed(...rows)], end]));
    expect([...data]).toEqual([10, 15, 20, 11, 16, 21, 10, 16, 20, 10, 17, 19, 7, 8, 9]);
  });

  test("data may come in several chunks, and what is not needed is passed over", async () => {
    const whole = packed([0, 1, 2]);
    const { data } = await read(
      pngOf([
        ["IHDR", header(2, 1, 8, 0)],
        ["tEXt", Uint8Array.of(65, 0, 66)],
        ["IDAT", whole.slice(0, 3)],
        ["IDAT", whole.slice(3)],
        end,
      ]),
    );
    expect([...data]).toEqual([1, 2]);
  });
});

describe("encodePng", () => {
  const anyPicture = fc
    .record({
      width: fc.integer({ min: 1, max: 9 }),
      height: fc.integer({ min: 1, max: 9 }),
      channels: fc.constantFrom(1, 2, 3, 4),
      seed: fc.integer({ min: 0, max: 1000 }),
    })
    .map(({ width, height, channels, seed }) => picture(width, height, channels, seed));

  test("F5: what it writes we read back to the byte", async () => {
    const property = fc.asyncProperty(anyPicture, async (image) => {
      expect(await read(await encodePng(image))).toEqual(image);
    });
    await fc.assert(property, { numRuns: 1000 });
  });

  test("F6: what it writes libpng reads back to the byte", async () => {
    const property = fc.asyncProperty(anyPicture, async (image) => {
      const back = await sharp(await encodePng(image))
        .toColourspace("srgb")
        .ensureAlpha()
        .raw()
        .toBuffer();
      expect(Buffer.from(rgbaOf(image)).equals(back)).toBe(true);
    });
    await fc.assert(property, { numRuns: 60 });
  });

  test("refuses what is no picture", async () => {
    await expect(encodePng({ width: 2, height: 2, channels: 3, data: new Uint8Array(11) })).rejects.toThrow(
      "encodePng: data must have 2 x 2 x 3 = 12 bytes, got 11",
    );
    await expect(encodePng({ width: 0, height: 2, channels: 3, data: new Uint8Array() })).rejects.toThrow(/width/);
  });
});

test("the checksum is that of the standard's example", () => {
  expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
});

describe("a PNG that is none is refused by name", () => {
  const good: [string, Uint8Array][] = [
    ["IHDR", header(2, 1, 8, 0)],
    ["IDAT", packed([0, 1, 2])],
    [end[0], end[1]],
  ];
  test.each<[string, Uint8Array, string, RegExp]>([
    ["nothing", new Uint8Array(), "empty", /the file is empty/],
    ["another format", Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 0, 0, 0), "header", /no PNG/],
    [
      "H11: 65,535 x 65,535 pixels",
      pngOf([["IHDR", header(65535, 65535, 8, 2)], end]),
      "limit",
      /65535 x 65535 pixels; at most/,
    ],
    ["no pixels", pngOf([["IHDR", header(0, 5, 8, 2)], end]), "header", /0 x 5/],
    ["a depth that its color has not", pngOf([["IHDR", header(1, 1, 4, 2)], end]), "header", /4 bits a sample/],
    ["an unknown color type", pngOf([["IHDR", header(1, 1, 8, 5)], end]), "unsupported", /color type 5/],
    ["no header", pngOf([good[1], end]), "header", /must be IHDR, got IDAT/],
    ["two headers", pngOf([good[0], good[0], end]), "header", /second IHDR/],
    ["a palette that is missing", pngOf([["IHDR", header(1, 1, 8, 3)], good[1], end]), "header", /no palette/],
    [
      "a color beyond the palette",
      pngOf([["IHDR", header(1, 1, 8, 3)], ["PLTE", new Uint8Array(3)], ["IDAT", packed([0, 1])], end]),
      "fields",
      /color 1 is beyond/,
    ],
    [
      "too few pixels",
      pngOf([["IHDR", header(2, 2, 8, 0)], good[1], end]),
      "truncated",
      /6 bytes of pixels were needed, 3 came/,
    ],
    [
      "too many pixels",
      pngOf([["IHDR", header(1, 1, 8, 0)], good[1], end]),
      "trailing",
      /2 bytes of pixels were needed, 3 came/,
    ],
    ["an unknown filter", pngOf([good[0], ["IDAT", packed([5, 1, 2])], end]), "fields", /filter 5/],
    ["an unknown chunk that is needed", pngOf([good[0], ["ABCD", new Uint8Array()], end]), "unsupported", /ABCD/],
    ["no end", pngOf(good.slice(0, 2)), "truncated", /before its end chunk/],
  ])("%s", async (_, bytes, code, message) => {
    const error: Error = await read(bytes).then(
      () => new Error("read"),
      (error) => error,
    );
    expect(error).toMatchObject({ name: "FormatError", code });
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/^x\.png/);
  });

  test("a byte that was changed fails its chunk's checksum", async () => {
    const bytes = pngOf(good);
    bytes[45] ^= 1;
    await expect(read(bytes)).rejects.toMatchObject({ code: "checksum" });
  });
});
