import { type Picture, requireOneSize } from "../formats/picture.js";
import { integerOption, knownOptions } from "../io/options.js";
import { toColor } from "./channels.js";
import { eachDot, glyphHeight, glyphStep, isDrawable } from "./digits.js";

export interface SheetOptions {
  /** Pictures in a row; all in one by default. */
  columns?: number;
  /** Numbers under the pictures, one each. */
  labels?: readonly string[];
  /** Numbers to the left of the rows and below the columns, one each: of a grid over two directions. */
  rowLabels?: readonly string[];
  columnLabels?: readonly string[];
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
 * under them, or beside the rows and below the columns: a strip of a walk, a grid over two directions, a contact sheet. Throws
 * RangeError where the pictures differ in size, and where the sheet would be too large.
 */
export function pictureSheet(pictures: readonly Picture[], options: SheetOptions = {}): Picture {
  knownOptions(where, options, ["columns", "labels", "rowLabels", "columnLabels", "scale", "gap"]);
  const first = requireOneSize(where, pictures);
  const layout = layoutOf(first, pictures.length, options);
  const { scale, gap, across, cellWidth, cellHeight, footer, margin, bottom, width, height } = layout;
  const { labels, rowLabels, columnLabels } = options;
  checkLabels("labels", labels, pictures.length);
  checkLabels("rowLabels", rowLabels, Math.ceil(pictures.length / across));
  checkLabels("columnLabels", columnLabels, across);
  if (width * height > mostSheetPixels) throw new RangeError(`${where}: ${tooLarge(layout)}`);
  const sheet: Picture = { width, height, channels: 3, data: new Uint8Array(width * height * 3).fill(255) };
  const leftOf = (column: number) => margin + gap + column * (cellWidth + gap);
  const topOf = (row: number) => gap + row * (cellHeight + footer + gap);
  const middle = (label: string, column: number) => leftOf(column) + Math.round((cellWidth - lengthOf(label)) / 2);
  pictures.forEach((picture, n) => {
    const [row, column] = [Math.floor(n / across), n % across];
    paste(sheet, toColor(picture), leftOf(column), topOf(row), scale);
    const label = labels?.[n];
    if (label !== undefined) write(sheet, label, middle(label, column), topOf(row) + cellHeight + 2 * dotSize);
  });
  rowLabels?.forEach((label, row) => {
    const top = topOf(row) + Math.round((cellHeight - dotSize * glyphHeight) / 2);
    write(sheet, label, dotSize + margin - 2 * dotSize - lengthOf(label), top);
  });
  columnLabels?.forEach((label, column) => {
    write(sheet, label, middle(label, column), bottom - gap + 2 * dotSize);
  });
  return sheet;
}

/** Pixels of a sheet at most: as many as programs open that show it. */
const mostSheetPixels = 1e8;

/** Why so many pictures of this size make no sheet, with the most that do in one row; null where they do. */
export function sheetProblem(
  frame: Pick<Picture, "width" | "height">,
  count: number,
  options: SheetOptions,
): { message: string; most: number } | null {
  const layout = layoutOf(frame, count, options);
  const { width, height, margin, gap, cellWidth } = layout;
  if (width * height <= mostSheetPixels) return null;
  const most = Math.floor((mostSheetPixels / height - margin - gap) / (cellWidth + gap));
  return { message: tooLarge(layout), most: Math.max(0, most) };
}

function tooLarge({ width, height }: { width: number; height: number }): string {
  const [across, down, most] = [width, height, mostSheetPixels].map((value) => value.toLocaleString("en-US"));
  return `a sheet of ${across} x ${down} pixels was to be drawn, at most ${most} pixels are`;
}

/** Where things are in a sheet, in pixels. */
function layoutOf(first: Pick<Picture, "width" | "height">, count: number, options: SheetOptions) {
  const side = Math.max(first.width, first.height);
  const usual = Math.min(64, Math.max(1, Math.ceil(usualSide / side)));
  const scale = integerOption(where, "scale", options.scale ?? usual, 1, 64);
  const columns = integerOption(where, "columns", options.columns ?? count, 1);
  const gap = integerOption(where, "gap", options.gap ?? 4, 0, 1024);
  const { labels, rowLabels, columnLabels } = options;
  const [cellWidth, cellHeight] = [first.width * scale, first.height * scale];
  const across = Math.min(columns, count);
  const rows = Math.ceil(count / across);
  const line = dotSize * (glyphHeight + 4);
  const footer = labels === undefined ? 0 : line;
  const widest = (rowLabels ?? []).reduce((most, label) => Math.max(most, lengthOf(label)), 0);
  const margin = rowLabels === undefined ? 0 : widest + 2 * dotSize;
  const width = margin + gap + across * (cellWidth + gap);
  const bottom = gap + rows * (cellHeight + footer + gap);
  const height = bottom + (columnLabels === undefined ? 0 : line);
  return { scale, gap, across, cellWidth, cellHeight, footer, margin, bottom, width, height };
}

/** Pixels that a label is wide. */
function lengthOf(label: string): number {
  return dotSize * (glyphStep * label.length - 1);
}

/** A label in dark gray with its upper left corner there; what is beyond the sheet is cut off. */
function write({ width, height, data }: Picture, label: string, left: number, top: number): void {
  eachDot(label, (x, y) => {
    for (let dy = 0; dy < dotSize; dy++)
      for (let dx = 0; dx < dotSize; dx++) {
        const [column, row] = [left + x * dotSize + dx, top + y * dotSize + dy];
        if (column < 0 || column >= width || row >= height) continue;
        const at = (row * width + column) * 3;
        data.fill(40, at, at + 3);
      }
  });
}

function checkLabels(name: string, labels: readonly string[] | undefined, count: number): void {
  if (labels === undefined) return;
  if (labels.length !== count) throw new RangeError(`${where}: ${count} ${name} were needed, got ${labels.length}`);
  const other = labels.find((label) => !isDrawable(label));
  if (other !== undefined) throw new RangeError(`${where}: labels are numbers, got ${JSON.stringify(other)}`);
}

function paste(sheet: Picture, picture: Picture, left: number, top: number, scale: number): void {
  for (let y = 0; y < picture.height * scale; y++)
    for (let x = 0; x < picture.width * scale; x++) {
      const from = (Math.floor(y / scale) * picture.width + Math.floor(x / scale)) * 3;
      const to = ((top + y) * sheet.width + left + x) * 3;
      for (let c = 0; c < 3; c++) sheet.data[to + c] = picture.data[from + c];
    }
}

/** Coefficients as they stand under a strip: with one digit, and no minus before a zero. */
export function coefficientLabels(coefficients: readonly number[]): string[] {
  return coefficients.map((coefficient) => {
    const text = coefficient.toFixed(1);
    return text === "-0.0" ? "0.0" : text;
  });
}
