import { checkPicture, type Picture } from "../formats/picture.js";
import { integerOption, knownOptions, numberOption, wordOption } from "../io/options.js";
import type { TaskOptions } from "../io/progress.js";
import type { Space } from "../space/space.js";
import type { DecoderModel } from "./decoder-model.js";
import { type CodeDistribution, codesOf } from "./inversion/codes.js";
import type { Descent } from "./inversion/descent.js";
import { bestOf, type SearchSettings, searchCodes } from "./inversion/search-codes.js";
import { decoderFrame, decoderOf } from "./picture-models.js";
import { type Frame, fitPicture } from "./picture-set.js";

export interface InvertOptions extends TaskOptions {
  /** "adam" (default), or "lbfgs", which needs fewer steps and ends closer where the decoder is smooth. */
  method?: "adam" | "lbfgs";
  /** Where the first search begins: at the encoder's code (default where there is an encoder), or at the mean of the codes. */
  start?: "encoder" | "mean";
  /** Further searches, from normal random codes with the mean and deviations of the space's; 3 by default, 0 for none. */
  restarts?: number;
  /** Steps of Adam, 1000 by default, or iterations of L-BFGS at most, 500 by default. */
  steps?: number;
  /** Adam's, in standard deviations of the codes a step; .1 by default, .01 to .3 are useful. */
  learningRate?: number;
  /**
   * Weight of the distance to the mean code, in squared standard deviations, against squared pixels; 0 by default. About .01 to 1
   * keeps the codes of pictures that the decoder cannot make among those that it knows.
   */
  prior?: number;
  /** Weight of the squared differences of neighboring pixels of the decoded picture, which makes it smooth; 0 by default. */
  continuity?: number;
  /** Steps from one code of the path to the next; by default 1, 2, 4 ..., so that there are fewer than 120 codes. */
  pathEvery?: number;
  /** Threads of ONNX Runtime; by default what suits the size of the decoder. */
  threads?: number;
  seed?: number;
}

export const invertOptions = [
  ...["method", "start", "restarts", "steps", "learningRate", "prior", "continuity", "pathEvery", "threads", "seed"],
  ...["signal", "onProgress"],
];

/** The code of a picture. */
export interface Inversion {
  /** The picture as it was wanted: of the size and channels of the decoder's. */
  picture: Picture;
  /** [D] */
  code: Float32Array;
  /** |decode(code) - picture|^2, pixels in 0 .. 1, summed over the picture. */
  error: number;
  /** The same as a mean over pixels and channels. */
  errorPerPixel: number;
  /** All searches, of which the best is kept: the one of the lowest error, or of error and weights where there are any. */
  starts: readonly InversionStart[];
  /** Number of the search that `code` is of. */
  best: number;
  /** The way of that search, from its start to `code`. */
  path: readonly InversionPoint[];
}

export interface InversionStart {
  start: "encoder" | "mean" | "random";
  /** Squared error where it began, and where it was best. */
  startError: number;
  error: number;
  /** The best code on its way, [D]. */
  code: Float32Array;
  /** Steps that it took. */
  steps: number;
}

export interface InversionPoint {
  step: number;
  code: Float32Array;
  error: number;
}

export interface Inversions {
  /** One a picture. */
  inversions: readonly Inversion[];
  method: "adam" | "lbfgs";
  seed: number;
  /** Threads that took part, on whose number the last bits depend. */
  threads: number;
  /** What was done to the pictures and found out about the decoder, for people. */
  notes: readonly string[];
}

const where = "invert";

/**
 * Codes of pictures that a space may never have seen, by optimization through its decoder G:
 *
 *   minimize over z   |G(z) - x|^2 + prior |(z - mean) / deviation|^2 + continuity sum of squared differences of neighboring pixels
 *
 * from several starts, of which the best is kept. A picture of another size or of other channels is brought to the space's frame.
 *
 *     const { inversions: [{ code, error }] } = await invert(space, [picture]);
 *     await space.add([{ name: "me", vector: code }]);
 *
 * The same seed gives the same bytes with the same number of threads. Throws RangeError where the space has no decoder or an
 * option is out of range, FormatError where its decoder is no sound one, the signal's reason when aborted.
 */
