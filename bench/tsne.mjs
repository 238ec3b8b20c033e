/**
 * t-SNE of Fashion-MNIST's first 20,000 pictures, brought to 50 dimensions by PCA: neighbors, affinities and layout, perplexity
 * 30, 750 iterations.
 *
 *     npm run bench -- tsne --data ROOT [--items 20000] [--iterations 750] [--no-peers]
 *
 * Peer openTsne (`peers/opentsne.py`), on the same vectors and threads. The divergences of both maps are computed by it, from
 * all pairs in float64 on the same affinities over exact neighbors; without it, ours is what `tsne` reports of its own.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readIdx } from "../dist/formats/idx.js";
import { pca } from "../dist/maps/pca.js";
import { mapQuality } from "../dist/maps/quality.js";
import { tsne } from "../dist/maps/tsne.js";
import { Space } from "../dist/space/space.js";
import { writeNpyArray } from "./graphs/npy.mjs";

const units = { seconds20k: "s", kl: "nats" };
const width = 50;
const perplexity = 30;

const spaceOf = (vectors, dimensions) => {
  const names = Array.from({ length: vectors.length / dimensions }, (_, row) => String(row));
  return Space.from({ names, vectors, dimensions, geometry: "euclidean" });
};

export default async function bench({ data, threads, log, options }) {
  if (data === undefined) throw new RangeError("tsne: --data must name the folder that holds fashion-mnist/, got none");
  const items = Number(options.items ?? 20_000);
  const iterations = Number(options.iterations ?? 750);
  const { data: pictures, shape } = await readIdx(join(data, "fashion-mnist/train-images-idx3-ubyte.gz"));
  const pixels = shape[1] * shape[2];
  const { coordinates: vectors } = await pca(spaceOf(Float32Array.from(pictures.subarray(0, items * pixels)), pixels), {
    dimensions: width,
    threads,
  });
  const space = spaceOf(vectors, width);
  await tsne(spaceOf(vectors.slice(0, 500 * width), width), { iterations: 20, threads }); // threads and kernels are ready
  log("tsne: thing2vec");
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  const map = await tsne(space, { perplexity, iterations, threads });
  const seconds20k = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const quality = await mapQuality(space, map.coordinates, { threads });
  const figures = { seconds20k, kl: map.metrics.divergence };
  const notes = [
    `${((user + system) / 1e6).toFixed(1)} processor seconds, of all threads together`,
    `divergence by tsne itself ${map.metrics.divergence.toFixed(4)}`,
    `trustworthiness ${quality.trustworthiness.toFixed(4)}, continuity ${quality.continuity.toFixed(4)}, ` +
      `preservation ${quality.preservation.toFixed(3)} (k = ${quality.neighbors})`,
  ];
  const peers = {};
  if (!options["no-peers"]) {
    log("tsne: openTSNE");
    peers.openTsne = measurePeer({ vectors, coordinates: map.coordinates, threads, iterations, figures });
  }
  return { figures, peers, settings: { threads, items, width, perplexity, iterations }, units, notes };
}

function measurePeer({ vectors, coordinates, threads, iterations, figures }) {
  const python = process.env.THING2VEC_PYTHON;
  const install = "set THING2VEC_PYTHON to a Python interpreter and run: npm run peers";
  if (!python) return { absent: install };
  const folder = mkdtempSync(join(tmpdir(), "thing2vec-tsne-"));
  try {
    const [from, ours] = ["vectors.npy", "ours.npy"].map((name) => join(folder, name));
    writeNpyArray(from, vectors, [vectors.length / width, width]);
    writeNpyArray(ours, coordinates, [coordinates.length / 2, 2]);
    const program = fileURLToPath(new URL("peers/opentsne.py", import.meta.url));
    const settings = [threads, iterations, perplexity].map(String);
    const run = spawnSync(python, [program, from, ours, ...settings], { encoding: "utf8" });
    if (run.status !== 0) return { absent: `${install} (${run.stderr.trim().split("\n").at(-1)})` };
    const { seconds, kl, ours: own } = JSON.parse(run.stdout.trim().split("\n").at(-1));
    figures.kl = own;
    return { figures: { seconds20k: seconds, kl } };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
