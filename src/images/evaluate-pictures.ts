import { fitGaussian, frechetDistance } from "../evaluate/frechet.js";
import { type PrecisionRecall, precisionRecall } from "../evaluate/precision-recall.js";
import { type TwoSampleReport, twoSampleTest } from "../evaluate/two-sample.js";
import type { Picture } from "../formats/picture.js";
import type { JsonObject } from "../io/json.js";
import { integerOption, knownOptions } from "../io/options.js";
import type { TaskOptions } from "../io/progress.js";
import { mean } from "../numerics/correlation.js";
import { Rng, shuffle } from "../numerics/random.js";
import type { Space } from "../space/space.js";
import type { PictureClassifier } from "./classifier.js";
import { nearestPictures } from "./nearest-pictures.js";
import { type PictureSet, pictureAt } from "./picture-set.js";
import { samplesOf } from "./sample.js";
import { selectPictures } from "./select-pictures.js";

export interface EvaluatePicturesOptions extends TaskOptions {
  /** Pictures that the space was trained on: samples are compared with them. Without them nothing is said of memorizing. */
  training?: PictureSet;
  /** Whose features tell how alike pictures are; without one there is no Frechet distance. Compare spaces by the same one. */
  classifier?: PictureClassifier;
  /** Samples, and pictures of each kind that they are compared with: at most 2,000 by default, or all that are held out. */
  samples?: number;
  /** Samples and held-out pictures for which the nearest training picture is looked up; at most 200 by default. */
  compared?: number;
  /** Of the samples, and of which pictures stand for their kind. */
  seed?: number;
}

export interface PictureEvaluation {
  /** Of all held-out pictures, embedded and decoded: squared error, pixels in 0 .. 1 (8 bits), summed and by pixel and channel. */
  reconstruction: { pictures: number; perPicture: number; perPixel: number };
  /** How many samples were drawn, and from what. */
  samples: { count: number; distribution: string };
  /** Whether codes of held-out pictures are of the distribution that samples are drawn from, by as many points of each. */
  codes: TwoSampleReport & { points: number };
  /** Medians of the distance to the nearest training picture, null without these. */
  nearest: NearestTraining | null;
  /** In the features of a classifier; null without one. */
  features: FeatureReport | null;
  /** Held-out accuracy or correlation of the space's directions, by name. */
  directions: Record<string, JsonObject>;
}

/** Whether samples repeat training pictures. */
export interface NearestTraining {
  compared: number;
  /** Median distance |x - y| of samples and of held-out pictures, pixels in 0 .. 1. */
  samples: number;
  heldOut: number;
  /** Of both: about 1 where samples are as new as held-out pictures, near 0 where they are copies; null where held-out pictures are copies. */
  ratio: number | null;
  /** Share of the samples that are nearer to a training picture than 99 of 100 held-out pictures are; .01 is expected. */
  closer: number;
}

/** Classifier-feature Frechet distances, squared, from the held-out pictures; never comparable to a FID. */
export interface FeatureReport {
  /** Which features; see `PictureClassifier.featureName`. */
  name: string;
  /** Pictures of each kind. */
  count: number;
  frechet: {
    samples: number;
    reconstructions: number;
    /** Of as many training pictures: what real pictures have, by their number alone. null without training pictures. */
    training: number | null;
  };
  /** Of the samples, by 3 nearest, and of training pictures to compare with. */
  samples: PrecisionRecall;
  training: PrecisionRecall | null;
}

const where = "evaluatePictures";
const mostSamples = 2000;
const mostCompared = 200;
/** Codes, and points of the distribution, in the two-sample test. */
const mostTested = 1000;
/** Pictures that are embedded and decoded at once. */
const atOnce = 256;
/** Streams of the draws of pictures that stand for all. */
const [heldOutStream, trainingStream] = [0x65766864, 0x65767472];

/**
 * How good a space of pictures is, measured on pictures that it was not trained on: what its codes lose, how alike its samples
 * are to real pictures, and whether they merely repeat the training pictures. Throws RangeError where sizes differ, the space has
 * no encoder or decoder, or fewer than two pictures are held out.
 */
export async function evaluatePictures(
  space: Space,
  heldOut: PictureSet,
  options: EvaluatePicturesOptions = {},
): Promise<PictureEvaluation> {
  knownOptions(where, options, ["training", "classifier", "samples", "compared", "seed", "signal", "onProgress"]);
  const { training, classifier, signal, onProgress } = options;
  const held = integerOption(where, "pictures that are held out", heldOut.names.length, 2);
  const count = integerOption(where, "samples", options.samples ?? Math.min(mostSamples, held), 2);
  const compared = integerOption(where, "compared", options.compared ?? Math.min(mostCompared, count, held), 1);
  const seed = integerOption(where, "seed", options.seed ?? 1, 0);
  const { codes, decoded } = await reconstructions(space, heldOut, signal);
  const { vectors, distribution } = await samplesOf(space, count, seed);
  const samples = asSet(heldOut, await inParts(vectors, (part) => space.decode(part, signal), signal));
  const some = (set: PictureSet, most: number, stream: number) => drawn(set, Math.min(most, count), seed, stream);
  const report: PictureEvaluation = {
    reconstruction: errorOf(heldOut, decoded),
    samples: { count, distribution },
    codes: await testOfCodes(codes, vectors, seed, { signal, onProgress }),
    nearest: null,
    features: null,
    directions: Object.fromEntries([...space.directions].map(([name, { metrics }]) => [name, metrics])),
  };
  if (training !== undefined) {
    const task = { signal, onProgress };
    const first = selectPictures(samples, range(Math.min(compared, count)));
    const ofSamples = await nearestPictures(first, training, task);
    const ofHeldOut = await nearestPictures(some(heldOut, compared, heldOutStream), training, task);
    report.nearest = memorizing(ofSamples.distances, ofHeldOut.distances);
  }
  if (classifier !== undefined) {
    const equally = Math.min(count, held, training?.names.length ?? count);
    const kinds = {
      heldOut: drawn(heldOut, equally, seed, heldOutStream),
      reconstructions: drawn(decoded, equally, seed, heldOutStream),
      samples: selectPictures(samples, range(equally)),
      training: training === undefined ? null : drawn(training, equally, seed, trainingStream),
    };
    report.features = await featureReport(classifier, kinds, equally);
  }
  return report;
}

