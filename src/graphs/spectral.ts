import { requireMemory } from "../io/memory-limit.js";
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
  /** Width D; by default 16, or as many eigenvectors as the graph has to give (see below); 2 to 128 are useful. */
  dimensions?: number;
  /** The largest |L v - lambda v| that is left, of vectors of length 1; 1e-8 by default, 1e-4 to 1e-12 are useful. */
  tolerance?: number;
  /** Rounds at most, each of up to 41 products; 500 by default. */
  maxRounds?: number;
  /** Of the first block; 1 by default. Vectors of simple eigenvalues do not depend on it but for rounding. */
  seed?: number;
  /** Threads; by default one a processor. The result does not depend on it. */
  threads?: number;
  /** Bytes that this may take beside the graph; by default three quarters of what is available. */
  memoryLimit?: number;
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
  const known = ["dimensions", "tolerance", "maxRounds", "seed", "threads", "memoryLimit"];
  knownOptions(where, options, [...known, "onWarning", "signal", "onProgress"]);
  const { threads, memoryLimit, signal, onProgress, onWarning = console.warn } = options;
  const tolerance = numberOption(where, "tolerance", options.tolerance ?? 1e-8, { least: 1e-13 });
  const maxRounds = integerOption(where, "maxRounds", options.maxRounds ?? 500, 1);
  const seed = integerOption(where, "seed", options.seed ?? 1, 0);
  const operator = symmetric(graph, { selfLoops: false, precision: "f64" });
  const without = new ComponentSubspace(graph);
  const { component, dimension: components } = without;
  const { numNodes } = graph;
  const most = numNodes - components;
  const dimensions = integerOption(where, "dimensions", options.dimensions ?? Math.max(1, Math.min(16, most)), 1);
  if (dimensions > most) {
    throw new RangeError(
      `${where}: the graph has ${most} eigenvectors to give (nodes, ${numNodes}, less components, ${components}), dimensions is ${dimensions}`,
    );
  }
  // The eigenvectors' blocks, and the vectors twice.
  const bytes = (5 * 8 * (dimensions + 8) + 8 * dimensions) * numNodes;
  requireMemory(where, "blocks of vectors", bytes, { memoryLimit, remedy: "lower dimensions" });

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
