import type { CoderOptions } from "../images/coder-options.js";
import type { PictureSet } from "../images/picture-set.js";
import type { VaeOptions } from "../images/vae.js";
import type { CheckpointSettings } from "../io/checkpoint-options.js";
import type { TaskOptions } from "../io/progress.js";
import type { Space } from "../space/space.js";

/** Flags of methods that embed pictures, by the library's names of the options. */
export interface PictureMethodFlags {
  dimensions?: number;
  network?: CoderOptions["network"];
  hidden?: number[];
  epochs?: number;
  batchSize?: number;
  learningRate?: number;
  heldOut?: number;
  loss?: "squared" | "cross-entropy";
  beta?: number;
  likelihood?: VaeOptions["likelihood"];
  deviation?: number;
  binarize?: VaeOptions["binarize"];
  seed?: number;
  threads?: number;
}

/** What a run has besides its options. */
export interface PictureRun extends TaskOptions {
  checkpoints?: CheckpointSettings;
  onEpoch?: CoderOptions["onEpoch"];
  onNote?: (note: string) => void;
}

interface PictureMethod {
  /** What it does, for `--help`. */
  readonly does: string;
  /** The flags that have an effect. */
  readonly flags: readonly (keyof PictureMethodFlags)[];
  /** Whether it is trained in epochs, which take time and can be gone on with. */
  readonly trains: boolean;
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
    "seed",
    "threads",
  ] as const),
];

/** The methods that there are: a new one is an entry here. */
export const pictureMethods = {
  autoencoder: {
    does: "codes from which a network makes the pictures again",
    flags: [...coderFlags, "loss"],
    trains: true,
    embed: async (pictures, options, run) => {
      const { autoencoder } = await import("../images/autoencoder.js");
      return autoencoder(pictures, { ...options, ...run });
    },
  },
  vae: {
    does: "codes that lie as if drawn at random, so that random ones decode too",
    flags: [...coderFlags, "beta", "likelihood", "deviation", "binarize"],
    trains: true,
    embed: async (pictures, options, run) => {
      const { vae } = await import("../images/vae.js");
      return vae(pictures, { ...options, ...run });
    },
  },
  pca: {
    does: "the plane that loses least, in seconds",
    flags: ["dimensions", "heldOut", "seed", "threads"],
    trains: false,
    embed: async (pictures, options, { signal, onProgress }) => {
      const { picturePca } = await import("../images/picture-pca.js");
      return picturePca(pictures, { ...options, signal, onProgress });
    },
  },
} satisfies Record<string, PictureMethod>;

export type PictureMethodName = keyof typeof pictureMethods;
export const namesOfPictureMethods = Object.keys(pictureMethods) as PictureMethodName[];

export function pictureMethod(name: string | undefined): PictureMethod & { name: PictureMethodName } {
  const known = (name ?? "autoencoder") as PictureMethodName;
  return { name: known, ...pictureMethods[known] };
}
