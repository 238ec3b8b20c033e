/**
 * Approximate neighbors by HNSW: building, and queries at a recall@10 of .95 and above.
 *
 * Word vectors of wiki-text (word-vectors.mjs), cosine, M 16, efConstruction 200: 1,000 of 100,000, evenly spread by
 * frequency, are the queries and the others the items. Of each engine the narrowest beam, in steps of 4, that reaches
 * the recall is measured: 20 queries at a time on one thread, of each such group the fastest of nine passes. Built on two threads, the pool warm.
 * Peers are hnswlib and usearch, on the same numbers, run by the interpreter that THING2VEC_PYTHON names.
 *
 * `--million` also builds 1,000,000 x 100 generated numbers in a process of its own, and tells its time and memory;
 * `--precision i8` or `f16` measures a smaller copy.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sharedPool } from "../dist/kernels/pool.js";
import { HnswIndex } from "../dist/space/hnsw/hnsw-index.js";
import { search } from "../dist/space/search.js";
import { Vectors } from "../dist/space/vectors.js";
import { startPeer } from "./peer.mjs";
import { wordVectors } from "./word-vectors.mjs";

const program = fileURLToPath(new URL("peers/hnsw.py", import.meta.url));
const million = fileURLToPath(new URL("hnsw/million.mjs", import.meta.url));
const settings = { m: 16, efConstruction: 200, count: 10, recall: 0.95, queries: 1000, together: 20, repeats: 9 };
const units = { recallAt10: "fraction", queryMilliseconds: "ms", buildSeconds: "s", bytesPerItem: "bytes" };
const beams = Array.from({ length: 100 }, (_, k) => 12 + 4 * k);

function splitRows(rows, dimensions, queries) {
  const total = rows.length / dimensions;
  const step = Math.floor(total / queries);
  const [items, asked] = [new Float32Array(rows.length - queries * dimensions), new Float32Array(queries * dimensions)];
  const ends = [0, 0];
  for (let r = 0; r < total; r++) {
    const row = rows.subarray(r * dimensions, (r + 1) * dimensions);
    const isQuery = r % step === step - 1 && ends[1] < asked.length;
    (isQuery ? asked : items).set(row, ends[Number(isQuery)]);
    ends[Number(isQuery)] += dimensions;
  }
  return { items, asked };
}

/** Share of the true rows [Q, count] that were found. */
function recallOf(truth, found, count) {
  let right = 0;
  for (let at = 0; at < truth.length; at += count) {
    const rows = new Set(truth.subarray(at, at + count));
    for (const row of found.subarray(at, at + count)) if (rows.has(row)) right++;
  }
  return right / truth.length;
}

const bytesOf = (array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

async function measure(vectors, asked, truth, { threads, precision, log }) {
  const { m, efConstruction, count, recall, repeats, queries, together } = settings;
  await HnswIndex.build(Vectors.from(vectors.dimensions, asked), { m, efConstruction, precision, threads }); // warm
  const start = performance.now();
  const index = await HnswIndex.build(vectors, { m, efConstruction, precision, threads });
  const buildSeconds = (performance.now() - start) / 1000;
  log(`hnsw: built in ${buildSeconds.toFixed(1)} s, ${index.unreached} items were linked once more`);
  const pool = sharedPool({ threads: 1 });
  for (const ef of beams) {
    const { rows } = await index.search(asked, { count, ef, pool });
    const reached = recallOf(truth, rows, count);
    if (reached < recall) continue;
    const width = together * vectors.dimensions;
    const fastest = new Float64Array(queries / together).fill(Number.POSITIVE_INFINITY);
    for (let k = 0; k < repeats; k++) {
      for (let part = 0; part < fastest.length; part++) {
        const some = asked.subarray(part * width, (part + 1) * width);
        const begin = performance.now();
        await index.search(some, { count, ef, pool });
        fastest[part] = Math.min(fastest[part], performance.now() - begin);
      }
    }
    const milliseconds = fastest.reduce((sum, time) => sum + time, 0);
    const figures = { recallAt10: reached, queryMilliseconds: milliseconds / queries, buildSeconds };
    return { figures: { ...figures, bytesPerItem: index.bytes / index.length }, ef };
  }
  throw new Error(`hnsw: no beam reaches a recall of ${recall}`);
}

/** A peer's figures on the files of a folder, or how to install it. */
async function measurePeer(name, folder, threads, log) {
  const python = process.env.THING2VEC_PYTHON;
  const install = "set THING2VEC_PYTHON to a Python interpreter and run: npm run peers";
  if (!python) return { absent: install };
  const { m, efConstruction, count, recall, repeats, together } = settings;
  const peer = await startPeer(python, program, { peer: name, folder, m, efConstruction, count, threads }, install);
  if (peer.absent !== undefined) return peer;
  try {
    const { figures, ef } = await peer.ask({ recall, beams, repeats, together });
    log(`hnsw: ${name} ${peer.version}, ef ${ef}: ${JSON.stringify(figures)}`);
    return { figures };
  } finally {
    await peer.close();
  }
}

export default async function hnsw({ data, threads, log, options }) {
  const { rows, dimensions } = await wordVectors({ data, log });
  const { items, asked } = splitRows(rows, dimensions, settings.queries);
  const vectors = Vectors.from(dimensions, items);
  const pool = sharedPool({ threads });
  const { rows: truth } = await search(vectors, asked, { count: settings.count, pool });
  const precision = options.precision ?? "f32";
  const { figures, ef } = await measure(vectors, asked, truth, { threads, precision, log });

  const folder = mkdtempSync(join(tmpdir(), "thing2vec-bench-"));
  const peers = {};
  try {
    writeFileSync(join(folder, "items.f32"), bytesOf(items));
    writeFileSync(join(folder, "queries.f32"), bytesOf(asked));
    writeFileSync(join(folder, "truth.u32"), bytesOf(truth));
    writeFileSync(join(folder, "shape.json"), JSON.stringify({ dimensions }));
    for (const name of ["hnswlib", "usearch"]) peers[name] = await measurePeer(name, folder, threads, log);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const notes = [`ef ${ef} for a recall of ${settings.recall}`];
  if (options.million) {
    log("hnsw: 1,000,000 x 100");
    const child = spawnSync(process.execPath, [million, String(threads)], { encoding: "utf8" });
    if (child.status !== 0) throw new Error(`hnsw: the million failed: ${child.stderr}`);
    const { seconds, indexBytes, peak } = JSON.parse(child.stdout);
    notes.push(
      `1,000,000 x 100: ${seconds.toFixed(0)} s on ${threads} threads, index ${(indexBytes / 1e9).toFixed(3)} GB, ` +
        `process with vectors at most ${(peak / 1e9).toFixed(3)} GB`,
    );
  }
  return {
    figures,
    peers,
    settings: { items: vectors.length, dimensions, ...settings, precision, threads },
    units,
    notes,
  };
}
