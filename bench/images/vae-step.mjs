import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { elboTerms } from "../../dist/images/elbo.js";
import { convolutionalNetwork } from "../../dist/images/networks.js";
import { NdArray } from "../../dist/networks/array.js";
import { compileStep } from "../../dist/networks/compile.js";
import { valueAndGrad } from "../../dist/networks/gradients.js";
import { add, sigmoid, sub } from "../../dist/networks/ops/elementwise.js";
import { adam } from "../../dist/networks/optimizers/adam.js";
import { Random, randomKey } from "../../dist/networks/random.js";
import { Rng } from "../../dist/numerics/random.js";
import { median } from "../median.mjs";
import { startPeer } from "../peer.mjs";

const batch = 128;
const dimensions = 20;
const shape = { channels: 1, height: 28, width: 28 };

/** Ours and the peer take turns, since a shared machine is not equally fast from minute to minute. */
const rounds = 10;
/** Milliseconds before each turn: threads of both go on spinning for a while after their last step. */
const rest = 300;
/** Steps at the beginning of a turn that are not counted: the other program has filled the caches. */
const first = 2;
function uniform(size, seed) {
  const rng = new Rng(seed);
  return Float32Array.from({ length: size }, () => rng.uniform());
}

/** Makes steps of the network of `vae` when asked: forward, both terms, backward, Adam, the random numbers drawn as well. */
export function ownSteps(threads) {
  const network = convolutionalNetwork(shape);
  const pixels = 28 * 28;
  const [middle, offset] = [2, 3].map((seed) => new NdArray("float32", [1, 1, 28, 28], uniform(pixels, seed)));
  const optimizer = adam({ learningRate: 1e-3 });
  const loss = (params, x, key) => {
    const decode = (z) => {
      const logits = add(network.decode(params, z), offset);
      return { logits, pixels: sigmoid(logits) };
    };
    const coder = { encode: (pictures) => network.encode(params, sub(pictures, middle)), decode };
    const { reconstruction, kl } = elboTerms(coder, x, new Random(key).normal([batch, dimensions]), "bernoulli");
    return add(reconstruction, kl);
  };
  const trainingStep = (state, x, key) => {
    const { value, grad } = valueAndGrad(loss)(state.params, x, key);
    const { params, state: moments } = optimizer.update(grad, state.moments, state.params);
    return [{ params, moments }, value];
  };
  const params = network.init(new Rng(1), 2 * dimensions, dimensions);
  const step = compileStep(trainingStep, { params, moments: optimizer.init(params) }, { threads });
  const x = new NdArray("float32", [batch, 1, 28, 28], uniform(batch * pixels, 4));
  let made = 0;
  return {
    timings: () => step.timings(),
    close: () => step.close(),
    async steps(count) {
      const times = [];
      for (let k = 0; k < count; k++) {
        const start = performance.now();
        await step(x, randomKey(1, made++));
        times.push(performance.now() - start);
      }
      return times;
    },
  };
}

/**
 * A training step of the convolutional VAE on 28 x 28 (convolutions of 32 and 64, 4 x 4 with stride 2, dense, mirrored; 20
 * codes, batch 128, Adam) on a batch that is in memory, beside PyTorch's eager one, in a process of its own with equally many
 * threads: the median of steps in turns.
 */
export default async function vaeStep({ threads, log, options }) {
  const steps = Number(options.steps ?? 100);
  const install = "THING2VEC_PYTHON=path/to/python npm run peers";
  const file = fileURLToPath(new URL("../peers/pytorch_vae.py", import.meta.url));
  const pytorch = await startPeer(process.env.THING2VEC_PYTHON ?? "python3", file, { threads }, install);
  const own = ownSteps(threads);
  const times = { own: [], pytorch: [] };
  const each = Math.ceil(steps / rounds) + first;
  await own.steps(5);
  if (pytorch.absent === undefined) await pytorch.ask({ steps: 5 });
  for (let round = 0; round < rounds; round++) {
    await delay(rest);
    times.own.push(...(await own.steps(each)).slice(first));
    if (pytorch.absent !== undefined) continue;
    await delay(rest);
    times.pytorch.push(...(await pytorch.ask({ steps: each })).times.slice(first));
  }
  await own.close();
  const vaeStepMilliseconds = median(times.own);
  const result = {
    figures: { vaeStepMilliseconds },
    units: { vaeStepMilliseconds: "ms" },
    settings: { batch, codes: dimensions, steps },
    notes: [],
  };
  if (pytorch.absent !== undefined) return { ...result, peers: { pytorch: { absent: pytorch.absent } } };
  await pytorch.close();
  const theirs = median(times.pytorch);
  const ratio = (vaeStepMilliseconds / theirs).toFixed(3);
  log(`images: VAE step ${vaeStepMilliseconds.toFixed(2)} ms, PyTorch ${theirs.toFixed(2)} ms`);
  result.notes.push(`PyTorch ${pytorch.version}; a step of the VAE takes ${ratio} of its time`);
  return { ...result, peers: { pytorch: { figures: { vaeStepMilliseconds: theirs } } } };
}
