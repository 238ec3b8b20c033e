import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readOnnx } from "../../dist/formats/onnx/read.js";
import {
  type Picture,
  type PicturePcaOptions,
  type PictureSet,
  pictureAt,
  picturePca,
} from "../../dist/images/index.js";
import { splitPictures } from "../../dist/images/pixels.js";
import { loadSpace } from "../../dist/index.js";
import type { NdArray } from "../../dist/networks/array.js";
import { importOnnx } from "../../dist/networks/onnx-in.js";
import { Rng } from "../../dist/numerics/random.js";
import { symmetricEigen } from "../../dist/numerics/symmetric-eigen.js";
import type { Space } from "../../dist/space/space.js";
import { temporaryFolder } from "../temporary-folder.js";

/** Pictures of noise whose pixels differ in how much they vary. */
function noise(count: number, width: number, height: number, channels: 1 | 3, seed = 5): PictureSet {
  const rng = new Rng(seed);
  const length = width * height * channels;
  const data = Uint8Array.from({ length: count * length }, (_, at) => {
    const deviation = 60 / (1 + (at % length));
    return Math.min(255, Math.max(0, Math.round(128 + deviation * rng.normal())));
  });
  const names = Array.from({ length: count }, (_, n) => `p${n}`);
  return { width, height, channels, fit: "cover", background: 255, names, data, columns: new Map(), notes: [] };
}

/** [N, C, H, W] in 0 .. 1, by the definition of the layout. */
function pixels({ width, height, channels, data }: PictureSet, items: ArrayLike<number>): Float64Array[] {
  return Array.from(items, (n) => {
    const picture = new Float64Array(width * height * channels);
    for (let c = 0; c < channels; c++)
      for (let k = 0; k < width * height; k++)
        picture[c * width * height + k] = data[(n * width * height + k) * channels + c] / 255;
    return picture;
  });
}

/** Mean and covariance, by N, of rows. */
function moments(rows: readonly Float64Array[]) {
  const D = rows[0].length;
  const mean = new Float64Array(D);
  for (const row of rows) for (let d = 0; d < D; d++) mean[d] += row[d] / rows.length;
  const covariance = new Float64Array(D * D);
  for (const row of rows)
    for (let a = 0; a < D; a++)
      for (let b = 0; b < D; b++) covariance[a * D + b] += ((row[a] - mean[a]) * (row[b] - mean[b])) / rows.length;
  return { mean, covariance };
}

/** Rows of the decoder's matrix, [K, D]. */
async function axesOf(space: Space): Promise<number[][]> {
  const { parameters } = importOnnx(await readOnnx((await space.model("decoder")) as Uint8Array));
  const K = space.dimensions;
  const matrix = Object.values(parameters).find(({ shape }) => shape.length === 2 && shape[0] === K);
  const data = Array.from((matrix as NdArray).data as Float32Array);
  return Array.from({ length: K }, (_, k) => data.slice((k * data.length) / K, ((k + 1) * data.length) / K));
}

