/**
 * Training steps of three networks beside PyTorch's eager and TensorFlow.js's, tracing and compiling of a deep one, and the
 * accuracy of the convolutional one on MNIST.
 *
 *     npm run bench -- networks --data ROOT [--steps 60] [--seeds 3] [--epochs 3] [--only steps|mnist|compile] [--json]
 *
 * A step is forward, loss, backward and Adam's update on a batch that is in memory; its time is the median. Of a step,
 * `overhead` is what is spent neither in ONNX Runtime's session.run nor in foreign steps (the kernel of the optimizer):
 * the package's own bookkeeping. `outsideSession` counts the kernel in. All three are of the deep network, the one with
 * the most parameters and tensors. PyTorch runs in a process of its own by the interpreter of THING2VEC_PYTHON, with
 * equally many threads; so does TensorFlow.js, installed by `npm run peers`, which has no gradient of convolutions on its
 * WebAssembly backend.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compileStep } from "../dist/networks/compile.js";
import { valueAndGrad } from "../dist/networks/gradients.js";
import { adam } from "../dist/networks/optimizers/adam.js";
import { Program } from "../dist/networks/program.js";
import { trace } from "../dist/networks/trace.js";
import { train } from "../dist/networks/training/train.js";
import { loadMnist } from "./networks/mnist.mjs";
import { classifierLoss, cnn, deep, generator, lossOf, mlp, transformer } from "./networks/models.mjs";

const units = {
  cnnStepMilliseconds: "ms",
  mlpStepMilliseconds: "ms",
  transformerStepMilliseconds: "ms",
  mnistAccuracy: "%",
  mnistAccuracyDeviation: "%",
  compileSeconds: "s",
  overheadMicroseconds: "us",
  overheadShare: "of a step",
  outsideSessionShare: "of a step",
};
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** The training step of a network: (state, batch) -> [state, loss]. */
function trainingStep(model) {
  const optimizer = adam({ learningRate: 1e-3 });
  const loss = lossOf(model);
  return (state, batch) => {
    const { value, grad } = valueAndGrad(loss)(state.params, batch);
    const { params, state: moments } = optimizer.update(grad, state.moments, state.params);
    return [{ params, moments }, value];
  };
}

function initialState(model) {
  const params = model.init(generator(1));
  return { params, moments: adam().init(params) };
}

async function measureStep(model, threads, steps) {
  const batch = model.batch(generator(2));
  const step = compileStep(trainingStep(model), initialState(model), { threads });
  for (let k = 0; k < 5; k++) await step(batch);
  const before = step.timings();
  const times = [];
  for (let k = 0; k < steps; k++) {
    const start = performance.now();
    await step(batch);
    times.push(performance.now() - start);
  }
  const after = step.timings();
  await step.close();
  const total = times.reduce((sum, time) => sum + time, 0) / steps;
  const sessions = (after.sessions - before.sessions) / steps;
  const kernels = (after.foreign - before.foreign) / steps;
  return { milliseconds: median(times), total, sessions, kernels };
}

/** Seconds to trace and compile forward, gradient and Adam of the deep network. */
async function measureCompile(threads) {
  const state = initialState(deep);
  const batch = deep.batch(generator(2));
  const start = performance.now();
  const { graph } = trace(trainingStep(deep), state, batch);
  const stateCount = graph.outputs.length - 1; // all but the loss
  const program = await Program.create(graph, { backend: "cpu", threads, state: stateCount });
  const seconds = (performance.now() - start) / 1000;
  await program.close();
  return seconds;
}

async function measureAccuracy(folder, { seeds, epochs, threads, log }) {
  const { training, test } = await loadMnist(folder);
  const accuracies = [];
  for (let seed = 1; seed <= seeds; seed++) {
    const { history } = await train({
      params: cnn.init(generator(seed)),
      loss: classifierLoss(cnn),
      optimizer: adam({ learningRate: 1e-3 }),
      data: training,
      validation: { data: test, metric: "accuracy", goal: "max" },
      restoreBest: false,
      batchSize: 64,
      epochs,
      seed,
      threads,
      onEpoch: ({ epoch, validation }) => log(`networks: seed ${seed}, epoch ${epoch}: ${validation.accuracy}`),
    });
    accuracies.push(100 * history[epochs - 1].validation.accuracy); // after the last epoch, not the best one
  }
  const average = accuracies.reduce((sum, accuracy) => sum + accuracy, 0) / seeds;
  const squares = accuracies.reduce((sum, accuracy) => sum + (accuracy - average) ** 2, 0);
  return { average, deviation: Math.sqrt(squares / Math.max(1, seeds - 1)), accuracies };
}

