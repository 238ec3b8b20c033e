import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { autoencoder, type Picture, type PictureSet, pictureAt } from "../../dist/images/index.js";
import { splitPictures } from "../../dist/images/pixels.js";
import { loadSpace } from "../../dist/index.js";
import { symmetricEigen } from "../../dist/numerics/symmetric-eigen.js";
import type { Space } from "../../dist/space/space.js";
import { temporaryFolder } from "../temporary-folder.js";
import { covarianceOf, planted } from "./planted-pictures.js";

/** The plane nearest to the pictures, from the eigenvectors of their covariance, and its mean squared error per picture. */
function bestPlane({ names, data }: PictureSet, dimensions: number): { error: number; plane: Float64Array[] } {
  const pixels = data.length / names.length;
  const covariance = covarianceOf(data, pixels);
  const { values, vectors } = symmetricEigen(covariance, pixels);
  const error = values.slice(0, pixels - dimensions).reduce((sum, value) => sum + value, 0);
  const plane = Array.from({ length: dimensions }, (_, d) =>
    vectors.slice((pixels - 1 - d) * pixels, (pixels - d) * pixels),
  );
  return { error, plane };
}

/** Mean square of a coordinate of the codes. */
async function meanSquare(space: Space, d: number): Promise<number> {
  const vectors = await space.vectors();
  let sum = 0;
  for (let n = 0; n < space.length; n++) sum += vectors.get(n)[d] ** 2;
  return sum / space.length;
}

