/**
 * The graph convolutional network of Kipf and Welling: its accuracy on Cora and Citeseer in the protocol of the paper, and the
 * time of 200 epochs on Cora beside PyTorch's.
 *
 *     npm run bench -- gcn --data ROOT [--runs 100] [--protocol paper|best-validation] [--rounds 5] [--executor onnx|kernels]
 *         [--only accuracy|time] [--json]
 *
 * ROOT holds cora/ and citeseer/. Mean and deviation are of the test accuracies of seeds 1, 2, ... An epoch is a step over all
 * nodes with dropout of the stored features and of the hidden layer, and the loss and accuracy of the validation nodes after
 * it. Ours is the time that five runs take more than one, of which the first compiles; training that stops early is scaled to 200 epochs. PyTorch has sparse
 * features as well and no dropout of them, and runs in a process of its own by the interpreter of THING2VEC_PYTHON. Both take
 * turns; each time is the least of all rounds.
 */
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { gcn } from "../dist/graphs/gcn.js";
import { loadPlanetoid } from "./graphs/planetoid.mjs";
import { startPeer } from "./peer.mjs";

const epochs = 200;
const units = {
  coraMean: "%",
  coraDeviation: "%",
  citeseerMean: "%",
  citeseerDeviation: "%",
  seconds200Epochs: "s",
};
/** Milliseconds before each turn: threads go on spinning for a while after their last step. */
const rest = 300;

/** Runs that are timed, besides a first one which compiles. */
const timed = 5;

/** Seconds of 200 epochs in a program that is compiled: what several runs take more than one alone. */
async function secondsOf({ graph, nodes }, options) {
  const measure = async (runs) => {
    const start = performance.now();
    const result = await gcn(graph, nodes, { ...options, epochs, runs, seed: 1 });
    return { result, seconds: (performance.now() - start) / 1000 };
  };
  const one = await measure(1);
  const all = await measure(1 + timed);
  const made = all.result.runs.slice(1).reduce((sum, run) => sum + run.epochs, 0);
  return ((all.seconds - one.seconds) / made) * epochs;
}

export default async function bench({ data, threads, log, options }) {
  if (data === undefined)
    throw new RangeError("gcn: --data must name the folder that holds cora/ and citeseer/, got none");
  const { protocol = "paper", executor, only } = options;
  const [runs, rounds] = [Number(options.runs ?? 100), Number(options.rounds ?? 5)];
  const wants = (part) => only === undefined || only === part;
  const settings = { protocol, ...(executor === undefined ? {} : { executor }) };
  const figures = {};
  const peers = {};
  const notes = [];

  const sets = {};
  for (const name of ["cora", "citeseer"]) sets[name] = await loadPlanetoid(join(data, name));
  if (wants("time")) {
    const install = "THING2VEC_PYTHON=path/to/python npm run peers";
    const file = fileURLToPath(new URL("peers/pytorch_gcn.py", import.meta.url));
    const pytorch = await startPeer(process.env.THING2VEC_PYTHON ?? "python3", file, { threads }, install);
    const times = { own: [], pytorch: [] };
    for (let round = 0; round < rounds; round++) {
      await delay(rest);
      times.own.push(await secondsOf(sets.cora, settings));
      if (pytorch.absent !== undefined) continue;
      await delay(rest);
      times.pytorch.push(...(await pytorch.ask({ network: join(data, "cora"), steps: epochs })).times);
      log(`gcn: round ${round + 1}: ${times.own.at(-1).toFixed(3)} s, PyTorch ${times.pytorch.at(-1).toFixed(3)} s`);
    }
    figures.seconds200Epochs = Math.min(...times.own);
    if (pytorch.absent === undefined) {
      peers.pytorch = { figures: { seconds200Epochs: Math.min(...times.pytorch) } };
      notes.push(`PyTorch ${pytorch.version}`);
      await pytorch.close();
    } else peers.pytorch = { absent: pytorch.absent };
  }
  if (wants("accuracy")) {
    for (const [name, { graph, nodes }] of Object.entries(sets)) {
      const result = await gcn(graph, nodes, { ...settings, runs });
      figures[`${name}Mean`] = 100 * result.testAccuracy.mean;
      figures[`${name}Deviation`] = 100 * result.testAccuracy.deviation;
      const made = result.runs.reduce((sum, run) => sum + run.epochs, 0) / runs;
      notes.push(
        `${name}: ${made.toFixed(1)} epochs on average; run by ${result.executor.executor}: ${result.executor.reason}`,
      );
    }
  }
  return { figures, peers, settings: { ...settings, epochs, runs, threads }, units, notes };
}