describe("picturePca", () => {
  test.each([1, 3] as const)(
    "of %i channels loses the eigenvalues that are left out, and keeps the others",
    async (channels) => {
      const set = noise(200, 4, 2, channels);
      const D = 8 * channels;
      const { trainingItems, heldOutItems } = splitPictures(set, 0.2, 1);
      const { mean, covariance } = moments(pixels(set, trainingItems));
      const { values, vectors } = symmetricEigen(covariance, D); // ascending
      const space = await picturePca(set, { dimensions: 3, heldOut: 0.2 }); // of float32 pixels, hence six digits
      const left = values.slice(0, D - 3).reduce((sum, value) => sum + value, 0);
      const total = values.reduce((sum, value) => sum + value, 0);
      const N = trainingItems.length;
      expect(space.metrics.trainingError).toBeCloseTo(left, 6);
      for (let k = 0; k < 3; k++) {
        const { explainedVariance, explainedVarianceRatio } = space.metrics as Record<string, number[]>;
        expect(explainedVariance[k]).toBeCloseTo((values[D - 1 - k] * N) / (N - 1), 6);
        expect(explainedVarianceRatio[k]).toBeCloseTo(values[D - 1 - k] / total, 6);
      }
      // of pictures held out: what is outside the plane, pixel by pixel
      const plane = [0, 1, 2].map((k) => vectors.slice((D - 1 - k) * D, (D - k) * D));
      let squares = 0;
      for (const x of pixels(set, heldOutItems)) {
        const rest = x.map((value, d) => value - mean[d]);
        for (const axis of plane) {
          const along = axis.reduce((sum, value, d) => sum + value * rest[d], 0);
          for (let d = 0; d < D; d++) rest[d] -= along * axis[d];
        }
        squares += rest.reduce((sum, value) => sum + value * value, 0);
      }
      expect(space.metrics.heldOut).toBe(40);
      expect(space.metrics.heldOutError).toBeCloseTo(squares / 40, 6);
      expect(space.metrics.heldOutErrorPerPixel).toBeCloseTo(squares / 40 / D, 6);
    },
  );

  test("P7: codes are projections on orthonormal axes in descending order of variance, mean 0, each as the sign rule turns it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 3, max: 30 }), fc.integer({ min: 1, max: 6 }), async (count, width) => {
        const set = noise(count, width, 1, 1, count);
        const space = await picturePca(set, { dimensions: Math.min(2, width, count), heldOut: 0 });
        const K = space.dimensions;
        const axes = await axesOf(space);
        for (const [j, a] of axes.entries())
          for (const [k, b] of axes.entries())
            expect(a.reduce((sum, value, d) => sum + value * b[d], 0)).toBeCloseTo(j === k ? 1 : 0, 6);
        for (const axis of axes) expect(Math.max(...axis)).toBeGreaterThanOrEqual(-Math.min(...axis) - 1e-6);
        const { mean } = moments(pixels(set, Array.from(set.names.keys())));
        const vectors = await space.vectors();
        const codes = Array.from({ length: count }, (_, n) => vectors.get(n));
        const variances = Array.from({ length: K }, (_, k) => {
          const sum = codes.reduce((total, code) => total + code[k], 0);
          expect(sum / count).toBeCloseTo(0, 5);
          return codes.reduce((total, code) => total + code[k] ** 2, 0) / (count - 1);
        });
        expect(variances).toEqual([...variances].sort((a, b) => b - a));
        const { explainedVariance } = space.metrics as Record<string, number[]>;
        variances.forEach((variance, k) => {
          expect(variance).toBeCloseTo(explainedVariance[k], 5);
        });
        const [middle] = (await space.decode([new Float32Array(K)])) as Picture[];
        for (const [d, byte] of middle.data.entries()) expect(Math.abs(byte - 255 * mean[d])).toBeLessThan(0.501);
      }),
      { numRuns: 20 },
    );
  });

  test("with all components nothing is lost: saved and loaded it embeds pictures where they were and gives them back", async () => {
    const set = noise(40, 3, 2, 3);
    const space = await picturePca(set, { dimensions: 18 });
    expect(space).toMatchObject({ kind: "images", method: "pca", geometry: "euclidean", threads: null });
    const folder = join(temporaryFolder(), "pca.space");
    await space.save(folder);
    const loaded = await loadSpace(folder);
    const picture = pictureAt(set, 7);
    const [code] = await loaded.embed([picture]);
    const known = await space.vector("p7");
    for (const [d, value] of code.entries()) expect(value).toBeCloseTo(known[d], 5);
    const [back] = (await loaded.decode([code])) as Picture[];
    expect(Array.from(back.data)).toEqual(Array.from(picture.data));
    await loaded.close();
  });

  test("the same bytes with 1, 2 and 4 threads, and where there are fewer pictures than pixels", async () => {
    const set = noise(12, 5, 3, 1);
    const models = [];
    for (const threads of [1, 2, 4])
      models.push(await (await picturePca(set, { dimensions: 4, threads })).model("decoder"));
    expect(models[1]).toEqual(models[0]);
    expect(models[2]).toEqual(models[0]);
  });

  test("equal pictures and pixels that never change give no NaN", async () => {
    const set = noise(10, 2, 2, 1);
    set.data.fill(77);
    const space = await picturePca(set, { dimensions: 2 });
    expect(space.metrics).toMatchObject({ trainingError: 0, heldOutError: 0, explainedVariance: [0, 0] });
    expect(Array.from(await space.vector("p3"))).toEqual([0, 0].map((value) => expect.closeTo(value, 6)));
  });

  test.each([
    [1, {}, /picturePca: two pictures or more are needed to train on, got 1 of 1/],
    [2, { heldOut: 0.5 }, /two pictures or more are needed to train on, got 1 of 2/],
    [5, { dimensions: 5 }, /dimensions must be at most 4, got 5; 4 pictures to train on, of 8 numbers/],
    [5, { dimensions: 0 }, /dimensions must be an integer >= 1/],
    [5, { heldOut: 0.6 }, /heldOut must be/],
    [5, { epochs: 3 } as PicturePcaOptions, /epochs/],
  ])("of %i pictures refuses %o", async (count, options, message) => {
    await expect(picturePca(noise(count, 4, 2, 1), options)).rejects.toThrow(message);
  });
});
