import { readOnnx } from "../formats/onnx/read.js";
import { FormatError } from "../io/errors.js";
import { knownOptions, wordOption } from "../io/options.js";
import { NdArray } from "../networks/array.js";
import { compile } from "../networks/compile.js";
import { importOnnx } from "../networks/onnx-in.js";
import { add, div, mul } from "../networks/ops/elementwise.js";
import { reshape, transpose } from "../networks/ops/shape.js";
import type { Tensor } from "../networks/tensor.js";
import { trace } from "../networks/trace.js";
import { Rng } from "../numerics/random.js";
import { type Layout, layouts, type PictureAxes, pictureAxes } from "./decoder-axes.js";
import type { PictureShape } from "./networks.js";

/** What black and white are in a decoder's pictures. */
export type PixelRange = (typeof pixelRanges)[number];
export const pixelRanges = ["0..1", "-1..1", "0..255"] as const;

export interface DecoderOptions {
  /** What black and white are in its pictures; by default what the values of some decoded codes look like. */
  range?: PixelRange;
  /** Where the channels stand; by default the axis of length 1 or 3, the first where both are. */
  layout?: Layout;
  /** What messages call the file; "decoder.onnx" by default. */
  name?: string;
}

export const decoderOptions = ["range", "layout", "name"];

/** Somebody's decoder as a differentiable function from codes to pictures. */
export interface DecoderModel {
  /** Numbers D of a code, all axes together. */
  readonly dimensions: number;
  /** Of its pictures. */
  readonly shape: PictureShape;
  /** How many codes it takes at a time; null for any number. */
  readonly batch: number | null;
  readonly range: PixelRange;
  readonly layout: Layout;
  /** What was found out about the file, for people. */
  readonly notes: readonly string[];
  /** Codes [B, D] -> pictures [B, C, H, W], black 0 and white 1; what goes beyond is left so. */
  decode(codes: Tensor): Tensor;
}

/** Stream of the codes that show the range of the values. */
const rangeStream = 0x72616e67;
const rangeCodes = 8;
/** Codes at which a file is tried that takes any number of them: unlike any usual number of channels. */
const trialBatch = 5;

/**
 * Reads an ONNX file of one input and one output as a decoder. The input is codes, float [B, D], or of more axes behind the
 * first, such as [B, D, 1, 1] or [B, layers, D], which are then one row of numbers here; B may be fixed. The output is pictures:
 * [B, C, H, W], [B, H, W, C], gray ones also [B, H, W], and square ones [B, pixels].
 *
 * Throws FormatError where the file is something else, and names what does not fit.
 */
export async function decoderModel(bytes: Uint8Array, options: DecoderOptions = {}): Promise<DecoderModel> {
  knownOptions("decoderModel", options, decoderOptions);
  const { name: file = "decoder.onnx", range, layout } = options;
  if (range !== undefined) wordOption("decoderModel", "range", range, pixelRanges);
  if (layout !== undefined) wordOption("decoderModel", "layout", layout, layouts);
  const refuse = (message: string) => new FormatError("unsupported", { file }, message);
  const { inputs, outputs, notes, fn } = importOnnx(await readOnnx(bytes, { name: file }), {
    name: file,
    trainable: false,
  });
  if (inputs.length !== 1 || outputs.length !== 1) {
    const named = (values: readonly { name: string }[]) => values.map(({ name }) => JSON.stringify(name)).join(", ");
    const got = `inputs ${named(inputs) || "none"} and outputs ${named(outputs) || "none"}`;
    throw refuse(`a decoder has one input, codes, and one output, pictures; this one has ${got}`);
  }
  const [input, output] = [inputs[0], outputs[0]];
  const codeShape = codeAxes(input.shape, input.dtype);
  if (typeof codeShape === "string") throw refuse(`the input ${JSON.stringify(input.name)} ${codeShape}`);
  const dimensions = codeShape.reduce((product, size) => product * size, 1);
  const raw = (codes: Tensor): Tensor =>
    fn({}, { [input.name]: reshape(codes, [codes.shape[0], ...codeShape]) })[output.name];

  const { batch, shape: made } = madeShape(raw, dimensions, input.shape?.[0], refuse);
  const found = pictureAxes(made.slice(1), layout);
  if (typeof found === "string") throw refuse(`the output ${JSON.stringify(output.name)} ${found}`);
  const told = [...notes];
  if (batch !== null) told.push(`it takes ${batch} ${batch === 1 ? "code" : "codes"} at a time`);
  if (found.note !== undefined) told.push(found.note);
  const decodeRaw = (codes: Tensor) => channelsFirst(raw(codes), found);
  const measured = range ?? (await rangeOf(decodeRaw, { batch, dimensions, told, refuse }));
  return {
    ...{ dimensions, shape: found.shape, batch, layout: found.layout, range: measured, notes: told },
    decode: (codes) => toUnit(decodeRaw(codes), measured),
  };
}

