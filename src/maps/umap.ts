import type { JsonObject } from "../io/json.js";
import { integerOption, knownOptions, numberOption, wordOption } from "../io/options.js";
import type { TaskOptions } from "../io/progress.js";
import type { Graph } from "../messages/graph.js";
import type { Space } from "../space/space.js";
import { fuzzyGraph } from "./fuzzy-graph.js";
import { type NeighborGraph, type NeighborMetric, neighborGraph } from "./neighbor-graph.js";
import type { Projection } from "./projection.js";
import { fitCurve } from "./umap-curve.js";
import { layOut } from "./umap-layout.js";
import { principalStart, type StartOptions, spectralStart } from "./umap-start.js";
import { placeNew } from "./umap-transform.js";

export interface UmapOptions extends TaskOptions {
  /** 2 by default, for a picture; 5 to 10 serve clustering. */
  dimensions?: number;
  /**
   * How many items make up a neighborhood, the item itself counted as in the reference: 15, or all in a smaller space, by
   * default. 5 show fine structure, 200 the whole.
   */
  neighbors?: number;
  /** The distance at which neighbors are content, in units of the map; 0.1 by default, 0 (dense clumps) to `spread`. */
  minDist?: number;
  /** The scale of the map; 1 by default. */
  spread?: number;
  /** Passes over the graph; 500 for up to 10,000 items, 200 beyond, by default. */
  epochs?: number;
  /** Items that an item is pushed from, for each pull; 5 by default, 2 to 20 are useful. */
  negatives?: number;
  /** How much pushes count beside pulls; 1 by default. */
  repulsion?: number;
  /**
   * "spectral", the default: eigenvectors of the graph, component by component. "pca": principal components of the space. Or
   * coordinates [N, dimensions], such as those of an earlier map, for one that looks like it.
   */
  start?: "spectral" | "pca" | Float32Array;
  /** The first steps' size, which falls to 0; 1 by default. */
  learningRate?: number;
  /** "cosine" or "euclidean"; by default as `neighborGraph` says. */
  metric?: NeighborMetric;
  /** A neighbor graph of this space that is there already; then `neighbors` and `metric` are its own. */
  neighborGraph?: NeighborGraph;
  /** 1 by default. */
  seed?: number;
  /** Threads; by default one a processor. The result does not depend on it. */
  threads?: number;
  /** Receives a copy of the coordinates [N, dimensions] at the start, several times a second, and at the end. */
  onLayout?: (coordinates: Float32Array<ArrayBuffer>, epoch: number) => void;
  /** Receives warnings, such as that of equal vectors; `console.warn` by default. */
  onWarning?: (message: string) => void;
}

const where = "umap";
/** Items up to which a map takes 500 epochs. */
const fewItems = 10_000;

/**
 * Uniform manifold approximation and projection (McInnes, Healy and Melville 2018, https://arxiv.org/abs/1802.03426): items
 * are placed such that those which are neighbors in the space are neighbors on the map. With the weights P of the fuzzy graph
 * (see `fuzzyGraph`) and Q_ij = 1 / (1 + a |y_i - y_j|^2b), it lowers the cross entropy
 *
 *   sum_ij  P_ij ln(P_ij / Q_ij) + (1 - P_ij) ln((1 - P_ij) / (1 - Q_ij))
 *
 * by the moves of `layOut`. What is near on the map tends to be near in the space; distances
 * between clumps and their sizes mean little.
 *
 * The same bytes for a seed with any number of threads. Throws RangeError for what `neighborGraph` refuses, such as a space
 * of fewer than two items.
 */
