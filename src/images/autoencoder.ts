import { integerOption, knownOptions, numberOption, wordOption } from "../io/options.js";
import type { TaskOptions } from "../io/progress.js";
import type { NdArray } from "../networks/array.js";
import { add, mul, sigmoid, softplus, square, sub } from "../networks/ops/elementwise.js";
import { mean, sum } from "../networks/ops/reductions.js";
import { adam } from "../networks/optimizers/adam.js";
import { cosineDecay } from "../networks/optimizers/schedules.js";
import type { Tensor } from "../networks/tensor.js";
import { train } from "../networks/training/train.js";
import { Rng } from "../numerics/random.js";
import type { Space } from "../space/space.js";
import { type NetworkName, networkNames, networkOf } from "./network-choice.js";
import type { PictureSet } from "./picture-set.js";
import { pictureSpace } from "./picture-space.js";
import { logitsOf, meanPicture, splitPictures } from "./pixels.js";

export interface AutoencoderOptions extends TaskOptions {
  /** Width D of the codes; 30 by default. Below about 10 pictures blur, above 100 codes say little by themselves. */
  dimensions?: number;
  /** "dense" (default for up to 32 x 32) or "convolutional" (default for larger ones with sides that are multiples of 4). */
  network?: NetworkName;
  /** Widths of the dense network's layers between pixels and code; [1000, 500, 250] by default; [] makes it linear. */
  hidden?: readonly number[];
  /** "squared" (default): the squared error summed over pixels; "cross-entropy": of pixels taken for probabilities. */
  loss?: "squared" | "cross-entropy";
  /**
   * What makes pixels of the decoder's last layer: "sigmoid" (default), which keeps them in 0 .. 1, or "linear" (default of a
   * network without hidden layers, which then finds the plane that PCA finds).
   */
  output?: "sigmoid" | "linear";
  /** Passes over the pictures; 20 by default. */
  epochs?: number;
  /** Pictures a step; 128 by default. */
  batchSize?: number;
  /** Adam's, falling to 0 along a cosine; 1e-3 by default. */
  learningRate?: number;
  /** Share of the pictures that is held out, to measure the error; .1 by default, 0 for none. */
  heldOut?: number;
  seed?: number;
}

const autoencoderOptions = [
  ...["dimensions", "network", "hidden", "loss", "output", "epochs", "batchSize", "learningRate", "heldOut", "seed"],
  ...["signal", "onProgress"],
];
const where = "autoencoder";

/**
 * Autoencoder (Hinton and Salakhutdinov 2006, "Reducing the dimensionality of data with neural networks"): codes z = enc(x) from
 * which dec(z) gives the picture back,
 *
 *   minimize   mean over pictures of |x - dec(enc(x))|^2,   pixels in [0, 1], summed over a picture,
 *
 * by Adam. Leaves a space of the codes with encoder.onnx and decoder.onnx; `metrics` has the error of pictures that were held
 * out, per picture and per pixel. `embed` takes pictures, `decode` gives them.
 */
export async function autoencoder(pictures: PictureSet, options: AutoencoderOptions = {}): Promise<Space> {
  knownOptions(where, options, autoencoderOptions);
  const { width, height, channels } = pictures;
  const shape = { width, height, channels };
  const dimensions = integerOption(where, "dimensions", options.dimensions ?? 30, 1, 4096);
  const loss = wordOption(where, "loss", options.loss ?? "squared", ["squared", "cross-entropy"]);
  const output = wordOption(where, "output", options.output ?? (options.hidden?.length === 0 ? "linear" : "sigmoid"), [
    "sigmoid",
    "linear",
  ]);
  if (output === "linear" && loss === "cross-entropy")
    throw new RangeError(`${where}: cross-entropy takes pixels for probabilities, which a linear output is not`);
  const epochs = integerOption(where, "epochs", options.epochs ?? 20, 1);
  const batchSize = integerOption(where, "batchSize", options.batchSize ?? 128, 1);
  const learningRate = numberOption(where, "learningRate", options.learningRate ?? 1e-3, { least: 0, exclusive: true });
  const heldOut = numberOption(where, "heldOut", options.heldOut ?? 0.1, { least: 0, most: 0.5 });
  const seed = integerOption(where, "seed", options.seed ?? 1, 0);
  if (options.network !== undefined) wordOption(where, "network", options.network, networkNames);
  const { name, network } = networkOf(where, shape, options.network, options.hidden);
  const { training, validation, trainingItems } = splitPictures(pictures, heldOut, seed);
  // the network learns what differs from the mean picture: without it the first directions would be spent on the mean
  const middle = meanPicture(pictures, trainingItems);
  const offset = output === "sigmoid" ? logitsOf(middle) : middle;
  const encode = (params: unknown, x: Tensor) => network.encode(params, sub(x, middle));
  const decodeLogits = (params: unknown, z: Tensor) => add(network.decode(params, z), offset);
  const pixelsFrom = (last: Tensor) => (output === "sigmoid" ? sigmoid(last) : last);
  const steps = epochs * Math.ceil(training.count / batchSize);
  const result = await train({
    params: network.init(new Rng(seed), dimensions, dimensions) as Record<string, NdArray>,
    loss: (params, batch) => {
      const { x } = batch as unknown as { x: Tensor };
      const logits = decodeLogits(params, encode(params, x));
      const error = mean(sum(square(sub(pixelsFrom(logits), x)), [1, 2, 3]));
      return { loss: loss === "squared" ? error : crossEntropyOf(logits, x), metrics: { error } };
    },
    optimizer: adam({ learningRate: cosineDecay(learningRate, steps) }),
    data: training,
    ...(validation === null ? {} : { validation: { data: validation } }),
    restoreBest: false, // the epoch is not chosen by the pictures that judge it
    ...{ batchSize, epochs, seed, signal: options.signal, onProgress: options.onProgress },
  });
  const last = result.history.at(-1);
  const error = last?.validation?.error ?? null;
  const metrics = {
    heldOutError: error,
    heldOutErrorPerPixel: error === null ? null : error / (width * height * channels),
    trainingError: last?.training.error ?? null,
    heldOut: validation?.count ?? 0,
  };
  return pictureSpace(pictures, {
    method: where,
    options: {
      dimensions,
      network: name,
      hidden: options.hidden ?? null,
      loss,
      output,
      epochs,
      batchSize,
      learningRate,
      heldOut,
    },
    ...{ dimensions, seed, metrics, threads: result.threads, signal: options.signal },
    encode,
    decode: (params: unknown, z: Tensor) => pixelsFrom(decodeLogits(params, z)),
    params: result.params,
  });
}

/** -x ln p - (1 - x) ln(1 - p) of p = sigmoid(logits), summed over a picture, in nats; the mean over pictures. */
function crossEntropyOf(logits: Tensor, x: Tensor): Tensor {
  return mean(sum(sub(softplus(logits), mul(x, logits)), [1, 2, 3]));
}