/** Axes of a code behind that of the batch, or what is wrong with the input. */
function codeAxes(shape: readonly (number | string)[] | null, dtype: string): number[] | string {
  if (dtype !== "float32") return `must be floating point numbers, it is ${dtype}`;
  if (shape === null) return "does not tell its shape; codes [batch, D] were needed";
  const axes = shape.slice(1);
  const text = `[${shape.map((size) => (size === "" ? "?" : size)).join(", ")}]`;
  if (axes.length === 0) return `must be codes [batch, D], it is ${text}`;
  if (axes.some((size) => typeof size !== "number" || size < 1))
    return `leaves the length of a code open, ${text}; export it with a fixed one, such as ["batch", 512]`;
  return axes as number[];
}

/** How many codes at a time the file takes, and the shape of what it makes of them. Throws FormatError. */
function madeShape(
  decode: (codes: Tensor) => Tensor,
  dimensions: number,
  declared: number | string | undefined,
  refuse: (message: string) => FormatError,
): { batch: number | null; shape: readonly number[] } {
  const at = (count: number): readonly number[] => {
    const type = { dtype: "float32", shape: [count, dimensions] } as const;
    const { shape } = trace(decode as never, type).graph.outputs[0];
    if (shape[0] === count) return shape;
    throw refuse(`it makes [${shape.join(", ")}] of ${count} codes, whose first axis must be ${count}`);
  };
  if (typeof declared === "number") return { batch: declared, shape: at(declared) };
  try {
    return { batch: null, shape: at(trialBatch) };
  } catch (error) {
    // files that say they take any number may hold shapes of one
    try {
      return { batch: 1, shape: at(1) };
    } catch {
      throw error;
    }
  }
}

function channelsFirst(made: Tensor, { layout, shape: { channels, height, width } }: PictureAxes): Tensor {
  if (layout === "channels-last" && channels > 1) {
    return transpose(reshape(made, [made.shape[0], height, width, channels]), [0, 3, 1, 2]);
  }
  return reshape(made, [made.shape[0], channels, height, width]);
}

function toUnit(pixels: Tensor, range: PixelRange): Tensor {
  if (range === "0..255") return div(pixels, 255);
  return range === "-1..1" ? mul(add(pixels, 1), 0.5) : pixels;
}

interface RangeQuestion {
  batch: number | null;
  dimensions: number;
  /** Takes what was found. */
  told: string[];
  refuse(message: string): FormatError;
}

/** Above this, values are bytes; below minus the other, they go from -1. Outputs without a last sigmoid overshoot less. */
const [brightest, darkest] = [8, 0.3];

/** The range that the values of some normal codes lie in. */
async function rangeOf(
  decode: (codes: Tensor) => Tensor,
  { batch, dimensions, told, refuse }: RangeQuestion,
): Promise<PixelRange> {
  const run = compile(decode as (codes: Tensor) => Tensor);
  try {
    const rng = new Rng(1, rangeStream);
    const count = batch ?? rangeCodes;
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let done = 0; done < rangeCodes; done += count) {
      const codes = Float32Array.from({ length: count * dimensions }, () => rng.normal());
      const made = await run(new NdArray("float32", [count, dimensions], codes));
      for (const value of made.data as Float32Array) {
        if (!Number.isFinite(value)) throw refuse(`it makes ${value} of a normal random code`);
        if (value < low) low = value;
        if (value > high) high = value;
      }
    }
    const range = high > brightest ? "0..255" : low < -darkest ? "-1..1" : "0..1";
    told.push(`its values go from ${low.toPrecision(3)} to ${high.toPrecision(3)}: taken for ${range}`);
    return range;
  } finally {
    await run.close();
  }
}
