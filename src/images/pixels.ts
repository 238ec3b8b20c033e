import { sha256 } from "#platform";
import { NdArray } from "../networks/array.js";
import type { DataSource } from "../networks/training/data.js";
import { log } from "../numerics/elementary.js";
import { Rng, shuffle } from "../numerics/random.js";
import type { PictureSet } from "./picture-set.js";
import { numberHeldOut } from "./usual-training.js";

/** A batch of pictures: x [B, C, H, W] in 0 .. 1, and their numbers within the source, [B]. */
export interface PictureBatch {
  x: NdArray;
  items: NdArray<"int32">;
}

/** Stream of the random numbers that say which pictures are held out. */
const heldOutStream = 0x68656c64;

/** Pixels of pictures as networks take them, channel by channel: [count, C, H, W] in 0 .. 1. */
export function pixelsOf(
  { width, height, channels, data }: Pick<PictureSet, "width" | "height" | "channels" | "data">,
  items: ArrayLike<number>,
  into = new Float32Array(items.length * width * height * channels),
): Float32Array {
  const pixels = width * height;
  for (let n = 0; n < items.length; n++) {
    const from = items[n] * pixels * channels;
    const to = n * pixels * channels;
    for (let c = 0; c < channels; c++)
      for (let k = 0; k < pixels; k++) into[to + c * pixels + k] = data[from + k * channels + c] / 255;
  }
  return into;
}

/** The mean of some pictures of a set, [1, C, H, W]. */
export function meanPicture(pictures: PictureSet, items: Uint32Array): NdArray {
  const { width, height, channels } = pictures;
  const length = width * height * channels;
  const sums = new Float64Array(length);
  const pixels = new Float32Array(length);
  for (const item of items) {
    pixelsOf(pictures, [item], pixels);
    for (let k = 0; k < length; k++) sums[k] += pixels[k];
  }
  const mean = Float32Array.from(sums, (sum) => sum / items.length);
  return new NdArray("float32", [1, channels, height, width], mean);
}

/** ln(p / (1 - p)) of pixels, of which none counts as nearer to 0 or 1 than .01. */
export function logitsOf({ shape, data }: NdArray): NdArray {
  const logits = Float32Array.from(data as Float32Array, (value) => {
    const p = Math.min(0.99, Math.max(0.01, value));
    return log(p / (1 - p));
  });
  return new NdArray("float32", shape, logits);
}

/** Some pictures of a set as a source of batches; the bytes stay bytes until a batch needs them. */
function pictureSource(pictures: PictureSet, items: Uint32Array): DataSource<PictureBatch> {
  const { width, height, channels, data } = pictures;
  const batches = new Map<number, PictureBatch>();
  return {
    count: items.length,
    batch: (wanted) => {
      const size = wanted.length;
      let batch = batches.get(size);
      if (batch === undefined) {
        const shape = [size, channels, height, width];
        batch = {
          x: new NdArray("float32", shape, new Float32Array(size * channels * height * width)),
          items: new NdArray("int32", [size], new Int32Array(size)),
        };
        batches.set(size, batch);
      }
      batch.items.data.set(wanted);
      const rows = Uint32Array.from(wanted, (k) => items[k]);
      pixelsOf(pictures, rows, batch.x.data as Float32Array<ArrayBuffer>);
      return batch;
    },
    fingerprint: async () => {
      const hash = sha256();
      hash.update(new TextEncoder().encode(JSON.stringify({ width, height, channels })));
      hash.update(new Uint8Array(items.slice().buffer));
      hash.update(data);
      return hash.digest();
    },
  };
}

/** The pictures in two parts: a share that is held out, drawn by the seed, and the others; null where nothing is held out. */
export function splitPictures(pictures: PictureSet, share: number, seed: number): SplitPictures {
  const count = pictures.names.length;
  const order = shuffle(
    Uint32Array.from({ length: count }, (_, k) => k),
    new Rng(seed, heldOutStream),
  );
  const out = numberHeldOut(count, share);
  const trainingItems = order.slice(out).sort();
  const heldOutItems = order.slice(0, out); // in an order by chance, so that a batch of them is a sample
  return {
    training: pictureSource(pictures, trainingItems),
    validation: out === 0 ? null : pictureSource(pictures, heldOutItems),
    trainingItems,
    heldOutItems,
  };
}

interface SplitPictures {
  training: DataSource<PictureBatch>;
  validation: DataSource<PictureBatch> | null;
  /** The numbers of the pictures that are trained on, in order, and of those that are not, in an order by chance. */
  trainingItems: Uint32Array;
  heldOutItems: Uint32Array;
}
