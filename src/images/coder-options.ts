import { type CheckpointSettings, checkCheckpoints } from "../io/checkpoint-options.js";
import { integerOption, knownOptions, numberOption, wordOption } from "../io/options.js";
import type { OnVectors, TaskOptions } from "../io/progress.js";
import type { EpochReport } from "../networks/training/options.js";
import { type NetworkName, networkNames, networkOf } from "./network-choice.js";
import type { PictureNetwork } from "./networks.js";
import type { PictureSet } from "./picture-set.js";
import { numberHeldOut, type TrainingNeeds, usualTraining } from "./usual-training.js";

/** What every coder that is trained on pictures takes. */
export interface CoderOptions extends TaskOptions {
  /** Width D of the codes; 30 by default. Below about 10 pictures blur, above 100 codes say little by themselves. */
  dimensions?: number;
  /** "dense" (default for up to 32 x 32) or "convolutional" (default for larger ones with sides that are multiples of 4). */
  network?: NetworkName;
  /** Widths of the dense network's layers between pixels and code; [1000, 500, 250] by default; [] makes it linear. */
  hidden?: readonly number[];
  /**
   * What makes pixels of the decoder's last layer: "sigmoid" (default), which keeps them in 0 .. 1, or "linear" (default of a
   * network without hidden layers, which then finds the plane that PCA finds).
   */
  output?: "sigmoid" | "linear";
  /** Passes over the pictures; by default 20, of few pictures as many as make 1,000 steps, 4,000 of a VAE. */
  epochs?: number;
  /** Pictures a step; by default 128, of fewer than 2,048 pictures down to 16. */
  batchSize?: number;
  /** Adam's, falling to 0 along a cosine; 1e-3 by default. */
  learningRate?: number;
  /** Share of the pictures that is held out, to measure the error; .1 by default, 0 for none. */
  heldOut?: number;
  /**
   * Weight of a penalty on how much the decoder's pictures change with the code, in standard deviations of the codes
   * (src/images/smoothness.ts), which makes walks smooth; 0 by default. Useful from .01 to 1 of a squared error, more of nats: at 1
   * a smooth picture counts as much as a right one. On MNIST a step takes 1.2 (dense) to 1.7 times as long (convolutional).
   */
  smoothness?: number;
  /** Of the first weights, the held-out pictures, the order of the others and all that is drawn while training. Default 1. */
  seed?: number;
  /** Threads of ONNX Runtime; part of what a run's bytes depend on. */
  threads?: number;
  /** Where the run is kept, so that a stopped one goes on bit for bit. */
  checkpoints?: CheckpointSettings;
  /** Told after each epoch: the means of the loss and its parts, over what was trained on and what was held out. */
  onEpoch?: (report: EpochReport) => void;
  /** Told of the codes of all pictures while they are learned, in the order of the set. */
  onVectors?: OnVectors;
  /** Told of things worth knowing, such as a damaged checkpoint that was passed over. */
  onNote?: (note: string) => void;
}

/** Names of the options that every coder takes. */
const coderOptions = [
  ...["dimensions", "network", "hidden", "output", "epochs", "batchSize", "learningRate", "heldOut", "smoothness"],
  ...["seed", "threads", "checkpoints", "onEpoch", "onVectors", "onNote", "signal", "onProgress"],
];

/** The options of a coder checked, with defaults. */
export interface CoderSettings {
  dimensions: number;
  network: PictureNetwork;
  output: "sigmoid" | "linear";
  epochs: number;
  batchSize: number;
  learningRate: number;
  heldOut: number;
  smoothness: number;
  seed: number;
  /** What the space records of these. */
  recorded: object;
  /** What the run takes as it was given. */
  run: Pick<CoderOptions, "threads" | "checkpoints" | "onEpoch" | "onVectors" | "onNote" | "signal" | "onProgress">;
}

/**
 * Checks what a coder shares with all others. `own` are the names of the options that it has besides and checks itself;
 * `needs` is what the method asks of the usual training. Throws RangeError or TypeError, with the name of the
 * option.
 */
export function checkCoderOptions(
  where: string,
  pictures: PictureSet,
  options: CoderOptions,
  own: readonly string[],
  needs?: TrainingNeeds,
): CoderSettings {
  knownOptions(where, options, [...coderOptions, ...own]);
  const count = pictures.names.length;
  if (count < 2) throw new RangeError(`${where}: at least two pictures were needed, got ${count}`);
  const { hidden, threads, checkpoints, onEpoch, onVectors, onNote, signal, onProgress } = options;
  if (options.network !== undefined) wordOption(where, "network", options.network, networkNames);
  if (hidden !== undefined && !Array.isArray(hidden))
    throw new TypeError(`${where}: hidden must be a list of widths, got ${typeof hidden}`);
  if (threads !== undefined) integerOption(where, "threads", threads, 1, 256);
  if (checkpoints !== undefined) checkCheckpoints(where, checkpoints);
  const output = options.output ?? (hidden?.length === 0 ? "linear" : "sigmoid");
  const heldOut = numberOption(where, "heldOut", options.heldOut ?? 0.1, { least: 0, most: 0.5 });
  if (options.batchSize !== undefined) integerOption(where, "batchSize", options.batchSize, 1);
  const { epochs, batchSize } = usualTraining(count - numberHeldOut(count, heldOut), options, needs);
  const checked = {
    dimensions: integerOption(where, "dimensions", options.dimensions ?? 30, 1, 4096),
    output: wordOption(where, "output", output, ["sigmoid", "linear"]),
    epochs: integerOption(where, "epochs", epochs, 1),
    batchSize,
    learningRate: numberOption(where, "learningRate", options.learningRate ?? 1e-3, { least: 0, exclusive: true }),
    heldOut,
    smoothness: numberOption(where, "smoothness", options.smoothness ?? 0, { least: 0 }),
  };
  const { name, network } = networkOf(where, pictures, options.network, hidden);
  return {
    ...checked,
    network,
    seed: integerOption(where, "seed", options.seed ?? 1, 0),
    recorded: { ...checked, network: name, hidden: hidden ?? null },
    run: { threads, checkpoints, onEpoch, onVectors, onNote, signal, onProgress },
  };
}
