import { NdArray } from "../networks/array.js";
import { compile } from "../networks/compile.js";
import type { Tensor } from "../networks/tensor.js";
import type { PictureSet } from "./picture-set.js";
import { pixelsOf } from "./pixels.js";

/** Pictures that are taken at once. */
const atOnce = 256;

/** What is computed of pictures: it takes parameters and pictures [B, C, H, W] in 0 .. 1. */
export type PictureFunction = (params: unknown, x: Tensor) => Tensor;

/** What a function gives for some pictures of a set, [items, ...]. */
export async function overPictures(
  pictures: PictureSet,
  items: ArrayLike<number>,
  fn: PictureFunction,
  params: unknown,
  { threads, signal }: { threads?: number; signal?: AbortSignal },
): Promise<Float32Array<ArrayBuffer>> {
  const over = compiledOverPictures(pictures, fn, threads);
  try {
    return await over.run(items, params, signal);
  } finally {
    await over.close();
  }
}

/** The same for a function that is called again and again: compiled when it is first called, until it is closed. */
export function compiledOverPictures(pictures: PictureSet, fn: PictureFunction, threads?: number) {
  const { channels, height, width } = pictures;
  const compiled = compile(fn as never, { threads }) as unknown as Compiled;
  return {
    async run(items: ArrayLike<number>, params: unknown, signal?: AbortSignal): Promise<Float32Array<ArrayBuffer>> {
      const parts: Float32Array[] = [];
      for (let first = 0; first < items.length; first += atOnce) {
        signal?.throwIfAborted();
        const some = Uint32Array.from({ length: Math.min(atOnce, items.length - first) }, (_, k) => items[first + k]);
        const x = new NdArray("float32", [some.length, channels, height, width], pixelsOf(pictures, some));
        parts.push((await compiled(params, x)).data as Float32Array);
      }
      const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
      let next = 0;
      for (const part of parts) {
        all.set(part, next);
        next += part.length;
      }
      return all;
    },
    close: () => compiled.close(),
  };
}

interface Compiled {
  (params: unknown, x: NdArray): Promise<NdArray>;
  close(): Promise<void>;
}
