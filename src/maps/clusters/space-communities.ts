import { knownOptions } from "../../io/options.js";
import type { Space } from "../../space/space.js";
import { type NeighborGraphOptions, type NeighborMetric, neighborGraph } from "../neighbor-graph.js";
import { type Communities, type LeidenOptions, leiden } from "./leiden.js";

export interface SpaceCommunitiesOptions extends NeighborGraphOptions, LeidenOptions {}

export interface SpaceCommunities extends Communities {
  /** Neighbors K of each item in the graph. */
  readonly neighbors: number;
  readonly metric: NeighborMetric;
  /** Whether the neighbors were found by comparing all pairs. */
  readonly exact: boolean;
}

/**
 * Clusters of a space: the communities that `leiden` finds in its neighbor graph, all weights 1. (On pictures of fashion,
 * .46 of adjusted Rand index with the classes, against .43 with the weights of `fuzzyGraph`.) Every item is in one. More neighbors, and a lower resolution, give larger and fewer clusters. Throws as `neighborGraph` and
 * `leiden` do.
 */
export async function spaceCommunities(space: Space, options: SpaceCommunitiesOptions = {}): Promise<SpaceCommunities> {
  const { resolution, iterations, memoryLimit, ...nearby } = options;
  const { seed, signal, onProgress } = nearby;
  knownOptions("spaceCommunities", nearby, [
    "neighbors",
    "metric",
    "seed",
    "threads",
    "onWarning",
    "signal",
    "onProgress",
  ]);
  const neighborhoods = await neighborGraph(space, nearby);
  const graph = await neighborhoods.graph();
  const found = await leiden(graph, { resolution, iterations, memoryLimit, seed, signal, onProgress });
  graph.memory.close();
  const { neighbors, metric, exact } = neighborhoods;
  return { ...found, neighbors, metric, exact };
}
