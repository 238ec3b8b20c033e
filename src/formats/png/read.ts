import { inflate } from "#platform";
import { FormatError } from "../../io/errors.js";
import { exifOrientation, upright } from "../orientation.js";
import { mostPixels, type Picture } from "../picture.js";
import { crc32 } from "./crc.js";
import { filterCount, unfilter } from "./filters.js";

/** The bytes that a PNG begins with. */
export const pngSignature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** By color type: samples a pixel, and the depths that it may have. */
const colorTypes = new Map([
  [0, { samples: 1, depths: [1, 2, 4, 8, 16] }], // gray
  [2, { samples: 3, depths: [8, 16] }], // red, green, blue
  [3, { samples: 1, depths: [1, 2, 4, 8] }], // palette
  [4, { samples: 2, depths: [8, 16] }], // gray, alpha
  [6, { samples: 4, depths: [8, 16] }], // red, green, blue, alpha
]);

interface Header {
  width: number;
  height: number;
  /** Bits a sample. */
  depth: number;
  colorType: number;
  samples: number;
  interlaced: boolean;
}

/** The pixels of one pass of an interlaced picture: columns x + k dx of rows y + k dy (Adam7); all of one that is not. */
interface Pass {
  x: number;
  y: number;
  dx: number;
  dy: number;
}
const onePass: readonly Pass[] = [{ x: 0, y: 0, dx: 1, dy: 1 }];
const adam7: readonly Pass[] = [
  { x: 0, y: 0, dx: 8, dy: 8 },
  { x: 4, y: 0, dx: 8, dy: 8 },
  { x: 0, y: 4, dx: 4, dy: 8 },
  { x: 2, y: 0, dx: 4, dy: 4 },
  { x: 0, y: 2, dx: 2, dy: 4 },
  { x: 1, y: 0, dx: 2, dy: 2 },
  { x: 0, y: 1, dx: 1, dy: 2 },
];

/**
 * Reads a PNG (ISO/IEC 15948): all color types and depths, interlaced or not. Sixteen bits are rounded to eight, a palette is
 * replaced by its colors, transparency becomes alpha, and the picture is turned as its Exif says; gamma and color profiles are
 * passed over. Every chunk's checksum is compared, and no more is allocated than came. Throws FormatError with the byte; `file` names it.
 */
export async function decodePng(bytes: Uint8Array, file: string): Promise<Picture> {
  const fail = (code: FormatError["code"], offset: number, message: string, cause?: unknown) =>
    new FormatError(code, { file, offset }, message, { cause });
  const { header, palette, transparency, orientation, packed } = readChunks(bytes, fail);
  const passes = header.interlaced ? adam7 : onePass;
  const length = passes.reduce((sum, pass) => sum + passBytes(header, pass), 0);
  const filtered = await inflate(packed, length + 1).catch((error) => {
    throw fail("checksum", 0, `the packed pixels cannot be unpacked (${error.message})`, error);
  });
  if (filtered.length !== length) {
    const code = filtered.length < length ? "truncated" : "trailing";
    throw fail(code, 0, `${length} bytes of pixels were needed, ${filtered.length} came`);
  }
  const picture = emptyPicture(header, palette !== null, transparency !== null);
  const asTheyAre = header.depth === 8 && !header.interlaced && picture.channels === header.samples && palette === null;
  let at = 0;
  for (const pass of passes) {
    const [columns, rows, rowBytes] = passSize(header, pass);
    if (columns === 0) continue;
    let above: Uint8Array = new Uint8Array(rowBytes);
    for (let row = 0; row < rows; row++) {
      const type = filtered[at];
      if (type >= filterCount) throw fail("fields", 0, `row ${row} has filter ${type}, there are ${filterCount}`);
      const samples = filtered.subarray(at + 1, at + 1 + rowBytes);
      unfilter(type, samples, above, Math.max(1, (header.samples * header.depth) >> 3));
      if (asTheyAre) picture.data.set(samples, row * rowBytes);
      for (let k = 0; k < columns && !asTheyAre; k++) {
        const pixel = ((pass.y + row * pass.dy) * header.width + pass.x + k * pass.dx) * picture.channels;
        const bad = setPixel(picture, pixel, samples, k, header, palette, transparency);
        if (bad !== undefined) throw fail("fields", 0, `color ${bad} is beyond the palette`);
      }
      above = samples;
      at += 1 + rowBytes;
    }
  }
  return upright(picture, orientation);
}

type Fail = (code: FormatError["code"], offset: number, message: string, cause?: unknown) => FormatError;

interface Chunks {
  header: Header;
  palette: Uint8Array | null;
  transparency: Uint8Array | null;
  orientation: number;
  packed: Uint8Array;
}