describe("autoencoder", () => {
  const pictures = planted(400);
  let space: Space;

  beforeAll(async () => {
    space = await autoencoder(pictures, { dimensions: 3, hidden: [], epochs: 120, batchSize: 50, learningRate: 0.01 });
  });

  test("without hidden layers comes within 1 % of the best plane, which PCA finds, and spans it", async () => {
    const options = { dimensions: 3, hidden: [], epochs: 500, batchSize: 50, learningRate: 0.01, heldOut: 0 };
    const linear = await autoencoder(pictures, options);
    const { error, plane } = bestPlane(pictures, 3);
    expect(linear.metrics.trainingError).toBeLessThan(1.01 * error);
    expect(linear.metrics.trainingError).toBeGreaterThan(0.99 * error);
    // what the decoder adds for one coordinate lies in PCA's plane: the residual is the sine of the angle
    const zero = new Float32Array(3);
    const pixels = async (code: Float32Array) => ((await linear.decode([code])) as Picture[])[0].data;
    const origin = await pixels(zero);
    for (let d = 0; d < 3; d++) {
      const scale = 1 / Math.sqrt(await meanSquare(linear, d));
      const moved = await pixels(zero.map((_, k) => (k === d ? 1 / scale : 0)));
      const change = Array.from(moved, (byte, k) => byte - origin[k]);
      const length = Math.hypot(...change);
      const along = plane.map((axis) => axis.reduce((sum, value, k) => sum + value * change[k], 0));
      expect(Math.hypot(...along) / length).toBeGreaterThan(0.995);
    }
  });

  test("leaves a space of codes with names, columns and its error on pictures that were held out", async () => {
    expect(space).toMatchObject({
      kind: "images",
      method: "autoencoder",
      dimensions: 3,
      length: 400,
      geometry: "euclidean",
    });
    expect(space.metrics.heldOut).toBe(40);
    expect(space.metrics.heldOutError).toBeLessThan(1.2 * bestPlane(pictures, 3).error);
    expect((await space.columns()).get("number")?.[7]).toBe(7);
  });

  test("saved and loaded it embeds pictures where they were and decodes codes to what they were", async () => {
    const folder = join(temporaryFolder(), "pictures.space");
    await space.save(folder);
    const loaded = await loadSpace(folder);
    const [code] = await loaded.embed([pictureAt(pictures, 12)]);
    const known = await space.vector("p12");
    for (const [d, value] of code.entries()) expect(value).toBeCloseTo(known[d], 4);
    const [decoded] = (await loaded.decode([known])) as Picture[];
    expect([decoded.width, decoded.height, decoded.channels]).toEqual([8, 8, 1]);
    const original = pictureAt(pictures, 12).data;
    const squares = decoded.data.reduce((sum, byte, k) => sum + ((byte - original[k]) / 255) ** 2, 0);
    expect(squares).toBeLessThan(3 * bestPlane(pictures, 3).error);
    // the picture of another size and of three channels is brought to those of the space
    const wide: Picture = { width: 16, height: 16, channels: 3, data: new Uint8Array(768).fill(128) };
    expect((await loaded.embed([wide]))[0].length).toBe(3);
    await expect(loaded.embed(["no picture"])).rejects.toThrow(/thing 0 must be a picture/);
    await loaded.close();
  });

  test("pictures that are held out change nothing but their error", async () => {
    const few = planted(60);
    const { trainingItems } = splitPictures(few, 0.1, 1);
    const others = { ...few, data: few.data.slice() };
    for (let n = 0; n < 60; n++) if (!trainingItems.includes(n)) others.data.fill(255, n * 64, (n + 1) * 64);
    const options = { dimensions: 2, hidden: [8], epochs: 3 };
    const [one, two] = [await autoencoder(few, options), await autoencoder(others, options)];
    expect(await two.model("decoder")).toEqual(await one.model("decoder"));
    expect(two.metrics.heldOutError).toBeGreaterThan(2 * (one.metrics.heldOutError as number));
  });

  test("a new picture is brought to the frame as those of the set were", async () => {
    const wide: Picture = { width: 16, height: 8, channels: 2, data: new Uint8Array(256).fill(90) };
    const few: PictureSet = { ...planted(20), fit: "contain", background: 0 };
    const space = await autoencoder(few, { dimensions: 2, hidden: [], epochs: 1 });
    // by hand: alpha over black, then 8 x 4 in the middle of 8 x 8
    const framed = new Uint8Array(64);
    framed.fill(Math.round((90 * 90) / 255), 16, 48);
    const [code, expected] = await space.embed([wide, { width: 8, height: 8, channels: 1, data: framed }]);
    expect(code).toEqual(expected);
  });

  test("same seed, same bytes; another seed, others", async () => {
    const few = planted(60);
    const run = async (seed: number) => {
      const { vectors } = {
        vectors: await (await autoencoder(few, { dimensions: 2, hidden: [8], epochs: 2, seed })).vectors(),
      };
      return [...vectors.batches(0, 60)].flatMap((batch) => [...batch]);
    };
    expect(await run(3)).toEqual(await run(3));
    expect(await run(3)).not.toEqual(await run(4));
  });

  test("a convolutional network learns too, of sizes that are multiples of 4", async () => {
    const color: PictureSet = { ...planted(64, 8, 24), height: 8, width: 8, channels: 3 };
    const options = { dimensions: 3, network: "convolutional", epochs: 8, batchSize: 16, heldOut: 0 } as const;
    const learned = await autoencoder(color, options);
    const one = await autoencoder(color, { ...options, epochs: 1 });
    expect(learned.metrics.trainingError).toBeLessThan(0.8 * (one.metrics.trainingError as number));
    expect(learned.metrics).toMatchObject({ heldOutError: null, heldOut: 0 });
    await expect(autoencoder(planted(4, 6, 8), { network: "convolutional" })).rejects.toThrow(
      /multiples of 4, got 6 x 8/,
    );
  });

  test.each([
    [{ dimensions: 0 }, /dimensions must be an integer from 1 to 4096/],
    [{ heldOut: 0.9 }, /heldOut must be/],
    [{ network: "deep" as "dense" }, /network must be one of dense, convolutional/],
    [{ hidden: [0] }, /hidden\[0\] must be an integer >= 1/],
    [{ learningRate: 0 }, /learningRate must be a finite number > 0/],
  ])("refuses %o", async (options, message) => {
    await expect(autoencoder(planted(4), options)).rejects.toThrow(message);
  });
});
