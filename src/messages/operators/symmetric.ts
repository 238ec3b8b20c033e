import { booleanOption, knownOptions } from "../../io/options.js";
import type { Graph } from "../graph.js";
import type { GraphMemory } from "../memory.js";
import { degreesOf, inverse, loopsOf, needUndirected } from "./degrees.js";
import { Operator, type Precision } from "./operator.js";

export interface SymmetricOptions {
  /**
   * Whether each node is its own neighbor too, by weight 1: true, the default, beside the self-loops that it has; "replace"
   * in place of them.
   */
  selfLoops?: boolean | "replace";
  /** "f32" by default. */
  precision?: Precision;
  /** The memory in which it lies, with a copy of the graph; by default the graph's own. */
  memory?: GraphMemory;
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
  knownOptions("symmetric", options, ["selfLoops", "precision", "memory"]);
  needUndirected("symmetric", graph);
  const { selfLoops = true, precision, memory } = options;
  if (selfLoops !== "replace") booleanOption("symmetric", "selfLoops", selfLoops);
  const loops = selfLoops === "replace" ? loopsOf(graph) : null;
  const degrees = degreesOf(graph, selfLoops === false ? 0 : 1);
  if (loops !== null) for (let i = 0; i < degrees.length; i++) degrees[i] -= loops[i];
  const roots = inverse(degrees, true);
  return new Operator(memory === undefined ? graph.rows : graph.rows.copyTo(memory), {
    before: roots,
    after: roots,
    // A loop of weight w is among the entries: 1 - w more make it one of weight 1.
    diagonal: selfLoops === false ? null : inverse(degrees, false).map((share, i) => share * (1 - (loops?.[i] ?? 0))),
    precision,
    spectrum: [-1, 1],
    transposed: "itself",
  });
}
