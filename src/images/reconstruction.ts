/** How far pictures are from those that a decoder gives: [B, C, H, W] each, summed over a picture, the mean over pictures. */
import { mul, softplus, square, sub } from "../networks/ops/elementwise.js";
import { mean, sum } from "../networks/ops/reductions.js";
import type { Tensor } from "../networks/tensor.js";

const pixels = [1, 2, 3];

/** |x - y|^2 */
export function squaredError(x: Tensor, y: Tensor): Tensor {
  return mean(sum(square(sub(x, y)), pixels));
}

/** -x ln p - (1 - x) ln(1 - p) of p = sigmoid(logits), in nats. */
export function crossEntropyOfPixels(logits: Tensor, x: Tensor): Tensor {
  return mean(sum(sub(softplus(logits), mul(x, logits)), pixels));
}
