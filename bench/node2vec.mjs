/**
 * node2vec on BlogCatalog beside pecanpy's walks with gensim's Word2Vec, and how well the vectors tell the bloggers' groups.
 *
 *     npm run bench -- node2vec --data ROOT [--rounds 1] [--splits 5] [--rates .025,.05,.1] [--seed 1] [--walks 10] [--p .25]
 *         [--q .25] [--no-peers] [--json]
 *
 * Both embed a graph that is in memory, walks included, with the same settings: 128 dimensions, window 10, 10 walks of 80
 * nodes a node, 5 negatives, one epoch, at the rate of node2vecDefaults for the time. They take turns, and the time is the
 * least of the rounds. The peer runs in a process of its own by the interpreter of THING2VEC_PYTHON, with as many workers as
 * threads here; what Numba compiles is compiled on a small graph before.
 *
 * microF1 and macroF1 are by the protocol of `multiLabelScores`, means over several halves of the nodes, the same ones for
 * both. Vectors are learned at each of the rates, without labels. For each half the rate is chosen within it: the classifiers
 * learn from one half of the half, and the rate with the largest macro-F1 on the other half of the half is taken, before the
 * nodes outside are looked at. The notes say how often each rate was chosen, and what it gives on its own.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { scoresOfSplit } from "../dist/evaluate/multi-label.js";
import { node2vec, node2vecDefaults } from "../dist/graphs/node2vec.js";
import { Graph } from "../dist/messages/graph.js";
import { Rng } from "../dist/numerics/random.js";
import { startPeer } from "./peer.mjs";

const settings = { dimensions: 128, window: 10, walkLength: 80, negatives: 5, epochs: 1 };
const units = { seconds: "s" };
/** Milliseconds before each turn, in which threads that spin come to rest. */
const rest = 500;

/** The lines of a CSV file behind its header, as numbers. */
const numbersOf = (text) =>
  text
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.split(",").map(Number));

async function readBlogCatalog(folder) {
  const edges = numbersOf(gunzipSync(await readFile(join(folder, "edges.csv.gz"))).toString());
  const graph = await Graph.fromEdges({
    sources: Uint32Array.from(edges, ([source]) => source),
    targets: Uint32Array.from(edges, ([, target]) => target),
  });
  const labels = Array.from({ length: graph.numNodes }, () => []);
  for (const [node, label] of numbersOf(await readFile(join(folder, "labels.csv"), "utf8"))) labels[node].push(label);
  return { edges, graph, labels };
}

async function valuesOf(space) {
  const vectors = await space.vectors();
  const values = new Float32Array(space.length * space.dimensions);
  for (let row = 0; row < space.length; row++) values.set(vectors.get(row), row * space.dimensions);
  return values;
}

async function timed(work) {
  const start = performance.now();
  const result = await work();
  return { result, seconds: (performance.now() - start) / 1000 };
}

function integer(options, name, otherwise) {
  const value = Number(options[name] ?? otherwise);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new RangeError(`node2vec: --${name} must be an integer >= 1, got ${options[name]}`);
}

/** Nodes in a random order, the first half of which is trained on. */
function halvesOf(nodes, seed, split) {
  const rng = new Rng(seed, 0, split);
  const order = [...nodes];
  for (let k = order.length - 1; k >= 1; k--) {
    const other = rng.below(k + 1);
    [order[k], order[other]] = [order[other], order[k]];
  }
  const middle = order.length >> 1;
  return { training: order.slice(0, middle), test: order.slice(middle) };
}

const mean = (numbers) => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;

/** Scores over several halves of the nodes, for which the rate is chosen within the training half. */
function scoresOf(valuesByRate, labels, { splits, dimensions }) {
  const labeled = [...labels.keys()].filter((n) => labels[n].length > 0);
  const rates = [...valuesByRate.keys()];
  const score = (rate, { training, test }) =>
    scoresOfSplit({ rows: labels.length, columns: dimensions, values: valuesByRate.get(rate) }, labels, {
      ...{ training, test, C: 1 },
    });
  const rows = Array.from({ length: splits }, (_, split) => {
    const halves = halvesOf(labeled, 1, split);
    const inner = halvesOf(halves.training, 2, split);
    const validated = rates.map((rate) => score(rate, inner).macroF1);
    const chosen = rates[validated.indexOf(Math.max(...validated))];
    return { chosen, validated, test: new Map(rates.map((rate) => [rate, score(rate, halves)])) };
  });
  const chosen = rows.map((row) => row.test.get(row.chosen));
  const notes = rates.map((rate, k) => {
    const own = rows.map(({ test }) => test.get(rate).macroF1);
    const times = rows.filter((row) => row.chosen === rate).length;
    const inner = mean(rows.map(({ validated }) => validated[k])).toFixed(3);
    return `rate ${rate}: chosen ${times} of ${splits} times (macro-F1 within the halves ${inner}), alone ${mean(own).toFixed(3)} (${Math.min(...own).toFixed(3)} to ${Math.max(...own).toFixed(3)})`;
  });
  const figures = Object.fromEntries(["microF1", "macroF1"].map((key) => [key, mean(chosen.map((row) => row[key]))]));
  return { figures, notes };
}

