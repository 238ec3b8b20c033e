import { NdArray } from "../networks/array.js";
import { compile } from "../networks/compile.js";
import type { Tensor } from "../networks/tensor.js";
import type { PictureSet } from "./picture-set.js";
import { pixelsOf } from "./pixels.js";

/** Pictures that are taken at once. */
const atOnce = 256;

/** What a function gives for some pictures of a set, [items, ...]: it takes parameters and pictures [B, C, H, W] in 0 .. 1. */
export async function overPictures(
  pictures: PictureSet,
  items: ArrayLike<number>,
  fn: (params: unknown, x: Tensor) => Tensor,
  params: unknown,
  { threads, signal }: { threads?: number; signal?: AbortSignal },
): Promise<Float32Array> {
  const { channels, height, width } = pictures;
  const run = compile(fn as never, { threads }) as unknown as Run;
  const parts: Float32Array[] = [];
  try {
    for (let first = 0; first < items.length; first += atOnce) {
      signal?.throwIfAborted();
      const some = Uint32Array.from({ length: Math.min(atOnce, items.length - first) }, (_, k) => items[first + k]);
      const x = new NdArray("float32", [some.length, channels, height, width], pixelsOf(pictures, some));
      parts.push((await run(params, x)).data as Float32Array);
    }
  } finally {
    await run.close();
  }
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let next = 0;
  for (const part of parts) {
    all.set(part, next);
    next += part.length;
  }
  return all;
}

interface Run {
  (params: unknown, x: NdArray): Promise<NdArray>;
  close(): Promise<void>;
}
