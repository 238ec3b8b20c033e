import { cos, exp, log, sin } from "../../numerics/elementary.js";
import { integerOption } from "../../numerics/options.js";
import type { Rng } from "../../numerics/random.js";
import { NdArray } from "../array.js";
import { gather, type Indices } from "../ops/indexing.js";
import type { Operand, Tensor } from "../tensor.js";
import { type Initializer, normal } from "./initializers.js";

/** A vector for each of V items. */
export interface EmbeddingParams<T = Tensor> {
  /** [V, D]. */
  vectors: T;
}

export interface EmbeddingOptions {
  /** Number of items V. */
  count: number;
  /** Width D of a vector. */
  dimensions: number;
  /** What the vectors begin with: `normal(0.02)` by default, as GPT-2. */
  initializer?: Initializer;
}

export function initEmbedding(
  rng: Rng,
  { count, dimensions, initializer = normal(0.02) }: EmbeddingOptions,
): EmbeddingParams<NdArray> {
  integerOption("initEmbedding", "count", count, 1);
  integerOption("initEmbedding", "dimensions", dimensions, 1);
  return { vectors: initializer(rng, [count, dimensions]) };
}

/** The vectors of items: ids [...] -> [..., D]. */
export function applyEmbedding({ vectors }: EmbeddingParams<Operand>, ids: Indices): Tensor {
  return gather(vectors, ids);
}

/**
 * Fixed vectors of places, [length, D] (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762, section 3.5): at place t,
 * numbers 2i and 2i + 1 are sin and cos of t / 10000^(2i / D).
 */
export function sinusoids(length: number, dimensions: number): NdArray<"float32"> {
  integerOption("sinusoids", "length", length, 1);
  integerOption("sinusoids", "dimensions", dimensions, 1);
  const data = Float32Array.from({ length: length * dimensions }, (_, k) => {
    const place = Math.floor(k / dimensions);
    const index = k % dimensions;
    const angle = place * exp((-log(10000) * (index - (index % 2))) / dimensions);
    return index % 2 === 0 ? sin(angle) : cos(angle);
  });
  return new NdArray("float32", [length, dimensions], data);
}
