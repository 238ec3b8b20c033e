import { integerOption, knownOptions, numberOption, wordOption } from "../io/options.js";
import type { TaskOptions } from "../io/progress.js";
import { Rng } from "../numerics/random.js";
import type { Space } from "../space/space.js";
import { affinitiesOf } from "./affinities.js";
import { type NeighborGraph, type NeighborMetric, neighborGraph } from "./neighbor-graph.js";
import { pca } from "./pca.js";
import type { Projection } from "./projection.js";
import { layOutTsne } from "./tsne-layout.js";

export interface TsneOptions extends TaskOptions {
  /** 2, the only one there is. */
  dimensions?: number;
  /**
   * About how many neighbors an item has; 30, or (N - 1) / 3 in a smaller space, by default. 5 shows fine structure, 100 the
   * whole; three times as many neighbors are looked at, so that (N - 1) / 3 is the most.
   */
  perplexity?: number;
  /** Steps, the exaggerated ones among them; 750 by default. */
  iterations?: number;
  /** e, by which attraction is multiplied at first, so that clusters form; 12 by default, 4 to 12 are useful. */
  exaggeration?: number;
  /** Steps with exaggeration; 250 by default, or a third of `iterations` where that is less. */
  exaggerationIterations?: number;
  /** Of a step; N / e, at least 50, in each phase by default (Belkina et al. 2019). */
  learningRate?: number;
  /** Share of the last step that a step keeps; 0.8 by default. */
  momentum?: number;
  /** Of the tree: how wide a cell may be for its distance; 0.5 by default, 0.2 (slow, exact) to 0.8. */
  theta?: number;
  /** "cosine" or "euclidean"; by default as `neighborGraph` says. */
  metric?: NeighborMetric;
  /** A neighbor graph of this space that is there already, of 3 perplexity neighbors; then `metric` is its own. */
  neighborGraph?: NeighborGraph;
  /** Of the start of items that principal components leave on one spot, and of approximate neighbors; 1 by default. */
  seed?: number;
  /** Threads; by default one a processor. The result does not depend on it. */
  threads?: number;
  /** Receives a copy of the coordinates [N, 2] at the start, several times a second, and at the end. */
  onLayout?: (coordinates: Float32Array<ArrayBuffer>, iteration: number) => void;
  /** Receives warnings, such as that of equal vectors; `console.warn` by default. */
  onWarning?: (message: string) => void;
}

const where = "tsne";
/** Deviation of the start along its first axis. */
const startDeviation = 1e-4;
const leastRate = 50;
/** Stream of the random numbers. */
const tsneStream = 0x74736e65;

/**
 * t-distributed stochastic neighbor embedding (van der Maaten and Hinton 2008, https://jmlr.org/papers/v9/vandermaaten08a.html):
 * places items in the plane such that the affinities Q of the places come near those P of the space, by KL(P || Q); see
 * `affinitiesOf` for P and `layOutTsne` for the descent. It starts from the first two principal components, scaled to a
 * deviation of 1e-4 (Kobak and Berens 2019). `metrics.divergence` is the KL in nats that is left, comparable only at equal
 * P, hence equal data and perplexity. Distances between clusters and their sizes mean little.
 *
 * The same bytes for a seed with any number of threads. Throws RangeError for fewer than four items, a perplexity above
 * (N - 1) / 3, and for what `neighborGraph` refuses.
 */
