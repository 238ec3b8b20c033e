/**
 * UMAP of word vectors beside umap-learn and umap-js:
 *
 *     npm run bench -- umap --data ROOT [--only 2k,20k,100k] [--seed 1] [--peers no] [--json]
 *
 * The most frequent 2,000, 20,000 and 100,000 words of bench/word-vectors.mjs under the cosine distance, all else as the
 * package and the peers default; seconds from vectors in memory to coordinates, neighbors included, after a map of 500 words
 * that warms the threads. Quality at 20,000 words by `mapQuality`, k = 15, also of the peer's map. umap-learn is seeded and runs by the
 * interpreter of THING2VEC_PYTHON, after its compilation; umap-js from bench/peers/node_modules.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Space } from "../dist/index.js";
import { mapQuality, umap } from "../dist/maps/index.js";
import { startPeer } from "./peer.mjs";
import { wordVectors } from "./word-vectors.mjs";

const sizes = { "2k": 2000, "20k": 20_000, "100k": 100_000 };
const units = {
  seconds2k: "s",
  seconds20k: "s",
  seconds100k: "s",
  trustworthiness: "",
  preservation: "",
  continuity: "",
};

function spaceOf({ names, rows, dimensions }, count) {
  const vectors = rows.subarray(0, count * dimensions);
  return Space.from({ names: names.slice(0, count), vectors, dimensions, kind: "words", geometry: "cosine" });
}

async function qualityOf(space, coordinates, threads) {
  const { trustworthiness, preservation, continuity } = await mapQuality(space, coordinates, {
    neighbors: 15,
    threads,
  });
  return { trustworthiness, preservation, continuity };
}

async function measureLearn({ words, wanted, threads, seed, log }) {
  const python = process.env.THING2VEC_PYTHON;
  const install = "set THING2VEC_PYTHON to a Python interpreter and run: npm run peers";
  if (!python) return { absent: install };
  const program = fileURLToPath(new URL("peers/umap_learn.py", import.meta.url));
  const peer = await startPeer(python, program, { threads }, install);
  if (peer.absent !== undefined) return peer;
  const folder = mkdtempSync(join(tmpdir(), "thing2vec-umap-"));
  try {
    const [rows, out] = [join(folder, "rows.f32"), join(folder, "map.f32")];
    writeFileSync(rows, words.rows);
    const figures = {};
    for (const size of wanted) {
      const count = sizes[size];
      const request = { rows, count, dimensions: words.dimensions, metric: "cosine", seed, out };
      figures[`seconds${size}`] = (await peer.ask(request)).seconds;
      log(`umap: umap-learn ${peer.version}, ${size}: ${figures[`seconds${size}`].toFixed(2)} s`);
      if (size !== "20k") continue;
      const bytes = readFileSync(out);
      const coordinates = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
      Object.assign(figures, await qualityOf(spaceOf(words, count), coordinates, threads));
    }
    return { figures };
  } finally {
    await peer.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureJs(words) {
  try {
    const { UMAP } = await import("./peers/node_modules/umap-js/dist/index.js");
    const { rows, dimensions } = words;
    const list = Array.from({ length: sizes["2k"] }, (_, i) => [
      ...rows.subarray(i * dimensions, (i + 1) * dimensions),
    ]);
    const cosine = (x, y) => {
      let [dot, xx, yy] = [0, 0, 0];
      for (let d = 0; d < x.length; d++) {
        dot += x[d] * y[d];
        xx += x[d] * x[d];
        yy += y[d] * y[d];
      }
      return 1 - dot / Math.sqrt(xx * yy);
    };
    new UMAP({ distanceFn: cosine }).fit(list.slice(0, 200));
    const start = performance.now();
    new UMAP({ distanceFn: cosine }).fit(list);
    return { figures: { seconds2k: (performance.now() - start) / 1000 } };
  } catch (error) {
    return { absent: `npm run peers (${error.message.split("\n")[0]})` };
  }
}

export default async function bench({ data, threads, log, options }) {
  const wanted = String(options.only ?? Object.keys(sizes)).split(",");
  const unknown = wanted.find((size) => !Object.hasOwn(sizes, size));
  if (unknown !== undefined) throw new RangeError(`umap: --only takes ${Object.keys(sizes)}, got ${unknown}`);
  const seed = Number(options.seed ?? 1);
  const words = await wordVectors({ data, count: Math.max(...wanted.map((size) => sizes[size])), log });
  await umap(spaceOf(words, 500), { threads });
  const figures = {};
  const notes = [];
  for (const size of wanted) {
    const space = spaceOf(words, sizes[size]);
    const stages = {};
    let last = performance.now();
    const onProgress = ({ stage }) => {
      const now = performance.now();
      stages[stage] = (stages[stage] ?? 0) + (now - last) / 1000;
      last = now;
    };
    const start = performance.now();
    const { coordinates, settings } = await umap(space, { seed, threads, onProgress });
    figures[`seconds${size}`] = (performance.now() - start) / 1000;
    const parts = Object.entries(stages).map(([stage, seconds]) => `${stage} ${seconds.toFixed(2)}`);
    notes.push(`${size}: ${parts.join(", ")} s; neighbors ${settings.exactNeighbors ? "exact" : "by descent"}`);
    log(`umap: ${size}: ${figures[`seconds${size}`].toFixed(2)} s`);
    if (size === "20k") Object.assign(figures, await qualityOf(space, coordinates, threads));
  }
  const peers = {};
  if (options.peers !== "no") {
    if (wanted.includes("2k")) {
      peers.umapJs = await measureJs(words);
      if (peers.umapJs.figures)
        notes.push(`umap-js takes ${(peers.umapJs.figures.seconds2k / figures.seconds2k).toFixed(1)} times as long`);
    }
    peers.umapLearn = await measureLearn({ words, wanted, threads, seed, log });
  }
  return { figures, peers, settings: { threads, seed }, units, notes };
}
