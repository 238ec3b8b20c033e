import { Meter, type OnProgress } from "../io/progress.js";
import { sharedPool } from "../kernels/pool.js";
import { mostNodes, nodeBytes, plantScratch } from "../kernels/twins/tsne.js";
import { log } from "../numerics/elementary.js";
import type { Affinities } from "./affinities.js";

export interface TsneLayoutOptions {
  iterations: number;
  exaggeration: number;
  exaggerationIterations: number;
  /** Of a step in a phase with exaggeration e. */
  learningRate: (exaggeration: number) => number;
  momentum: number;
  theta: number;
  threads: number | undefined;
  signal: AbortSignal | undefined;
  onProgress: OnProgress | undefined;
  onLayout: ((coordinates: Float32Array<ArrayBuffer>, iteration: number) => void) | undefined;
}

const itemsPerCall = 512;
/** Groups of four items. */
const groupsPerCall = 64;
/** A step is at most as long, in units of the map. */
const mostStep = 5;
/** Iterations between two values of the divergence in the progress. */
const iterationsPerLoss = 50;
const millisecondsBetweenLayouts = 100;
/** Of the divergence that is told at the end: cells stand for their items so far off that Z is right to some 1e-4. */
const lastTheta = 0.1;

/** Positions [N, 2], and the Kullback-Leibler divergence in nats that is left. */
export interface TsneLayout {
  coordinates: Float32Array<ArrayBuffer>;
  divergence: number;
}

/**
 * Gradient descent with momentum and a gain a coordinate (Jacobs 1988) on KL(P || Q), Q_ij = w_ij / Z, w = 1 / (1 + |y_i - y_j|^2):
 *
 *   dKL / dy_i = 4 (sum_j e P_ij w_ij (y_i - y_j) - 1 / Z sum_j w_ij^2 (y_i - y_j))
 *
 * where the second sum and Z are those of Barnes and Hut's tree (van der Maaten 2014), and e exaggerates at first. All items
 * move at once, from the positions of the step before; sums have an order of their own. `start` is [N, 2].
 */
export async function layOutTsne(
  affinities: Affinities,
  start: Float32Array,
  options: TsneLayoutOptions,
): Promise<TsneLayout> {
  const { iterations, exaggeration, exaggerationIterations, learningRate, momentum, theta } = options;
  const { threads, signal, onProgress, onLayout } = options;
  const { memory, numItems, offsetsAt, indicesAt, valuesAt, negativeEntropy, total } = affinities;
  const scratch = memory.scratch();
  try {
    const pool = sharedPool({ threads });
    const run = (fn: string, calls: number[][]) =>
      pool.run({ memory: memory.memory, kernel: "tsne", fn, calls, signal });
    const padded = Math.ceil(numItems / 4) * 4;
    const chunks = Math.ceil(numItems / itemsPerCall);
    const table = () => scratch.allocate(8 * numItems);
    let [here, next] = [table(), table()];
    const [forces, velocities, gains] = [table(), table(), table()];
    const [codes, order, xs, ys] = [padded, padded, padded, padded].map((length) => scratch.allocate(4 * length));
    const nodes = scratch.allocate(nodeBytes * mostNodes(numItems));
    const sums = scratch.allocate(16 * chunks);
    const plantAt = scratch.allocate(plantScratch(numItems));
    memory.f32(here, 2 * numItems).set(start);
    memory.f32(velocities, 2 * numItems).fill(0);
    memory.f32(gains, 2 * numItems).fill(1);
    memory.f64(sums, 2 * chunks).fill(0);
    const copy = () => memory.f32(here, 2 * numItems).slice();
    const pieces = (count: number, step: number, rest: readonly number[]) =>
      Array.from({ length: Math.ceil(count / step) }, (_, c) => [c * step, Math.min((c + 1) * step, count), ...rest]);

    /** Centers the positions and finds the forces that push them apart; returns Z. */
    const repel = async (opening: number) => {
      const tree = [numItems, here, sums, chunks, codes, order, xs, ys, nodes, 1 / opening, plantAt];
      const [nodeCount] = await run("plant", [tree]);
      const parts = await run(
        "repel",
        pieces(padded / 4, groupsPerCall, [numItems, order, xs, ys, nodes, nodeCount, forces]),
      );
      return parts.reduce((sum, part) => sum + part, 0) - numItems; // w of an item with itself is 1
    };
    const divergence = async (z: number) => {
      const parts = await run("divergence", pieces(numItems, itemsPerCall, [offsetsAt, indicesAt, valuesAt, here]));
      return parts.reduce((sum, part) => sum + part, negativeEntropy + total * log(z));
    };

    const meter = new Meter("layout", "items", iterations * numItems, onProgress);
    let shown = performance.now();
    let loss: number | undefined;
    onLayout?.(copy(), 0);
    for (let iteration = 0; iteration < iterations; iteration++) {
      const e = iteration < exaggerationIterations ? exaggeration : 1;
      const z = await repel(theta);
      if (iteration % iterationsPerLoss === 0 && onProgress !== undefined) loss = await divergence(z);
      const step = [e, 1 / z, learningRate(e), momentum, mostStep];
      const calls = pieces(numItems, itemsPerCall, [
        ...[offsetsAt, indicesAt, valuesAt, here, next, forces, velocities, gains],
        ...step,
      ]);
      await run(
        "move",
        calls.map((args, chunk) => [...args, sums + 16 * chunk]),
      );
      [here, next] = [next, here];
      const done = iteration + 1;
      meter.update(done * numItems, { epoch: done, epochs: iterations, loss }, done === iterations);
      if (onLayout !== undefined && done < iterations && performance.now() - shown > millisecondsBetweenLayouts) {
        onLayout(copy(), done);
        shown = performance.now();
      }
    }
    const left = await divergence(await repel(lastTheta));
    const coordinates = copy();
    onLayout?.(coordinates.slice(), iterations);
    return { coordinates, divergence: left };
  } finally {
    scratch.release();
  }
}
