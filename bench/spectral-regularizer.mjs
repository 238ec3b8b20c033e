/**
 * The Spectral Regularizer (Varga, Csiszarik and Zombori 2017): how exact its estimator is, and what it gains where pictures
 * are few.
 *
 *     npm run bench -- spectral-regularizer --data ROOT [--set mnist|fashion-mnist] [--pictures 2000] [--seeds 10]
 *                      [--steps 1000] [--smoothness .003] [--choose] [--json]
 *
 * `estimatorError` is |mean of 10,000 draws / exact squared Frobenius norm - 1| of a small trained network (784-32-10), for a
 * batch of 10 test pictures. `gain` is the mean over seeds of the accuracy on all 10,000 test pictures with the penalty less
 * that without, both of `classifier` (LeNet) trained on the same 2,000 pictures, another 2,000 for each seed, with the same
 * initial weights, batches and everything else; `pValue` is of the two-sided paired t-test over the seeds.
 *
 * Settings are the paper's (batches of 50, Adam, L2 of 5e-4) but for three: 1,000 steps instead of 10,000, at a rate falling from
 * 2e-3 along a cosine; no dropout, in both arms, which would need the longer training; and the weight, .003 instead of .01, which
 * `--choose` chose: mean accuracies for several weights, of seeds that are not judged, on 10,000 training pictures that no other
 * run sees. The test pictures choose nothing.
 */
import { join } from "node:path";
import { pairedTTest } from "../dist/evaluate/paired-t-test.js";
import { classifier } from "../dist/images/classifier.js";
import { readIdxPictures } from "../dist/images/read-idx-pictures.js";
import { selectPictures } from "../dist/images/select-pictures.js";
import { NdArray } from "../dist/networks/array.js";
import { compile } from "../dist/networks/compile.js";
import { frobeniusPenalty, spectralPenalty } from "../dist/networks/jacobian-penalty.js";
import { applyDense, initDense } from "../dist/networks/layers/dense.js";
import { tanh } from "../dist/networks/ops/elementwise.js";
import { crossEntropy } from "../dist/networks/ops/losses.js";
import { adam } from "../dist/networks/optimizers/adam.js";
import { Random, randomKey } from "../dist/networks/random.js";
import { train } from "../dist/networks/training/train.js";
import { mean, standardDeviation } from "../dist/numerics/correlation.js";
import { Rng, shuffle } from "../dist/numerics/random.js";

const sets = ["mnist", "fashion-mnist"];
/** Training pictures from which the runs draw theirs; the 10,000 behind them are for `--choose`. */
const drawnFrom = 50_000;
const shared = { batchSize: 50, learningRate: 2e-3, weightDecay: 5e-4, dropout: 0, heldOut: 0, threads: 1 };
const weights = [0, 0.003, 0.01, 0.03, 0.1];
const units = { estimatorError: "of the norm", gain: "points", pValue: "", accuracyWithout: "%", accuracyWith: "%" };

export default async function bench({ data, log, options }) {
  if (data === undefined) throw new RangeError("spectral-regularizer: --data ROOT is needed, a folder with mnist/");
  const { set = "mnist", choose = false } = options;
  if (!sets.includes(set)) throw new RangeError(`spectral-regularizer: --set must be one of ${sets.join(", ")}`);
  const { pictures = 2000, seeds = 10, steps = 1000 } = options;
  const run = wholeNumbers({ pictures, seeds, steps });
  if (run.pictures > drawnFrom) throw new RangeError(`spectral-regularizer: --pictures must be at most ${drawnFrom}`);
  run.epochs = Math.max(1, Math.round((run.steps * shared.batchSize) / run.pictures));
  const smoothness = Number(options.smoothness ?? 0.003);
  const part = (name) =>
    readIdxPictures(join(data, set, `${name}-images-idx3-ubyte.gz`), {
      labels: join(data, set, `${name}-labels-idx1-ubyte.gz`),
    });
  const [training, test] = [await part("train"), await part("t10k")];
  if (choose) return chosen(training, run, log);

  const estimatorError = await errorOfEstimator(training, test);
  log(`estimator: ${(100 * estimatorError).toFixed(3)} % from the exact norm`);
  const [without, withIt] = [[], []];
  const start = performance.now();
  for (let seed = 1; seed <= run.seeds; seed++) {
    const [plain, smooth] = await accuracies(training, test, [0, smoothness], { ...run, seed });
    without.push(plain);
    withIt.push(smooth);
    const minutes = (performance.now() - start) / 60_000;
    log(`seed ${seed}: ${plain.toFixed(2)} % without, ${smooth.toFixed(2)} % with; ${minutes.toFixed(1)} minutes`);
  }
  const { difference, t, pValue } = pairedTTest(withIt, without);
  return {
    figures: {
      estimatorError,
      gain: difference,
      pValue,
      accuracyWithout: mean(without),
      accuracyWith: mean(withIt),
    },
    units,
    settings: {
      set,
      pictures: run.pictures,
      seeds: run.seeds,
      steps: run.epochs * Math.ceil(run.pictures / shared.batchSize),
      smoothness,
      ...shared,
      t: Number(t.toFixed(3)),
      deviations: [without, withIt].map((list) => standardDeviation(list)?.toFixed(3)).join(", "),
    },
  };
}

