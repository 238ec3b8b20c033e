import { integerOption } from "../../numerics/options.js";
import type { Rng } from "../../numerics/random.js";
import type { NdArray } from "../array.js";
import { add, gelu } from "../ops/elementwise.js";
import type { Operand, Tensor } from "../tensor.js";
import { type AttentionMask, type AttentionParams, applyAttention, initAttention } from "./attention.js";
import { applyDense, type DenseParams, initDense } from "./dense.js";
import { type DropoutOptions, dropout } from "./dropout.js";
import { type Initializer, normal } from "./initializers.js";
import { applyLayerNorm, initNorm, type NormParams } from "./norms.js";

/** Two dense layers with an activation between. */
export interface FeedForwardParams<T = Tensor> {
  /** [D, 4 D]. */
  widen: DenseParams<T>;
  /** [4 D, D]. */
  narrow: DenseParams<T>;
}

export interface FeedForwardOptions {
  width: number;
  /** Width between the layers; four times the width by default. */
  innerWidth?: number;
  initializer?: Initializer;
}

export function initFeedForward(
  rng: Rng,
  { width, innerWidth = 4 * width, initializer }: FeedForwardOptions,
): FeedForwardParams<NdArray> {
  integerOption("initFeedForward", "width", width, 1);
  integerOption("initFeedForward", "innerWidth", innerWidth, 1);
  return {
    widen: initDense(rng, { inputs: width, outputs: innerWidth, initializer }),
    narrow: initDense(rng, { inputs: innerWidth, outputs: width, initializer }),
  };
}

/** narrow(activation(widen(x))): [..., D] -> [..., D]. */
export function applyFeedForward(
  { widen, narrow }: FeedForwardParams<Operand>,
  x: Operand,
  activation: (x: Tensor) => Tensor = gelu,
): Tensor {
  return applyDense(narrow, activation(applyDense(widen, x)));
}

/** A block of a transformer with its norms in front, as GPT-2. */
export interface TransformerBlockParams<T = Tensor> {
  norm1: NormParams<T>;
  attention: AttentionParams<T>;
  norm2: NormParams<T>;
  feedForward: FeedForwardParams<T>;
}

export interface TransformerBlockOptions extends FeedForwardOptions {
  heads: number;
}

export function initTransformerBlock(
  rng: Rng,
  { width, heads, innerWidth, initializer = normal(0.02) }: TransformerBlockOptions,
): TransformerBlockParams<NdArray> {
  return {
    norm1: initNorm(width),
    attention: initAttention(rng, { width, heads, initializer }),
    norm2: initNorm(width),
    feedForward: initFeedForward(rng, { width, innerWidth, initializer }),
  };
}

export interface TransformerBlockCall extends AttentionMask {
  heads: number;
  /** Of attention weights and of both branches. */
  dropout?: DropoutOptions;
}

/** x + attention(norm1(x)), then x + feedForward(norm2(x)): [B, T, D] -> [B, T, D] (Radford et al. 2019, section 2.3). */
export function applyTransformerBlock(
  { norm1, attention, norm2, feedForward }: TransformerBlockParams<Operand>,
  x: Operand,
  options: TransformerBlockCall,
): Tensor {
  const attended = add(x, dropout(applyAttention(attention, applyLayerNorm(norm1, x), options), options.dropout));
  const fed = applyFeedForward(feedForward, applyLayerNorm(norm2, attended));
  return add(attended, dropout(fed, options.dropout));
}
