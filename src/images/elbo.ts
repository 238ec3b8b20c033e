/**
 * The two terms of a variational autoencoder's bound (Kingma and Welling 2014, https://arxiv.org/abs/1312.6114, eq. 10 and
 * appendix B), in nats a picture:
 *
 *   -ELBO(x) = E_q(z|x) [-ln p(x|z)] + KL(q(z|x) || N(0, I)),   q(z|x) = N(mu(x), diag s(x)^2)
 *
 * An encoder ends in [B, 2 D]: mu, and then ln s^2.
 */
import { add, exp, mul, square, sub } from "../networks/ops/elementwise.js";
import { mean, sum } from "../networks/ops/reductions.js";
import { sliceAxis } from "../networks/ops/shape.js";
import type { Tensor } from "../networks/tensor.js";
import { exp as expOf, log } from "../numerics/elementary.js";
import { crossEntropyOfPixels, squaredError } from "./reconstruction.js";
import type { CoderNetwork } from "./train-coder.js";

/**
 * What the decoder's pixels say of a picture: "bernoulli", that each pixel is 1 with that probability, or a normal
 * distribution of that mean and this standard deviation for each.
 */
export type Likelihood = "bernoulli" | { readonly deviation: number };

/** Mean and ln s^2 of q(z|x), [B, D] each. */
export function posterior(encoded: Tensor): { mu: Tensor; logVariance: Tensor } {
  const dimensions = encoded.shape[1] / 2;
  return { mu: sliceAxis(encoded, 1, 0, dimensions), logVariance: sliceAxis(encoded, 1, dimensions) };
}

/** 1/2 sum over d of (mu^2 + s^2 - 1 - ln s^2), the mean over the batch; a scalar. */
export function klToPrior(mu: Tensor, logVariance: Tensor): Tensor {
  return mul(0.5, mean(sum(sub(add(square(mu), exp(logVariance)), add(logVariance, 1)), 1)));
}

/** -ln p(x|z) of pictures x [B, C, H, W], the mean over the batch; a scalar. */
export function reconstructionNats(
  likelihood: Likelihood,
  x: Tensor,
  { logits, pixels }: { logits: Tensor; pixels: Tensor },
): Tensor {
  if (likelihood === "bernoulli") return crossEntropyOfPixels(logits, x);
  const variance = likelihood.deviation * likelihood.deviation;
  const count = x.size / x.shape[0];
  return add(mul(squaredError(pixels, x), 1 / (2 * variance)), (count / 2) * log(2 * Math.PI * variance));
}

/** Both terms with one eps [B, D] ~ N(0, I) for each picture: z = mu + s eps. */
export function elboTerms({ encode, decode }: CoderNetwork, x: Tensor, eps: Tensor, likelihood: Likelihood) {
  const { mu, logVariance } = posterior(encode(x));
  const z = add(mu, mul(exp(mul(0.5, logVariance)), eps));
  const decoded = decode(z);
  return {
    reconstruction: reconstructionNats(likelihood, x, decoded),
    kl: klToPrior(mu, logVariance),
    mu,
    z,
    pixels: decoded.pixels,
  };
}

/** KL of each coordinate in nats, the mean over pictures, from what an encoder gave for them, [count, 2 D]. */
export function klPerCoordinate(encoded: Float32Array, count: number): number[] {
  const dimensions = encoded.length / count / 2;
  const sums = new Array<number>(dimensions).fill(0);
  for (let n = 0; n < count; n++) {
    for (let d = 0; d < dimensions; d++) {
      const [mu, logVariance] = [encoded[2 * n * dimensions + d], encoded[(2 * n + 1) * dimensions + d]];
      sums[d] += 0.5 * (mu * mu + expOf(logVariance) - 1 - logVariance);
    }
  }
  return sums.map((total) => total / count);
}
