/**
 * Reading a CSV edge list: 16 million edges of 1 million nodes, seeded, in a folder for temporary files (220 MB, in the
 * system's cache), as `source,target` with a header. The best of several turns, since a shared machine is not equally fast
 * from minute to minute; MB are 10^6 bytes.
 */
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readEdgeList } from "../../dist/formats/edge-list.js";
import { openStream } from "../../dist/io/source.js";
import { Rng } from "../../dist/numerics/random.js";

const settings = { edges: 16_000_000, nodes: 1_000_000, seed: 1, turns: 5 };

/** Writes random edges; returns the sum of all ends, to be compared with what is read. */
function writeEdges(path, { edges, nodes, seed }) {
  const rng = new Rng(seed);
  const file = openSync(path, "w");
  const block = Buffer.alloc(1 << 20);
  let length = block.write("source,target\n");
  let sum = 0;
  const put = (number, after) => {
    const digits = String(number);
    for (let k = 0; k < digits.length; k++) block[length++] = digits.charCodeAt(k);
    block[length++] = after;
  };
  for (let e = 0; e < edges; e++) {
    const [source, target] = [rng.below(nodes), rng.below(nodes)];
    sum += source + target;
    put(source, 44);
    put(target, 10);
    if (length > block.length - 32) {
      writeSync(file, block, 0, length);
      length = 0;
    }
  }
  writeSync(file, block, 0, length);
  closeSync(file);
  return sum;
}

/** `threads` read; `log` gets a line a turn. Returns megabytes a second. */
export async function measureRead({ threads, log = () => {} }) {
  const folder = mkdtempSync(join(tmpdir(), "thing2vec-read-"));
  try {
    const path = join(folder, "edges.csv");
    const sum = writeEdges(path, settings);
    const megabytes = statSync(path).size / 1e6;
    let best = Number.POSITIVE_INFINITY;
    for (let turn = 0; turn < settings.turns; turn++) {
      const start = performance.now();
      const { sources, targets } = await readEdgeList(await openStream(path), { threads });
      const seconds = (performance.now() - start) / 1000;
      let read = 0;
      for (const ends of [sources, targets]) for (let e = 0; e < ends.length; e++) read += ends[e];
      if (sources.length !== settings.edges || read !== sum) throw new Error("the edges read are not those written");
      best = Math.min(best, seconds);
      log(`read ${megabytes.toFixed(0)} MB in ${seconds.toFixed(2)} s, ${(megabytes / seconds).toFixed(0)} MB/s`);
    }
    return { readMegabytesPerSecond: megabytes / best };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
