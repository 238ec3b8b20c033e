/**
 * UMAP of word vectors beside umap-learn and umap-js:
 *
 *     npm run bench -- umap --data ROOT [--only 2k,20k,100k] [--seeds 3] [--peers no] [--json]
 *
 * The most frequent 2,000, 20,000 and 100,000 words of bench/word-vectors.mjs under the cosine distance, all else as the
 * package and the peers default. Seconds go from vectors in memory to coordinates, neighbors included, after a map of 500
 * words that warms the threads; the least of the seeds 1, 2, ..., 100,000 words once. Quality at 20,000 words by `mapQuality`,
 * k = 15, is the mean of the seeds' maps, also of the peer's; what each is, and what the peer's are on our exact neighbors, is
 * in the notes. umap-learn is seeded and runs by the interpreter of THING2VEC_PYTHON, after its compilation; umap-js from
 * bench/peers/node_modules.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Space } from "../dist/index.js";
import { mapQuality, neighborGraph, umap } from "../dist/maps/index.js";
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

const mean = (list) =>
  Object.fromEntries(
    Object.keys(list[0]).map((key) => [key, list.reduce((sum, one) => sum + one[key], 0) / list.length]),
  );
const shown = (list) =>
  list
    .map((one) =>
      Object.values(one)
        .map((value) => value.toFixed(4))
        .join(" "),
    )
    .join(", ");

/** Our exact neighbors as umap-learn takes them: 15 rows, the item itself first, and then their distances. */
async function writeNeighbors(file, space, threads) {
  const { rows, distances, numItems } = await neighborGraph(space, { neighbors: 14, threads });
  const words = new Int32Array(2 * 15 * numItems);
  const floats = new Float32Array(words.buffer);
  for (let i = 0; i < numItems; i++) {
    words[15 * i] = i;
    words.set(rows.subarray(14 * i, 14 * i + 14), 15 * i + 1);
    floats.set(distances.subarray(14 * i, 14 * i + 14), 15 * (numItems + i) + 1);
  }
  writeFileSync(file, words);
}

async function measureLearn({ words, wanted, threads, seeds, log, notes }) {
  const python = process.env.THING2VEC_PYTHON;
  const install = "set THING2VEC_PYTHON to a Python interpreter and run: npm run peers";
  if (!python) return { absent: install };
  const program = fileURLToPath(new URL("peers/umap_learn.py", import.meta.url));
  const peer = await startPeer(python, program, { threads }, install);
  if (peer.absent !== undefined) return peer;
  const folder = mkdtempSync(join(tmpdir(), "thing2vec-umap-"));
  try {
    const [rows, out, near] = ["rows", "map", "near"].map((name) => join(folder, name));
    writeFileSync(rows, words.rows);
    const figures = {};
    for (const size of wanted) {
      const count = sizes[size];
      const space = spaceOf(words, count);
      const request = { rows, count, dimensions: words.dimensions, metric: "cosine", out };
      const ask = async (more) => {
        const { seconds } = await peer.ask({ ...request, ...more });
        log(`umap: umap-learn ${peer.version}, ${size}: ${seconds.toFixed(2)} s`);
        if (size !== "20k") return { seconds };
        const bytes = readFileSync(out);
        const coordinates = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
        return { seconds, quality: await qualityOf(space, coordinates, threads) };
      };
      const runs = [];
      for (let seed = 1; seed <= (size === "20k" ? seeds : 1); seed++) runs.push(await ask({ seed }));
      figures[`seconds${size}`] = Math.min(...runs.map(({ seconds }) => seconds));
      if (size !== "20k") continue;
      const qualities = runs.map(({ quality }) => quality);
      Object.assign(figures, mean(qualities));
      notes.push(`umap-learn by seed: ${shown(qualities)}`);
      await writeNeighbors(near, space, threads);
      const same = [];
      for (let seed = 1; seed <= seeds; seed++) same.push((await ask({ seed, near })).quality);
      notes.push(`umap-learn on our exact neighbors: ${shown(same)}; mean ${shown([mean(same)])}`);
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
  const seeds = Number(options.seeds ?? 3);
  if (!Number.isInteger(seeds) || seeds < 1)
    throw new RangeError(`umap: --seeds must be an integer >= 1, got ${options.seeds}`);
  const words = await wordVectors({ data, count: Math.max(...wanted.map((size) => sizes[size])), log });
  await umap(spaceOf(words, 500), { threads });
  const figures = {};
  const notes = [];
  for (const size of wanted) {
    const space = spaceOf(words, sizes[size]);
    const runs = [];
    for (let seed = 1; seed <= (size === "100k" ? 1 : seeds); seed++) {
      const stages = {};
      let last = performance.now();
      const onProgress = ({ stage }) => {
        const now = performance.now();
        stages[stage] = (stages[stage] ?? 0) + (now - last) / 1000;
        last = now;
      };
      const start = performance.now();
      const { coordinates, settings } = await umap(space, { seed, threads, onProgress });
      const seconds = (performance.now() - start) / 1000;
      log(`umap: ${size}: ${seconds.toFixed(2)} s`);
      runs.push({
        seconds,
        stages,
        settings,
        quality: size === "20k" ? await qualityOf(space, coordinates, threads) : null,
      });
    }
    const best = runs.reduce((least, run) => (run.seconds < least.seconds ? run : least));
    figures[`seconds${size}`] = best.seconds;
    const parts = Object.entries(best.stages).map(([stage, seconds]) => `${stage} ${seconds.toFixed(2)}`);
    notes.push(`${size}: ${parts.join(", ")} s; neighbors ${best.settings.exactNeighbors ? "exact" : "by descent"}`);
    if (size !== "20k") continue;
    const qualities = runs.map(({ quality }) => quality);
    Object.assign(figures, mean(qualities));
    notes.push(`trustworthiness, preservation and continuity by seed: ${shown(qualities)}`);
  }
  const peers = {};
  if (options.peers !== "no") {
    if (wanted.includes("2k")) {
      peers.umapJs = await measureJs(words);
      if (peers.umapJs.figures)
        notes.push(`umap-js takes ${(peers.umapJs.figures.seconds2k / figures.seconds2k).toFixed(1)} times as long`);
    }
    peers.umapLearn = await measureLearn({ words, wanted, threads, seeds, log, notes });
  }
  return { figures, peers, settings: { threads, seeds }, units, notes };
}
