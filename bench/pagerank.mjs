/**
 * PageRank beside GAP's C++ program on a Kronecker graph, and from an edge file to ranks beside networkx, igraph, and scipy
 * with pyarrow:
 *
 *     npm run bench -- pagerank --data ROOT [--scale 20] [--rounds 5] [--only kronecker|random|file|read] [--json]
 *
 * - kronecker: GAP's graph (scale 20, degree 16, undirected, without loops and parallel edges), f32, from the uniform start
 *   until the L1 change is at most 1e-4. Ours and GAP's `pr` take turns on the same graph; figures are the best of the
 *   rounds, since a shared machine is not equally fast from minute to minute. GAPBS_HOME names a built sbeamer/gapbs.
 *   `buildSeconds` is the layout's, in a warm process; the first one is in the notes.
 * - random: 10 iterations in f64 of 1 M nodes and 10 M edges drawn at random, directed, from a graph in memory.
 * - file: from cnr-2000 as a plain edge file (a line an edge, written first, uncounted) to ranks, L1 change 1e-10, the best
 *   of five (networkx: one). The Python peers run by the interpreter of THING2VEC_PYTHON.
 * - read: megabytes a second of a CSV edge list.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { createReadStream, createWriteStream, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { finished } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { createGunzip } from "node:zlib";
import { readEdgeList } from "../dist/formats/edge-list.js";
import { pageRank, preparePageRank } from "../dist/graphs/pagerank.js";
import { openStream } from "../dist/io/source.js";
import { Graph } from "../dist/messages/graph.js";
import { kroneckerEdges, uniformEdges } from "./pagerank/kronecker.mjs";
import { measureRead } from "./pagerank/read.mjs";
import { writeSerialized } from "./pagerank/serialized.mjs";

const units = {
  secondsToResidual: "s",
  secondsPerIteration: "s",
  iterations: "",
  buildSeconds: "s",
  totalSeconds: "s",
  seconds10M: "s",
  fileToRanksSeconds: "s",
  readMegabytesPerSecond: "MB/s",
};
const now = () => performance.now() / 1000;
const fixed = (seconds) => seconds.toFixed(3);

/** Seconds to lay the graph out and to iterate, and what came out. */
async function rank(graph, options) {
  const start = now();
  const solver = await preparePageRank(graph, options);
  const built = now();
  const result = await solver.solve();
  const seconds = now() - built;
  solver.release();
  return { build: built - start, seconds, ...result };
}

/** Seconds of GAP's `pr`, one trial, and its iterations; one thread a core as ours. */
function runGap(home, file, threads) {
  const options = { encoding: "utf8", env: { ...process.env, OMP_NUM_THREADS: String(threads) } };
  const text = execFileSync(join(home, "pr"), ["-f", file, "-n", "3", "-i", "100", "-t", "1e-4", "-l"], options);
  const times = Array.from(text.matchAll(/Trial Time:\s+([\d.]+)/g), ([, seconds]) => Number(seconds));
  const lines = text.slice(0, text.indexOf("Trial Time")).match(/^\s*\d+\s+[\d.e-]+$/gm) ?? [];
  return { seconds: Math.min(...times), iterations: lines.length };
}