async function startGensim(threads, folder, edges, options) {
  const python = process.env.THING2VEC_PYTHON;
  const script = fileURLToPath(new URL("peers/gensim_node2vec.py", import.meta.url));
  if (options["no-peers"]) return { absent: "leave out --no-peers" };
  if (!python) return { absent: "set THING2VEC_PYTHON to a Python interpreter and run: npm run peers" };
  const file = join(folder, "edges.tsv");
  await writeFile(file, edges.map((edge) => edge.join("\t")).join("\n"));
  return startPeer(python, script, { threads, edges: file }, "npm run peers");
}

export default async function bench({ data, threads, log, options }) {
  if (data === undefined)
    throw new RangeError("node2vec: --data must name the folder that holds blogcatalog/, got none");
  const [rounds, splits, seed] = [
    integer(options, "rounds", 1),
    integer(options, "splits", 5),
    integer(options, "seed", 1),
  ];
  const rates = String(options.rates ?? "0.025,0.05,0.1")
    .split(",")
    .map(Number);
  const { learningRate } = node2vecDefaults;
  const all = {
    ...settings,
    walks: integer(options, "walks", 10),
    p: Number(options.p ?? 0.25),
    q: Number(options.q ?? 0.25),
  };
  const { edges, graph, labels } = await readBlogCatalog(join(data, "blogcatalog"));
  const folder = await mkdtemp(join(tmpdir(), "node2vec-"));
  try {
    log("node2vec: starting the peer");
    const peer = await startGensim(threads, folder, edges, options);
    const own = { seconds: Number.POSITIVE_INFINITY, values: new Map() };
    const theirs = { seconds: Number.POSITIVE_INFINITY, values: new Map() };
    const notes = peer.version ? [peer.version] : [];
    const output = join(folder, "vectors.f32");
    const learn = async (rate) => {
      await delay(rest);
      const { result: space, seconds } = await timed(() =>
        node2vec(graph, { ...all, learningRate: rate, seed, threads }),
      );
      log(`node2vec: rate ${rate}: ${seconds.toFixed(1)} s`);
      own.values.set(rate, await valuesOf(space));
      await space.close();
      return seconds;
    };
    const askPeer = async (rate) => {
      if (peer.ask === undefined) return Number.POSITIVE_INFINITY;
      await delay(rest);
      const times = await peer.ask({ ...all, learningRate: rate, seed, output });
      notes.push(`gensim, rate ${rate}: walks ${times.walks.toFixed(1)} s, Word2Vec ${times.training.toFixed(1)} s`);
      log(notes.at(-1));
      const { buffer } = Uint8Array.from(await readFile(output));
      theirs.values.set(rate, new Float32Array(buffer));
      return times.walks + times.training;
    };
    for (let round = 0; round < rounds; round++) {
      own.seconds = Math.min(own.seconds, await learn(learningRate));
      theirs.seconds = Math.min(theirs.seconds, await askPeer(learningRate));
    }
    for (const rate of rates) {
      if (rate === learningRate) continue;
      await learn(rate);
      await askPeer(rate);
    }
    await peer.close?.();
    log("node2vec: scoring");
    const score = ({ seconds, values }, name) => {
      const { figures, notes: details } = scoresOf(values, labels, { splits, dimensions: all.dimensions });
      notes.push(...details.map((note) => `${name}, ${note}`));
      return { seconds, ...figures };
    };
    return {
      figures: score(own, "own"),
      peers: { gensim: peer.ask ? { figures: score(theirs, "gensim") } : { absent: peer.absent } },
      settings: { threads, rounds, splits, seed, rates, learningRate, ...all },
      units,
      notes,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
