import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  decoderModel,
  type Inversion,
  invert,
  liveCoordinates,
  type Picture,
  type PictureSet,
  spaceOfDecoder,
} from "../../dist/images/index.js";
import { pictureDecoder, pictureEncoder } from "../../dist/images/picture-models.js";
import { NdArray } from "../../dist/networks/array.js";
import { add, matmul, reshape, type Tensor } from "../../dist/networks/index.js";
import { LeastSquares } from "../../dist/numerics/least-squares.js";
import { Rng } from "../../dist/numerics/random.js";
import { Space } from "../../dist/space/space.js";
import { root } from "../child.js";
import { fileOf, grayDecoder } from "./decoders.js";

const [width, height] = [6, 5];
const pixels = width * height;

/** A space of normal codes with deviations of their own, with a decoder. */
function spaceOf(
  decoder: Uint8Array,
  deviations: readonly number[],
  { encoder, count = 200 }: { encoder?: Uint8Array; count?: number } = {},
): Space {
  const rng = new Rng(11);
  const dimensions = deviations.length;
  const vectors = Float32Array.from(
    { length: count * dimensions },
    (_, i) => 0.2 + deviations[i % dimensions] * rng.normal(),
  );
  return Space.from(
    {
      names: Array.from({ length: count }, (_, n) => `p${n}`),
      ...{ vectors, dimensions, kind: "images", geometry: "euclidean", method: "autoencoder" },
      options: { frame: { width, height, channels: 1, fit: "stretch", background: 0 } },
      models: { decoder, ...(encoder === undefined ? {} : { encoder }) },
    },
    { encoders: { autoencoder: pictureEncoder }, decoders: { autoencoder: pictureDecoder } },
  );
}

/** G(z) = z A + b, with A [3, pixels]. */
const rng = new Rng(2);
const a = Float32Array.from({ length: 3 * pixels }, () => 0.2 * rng.normal());
const b = Float32Array.from({ length: pixels }, () => 0.5 + 0.1 * rng.normal());
const linear = (z: Tensor) =>
  reshape(add(matmul(z, new NdArray("float32", [3, pixels], a)), new NdArray("float32", [1, pixels], b)), [
    -1,
    1,
    height,
    width,
  ]);
const linearSpace = spaceOf(fileOf(linear, ["batch", 3]), [1, 0.5, 2]);

const grayPicture = (data: Uint8Array): Picture => ({ width, height, channels: 1, data });
const randomPicture = (seed: number): Picture => {
  const noise = new Rng(seed);
  return grayPicture(Uint8Array.from({ length: pixels }, () => noise.below(256)));
};

/** The minimum of |z A + b - x|^2 + sum over d of weights_d (z_d - center_d)^2, by the normal equations. */
function leastSquares({ data }: Picture, weights: readonly number[], center: readonly number[]): number[] {
  const equations = new LeastSquares(3);
  for (let k = 0; k < pixels; k++) {
    const row = Float64Array.from([0, 1, 2], (d) => a[d * pixels + k]);
    const offset = row.reduce((sum, value, d) => sum + value * center[d], b[k]);
    equations.add(row, [data[k] / 255 - offset], 1);
  }
  for (const [d, weight] of weights.entries()) {
    const axis = Float64Array.from([0, 1, 2], (e) => (e === d ? 1 : 0));
    equations.add(axis, [0], weight);
  }
  return Array.from(equations.solve(0), (value, d) => value + center[d]);
}

async function moments(space: Space): Promise<{ mean: number[]; deviation: number[] }> {
  const vectors = await space.vectors();
  const rows = Array.from({ length: space.length }, (_, n) => vectors.get(n));
  const mean = Array.from(rows[0], (_, d) => rows.reduce((sum, row) => sum + row[d], 0) / rows.length);
  const deviation = mean.map((m, d) => Math.sqrt(rows.reduce((sum, row) => sum + (row[d] - m) ** 2, 0) / rows.length));
  return { mean, deviation };
}

function errorOf({ code }: Pick<Inversion, "code">, { data }: Picture): number {
  let sum = 0;
  for (let k = 0; k < pixels; k++) {
    const made = [0, 1, 2].reduce((total, d) => total + code[d] * a[d * pixels + k], b[k]);
    sum += (made - data[k] / 255) ** 2;
  }
  return sum;
}

