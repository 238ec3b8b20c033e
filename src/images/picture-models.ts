import { readOnnx } from "../formats/onnx/read.js";
import type { Picture } from "../formats/picture.js";
import { NdArray } from "../networks/array.js";
import { compile } from "../networks/compile.js";
import { importOnnx } from "../networks/onnx-in.js";
import type { DecoderLoader, EncoderLoader, Space } from "../space/space.js";
import { type Frame, fitPicture } from "./picture-set.js";
import { pixelsOf } from "./pixels.js";
import { fits } from "./resize.js";

/** A model of a space, of one input and one output, as a function of arrays. Throws RangeError where there is none such. */
async function modelOf(space: Space, role: "encoder" | "decoder"): Promise<(x: NdArray) => Promise<NdArray>> {
  const bytes = await space.model(role);
  if (bytes === null) throw new RangeError(`${role === "encoder" ? "embed" : "decode"}: the space has no ${role}.onnx`);
  const { parameters, inputs, outputs, fn } = importOnnx(await readOnnx(bytes));
  if (inputs.length !== 1 || outputs.length !== 1) {
    const counts = `${inputs.length} and ${outputs.length}`;
    throw new RangeError(`${role}.onnx: a model of one input and one output was needed, got ${counts}`);
  }
  const [input, output] = [inputs[0].name, outputs[0].name];
  const run = compile(fn);
  return async (x) => (await run(parameters, { [input]: x }))[output];
}

/** What new pictures are brought to, as the space's options tell of its own. Throws RangeError where they do not. */
export function frameOf({ options }: Space): Frame {
  const { width, height, channels, fit, background } = (options.frame ?? {}) as Partial<Frame>;
  const known = [width, height, background].every((value) => typeof value === "number");
  if (!known || (channels !== 1 && channels !== 3) || !fits.includes(fit as Frame["fit"]))
    throw new RangeError("embed: the space's options.frame must tell the size of its pictures");
  return { width, height, channels, fit, background } as Frame;
}

/** The encoder of spaces of pictures: takes `Picture`s of any size, which are brought to that of the space. */
export const pictureEncoder: EncoderLoader = async (space) => {
  const run = await modelOf(space, "encoder");
  const frame = frameOf(space);
  const { width, height, channels } = frame;
  return async (things) => {
    const fitted = things.map((thing, k) => fitPicture(requirePicture(thing, k), frame));
    const data = new Uint8Array(fitted.length * width * height * channels);
    for (const [k, picture] of fitted.entries()) data.set(picture.data, k * picture.data.length);
    const items = fitted.map((_, k) => k);
    const pixels = pixelsOf({ width, height, channels, data }, items);
    const codes = await run(new NdArray("float32", [items.length, channels, height, width], pixels));
    const length = codes.shape[1];
    return items.map((k) => (codes.data as Float32Array).slice(k * length, (k + 1) * length));
  };
};

/** The decoder of spaces of pictures: gives `Picture`s. */
export const pictureDecoder: DecoderLoader = async (space) => {
  const run = await modelOf(space, "decoder");
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
function pictureOf(pixels: Float32Array, channels: number, height: number, width: number): Picture {
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
