import { deflateSync } from "node:zlib";
import type { Picture } from "../../dist/formats/picture.js";
import { crc32 } from "../../dist/formats/png/crc.js";
import { pngSignature } from "../../dist/formats/png/read.js";

/** A PNG of these chunks, with right checksums, whatever they hold. */
export function pngOf(chunks: readonly (readonly [type: string, content: Uint8Array])[]): Uint8Array {
  const parts = [Buffer.from(pngSignature)];
  for (const [type, content] of chunks) {
    const bytes = Buffer.alloc(12 + content.length);
    bytes.writeUInt32BE(content.length, 0);
    bytes.write(type, 4, "latin1");
    bytes.set(content, 8);
    bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + content.length)), 8 + content.length);
    parts.push(bytes);
  }
  return new Uint8Array(Buffer.concat(parts));
}

export function header(width: number, height: number, depth: number, colorType: number, interlace = 0): Uint8Array {
  const bytes = Buffer.alloc(13);
  bytes.writeUInt32BE(width, 0);
  bytes.writeUInt32BE(height, 4);
  bytes.set([depth, colorType, 0, 0, interlace], 8);
  return new Uint8Array(bytes);
}

export function packed(...rows: readonly (readonly number[])[]): Uint8Array {
  return new Uint8Array(deflateSync(Uint8Array.from(rows.flat())));
}

export const end: readonly [string, Uint8Array] = ["IEND", new Uint8Array()];

/** The same file with the checksums that its chunks need, so that mutations are not stopped by them. */
export function withChecksums(file: Uint8Array): Uint8Array {
  const bytes = file.slice();
  const view = new DataView(bytes.buffer);
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    if (at + 12 + length > bytes.length) break;
    view.setUint32(at + 8 + length, crc32(bytes.subarray(at + 4, at + 8 + length)));
    at += 12 + length;
  }
  return bytes;
}

/** The pixels as red, green, blue and alpha. */
export function rgbaOf({ width, height, channels, data }: Picture): Uint8Array {
  const rgba = new Uint8Array(width * height * 4);
  for (let k = 0; k < width * height; k++) {
    const pixel = data.subarray(k * channels, (k + 1) * channels);
    const colors = channels < 3 ? [pixel[0], pixel[0], pixel[0]] : [...pixel.subarray(0, 3)];
    rgba.set([...colors, channels % 2 === 0 ? pixel[channels - 1] : 255], 4 * k);
  }
  return rgba;
}