export async function umap(space: Space, options: UmapOptions = {}): Promise<Projection> {
  knownOptions(where, options, [
    ...[
      "dimensions",
      "neighbors",
      "minDist",
      "spread",
      "epochs",
      "negatives",
      "repulsion",
      "learningRate",
      "metric",
      "start",
    ],
    ...["neighborGraph", "seed", "threads", "onLayout", "onWarning", "signal", "onProgress"],
  ]);
  const { threads, signal, onProgress, onLayout, onWarning = console.warn } = options;
  const dimensions = integerOption(where, "dimensions", options.dimensions ?? 2, 1, 256);
  const spread = numberOption(where, "spread", options.spread ?? 1, { least: 1e-3, most: 1e3 });
  const minDist = numberOption(where, "minDist", options.minDist ?? Math.min(0.1, spread), { least: 0, most: spread });
  const repulsion = numberOption(where, "repulsion", options.repulsion ?? 1, { least: 0, most: 1e3 });
  const learningRate = numberOption(where, "learningRate", options.learningRate ?? 1, { least: 0, exclusive: true });
  const negatives = integerOption(where, "negatives", options.negatives ?? 5, 0, 1000);
  const epochs = integerOption(where, "epochs", options.epochs ?? (space.length <= fewItems ? 500 : 200), 0, 1e6);
  const seed = integerOption(where, "seed", options.seed ?? 1, 0);
  const near = await neighborsFor(space, options, seed);
  const { numItems, metric } = near;
  if (near.distances.every((distance) => distance === 0)) {
    onWarning(`${where}: all ${numItems} vectors are equal; what the map shows is chance`);
  }

  const vectors = await space.vectors();
  const graph = await fuzzyGraph(near, { threads, signal });
  const task = { threads, signal, onProgress };
  const start = await startOf(space, graph, metric, options.start ?? "spectral", { dimensions, seed, ...task });
  const { a, b } = fitCurve(minDist, spread);
  const forces = { a, b, repulsion, negatives };
  const coordinates = await layOut(graph, start.coordinates, dimensions, {
    ...forces,
    ...{ epochs, learningRate, seed, onLayout },
    ...task,
  });
  graph.memory.close();
  const map = { ...forces, coordinates, dimensions, neighbors: near.neighbors + 1, metric, epochs, learningRate, seed };
  return {
    ...{ method: "umap", dimensions, coordinates, seed },
    transform: (rows, stop) => placeNew({ ...map, vectors, threads }, rows, stop),
    settings: {
      ...{ dimensions, neighbors: near.neighbors + 1, minDist, spread, epochs, negatives, repulsion, learningRate },
      ...{ metric, exactNeighbors: near.exact, start: start.name },
    },
    metrics: start.metrics,
  };
}

/** Where the layout begins, what that is called, and what was found out on the way. */
async function startOf(
  space: Space,
  graph: Graph,
  metric: NeighborMetric,
  start: "spectral" | "pca" | Float32Array,
  options: StartOptions,
): Promise<{ coordinates: Float32Array; name: string; metrics: JsonObject }> {
  if (start instanceof Float32Array) {
    const { dimensions } = options;
    if (start.length !== space.length * dimensions || !start.every(Number.isFinite)) {
      throw new RangeError(
        `${where}: start must hold ${space.length} x ${dimensions} finite numbers, a row an item, got ${start.length}`,
      );
    }
    return { coordinates: start, name: "given", metrics: {} };
  }
  wordOption(where, "start", start, ["spectral", "pca"]);
  if (start === "pca") return { coordinates: await principalStart(space, metric, options), name: start, metrics: {} };
  const { coordinates, components, residual } = await spectralStart(graph, await space.vectors(), options);
  return { coordinates, name: start, metrics: { components, startResidual: residual } };
}

async function neighborsFor(space: Space, options: UmapOptions, seed: number): Promise<NeighborGraph> {
  const { neighborGraph: present, threads, signal, onProgress, onWarning, metric } = options;
  if (space.length < 2) throw new RangeError(`${where}: at least two items are needed, the space has ${space.length}`);
  if (present !== undefined) {
    if (options.neighbors !== undefined || metric !== undefined) {
      throw new RangeError(`${where}: neighbors and metric are the neighborGraph's own; leave them or it out`);
    }
    if (present.numItems !== space.length) {
      throw new RangeError(`${where}: the neighborGraph has ${present.numItems} items, the space ${space.length}`);
    }
    return present;
  }
  const neighbors = integerOption(where, "neighbors", options.neighbors ?? Math.min(15, space.length), 2);
  if (neighbors > space.length) {
    throw new RangeError(
      `${where}: the space has ${space.length} items, neighbors (the item itself counted) is ${neighbors}; ask for fewer`,
    );
  }
  if (metric !== undefined) wordOption(where, "metric", metric, ["cosine", "euclidean"]);
  return neighborGraph(space, { neighbors: neighbors - 1, metric, seed, threads, signal, onProgress, onWarning });
}
