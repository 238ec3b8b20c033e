import type { Picture } from "../formats/picture.js";
import { wordOption } from "../io/options.js";

/** How a picture fills a frame of another shape. */
export type Fit = (typeof fits)[number];
export const fits = ["cover", "contain", "stretch"] as const;

/** A part of a picture, in pixels, which need not be whole. */
interface Rectangle {
  left: number;
  top: number;
  width: number;
  height: number;
}

/**
 * A picture of another size. Each pixel is the mean of what it covers of the original, by area, rounded; a larger picture
 * repeats pixels with edges in between (a box of the size of a pixel, as in area averaging). No engine does it otherwise, so
 * that the same pictures give the same bytes everywhere.
 *
 * - "cover": the middle of the picture that has the frame's shape; what is beyond is cut off
 * - "contain": all of the picture in the frame's middle; the rest has the color `background` in every channel, 0 to 255
 * - "stretch": all of it, wider or higher than it was
 */
export function resize(picture: Picture, width: number, height: number, fit: Fit = "cover", background = 255): Picture {
  wordOption("resize", "fit", fit, fits);
  if (picture.width === width && picture.height === height) return picture;
  const all = { left: 0, top: 0, width: picture.width, height: picture.height };
  if (fit === "stretch") return average(picture, all, width, height);
  const scale = fit === "cover" ? Math.max : Math.min;
  const factor = scale(width / picture.width, height / picture.height);
  if (fit === "cover") {
    const part = { width: width / factor, height: height / factor };
    const left = (picture.width - part.width) / 2;
    return average(picture, { left, top: (picture.height - part.height) / 2, ...part }, width, height);
  }
  const innerWidth = Math.min(width, Math.max(1, Math.round(picture.width * factor)));
  const innerHeight = Math.min(height, Math.max(1, Math.round(picture.height * factor)));
  const inner = average(picture, all, innerWidth, innerHeight);
  const { channels } = picture;
  const data = new Uint8Array(width * height * channels).fill(background);
  const [left, top] = [(width - innerWidth) >> 1, (height - innerHeight) >> 1];
  for (let y = 0; y < innerHeight; y++) {
    const row = inner.data.subarray(y * innerWidth * channels, (y + 1) * innerWidth * channels);
    data.set(row, ((top + y) * width + left) * channels);
  }
  return { width, height, channels, data };
}

/** The means of a part's width x height equal cells: first along rows, then along columns. */
function average(picture: Picture, part: Rectangle, width: number, height: number): Picture {
  const { channels } = picture;
  const across = cells(part.left, part.width / width, width, picture.width);
  const down = cells(part.top, part.height / height, height, picture.height);
  const narrow = new Float64Array(picture.height * width * channels);
  for (let y = 0; y < picture.height; y++)
    for (let x = 0; x < width; x++) {
      const to = (y * width + x) * channels;
      const { first, weights } = across[x];
      for (let k = 0; k < weights.length; k++) {
        const from = (y * picture.width + first + k) * channels;
        for (let c = 0; c < channels; c++) narrow[to + c] += weights[k] * picture.data[from + c];
      }
    }
  const data = new Uint8Array(width * height * channels);
  const sum = new Float64Array(width * channels);
  for (let y = 0; y < height; y++) {
    const { first, weights } = down[y];
    sum.fill(0);
    for (let k = 0; k < weights.length; k++) {
      const from = (first + k) * sum.length;
      for (let i = 0; i < sum.length; i++) sum[i] += weights[k] * narrow[from + i];
    }
    for (let i = 0; i < sum.length; i++) data[y * sum.length + i] = Math.round(sum[i]);
  }
  return { width, height, channels, data };
}

/** Which pixels each cell covers, and how much of it each of them takes; the weights of a cell add up to 1. */
function cells(start: number, step: number, count: number, length: number): { first: number; weights: number[] }[] {
  return Array.from({ length: count }, (_, k) => {
    const from = Math.max(0, start + k * step);
    const to = Math.min(length, start + (k + 1) * step);
    const first = Math.min(length - 1, Math.floor(from));
    const last = Math.max(first, Math.min(length - 1, Math.ceil(to) - 1));
    const parts = Array.from({ length: last - first + 1 }, (_, i) => {
      return Math.max(0, Math.min(to, first + i + 1) - Math.max(from, first + i));
    });
    const total = parts.reduce((sum, part) => sum + part, 0);
    return { first, weights: parts.map((part) => (total > 0 ? part / total : 1 / parts.length)) };
  });
}
