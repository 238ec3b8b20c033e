import { largestMemory } from "../kernels/kernel.js";
import { type DegreeCounts, topDegrees } from "../messages/degree-order.js";
import type { Graph } from "../messages/graph.js";
import { fitsHalfEdges, halfEdgesBytes, mostHubs } from "../messages/half-edges.js";

export const layouts = ["pull", "sorted", "half-edges"] as const;
/** How a graph lies in memory for the iterations of PageRank. */
export type Layout = (typeof layouts)[number];

/** Nodes below which contributions fit the second-level cache of a core, wherever they stand. */
const fewNodes = 2 ** 18;
/** Iterations that a layout costs to build, where it is built by all threads in a process that has just begun. */
const iterationsOfBuilding = 9;

export interface LayoutQuestion {
  damping: number;
  tolerance: number;
  maxIterations: number;
  precision: "float64" | "float32";
  /** Whether jumps, and those of nodes without out-edges, go to all nodes alike. */
  uniform: boolean;
  /** Solutions for which the layout is built once. */
  solutions: number;
}

/** Why half edges cannot be had; null where they can. */
export function halfEdgesRefused(graph: Graph, { precision, uniform }: LayoutQuestion): string | null {
  if (graph.directed) return "an undirected graph";
  if (graph.weighted) return "edges without weights";
  if (precision !== "float32") return "float32";
  if (!uniform) return "neither personalization nor dangling";
  return null;
}

/**
 * The layout that pays: half edges or columns sorted by degree, where the 65,535 nodes of highest degree have at least half
 * of all entries, contributions do not fit the cache, and enough iterations are expected: a quarter of those after which
 * d^k is below the tolerance, since most graphs mix faster than the bound.
 */
export function chooseLayout(graph: Graph, degrees: DegreeCounts, question: LayoutQuestion): Layout {
  const { damping, tolerance, maxIterations, solutions } = question;
  if (graph.numNodes < fewNodes) return "pull";
  let most = 0;
  for (let error = 1; error > tolerance && most < maxIterations; error *= damping) most++;
  if (Math.min(most / 4, maxIterations) * solutions < iterationsOfBuilding) return "pull";
  if (topDegrees(degrees, mostHubs).entries < graph.numArcs / 2) return "pull";
  const room = largestMemory - graph.memory.used;
  if (halfEdgesRefused(graph, question) === null && fitsHalfEdges(degrees) && halfEdgesBytes(graph.rows) < room) {
    return "half-edges";
  }
  return 8 * graph.numArcs < room ? "sorted" : "pull";
}
