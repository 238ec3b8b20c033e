import { describe, expect, test } from "vitest";
import {
  evaluatePictures,
  type Picture,
  type PictureClassifier,
  type PictureSet,
  pictureAt,
  picturePca,
  selectPictures,
  trainedParts,
} from "../../dist/images/index.js";
import { Space } from "../../dist/space/space.js";
import { planted } from "./planted-pictures.js";

/** Brightness of the four quarters: features whose distances are easy to tell. */
const quarters: PictureClassifier = {
  classes: [],
  frame: { width: 8, height: 8, channels: 1, fit: "cover", background: 255 },
  accuracy: null,
  featureName: "quarters",
  predict: () => Promise.reject(new Error("never asked")),
  save: () => Promise.reject(new Error("never asked")),
  features: async ({ data, names }) => {
    const rows = new Float32Array(names.length * 4);
    data.forEach((byte, k) => {
      const [row, column] = [(k >> 3) % 8, k % 8];
      rows[4 * Math.floor(k / 64) + 2 * Number(row > 3) + Number(column > 3)] += byte / 255 / 16;
    });
    return rows;
  },
};

/** A space whose decoder makes pictures of its own and forgets the code. */
function spaceThatMakes(make: (n: number) => Picture): Space {
  let made = 0;
  const names = Array.from({ length: 20 }, (_, n) => `p${n}`);
  return Space.from(
    { names, vectors: Float32Array.from({ length: 40 }, (_, k) => (k * 7) % 11), dimensions: 2, method: "stub" },
    {
      encoders: { stub: async () => async (things) => things.map(() => Float32Array.of(1, 2)) },
      decoders: { stub: async () => async (vectors) => vectors.map(() => make(made++)) },
    },
  );
}

/** The pictures p0, p1, ... from one number to before another. */
const part = (set: PictureSet, from: number, to: number) =>
  selectPictures(
    set,
    Array.from({ length: to - from }, (_, k) => from + k),
  );

describe("trainedParts", () => {
  const pictures = planted(120);

  test("are the parts that training made: the held-out ones lose what the space's metrics say", async () => {
    const space = await picturePca(pictures, { dimensions: 3, heldOut: 0.25, seed: 4 });
    const { training, heldOut } = await trainedParts(space, pictures);
    expect([training.names.length, heldOut?.names.length]).toEqual([90, 30]);
    expect(new Set([...training.names, ...(heldOut?.names ?? [])]).size).toBe(120);
    const { reconstruction } = await evaluatePictures(space, heldOut as PictureSet, { samples: 10 });
    const expected = space.metrics.heldOutError as number;
    // rounding to 8 bits adds 1 / 12 of a level a pixel
    expect(Math.abs(reconstruction.perPicture - expected)).toBeLessThan(0.01 * expected);
    expect(reconstruction).toEqual({
      pictures: 30,
      perPicture: reconstruction.perPicture,
      perPixel: reconstruction.perPicture / 64,
    });
  });

  test("do not depend on the order of the pictures, on others among them, or on items that were added", async () => {
    const space = await picturePca(part(pictures, 0, 60), { dimensions: 2 });
    const expected = await trainedParts(space, pictures);
    const backwards = selectPictures(
      pictures,
      pictures.names.map((_, n) => 119 - n),
    );
    await space.add([{ name: "p60", thing: pictureAt(pictures, 60), columns: { number: 60 } }]);
    expect(await trainedParts(space, backwards)).toEqual(expected);
  });

  test("have the columns of the space, and no held-out part where there is none", async () => {
    const space = await picturePca(pictures, { dimensions: 2, heldOut: 0 });
    const { training, heldOut } = await trainedParts(space, { ...pictures, columns: new Map() });
    expect(heldOut).toBeNull();
    expect(training.columns.get("number")).toEqual(pictures.names.map((_, n) => n));
  });

  test("are refused where a picture is missing, or the space is of something else", async () => {
    const space = await picturePca(pictures, { dimensions: 2 });
    await expect(trainedParts(space, part(pictures, 1, 119))).rejects.toThrow(
      "the pictures that the space was trained on were needed, 2 of 120 are missing, such as p0",
    );
    const other = spaceThatMakes((n) => pictureAt(pictures, n));
    await expect(trainedParts(other, pictures)).rejects.toThrow("a space that was trained on pictures was needed");
  });
});

