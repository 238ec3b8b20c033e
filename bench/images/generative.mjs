/**
 * Generative autoencoder with 8 codes on MNIST beside the plain autoencoder and the VAE of the same network, passes, batches and
 * learning rate.
 *
 *     npm run bench -- images --only generative --data ROOT [--seeds 5] [--epochs 10] [--lambda 100] [--vaes 1]
 *
 * Trained on the 60,000 pictures of the training file, judged by the 10,000 of the test file, of which none was looked at when
 * settings were chosen (those were tried on a tenth of the training file).
 *
 * - twoSamplePValue: median over seeds of p of the MMD permutation test, the codes of 1,000 test pictures drawn by the seed
 *   against 1,000 points of the target, 500 permutations;
 * - generativeErrorRatio: median over seeds of the squared error of test pictures over the plain autoencoder's of that seed;
 * - frechetGenerative, frechetVae: medians over seeds of the squared Frechet distance of 10,000 samples from the test pictures, in
 *   features of a classifier that this package trains on the training file.
 */
import { twoSampleTest } from "../../dist/evaluate/two-sample.js";
import {
  autoencoder,
  classifier,
  generativeAutoencoder,
  samplesOf,
  selectPictures,
  targetOf,
  vae,
} from "../../dist/images/index.js";
import { fitGaussian, frechetDistance } from "../../dist/index.js";
import { Rng, shuffle } from "../../dist/numerics/random.js";
import { median } from "../median.mjs";
import { mnistPictures } from "./mnist.mjs";
import { reconstructionError } from "./reconstruction.mjs";

const dimensions = 8;
const points = 1000;
const permutations = 500;
const sampled = 10_000;
const atOnce = 1000;

function countOf(options, name, usual) {
  const value = Number(options[name] ?? usual);
  if (!Number.isInteger(value) || value < 1)
    throw new RangeError(`images: --${name} must be an integer >= 1, got ${options[name]}`);
  return value;
}

/** p of the codes of pictures against the target of their space. */
async function pValueOf(space, pictures, seed) {
  const rng = new Rng(seed, 0x6a756467);
  const order = shuffle(
    Uint32Array.from(pictures.names, (_, n) => n),
    rng,
  );
  const chosen = selectPictures(pictures, order.subarray(0, points));
  const { width, height, channels, data } = chosen;
  const length = width * height * channels;
  const one = (n) => ({ width, height, channels, data: data.subarray(n * length, (n + 1) * length) });
  const codes = await space.embed(Array.from({ length: points }, (_, n) => one(n)));
  const target = targetOf("images", space.options.target, dimensions);
  const [x, y] = [new Float32Array(points * dimensions), new Float32Array(points * dimensions)];
  for (let n = 0; n < points; n++) {
    x.set(codes[n], n * dimensions);
    y.set(target.point(rng), n * dimensions);
  }
  return (await twoSampleTest(x, y, dimensions, { permutations, seed })).pValue;
}

/** The Gaussian of the features of pictures that the decoder makes of samples. */
async function sampleFeatures(space, judge, like) {
  const { vectors } = await samplesOf(space, sampled);
  const { width, height, channels } = like;
  const data = new Uint8Array(sampled * width * height * channels);
  for (let first = 0; first < sampled; first += atOnce) {
    const decoded = await space.decode(vectors.slice(first, first + atOnce));
    for (const [k, picture] of decoded.entries()) data.set(picture.data, (first + k) * picture.data.length);
  }
  const pictures = { ...like, names: vectors.map((_, n) => String(n)), columns: new Map(), data };
  const features = await judge.features(pictures);
  return fitGaussian(features, features.length / sampled);
}

export default async function bench({ data, threads, log, options }) {
  const seeds = countOf(options, "seeds", 5);
  const vaes = countOf(options, "vaes", 1);
  const epochs = countOf(options, "epochs", 10);
  const lambda = Number(options.lambda ?? 100);
  const { training, test } = await mnistPictures(data);
  const shared = { dimensions, hidden: [512, 256], batchSize: 256, learningRate: 3e-3, heldOut: 0, epochs, threads };
  const judge = await classifier(training, { epochs: 3, threads });
  const real = await judge.features(test);
  const realGaussian = fitGaussian(real, real.length / test.names.length);
  const distanceOf = async (space) => frechetDistance(await sampleFeatures(space, judge, test), realGaussian);
  const found = { pValues: [], errors: [], plainErrors: [], generative: [], vae: [] };
  for (let seed = 1; seed <= seeds; seed++) {
    const shaped = await generativeAutoencoder(training, { ...shared, lambda, seed });
    found.pValues.push(await pValueOf(shaped, test, seed));
    found.errors.push(await reconstructionError(shaped, test, threads));
    found.generative.push(await distanceOf(shaped));
    await shaped.close();
    const plain = await autoencoder(training, { ...shared, seed });
    found.plainErrors.push(await reconstructionError(plain, test, threads));
    await plain.close();
    if (seed <= vaes) {
      const sampler = await vae(training, { ...shared, seed });
      found.vae.push(await distanceOf(sampler));
      await sampler.close();
    }
    const last = Object.entries(found).map(([name, values]) => `${name} ${values.at(-1)?.toPrecision(4)}`);
    log(`images: generative, seed ${seed}: ${last.join(", ")}`);
  }
  const list = (values) => values.map((value) => value.toPrecision(3)).join(", ");
  return {
    figures: {
      twoSamplePValue: median(found.pValues),
      generativeErrorRatio: median(found.errors.map((error, k) => error / found.plainErrors[k])),
      frechetGenerative: median(found.generative),
      frechetVae: median(found.vae),
    },
    settings: {
      generative: `${dimensions} codes, hidden 512, 256, ${epochs} epochs, batch 256, lambda ${lambda}, MMD, normal target`,
      features: judge.featureName,
    },
    units: { generativeErrorRatio: "of the plain autoencoder's" },
    notes: [
      `p by seed: ${list(found.pValues)}`,
      `squared error per test picture by seed: ${list(found.errors)}; of the plain autoencoder: ${list(found.plainErrors)}`,
      `Frechet distance in classifier features by seed: ${list(found.generative)}; of the VAE: ${list(found.vae)}`,
    ],
  };
}
