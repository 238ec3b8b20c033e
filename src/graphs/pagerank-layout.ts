import { largestMemory } from "../kernels/kernel.js";
import { type DegreeCounts, topDegrees } from "../messages/degree-order.js";
import type { Graph } from "../messages/graph.js";
import { fitsHalfEdges, halfEdgesBytes, mostHubs } from "../messages/half-edges.js";

export const layouts = ["pull", "sorted", "grouped", "half-edges"] as const;
/** How a graph lies in memory for the iterations of PageRank. */
export type Layout = (typeof layouts)[number];

/** Nodes below which contributions are found in a cache soon enough, wherever they stand. */
const fewNodes = 2 ** 19;
/** Entries below which rows are swept faster than threads are told to. */
const fewArcs = 2 ** 19;
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
 * The layout that pays where at least nine iterations are expected, a quarter of those after which d^k is below the
 * tolerance, since most graphs mix faster than the bound. From 524,288 nodes on, where the 65,535 nodes of highest degree
 * have at least half of all entries, half edges or columns sorted by degree: on a Kronecker graph of 2^20 nodes and 31 M
 * entries; not on cnr-2000 (325,557 nodes, 3.2 M entries), whose neighbors have near numbers. Else, from 524,288 entries
 * on and for one solution or uniform jumps, rows grouped by length: an iteration over cnr-2000 takes .77 of the time, one
 * over 10 M random entries as long as without.
 */
export function chooseLayout(graph: Graph, degrees: DegreeCounts, question: LayoutQuestion): Layout {
  const { damping, tolerance, maxIterations, solutions, uniform } = question;
  const { numNodes, numArcs, weighted } = graph;
  let most = 0;
  for (let error = 1; error > tolerance && most < maxIterations; error *= damping) most++;
  if (Math.min(most / 4, maxIterations) * solutions < iterationsOfBuilding) return "pull";
  const room = largestMemory - graph.memory.used;
  if (numNodes >= fewNodes && topDegrees(degrees, mostHubs).entries >= numArcs / 2) {
    if (halfEdgesRefused(graph, question) === null && fitsHalfEdges(degrees) && halfEdgesBytes(graph.rows) < room) {
      return "half-edges";
    }
    return 8 * numArcs < room ? "sorted" : "pull";
  }
  const groups = numArcs >= fewArcs && (solutions === 1 || uniform) && (weighted ? 24 : 8) * numArcs < room;
  return groups ? "grouped" : "pull";
}