function runPeer(program, file, request, install) {
  const input = `${JSON.stringify(request)}\n`;
  const { status, stdout, stderr, error } = spawnSync(program, [file], { input, encoding: "utf8" });
  if (status !== 0) return { absent: `${install} (${error?.message ?? stderr.trim().split("\n").at(-1)})` };
  const { version, ...figures } = JSON.parse(stdout.trim().split("\n").at(-1));
  return { figures, version };
}

function measurePeers(request, log) {
  const here = (path) => fileURLToPath(new URL(`peers/${path}`, import.meta.url));
  const python = process.env.THING2VEC_PYTHON;
  const pytorchInstall = "set THING2VEC_PYTHON to a Python interpreter and run: npm run peers";
  log("networks: PyTorch");
  const pytorch = python
    ? runPeer(python, here("pytorch_networks.py"), request, "npm run peers")
    : { absent: pytorchInstall };
  log("networks: TensorFlow.js");
  const tfjs = existsSync(here("node_modules/@tensorflow/tfjs"))
    ? runPeer(process.execPath, here("tfjs-networks.mjs"), request, "npm run peers")
    : { absent: "npm run peers" };
  return { pytorch, tfjs };
}

function count(options, name, otherwise) {
  const value = Number(options[name] ?? otherwise);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new RangeError(`networks: --${name} must be an integer >= 1, got ${options[name]}`);
}

export default async function bench({ data, threads, log, options }) {
  const [steps, seeds, epochs] = [count(options, "steps", 60), count(options, "seeds", 3), count(options, "epochs", 3)];
  const wants = (part) => (options.only ?? part) === part;
  const figures = {};
  const notes = [];
  let peers = {};
  if (wants("compile")) figures.compileSeconds = await measureCompile(threads); // first, while nothing is warm
  if (wants("steps")) {
    for (const [name, model, times] of [
      ["cnn", cnn, steps],
      ["mlp", mlp, 4 * steps],
      ["transformer", transformer, steps],
    ]) {
      log(`networks: ${name}`);
      const { milliseconds, total, sessions, kernels } = await measureStep(model, threads, times);
      figures[`${name}StepMilliseconds`] = milliseconds;
      const rest = 1000 * (total - sessions - kernels);
      notes.push(
        `${name}: of a mean step of ${total.toFixed(2)} ms ${sessions.toFixed(2)} in session.run, ${kernels.toFixed(2)} in kernels, ${rest.toFixed(0)} us elsewhere`,
      );
    }
    log("networks: 50 dense layers");
    const { total, sessions, kernels } = await measureStep(deep, threads, steps);
    figures.overheadMicroseconds = 1000 * (total - sessions - kernels);
    figures.overheadShare = (total - sessions - kernels) / total;
    figures.outsideSessionShare = (total - sessions) / total;
    notes.push(`50 dense layers: ${total.toFixed(2)} ms a step, ${kernels.toFixed(2)} of them in the kernel of Adam`);
    peers = measurePeers({ threads, steps }, log);
  }
  if (wants("mnist")) {
    if (data === undefined) throw new RangeError("networks: --data must name the folder that holds mnist/, got none");
    const { average, deviation, accuracies } = await measureAccuracy(join(data, "mnist"), {
      seeds,
      epochs,
      threads,
      log,
    });
    figures.mnistAccuracy = average;
    figures.mnistAccuracyDeviation = deviation;
    notes.push(`MNIST test accuracies by seed: ${accuracies.map((value) => value.toFixed(2)).join(", ")} %`);
  }
  for (const [name, { version }] of Object.entries(peers)) if (version) notes.push(`${name} ${version}`);
  return { figures, peers, settings: { threads, steps, seeds, epochs, backend: "cpu" }, units, notes };
}
