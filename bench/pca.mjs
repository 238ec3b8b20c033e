/**
 * PCA of 400,000 vectors of width 300 to 50 components, singular values 1 / k. The vectors are U diag(1 / k) V' rounded to f32,
 * U and V' made of cosines (of DCT-II, orthogonal and of mean 0; V's rows turned by random reflections), so that the exact
 * components are known.
 *
 *     npm run bench -- pca [--rows 400000] [--solver auto|randomized]
 */
import { CenteredRows } from "../dist/maps/centered-rows.js";
import { pca } from "../dist/maps/pca.js";
import { Rng } from "../dist/numerics/random.js";
import { Space } from "../dist/space/space.js";

const width = 300;
const dimensions = 50;
const units = { seconds: "s", angle: "rad" };

/** Rows [k] of an orthogonal matrix [width, width]: random reflections of the unit vectors. */
function orthogonal(rng) {
  const rows = new Float64Array(width * width);
  for (let k = 0; k < width; k++) rows[k * width + k] = 1;
  for (let turn = 0; turn < 8; turn++) {
    const v = Float64Array.from({ length: width }, () => rng.normal());
    const squares = v.reduce((sum, x) => sum + x * x, 0);
    for (let k = 0; k < width; k++) {
      let product = 0;
      for (let d = 0; d < width; d++) product += rows[k * width + d] * v[d];
      for (let d = 0; d < width; d++) rows[k * width + d] -= ((2 * product) / squares) * v[d];
    }
  }
  return rows;
}

/** The vectors [count, width], of singular values 1 / k along the rows of `right`; scaled so that f32 holds them well. */
async function generate(count, right, threads) {
  const vectors = new Float32Array(count * width);
  const rows = 4096;
  const left = new Float32Array(rows * width);
  for (let first = 0; first < count; first += rows) {
    const present = Math.min(rows, count - first);
    for (let i = 0; i < present; i++) {
      const angle = (Math.PI * (first + i + 0.5)) / count;
      for (let k = 1; k <= width; k++) left[i * width + k - 1] = Math.cos(angle * k) / k;
    }
    const batches = () => [left.subarray(0, present * width)];
    const product = new CenteredRows({ rows: present, dimensions: width, batches }, new Float64Array(width), {
      threads,
    });
    await product.times(right, width, (at, part) => vectors.set(part, (first + at) * width));
    product.close();
  }
  return vectors;
}

export default async function bench({ threads, log, options }) {
  const rows = Number(options.rows ?? 400_000);
  const solver = options.solver ?? "auto";
  log(`pca: ${rows} vectors are made`);
  const right = orthogonal(new Rng(1));
  const vectors = await generate(rows, right, threads);
  const space = Space.from({
    names: Array.from({ length: rows }, (_, row) => String(row)),
    vectors,
    geometry: "euclidean",
  });
  log("pca: components");
  const times = [];
  const cpu = process.cpuUsage();
  let map;
  for (let turn = 0; turn < 3; turn++) {
    const start = performance.now();
    map = await pca(space, { dimensions, solver, threads });
    times.push((performance.now() - start) / 1000);
  }
  const { user, system } = process.cpuUsage(cpu);
  let angle = 0;
  for (let k = 0; k < dimensions; k++) {
    // |a - b| = 2 sin(angle / 2), which does not cancel as the cosine does
    let [plus, minus] = [0, 0];
    for (let d = 0; d < width; d++) {
      const [a, b] = [map.components[k * width + d], right[k * width + d]];
      plus += (a - b) ** 2;
      minus += (a + b) ** 2;
    }
    angle = Math.max(angle, 2 * Math.asin(Math.sqrt(Math.min(plus, minus)) / 2));
  }
  return {
    figures: { seconds: Math.min(...times.slice(1)), angle },
    settings: { threads, rows, width, dimensions, solver: map.settings.solver },
    units,
    notes: [
      `${((user + system) / 1e6 / times.length).toFixed(1)} processor seconds a run, of all threads together`,
      `first in the process ${times[0].toFixed(2)} s, then ${times
        .slice(1)
        .map((x) => x.toFixed(2))
        .join(", ")} s`,
    ],
  };
}