export async function tsne(space: Space, options: TsneOptions = {}): Promise<Projection> {
  knownOptions(where, options, [
    ...["dimensions", "perplexity", "iterations", "exaggeration", "exaggerationIterations", "learningRate", "momentum"],
    ...["theta", "metric", "neighborGraph", "seed", "threads", "onLayout", "onWarning", "signal", "onProgress"],
  ]);
  const { threads, signal, onProgress, onLayout, onWarning = console.warn } = options;
  const N = space.length;
  const dimensions = integerOption(where, "dimensions", options.dimensions ?? 2, 1);
  if (dimensions !== 2)
    throw new RangeError(`${where}: dimensions must be 2, got ${dimensions}; pca and umap take others`);
  if (N < 4) throw new RangeError(`${where}: at least four items are needed, the space has ${N}; pca takes two`);
  const most = (N - 1) / 3;
  const perplexity = numberOption(where, "perplexity", options.perplexity ?? Math.min(30, most), { least: 1 });
  if (perplexity > most) {
    throw new RangeError(
      `${where}: perplexity must be at most (N - 1) / 3, which is ${Number(most.toFixed(2))} for ${N} items, got ${perplexity}`,
    );
  }
  const iterations = integerOption(where, "iterations", options.iterations ?? 750, 0, 1e6);
  const exaggeration = numberOption(where, "exaggeration", options.exaggeration ?? 12, { least: 1, most: 1e3 });
  const exaggerationIterations = integerOption(
    where,
    "exaggerationIterations",
    options.exaggerationIterations ?? Math.min(250, Math.floor(iterations / 3)),
    0,
    iterations,
  );
  const fixedRate =
    options.learningRate === undefined
      ? null
      : numberOption(where, "learningRate", options.learningRate, { least: 0, exclusive: true });
  const momentum = numberOption(where, "momentum", options.momentum ?? 0.8, { least: 0, most: 0.99 });
  const theta = numberOption(where, "theta", options.theta ?? 0.5, { least: 0.1, most: 1 });
  const seed = integerOption(where, "seed", options.seed ?? 1, 0);
  signal?.throwIfAborted();

  const near = await neighborsFor(space, Math.floor(3 * perplexity), options, seed);
  if (near.distances.every((distance) => distance === 0)) {
    onWarning(`${where}: all ${N} vectors are equal; what the map shows is chance`);
  }
  const affinities = await affinitiesOf(near, perplexity, { threads, signal });
  try {
    const start = await startOf(space, near.metric, { seed, threads, signal, onProgress });
    const { coordinates, divergence } = await layOutTsne(affinities, start, {
      ...{ iterations, exaggeration, exaggerationIterations, momentum, theta, threads, signal, onProgress, onLayout },
      learningRate: (e) => fixedRate ?? Math.max(leastRate, N / e),
    });
    return {
      ...{ method: "tsne", dimensions, coordinates, seed },
      settings: {
        ...{
          dimensions,
          perplexity,
          iterations,
          exaggeration,
          exaggerationIterations,
          learningRate: fixedRate ?? "N / e",
        },
        ...{ momentum, theta, metric: near.metric, exactNeighbors: near.exact },
      },
      metrics: { divergence },
    };
  } finally {
    affinities.memory.close();
  }
}

async function neighborsFor(
  space: Space,
  neighbors: number,
  options: TsneOptions,
  seed: number,
): Promise<NeighborGraph> {
  const { neighborGraph: present, metric, threads, signal, onProgress, onWarning } = options;
  if (present === undefined) {
    if (metric !== undefined) wordOption(where, "metric", metric, ["cosine", "euclidean"]);
    return neighborGraph(space, { neighbors, metric, seed, threads, signal, onProgress, onWarning });
  }
  if (metric !== undefined) {
    throw new RangeError(`${where}: metric is the neighborGraph's own; leave one of them out`);
  }
  if (present.numItems !== space.length || present.neighbors !== neighbors) {
    throw new RangeError(
      `${where}: a neighborGraph of ${space.length} items with ${neighbors} neighbors was needed, ` +
        `got ${present.numItems} with ${present.neighbors}`,
    );
  }
  return present;
}

/**
 * The first two principal components [N, 2], of unit vectors under the cosine, scaled to a deviation of 1e-4 along the first,
 * with noise of a hundredth of that, so that equal items part.
 */
async function startOf(
  space: Space,
  metric: NeighborMetric,
  { seed, ...task }: { seed: number; threads?: number } & TaskOptions,
): Promise<Float32Array> {
  const count = Math.min(2, space.dimensions);
  const { coordinates, explainedVariance } = await pca(space, {
    ...{ dimensions: count, normalize: metric === "cosine", seed, ...task },
    onWarning: () => {}, // of equal vectors, of which the caller has been told
  });
  const deviation = Math.sqrt(explainedVariance[0]);
  const scale = deviation > 0 ? startDeviation / deviation : 0;
  const rng = new Rng(seed, tsneStream);
  const start = new Float32Array(2 * space.length);
  for (let at = 0; at < start.length; at++) {
    const [i, axis] = [at >> 1, at % 2];
    const component = axis < count ? coordinates[i * count + axis] : 0;
    start[at] = component * scale + rng.normal() * 0.01 * startDeviation;
  }
  return start;
}