interface Kinds {
  heldOut: PictureSet;
  reconstructions: PictureSet;
  samples: PictureSet;
  training: PictureSet | null;
}

async function featureReport(classifier: PictureClassifier, kinds: Kinds, count: number): Promise<FeatureReport> {
  const real = await classifier.features(kinds.heldOut);
  const made = await classifier.features(kinds.samples);
  const decoded = await classifier.features(kinds.reconstructions);
  const other = kinds.training === null ? null : await classifier.features(kinds.training);
  const dimensions = real.length / count;
  const reference = fitGaussian(real, dimensions);
  const distance = (rows: Float32Array) => frechetDistance(fitGaussian(rows, dimensions), reference);
  const cover = (rows: Float32Array) => precisionRecall(real, rows, dimensions, { k: Math.min(3, count - 1) });
  return {
    name: classifier.featureName,
    count,
    frechet: {
      samples: distance(made),
      reconstructions: distance(decoded),
      training: other === null ? null : distance(other),
    },
    samples: cover(made),
    training: other === null ? null : cover(other),
  };
}

/** Codes of pictures, and what these give back. */
async function reconstructions(space: Space, pictures: PictureSet, signal?: AbortSignal) {
  const codes: Float32Array[] = [];
  const decoded = await inParts(
    range(pictures.names.length),
    async (part) => {
      const things = part.map((n) => pictureAt(pictures, n));
      const own = await space.embed(things, signal);
      codes.push(...own);
      return space.decode(own, signal);
    },
    signal,
  );
  return { codes, decoded: asSet(pictures, decoded) };
}

async function testOfCodes(codes: Float32Array[], samples: Float32Array[], seed: number, task: TaskOptions) {
  const points = Math.min(codes.length, samples.length, mostTested);
  const dimensions = codes[0].length;
  const rows = (vectors: readonly Float32Array[]) => {
    const all = new Float32Array(points * dimensions);
    for (let n = 0; n < points; n++) all.set(vectors[n], n * dimensions);
    return all;
  };
  const order = shuffle(Uint32Array.from(range(codes.length)), new Rng(seed, heldOutStream));
  const drawnCodes = Array.from(order.subarray(0, points), (n) => codes[n]);
  return { ...(await twoSampleTest(rows(drawnCodes), rows(samples), dimensions, { seed, ...task })), points };
}

async function inParts<T>(
  list: readonly T[],
  work: (part: readonly T[]) => Promise<unknown[]>,
  signal?: AbortSignal,
): Promise<Picture[]> {
  const all: Picture[] = [];
  for (let first = 0; first < list.length; first += atOnce) {
    signal?.throwIfAborted();
    all.push(...((await work(list.slice(first, first + atOnce))) as Picture[]));
  }
  return all;
}

/** Decoded pictures as a set of the frame of others. Throws RangeError where the space makes pictures of another size. */
function asSet(frame: PictureSet, pictures: readonly Picture[]): PictureSet {
  const { width, height, channels } = frame;
  const length = width * height * channels;
  const data = new Uint8Array(pictures.length * length);
  for (const [n, picture] of pictures.entries()) {
    if (picture.width !== width || picture.height !== height || picture.channels !== channels) {
      const made = `${picture.width} x ${picture.height} x ${picture.channels}`;
      throw new RangeError(
        `${where}: pictures of the space's size were needed, ${made}, got ${width} x ${height} x ${channels}`,
      );
    }
    data.set(picture.data, n * length);
  }
  return { ...frame, names: pictures.map((_, n) => String(n)), data, columns: new Map(), notes: [] };
}

function errorOf(pictures: PictureSet, decoded: PictureSet): PictureEvaluation["reconstruction"] {
  let squares = 0;
  for (let k = 0; k < pictures.data.length; k++) {
    const difference = pictures.data[k] - decoded.data[k];
    squares += difference * difference;
  }
  squares /= 255 * 255;
  const count = pictures.names.length;
  return { pictures: count, perPicture: squares / count, perPixel: squares / pictures.data.length };
}

function memorizing(samples: Float64Array, heldOut: Float64Array): NearestTraining {
  const sorted = Float64Array.from(heldOut).sort();
  const threshold = sorted[Math.floor(0.01 * sorted.length)];
  const [ofSamples, ofHeldOut] = [median(samples), median(heldOut)];
  return {
    compared: samples.length,
    samples: ofSamples,
    heldOut: ofHeldOut,
    ratio: ofHeldOut === 0 ? null : ofSamples / ofHeldOut,
    closer: mean(samples.map((distance) => (distance < threshold ? 1 : 0))),
  };
}

function median(values: Float64Array): number {
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

const range = (count: number) => Array.from({ length: count }, (_, n) => n);

/** Pictures drawn at random, the same for a seed and stream. */
function drawn(set: PictureSet, count: number, seed: number, stream: number): PictureSet {
  const order = shuffle(Uint32Array.from(range(set.names.length)), new Rng(seed, stream));
  return selectPictures(set, order.slice(0, count));
}
