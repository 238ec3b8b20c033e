/**
 * What training is for every coder of pictures, be it an autoencoder, a VAE or one that shapes the cloud of its codes: the
 * pictures in two parts, a network that learns what differs from the mean picture, the loop, the error of pictures that were
 * held out, and a space with encoder.onnx and decoder.onnx. A coder adds its equation, as `loss`:
 *
 *     const settings = checkCoderOptions("mine", pictures, options, ["lambda"]);
 *     return trainCoder(pictures, settings, {
 *       method: "mine",
 *       options: { lambda },
 *       loss: ({ encode, decode }, { x }, { random }) => {
 *         const codes = encode(x);
 *         const { pixels } = decode(codes);
 *         const error = squaredError(pixels, x);
 *         const divergence = divergenceOf(codes, random.normal(codes.shape));
 *         return { loss: add(error, mul(divergence, lambda)), codes, pixels, metrics: { divergence } };
 *       },
 *     });
 *
 * What differs between coders is said in `Coder`: how many numbers the encoder ends in and what of them is the code, a state
 * that goes from step to step (with `items` of a batch, codes of the whole training set can be kept in it), further metrics.
 */
import type { NdArray } from "../networks/array.js";
import { add, mul, sigmoid, sub } from "../networks/ops/elementwise.js";
import { adam } from "../networks/optimizers/adam.js";
import { cosineDecay } from "../networks/optimizers/schedules.js";
import type { Tensor } from "../networks/tensor.js";
import type { EpochReport, LossContext, Symbolic } from "../networks/training/options.js";
import { train } from "../networks/training/train.js";
import { Rng } from "../numerics/random.js";
import type { Space } from "../space/space.js";
import type { CoderSettings } from "./coder-options.js";
import { compiledOverPictures, overPictures, type PictureFunction } from "./over-pictures.js";
import type { PictureSet } from "./picture-set.js";
import { pictureSpace } from "./picture-space.js";
import { logitsOf, meanPicture, type PictureBatch, splitPictures } from "./pixels.js";
import { squaredError } from "./reconstruction.js";
import { roughness } from "./smoothness.js";

/** The network of a step, with its parameters. */
export interface CoderNetwork {
  /** Pictures [B, C, H, W] in 0 .. 1 -> [B, outputs] */
  encode(x: Tensor): Tensor;
  /** Codes [B, D] -> pictures [B, C, H, W], before and after what `output` makes of the last layer. */
  decode(codes: Tensor): { logits: Tensor; pixels: Tensor };
}

export interface CoderBatch {
  /** Pictures [B, C, H, W] in 0 .. 1. */
  x: Tensor;
  /** Numbers of these pictures, int32 [B]: from 0 to N - 1 of the N that are trained on, or of those that are held out. */
  items: Tensor;
}

export interface CoderLoss<State> {
  /** The mean over the batch. */
  loss: Tensor;
  /** What was decoded, [B, D]; where `smoothness` is asked for, the decoder is made smooth around these. */
  codes: Tensor;
  /** What it was decoded to, [B, C, H, W]; its squared error becomes the metric `error`. */
  pixels: Tensor;
  /** Parts of the loss, scalars by name. */
  metrics?: Readonly<Record<string, Tensor>>;
  /** The state of the next step; as before where it is left out. Not used while validating. */
  state?: Symbolic<State>;
}

/** What makes a coder. */
export interface Coder<State = Record<string, never>> {
  /** Name of the method, for the space and messages. */
  method: string;
  /** Its own options, for the space. */
  options: object;
  loss(network: CoderNetwork, batch: CoderBatch, context: LossContext<State>): CoderLoss<State>;
  /** What is done to every picture before it is encoded, also in encoder.onnx; nothing by default. */
  prepare?(x: Tensor): Tensor;
  /** Numbers a picture in which the encoder ends; D, the width of the codes, by default. */
  outputs?: number;
  /** The codes [B, D] of pictures, for encoder.onnx and the space; what `encode` gives by default. */
  codes?(network: CoderNetwork, x: Tensor): Tensor;
  /** The state before the first step; none by default. */
  state?(start: CoderStart): Promise<State>;
  /**
   * What is done to codes once the network is trained, behind the encoder and, turned around, before the decoder: fitted to the
   * codes [count, D] of the pictures that were trained on. Only where the encoder ends in the code; codes that are told while
   * training are without it. Nothing by default.
   */
  finish?(codes: Float32Array): Promise<CodeMap>;
  /**
   * More metrics of the space, of what the trained encoder ends in, [count, outputs], and `finish` made of it: for the pictures
   * that were held out, or those that were trained on where none were.
   */
  metrics?(encoded: Float32Array, count: number): object | Promise<object>;
}

/** An invertible function of codes [B, D], with its parameters. */
export interface CodeMap<Params = unknown> {
  params: Params;
  forward(params: unknown, codes: Tensor): Tensor;
  inverse(params: unknown, codes: Tensor): Tensor;
}

export interface CoderStart {
  /** N, the pictures that are trained on. */
  count: number;
  /** What the encoder ends in for each of them before the first step, [N, outputs]. */
  encoded(): Promise<Float32Array>;
}

