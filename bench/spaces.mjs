/**
 * A large space of generated vectors: loading word2vec binary, one exact search, a batch of searches.
 *
 * 400,000 x 300 numbers, seeded, normally distributed; files in the system's folder for temporary ones, removed at the
 * end. Loading is measured in a process of its own, with the file in the system's cache. The peer of the batch is numpy,
 * `np.argpartition(Q @ M.T, -10)` on the same numbers and equally many threads, run by the interpreter that
 * THING2VEC_PYTHON names.
 */
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readWord2vecBinary } from "../dist/formats/word2vec-binary.js";
import { openStream } from "../dist/io/source.js";
import { createMemory, instantiate } from "../dist/kernels/kernel.js";
import { sharedPool } from "../dist/kernels/pool.js";
import { seedKey } from "../dist/numerics/random.js";
import { vectorsFromRows } from "../dist/space/load-rows.js";
import { search } from "../dist/space/search.js";

const here = fileURLToPath(import.meta.url);
const peer = fileURLToPath(new URL("peers/numpy_batch.py", import.meta.url));
const settings = { rows: 400_000, dimensions: 300, queries: 128, count: 10, seed: 1, repeats: 21 };
const units = {
  loadWord2vecSeconds: "s",
  loadPeakRatio: "peak resident bytes / vector bytes",
  nearMilliseconds: "ms",
  batchQueriesPerSecond: "1/s",
};

/** Writes seeded standard normal rows, in blocks, to `write(block, firstRow)`: Box and Muller's method. */
function generate(rows, dimensions, seed, stream, write) {
  const blockRows = 1000;
  const count = blockRows * dimensions;
  const memory = createMemory(8 * count);
  const { uniform } = instantiate("random", memory);
  const uniforms = new Float32Array(memory.buffer, 0, 2 * count);
  const block = new Float32Array(count);
  const [key0, key1] = seedKey(seed);
  for (let row = 0; row < rows; row += blockRows) {
    uniform(0, 2 * count, row, stream, 0, key0, key1, 0, 1);
    for (let i = 0; i < count; i++) {
      block[i] = Math.sqrt(-2 * Math.log(1 - uniforms[2 * i])) * Math.cos(2 * Math.PI * uniforms[2 * i + 1]);
    }
    const present = Math.min(blockRows, rows - row);
    write(block.subarray(0, present * dimensions), row);
  }
}

