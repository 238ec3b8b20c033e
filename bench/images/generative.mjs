/**
 * Generative autoencoder with 8 codes on MNIST beside the plain autoencoder and the VAE of the same network, passes, batches and
 * learning rate.
 *
 *     npm run bench -- images --only generative --data ROOT [--seeds 5] [--epochs 10] [--lambda 10] [--vaes 1]
 *
 * Trained on 50,000 of the 60,000 pictures of the training file; the seed says which are held out.
 *
 * - twoSamplePValue: median over seeds of p of the MMD permutation test, the codes of 1,000 held-out pictures drawn by the seed
 *   against 1,000 points of the target, 500 permutations;
 * - testFilePValue: as twoSamplePValue, of 1,000 pictures of the test file. Other people wrote these, which shows in their codes
 *   whatever the target: a note has p of theirs against the codes of as many pictures that were trained on;
 * - generativeErrorRatio: median over seeds of the squared error of the 10,000 pictures of the test file over the plain
 *   autoencoder's of that seed;
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
  trainedParts,
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

/** Codes of 1,000 pictures, drawn by chance. */
async function someCodes(space, pictures, rng) {
  const order = shuffle(
    Uint32Array.from(pictures.names, (_, n) => n),
    rng,
  );
  const chosen = selectPictures(pictures, order.subarray(0, points));
  const { width, height, channels, data } = chosen;
  const length = width * height * channels;
  const one = (n) => ({ width, height, channels, data: data.subarray(n * length, (n + 1) * length) });
  const codes = new Float32Array(points * dimensions);
  const rows = await space.embed(Array.from({ length: points }, (_, n) => one(n)));
  for (const [n, row] of rows.entries()) codes.set(row, n * dimensions);
  return codes;
}

/** p of the codes of held-out pictures, and of the test file's, against the target, and of the latter against trained ones. */
async function pValuesOf(space, pictures, test, seed) {
  const rng = new Rng(seed, 0x6a756467);
  const target = targetOf("images", space.options.target, dimensions);
  const wanted = new Float32Array(points * dimensions);
  for (let n = 0; n < points; n++) wanted.set(target.point(rng), n * dimensions);
  const { training, heldOut } = await trainedParts(space, pictures);
  const held = await someCodes(space, heldOut, rng);
  const others = await someCodes(space, test, rng);
  const trained = await someCodes(space, training, rng);
  const pValue = async (x, y) => (await twoSampleTest(x, y, dimensions, { permutations, seed })).pValue;
  return {
    heldOut: await pValue(held, wanted),
    testFile: await pValue(others, wanted),
    betweenFiles: await pValue(others, trained),
  };
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
  const lambda = Number(options.lambda ?? 10);
  const { training, test } = await mnistPictures(data);
  const shared = {
    dimensions,
    hidden: [512, 256],
    batchSize: 256,
    learningRate: 3e-3,
    heldOut: 1 / 6,
    epochs,
    threads,
  };
  const judge = await classifier(training, { epochs: 3, threads });
  const real = await judge.features(test);
  const realGaussian = fitGaussian(real, real.length / test.names.length);
  const distanceOf = async (space) => frechetDistance(await sampleFeatures(space, judge, test), realGaussian);
  const found = { pValues: [], testFile: [], betweenFiles: [], errors: [], plainErrors: [], generative: [], vae: [] };
  for (let seed = 1; seed <= seeds; seed++) {
    const shaped = await generativeAutoencoder(training, { ...shared, lambda, seed });
    const p = await pValuesOf(shaped, training, test, seed);
    found.pValues.push(p.heldOut);
    found.testFile.push(p.testFile);
    found.betweenFiles.push(p.betweenFiles);
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
      testFilePValue: median(found.testFile),
      generativeErrorRatio: median(found.errors.map((error, k) => error / found.plainErrors[k])),
      frechetGenerative: median(found.generative),
      frechetVae: median(found.vae),
    },
    settings: {
      generative: `${dimensions} codes, hidden 512, 256, ${epochs} epochs, batch 256, lambda ${lambda}, MMD, normal target, 64 rounds of transport`,
      features: judge.featureName,
    },
    units: { generativeErrorRatio: "of the plain autoencoder's" },
    notes: [
      `p by seed: ${list(found.pValues)}`,
      `p by seed of the test file's codes: ${list(found.testFile)}; against those trained on: ${list(found.betweenFiles)}`,
      `squared error per test picture by seed: ${list(found.errors)}; of the plain autoencoder: ${list(found.plainErrors)}`,
      `Frechet distance in classifier features by seed: ${list(found.generative)}; of the VAE: ${list(found.vae)}`,
    ],
  };
}
