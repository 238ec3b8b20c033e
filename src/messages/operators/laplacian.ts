import { booleanOption, knownOptions } from "../../io/options.js";
import type { Graph } from "../graph.js";
import { degreesOf, inverse, needUndirected } from "./degrees.js";
import { Operator, type Precision } from "./operator.js";

export interface LaplacianOptions {
  /** I - D^-1/2 A D^-1/2 where true, the default; D - A otherwise. */
  normalized?: boolean;
  /** Whether A has a self-loop of weight 1 at each node beside its own; false by default. D - A does not feel it. */
  selfLoops?: boolean;
  /** "f32" by default. */
  precision?: Precision;
}

/**
 * The Laplacian of an undirected graph (Chung 1997, section 1.2):
 *
 *   L = I - D^-1/2 A D^-1/2,  eigenvalues from 0 to 2,    or  L = D - A,  eigenvalues from 0 to twice the largest degree
 *
 * Rows of nodes without edges are zero in both. With self-loops L = I - S, S the operator `symmetric`. Throws RangeError for
 * a directed graph.
 */
export function laplacian(graph: Graph, options: LaplacianOptions = {}): Operator {
  knownOptions("laplacian", options, ["normalized", "selfLoops", "precision"]);
  needUndirected("laplacian", graph);
  const { normalized = true, selfLoops = false, precision } = options;
  booleanOption("laplacian", "normalized", normalized);
  booleanOption("laplacian", "selfLoops", selfLoops);
  if (!normalized) {
    const degrees = degreesOf(graph);
    const largest = degrees.reduce((most, degree) => Math.max(most, degree), 0);
    return new Operator(graph.rows, {
      after: new Float64Array(graph.numNodes).fill(-1),
      diagonal: degrees,
      precision,
      spectrum: [0, 2 * largest],
      transposed: "itself",
    });
  }
  const degrees = degreesOf(graph, selfLoops ? 1 : 0);
  const roots = inverse(degrees, true);
  return new Operator(graph.rows, {
    before: roots,
    after: roots.map((root) => -root),
    diagonal: degrees.map((degree) => (degree === 0 ? 0 : selfLoops ? 1 - 1 / degree : 1)),
    precision,
    spectrum: [0, 2],
    transposed: "itself",
  });
}