const bytesOf = (array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

function npyHeader(rows, dimensions) {
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${dimensions}), }`.padEnd(117);
  return Buffer.concat([Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0]), Buffer.from(`${text}\n`)]);
}

/** Writes the rows as word2vec binary and as .npy, in one pass. */
function writeFiles({ rows, dimensions, seed }, word2vec, npy) {
  const files = [openSync(word2vec, "w"), openSync(npy, "w")];
  writeSync(files[0], `${rows} ${dimensions}\n`);
  writeSync(files[1], npyHeader(rows, dimensions));
  generate(rows, dimensions, seed, 1, (block, first) => {
    const parts = [];
    for (let r = 0; r * dimensions < block.length; r++) {
      parts.push(
        Buffer.from(`item${first + r} `),
        bytesOf(block.subarray(r * dimensions, (r + 1) * dimensions)),
        Buffer.from("\n"),
      );
    }
    writeSync(files[0], Buffer.concat(parts));
    writeSync(files[1], bytesOf(block));
  });
  for (const file of files) closeSync(file);
}

async function load(file) {
  return vectorsFromRows(await readWord2vecBinary(await openStream(file)));
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** numpy's queries a second, or the line that would make it run. */
function numpyBatch(request) {
  const python = process.env.THING2VEC_PYTHON;
  if (!python) return { absent: "set THING2VEC_PYTHON to a Python interpreter and run: npm run peers" };
  const input = `${JSON.stringify(request)}\n`;
  const { status, stdout, stderr, error } = spawnSync(python, [peer], { input, encoding: "utf8" });
  if (status !== 0) return { absent: `npm run peers (${error?.message ?? stderr.trim().split("\n").at(-1)})` };
  const { batchQueriesPerSecond, singleQueryMilliseconds } = JSON.parse(stdout.trim().split("\n").at(-1));
  return { figures: { batchQueriesPerSecond, nearMilliseconds: singleQueryMilliseconds } };
}

/** The bench, for run.mjs; its option `--rows` makes it smaller. */
export default async function bench({ threads, log, options }) {
  const { dimensions, queries, count, seed, repeats } = settings;
  const rows = Number(options.rows ?? settings.rows);
  if (!Number.isSafeInteger(rows) || rows < 1000)
    throw new RangeError(`spaces: --rows must be an integer >= 1000, got ${options.rows}`);
  const folder = mkdtempSync(join(tmpdir(), "thing2vec-bench-"));
  const word2vec = join(folder, "vectors.bin");
  const npy = join(folder, "vectors.npy");
  const queriesNpy = join(folder, "queries.npy");
  try {
    log(`spaces: writing ${rows} x ${dimensions} numbers to ${folder}`);
    writeFiles({ rows, dimensions, seed }, word2vec, npy);
    const asked = new Float32Array(queries * dimensions);
    generate(queries, dimensions, seed, 2, (block) => asked.set(block));
    const file = openSync(queriesNpy, "w");
    writeSync(file, npyHeader(queries, dimensions));
    writeSync(file, bytesOf(asked));
    closeSync(file);

    // Before this process grows: a child's peak begins with what its parent had.
    log("spaces: loading word2vec binary");
    const loads = Array.from({ length: 3 }, () => {
      const child = spawnSync(process.execPath, [here, "--load", word2vec], { encoding: "utf8" });
      if (child.status !== 0) throw new Error(`spaces: loading failed: ${child.stderr}`);
      return JSON.parse(child.stdout);
    });

    const { vectors } = await load(word2vec);
    const pool = sharedPool({ threads });
    log("spaces: searching");
    const query = (q) => asked.subarray(q * dimensions, (q + 1) * dimensions);
    await search(vectors, query(0), { count, pool }); // starts the threads, computes the norms
    const near = [];
    for (let q = 0; q < repeats; q++) {
      const start = performance.now();
      await search(vectors, query(q), { count, pool });
      near.push(performance.now() - start);
    }
    const batch = [];
    for (let k = 0; k < 4; k++) {
      const start = performance.now();
      await search(vectors, asked, { count, metric: "dot", pool });
      if (k > 0) batch.push((performance.now() - start) / 1000); // the first compiles
    }
    log("spaces: the same batch by numpy");
    const numpy = numpyBatch({ file: npy, queries: queriesNpy, count, repeats: 3, threads });
    const nearMilliseconds = median(near);
    const bandwidth = (4 * rows * dimensions) / nearMilliseconds / 1e6;
    return {
      figures: {
        loadWord2vecSeconds: median(loads.map(({ seconds }) => seconds)),
        loadPeakRatio: Math.max(...loads.map(({ peak }) => peak)) / (4 * rows * dimensions),
        nearMilliseconds,
        batchQueriesPerSecond: queries / median(batch),
      },
      peers: { numpy },
      settings: { ...settings, rows, threads },
      units,
      notes: [
        `one search reads ${bandwidth.toFixed(1)} GB/s; a batch of ${queries} takes ${median(batch).toFixed(2)} s`,
      ],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

// The process in which loading is measured.
if (process.argv[1] === here && process.argv[2] === "--load") {
  const start = performance.now();
  const { vectors } = await load(process.argv[3]);
  const seconds = (performance.now() - start) / 1000;
  console.log(JSON.stringify({ rows: vectors.length, seconds, peak: process.resourceUsage().maxRSS * 1024 }));
}
