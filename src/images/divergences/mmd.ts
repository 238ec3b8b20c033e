import { add, div, mul, sub } from "../../networks/ops/elementwise.js";
import { mean } from "../../networks/ops/reductions.js";
import { type Tensor, tensor } from "../../networks/tensor.js";
import { meanOfPairs, requireClouds, squaredDistances } from "./pairwise.js";

/** Widths of the kernel's parts, as multiples of the mean squared distance (Tolstikhin et al., section 4). */
export const kernelScales: readonly number[] = [0.1, 0.2, 0.5, 1, 2, 5, 10];

/**
 * Squared maximum mean discrepancy with the inverse multiquadratic kernel, as in WAE-MMD (Tolstikhin, Bousquet, Gelly and
 * Schoelkopf 2018, "Wasserstein auto-encoders", https://arxiv.org/abs/1711.01558, algorithm 2 and section 4):
 *
 *   mean k(x, x') + mean k(y, y') - 2 mean k(x, y),   k = sum over s of C / (C + |x - y|^2),   C = s distance2,
 *
 * over pairs of different points in the first two means, so that it is unbiased, and may be below 0 where the clouds are alike.
 * `distance2` is the mean squared distance of two points of the target, 2 D for the standard normal distribution. k is at most 7,
 * so the whole is at most 14. Throws RangeError for fewer than two points.
 */
export function mmd(x: Tensor, y: Tensor, distance2: number): Tensor {
  requireClouds("mmd", x, y, 2);
  const kernel = (a: Tensor, b: Tensor) => inverseMultiquadratic(squaredDistances(a, b), distance2);
  const within = add(meanOfPairs(kernel(x, x)), meanOfPairs(kernel(y, y)));
  return sub(within, mul(2, mean(kernel(x, y))));
}

/** The kernel of squared distances. */
function inverseMultiquadratic(squares: Tensor, distance2: number): Tensor {
  return kernelScales.reduce<Tensor>((total, scale) => {
    const c = scale * distance2;
    return add(total, div(c, add(squares, c)));
  }, tensor(0));
}
