import type { Picture } from "../formats/picture.js";
import type { Column } from "../formats/table.js";
import { integerOption, numberOption, wordOption } from "../io/options.js";
import { isGray, toColor, toGray } from "./channels.js";
import { type Fit, fits, resize } from "./resize.js";

/** Pictures of one size, with their names. */
export interface PictureSet {
  width: number;
  height: number;
  /** 1 gray, 3 red, green, blue. */
  channels: 1 | 3;
  /** How pictures of other sizes were brought to this one, and new ones are. */
  fit: Fit;
  /** What shows through, and margins, 0 black to 255 white. */
  background: number;
  names: string[];
  /** [N, height, width, channels], 8 bits. */
  data: Uint8Array;
  /** Labels and attributes, one value a picture; null where one has none. */
  columns: Map<string, Column>;
  /** What was done to the pictures and which were left out, in words, for people. */
  notes: string[];
}

export interface PictureSetOptions {
  /** Pixels a side, or [width, height]. By default that of the pictures where all have one of at most 128 a side, else 64. */
  size?: number | readonly [width: number, height: number];
  /** How pictures of another shape fill the frame: "cover" (default) cuts, "contain" adds a margin, "stretch" distorts. */
  fit?: Fit;
  /** 1 gray or 3 colors; by default gray where every picture is. */
  channels?: 1 | 3;
  /** What shows through, and margins, 0 black to 255 white; 255 by default. */
  background?: number;
}

export const pictureSetOptions = ["size", "fit", "channels", "background"];
const largestOwnSize = 128;
const usualSize = 64;

/** Throws RangeError where an option is out of range. */
export function checkPictureSetOptions(where: string, options: PictureSetOptions): void {
  const { size, fit, channels, background } = options;
  if (size !== undefined) for (const side of sidesOf(size)) integerOption(where, "size", side, 1, 4096);
  if (fit !== undefined) wordOption(where, "fit", fit, fits);
  if (channels !== undefined && channels !== 1 && channels !== 3)
    throw new RangeError(`${where}: channels must be 1 or 3, got ${channels}`);
  if (background !== undefined) numberOption(where, "background", background, { least: 0, most: 255 });
}

function sidesOf(size: number | readonly [number, number]): readonly [number, number] {
  return typeof size === "number" ? [size, size] : size;
}

/**
 * Collects pictures into a set: each is brought to the frame, and the whole to one channel where all are gray. Without a `size`
 * pictures are kept as they are until one differs or is too large.
 */
export class PictureCollector {
  readonly #options: PictureSetOptions;
  #frame: readonly [number, number] | undefined;
  #waiting: Picture[] = [];
  readonly #pictures: Uint8Array[] = [];
  #gray = true;
  /** Sizes other than the frame's, with the number of pictures that had them. */
  readonly #otherSizes = new Map<string, { width: number; height: number; count: number }>();

  constructor(options: PictureSetOptions) {
    this.#options = options;
    this.#frame = options.size === undefined ? undefined : sidesOf(options.size);
  }

  add(picture: Picture): void {
    if (this.#frame !== undefined) {
      this.#take(picture, this.#frame);
      return;
    }
    const [first = picture] = this.#waiting;
    const alike = first.width === picture.width && first.height === picture.height;
    this.#waiting.push(picture);
    if (!alike || Math.max(picture.width, picture.height) > largestOwnSize) this.#settle([usualSize, usualSize]);
  }

  #settle(frame: readonly [number, number]): void {
    this.#frame = frame;
    for (const picture of this.#waiting) this.#take(picture, frame);
    this.#waiting = [];
  }

  #take(picture: Picture, frame: readonly [number, number]): void {
    if (picture.width !== frame[0] || picture.height !== frame[1]) this.#noteSize(picture);
    const channels = this.#options.channels ?? (picture.channels === 1 ? 1 : 3);
    const [width, height] = frame;
    const fitted = fitPicture(picture, { width, height, channels, ...framing(this.#options) });
    const gray = isGray(fitted);
    this.#gray &&= gray;
    // small while it may be: a gray picture among colored ones gets its three channels at the end
    this.#pictures.push((gray ? toGray(fitted) : fitted).data);
  }

  #noteSize({ width, height }: Picture): void {
    const key = `${width} x ${height}`;
    const { count } = this.#otherSizes.get(key) ?? { count: 0 };
    this.#otherSizes.set(key, { width, height, count: count + 1 });
  }

  /** What became of pictures of other sizes, in words. */
  #resizedNote(frame: string): string[] {
    const sizes = [...this.#otherSizes.values()].sort((a, b) => a.width * a.height - b.width * b.height);
    if (sizes.length === 0) return [];
    const resized = sizes.reduce((sum, { count }) => sum + count, 0);
    const [from, to] = [sizes[0], sizes[sizes.length - 1]].map(({ width, height }) => `${width} x ${height}`);
    const these = `${resized} ${resized === 1 ? "picture" : "pictures"} of ${from === to ? from : `${from} to ${to}`}`;
    return [`${these} ${resized === 1 ? "was" : "were"} resized to ${frame} (${this.#options.fit ?? "cover"})`];
  }

  finish(names: string[], columns: Map<string, Column>, notes: string[]): PictureSet {
    const [first] = this.#waiting;
    if (first !== undefined) this.#settle([first.width, first.height]);
    const [width, height] = this.#frame ?? [usualSize, usualSize];
    const channels = this.#options.channels ?? (this.#gray ? 1 : 3);
    const pixels = width * height;
    const data = new Uint8Array(this.#pictures.length * pixels * channels);
    this.#pictures.forEach((picture, n) => {
      const into = data.subarray(n * pixels * channels, (n + 1) * pixels * channels);
      if (picture.length === into.length) into.set(picture);
      else for (let k = 0; k < into.length; k++) into[k] = picture[Math.floor(k / 3)];
    });
    const said = [...notes, ...this.#resizedNote(`${width} x ${height}`)];
    return { width, height, channels, ...framing(this.#options), names, data, columns, notes: said };
  }
}

/** What a set's options say of pictures of other sizes. */
export function framing({
  fit = "cover",
  background = 255,
}: PictureSetOptions): Pick<PictureSet, "fit" | "background"> {
  return { fit, background };
}

/** The frame of a set: its size, its channels, and how a picture is brought to them. */
export type Frame = Pick<PictureSet, "width" | "height" | "channels" | "fit" | "background">;

/** A picture as a set of this frame holds it: flat, gray or in color, of its size. */
export function fitPicture(picture: Picture, { width, height, channels, fit, background }: Frame): Picture {
  const flat = channels === 1 ? toGray(picture, background) : toColor(picture, background);
  return resize(flat, width, height, fit, background);
}

/** Picture n of a set. */
export function pictureAt({ width, height, channels, data }: PictureSet, n: number): Picture {
  const length = width * height * channels;
  return { width, height, channels, data: data.subarray(n * length, (n + 1) * length) };
}
