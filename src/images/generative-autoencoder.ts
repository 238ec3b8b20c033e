import { twoSampleTest } from "../evaluate/two-sample.js";
import { requireMemory } from "../io/memory-limit.js";
import { integerOption, numberOption, wordOption } from "../io/options.js";
import { NdArray } from "../networks/array.js";
import { add, mul, stopGradient, sub } from "../networks/ops/elementwise.js";
import { gather, indexAdd } from "../networks/ops/indexing.js";
import { concat } from "../networks/ops/shape.js";
import type { Random } from "../networks/random.js";
import { type Tensor, tensor } from "../networks/tensor.js";
import { Rng, shuffle } from "../numerics/random.js";
import type { Space } from "../space/space.js";
import { type CoderOptions, checkCoderOptions } from "./coder-options.js";
import { type DivergenceOptions, divergenceOf } from "./divergences/choice.js";
import type { PictureSet } from "./picture-set.js";
import { squaredError } from "./reconstruction.js";
import type { TargetName } from "./target-names.js";
import { type Target, targetOf } from "./targets.js";
import { type CodeMap, type Coder, trainCoder } from "./train-coder.js";
import { applyTransport, type FittedTransport, fitTransport, roundsFor } from "./transport.js";
import { cloudNeeds } from "./usual-training.js";

export interface GenerativeAutoencoderOptions extends CoderOptions, DivergenceOptions {
  /** The distribution that codes are brought to, from which pictures can then be drawn; "normal" by default. */
  target?: TargetName;
  /**
   * Weight of the divergence beside the squared error of a picture: from about 10, where the cloud is loosely shaped, to 1000,
   * where it costs detail. 10 by default where a transport brings codes the rest of the way, else 100.
   */
  lambda?: number;
  /**
   * What is compared with a sample of the target: "local" (default), the codes of the batch; "global", the codes of all that is
   * trained on, as they last were, with the gradient through those of the batch.
   */
  matching?: "local" | "global";
  /** Of "global": codes that are compared at once; where there are more, each step takes others. Default 2048. */
  cloud?: number;
  /**
   * Rounds of an invertible map behind the trained encoder, undone before the decoder, that brings the codes the rest of the way
   * to the target (src/images/transport.ts). It costs no detail, so that lambda can be smaller. 64 by default where at least 10,000
   * pictures are trained on, else 0, none; up to 256 are of use.
   */
  transport?: number;
  /** Standard deviation of the noise that is added to codes before they are decoded in training; 0 by default. */
  noise?: number;
  /** Bytes that comparing the codes may take; three quarters of what is available by default. */
  memoryLimit?: number;
}

/** Held-out codes that the two-sample test takes at most. */
const tested = 1000;
const testStream = 0x74776f73;

const ownOptions = [
  ...[
    "divergence",
    "blur",
    "scaling",
    "projections",
    "target",
    "lambda",
    "matching",
    "cloud",
    "noise",
    "transport",
    "memoryLimit",
  ],
];
const where = "generativeAutoencoder";

/**
 * Autoencoder whose codes are distributed like a target, from which new pictures can be drawn (Tolstikhin, Bousquet, Gelly and
 * Schoelkopf 2018, "Wasserstein auto-encoders", https://arxiv.org/abs/1711.01558, algorithm 2):
 *
 *   minimize   mean |x - dec(enc(x))|^2 + lambda Div(codes, sample of the target),   pixels in [0, 1], summed over a picture,
 *
 * by Adam, where Div is the MMD with the inverse multiquadratic kernel (unbiased, not clipped), the Sinkhorn divergence, the sliced
 * Wasserstein distance (squared) or the energy distance. Against a VAE, single codes have no noise: the cloud as a whole is shaped.
 * The paper's weights, .05 of the error and 10 of the divergence on MNIST, are lambda = 200 here.
 *
 * What training leaves apart from the target, an invertible map brings there (`transport`): the space's codes are behind it, and
 * its decoder.onnx undoes it.
 *
 * `metrics` has the error and, before that map, the divergence of pictures that were held out, and `twoSamplePValue`: the
 * permutation test of up to 1,000 of their codes against as many points of the target. The target stands in the space's options.
 */
