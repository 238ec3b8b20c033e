import sharp from "sharp";
import { describe, expect, test } from "vitest";
import type { Picture } from "../../dist/formats/picture.js";
import { toColor } from "../../dist/images/channels.js";
import { decodePicture, encodePng } from "../../dist/images/index.js";
import { FormatError } from "../../dist/io/errors.js";

/** Left half orange, right half blue. */
const halves = (width = 16, height = 8): Picture => {
  const data = new Uint8Array(width * height * 3);
  for (let k = 0; k < width * height; k++) data.set(k % width < width / 2 ? [230, 120, 20] : [20, 60, 200], 3 * k);
  return { width, height, channels: 3, data };
};
/** Four colors, 16 x 8. */
const quarters = halves();
for (let k = 64; k < 128; k++) quarters.data.set(k % 16 < 8 ? [250, 250, 250] : [10, 90, 30], 3 * k);

/** A picture whose first row is that side of the upright one, and the first column that (TIFF 6.0, tag 274). */
function storedAs({ width, height, data }: Picture, row: string, column: string): Picture {
  const turned = row === "left" || row === "right";
  const [rows, columns] = turned ? [width, height] : [height, width];
  const stored = new Uint8Array(data.length);
  const from = (side: string, k: number, length: number) => (side === "top" || side === "left" ? k : length - 1 - k);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) {
      const [y, x] = turned
        ? [from(column, c, columns), from(row, r, rows)]
        : [from(row, r, rows), from(column, c, columns)];
      stored.set(data.subarray(3 * (y * width + x), 3 * (y * width + x) + 3), 3 * (r * columns + c));
    }
  return { width: columns, height: rows, channels: 3, data: stored };
}

const raw = ({ width, height, data }: Picture) => sharp(data, { raw: { width, height, channels: 3 } });
const utf8 = (text: string) => new TextEncoder().encode(text);

/** The largest difference of any channel, transparency over white. */
function difference(a: Picture, b: Picture): number {
  expect([a.width, a.height]).toEqual([b.width, b.height]);
  const [x, y] = [toColor(a).data, toColor(b).data];
  return x.reduce((most, value, k) => Math.max(most, Math.abs(value - y[k])), 0);
}

async function refusal(bytes: Uint8Array, file = "x.jpg"): Promise<FormatError> {
  const error = await decodePicture(bytes, file).then(
    () => new Error("read"),
    (error) => error,
  );
  expect(error).toBeInstanceOf(FormatError);
  expect(error.message.startsWith(file)).toBe(true);
  return error;
}

describe("H11", () => {
  test("the bytes say what a file is, not its ending", async () => {
    const jpeg = await raw(halves()).jpeg({ quality: 100, chromaSubsampling: "4:4:4" }).toBuffer();
    expect(difference(await decodePicture(jpeg, "wrong.png"), halves())).toBeLessThan(24); // JPEG's own
    const png = await encodePng(halves());
    expect(await decodePicture(png, "wrong.jpg")).toEqual(halves());
  });

  test.each([
    [1, "top", "left"],
    [2, "top", "right"],
    [3, "bottom", "right"],
    [4, "bottom", "left"],
    [5, "left", "top"],
    [6, "right", "top"],
    [7, "right", "bottom"],
    [8, "left", "bottom"],
  ])(
    "EXIF orientation %i is undone: the first row is the %s, the first column the %s",
    async (orientation, row, column) => {
      const jpeg = await raw(storedAs(quarters, row, column))
        .jpeg({ quality: 100, chromaSubsampling: "4:4:4" })
        .withMetadata({ orientation })
        .toBuffer();
      expect(difference(await decodePicture(jpeg, "x.jpg"), quarters)).toBeLessThan(24);
    },
  );

  test("CMYK becomes red, green and blue", async () => {
    const jpeg = await raw(halves())
      .toColourspace("cmyk")
      .jpeg({ quality: 100, chromaSubsampling: "4:4:4" })
      .toBuffer();
    expect((await sharp(jpeg).metadata()).space).toBe("cmyk");
    const read = await decodePicture(jpeg, "x.jpg");
    expect(read.channels).toBe(3);
    expect(difference(read, halves())).toBeLessThan(60); // ink has fewer colors
  });

  test("of an animation the first picture is read", async () => {
    const [first, second] = [halves(), { ...halves(), data: new Uint8Array(16 * 8 * 3).fill(255) }];
    const frames = Buffer.concat([first.data, second.data]);
    const animation = () => sharp(frames, { raw: { width: 16, height: 16, channels: 3, pageHeight: 8 } });
    expect((await sharp(await animation().gif().toBuffer()).metadata()).pages).toBe(2);
    expect(difference(await decodePicture(await animation().gif().toBuffer(), "x.gif"), first)).toBeLessThan(8);
    const webp = await animation().webp({ lossless: true }).toBuffer();
    expect(difference(await decodePicture(webp, "x.webp"), first)).toBe(0);
  });

  test("65,535 x 65,535 pixels in the header of a JPEG, a GIF, a WebP and a TIFF are refused before they are allocated", async () => {
    const [jpeg, gif, webp, tiff] = await Promise.all([
      raw(halves()).jpeg().toBuffer(),
      raw(halves()).gif().toBuffer(),
      raw(halves()).webp({ lossless: true }).toBuffer(),
      raw(halves()).tiff({ compression: "none" }).toBuffer(),
    ]);
    const frame = jpeg.indexOf(Buffer.of(0xff, 0xc0));
    jpeg.set([0xff, 0xff, 0xff, 0xff], frame + 5);
    gif.set([0xff, 0xff, 0xff, 0xff], 6);
    webp.set([0xff, 0xff, 0xff, 0x0f], 21); // 16,384 x 16,384 is the most that it can say
    const before = process.memoryUsage().rss;
    expect((await refusal(jpeg)).message).toBe(
      "x.jpg: a picture of 65535 x 65535 pixels; at most 40000000 pixels are read",
    );
    expect((await refusal(gif, "x.gif")).message).toMatch(/65535 x 65535 pixels/);
    expect((await refusal(webp, "x.webp")).message).toMatch(/16384 x 16384 pixels/);
    for (const tag of [256, 257]) {
      const entry = tiff.indexOf(Buffer.from(Uint16Array.of(tag).buffer), tiff.readUInt32LE(4));
      tiff.writeUInt32LE(65535, entry + 8);
    }
    expect(await refusal(tiff, "x.tif")).toMatchObject({ code: "limit" });
    expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 28);
  });

  test("a picture of no bytes, SVG with a script, and text are refused by name", async () => {
    expect(await refusal(new Uint8Array())).toMatchObject({ code: "empty", message: "x.jpg: the file is empty" });
    const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>fetch("https://example.org")</script></svg>';
    for (const text of [svg, `\ufeff <?xml version="1.0"?>\n<!-- a -->${svg}`, `<!DOCTYPE svg>${svg}`])
      expect((await refusal(utf8(text), "x.svg")).message).toBe("x.svg: SVG is not read; convert it to PNG first");
    expect((await refusal(utf8("<html><svg></svg></html>"))).message).toMatch(/no picture of a known format/);
  });

  test("a JPEG that is cut anywhere is refused, never shown in part", async () => {
    const jpeg = await raw(halves(48, 48)).jpeg({ progressive: false }).toBuffer();
    for (let length = 1; length < jpeg.length - 2; length += 13)
      expect((await refusal(jpeg.subarray(0, length))).message).toMatch(
        /damaged or cut short JPEG|no picture of a known/,
      );
  });
});
