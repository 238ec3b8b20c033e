import { integerOption, knownOptions, numberOption } from "../io/options.js";
import type { TaskOptions } from "../io/progress.js";
import { ComponentSubspace } from "../messages/component-subspace.js";
import { eigenvectors } from "../messages/eigenvectors.js";
import type { Graph } from "../messages/graph.js";
import { symmetric } from "../messages/operators/symmetric.js";
import { Space } from "../space/space.js";
import { neighborEncoder } from "./neighbor-encoder.js";
import { nodesOf } from "./relations.js";

export interface SpectralOptions extends TaskOptions {
  /** Width D; 16 by default, 2 to 128 are useful. The graph must have that many eigenvectors to give: see below. */
  dimensions?: number;
  /** The largest |L v - lambda v| that is left, of vectors of length 1; 1e-8 by default, 1e-4 to 1e-12 are useful. */
  tolerance?: number;
  /** Rounds at most, each of up to 41 products; 500 by default. */
  maxRounds?: number;
  /** Of the first block; 1 by default. Vectors of simple eigenvalues do not depend on it but for rounding. */
  seed?: number;
  /** Threads; by default one a processor. The result does not depend on it. */
  threads?: number;
  /** Receives warnings, such as that of a tolerance that was not met; `console.warn` by default. */
  onWarning?: (message: string) => void;
}

const where = "spectralEmbedding";

/**
 * Spectral embedding (Belkin and Niyogi 2003; Ng, Jordan and Weiss 2002): the nodes' entries in the eigenvectors of
 *
 *   L = I - D^-1/2 A D^-1/2
 *
 * that belong to its least eigenvalues, ascending, each vector of length 1. For each connected component L has an
 * eigenvalue 0, whose vector D^1/2 1 says nothing but which nodes these are; these are left out, and the column `component`
 * says it instead. So dimensions is at most the number of nodes less that of components.
 *
 * The sign of a vector is such that its largest entry (the first, of those within a millionth) is positive. Vectors of a
 * multiple eigenvalue are any orthonormal ones. Leaves a space of nodes under the Euclidean distance, with the eigenvalues
 * and the largest residual among its metrics. `embed` places a new node at the mean direction of its neighbors.
 *
 * Throws RangeError where the graph is directed or gives fewer eigenvectors than were asked for.
 */
export async function spectralEmbedding(graph: Graph, options: SpectralOptions = {}): Promise<Space> {
  const known = ["dimensions", "tolerance", "maxRounds", "seed", "threads", "onWarning", "signal", "onProgress"];
  knownOptions(where, options, known);
  const { threads, signal, onProgress, onWarning = console.warn } = options;
  const dimensions = integerOption(where, "dimensions", options.dimensions ?? 16, 1);
  const tolerance = numberOption(where, "tolerance", options.tolerance ?? 1e-8, { least: 1e-13 });
  const maxRounds = integerOption(where, "maxRounds", options.maxRounds ?? 500, 1);
  const seed = integerOption(where, "seed", options.seed ?? 1, 0);
  const operator = symmetric(graph, { selfLoops: false, precision: "f64" });
  const without = new ComponentSubspace(graph);
  const { component, dimension: components } = without;
  const { numNodes } = graph;
  if (dimensions > numNodes - components) {
    throw new RangeError(
      `${where}: ${numNodes} nodes in ${components} components have ${numNodes - components} eigenvectors to give, dimensions is ${dimensions}`,
    );
  }

  const settings = { count: dimensions, without, tolerance, maxRounds, seed, threads, signal, onProgress };
  const { values, vectors, residual, rounds } = await eigenvectors(operator, settings); // of I - L, the largest
  if (residual > tolerance) {
    onWarning(`${where}: after ${rounds} rounds a residual of ${residual} is left, above the tolerance ${tolerance}`);
  }
  const table = new Float32Array(numNodes * dimensions);
  for (const [d, vector] of vectors.entries()) {
    for (let i = 0; i < numNodes; i++) table[i * dimensions + d] = vector[i];
  }
  return Space.from(
    {
      ...nodesOf(graph),
      vectors: table,
      dimensions,
      geometry: "euclidean",
      columns: { component: Float64Array.from(component) },
      method: "spectral",
      options: { dimensions, tolerance, maxRounds },
      seed,
      metrics: { eigenvalues: Array.from(values, (value) => 1 - value), residual, rounds, components },
    },
    { encoders: { spectral: neighborEncoder } },
  );
}