describe("invert", () => {
  const methods = ["adam", "lbfgs"] as const;

  test.each(methods)("through a linear decoder %s finds what the normal equations give", async (method) => {
    const pictures = [randomPicture(1), randomPicture(2), randomPicture(3)];
    const { inversions } = await invert(linearSpace, pictures, { method });
    inversions.forEach((found, k) => {
      const expected = leastSquares(pictures[k], [0, 0, 0], [0, 0, 0]);
      for (const [d, value] of found.code.entries()) expect(value).toBeCloseTo(expected[d], 3);
      expect(found.error).toBeCloseTo(errorOf(found, pictures[k]), 4);
      expect(found.errorPerPixel).toBeCloseTo(found.error / pixels, 6);
    });
  });

  test.each(methods)("with a prior %s finds what ridge regression towards the mean gives", async (method) => {
    const picture = randomPicture(4);
    const { mean, deviation } = await moments(linearSpace);
    const { inversions } = await invert(linearSpace, [picture], { method, prior: 0.7, restarts: 1 });
    const expected = leastSquares(
      picture,
      deviation.map((one) => 0.7 / one ** 2),
      mean,
    );
    for (const [d, value] of inversions[0].code.entries()) expect(value).toBeCloseTo(expected[d], 3);
    expect(inversions[0].error).toBeCloseTo(errorOf(inversions[0], picture), 4); // of the pixels alone
  });

  test.each(methods)("codes that pictures were made of are found again by %s", async (method) => {
    const space = spaceOf(grayDecoder(4, height, width), [1, 0.7, 1.5, 1]);
    const { deviation } = await moments(space);
    const noise = new Rng(5);
    const planted = Array.from({ length: 6 }, () => deviation.map((one) => 0.2 + one * noise.normal()));
    const pictures = (await space.decode(planted)) as Picture[];
    const { inversions } = await invert(space, pictures, { method, restarts: 5 });
    const distances = inversions.map(({ code }, k) =>
      Math.sqrt(deviation.reduce((sum, one, d) => sum + ((code[d] - planted[k][d]) / one) ** 2 / 4, 0)),
    );
    expect(distances.sort((x, y) => x - y)[3]).toBeLessThan(0.05);
    for (const { error } of inversions) expect(error).toBeLessThan(1e-3); // rounding to bytes leaves 30 / 255^2 / 12
  });

  test("Adam takes the steps that torch.optim takes with the same rates, through a generator that PyTorch exported", async () => {
    const file = new Uint8Array(readFileSync(join(root, "test/golden/generator.onnx")));
    const golden = JSON.parse(readFileSync(join(root, "test/golden/generator.json"), "utf8"));
    const { shape, range, batch, notes } = await decoderModel(file);
    expect([shape, range, batch]).toEqual([{ channels: 3, height: 8, width: 8 }, "-1..1", 1]);
    expect(notes.join()).toMatch(/it takes 1 code at a time,its values go from -0\.\d+ to 0\.\d+: taken for -1\.\.1/);
    const pixels = (golden.pictures as number[][]).map((one) =>
      one.map((value) => Math.round((255 * (value + 1)) / 2)),
    );
    const pictures = pixels.map((bytes): Picture => {
      const data = Uint8Array.from({ length: 192 }, (_, k) => bytes[(k % 3) * 64 + Math.floor(k / 3)]);
      return { width: 8, height: 8, channels: 3, data };
    });
    const set: PictureSet = {
      ...{ width: 8, height: 8, channels: 3, fit: "cover", background: 255, columns: new Map(), notes: [] },
      ...{ names: ["a", "b", "c"], data: Uint8Array.from(pictures.flatMap(({ data }) => [...data])) },
    };
    const space = await spaceOfDecoder(set, file, { method: "lbfgs", restarts: 4 });
    // its pictures are PyTorch's, and their codes are found again
    for (const [n, made] of ((await space.decode(golden.codes)) as Picture[]).entries())
      for (const [k, byte] of made.data.entries()) expect(Math.abs(byte - pictures[n].data[k])).toBeLessThanOrEqual(1);
    for (const [n, name] of set.names.entries())
      for (const [d, value] of (await space.vector(name)).entries())
        expect(Math.abs(value - golden.codes[n][d])).toBeLessThan(0.05);
    const { inversions } = await invert(space, [pictures[0]], {
      steps: 40,
      learningRate: 0.03,
      pathEvery: 10,
      restarts: 0,
    });
    const { path } = inversions[0];
    expect(path.map(({ step }) => step)).toEqual([0, 10, 20, 30, 40]);
    for (const [k, { code, error }] of path.entries()) {
      expect(error).toBeCloseTo(golden.path[k].error, 3);
      for (const [d, value] of code.entries()) expect(value).toBeCloseTo(golden.path[k].code[d], 4);
    }
  });

  test("of all starts the best is kept, and every error is told", async () => {
    const space = spaceOf(grayDecoder(4, height, width), [1, 1, 1, 1]);
    const { inversions, seed } = await invert(space, [randomPicture(6)], { restarts: 4, steps: 60, seed: 9 });
    const [{ starts, best, error }] = inversions;
    expect(starts.map(({ start }) => start)).toEqual(["mean", "random", "random", "random", "random"]);
    expect(error).toBe(Math.min(...starts.map((one) => one.error)));
    expect(starts[best].error).toBe(error);
    expect(new Set(starts.map(({ startError }) => startError)).size).toBe(5);
    for (const one of starts) expect(one.error).toBeLessThan(one.startError);
    expect(seed).toBe(9);
  });

  test("the path leads from the start to the code, every so many steps", async () => {
    const { mean } = await moments(linearSpace);
    const picture = randomPicture(7);
    const { inversions } = await invert(linearSpace, [picture], { steps: 50, pathEvery: 20, restarts: 0 });
    const [{ path, code, error, starts }] = inversions;
    expect(path[0].step).toBe(0);
    for (const [d, value] of path[0].code.entries()) expect(value).toBeCloseTo(mean[d], 5);
    expect(path[0].error).toBe(starts[0].startError);
    expect(path.slice(0, -1).map(({ step }) => step)).toEqual([0, 20, 40]);
    expect(path.at(-1)).toEqual({ step: path.at(-1)?.step, code, error });
    for (const point of path) expect(point.error).toBeCloseTo(errorOf(point, picture), 4);
  });

  test("without a word the path has fewer than 120 codes, and all of them where the search is short", async () => {
    const stepsOf = async (steps: number) => {
      const { inversions } = await invert(linearSpace, [randomPicture(7)], { steps, restarts: 0, learningRate: 1e-4 });
      return inversions[0].path.map(({ step }) => step);
    };
    expect(await stepsOf(40)).toEqual(Array.from({ length: 41 }, (_, k) => k));
    expect(await stepsOf(300)).toEqual(Array.from({ length: 76 }, (_, k) => 4 * k));
  });

  test("an encoder's code is where the search begins", async () => {
    // encodes the sum of the pixels to (s, s, s) / 100
    const ones = new NdArray("float32", [pixels, 3], new Float32Array(pixels * 3).fill(0.01));
    const encoder = fileOf((x) => matmul(reshape(x, [-1, pixels]), ones), ["batch", 1, height, width]);
    const space = spaceOf(fileOf(linear, ["batch", 3]), [1, 1, 1], { encoder });
    const picture = randomPicture(8);
    const sum = picture.data.reduce((total, byte) => total + byte / 255, 0) / 100;
    const { inversions } = await invert(space, [picture], { steps: 5, restarts: 1 });
    expect(inversions[0].starts[0].start).toBe("encoder");
    expect(inversions[0].starts[0].startError).toBeCloseTo(
      errorOf({ code: new Float32Array(3).fill(sum) }, picture),
      3,
    );
    const fromMean = await invert(space, [picture], { steps: 5, restarts: 1, start: "mean" });
    expect(fromMean.inversions[0].starts[0].start).toBe("mean");
    await expect(invert(linearSpace, [picture], { start: "encoder" })).rejects.toThrow(
      /no encoder.onnx; start at "mean"/,
    );
  });

  test("continuity makes the decoded picture smoother", async () => {
    const space = spaceOf(grayDecoder(4, height, width), [1, 1, 1, 1]);
    const roughness = ({ data }: Picture) =>
      data.reduce((sum, byte, k) => {
        const right = k % width === width - 1 ? 0 : (byte - data[k + 1]) ** 2;
        return sum + right + (k + width < pixels ? (byte - data[k + width]) ** 2 : 0);
      }, 0);
    const picture = randomPicture(10);
    const decoded = async (continuity: number) => {
      const { inversions } = await invert(space, [picture], { method: "lbfgs", continuity });
      return { ...inversions[0], roughness: roughness(((await space.decode([inversions[0].code])) as Picture[])[0]) };
    };
    const [plain, smooth] = [await decoded(0), await decoded(1)];
    expect(smooth.roughness).toBeLessThan(0.9 * plain.roughness);
    expect(smooth.error).toBeGreaterThan(plain.error);
  });

  test("the same seed gives the same bytes, another one other random starts", async () => {
    const space = spaceOf(grayDecoder(4, height, width), [1, 1, 1, 1]);
    const pictures = [randomPicture(11), randomPicture(12)];
    for (const method of methods) {
      const run = (seed: number) => invert(space, pictures, { method, seed, steps: 30 });
      const [one, again, other] = [await run(1), await run(1), await run(2)];
      expect(again).toEqual(one);
      expect(other.inversions[0].starts[1].startError).not.toBe(one.inversions[0].starts[1].startError);
      expect(other.inversions[0].starts[0]).toEqual(one.inversions[0].starts[0]);
    }
  });

  test("more codes than a program takes at a time are searched in turns, with the same answers", async () => {
    // a file that takes 4 codes: 3 pictures from 2 starts each are 2 turns, the second with two codes twice
    const four = spaceOf(fileOf(linear, [4, 3]), [1, 0.5, 2]);
    const pictures = [randomPicture(1), randomPicture(2), randomPicture(3)];
    const options = { restarts: 1, method: "lbfgs" } as const;
    const [some, all] = [await invert(four, pictures, options), await invert(linearSpace, pictures, options)];
    expect(some.notes).toContain("it takes 4 codes at a time");
    some.inversions.forEach(({ code }, k) => {
      for (const [d, value] of code.entries()) expect(value).toBeCloseTo(all.inversions[k].code[d], 4);
    });
    expect((await four.decode([some.inversions[0].code])).length).toBe(1);
  });

  test("a picture of another size is brought to the space's, as its options say, and the notes tell", async () => {
    const wide: Picture = { width: 12, height: 10, channels: 3, data: new Uint8Array(360).fill(77) };
    const options = { restarts: 0, steps: 20 };
    const { inversions, notes } = await invert(linearSpace, [randomPicture(1), wide], options);
    const flat = await invert(linearSpace, [randomPicture(1), grayPicture(new Uint8Array(pixels).fill(77))], options);
    expect(inversions).toEqual(flat.inversions);
    expect(notes).toContain("picture 1 had 12 x 10 pixels, brought to 6 x 5 (stretch)");
    expect(flat.notes).toEqual([]);
  });

  test("reports progress in steps of all searches, with the mean error", async () => {
    const reports: { done: number; total?: number; unit: string; loss?: number }[] = [];
    await invert(linearSpace, [randomPicture(1), randomPicture(2)], {
      ...{ steps: 10, restarts: 1 },
      onProgress: (progress) => reports.push(progress),
    });
    expect(reports.at(-1)).toMatchObject({ stage: "inverting", done: 40, total: 40, unit: "steps" });
  });

  test.each(methods)("%s ends with the signal's reason when it is aborted", async (method) => {
    const controller = new AbortController();
    const running = invert(linearSpace, [randomPicture(1)], {
      ...{ method, steps: 1e6, signal: controller.signal },
      onProgress: () => controller.abort(new Error("enough")),
    });
    await expect(running).rejects.toThrow("enough");
  });

  test("no pictures, no codes; and no decoder is an error", async () => {
    expect((await invert(linearSpace, [])).inversions).toEqual([]);
    const bare = Space.from({ names: ["a"], vectors: new Float32Array(3), kind: "images" });
    await expect(invert(bare, [randomPicture(1)])).rejects.toThrow("invert: the space has no decoder.onnx");
    const other = spaceOf(fileOf(linear, ["batch", 3]), [1, 1]);
    await expect(invert(other, [randomPicture(1)])).rejects.toThrow(
      /decoder.onnx have 3 numbers, those of the space have 2/,
    );
  });

  test.each([
    [{ steps: -1 }, /steps must be an integer >= 0/],
    [{ restarts: 1.5 }, /restarts must be an integer from 0 to 1000/],
    [{ method: "sgd" as "adam" }, /method must be one of adam, lbfgs/],
    [{ method: "lbfgs" as const, learningRate: 0.1 }, /learningRate is of method "adam"/],
    [{ learningRate: 0 }, /learningRate must be a finite number > 0/],
    [{ prior: Number.NaN }, /prior must be a finite number >= 0/],
    [{ pathEvery: 0 }, /pathEvery must be an integer >= 1/],
    [{ epochs: 3 } as object, /there is no option epochs/],
  ])("refuses %o", async (options, message) => {
    await expect(invert(linearSpace, [randomPicture(1)], options)).rejects.toThrow(message);
  });

  test("a picture whose data do not fit its size is named", async () => {
    const broken = { width: 3, height: 3, channels: 1, data: new Uint8Array(5) };
    await expect(invert(linearSpace, [randomPicture(1), broken])).rejects.toThrow(
      /invert: picture 1: data must have 3 x 3 x 1 = 9 bytes, got 5/,
    );
  });
});

describe("liveCoordinates", () => {
  test("are those whose deviation is more than a tenth of the largest", async () => {
    const space = spaceOf(grayDecoder(4, height, width), [1, 0.02, 0.5, 0], { count: 4000 });
    const { live, deviations } = await liveCoordinates(space);
    expect(live).toEqual([0, 2]);
    for (const [d, deviation] of [1, 0.02, 0.5, 0].entries()) expect(deviations[d]).toBeCloseTo(deviation, 1);
    await expect(liveCoordinates(spaceOf(grayDecoder(1, height, width), [1], { count: 1 }))).rejects.toThrow(
      /2 items or more were needed, got 1/,
    );
  });
});
