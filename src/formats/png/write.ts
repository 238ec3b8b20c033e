import { deflate } from "#platform";
import { checkPicture, type Picture } from "../picture.js";
import { crc32 } from "./crc.js";
import { filter, filterCount } from "./filters.js";
import { pngSignature } from "./read.js";

/** Color type by number of channels. */
const colorTypes = [0, 4, 2, 6];

/**
 * A picture as PNG of 8 bits a sample, not interlaced. Each row takes the filter that leaves the least sum of distances from
 * 0 (ISO/IEC 15948, section 12.8). Throws RangeError where the picture is none.
 */
export async function encodePng(picture: Picture): Promise<Uint8Array> {
  checkPicture("encodePng", picture);
  const { width, height, channels, data } = picture;
  const rowBytes = width * channels;
  const filtered = new Uint8Array(height * (1 + rowBytes));
  const attempt = new Uint8Array(rowBytes);
  let above: Uint8Array = new Uint8Array(rowBytes);
  for (let y = 0; y < height; y++) {
    const row = data.subarray(y * rowBytes, (y + 1) * rowBytes);
    const into = filtered.subarray(y * (1 + rowBytes), (y + 1) * (1 + rowBytes));
    let least = Number.POSITIVE_INFINITY;
    for (let type = 0; type < filterCount; type++) {
      const sum = filter(type, row, above, channels, attempt);
      if (sum >= least) continue;
      least = sum;
      into[0] = type;
      into.set(attempt, 1);
    }
    above = row;
  }
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, colorTypes[channels - 1]], 8);
  const chunks = [chunk("IHDR", header), chunk("IDAT", await deflate(filtered)), chunk("IEND", new Uint8Array())];
  const whole = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, pngSignature.length));
  whole.set(pngSignature);
  let at = pngSignature.length;
  for (const part of chunks) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function chunk(type: string, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + content.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, content.length);
  for (let k = 0; k < 4; k++) bytes[4 + k] = type.charCodeAt(k);
  bytes.set(content, 8);
  view.setUint32(8 + content.length, crc32(bytes.subarray(4, 8 + content.length)));
  return bytes;
}
