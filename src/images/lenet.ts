import type { NdArray } from "../networks/array.js";
import { applyConv, type ConvParams, initConv } from "../networks/layers/conv.js";
import { applyDense, type DenseParams, initDense } from "../networks/layers/dense.js";
import { heNormal } from "../networks/layers/initializers.js";
import { mul, relu } from "../networks/ops/elementwise.js";
import { maxPool } from "../networks/ops/pooling.js";
import { reshape } from "../networks/ops/shape.js";
import type { Random } from "../networks/random.js";
import type { Tensor } from "../networks/tensor.js";
import type { Rng } from "../numerics/random.js";
import type { PictureShape } from "./networks.js";

export interface LeNetParams<T = Tensor> {
  conv1: ConvParams<T>;
  conv2: ConvParams<T>;
  dense1: DenseParams<T>;
  dense2: DenseParams<T>;
  dense3: DenseParams<T>;
}

/** Channels of the convolutions and widths of the dense layers before the classes. */
const [channels1, channels2, width1, width2] = [6, 16, 120, 84];

/** Width of the last layer before the logits. */
export const leNetFeatures = width2;

/** The smallest side: below it nothing is left behind the second pooling. */
export const leNetLeastSide = 12;

/** Factors of the two dense layers' elements while training, [B, 120] and [B, 84]: dropout. */
export type LeNetMasks = readonly [Tensor, Tensor];

/** Sides behind the convolutions: half, less the 4 that a 5 x 5 convolution takes, and half again. */
const behind = (side: number) => Math.floor((Math.floor(side / 2) - 4) / 2);

/**
 * LeNet-5 (LeCun et al. 1998, "Gradient-based learning applied to document recognition", figure 2) with ReLU and the largest
 * of 2 x 2 in place of sigmoids and trained sums: 5 x 5 convolutions to 6 and 16 channels, dense layers of 120 and 84. For
 * pictures of 12 x 12 or more; the first convolution is padded, since the paper's digits have margins.
 */
export function initLeNet(rng: Rng, { channels, height, width }: PictureShape, classes: number): LeNetParams<NdArray> {
  const inner = channels2 * behind(height) * behind(width);
  return {
    conv1: initConv(rng, { inputs: channels, outputs: channels1, kernel: [5, 5] }),
    conv2: initConv(rng, { inputs: channels1, outputs: channels2, kernel: [5, 5] }),
    dense1: initDense(rng, { inputs: inner, outputs: width1, initializer: heNormal }),
    dense2: initDense(rng, { inputs: width1, outputs: width2, initializer: heNormal }),
    dense3: initDense(rng, { inputs: width2, outputs: classes }),
  };
}

/** The last layer before the logits: x [B, C, H, W] -> [B, 84]. */
export function leNetFeaturesOf(params: Omit<LeNetParams, "dense3">, x: Tensor, masks?: LeNetMasks): Tensor {
  const { conv1, conv2, dense1, dense2 } = params;
  let h = maxPool(relu(applyConv(conv1, x, { padding: 2 })), 2); // [B, 6, H / 2, W / 2]
  h = maxPool(relu(applyConv(conv2, h)), 2); //                     [B, 16, H / 4 - 2, W / 4 - 2]
  h = relu(applyDense(dense1, reshape(h, [-1, dense1.weights.shape[0]])));
  if (masks !== undefined) h = mul(h, masks[0]);
  h = relu(applyDense(dense2, h));
  return masks === undefined ? h : mul(h, masks[1]);
}

/** x [B, C, H, W] -> logits [B, classes] */
export function leNetLogits(params: LeNetParams, x: Tensor, masks?: LeNetMasks): Tensor {
  return applyDense(params.dense3, leNetFeaturesOf(params, x, masks));
}

/** Masks that drop a share of both dense layers, for a batch of B. */
export function leNetMasks(random: Random, batch: number, rate: number): LeNetMasks {
  return [random.bernoulli([batch, width1], 1 - rate), random.bernoulli([batch, width2], 1 - rate)];
}