async function measureKronecker({ scale, rounds, threads, log }, notes) {
  log(`pagerank: Kronecker graph of scale ${scale}`);
  const graph = await Graph.fromEdges(kroneckerEdges(scale, 16), { parallel: "first", selfLoops: "drop", threads });
  notes.push(`${graph.numNodes} nodes, ${graph.numArcs} arcs`);
  const home = process.env.GAPBS_HOME;
  const gap = home !== undefined && existsSync(join(home, "pr"));
  const folder = mkdtempSync(join(tmpdir(), "thing2vec-gap-"));
  try {
    const file = join(folder, "graph.sg");
    if (gap) writeSerialized(file, graph.rows);
    const options = { precision: "float32", tolerance: 1e-4, threads };
    const [ours, theirs] = [[], []];
    const cold = await rank(graph, options);
    for (let round = 0; round < rounds; round++) {
      for (let turn = 0; turn < 3; turn++) ours.push(await rank(graph, options));
      if (gap) theirs.push(runGap(home, file, threads));
      log(
        `pagerank: round ${round + 1}: ${fixed(ours.at(-1).seconds)} s, GAP ${gap ? fixed(theirs.at(-1).seconds) : "-"} s`,
      );
    }
    const best = (list, field) => Math.min(...list.map((run) => run[field]));
    const [seconds, build] = [best(ours, "seconds"), best(ours, "build")];
    const { iterations, layout } = cold;
    const gapSeconds = best(theirs, "seconds");
    notes.push(
      `layout ${layout}; first in the process: ${fixed(cold.build)} s to build, ${fixed(cold.seconds)} s to iterate`,
    );
    if (gap) {
      const [toResidual, total] = [seconds / gapSeconds, (seconds + build) / gapSeconds];
      notes.push(`of GAP's time: iterations ${toResidual.toFixed(2)}, with the build ${total.toFixed(2)}`);
    }
    const deep = await rank(graph, { tolerance: 1e-9, threads });
    notes.push(
      `f64 to 1e-9 (${deep.layout}): ${fixed(deep.build)} + ${fixed(deep.seconds)} s, ${deep.iterations} iterations`,
    );
    return {
      figures: {
        ...{ secondsToResidual: seconds, secondsPerIteration: seconds / iterations, iterations },
        ...{ buildSeconds: build, totalSeconds: seconds + build },
      },
      gapbs: gap
        ? { figures: { secondsToResidual: gapSeconds, secondsPerIteration: gapSeconds / theirs[0].iterations } }
        : { absent: "set GAPBS_HOME to a checkout of sbeamer/gapbs in which make was run" },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureRandom(threads) {
  const graph = await Graph.fromEdges(uniformEdges(2 ** 20, 10_000_000), { directed: true, threads });
  const options = { tolerance: 0, maxIterations: 10, threads };
  const times = [];
  for (let turn = 0; turn < 5; turn++) times.push((await rank(graph, options)).seconds);
  return { seconds10M: Math.min(...times) };
}

/** cnr-2000 as a line an edge, source and target, by a space. */
async function writeCnr(from, to) {
  const out = createWriteStream(to);
  let source = 0;
  for await (const line of createInterface({ input: createReadStream(from).pipe(createGunzip()) })) {
    const rows = line.split(/\s+/).filter((target) => target !== "");
    if (rows.length > 0) out.write(rows.map((target) => `${source} ${target}\n`).join(""));
    source++;
  }
  out.end();
  await finished(out);
}

async function measureFile({ data, threads, log }, peers, notes) {
  if (data === undefined) throw new RangeError("pagerank: --data must name the folder that holds cnr-2000/, got none");
  const folder = mkdtempSync(join(tmpdir(), "thing2vec-cnr-"));
  try {
    const file = join(folder, "cnr.txt");
    await writeCnr(join(data, "cnr-2000/adjacency.txt.gz"), file);
    const times = [];
    for (let turn = 0; turn < 5; turn++) {
      const start = now();
      const edges = await readEdgeList(await openStream(file), { threads });
      const graph = await Graph.fromEdges(edges, { directed: true, parallel: "first", threads });
      const { ranks, iterations } = await pageRank(graph, { tolerance: 1e-10, threads });
      times.push(now() - start);
      if (turn > 0) continue;
      const top = Array.from(ranks.keys()).sort((a, b) => ranks[b] - ranks[a]);
      const shown = top.slice(0, 5).map((node) => `${graph.nameOf(node)} ${ranks[node].toPrecision(6)}`);
      notes.push(`cnr-2000: ${ranks.length} nodes, ${iterations} iterations; ${shown.join(", ")}`);
    }
    const python = process.env.THING2VEC_PYTHON;
    const program = fileURLToPath(new URL("peers/pagerank.py", import.meta.url));
    for (const name of ["networkx", "igraph", "scipy"]) {
      log(`pagerank: ${name}`);
      const run = python ? spawnSync(python, [program, name, file], { encoding: "utf8" }) : null;
      if (run?.status === 0) peers[name] = { figures: { fileToRanksSeconds: JSON.parse(run.stdout).seconds } };
      else peers[name] = { absent: `set THING2VEC_PYTHON to a Python interpreter and run: npm run peers` };
    }
    return { fileToRanksSeconds: Math.min(...times) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function count(options, name, otherwise) {
  const value = Number(options[name] ?? otherwise);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new RangeError(`pagerank: --${name} must be an integer >= 1, got ${options[name]}`);
}

export default async function bench({ data, threads, log, options }) {
  const [scale, rounds] = [count(options, "scale", 20), count(options, "rounds", 5)];
  const wants = (part) => (options.only ?? part) === part;
  const figures = {};
  const notes = [];
  const peers = {};
  if (wants("kronecker")) {
    const { figures: own, gapbs } = await measureKronecker({ scale, rounds, threads, log }, notes);
    Object.assign(figures, own);
    peers.gapbs = gapbs;
  }
  if (wants("random")) Object.assign(figures, await measureRandom(threads));
  if (wants("file")) Object.assign(figures, await measureFile({ data, threads, log }, peers, notes));
  if (wants("read")) Object.assign(figures, await measureRead({ threads, log }));
  return { figures, peers, settings: { threads, scale, rounds }, units, notes };
}
