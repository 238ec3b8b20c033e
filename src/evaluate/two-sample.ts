import { Breather } from "../io/breather.js";
import { requireMemory } from "../io/memory-limit.js";
import { integerOption, knownOptions } from "../io/options.js";
import type { TaskOptions } from "../io/progress.js";
import { Meter } from "../io/progress.js";
import { Rng, shuffle } from "../numerics/random.js";

export interface TwoSampleOptions extends TaskOptions {
  /** Random divisions of all points that the given one is compared with; 500 by default, which tells p down to 1 / 501. */
  permutations?: number;
  seed?: number;
  /** Bytes that the kernel of all pairs, 8 for each, may take; three quarters of what is available by default. */
  memoryLimit?: number;
}

export interface TwoSampleReport {
  /** Unbiased squared MMD of the two samples; about 0, also below, where they are of one distribution. */
  mmd: number;
  /** Share of divisions by chance, the given one among them, that are as far apart: uniform where the distributions are one. */
  pValue: number;
  permutations: number;
}

/** Widths of the kernel, as multiples of the mean squared distance of two points. */
const scales = [0.1, 0.2, 0.5, 1, 2, 5, 10];
const permutationStream = 0x70657232;

/**
 * Permutation test of whether two samples are of one distribution, by the maximum mean discrepancy (Gretton, Borgwardt, Rasch,
 * Schoelkopf and Smola 2012, "A kernel two-sample test", eq. 3):
 *
 *   MMD^2 = mean k(x, x') + mean k(y, y') - 2 mean k(x, y),   over pairs of different points,
 *
 * with the inverse multiquadratic kernel k = sum over s of C / (C + distance^2), C = s times the mean squared distance of all
 * points. The points are divided anew by chance, and p = (1 + divisions with at least this MMD) / (1 + permutations) (Phipson
 * and Smyth 2010, "Permutation p-values should never be zero"). x is [N, D] and y is [M, D], row by row. Time grows with
 * (N + M)^2 permutations: about a second for twice 1,000 points and 500 permutations.
 *
 * Throws RangeError for fewer than two points in a sample, numbers that are not finite, and sizes that do not fit.
 */
export async function twoSampleTest(
  x: Float32Array,
  y: Float32Array,
  dimensions: number,
  options: TwoSampleOptions = {},
): Promise<TwoSampleReport> {
  const where = "twoSampleTest";
  knownOptions(where, options, ["permutations", "seed", "memoryLimit", "signal", "onProgress"]);
  integerOption(where, "dimensions", dimensions, 1);
  const permutations = integerOption(where, "permutations", options.permutations ?? 500, 1);
  const seed = integerOption(where, "seed", options.seed ?? 1, 0);
  const { memoryLimit, signal, onProgress } = options;
  const count = countOf(where, "x", x, dimensions);
  const total = count + countOf(where, "y", y, dimensions);
  requireMemory(where, `the kernel of ${total} points`, 8 * total * total, {
    memoryLimit,
    remedy: "test fewer points",
  });
  signal?.throwIfAborted();
  const breather = new Breather(signal);
  const all = new Float64Array(total * dimensions);
  all.set(x);
  all.set(y, x.length);
  const kernel = await kernelOf(all, total, dimensions, breather);
  const meter = new Meter("testing", "items", permutations, onProgress);
  const inOrder = Uint32Array.from({ length: total }, (_, k) => k);
  const mmd = discrepancy(kernel, inOrder, count, total);
  let asFar = 0;
  for (let k = 0; k < permutations; k++) {
    if (breather.due) await breather.pause();
    const order = shuffle(inOrder.slice(), new Rng(seed, permutationStream, k));
    // the sums of a division have their own order: what differs by rounding alone is equal
    if (discrepancy(kernel, order, count, total) >= mmd - 1e-12) asFar++;
    meter.update(k + 1, {}, k + 1 === permutations);
  }
  return { mmd, pValue: (1 + asFar) / (1 + permutations), permutations };
}

function countOf(where: string, name: string, points: Float32Array, dimensions: number): number {
  const count = points.length / dimensions;
  if (!Number.isInteger(count) || count < 2) {
    throw new RangeError(
      `${where}: ${name} must hold two points or more of ${dimensions} numbers, got ${points.length} numbers`,
    );
  }
  const wrong = points.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    const at = `point ${Math.floor(wrong / dimensions)}`;
    throw new RangeError(`${where}: ${name} must be finite, got ${points[wrong]} in ${at}`);
  }
  return count;
}

interface Kernel {
  /** k of all pairs, [T, T], with 0 where a point meets itself. */
  values: Float64Array;
  /** Their sums over the second axis, [T], and over both. */
  rows: Float64Array;
  sum: number;
}

async function kernelOf(points: Float64Array, total: number, dimensions: number, breather: Breather): Promise<Kernel> {
  const values = new Float64Array(total * total);
  let squares = 0;
  for (let i = 0; i < total; i++) {
    if (breather.due) await breather.pause();
    for (let j = 0; j < i; j++) {
      let distance2 = 0;
      for (let d = 0; d < dimensions; d++) {
        const difference = points[i * dimensions + d] - points[j * dimensions + d];
        distance2 += difference * difference;
      }
      values[i * total + j] = distance2;
      squares += distance2;
    }
  }
  const mean = squares / ((total * (total - 1)) / 2);
  if (mean === 0) return { values, rows: new Float64Array(total), sum: 0 }; // all points are one
  const rows = new Float64Array(total);
  let sum = 0;
  for (let i = 0; i < total; i++) {
    if (breather.due) await breather.pause();
    for (let j = 0; j < i; j++) {
      let k = 0;
      for (const scale of scales) k += (scale * mean) / (scale * mean + values[i * total + j]);
      values[i * total + j] = k;
      values[j * total + i] = k;
      rows[i] += k;
      rows[j] += k;
      sum += 2 * k;
    }
  }
  return { values, rows, sum };
}

/** MMD^2 where the first `count` points of an order are one sample and the others the other. */
function discrepancy({ values, rows, sum }: Kernel, order: Uint32Array, count: number, total: number): number {
  const others = total - count;
  let within = 0; // both of the first sample
  let touching = 0; // the first point is of it
  const own = order.slice(0, count).sort(); // in order of the memory
  for (let a = 0; a < count; a++) {
    const row = own[a] * total;
    touching += rows[own[a]];
    let half = 0;
    for (let b = 0; b < a; b++) half += values[row + own[b]];
    within += 2 * half;
  }
  const between = touching - within;
  const rest = sum - 2 * between - within;
  return within / (count * (count - 1)) + rest / (others * (others - 1)) - (2 * between) / (count * others);
}
