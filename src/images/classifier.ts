import { sha256 } from "#platform";
import type { OnnxModel } from "../formats/onnx/model.js";
import { readOnnx } from "../formats/onnx/read.js";
import { encodeOnnx } from "../formats/onnx/write.js";
import { writeAtomic } from "../io/atomic.js";
import { FormatError } from "../io/errors.js";
import { integerOption, knownOptions, numberOption } from "../io/options.js";
import type { TaskOptions } from "../io/progress.js";
import { NdArray } from "../networks/array.js";
import { compile } from "../networks/compile.js";
import { spectralPenalty } from "../networks/jacobian-penalty.js";
import { importOnnx } from "../networks/onnx-in.js";
import { exportOnnx } from "../networks/onnx-out.js";
import { add, cast, equal, mul } from "../networks/ops/elementwise.js";
import { crossEntropy } from "../networks/ops/losses.js";
import { softmax } from "../networks/ops/normalization.js";
import { argMax, mean } from "../networks/ops/reductions.js";
import { adam } from "../networks/optimizers/adam.js";
import { cosineDecay } from "../networks/optimizers/schedules.js";
import type { Tensor } from "../networks/tensor.js";
import type { DataSource } from "../networks/training/data.js";
import { train } from "../networks/training/train.js";
import { Rng } from "../numerics/random.js";
import { initLeNet, type LeNetParams, leNetFeaturesOf, leNetLeastSide, leNetLogits, leNetMasks } from "./lenet.js";
import type { Frame, PictureSet } from "./picture-set.js";
import { pixelsOf, splitPictures } from "./pixels.js";
import { fits } from "./resize.js";
import { selectPictures } from "./select-pictures.js";

export interface ClassifierOptions extends TaskOptions {
  /** Column of the set that holds the classes, texts or numbers; pictures without a value are left out. "label" by default. */
  label?: string;
  /** Weight of the smoothness prior on the logits (`spectralPenalty`); 0 by default, useful from .001 to .03. */
  smoothness?: number;
  /** L2 regularization of the weights, not of biases; 5e-4 by default. */
  weightDecay?: number;
  /** Share of the dense layers' elements that is dropped in a step; .2 by default; .5 needs some times as many passes. */
  dropout?: number;
  /** Passes over the pictures; 20 by default, fewer for more than 12,500 pictures, 5 for 50,000: 250,000 are seen. */
  epochs?: number;
  /** Pictures a step; 50 by default. */
  batchSize?: number;
  /** Adam's, falling to 0 along a cosine; 2e-3 by default. */
  learningRate?: number;
  /** Share of the pictures that is held out, to measure the accuracy; .1 by default, 0 for none. */
  heldOut?: number;
  seed?: number;
  /** Threads of ONNX Runtime; part of what a run's bytes depend on. By default as `compile`. */
  threads?: number;
}

const options = [
  ...["label", "smoothness", "weightDecay", "dropout", "epochs", "batchSize", "learningRate", "heldOut", "seed"],
  ...["threads", "signal", "onProgress"],
];

/** What a classifier file tells of itself. */
interface Description {
  /** Names of the classes, in the order of the probabilities. */
  classes: string[];
  /** The frame of its pictures. */
  frame: Frame;
  /** Share of the held-out pictures that are put in their class; null where none was held out. */
  accuracy: number | null;
}

/** A trained classifier of pictures of one frame. */
export interface PictureClassifier extends Readonly<Description> {
  /**
   * Which features these are: network, layer, and the beginning of a hash of the model. Distances in features compare only
   * where this name is the same.
   */
  readonly featureName: string;
  /** Probabilities of the classes, [N, classes]. */
  predict(pictures: PictureSet): Promise<Float32Array>;
  /** Elements of the last layer before the classes, [N, 84]. */
  features(pictures: PictureSet): Promise<Float32Array>;
  /** Writes the model as an ONNX file, whole or not at all: pictures [batch, C, H, W] to probabilities and features. */
  save(path: string): Promise<void>;
}

/** Version of the network; a change of its layers is a new one, whose features compare with no other's. */
const networkName = "lenet-1";
const layerName = "dense2";
const where = "classifier";
/** Pictures that training passes, about, where nothing else was asked for. */
const picturesSeen = 250_000;
/** Pictures that pass at once. */
const atOnce = 256;

interface LabeledBatch {
  x: NdArray;
  y: NdArray;
}

