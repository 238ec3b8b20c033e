import type { Picture } from "../picture.js";

/** Colors of pictures as a list of at most 256, and each pixel as a place in it. */
export interface Palette {
  /** [colors, 3]: red, green, blue. */
  colors: Uint8Array;
  /** By picture, [height, width]. */
  indices: Uint8Array[];
}

/** A place in the cube of colors, and what of the pictures lies there. */
interface Cell {
  /** Mean red, green, blue. */
  color: [number, number, number];
  /** Pixels. */
  count: number;
}

const mostColors = 256;
/** Bits of a channel that tell cells apart. */
const cellBits = 6;

/**
 * One palette for pictures of three channels. Up to 256 colors are kept as they are. Of more, the cube of colors is cut into 256
 * boxes (Heckbert 1982, "Color image quantization for frame buffer display"), each time the box with the largest sum of squared
 * deviations, across the channel that deviates most, at its mean (Wan, Wong and Prusinkiewicz 1988); a box becomes the mean of
 * its pixels, and a pixel takes the nearest of these.
 */
export function paletteOf(pictures: readonly Picture[]): Palette {
  return exactPalette(pictures) ?? cutPalette(pictures);
}

function exactPalette(pictures: readonly Picture[]): Palette | null {
  const found = new Set<number>();
  for (const { data } of pictures)
    for (let k = 0; k < data.length; k += 3) {
      found.add((data[k] << 16) | (data[k + 1] << 8) | data[k + 2]);
      if (found.size > mostColors) return null;
    }
  const sorted = [...found].sort((a, b) => a - b);
  const places = new Map(sorted.map((color, place) => [color, place]));
  return {
    colors: Uint8Array.from(sorted.flatMap((color) => [color >> 16, (color >> 8) & 255, color & 255])),
    indices: indicesOf(pictures, (r, g, b) => places.get((r << 16) | (g << 8) | b) ?? 0),
  };
}

function cutPalette(pictures: readonly Picture[]): Palette {
  const cells = cellsOf(pictures);
  const boxes: Cell[][] = [[...cells.values()]];
  while (boxes.length < mostColors) {
    const widths = boxes.map(spread);
    const largest = widths.reduce((best, { sum }, k) => (sum > widths[best].sum ? k : best), 0);
    const { sum, channel, mean } = widths[largest];
    if (sum === 0) break; // every box is one color
    const box = boxes[largest];
    const low = box.filter(({ color }) => color[channel] <= mean[channel]);
    const high = box.filter(({ color }) => color[channel] > mean[channel]);
    if (low.length === 0 || high.length === 0) break; // numbers too near to be told apart
    boxes[largest] = low;
    boxes.push(high);
  }
  const colors = Uint8Array.from(boxes.flatMap((box) => spread(box).mean.map(Math.round)));
  const places = new Map([...cells].map(([key, { color }]) => [key, nearest(colors, color)]));
  return { colors, indices: indicesOf(pictures, (r, g, b) => places.get(keyOf(r, g, b)) ?? 0) };
}

function keyOf(r: number, g: number, b: number): number {
  const low = 8 - cellBits;
  return ((r >> low) << (2 * cellBits)) | ((g >> low) << cellBits) | (b >> low);
}

/** What lies in each cell, in the order of the cells. */
function cellsOf(pictures: readonly Picture[]): Map<number, Cell> {
  const sums = new Float64Array(4 << (3 * cellBits));
  for (const { data } of pictures)
    for (let k = 0; k < data.length; k += 3) {
      const at = 4 * keyOf(data[k], data[k + 1], data[k + 2]);
      for (let c = 0; c < 3; c++) sums[at + c] += data[k + c];
      sums[at + 3]++;
    }
  const cells = new Map<number, Cell>();
  for (let at = 0; at < sums.length; at += 4) {
    const count = sums[at + 3];
    if (count === 0) continue;
    cells.set(at / 4, { color: [sums[at] / count, sums[at + 1] / count, sums[at + 2] / count], count });
  }
  return cells;
}

/** The mean color of a box, the channel that deviates most from it, and the sum of squared deviations in that. */
function spread(box: readonly Cell[]): { mean: number[]; channel: number; sum: number } {
  const pixels = box.reduce((sum, { count }) => sum + count, 0);
  const mean = [0, 1, 2].map((c) => box.reduce((sum, { color, count }) => sum + count * color[c], 0) / pixels);
  if (box.length === 1) return { mean, channel: 0, sum: 0 };
  const sums = mean.map((m, c) => box.reduce((sum, { color, count }) => sum + count * (color[c] - m) ** 2, 0));
  const channel = sums.indexOf(Math.max(...sums));
  return { mean, channel, sum: sums[channel] };
}

function nearest(colors: Uint8Array, [r, g, b]: readonly number[]): number {
  let [best, least] = [0, Number.POSITIVE_INFINITY];
  for (let k = 0; k < colors.length; k += 3) {
    const distance = (colors[k] - r) ** 2 + (colors[k + 1] - g) ** 2 + (colors[k + 2] - b) ** 2;
    if (distance < least) [best, least] = [k / 3, distance];
  }
  return best;
}

function indicesOf(pictures: readonly Picture[], placeOf: (r: number, g: number, b: number) => number): Uint8Array[] {
  return pictures.map(({ data }) =>
    Uint8Array.from({ length: data.length / 3 }, (_, k) => placeOf(data[3 * k], data[3 * k + 1], data[3 * k + 2])),
  );
}
