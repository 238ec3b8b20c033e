/**
 * Training steps of three networks beside PyTorch's eager and TensorFlow.js's, tracing and compiling of a deep one, and the
 * accuracy of the convolutional one on MNIST.
 *
 *     npm run bench -- networks --data ROOT [--steps 60] [--seeds 3] [--epochs 3] [--only steps|mnist|compile] [--json]
 *
 * A step is forward, loss, backward and Adam's update on a batch that is in memory; its time is the median of steps in
 * rounds, in which ours and the peers' take turns. Of a step,
 * `overhead` is what is spent neither in ONNX Runtime's session.run nor in foreign steps (the kernel of the optimizer):
 * the package's own bookkeeping. `outsideSession` counts the kernel in. All three are of the deep network, the one with
 * the most parameters and tensors. PyTorch runs in a process of its own by the interpreter of THING2VEC_PYTHON, with
 * equally many threads; so does TensorFlow.js, installed by `npm run peers`, which has no gradient of convolutions on its
 * WebAssembly backend. The accuracy is after the last epoch, with Adam's rate falling from 1e-3 to 0 along a cosine.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { compileStep } from "../dist/networks/compile.js";
import { valueAndGrad } from "../dist/networks/gradients.js";
import { adam } from "../dist/networks/optimizers/adam.js";
import { cosineDecay } from "../dist/networks/optimizers/schedules.js";
import { Program } from "../dist/networks/program.js";
import { trace } from "../dist/networks/trace.js";
import { train } from "../dist/networks/training/train.js";
import { loadMnist } from "./networks/mnist.mjs";
import { classifierLoss, cnn, deep, generator, lossOf, mlp, transformer } from "./networks/models.mjs";
import { startPeer } from "./peer.mjs";

/** Of the classifier of MNIST. */
const batchSize = 64;
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

/** Makes steps of a network when asked, and tells where their time went. */
function stepsOf(model, threads) {
  const batch = model.batch(generator(2));
  const step = compileStep(trainingStep(model), initialState(model), { threads });
  const spent = { steps: 0, total: 0, sessions: 0, foreign: 0 };
  return {
    spent,
    async steps(count) {
      const before = step.timings();
      const times = [];
      for (let k = 0; k < count; k++) {
        const start = performance.now();
        await step(batch);
        times.push(performance.now() - start);
      }
      const after = step.timings();
      spent.steps += count;
      spent.total += times.reduce((sum, time) => sum + time, 0);
      spent.sessions += after.sessions - before.sessions;
      spent.foreign += after.foreign - before.foreign;
      return times;
    },
    close: () => step.close(),
  };
}

/** Rounds in which ours and the peers take turns, since a shared machine is not equally fast from minute to minute. */
const rounds = 10;
/** Milliseconds before each turn: OpenMP's and ONNX Runtime's threads go on spinning for a while after their last step. */
const rest = 300;
/** Steps at the beginning of a turn that are not counted: the other program has filled the caches. */
const first = 2;

/**
 * Median milliseconds of a step of a network, ours and each peer's, and where ours went. The first 5 steps of each warm up.
 */
async function measureSteps(name, model, { threads, steps, peers }) {
  const own = stepsOf(model, threads);
  const taking = Object.entries(peers).filter(([, peer]) => peer.networks?.includes(name));
  const times = Object.fromEntries([["thing2vec", []], ...taking.map(([peer]) => [peer, []])]);
  await own.steps(5);
  for (const [, peer] of taking) await peer.ask({ network: name, steps: 5 });
  Object.assign(own.spent, { steps: 0, total: 0, sessions: 0, foreign: 0 });
  const each = Math.ceil(steps / rounds) + first;
  for (let round = 0; round < rounds; round++) {
    await delay(rest);
    times.thing2vec.push(...(await own.steps(each)).slice(first));
    for (const [peer, { ask }] of taking) {
      await delay(rest);
      const slow = peer === "tfjs" ? Math.ceil(each / 10) + first : each; // a step of its takes as long as 40 of ours
      times[peer].push(...(await ask({ network: name, steps: slow })).times.slice(first));
    }
  }
  await own.close();
  const { steps: count, ...sums } = own.spent;
  const spent = Object.fromEntries(Object.entries(sums).map(([part, sum]) => [part, sum / count]));
  return { medians: Object.fromEntries(Object.entries(times).map(([who, list]) => [who, median(list)])), spent };
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
  const updates = epochs * Math.ceil(training.y.size / batchSize);
  for (let seed = 1; seed <= seeds; seed++) {
    const { history } = await train({
      params: cnn.init(generator(seed)),
      loss: classifierLoss(cnn),
      optimizer: adam({ learningRate: cosineDecay(1e-3, updates) }),
      data: training,
      validation: { data: test, metric: "accuracy", goal: "max" },
      restoreBest: false,
      batchSize,
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

async function startPeers(threads, log) {
  const here = (path) => fileURLToPath(new URL(`peers/${path}`, import.meta.url));
  const python = process.env.THING2VEC_PYTHON;
  log("networks: starting the peers");
  return {
    pytorch: python
      ? await startPeer(python, here("pytorch_networks.py"), { threads }, "npm run peers")
      : { absent: "set THING2VEC_PYTHON to a Python interpreter and run: npm run peers" },
    tfjs: existsSync(here("node_modules/@tensorflow/tfjs"))
      ? await startPeer(process.execPath, here("tfjs-networks.mjs"), { threads }, "npm run peers")
      : { absent: "npm run peers" },
  };
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
  const peers = {};
  if (wants("compile")) figures.compileSeconds = await measureCompile(threads); // first, while nothing is warm
  if (wants("steps")) {
    const processes = await startPeers(threads, log);
    for (const [name, { absent, version }] of Object.entries(processes)) {
      peers[name] = absent === undefined ? { figures: {} } : { absent };
      if (version) notes.push(`${name} ${version}`);
    }
    for (const [name, model, times] of [
      ["cnn", cnn, steps],
      ["mlp", mlp, 4 * steps],
      ["transformer", transformer, steps],
    ]) {
      log(`networks: ${name}`);
      const { medians, spent } = await measureSteps(name, model, { threads, steps: times, peers: processes });
      const { thing2vec, ...others } = medians;
      figures[`${name}StepMilliseconds`] = thing2vec;
      for (const [peer, value] of Object.entries(others)) peers[peer].figures[`${name}StepMilliseconds`] = value;
      const { total, sessions, foreign } = spent;
      notes.push(
        `${name}: of a mean step of ${total.toFixed(2)} ms ${sessions.toFixed(2)} in session.run, ${foreign.toFixed(2)} in kernels, ${(1000 * (total - sessions - foreign)).toFixed(0)} us elsewhere`,
      );
    }
    for (const peer of Object.values(processes)) await peer.close?.();
    log("networks: 50 dense layers");
    const { spent } = await measureSteps("deep", deep, { threads, steps, peers: {} });
    const { total, sessions, foreign } = spent;
    figures.overheadMicroseconds = 1000 * (total - sessions - foreign);
    figures.overheadShare = (total - sessions - foreign) / total;
    figures.outsideSessionShare = (total - sessions) / total;
    notes.push(`50 dense layers: ${total.toFixed(2)} ms a step, ${foreign.toFixed(2)} of them in the kernel of Adam`);
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
  return { figures, peers, settings: { threads, steps, seeds, epochs, backend: "cpu" }, units, notes };
}
