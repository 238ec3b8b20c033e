import { readOnnx } from "../formats/onnx/read.js";
import type { Picture } from "../formats/picture.js";
import { NdArray } from "../networks/array.js";
import { compile } from "../networks/compile.js";
import { importOnnx } from "../networks/onnx-in.js";
import type { DecoderLoader, EncoderLoader, Space } from "../space/space.js";
import { type DecoderModel, type DecoderOptions, decoderModel } from "./decoder-model.js";
import { type Frame, fitPicture, framing } from "./picture-set.js";
import { pixelsOf } from "./pixels.js";
import { fits } from "./resize.js";

/** The encoder of a space, of one input and one output, as a function of arrays. Throws RangeError where there is none such. */
async function encoderOf(space: Space): Promise<{ run(x: NdArray): Promise<NdArray>; close(): Promise<void> }> {
  const bytes = await space.model("encoder");
  if (bytes === null) throw new RangeError("embed: the space has no encoder.onnx");
  const { parameters, inputs, outputs, fn } = importOnnx(await readOnnx(bytes));
  if (inputs.length !== 1 || outputs.length !== 1) {
    const counts = `${inputs.length} and ${outputs.length}`;
    throw new RangeError(`encoder.onnx: a model of one input and one output was needed, got ${counts}`);
  }
  const [input, output] = [inputs[0].name, outputs[0].name];
  const run = compile(fn);
  return { run: async (x) => (await run(parameters, { [input]: x }))[output], close: () => run.close() };
}

/** The decoder of a space. Throws RangeError where it has none, or one of other codes, FormatError where it is no sound one. */
export async function decoderOf(space: Space, where: string): Promise<DecoderModel> {
  const bytes = await space.model("decoder");
  if (bytes === null) throw new RangeError(`${where}: the space has no decoder.onnx`);
  // what was trained here makes such pictures; of others the space tells
  const trained: DecoderOptions = { range: "0..1", layout: "channels-first" };
  const model = await decoderModel(bytes, (space.options.decoder ?? trained) as DecoderOptions);
  if (model.dimensions === space.dimensions) return model;
  const sizes = `${model.dimensions} numbers, those of the space have ${space.dimensions}`;
  throw new RangeError(`${where}: the codes of decoder.onnx have ${sizes}`);
}

/** What new pictures are brought to, as the space's options tell of its own. Throws RangeError where they do not. */
export function frameOf({ options }: Space): Frame {
  const { width, height, channels, fit, background } = (options.frame ?? {}) as Partial<Frame>;
  const known = [width, height, background].every((value) => typeof value === "number");
  if (!known || (channels !== 1 && channels !== 3) || !fits.includes(fit as Frame["fit"]))
    throw new RangeError("embed: the space's options.frame must tell the size of its pictures");
  return { width, height, channels, fit, background } as Frame;
}

/** The size of a decoder's pictures, and how others are brought to it: as the space tells, else as sets do by themselves. */
export function decoderFrame({ options }: Space, { shape }: DecoderModel): Frame {
  const { fit, background } = (options.frame ?? {}) as Partial<Frame>;
  const told = fits.includes(fit as Frame["fit"]) && typeof background === "number";
  const { width, height, channels } = shape;
  return { width, height, channels: channels as 1 | 3, ...(told ? { fit, background } : framing({})) } as Frame;
}

/** The encoder of spaces of pictures: takes `Picture`s of any size, which are brought to that of the space. */
export const pictureEncoder: EncoderLoader = async (space) => {
  const { run, close } = await encoderOf(space);
  const frame = frameOf(space);
  const { width, height, channels } = frame;
  const encodeSome = async (things: readonly unknown[], start: number) => {
    const fitted = things.map((thing, k) => fitPicture(requirePicture(thing, start + k), frame));
    const data = new Uint8Array(fitted.length * width * height * channels);
    for (const [k, picture] of fitted.entries()) data.set(picture.data, k * picture.data.length);
    const items = fitted.map((_, k) => k);
    const pixels = pixelsOf({ width, height, channels, data }, items);
    const codes = await run(new NdArray("float32", [items.length, channels, height, width], pixels));
    const length = codes.shape[1];
    return items.map((k) => (codes.data as Float32Array).slice(k * length, (k + 1) * length));
  };
  const atOnce = atOnceOf(width * height * channels);
  const encode = async (things: readonly unknown[], signal?: AbortSignal) => {
    const codes: Float32Array[] = [];
    for (let start = 0; start < things.length; start += atOnce) {
      signal?.throwIfAborted();
      codes.push(...(await encodeSome(things.slice(start, start + atOnce), start)));
    }
    return codes;
  };
  return Object.assign(encode, { close });
};

/** Pictures that are encoded or decoded at a time at most, and numbers of all of them. */
const [mostAtOnce, mostNumbers] = [256, 2 ** 22];

/** How many pictures of so many numbers are taken at a time. */
function atOnceOf(length: number): number {
  return Math.max(1, Math.min(mostAtOnce, Math.floor(mostNumbers / length)));
}

/** The decoder of spaces of pictures: gives `Picture`s. */
export const pictureDecoder: DecoderLoader = async (space) => {
  const { decode, dimensions, batch, shape } = await decoderOf(space, "decode");
  const { channels, height, width } = shape;
  const length = channels * height * width;
  const run = compile(decode);
  const toPictures = async (vectors: readonly Float32Array[], signal?: AbortSignal) => {
    const most = batch ?? atOnceOf(length);
    const pictures: Picture[] = [];
    for (let first = 0; first < vectors.length; first += most) {
      signal?.throwIfAborted();
      const some = vectors.slice(first, first + most);
      const rows = batch ?? some.length; // a file that takes so many codes gets zeros beside fewer
      const codes = new Float32Array(rows * dimensions);
      for (const [k, vector] of some.entries()) codes.set(vector, k * dimensions);
      const { data } = await run(new NdArray("float32", [rows, dimensions], codes));
      const pixels = data as Float32Array;
      for (const k of some.keys()) {
        pictures.push(pictureOf(pixels.subarray(k * length, (k + 1) * length), channels, height, width));
      }
    }
    return pictures;
  };
  return Object.assign(toPictures, { close: () => run.close() });
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

/** A thing as a picture. Throws TypeError where it is none. */
export function requirePicture(thing: unknown, k: number): Picture {
  const { width, height, channels, data } = (thing ?? {}) as Partial<Picture>;
  if (!(data instanceof Uint8Array) || !width || !height || !channels || data.length !== width * height * channels) {
    throw new TypeError(`embed: thing ${k} must be a picture { width, height, channels, data }`);
  }
  return { width, height, channels, data };
}