export async function invert(
  space: Space,
  pictures: readonly Picture[],
  options: InvertOptions = {},
): Promise<Inversions> {
  knownOptions(where, options, invertOptions);
  for (const [k, picture] of pictures.entries()) checkPicture(`${where}: picture ${k}`, picture);
  const encodes = space.hasModel("encoder");
  const start = wordOption(where, "start", options.start ?? (encodes ? "encoder" : "mean"), ["encoder", "mean"]);
  if (start === "encoder" && !encodes)
    throw new RangeError(`${where}: start is "encoder", but the space has no encoder.onnx; start at "mean"`);
  const settings = searchSettings(where, options);
  const model = await decoderOf(space, where);
  const frame = decoderFrame(space, model);
  const notes = [...model.notes];
  const fitted = pictures.map((picture, k) => {
    const result = fitPicture(picture, frame);
    if (result.width !== picture.width || result.height !== picture.height) {
      const sizes = `${picture.width} x ${picture.height} pixels, brought to ${frame.width} x ${frame.height}`;
      notes.push(`picture ${k} had ${sizes} (${frame.fit})`);
    }
    return result;
  });
  const encoded = start === "encoder" ? await space.embed(fitted, options.signal) : null;
  const codes = await codesOf(space);
  const found = await invertFitted(model, fitted, frame, { codes, encoded }, settings);
  return { ...found, method: settings.method, seed: settings.seed, notes };
}

/** Pictures of the frame, inverted. */
export async function invertFitted(
  model: DecoderModel,
  fitted: readonly Picture[],
  { width, height, channels }: Frame,
  { codes, encoded }: { codes: CodeDistribution; encoded: readonly Float32Array[] | null },
  settings: SearchSettings,
): Promise<Pick<Inversions, "inversions" | "threads">> {
  const data = new Uint8Array(fitted.length * width * height * channels);
  for (const [k, picture] of fitted.entries()) data.set(picture.data, k * picture.data.length);
  const wanted = { pictures: { width, height, channels, data }, count: fitted.length, codes, encoded };
  const { descents, threads } = await searchCodes(model, wanted, settings);
  const first = encoded === null ? "mean" : "encoder";
  return { inversions: descents.map((all, k) => inversionOf(fitted[k], all, codes, first)), threads };
}

function inversionOf(
  picture: Picture,
  all: readonly Descent[],
  codes: CodeDistribution,
  first: "encoder" | "mean",
): Inversion {
  const best = bestOf(all);
  const { u, error, path } = all[best];
  const codeAt = (at: Float64Array) => Float32Array.from(at, (value, d) => codes.mean[d] + codes.deviation[d] * value);
  return {
    ...{ picture, code: codeAt(u), error, errorPerPixel: error / picture.data.length, best },
    starts: all.map(({ u, startError, error, steps }, k) => ({
      start: k === 0 ? first : "random",
      ...{ startError, error, code: codeAt(u), steps },
    })),
    path: path.map((point) => ({ step: point.step, code: codeAt(point.u), error: point.error })),
  };
}

/** Options as a search takes them, checked. Throws RangeError. */
export function searchSettings(where: string, options: InvertOptions): SearchSettings {
  const { threads, signal, onProgress } = options;
  const method = wordOption(where, "method", options.method ?? "adam", ["adam", "lbfgs"]);
  if (method === "lbfgs" && options.learningRate !== undefined)
    throw new RangeError(`${where}: learningRate is of method "adam"`);
  const steps = integerOption(where, "steps", options.steps ?? (method === "adam" ? 1000 : 500), 0);
  const { learningRate = 0.1, pathEvery } = options;
  return {
    ...{ method, steps, signal, onProgress },
    learningRate: numberOption(where, "learningRate", learningRate, { least: 0, exclusive: true }),
    restarts: integerOption(where, "restarts", options.restarts ?? 3, 0, 1000),
    prior: numberOption(where, "prior", options.prior ?? 0, { least: 0 }),
    continuity: numberOption(where, "continuity", options.continuity ?? 0, { least: 0 }),
    pathEvery: pathEvery === undefined ? undefined : integerOption(where, "pathEvery", pathEvery, 1),
    seed: integerOption(where, "seed", options.seed ?? 1, 0),
    threads: threads === undefined ? undefined : integerOption(where, "threads", threads, 1, 256),
  };
}
