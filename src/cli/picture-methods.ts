import type { CoderOptions } from "../images/coder-options.js";
import type { PixelRange } from "../images/decoder-model.js";
import type { GenerativeAutoencoderOptions } from "../images/generative-autoencoder.js";
import type { PictureSet } from "../images/picture-set.js";
import { cloudNeeds, numberHeldOut, type TrainingNeeds, variationalNeeds } from "../images/usual-training.js";
import type { VaeOptions } from "../images/vae.js";
import type { CheckpointSettings } from "../io/checkpoint-options.js";
import { given } from "../io/options.js";
import type { OnVectors, TaskOptions } from "../io/progress.js";
import type { Space } from "../space/space.js";
import type { ForeignDecoder } from "./foreign-decoder.js";

/** Flags of methods that embed pictures, by the library's names of the options. */
export interface PictureMethodFlags {
  dimensions?: number;
  network?: CoderOptions["network"];
  hidden?: number[];
  epochs?: number;
  batchSize?: number;
  learningRate?: number;
  heldOut?: number;
  smoothness?: number;
  loss?: "squared" | "cross-entropy";
  beta?: number;
  likelihood?: VaeOptions["likelihood"];
  deviation?: number;
  binarize?: VaeOptions["binarize"];
  /** Of inversion. */
  decoder?: string;
  range?: PixelRange;
  descent?: "adam" | "lbfgs";
  restarts?: number;
  steps?: number;
  divergence?: GenerativeAutoencoderOptions["divergence"];
  target?: GenerativeAutoencoderOptions["target"];
  lambda?: number;
  matching?: GenerativeAutoencoderOptions["matching"];
  cloud?: number;
  projections?: number;
  blur?: number;
  transport?: number;
  seed?: number;
  threads?: number;
}

/** What a run has besides its options. */
export interface PictureRun extends TaskOptions {
  /** The decoder, of inversion. */
  decoder?: ForeignDecoder;
  checkpoints?: CheckpointSettings;
  onEpoch?: CoderOptions["onEpoch"];
  /** Told of vectors while they are learned, by methods that are trained. */
  onVectors?: OnVectors;
  onNote?: (note: string) => void;
}

interface PictureMethod {
  /** What it does, for `--help`. */
  readonly does: string;
  /** The flags that have an effect. */
  readonly flags: readonly (keyof PictureMethodFlags)[];
  /** Whether it is trained in epochs, which take time and can be gone on with. */
  readonly trains: boolean;
  /** Pictures that it needs at least. */
  readonly least: number;
  /** Throws where `embed` would refuse the options before it begins. */
  check(pictures: PictureSet, options: PictureMethodFlags): Promise<void>;
  readonly needs?: TrainingNeeds;
  embed(pictures: PictureSet, options: PictureMethodFlags, run: PictureRun): Promise<Space>;
}

const coderFlags = [
  ...([
    "dimensions",
    "network",
    "hidden",
    "epochs",
    "batchSize",
    "learningRate",
    "heldOut",
    "smoothness",
    "seed",
    "threads",
  ] as const),
];

/** The options of inversion by its own names. */
function searchOf({ restarts, steps, learningRate, seed, threads, descent }: PictureMethodFlags) {
  return given({ method: descent, restarts, steps, learningRate, seed, threads });
}

/** The methods that there are: a new one is an entry here. */
export const pictureMethods = {
  autoencoder: {
    does: "codes from which a network makes the pictures again",
    flags: [...coderFlags, "loss"],
    trains: true,
    least: 2,
    check: async (pictures, options) => {
      const { checkAutoencoder } = await import("../images/autoencoder.js");
      checkAutoencoder(pictures, options);
    },
    embed: async (pictures, options, run) => {
      const { autoencoder } = await import("../images/autoencoder.js");
      return autoencoder(pictures, { ...options, ...run });
    },
  },
  vae: {
    does: "codes that lie as if drawn at random, so that random ones decode too",
    flags: [...coderFlags, "beta", "likelihood", "deviation", "binarize"],
    trains: true,
    least: 2,
    needs: variationalNeeds,
    check: async (pictures, options) => {
      const { checkVae } = await import("../images/vae.js");
      checkVae(pictures, options);
    },
    embed: async (pictures, options, run) => {
      const { vae } = await import("../images/vae.js");
      return vae(pictures, { ...options, ...run });
    },
  },
  "generative-autoencoder": {
    does: "an autoencoder whose codes together lie as a distribution from which pictures can be drawn",
    flags: [...coderFlags, "divergence", "target", "lambda", "matching", "cloud", "projections", "blur", "transport"],
    trains: true,
    least: 2,
    check: async (pictures, options) => {
      const { checkGenerativeAutoencoder } = await import("../images/generative-autoencoder.js");
      checkGenerativeAutoencoder(pictures, options);
    },
    needs: cloudNeeds,
    embed: async (pictures, options, run) => {
      const { generativeAutoencoder } = await import("../images/generative-autoencoder.js");
      return generativeAutoencoder(pictures, { ...options, ...run });
    },
  },
  pca: {
    does: "the plane that loses least, in seconds",
    flags: ["dimensions", "heldOut", "seed", "threads"],
    trains: false,
    least: 2,
    check: async (pictures, options) => {
      const { checkPicturePca } = await import("../images/picture-pca.js");
      checkPicturePca(pictures, options);
    },
    embed: async (pictures, options, { signal, onProgress }) => {
      const { picturePca } = await import("../images/picture-pca.js");
      return picturePca(pictures, { ...options, signal, onProgress });
    },
  },
  inversion: {
    does: "codes for somebody's decoder, an ONNX file that --decoder names",
    flags: ["decoder", "range", "descent", "restarts", "steps", "learningRate", "seed", "threads"],
    trains: false,
    least: 1,
    check: async (pictures, options) => {
      const { checkSpaceOfDecoder } = await import("../images/space-of-decoder.js");
      checkSpaceOfDecoder(pictures, searchOf(options));
    },
    embed: async (pictures, options, run) => {
      const { spaceOfDecoder } = await import("../images/space-of-decoder.js");
      const { signal, onProgress } = run;
      const decoder = run.decoder as ForeignDecoder; // the verb asks for it
      return spaceOfDecoder(pictures, decoder.bytes, { ...searchOf(options), ...decoder.options, signal, onProgress });
    },
  },
} satisfies Record<string, PictureMethod>;

export type PictureMethodName = keyof typeof pictureMethods;
export const namesOfPictureMethods = Object.keys(pictureMethods) as PictureMethodName[];

export function pictureMethod(name: string | undefined): PictureMethod & { name: PictureMethodName } {
  const known = (name ?? "autoencoder") as PictureMethodName;
  return { name: known, ...pictureMethods[known] };
}

/** How many pictures are trained on. */
export function numberTrained({ names }: PictureSet, { heldOut = 0.1 }: PictureMethodFlags): number {
  return names.length - numberHeldOut(names.length, heldOut);
}
