import type { Picture } from "../picture.js";
import { lzw } from "./lzw.js";
import { paletteOf } from "./palette.js";

const mostSide = 65_535;

/**
 * Pictures of one size and three channels as the frames of an animated GIF (GIF89a), with one palette for all of them, so that
 * what stands still does not flicker. Up to 256 colors in all, such as gray ones, stay as they are. `delay` is in milliseconds,
 * of which GIF keeps hundredths of a second; `loop` is how often the frames are shown, 0 for ever.
 */
export function encodeGif(frames: readonly Picture[], { delay, loop }: { delay: number; loop: number }): Uint8Array {
  const [{ width, height }] = frames;
  if (width > mostSide || height > mostSide)
    throw new RangeError(`encodeGif: sides of at most ${mostSide} pixels were needed, got ${width} x ${height}`);
  const { colors, indices } = paletteOf(frames);
  const bits = Math.max(2, Math.ceil(Math.log2(colors.length / 3)));
  const table = new Uint8Array(3 << bits);
  table.set(colors);
  const parts: ArrayLike<number>[] = [
    ascii("GIF89a"),
    [...word(width), ...word(height), 0xf0 | (bits - 1), 0, 0], // a palette for all frames, 8 bits a channel
    table,
  ];
  if (loop !== 1) {
    // Netscape's extension says how often the frames are shown again
    parts.push([0x21, 0xff, 11], ascii("NETSCAPE2.0"), [3, 1, ...word(loop === 0 ? 0 : loop - 1), 0]);
  }
  const hundredths = Math.min(mostSide, Math.max(1, Math.round(delay / 10)));
  for (const frame of indices) {
    parts.push([0x21, 0xf9, 4, 0x04, ...word(hundredths), 0, 0]); // shown for so long, then left as it is
    parts.push([0x2c, ...word(0), ...word(0), ...word(width), ...word(height), 0]);
    parts.push([bits], ...blocksOf(lzw(frame, bits)), [0]);
  }
  parts.push([0x3b]);
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Little-endian. */
function word(value: number): [number, number] {
  return [value & 255, value >> 8];
}

function ascii(text: string): number[] {
  return Array.from(text, (character) => character.charCodeAt(0));
}

/** Pieces of at most 255 bytes, each behind its length. */
function blocksOf(bytes: Uint8Array): ArrayLike<number>[] {
  const blocks: ArrayLike<number>[] = [];
  for (let from = 0; from < bytes.length; from += 255) {
    const block = bytes.subarray(from, from + 255);
    blocks.push([block.length], block);
  }
  return blocks;
}
