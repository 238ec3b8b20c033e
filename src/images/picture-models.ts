import { readOnnx } from "../formats/onnx/read.js";
import type { Picture } from "../formats/picture.js";
import { NdArray } from "../networks/array.js";
import { compile } from "../networks/compile.js";
import { type ImportedModel, importOnnx } from "../networks/onnx-in.js";
import type { DecoderLoader, EncoderLoader, Space } from "../space/space.js";
import { toColor, toGray } from "./channels.js";
import { pixelsOf } from "./pixels.js";
import { resize } from "./resize.js";

/** A model of a space, ready to run: one input, one output. */
interface Model {
  /** Sizes of the input behind the batch. */
  shape: number[];
  run(x: NdArray): Promise<NdArray>;
}

async function modelOf(space: Space, role: "encoder" | "decoder"): Promise<Model> {
  const bytes = await space.model(role);
  if (bytes === null) throw new RangeError(`${role === "encoder" ? "embed" : "decode"}: the space has no ${role}.onnx`);
  return runnable(importOnnx(await readOnnx(bytes)), role);
}

/** A model with one input and one output, as a function of arrays. Throws RangeError for another. */
export function runnable({ parameters, inputs, outputs, fn }: ImportedModel, role: string): Model {
  if (inputs.length !== 1 || outputs.length !== 1) {
    throw new RangeError(
      `${role}: a model of one input and one output was needed, got ${inputs.length} and ${outputs.length}`,
    );
  }
  const [input, output] = [inputs[0].name, outputs[0].name];
  const compiled = compile(fn as never) as (p: unknown, x: unknown) => Promise<Record<string, NdArray>>;
  const shape = (inputs[0].shape ?? []).slice(1).map((size) => (typeof size === "number" ? size : 0));
  return { shape, run: async (x) => (await compiled(parameters, { [input]: x }))[output] };
}

/** The encoder of spaces of pictures: takes `Picture`s of any size, which are brought to that of the space. */
export const pictureEncoder: EncoderLoader = async (space) => {
  const { shape, run } = await modelOf(space, "encoder");
  const [channels, height, width] = shape;
  return async (things) => {
    const fitted = things.map((thing, k) => {
      const picture = resize(requirePicture(thing, k), width, height);
      return channels === 1 ? toGray(picture) : toColor(picture);
    });
    const data = new Uint8Array(fitted.length * width * height * channels);
    for (const [k, picture] of fitted.entries()) data.set(picture.data, k * picture.data.length);
    const items = fitted.map((_, k) => k);
    const set = { width, height, channels: channels as 1 | 3, data };
    const codes = await run(new NdArray("float32", [items.length, channels, height, width], pixelsOf(set, items)));
    const length = codes.shape[1];
    return items.map((k) => (codes.data as Float32Array).slice(k * length, (k + 1) * length));
  };
};

/** The decoder of spaces of pictures: gives `Picture`s. */
export const pictureDecoder: DecoderLoader = async (space) => {
  const { run } = await modelOf(space, "decoder");
  return async (vectors) => {
    const codes = new Float32Array(vectors.length * space.dimensions);
    for (const [k, vector] of vectors.entries()) codes.set(vector, k * space.dimensions);
    const decoded = await run(new NdArray("float32", [vectors.length, space.dimensions], codes));
    const [, channels, height, width] = decoded.shape;
    const pixels = decoded.data as Float32Array;
    return vectors.map((_, k) => pictureOf(pixels.subarray(k * channels * height * width), channels, height, width));
  };
};

/** A picture from [C, H, W] in 0 .. 1; what is beyond is brought to the nearest. */
export function pictureOf(pixels: Float32Array, channels: number, height: number, width: number): Picture {
  const data = new Uint8Array(width * height * channels);
  for (let c = 0; c < channels; c++)
    for (let k = 0; k < width * height; k++) {
      data[k * channels + c] = Math.round(255 * Math.min(1, Math.max(0, pixels[c * width * height + k])));
    }
  return { width, height, channels, data };
}

function requirePicture(thing: unknown, k: number): Picture {
  const { width, height, channels, data } = (thing ?? {}) as Partial<Picture>;
  if (!(data instanceof Uint8Array) || !width || !height || !channels || data.length !== width * height * channels) {
    throw new TypeError(`embed: thing ${k} must be a picture { width, height, channels, data }`);
  }
  return { width, height, channels, data };
}