function wholeNumbers(values) {
  return Object.fromEntries(
    Object.entries(values).map(([name, text]) => {
      const value = Number(text);
      if (Number.isInteger(value) && value >= 2) return [name, value];
      throw new RangeError(`spectral-regularizer: --${name} must be an integer >= 2, got ${text}`);
    }),
  );
}

/** The training pictures of a seed. */
function subset(training, count, seed) {
  const order = shuffle(
    Uint32Array.from({ length: drawnFrom }, (_, k) => k),
    new Rng(seed, 0x73706563),
  );
  return selectPictures(training, order.slice(0, count));
}

/** Accuracy on `judged` in percent for each weight of the penalty, all else equal. The runs go at the same time. */
function accuracies(training, judged, smoothness, { pictures: count, seed, epochs }) {
  const pictures = subset(training, count, seed);
  return Promise.all(
    smoothness.map(async (weight) => {
      const trained = await classifier(pictures, { ...shared, smoothness: weight, epochs, seed });
      const probabilities = await trained.predict(judged);
      const labels = judged.columns.get("label");
      const width = trained.classes.length;
      let right = 0;
      for (let n = 0; n < labels.length; n++) {
        const row = probabilities.subarray(n * width, (n + 1) * width);
        if (trained.classes[row.indexOf(Math.max(...row))] === String(labels[n])) right++;
      }
      return (100 * right) / labels.length;
    }),
  );
}

/** The weights compared, on seeds and pictures that are not judged. */
async function chosen(training, run, log) {
  const validation = selectPictures(
    training,
    Uint32Array.from({ length: training.names.length - drawnFrom }, (_, k) => drawnFrom + k),
  );
  const found = [];
  for (const seed of [101, 102, 103]) {
    found.push(await accuracies(training, validation, weights, { ...run, seed }));
    log(`seed ${seed}: ${weights.map((weight, k) => `${weight}: ${found.at(-1)[k].toFixed(2)} %`).join(", ")}`);
  }
  const figures = Object.fromEntries(
    weights.map((weight, k) => [`weight ${weight}`, mean(found.map((row) => row[k]))]),
  );
  return { figures, settings: { ...run, ...shared } };
}

/** The mean of 10,000 draws beside the exact norm. */
async function errorOfEstimator(training, test) {
  const rows = (pictures, count) =>
    new NdArray(
      "float32",
      [count, 784],
      Float32Array.from(pictures.data.subarray(0, count * 784), (byte) => byte / 255),
    );
  const rng = new Rng(1);
  const logits = ([first, last], x) => applyDense(last, tanh(applyDense(first, x)));
  const { params } = await train({
    params: [initDense(rng, { inputs: 784, outputs: 32 }), initDense(rng, { inputs: 32, outputs: 10 })],
    loss: (params, { x, y }) => crossEntropy(logits(params, x), y),
    optimizer: adam({ learningRate: 3e-3 }),
    data: {
      x: rows(training, 2000),
      y: new NdArray("int32", [2000], Int32Array.from(training.columns.get("label").slice(0, 2000), Number)),
    },
    epochs: 5,
  });
  const [pictures, copies, calls] = [10, 100, 100];
  const x = rows(test, pictures);
  const f = (y) => logits(params, y);
  const exact = (await compile((y) => frobeniusPenalty(f, y))(x)).item();
  const many = new NdArray("float32", [copies * pictures, 784], new Float32Array(copies * pictures * 784));
  for (let k = 0; k < copies; k++) many.data.set(x.data, k * x.size);
  const estimate = compile((y, key) => spectralPenalty(f, y, new Random(key)));
  const means = [];
  for (let call = 0; call < calls; call++) means.push((await estimate(many, randomKey(1, call))).item());
  return Math.abs(mean(means) / exact - 1);
}
