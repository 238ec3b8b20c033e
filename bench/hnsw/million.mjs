/**
 * An index of 1,000,000 x 100 numbers, clusters of normally distributed points, in a process of its own: its time and
 * memory as JSON.
 *
 *     node bench/hnsw/million.mjs [THREADS [ROWS [EF-CONSTRUCTION]]]
 */
import { Rng } from "../../dist/numerics/random.js";
import { HnswIndex } from "../../dist/space/hnsw/hnsw-index.js";
import { Vectors } from "../../dist/space/vectors.js";

const threads = Number(process.argv[2] ?? 2);
const rows = Number(process.argv[3] ?? 1_000_000);
const efConstruction = Number(process.argv[4] ?? 200);
const dimensions = 100;
const clusters = 1000;

const rng = new Rng(1);
const centers = Float32Array.from({ length: clusters * dimensions }, () => rng.normal());
const vectors = Vectors.create(dimensions, { rows });
const block = new Float32Array(1000 * dimensions);
for (let row = 0; row < rows; row += 1000) {
  const count = Math.min(1000, rows - row);
  for (let r = 0; r < count; r++) {
    const center = rng.below(clusters) * dimensions;
    // sums of uniform numbers: normal enough, and quick
    for (let d = 0; d < dimensions; d++) {
      block[r * dimensions + d] = centers[center + d] + (rng.uint32() + rng.uint32() + rng.uint32()) / 2 ** 31 - 3;
    }
  }
  vectors.append(block.subarray(0, count * dimensions));
}
const start = performance.now();
const index = await HnswIndex.build(vectors, {
  threads,
  efConstruction,
  onProgress: ({ done, secondsLeft }) => process.stderr.write(`${done} ${Math.round(secondsLeft ?? 0)} s left\n`),
});
const seconds = (performance.now() - start) / 1000;
const peak = process.resourceUsage().maxRSS * 1024;
console.log(
  JSON.stringify({ rows, efConstruction, seconds, indexBytes: index.bytes, unreached: index.unreached, peak }),
);
process.exit(0);
