import { booleanOption, integerOption, knownOptions } from "../../io/options.js";
import type { Space } from "../../space/space.js";
import { type NeighborGraphOptions, neighborGraph } from "../neighbor-graph.js";
import { type Clustering, numberBySize } from "./clustering.js";
import { type CondensedTree, condensedTree } from "./condensed-tree.js";
import { kruskalTrees, primTree } from "./spanning-tree.js";

export interface HdbscanOptions extends Omit<NeighborGraphOptions, "neighbors"> {
  /** Items of the smallest cluster; a thousandth of the items, but at least 5, by default. Fewer give more, smaller ones. */
  minClusterSize?: number;
  /**
   * Items within an item's core distance, itself counted: more let sparse items be noise. As `minClusterSize` by default,
   * but at most 16, the neighbors that a neighbor graph has by default.
   */
  minSamples?: number;
  /** Whether all pairs are compared, in time N^2 D; up to 20,000 items by default. */
  exact?: boolean;
  /** Bytes that the tree may take; by default three quarters of what is available. */
  memoryLimit?: number;
}

export interface DensityClusters extends Clustering {
  /** [N]: how firmly an item belongs to its cluster, from 0 (noise) to 1 (its core). */
  readonly probabilities: Float64Array<ArrayBuffer>;
  /** Whether the tree is that of all pairs, not of near neighbors only. */
  readonly exact: boolean;
  readonly minClusterSize: number;
  readonly minSamples: number;
}

/** Items up to which all pairs are compared. */
const exactItems = 20_000;
/** Neighbors, at least, of the graph whose tree stands for that of all pairs. */
const approximateNeighbors = 15;

/**
 * Clusters of any shape and density, and noise (Campello, Moulavi and Sander 2013,
 * https://doi.org/10.1007/978-3-642-37456-2_14; 2015, https://doi.org/10.1145/2733381): the core distance of an item is that to its
 * minSamples-th nearest, itself counted; items are joined by a spanning tree of
 *
 *   max(core_i, core_j, d_ij)
 *
 * and of the clusters that appear as the tree is cut at falling distances those are taken that are most stable,
 *
 *   sum over items of (lambda at which they leave - lambda of birth),   lambda = 1 / max(distance, 1e-12),
 *
 * no two of which overlap. All items together are never a cluster. On vectors with many hundred dimensions a projection to 5
 * to 10 first finds more.
 *
 * Throws as `neighborGraph` does, RangeError for options out of range, ResourceError where there is not enough memory.
 */
export async function hdbscan(space: Space, options: HdbscanOptions = {}): Promise<DensityClusters> {
  const { minClusterSize: size, minSamples: samples, exact: asked, memoryLimit, ...graphOptions } = options;
  const own = ["minClusterSize", "minSamples", "exact", "memoryLimit"];
  const shared = ["metric", "seed", "threads", "onWarning", "signal", "onProgress"];
  knownOptions("hdbscan", options, [...own, ...shared]);
  const numItems = space.length;
  const minClusterSize = integerOption(
    "hdbscan",
    "minClusterSize",
    size ?? Math.max(5, Math.round(numItems / 1000)),
    2,
  );
  const minSamples = integerOption("hdbscan", "minSamples", samples ?? Math.min(minClusterSize, numItems, 16), 1);
  if (minSamples > numItems && numItems > 1) {
    throw new RangeError(`hdbscan: minSamples must be at most ${numItems}, the items of the space, got ${minSamples}`);
  }
  const exact = booleanOption("hdbscan", "exact", asked ?? numItems <= exactItems);
  const fewest = exact ? 1 : Math.min(approximateNeighbors, numItems - 1);
  const graph = await neighborGraph(space, { ...graphOptions, neighbors: Math.max(1, fewest, minSamples - 1) });
  const { signal, onProgress } = options;
  const treeOptions = { samples: minSamples, memoryLimit, signal, onProgress };
  const tree = exact
    ? await primTree(await space.vectors(), graph, treeOptions)
    : await kruskalTrees(graph, treeOptions);
  const condensed = condensedTree(tree, numItems, minClusterSize);
  const chosen = mostStable(condensed);
  const { clusters, densities, ends } = condensed;
  const labels = clusters.map((cluster) => chosen[cluster]);
  const probabilities = densities.map((density, i) =>
    labels[i] < 0 ? 0 : ends[labels[i]] === 0 ? 1 : Math.min(1, density / ends[labels[i]]),
  );
  return { ...numberBySize(labels), probabilities, exact, minClusterSize, minSamples };
}

/** For each cluster the one chosen that it is, or is part of; -1 where there is none. */
function mostStable({ parents, stabilities }: CondensedTree): number[] {
  const best = [...stabilities]; // of a cluster, or of those chosen below it
  const below = parents.map(() => 0);
  const better = parents.map(() => false); // than what is below
  for (let cluster = parents.length - 1; cluster > 0; cluster--) {
    better[cluster] = best[cluster] >= below[cluster];
    if (!better[cluster]) best[cluster] = below[cluster];
    below[parents[cluster]] += best[cluster];
  }
  const chosen: number[] = [];
  for (const [cluster, parent] of parents.entries()) {
    const above = parent < 0 ? -1 : chosen[parent];
    chosen.push(above >= 0 ? above : better[cluster] ? cluster : -1);
  }
  return chosen;
}
