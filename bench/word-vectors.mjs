/**
 * The word vectors on which benches of neighbors and maps are measured: this package's own GloVe of wiki-text (100 MB of
 * Wikipedia, in the data root), min count 2, 100 dimensions, of the 100,000 most frequent words. Window 10, 10 epochs and
 * seed 1, so that they are there within minutes; all other settings are the package's defaults. Trained once and kept
 * in .cache/, where the space is removed by hand to train it anew.
 *
 *     node bench/word-vectors.mjs DATA-ROOT      trains them, unless they are there
 */
import { createReadStream, createWriteStream, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { createGunzip } from "node:zlib";
import { glove, Space } from "../dist/index.js";

const cache = fileURLToPath(new URL("../.cache", import.meta.url));
const dimensions = 100;
const mostWords = 100_000;
const training = { dimensions, minCount: 2, window: 10, epochs: 10, seed: 1 };

/**
 * The `count` most frequent words: { names, rows, dimensions }, rows as a Float32Array [count, dimensions] of vectors as
 * trained (not of length 1), the most frequent first.
 */
export async function wordVectors({ data, count = mostWords, log = () => {} }) {
  if (!Number.isInteger(count) || count < 1 || count > mostWords)
    throw new RangeError(`wordVectors: count must be an integer from 1 to ${mostWords}, got ${count}`);
  const path = join(cache, "wiki-words.space");
  if (!existsSync(join(path, "space.json"))) await train(path, data, log);
  const space = await Space.load(path);
  try {
    const names = [...(await space.names())].slice(0, count);
    const rows = new Float32Array(count * dimensions);
    let at = 0;
    for (const batch of (await space.vectors()).batches(0, count)) {
      rows.set(batch, at);
      at += batch.length;
    }
    return { names, rows, dimensions };
  } finally {
    await space.close();
  }
}

/** Trains beside the target and renames, so that what is there is whole. */
async function train(path, data, log) {
  if (data === undefined) throw new RangeError("wordVectors: --data must name the folder with wiki-text");
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "wiki-words-"));
  try {
    const corpus = join(folder, "wiki100.txt");
    await pipeline(createReadStream(join(data, "wiki-text/wiki100.txt.gz")), createGunzip(), createWriteStream(corpus));
    let told = 0;
    const trained = await glove(corpus, {
      ...training,
      onProgress: ({ stage, done, total }) => {
        if (performance.now() - told < 10_000) return;
        told = performance.now();
        log(`word vectors: ${stage} ${done} of ${total ?? "?"}`);
      },
    });
    const names = [...(await trained.names())].slice(0, mostWords);
    const rows = new Float32Array(names.length * dimensions);
    let at = 0;
    for (const batch of (await trained.vectors()).batches(0, names.length)) {
      rows.set(batch, at);
      at += batch.length;
    }
    const counts = (await trained.columns()).get("count").slice(0, names.length);
    const space = Space.from({
      ...{ names, vectors: rows, dimensions, kind: "words", columns: { count: counts } },
      ...{ method: "glove", options: trained.options, seed: training.seed },
    });
    await trained.close();
    await space.save(join(folder, "words.space"));
    await space.close();
    if (!existsSync(path)) renameSync(join(folder, "words.space"), path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { names } = await wordVectors({ data: process.argv[2], log: (line) => console.error(line) });
  console.log(`${names.length} words, of which the first are ${names.slice(0, 5).join(", ")}`);
}
