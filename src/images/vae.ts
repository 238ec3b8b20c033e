import { numberOption, wordOption } from "../io/options.js";
import { add, cast, greater, less, mul } from "../networks/ops/elementwise.js";
import type { Random } from "../networks/random.js";
import type { Tensor } from "../networks/tensor.js";
import type { Space } from "../space/space.js";
import { type CoderOptions, checkCoderOptions } from "./coder-options.js";
import { elboTerms, klPerCoordinate, type Likelihood, posterior } from "./elbo.js";
import type { PictureSet } from "./picture-set.js";
import { trainCoder } from "./train-coder.js";
import { variationalNeeds } from "./usual-training.js";

export interface VaeOptions extends CoderOptions {
  /**
   * Weight of the KL term; 1 (default) is the ELBO, above 1 (to about 10) trades detail for independent coordinates (Higgins et
   * al. 2017, "beta-VAE"), below 1 detail for samples.
   */
  beta?: number;
  /**
   * "bernoulli" (default) takes the decoder's pixels for probabilities, "gaussian" for means of normal distributions. Their nats
   * are not comparable.
   */
  likelihood?: "bernoulli" | "gaussian";
  /**
   * Standard deviation of a pixel, of "gaussian" alone; .1 by default, about the root mean squared error of a pixel. Useful from
   * .03 to .3: the smaller, the less the KL term weighs.
   */
  deviation?: number;
  /**
   * Whether pixels are made 0 or 1: "none" (default), "threshold" at .5, or "stochastic", 1 with the probability that the gray
   * value says, drawn anew in each step. Bounds of binarized and of gray pictures are not comparable.
   */
  binarize?: "none" | "threshold" | "stochastic";
}

/** Nats a picture below which a coordinate says nothing of the pictures. */
const dead = 0.01;

const method = "vae";

/**
 * Variational autoencoder (Kingma and Welling 2014, "Auto-encoding variational Bayes", https://arxiv.org/abs/1312.6114, eq. 10):
 *
 *   minimize   E_q(z|x) [-ln p(x|z)] + beta KL(q(z|x) || N(0, I)),   z = mu(x) + s(x) eps,  eps ~ N(0, I)
 *
 * over pictures, in nats a picture, with one eps for each picture and step, by Adam. Codes of the space, and encoder.onnx, are
 * the means mu(x); random samples of N(0, I) decode to new pictures. `metrics` has the terms apart, `...Reconstruction` and
 * `...Kl`, their sum `...NegativeElbo`, the KL of each coordinate and which of them are dead (below .01 nats), for
 * pictures that were held out; `...Error` is the squared error, of held-out pictures as decoded from mu. What `likelihood` and
 * `binarize` were is in `options`: nats of different ones do not compare.
 */
export async function vae(pictures: PictureSet, options: VaeOptions = {}): Promise<Space> {
  const { settings, beta, distribution, deviation, binarize, likelihood } = checkVae(pictures, options);
  return trainCoder(pictures, settings, {
    method,
    options: { beta, likelihood: distribution, deviation, binarize },
    outputs: 2 * settings.dimensions,
    ...(binarize === "threshold" ? { prepare: thresholded } : {}),
    codes: ({ encode }, x) => posterior(encode(x)).mu,
    loss: (network, { x }, { random, training }) => {
      const eps = random.normal([x.shape[0], settings.dimensions]);
      const seen = binarized(x, binarize, random);
      const { reconstruction, kl, mu, z, pixels } = elboTerms(network, seen, eps, likelihood);
      return {
        loss: add(reconstruction, mul(beta, kl)),
        codes: z,
        pixels: training ? pixels : network.decode(mu).pixels,
        metrics: { reconstruction, kl, negativeElbo: add(reconstruction, kl) },
      };
    },
    metrics: (encoded, count) => {
      const perCoordinate = klPerCoordinate(encoded, count);
      const deadCoordinates = perCoordinate.flatMap((nats, d) => (nats < dead ? [d] : []));
      return { klPerCoordinate: perCoordinate, deadCoordinates };
    },
  });
}

/** The options with their defaults. Throws RangeError or TypeError where training would refuse them. */
export function checkVae(pictures: PictureSet, options: VaeOptions) {
  const own = ["beta", "likelihood", "deviation", "binarize"];
  const isNormal = options.likelihood === "gaussian";
  const output = options.output ?? (isNormal ? undefined : "sigmoid");
  const settings = checkCoderOptions(method, pictures, { ...options, output }, own, variationalNeeds);
  const beta = numberOption(method, "beta", options.beta ?? 1, { least: 0 });
  const distribution = wordOption(method, "likelihood", options.likelihood ?? "bernoulli", ["bernoulli", "gaussian"]);
  const deviation = numberOption(method, "deviation", options.deviation ?? 0.1, { least: 0, exclusive: true });
  const binarize = wordOption(method, "binarize", options.binarize ?? "none", ["none", "threshold", "stochastic"]);
  if (options.deviation !== undefined && !isNormal)
    throw new RangeError(`${method}: deviation is of likelihood "gaussian", got it with "bernoulli"`);
  if (settings.output === "linear" && !isNormal)
    throw new RangeError(`${method}: likelihood "bernoulli" needs probabilities, which a linear output does not give`);
  const likelihood: Likelihood = isNormal ? { deviation } : "bernoulli";
  return { settings, beta, distribution, deviation: isNormal ? deviation : null, binarize, likelihood };
}

function binarized(x: Tensor, binarize: NonNullable<VaeOptions["binarize"]>, random: Random): Tensor {
  if (binarize === "none") return x;
  return binarize === "threshold" ? thresholded(x) : cast(less(random.uniform(x.shape), x), "float32");
}

function thresholded(x: Tensor): Tensor {
  return cast(greater(x, 0.5), "float32");
}