/**
 * Learns to tell the classes of pictures by a LeNet (lenet.ts):
 *
 *   minimize   mean over pictures of -ln softmax(f(x))_y  +  smoothness |df/dx|_F^2 (estimated),
 *
 * by Adam with weight decay and dropout. Its features measure how alike two sets of pictures are (`frechetDistance`). Throws
 * RangeError where there are fewer than two classes, or pictures below 12 x 12.
 */
export async function classifier(pictures: PictureSet, given: ClassifierOptions = {}): Promise<PictureClassifier> {
  knownOptions(where, given, options);
  const { threads, signal, onProgress } = given;
  const seed = integerOption(where, "seed", given.seed ?? 1, 0);
  const smoothness = numberOption(where, "smoothness", given.smoothness ?? 0, { least: 0 });
  const weightDecay = numberOption(where, "weightDecay", given.weightDecay ?? 5e-4, { least: 0 });
  const dropout = numberOption(where, "dropout", given.dropout ?? 0.2, { least: 0, most: 0.9 });
  const batchSize = integerOption(where, "batchSize", given.batchSize ?? 50, 1);
  const learningRate = numberOption(where, "learningRate", given.learningRate ?? 2e-3, { least: 0, exclusive: true });
  const heldOut = numberOption(where, "heldOut", given.heldOut ?? 0.1, { least: 0, most: 0.5 });
  const { width, height, channels, fit, background } = pictures;
  if (Math.min(width, height) < leNetLeastSide) {
    const least = `${leNetLeastSide} x ${leNetLeastSide}`;
    throw new RangeError(`${where}: pictures of ${least} or more were needed, got ${width} x ${height}; choose a size`);
  }
  const { classes, labels, labeled } = labeledPictures(pictures, given.label ?? "label");
  const { training, validation, trainingItems, heldOutItems } = splitPictures(labeled, heldOut, seed);
  const data = withLabels(training, trainingItems, labels);
  const usualEpochs = Math.max(1, Math.min(20, Math.round(picturesSeen / training.count)));
  const epochs = integerOption(where, "epochs", given.epochs ?? usualEpochs, 1);
  const result = await train({
    params: initLeNet(new Rng(seed), pictures, classes.length),
    loss: (params, batch, { random, training }) => {
      const { x, y } = batch as unknown as { x: Tensor; y: Tensor };
      // drawn before what the penalty draws, and once: with and without it, and in both passes, the masks are the same
      const masks = training && dropout > 0 ? leNetMasks(random, x.shape[0], dropout) : undefined;
      const f = (x: Tensor) => leNetLogits(params as LeNetParams, x, masks);
      const logits = f(x);
      const right = equal(cast(argMax(logits), "int32"), y);
      const metrics = { accuracy: mean(cast(right, "float32")) };
      const loss = crossEntropy(logits, y);
      if (!training || smoothness === 0) return { loss, metrics };
      return { loss: add(loss, mul(smoothness, spectralPenalty(f, x, random))), metrics };
    },
    optimizer: adam({
      learningRate: cosineDecay(learningRate, epochs * Math.ceil(training.count / batchSize)),
      weightDecay,
      decays: (path) => path.endsWith("weights"),
    }),
    data,
    ...(validation === null ? {} : { validation: { data: withLabels(validation, heldOutItems, labels) } }),
    restoreBest: false, // the epoch is not chosen by the pictures that judge it
    ...{ batchSize, epochs, seed, threads, signal, onProgress },
  });
  const description: Description = {
    classes,
    frame: { width, height, channels, fit, background },
    accuracy: result.history.at(-1)?.validation?.accuracy ?? null,
  };
  const model = exportOnnx(
    ((params: LeNetParams, x: Tensor) => ({
      probabilities: softmax(leNetLogits(params, x)),
      features: leNetFeaturesOf(params, x),
    })) as never,
    [{ dtype: "float32", shape: ["batch", channels, height, width] }],
    {
      parameters: result.params as never,
      inputNames: ["pictures"],
      metadata: {
        method: where,
        network: networkName,
        description,
        options: { smoothness, weightDecay, dropout, epochs, batchSize, learningRate, heldOut },
        seed,
      },
    },
  );
  return classifierOf(model, description);
}

