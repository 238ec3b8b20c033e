import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  decoderModel,
  decoderWarnings,
  invert,
  type Picture,
  type PictureSet,
  spaceOfDecoder,
} from "../../dist/images/index.js";
import { FormatError, loadSpace } from "../../dist/index.js";
import { NdArray } from "../../dist/networks/array.js";
import {
  add,
  cast,
  concat,
  greater,
  mul,
  reshape,
  sigmoid,
  slice,
  type Tensor,
  tanh,
} from "../../dist/networks/index.js";
import { interpret } from "../../dist/networks/interpret.js";
import { trace } from "../../dist/networks/trace.js";
import { Rng } from "../../dist/numerics/random.js";
import { temporaryFolder } from "../temporary-folder.js";
import { channelsLast, fileOf, smallNetwork } from "./decoders.js";

const [width, height] = [4, 6];
const gray = smallNetwork(4, width * height);
const color = smallNetwork(4, 3 * width * height);
const colors = (z: Tensor) => sigmoid(reshape(color(z), [-1, 3, height, width]));
const flat = (z: Tensor) => reshape(z, [-1, 4]);

/** What a function makes of codes, [count, 4], worked out by the reference interpreter. */
async function made(decode: (codes: Tensor) => Tensor, codes: Float32Array): Promise<number[]> {
  const array = new NdArray("float32", [codes.length / 4, 4], codes as Float32Array<ArrayBuffer>);
  const [{ data }] = await interpret(trace(decode, array).graph, [array]);
  return Array.from(data as Float64Array);
}

const some = new Rng(8);
const threeCodes = Float32Array.from({ length: 12 }, () => some.normal());

async function expectSame(decode: (codes: Tensor) => Tensor, expected: (codes: Tensor) => Tensor): Promise<void> {
  const numbers = await made(expected, threeCodes);
  for (const [k, value] of (await made(decode, threeCodes)).entries()) expect(value).toBeCloseTo(numbers[k], 5);
}

describe("decoderWarnings", () => {
  const linear = (z: Tensor) => reshape(color(z), [-1, 3, height, width]);
  const still = (z: Tensor) => add(mul(colors(z), 0), 0.5);

  test.each([
    ["nothing of a decoder that fits", colors, "", undefined],
    [
      "values outside of the range that they are taken for",
      (z: Tensor) => mul(linear(z), 0.6),
      "lie outside of -1..1",
      undefined,
    ],
    [
      "values that only look like bytes",
      (z: Tensor) => mul(linear(z), 2),
      "lie outside of 0..255: these are cut off",
      undefined,
    ],
    ["values that use little of the range", colors, "a small part of 0..255", "0..255" as const],
    ["pictures that are the same for all codes", still, "the same pictures of all codes", undefined],
    ["a gradient of 0", (z: Tensor) => cast(greater(colors(z), 0.5), "float32"), "the gradient is 0", undefined],
  ])("says %s", async (_, decode, expected, range) => {
    const model = await decoderModel(fileOf(decode, ["batch", 4]), { range });
    const warnings = await decoderWarnings(model);
    expect(model.notes.concat(warnings).join("\n")).toContain(expected);
    if (expected === "") expect(warnings).toEqual([]);
  });
});