describe("evaluatePictures", () => {
  const pictures = planted(900);
  const [training, heldOut, fresh] = [part(pictures, 0, 300), part(pictures, 300, 600), part(pictures, 600, 900)];
  const evaluate = (make: (n: number) => Picture, options = {}) =>
    evaluatePictures(spaceThatMakes(make), heldOut, { training, classifier: quarters, compared: 100, ...options });

  test("tells samples that repeat training pictures from new ones", async () => {
    const copies = await evaluate((n) => pictureAt(training, n % 300));
    expect(copies.nearest).toMatchObject({ compared: 100, samples: 0, ratio: 0, closer: 1 });
    const honest = await evaluate((n) => pictureAt(fresh, n % 300));
    expect(honest.nearest?.ratio).toBeGreaterThan(0.9);
    expect(honest.nearest?.ratio).toBeLessThan(1.1);
    expect(honest.nearest?.closer).toBeLessThan(0.1);
  });

  test("puts real pictures near the distance of training pictures, and gray ones far from it", async () => {
    const honest = (await evaluate((n) => pictureAt(fresh, n % 300))).features;
    const gray = { width: 8, height: 8, channels: 1 as const, data: new Uint8Array(64).fill(128) };
    const dull = (await evaluate(() => gray)).features;
    expect(honest?.name).toBe("quarters");
    expect(honest?.count).toBe(300);
    const floor = honest?.frechet.training ?? 0;
    expect(floor).toBeGreaterThan(0);
    expect(honest?.frechet.samples).toBeLessThan(5 * floor);
    expect(dull?.frechet.samples).toBeGreaterThan(100 * floor);
    expect(dull?.samples.recall).toBe(0);
    expect(honest?.samples.recall).toBeGreaterThan(0.7);
    expect(honest?.samples.precision).toBeGreaterThan(0.7);
  });

  test("tests codes against the distribution that samples are drawn from", async () => {
    const space = await picturePca(training, { dimensions: 3 }); // of normal codes in a plane, with some noise
    const { codes } = await evaluatePictures(space, heldOut);
    expect(codes).toMatchObject({ points: 300, permutations: 500 });
    expect(codes.pValue).toBeGreaterThan(0.05);
    const doubled = selectPictures(
      heldOut,
      heldOut.names.map((_, n) => n % 2),
    ); // two pictures again and again
    expect((await evaluatePictures(space, doubled)).codes.pValue).toBe(1 / 501);
  });

  test("leaves out what it is not given the means for, and lists directions with what is known of them", async () => {
    const space = await picturePca(training, { dimensions: 2 });
    await space.direction("number", { column: "number" });
    const report = await evaluatePictures(space, heldOut, { samples: 20 });
    expect([report.nearest, report.features]).toEqual([null, null]);
    expect(report.samples).toEqual({ count: 20, distribution: "fitted normal" });
    expect(report.directions.number).toEqual(space.directions.get("number")?.metrics);
  });

  test("is the same for a seed, and refuses pictures of another size, or one alone", async () => {
    const space = await picturePca(training, { dimensions: 3 });
    const of = (seed: number) =>
      evaluatePictures(space, heldOut, { training, classifier: quarters, seed, samples: 50 });
    const first = await of(1);
    expect(await of(1)).toEqual(first);
    expect((await of(2)).features?.frechet.samples).not.toBe(first.features?.frechet.samples);
    await expect(evaluatePictures(space, part(heldOut, 0, 1))).rejects.toThrow(
      "evaluatePictures: pictures that are held out",
    );
    const other = { ...heldOut, width: 4, height: 16 };
    await expect(evaluatePictures(space, other)).rejects.toThrow("pictures of the space's size were needed, 8 x 8 x 1");
    await expect(evaluatePictures(space, heldOut, { sample: 1 } as never)).rejects.toThrow("there is no option sample");
  });
});