export async function generativeAutoencoder(
  pictures: PictureSet,
  options: GenerativeAutoencoderOptions = {},
): Promise<Space> {
  const checked = checkGenerativeAutoencoder(pictures, options);
  const { settings, target, divergence, noise, matching, cloud, rounds, lambda } = checked;
  const { dimensions, seed, batchSize, run } = settings;
  const own = { ...divergence.recorded, target: target.name, lambda, matching, noise, transport: rounds };
  const local = (codes: Tensor, random: Random) => {
    const count = codes.shape[0];
    if (count < 2) return mul(0, tensor(1)); // one code is no cloud
    return divergence.of(codes, target.draw(random, count), random);
  };
  const transportOf = async (codes: Float32Array): Promise<CodeMap> => ({
    params: await fitTransport(codes, target, { rounds, seed, signal: run.signal, onProgress: run.onProgress }),
    forward: (params, z) => applyTransport((params as FittedTransport<Tensor>).forward, z),
    inverse: (params, z) => applyTransport((params as FittedTransport<Tensor>).inverse, z),
  });
  const coder: Coder<CodesOfAll> = {
    method: "generative-autoencoder",
    options: matching === "global" ? { ...own, cloud } : own,
    state: async ({ count, encoded }): Promise<CodesOfAll> => {
      if (matching === "local") return {};
      const most = Math.min(cloud + batchSize, count);
      requireMemory(where, `all pairs of ${most} codes`, bytesOfPair * most * most, {
        memoryLimit: options.memoryLimit,
        remedy: "choose a smaller cloud",
      });
      return { codes: new NdArray("float32", [count, dimensions], await encoded()) };
    },
    loss: ({ encode, decode }, { x, items }, { training, random, state }) => {
      const codes = encode(x);
      const noisy = training && noise > 0 ? add(codes, mul(noise, random.normal(codes.shape))) : codes;
      const { pixels } = decode(noisy);
      const error = squaredError(pixels, x);
      const result = (distance: Tensor) => {
        return { loss: add(error, mul(lambda, distance)), codes, pixels, metrics: { divergence: distance } };
      };
      if (!training || state.codes === undefined) return result(local(codes, random));
      const { seen, kept } = withAll(state.codes as Tensor, items, codes, cloud, random);
      return { ...result(local(seen, random)), state: { codes: kept } };
    },
    ...(rounds > 0 ? { finish: transportOf } : {}),
    metrics: (encoded, count) => twoSample(encoded, count, target, seed, run.signal),
  };
  return trainCoder(pictures, settings, coder);
}

/** The options with their defaults. Throws RangeError or TypeError where training would refuse them. */
export function checkGenerativeAutoencoder(pictures: PictureSet, options: GenerativeAutoencoderOptions) {
  const settings = checkCoderOptions(where, pictures, options, ownOptions, cloudNeeds);
  const target = targetOf(where, options.target ?? "normal", settings.dimensions);
  const divergence = divergenceOf(where, options, target);
  const noise = numberOption(where, "noise", options.noise ?? 0, { least: 0 });
  const matching = wordOption(where, "matching", options.matching ?? "local", ["local", "global"]);
  if (matching === "local" && options.cloud !== undefined)
    throw new RangeError(`${where}: cloud is of global matching, the matching is local`);
  const cloud = integerOption(where, "cloud", options.cloud ?? 2048, 2);
  const trained = Math.round(pictures.names.length * (1 - settings.heldOut));
  const rounds = integerOption(where, "transport", options.transport ?? roundsFor(trained), 0, 1024);
  const lambda = numberOption(where, "lambda", options.lambda ?? (rounds > 0 ? 10 : 100), { least: 0 });
  return { settings, target, divergence, noise, matching, cloud, rounds, lambda };
}

/** Of global matching: what each picture's code last was, [N, D]. */
type CodesOfAll = Record<string, NdArray>;

/** About what comparing two codes takes while training: matrices of the kernel's parts, forward and backward. */
const bytesOfPair = 160;

/**
 * The codes that are compared, those of the batch among them, and the codes of all as they are now. The divergence is a mean over
 * the T codes compared, of which B have a gradient: it is multiplied by T / B, so that its mean over batches is that of all codes.
 */
function withAll(all: Tensor, items: Tensor, codes: Tensor, cloud: number, random: Random) {
  const still = stopGradient(codes);
  const kept = indexAdd(all, items, sub(still, gather(all, items)));
  const [batch, count] = [codes.shape[0], all.shape[0]];
  const whole = count <= cloud;
  const compared = whole ? count : batch + cloud;
  const change = mul(sub(codes, still), compared / batch); // 0, with the gradient
  const seen = whole
    ? indexAdd(kept, items, change)
    : concat([add(still, change), gather(kept, random.integers([cloud], count))]);
  return { seen, kept };
}

/** The test of codes against as many points of the target; null where there are too few. */
async function twoSample(codes: Float32Array, count: number, target: Target, seed: number, signal?: AbortSignal) {
  const { dimensions } = target;
  const points = Math.min(tested, count);
  if (points < 2) return { twoSamplePValue: null, twoSampleMmd: null, twoSampleCount: points };
  const rng = new Rng(seed, testStream);
  const order = shuffle(
    Uint32Array.from({ length: count }, (_, n) => n),
    rng,
  );
  const x = new Float32Array(points * dimensions);
  const y = new Float32Array(points * dimensions);
  for (let n = 0; n < points; n++) {
    x.set(codes.subarray(order[n] * dimensions, (order[n] + 1) * dimensions), n * dimensions);
    y.set(target.point(rng), n * dimensions);
  }
  const { pValue, mmd } = await twoSampleTest(x, y, dimensions, { seed, signal });
  return { twoSamplePValue: pValue, twoSampleMmd: mmd, twoSampleCount: points };
}
