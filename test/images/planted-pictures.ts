import type { PictureSet } from "../../dist/images/index.js";
import { Rng } from "../../dist/numerics/random.js";

/** Gray pictures that a plane nearly holds: 128 + sums of patterns, three by default, and noise. */
export function planted(count: number, width = 8, height = 8, sizes: readonly number[] = [30, 20, 12]): PictureSet {
  const rng = new Rng(5);
  const pixels = width * height;
  const patterns = sizes.map((size) => Float64Array.from({ length: pixels }, () => size * rng.normal()));
  const data = new Uint8Array(count * pixels);
  for (let n = 0; n < count; n++) {
    const code = patterns.map(() => 0.6 * rng.normal());
    for (let k = 0; k < pixels; k++) {
      const value = 128 + patterns.reduce((sum, pattern, d) => sum + code[d] * pattern[k], 0) + 8 * rng.normal();
      data[n * pixels + k] = Math.min(255, Math.max(0, Math.round(value)));
    }
  }
  return pictureSet(data, count, width, height);
}

/** A set of gray pictures p0, p1, ... with a column `number`. */
export function pictureSet(data: Uint8Array, count: number, width: number, height: number): PictureSet {
  const names = Array.from({ length: count }, (_, n) => `p${n}`);
  return {
    ...{ width, height, channels: 1, fit: "cover", background: 255, names, data, notes: [] },
    columns: new Map([["number", names.map((_, n) => n)]]),
  };
}

/** Covariance [P, P] of the pixels of pictures, in 0 .. 1. */
export function covarianceOf(data: Uint8Array, pixels: number): Float64Array {
  const x = Float64Array.from(data, (byte) => byte / 255);
  const count = data.length / pixels;
  const mean = new Float64Array(pixels);
  for (let i = 0; i < x.length; i++) mean[i % pixels] += x[i] / count;
  const covariance = new Float64Array(pixels * pixels);
  for (let n = 0; n < count; n++)
    for (let a = 0; a < pixels; a++)
      for (let b = 0; b < pixels; b++)
        covariance[a * pixels + b] += ((x[n * pixels + a] - mean[a]) * (x[n * pixels + b] - mean[b])) / count;
  return covariance;
}