describe("decoderModel", () => {
  const shape = { channels: 3, height, width };

  test.each([
    ["[B, 3, H, W]", fileOf(colors, ["batch", 4])],
    ["[B, H, W, 3]", fileOf((z) => channelsLast(colors(z)), ["batch", 4])],
    ["codes [B, 4, 1, 1]", fileOf((z) => colors(flat(z)), ["batch", 4, 1, 1])],
    ["codes [B, 2, 2]", fileOf((z) => colors(flat(z)), ["batch", 2, 2])],
    ["values -1 .. 1", fileOf((z) => add(mul(colors(z), 2), -1), ["batch", 4])],
    ["values 0 .. 255", fileOf((z) => mul(colors(z), 255), ["batch", 4])],
  ])("reads %s as pictures [B, C, H, W] in 0 .. 1", async (_, file) => {
    const model = await decoderModel(file);
    expect(model).toMatchObject({ dimensions: 4, shape, batch: null });
    await expectSame(model.decode, colors);
  });

  test.each([
    ["[B, H, W]", [-1, height, width] as const, { channels: 1, height, width }],
    ["[B, 1, H, W]", [-1, 1, height, width] as const, { channels: 1, height, width }],
    ["[B, H, W, 1]", [-1, height, width, 1] as const, { channels: 1, height, width }],
  ])("reads gray pictures %s", async (_, axes, shape) => {
    const model = await decoderModel(fileOf((z) => sigmoid(reshape(gray(z), [...axes])), ["batch", 4]));
    expect(model.shape).toEqual(shape);
    await expectSame(model.decode, (z) => sigmoid(gray(z)));
  });

  test("rows of a square number are gray pictures, and of three times one colored, which is said", async () => {
    const rows = (pixels: number) => decoderModel(fileOf((z) => sigmoid(smallNetwork(4, pixels)(z)), ["batch", 4]));
    expect((await rows(25)).shape).toEqual({ channels: 1, height: 5, width: 5 });
    const model = await rows(48);
    expect(model.shape).toEqual({ channels: 3, height: 4, width: 4 });
    expect(model.notes).toContain("its rows of 48 numbers are taken for color pictures of 4 x 4");
    await expect(rows(26)).rejects.toThrow(/the output "y" must be pictures .* it is \[batch, 26\]/);
  });

  test("a fixed number of codes is kept to, and so is one that the file only holds", async () => {
    expect((await decoderModel(fileOf(colors, [1, 4]))).batch).toBe(1);
    expect((await decoderModel(fileOf(colors, [6, 4]))).batch).toBe(6);
    // says "batch", but takes the first code of however many there are
    const first = fileOf((z) => colors(slice(z, [0, 0], [1, 4])), ["batch", 4]);
    const model = await decoderModel(first);
    expect(model.batch).toBe(1);
    expect(model.notes).toContain("it takes 1 code at a time");
  });

  test("says what it took the values for, and takes what it is told instead", async () => {
    const file = fileOf((z) => tanh(reshape(color(z), [-1, 3, height, width])), ["batch", 4]);
    const found = await decoderModel(file);
    expect(found.range).toBe("-1..1");
    expect(found.notes.join()).toMatch(/its values go from -0\.9\d+ to 0\.9\d+: taken for -1\.\.1|-1\.00 to 1\.00/);
    expect((await decoderModel(file, { range: "0..1" })).notes).toEqual([]);
    await expect(decoderModel(file, { range: "0..2" as "0..1" })).rejects.toThrow(
      /range must be one of 0..1, -1..1, 0..255/,
    );
    await expect(decoderModel(file, { layout: "channels-last" })).rejects.toThrow(/must be pictures/);
  });

  test.each([
    [
      "two outputs",
      fileOf((z) => ({ a: colors(z), b: z }), ["batch", 4], ["a", "b"]),
      /one output, pictures; .*outputs "a", "b"/,
    ],
    ["no pictures", fileOf((z) => reshape(z, [-1, 2, 2, 1, 1]), ["batch", 4]), /the output "y" must be pictures/],
    [
      "two channels",
      fileOf((z) => reshape(gray(z), [-1, 2, 3, 4]), ["batch", 4]),
      /of 1 or 3 channels, it is \[batch, 2, 3, 4\]/,
    ],
    [
      "codes of any length",
      fileOf((z) => mul(z, 2), ["batch", "n"]),
      /leaves the length of a code open, \[batch, n\]; export it/,
    ],
    ["no axis of codes", fileOf((z) => mul(z, 2), ["n"]), /must be codes \[batch, D\], it is \[n\]/],
    [
      "codes that are joined",
      fileOf((z) => reshape(concat([z, z], 0), [-1, 2, 2]), ["batch", 4]),
      /it makes \[10, 2, 2\] of 5 codes/,
    ],
    [
      "infinite pixels",
      fileOf((z) => mul(colors(z), Infinity), ["batch", 4]),
      /it makes (Infinity|NaN) of a normal random code/,
    ],
  ])("refuses a file with %s", async (_, file, message) => {
    await expect(decoderModel(file, { name: "strange.onnx" })).rejects.toThrow(message);
    await expect(decoderModel(file, { name: "strange.onnx" })).rejects.toThrow(FormatError);
  });

  test("bytes that are no ONNX file are named", async () => {
    await expect(decoderModel(new Uint8Array([1, 2, 3]), { name: "x.onnx" })).rejects.toThrow(/x\.onnx/);
  });
});

