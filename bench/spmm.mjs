/**
 * A sparse matrix times 16 and 64 dense columns, f32, weighted, beside SciPy's product of the same arrays:
 *
 *     npm run bench -- spmm [--scale 20] [--degree 16] [--rounds 7] [--threads 2] [--json]
 *
 * The matrix is a Kronecker graph as the GAP benchmark generates it, undirected, with a weight on every edge. GFLOP/s are
 * 2 * arcs * columns / time, of the fastest of the rounds, in which ours and the peer's products take turns. The peer runs by
 * the interpreter of THING2VEC_PYTHON on one thread, which is all that SciPy uses; the arrays are handed over as .npy files.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Graph } from "../dist/messages/graph.js";
import { Operator } from "../dist/messages/operators/operator.js";
import { Rows } from "../dist/messages/rows.js";
import { spmm } from "../dist/messages/spmm.js";
import { Rng } from "../dist/numerics/random.js";
import { kronecker } from "./graphs/kronecker.mjs";
import { writeNpyArray } from "./graphs/npy.mjs";
import { startPeer } from "./peer.mjs";

const widths = [16, 64];
const units = {
  gflops16: "GFLOP/s",
  gflops64: "GFLOP/s",
  gflops16Unweighted: "GFLOP/s",
  gflops64Unweighted: "GFLOP/s",
};

/** The graph with a weight from .5 to 1.5 on every edge; the first of equal ones is kept. */
async function buildGraph({ scale, degree, threads }) {
  const edges = kronecker({ scale, degree });
  const rng = new Rng(2);
  const weights = Float32Array.from(edges.sources, () => 0.5 + rng.uniform());
  return await Graph.fromEdges({ ...edges, weights }, { parallel: "first", selfLoops: "drop", threads });
}

/** SciPy's process, which answers { width } with { seconds, sum }, or { absent } with what would install it. */
async function startScipy(folder) {
  const python = process.env.THING2VEC_PYTHON;
  if (!python) return { absent: "set THING2VEC_PYTHON to a Python interpreter and run: npm run peers" };
  const program = fileURLToPath(new URL("peers/scipy_spmm.py", import.meta.url));
  return startPeer(python, program, { folder }, "npm run peers");
}

/** Seconds of one product. */
async function time(operator, x, y, options) {
  const start = performance.now();
  await spmm(operator, x, y, options);
  return (performance.now() - start) / 1000;
}

function count(options, name, otherwise) {
  const value = Number(options[name] ?? otherwise);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new RangeError(`spmm: --${name} must be an integer >= 1, got ${options[name]}`);
}

export default async function bench({ threads, log, options }) {
  const [scale, degree, rounds] = [
    count(options, "scale", 20),
    count(options, "degree", 16),
    count(options, "rounds", 7),
  ];
  log("spmm: building the graph");
  const graph = await buildGraph({ scale, degree, threads });
  const { memory, rows, numNodes, numArcs } = graph;
  const weighted = new Operator(rows);
  const at = { offsets: rows.offsetsAt, indices: rows.indicesAt, values: 0 };
  const unweighted = new Operator(new Rows(memory, rows, at)); // the same entries, all 1
  const most = numNodes * Math.max(...widths);
  const [x, y] = [memory.allocate(4 * most), memory.allocate(4 * most)];
  const rng = new Rng(3);
  const table = memory.f32(x, most);
  for (let k = 0; k < most; k++) table[k] = rng.uniform() - 0.5;

  const folder = mkdtempSync(join(tmpdir(), "spmm-"));
  const figures = {};
  const notes = [`${numNodes} nodes, ${numArcs} arcs`];
  try {
    log("spmm: handing the graph to SciPy");
    writeNpyArray(join(folder, "offsets.npy"), rows.offsets);
    writeNpyArray(join(folder, "indices.npy"), rows.indices);
    writeNpyArray(join(folder, "values.npy"), memory.f32(weighted.coefficientsAt, numArcs));
    for (const width of widths) {
      writeNpyArray(join(folder, `x${width}.npy`), table.subarray(0, numNodes * width), [numNodes, width]);
    }
    const scipy = await startScipy(folder);
    const peerFigures = {};
    for (const width of widths) {
      log(`spmm: ${width} columns`);
      const best = { ours: Infinity, plain: Infinity, scipy: Infinity };
      for (let round = 0; round < rounds; round++) {
        best.plain = Math.min(best.plain, await time(unweighted, x, y, { width, threads }));
        best.ours = Math.min(best.ours, await time(weighted, x, y, { width, threads }));
        if (scipy.absent) continue;
        const { seconds, sum } = await scipy.ask({ width });
        best.scipy = Math.min(best.scipy, seconds);
        const own = memory.f32(y, width).reduce((total, value) => total + value, 0);
        if (Math.abs(own - sum) > 1e-3 * (1 + Math.abs(sum))) throw new Error(`spmm: ours is ${own}, SciPy's ${sum}`);
      }
      const work = (2 * numArcs * width) / 1e9;
      figures[`gflops${width}`] = work / best.ours;
      figures[`gflops${width}Unweighted`] = work / best.plain;
      if (!scipy.absent) peerFigures[`gflops${width}`] = work / best.scipy;
    }
    await scipy.close?.();
    if (scipy.version) notes.push(`SciPy ${scipy.version}`);
    const peers = { scipy: scipy.absent ? { absent: scipy.absent } : { figures: peerFigures } };
    return { figures, peers, settings: { threads, scale, degree, rounds }, units, notes };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
