import { booleanOption, knownOptions } from "../../io/options.js";
import type { Graph } from "../graph.js";
import { degreesOf, inverse, needUndirected } from "./degrees.js";
import { Operator, type Precision } from "./operator.js";

export interface SymmetricOptions {
  /** Whether each node is its own neighbor too, by weight 1 beside the self-loops that it has; true by default. */
  selfLoops?: boolean;
  /** "f32" by default. */
  precision?: Precision;
}

/**
 * The symmetric propagation of GCN (Kipf and Welling 2017, https://arxiv.org/abs/1609.02907, eq. 2):
 *
 *   S = D~^-1/2 A~ D~^-1/2,    A~ = A + I (or A without self-loops),  D~ its row sums
 *
 * Eigenvalues from -1 to 1. Rows of isolated nodes are zero where there are no self-loops. Throws RangeError for a directed
 * graph.
 */
export function symmetric(graph: Graph, options: SymmetricOptions = {}): Operator {
  knownOptions("symmetric", options, ["selfLoops", "precision"]);
  needUndirected("symmetric", graph);
  const { selfLoops = true, precision } = options;
  booleanOption("symmetric", "selfLoops", selfLoops);
  const degrees = degreesOf(graph, selfLoops ? 1 : 0);
  const roots = inverse(degrees, true);
  return new Operator(graph.rows, {
    before: roots,
    after: roots,
    diagonal: selfLoops ? inverse(degrees, false) : null,
    precision,
    spectrum: [-1, 1],
    transposed: "itself",
  });
}
