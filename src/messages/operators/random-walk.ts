import { booleanOption, knownOptions } from "../../io/options.js";
import type { Graph } from "../graph.js";
import { degreesOf, inverse } from "./degrees.js";
import { Operator, type Precision } from "./operator.js";

export interface RandomWalkOptions {
  /** Whether each node is its own neighbor too, by weight 1 beside the self-loops that it has; false by default. */
  selfLoops?: boolean;
  /** "f32" by default. */
  precision?: Precision;
}

/**
 * One step of a random walk along the edges, by their weights, seen from where it starts:
 *
 *   P = D^-1 A,    (P x)_i the mean of x over the nodes that i points to,  D the (out-)degrees
 *
 * Its transpose moves probabilities: the matrix M of PageRank (Page et al. 1999), M_ij = weight(j -> i) / outweight(j).
 * Eigenvalues lie in the unit disk, those of an undirected graph from -1 to 1. The row of a node without edges is zero.
 */
export function randomWalk(graph: Graph, options: RandomWalkOptions = {}): Operator {
  knownOptions("randomWalk", options, ["selfLoops", "precision"]);
  const { selfLoops = false, precision } = options;
  booleanOption("randomWalk", "selfLoops", selfLoops);
  const shares = inverse(degreesOf(graph, selfLoops ? 1 : 0), false);
  return new Operator(graph.rows, {
    after: shares,
    diagonal: selfLoops ? shares : null,
    precision,
    spectrum: graph.directed ? null : [-1, 1],
    transposed: () => graph.transpose(),
  });
}