describe("spaceOfDecoder", () => {
  /** Pictures that the decoder made of known codes, as bytes, twice as large as it makes them. */
  async function planted(count: number): Promise<{ set: PictureSet; codes: number[] }> {
    const rng = new Rng(21);
    const codes = Float32Array.from({ length: 4 * count }, () => rng.normal());
    const pixels = await made(colors, codes);
    const data = new Uint8Array(count * 12 * width * height);
    for (let n = 0; n < count; n++)
      for (let y = 0; y < 2 * height; y++)
        for (let x = 0; x < 2 * width; x++)
          for (let c = 0; c < 3; c++) {
            const pixel = pixels[((n * 3 + c) * height + (y >> 1)) * width + (x >> 1)];
            data[((n * 2 * height + y) * 2 * width + x) * 3 + c] = Math.round(255 * pixel);
          }
    return {
      set: {
        ...{ width: 2 * width, height: 2 * height, channels: 3, fit: "stretch", background: 255, data, notes: [] },
        names: Array.from({ length: count }, (_, n) => `p${n}`),
        columns: new Map([["label", Array.from({ length: count }, (_, n) => n)]]),
      },
      codes: Array.from(codes),
    };
  }

  test("leaves a space of the codes, which decodes, embeds by inversion, and is the same when loaded", async () => {
    const { set, codes } = await planted(3);
    const file = fileOf((z) => add(mul(channelsLast(colors(z)), 2), -1), [1, 4]);
    const space = await spaceOfDecoder(set, file, { method: "lbfgs", restarts: 4, name: "foreign.onnx" });
    expect(space).toMatchObject({
      ...{ kind: "images", method: "inversion", geometry: "euclidean", dimensions: 4, length: 3, seed: 1 },
      options: {
        search: { method: "lbfgs", restarts: 4 },
        decoder: { range: "-1..1", layout: "channels-last", name: "foreign.onnx" },
        frame: { width, height, channels: 3, fit: "stretch", background: 255 },
      },
    });
    expect(await space.model("decoder")).toEqual(file);
    const columns = await space.columns();
    expect(columns.get("label")).toEqual([0, 1, 2]);
    const errors = columns.get("inversionError") as Float64Array;
    expect(space.metrics.error).toBeCloseTo((errors[0] + errors[1] + errors[2]) / 3, 10);
    expect(space.metrics.errorPerPixel).toBeCloseTo((space.metrics.error as number) / 72, 10);

    const path = join(temporaryFolder(), "foreign.space");
    await space.save(path);
    const loaded = await loadSpace(path);
    for (let n = 0; n < 3; n++) {
      const vector = await loaded.vector(`p${n}`);
      for (const [d, value] of vector.entries()) expect(value).toBeCloseTo(codes[4 * n + d], 1);
    }
    const [picture] = (await loaded.decode([await loaded.vector("p1")])) as Picture[];
    expect([picture.width, picture.height, picture.channels]).toEqual([width, height, 3]);
    const one: Picture = { ...set, data: set.data.slice(12 * width * height, 24 * width * height) };
    for (const [k, byte] of picture.data.entries()) {
      const [x, y, c] = [Math.floor(k / 3) % width, Math.floor(k / 3 / width), k % 3];
      expect(Math.abs(byte - one.data[(2 * y * 2 * width + 2 * x) * 3 + c])).toBeLessThanOrEqual(2);
    }
    const [code] = await loaded.embed([one]);
    const { inversions } = await invert(loaded, [one], { method: "lbfgs", restarts: 4 });
    expect(code).toEqual(inversions[0].code);
    expect(inversions[0].starts[0].start).toBe("mean");
    for (const [d, value] of code.entries()) expect(value).toBeCloseTo(codes[4 + d], 1);
    await loaded.close();
  });

  test("refuses options that it has not", async () => {
    const { set } = await planted(1);
    const file = fileOf(colors, ["batch", 4]);
    await expect(spaceOfDecoder(set, file, { start: "encoder" } as object)).rejects.toThrow(/there is no option start/);
    await expect(spaceOfDecoder(set, file, { steps: -1 })).rejects.toThrow(/spaceOfDecoder: steps must be/);
  });
});
