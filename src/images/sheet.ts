import { checkPicture, type Picture } from "../formats/picture.js";
import { integerOption, knownOptions } from "../io/options.js";
import { toColor } from "./channels.js";
import { eachDot, glyphHeight, glyphStep, isDrawable } from "./digits.js";

export interface SheetOptions {
  /** Pictures in a row; all in one by default. */
  columns?: number;
  /** Numbers under the pictures, one each. */
  labels?: readonly string[];
  /** Pixels for one of a picture; by default as many as make its side 96 or more. */
  scale?: number;
  /** White pixels between pictures; 4 by default. */
  gap?: number;
}

const where = "pictureSheet";
const usualSide = 96;
/** Pixels for a dot of a label. */
const dotSize = 2;

/**
 * Pictures of one size as one picture, row by row, each repeated pixel by pixel to `scale` times its size, with numbers
 * under them: a strip of a walk, a contact sheet. Throws RangeError where the pictures differ in size.
 */
export function pictureSheet(pictures: readonly Picture[], options: SheetOptions = {}): Picture {
  knownOptions(where, options, ["columns", "labels", "scale", "gap"]);
  const [first] = pictures;
  if (first === undefined) throw new RangeError(`${where}: a picture or more was needed, got none`);
  for (const picture of pictures) {
    checkPicture(where, picture);
    if (picture.width !== first.width || picture.height !== first.height) {
      const sizes = `${first.width} x ${first.height} and ${picture.width} x ${picture.height}`;
      throw new RangeError(`${where}: pictures of one size were needed, got ${sizes}`);
    }
  }
  const side = Math.max(first.width, first.height);
  const scale = integerOption(
    where,
    "scale",
    options.scale ?? Math.min(64, Math.max(1, Math.ceil(usualSide / side))),
    1,
    64,
  );
  const columns = integerOption(where, "columns", options.columns ?? pictures.length, 1);
  const gap = integerOption(where, "gap", options.gap ?? 4, 0, 1024);
  const { labels } = options;
  checkLabels(labels, pictures.length);
  const [cellWidth, cellHeight] = [first.width * scale, first.height * scale];
  const footer = labels === undefined ? 0 : dotSize * (glyphHeight + 4);
  const across = Math.min(columns, pictures.length);
  const rows = Math.ceil(pictures.length / across);
  const width = gap + across * (cellWidth + gap);
  const height = gap + rows * (cellHeight + footer + gap);
  const data = new Uint8Array(width * height * 3).fill(255);
  pictures.forEach((picture, n) => {
    const left = gap + (n % across) * (cellWidth + gap);
    const top = gap + Math.floor(n / across) * (cellHeight + footer + gap);
    paste(data, width, toColor(picture), left, top, scale);
    const label = labels?.[n];
    if (label === undefined) return;
    const start = left + Math.round((cellWidth - dotSize * (glyphStep * label.length - 1)) / 2);
    eachDot(label, (x, y) => {
      for (let dy = 0; dy < dotSize; dy++)
        for (let dx = 0; dx < dotSize; dx++) {
          const column = start + x * dotSize + dx;
          if (column < 0 || column >= width) continue;
          const at = ((top + cellHeight + 2 * dotSize + y * dotSize + dy) * width + column) * 3;
          data.fill(40, at, at + 3);
        }
    });
  });
  return { width, height, channels: 3, data };
}

function checkLabels(labels: readonly string[] | undefined, count: number): void {
  if (labels === undefined) return;
  if (labels.length !== count) throw new RangeError(`${where}: ${count} labels were needed, got ${labels.length}`);
  const other = labels.find((label) => !isDrawable(label));
  if (other !== undefined) throw new RangeError(`${where}: labels are numbers, got ${JSON.stringify(other)}`);
}

function paste(into: Uint8Array, width: number, picture: Picture, left: number, top: number, scale: number): void {
  for (let y = 0; y < picture.height * scale; y++)
    for (let x = 0; x < picture.width * scale; x++) {
      const from = (Math.floor(y / scale) * picture.width + Math.floor(x / scale)) * 3;
      const to = ((top + y) * width + left + x) * 3;
      for (let c = 0; c < 3; c++) into[to + c] = picture.data[from + c];
    }
}

/** Coefficients as they stand under a strip: with one digit, and no minus before a zero. */
export function coefficientLabels(coefficients: readonly number[]): string[] {
  return coefficients.map((coefficient) => {
    const text = coefficient.toFixed(1);
    return text === "-0.0" ? "0.0" : text;
  });
}