/** A classifier that `save` wrote. Throws FormatError where the file is another model. */
export async function loadClassifier(path: string): Promise<PictureClassifier> {
  const model = await readOnnx(path);
  const refuse = (problem: string) => new FormatError("unsupported", { file: path }, problem);
  const network = model.metadata.get("network");
  if (model.metadata.get("method") !== where || network !== networkName)
    throw refuse(`a classifier of network ${networkName} was needed, got ${network ?? "another model"}`);
  return classifierOf(model, readDescription(model.metadata.get("description"), refuse));
}

function readDescription(text: string | undefined, refuse: (problem: string) => Error): Description {
  let read: Partial<Description>;
  try {
    read = JSON.parse(text ?? "") as Partial<Description>;
  } catch {
    throw refuse("its description is no JSON");
  }
  const { classes, frame, accuracy } = read ?? {};
  const { width, height, channels, fit, background } = frame ?? ({} as Partial<Frame>);
  const numbers = [width, height, background].every(Number.isFinite) && (channels === 1 || channels === 3);
  const texts = Array.isArray(classes) && classes.every((name) => typeof name === "string");
  if (!numbers || !texts || !fits.includes(fit as Frame["fit"]) || !(accuracy === null || Number.isFinite(accuracy)))
    throw refuse("its description must tell classes, frame and accuracy");
  return read as Description;
}

/** The labeled pictures of a set, with the numbers of their classes. */
function labeledPictures(pictures: PictureSet, name: string) {
  const column = pictures.columns.get(name);
  if (column === undefined) {
    const there = [...pictures.columns.keys()].join(", ") || "none";
    throw new RangeError(`${where}: the pictures have no column ${name}; there are ${there}`);
  }
  const values = Array.from(column as ArrayLike<string | number | boolean | null>);
  const present = values.filter((value) => value !== null);
  const distinct = [...new Set(present)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  if (distinct.length < 2)
    throw new RangeError(`${where}: two classes or more were needed, column ${name} has ${distinct.length}`);
  const numberOf = new Map(distinct.map((value, k) => [value, k]));
  const items = values.flatMap((value, n) => (value === null ? [] : [n]));
  return {
    classes: distinct.map(String),
    labels: Int32Array.from(items, (n) => numberOf.get(values[n] as string) ?? 0),
    labeled: items.length === values.length ? pictures : selectPictures(pictures, items),
  };
}

/** Batches with the labels of their pictures. */
function withLabels(
  source: DataSource<{ x: NdArray }>,
  items: Uint32Array,
  labels: Int32Array,
): DataSource<LabeledBatch> {
  return {
    count: source.count,
    batch: (wanted) => ({
      x: source.batch(wanted).x,
      y: new NdArray(
        "int32",
        [wanted.length],
        Int32Array.from(wanted, (k) => labels[items[k]]),
      ),
    }),
    fingerprint: async () => {
      const hash = sha256();
      hash.update(new TextEncoder().encode(await source.fingerprint()));
      hash.update(new Uint8Array(labels.slice().buffer));
      return hash.digest();
    },
  };
}

async function classifierOf(model: OnnxModel, description: Description): Promise<PictureClassifier> {
  const bytes = encodeOnnx(model);
  const hash = sha256();
  hash.update(bytes);
  const { parameters, fn } = importOnnx(model);
  const run = compile(fn);
  const { width, height, channels } = description.frame;
  const outputs = async (name: string, pictures: PictureSet): Promise<Float32Array> => {
    if (pictures.width !== width || pictures.height !== height || pictures.channels !== channels) {
      const got = `${pictures.width} x ${pictures.height} with ${pictures.channels}`;
      throw new RangeError(
        `${where}: pictures of ${width} x ${height} with ${channels} channels were needed, got ${got}`,
      );
    }
    const count = pictures.names.length;
    let all = new Float32Array(0);
    for (let first = 0; first < count; first += atOnce) {
      const items = Uint32Array.from({ length: Math.min(atOnce, count - first) }, (_, k) => first + k);
      const x = new NdArray("float32", [items.length, channels, height, width], pixelsOf(pictures, items));
      const found = (await run(parameters, { pictures: x }))[name] as NdArray<"float32">;
      if (first === 0) all = new Float32Array(count * found.shape[1]);
      all.set(found.data, first * found.shape[1]);
    }
    return all;
  };
  return {
    ...description,
    featureName: `${networkName}/${layerName}/${(await hash.digest()).slice(0, 8)}`,
    predict: (pictures) => outputs("probabilities", pictures),
    features: (pictures) => outputs("features", pictures),
    save: (path) => writeAtomic(path, bytes),
  };
}
