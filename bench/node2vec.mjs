/**
 * node2vec on BlogCatalog beside pecanpy's walks with gensim's Word2Vec, and how well the vectors tell the bloggers' groups.
 *
 *     npm run bench -- node2vec --data ROOT [--rounds 1] [--repeats 3] [--seed 1] [--walks 10] [--p .25] [--q .25] [--no-peers] [--json]
 *
 * Both embed a graph that is in memory, walks included, with the same settings: 128 dimensions, window 10, 10 walks of 80
 * nodes a node, 5 negatives, one epoch at the rate .05, falling. They take turns, and the time is the least of the rounds.
 * The peer runs in a process of its own by the interpreter of THING2VEC_PYTHON, with as many workers as threads here; what
 * Numba compiles is compiled on a small graph before.
 *
 * microF1 and macroF1 are those of `multiLabelScores`, the mean over so many halves of the nodes as `repeats` says, the same
 * ones for both.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { multiLabelScores } from "../dist/evaluate/multi-label.js";
import { node2vec } from "../dist/graphs/node2vec.js";
import { Graph } from "../dist/messages/graph.js";
import { startPeer } from "./peer.mjs";

const settings = { dimensions: 128, window: 10, walkLength: 80, negatives: 5, learningRate: 0.05, epochs: 1 };
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
  const [rounds, repeats, seed] = [
    integer(options, "rounds", 1),
    integer(options, "repeats", 3),
    integer(options, "seed", 1),
  ];
  const all = {
    ...settings,
    walks: integer(options, "walks", 10),
    p: Number(options.p ?? 0.25),
    q: Number(options.q ?? 0.25),
  };
  const { edges, graph, labels } = await readBlogCatalog(join(data, "blogcatalog"));
  const score = (values) =>
    multiLabelScores({ rows: graph.numNodes, columns: all.dimensions, values }, labels, { repeats });
  const folder = await mkdtemp(join(tmpdir(), "node2vec-"));
  try {
    log("node2vec: starting the peer");
    const peer = await startGensim(threads, folder, edges, options);
    const own = { seconds: Number.POSITIVE_INFINITY };
    const theirs = { seconds: Number.POSITIVE_INFINITY };
    const notes = peer.version ? [peer.version] : [];
    const output = join(folder, "vectors.f32");
    for (let round = 0; round < rounds; round++) {
      await delay(rest);
      const { result: space, seconds } = await timed(() => node2vec(graph, { ...all, seed, threads }));
      log(`node2vec: round ${round + 1}: ${seconds.toFixed(1)} s`);
      own.seconds = Math.min(own.seconds, seconds);
      own.values = await valuesOf(space);
      await space.close();
      if (peer.ask === undefined) continue;
      await delay(rest);
      const times = await peer.ask({ ...all, seed, output });
      notes.push(
        `gensim, round ${round + 1}: walks ${times.walks.toFixed(1)} s, Word2Vec ${times.training.toFixed(1)} s`,
      );
      log(notes.at(-1));
      theirs.seconds = Math.min(theirs.seconds, times.walks + times.training);
      const { buffer } = Uint8Array.from(await readFile(output));
      theirs.values = new Float32Array(buffer);
    }
    await peer.close?.();
    log("node2vec: scoring");
    return {
      figures: { seconds: own.seconds, ...score(own.values) },
      peers: {
        gensim: theirs.values
          ? { figures: { seconds: theirs.seconds, ...score(theirs.values) } }
          : { absent: peer.absent },
      },
      settings: { threads, rounds, repeats, seed, ...all },
      units,
      notes,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
