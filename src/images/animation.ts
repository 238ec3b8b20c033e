import { importSharp } from "#platform";
import { encodeGif } from "../formats/gif/write.js";
import { type Picture, requireOneSize } from "../formats/picture.js";
import { ResourceError } from "../io/errors.js";
import { integerOption, knownOptions, numberOption, wordOption } from "../io/options.js";
import { toColor } from "./channels.js";

export interface AnimationOptions {
  /** "gif" (default), which needs nothing and has 256 colors, or "webp", which needs sharp (Node) and keeps them all. */
  format?: AnimationFormat;
  /** Milliseconds a picture; 100 by default. GIF keeps hundredths of a second, and browsers show none faster than two. */
  delay?: number;
  /** How often the pictures are shown; 0, the default, for ever. */
  loop?: number;
  /** Whether they also run back, so that the end joins the beginning; false by default. */
  thereAndBack?: boolean;
}

export const animationFormats = ["gif", "webp"] as const;
export type AnimationFormat = (typeof animationFormats)[number];

const where = "encodeAnimation";

/**
 * Pictures of one size, one after the other, as the bytes of an animated GIF or WebP: a walk, the path of an optimization. What is
 * transparent shows white. Throws RangeError where sizes differ, ResourceError where WebP is asked for and sharp is not there.
 */
export async function encodeAnimation(
  pictures: readonly Picture[],
  options: AnimationOptions = {},
): Promise<Uint8Array> {
  knownOptions(where, options, ["format", "delay", "loop", "thereAndBack"]);
  const format = wordOption(where, "format", options.format ?? "gif", animationFormats);
  const delay = numberOption(where, "delay", options.delay ?? 100, { least: 10, most: 65_535 });
  const loop = integerOption(where, "loop", options.loop ?? 0, 0, 65_535);
  requireOneSize(where, pictures);
  const there = pictures.map((picture) => toColor(picture));
  // neither end is shown twice in a row
  const frames = options.thereAndBack ? [...there, ...there.slice(1, -1).reverse()] : there;
  return format === "gif" ? encodeGif(frames, { delay, loop }) : encodeWebp(frames, { delay, loop });
}

/** The part of sharp's interface that is used. */
type Sharp = (
  data: Uint8Array,
  options: { raw: { width: number; height: number; channels: 3; pageHeight: number }; limitInputPixels: false },
) => {
  webp(options: { delay: number[]; loop: number; quality: number; smartSubsample: boolean }): {
    toBuffer(options: { resolveWithObject: true }): Promise<{ data: Uint8Array; info: { pages?: number } }>;
  };
};

async function encodeWebp(frames: readonly Picture[], { delay, loop }: { delay: number; loop: number }) {
  const [{ width, height }] = frames;
  const stacked = new Uint8Array(frames.length * width * height * 3);
  for (const [k, { data }] of frames.entries()) stacked.set(data, k * data.length);
  const raw = { width, height: height * frames.length, channels: 3, pageHeight: height } as const;
  const sharp = await loadSharp();
  const image = sharp(stacked, { raw, limitInputPixels: false });
  const settings = { delay: frames.map(() => Math.round(delay)), loop, quality: 90, smartSubsample: true };
  const { data, info } = await image.webp(settings).toBuffer({ resolveWithObject: true });
  if (frames.length > 1 && info.pages !== frames.length)
    throw new ResourceError(`${where}: animated WebP needs sharp 0.34 or later; run: npm install sharp@latest`);
  return data;
}

async function loadSharp(): Promise<Sharp> {
  if (importSharp === null) throw new ResourceError(`${where}: WebP is written in Node only; GIF needs nothing`);
  try {
    return (await importSharp.load()) as Sharp;
  } catch (cause) {
    throw new ResourceError(`${where}: WebP needs sharp; run: npm install sharp; or write GIF, which needs nothing`, {
      cause,
    });
  }
}