/** Trains a coder of pictures. Rejects with the signal's reason where it is stopped, after a last checkpoint. */
export async function trainCoder<State = Record<string, never>>(
  pictures: PictureSet,
  settings: CoderSettings,
  coder: Coder<State>,
): Promise<Space> {
  const { network, dimensions, output, epochs, batchSize, learningRate, heldOut, smoothness, seed, run } = settings;
  const { prepare = (x) => x, outputs = dimensions, codes: codesOf = ({ encode }, x) => encode(x) } = coder;
  run.signal?.throwIfAborted();
  const { training: trained, validation, trainingItems, heldOutItems } = splitPictures(pictures, heldOut, seed);
  // the network learns what differs from the mean picture: without it the first directions would be spent on the mean
  const middle = meanPicture(pictures, trainingItems);
  const offset = output === "sigmoid" ? logitsOf(middle) : middle;
  const networkWith = (params: unknown): CoderNetwork => ({
    encode: (x) => network.encode(params, sub(prepare(x), middle)),
    decode: (z) => {
      const logits = add(network.decode(params, z), offset);
      return { logits, pixels: output === "sigmoid" ? sigmoid(logits) : logits };
    },
  });
  const params = network.init(new Rng(seed), outputs, dimensions) as Record<string, NdArray>;
  const encoded = (weights: unknown, items: ArrayLike<number>) =>
    overPictures(pictures, items, (given, x) => networkWith(given).encode(x), weights, run);
  const start = { count: trained.count, encoded: () => encoded(params, trainingItems) };
  const state = (await coder.state?.(start)) ?? ({} as State);
  const options = { ...settings.recorded, ...coder.options };
  const told = tellCodes(pictures, (weights, x) => codesOf(networkWith(weights), x), dimensions, run);
  const { onVectors: _, ...task } = run;
  const training = train<typeof params, PictureBatch, State>({
    params,
    loss: (weights, batch, context) => {
      const net = networkWith(weights);
      const { pixels, codes, loss, metrics, state: next } = coder.loss(net, batch, context);
      const parts = { error: squaredError(pixels, batch.x), ...metrics };
      if (smoothness === 0) return { loss, metrics: parts, state: next };
      const rough = roughness((z) => net.decode(z).pixels, codes, context.random);
      return { loss: add(loss, mul(smoothness, rough)), metrics: { ...parts, roughness: rough }, state: next };
    },
    optimizer: adam({ learningRate: cosineDecay(learningRate, epochs * Math.ceil(trained.count / batchSize)) }),
    data: trained,
    state,
    ...(validation === null ? {} : { validation: { data: validation } }),
    restoreBest: false, // the epoch is not chosen by the pictures that judge it
    settings: Object.fromEntries(Object.entries(options).map(([name, value]) => [name, JSON.stringify(value)])),
    ...{ batchSize, epochs, seed, ...task },
    onParams: told?.onParams,
  });
  const result = await training.finally(() => told?.close());
  const map = await coder.finish?.(await encoded(result.params, trainingItems));
  const learned = map === undefined ? result.params : { ...result.params, map: map.params };
  const finishedWith = (weights: unknown): CoderNetwork => {
    const { encode, decode } = networkWith(weights);
    if (map === undefined) return { encode, decode };
    const { map: own } = weights as { map: unknown };
    return { encode: (x) => map.forward(own, encode(x)), decode: (z) => decode(map.inverse(own, z)) };
  };
  const judged = heldOutItems.length > 0 ? heldOutItems : trainingItems;
  const ends = await overPictures(pictures, judged, (given, x) => finishedWith(given).encode(x), learned, run);
  const more = await coder.metrics?.(ends, judged.length);
  return pictureSpace(pictures, {
    method: coder.method,
    ...{ options, dimensions, seed, threads: result.threads, signal: run.signal, params: learned },
    metrics: { ...metricsOf(result.history[epochs - 1], pictures), heldOut: heldOutItems.length, ...more },
    encode: (weights, x) => codesOf(finishedWith(weights), x),
    decode: (weights, z) => finishedWith(weights).decode(z).pixels,
  });
}

/** Gives out the codes of all pictures where somebody listens; null where nobody does. */
function tellCodes(
  pictures: PictureSet,
  codesOf: PictureFunction,
  dimensions: number,
  { onVectors, threads, signal }: CoderSettings["run"],
) {
  if (onVectors === undefined) return null;
  const over = compiledOverPictures(pictures, codesOf, threads);
  const items = Uint32Array.from(pictures.names, (_, n) => n);
  return {
    onParams: async (params: unknown) => onVectors(await over.run(items, params, signal), dimensions),
    close: () => over.close(),
  };
}

/** `trainingLoss`, `heldOutLoss`, ... of the last epoch, null where nothing is held out, and the error per pixel. */
function metricsOf({ training, validation }: EpochReport, { width, height, channels }: PictureSet) {
  const named = Object.entries(training).flatMap(([name, value]) => {
    const title = name[0].toUpperCase() + name.slice(1);
    return [
      [`training${title}`, value],
      [`heldOut${title}`, validation?.[name] ?? null],
    ];
  });
  const perPixel = validation === undefined ? null : validation.error / (width * height * channels);
  return { ...Object.fromEntries(named), heldOutErrorPerPixel: perPixel };
}