function readChunks(bytes: Uint8Array, fail: Fail): Chunks {
  if (bytes.length === 0) throw fail("empty", 0, "the file is empty");
  if (!pngSignature.every((byte, k) => bytes[k] === byte)) throw fail("header", 0, "this is no PNG");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let header: Header | undefined;
  let palette: Uint8Array | null = null;
  let transparency: Uint8Array | null = null;
  let orientation = 1;
  const data: Uint8Array[] = [];
  for (let at = pngSignature.length; ; ) {
    if (at + 12 > bytes.length) throw fail("truncated", at, "the file ends before its end chunk");
    const length = view.getUint32(at);
    if (at + 12 + length > bytes.length)
      throw fail("truncated", at, `a chunk of ${length} bytes, ${bytes.length - at - 12} are left`);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (!/^[A-Za-z]{4}$/.test(type)) throw fail("header", at + 4, "a chunk's name must be four letters");
    if (crc32(bytes.subarray(at + 4, at + 8 + length)) !== view.getUint32(at + 8 + length))
      throw fail("checksum", at, `the checksum of chunk ${type} does not match`);
    const content = bytes.subarray(at + 8, at + 8 + length);
    if ((type === "IHDR") !== (header === undefined))
      throw fail("header", at, header === undefined ? `the first chunk must be IHDR, got ${type}` : "a second IHDR");
    if (type === "IHDR") header = readHeader(content, at + 8, fail);
    else if (type === "PLTE") palette = readPalette(content, palette, at, fail);
    else if (type === "tRNS") transparency = content;
    else if (type === "eXIf") orientation = exifOrientation(content);
    else if (type === "IDAT") data.push(content);
    else if (type === "IEND") break;
    else if (/^[A-Z]/.test(type)) throw fail("unsupported", at, `chunk ${type} is needed to read it, and not known`);
    at += 12 + length;
  }
  if (header === undefined) throw fail("header", 8, "there is no IHDR"); // a loop of no turn
  if (header.colorType === 3 && palette === null) throw fail("header", 8, "colors by a palette, and no palette");
  const needed = header.colorType === 0 ? 2 : header.colorType === 2 ? 6 : null;
  if (transparency !== null && needed !== null && transparency.length !== needed)
    throw fail("header", 8, `a transparent color of ${needed} bytes was needed, got ${transparency.length}`);
  if (header.colorType !== 3) palette = null; // a mere suggestion
  if (header.colorType === 4 || header.colorType === 6) transparency = null;
  return { header, palette, transparency, orientation, packed: concatenated(data) };
}

function readHeader(content: Uint8Array, at: number, fail: Fail): Header {
  if (content.length !== 13) throw fail("header", at, `IHDR must have 13 bytes, got ${content.length}`);
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [depth, colorType, compression, filtering, interlace] = content.subarray(8);
  if (width === 0 || height === 0) throw fail("header", at, `a picture of ${width} x ${height} pixels`);
  if (width * height > mostPixels)
    throw fail("limit", at, `a picture of ${width} x ${height} pixels; at most ${mostPixels} pixels are read`);
  const known = colorTypes.get(colorType);
  if (known === undefined) throw fail("unsupported", at + 9, `color type ${colorType}`);
  if (!known.depths.includes(depth)) throw fail("header", at + 8, `${depth} bits a sample of color type ${colorType}`);
  if (compression !== 0 || filtering !== 0 || interlace > 1)
    throw fail(
      "unsupported",
      at + 10,
      `methods ${compression}, ${filtering}, ${interlace} of packing, filters, passes`,
    );
  return { width, height, depth, colorType, samples: known.samples, interlaced: interlace === 1 };
}

function readPalette(content: Uint8Array, present: Uint8Array | null, at: number, fail: Fail): Uint8Array {
  if (present !== null) throw fail("header", at, "a second palette");
  if (content.length === 0 || content.length % 3 !== 0 || content.length > 768)
    throw fail("header", at, `a palette must have 1 to 256 colors of 3 bytes, got ${content.length} bytes`);
  return content;
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0];
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Columns, rows and bytes a row of a pass; zeros where it has no pixel. */
function passSize({ width, height, samples, depth }: Header, { x, y, dx, dy }: Pass): [number, number, number] {
  const columns = Math.max(0, Math.ceil((width - x) / dx));
  const rows = Math.max(0, Math.ceil((height - y) / dy));
  if (columns === 0 || rows === 0) return [0, 0, 0];
  return [columns, rows, Math.ceil((columns * samples * depth) / 8)];
}

/** Each row has a byte for its filter. */
function passBytes(header: Header, pass: Pass): number {
  const [, rows, rowBytes] = passSize(header, pass);
  return rows * (1 + rowBytes);
}

function emptyPicture({ width, height, samples }: Header, palette: boolean, transparent: boolean): Picture {
  const channels = (palette ? 3 : samples) + (transparent ? 1 : 0);
  return { width, height, channels, data: new Uint8Array(width * height * channels) };
}

/** Sets a pixel from sample `samples * k` of a row on; returns the number of a color that the palette lacks. */
function setPixel(
  { data, channels }: Picture,
  pixel: number,
  row: Uint8Array,
  k: number,
  { samples, depth }: Header,
  palette: Uint8Array | null,
  transparency: Uint8Array | null,
): number | undefined {
  if (palette !== null) {
    const color = sampleOf(row, k, depth);
    if (3 * color >= palette.length) return color;
    data.set(palette.subarray(3 * color, 3 * color + 3), pixel);
    if (transparency !== null) data[pixel + 3] = transparency[color] ?? 255;
    return undefined;
  }
  let matches = transparency !== null;
  for (let c = 0; c < samples; c++) {
    const sample = sampleOf(row, k * samples + c, depth);
    if (transparency !== null) matches &&= sample === transparency[2 * c] * 256 + transparency[2 * c + 1];
    data[pixel + c] = depth === 8 ? sample : Math.round((sample * 255) / (2 ** depth - 1));
  }
  if (transparency !== null) data[pixel + channels - 1] = matches ? 0 : 255;
  return undefined;
}

function sampleOf(row: Uint8Array, at: number, depth: number): number {
  if (depth === 8) return row[at];
  if (depth === 16) return row[2 * at] * 256 + row[2 * at + 1];
  const bit = at * depth;
  return (row[bit >> 3] >> (8 - depth - (bit & 7))) & (2 ** depth - 1);
}
