import { requireMemory } from "../io/memory-limit.js";
import { integerOption, knownOptions, wordOption } from "../io/options.js";
import { Meter, type TaskOptions } from "../io/progress.js";
import type { Graph } from "../messages/graph.js";
import { needEdges } from "../messages/operators/degrees.js";
import { symmetric } from "../messages/operators/symmetric.js";
import { propagate } from "../messages/propagate.js";
import { tanh } from "../numerics/elementary.js";
import { addRowTimes, checkMatrix, type Matrix } from "../numerics/matrix.js";
import { Rng } from "../numerics/random.js";
import { Space } from "../space/space.js";
import { neighborEncoder } from "./neighbor-encoder.js";
import { nodesOf } from "./relations.js";

export const randomGcnStarts = ["identity", "features", "constant"] as const;

export interface RandomGcnOptions extends TaskOptions {
  /** Width of each layer, the last one D; [16, 16] by default. [4, 4, 2] draws a picture without further ado. */
  layers?: readonly number[];
  /** Instead of `layers`: D alone, behind a layer of 16. */
  dimensions?: number;
  /**
   * H_0: the "identity", each node its own feature; the nodes' "features"; or a "constant" 1, from which only what 1-WL
   * tells apart can differ. By default the features where there are any, else the identity.
   */
  start?: (typeof randomGcnStarts)[number];
  /** X, [N, F]. */
  features?: Matrix;
  /** Of the weights; 1 by default. */
  seed?: number;
  /** Threads; by default one a processor. The result does not depend on it. */
  threads?: number;
  /** Bytes that this may take beside the graph; by default three quarters of what is available. */
  memoryLimit?: number;
}

const where = "randomGcn";

/**
 * Embedding without training: a graph convolutional network with random weights (Kipf and Welling 2017,
 * https://arxiv.org/abs/1609.02907, appendix A.1),
 *
 *   H_l+1 = tanh(S H_l W_l),    S = D~^-1/2 (A + I) D~^-1/2,    W_l uniform in +-sqrt(6 / (in + out))  (Glorot and Bengio)
 *
 * in which nodes of like neighborhoods come to lie together. Layer l draws its weights from stream l of the seed, row by row.
 * Leaves a space of nodes under the Euclidean distance; `embed` places a new node at the mean direction of its neighbors.
 *
 * Throws RangeError where the graph is directed or has no edges, or features are asked for and do not fit it.
 */
export async function randomGcn(graph: Graph, options: RandomGcnOptions = {}): Promise<Space> {
  const known = ["layers", "dimensions", "start", "features", "seed", "threads", "memoryLimit", "signal", "onProgress"];
  knownOptions(where, options, known);
  const { features, threads, memoryLimit, signal } = options;
  const { dimensions } = options;
  if (dimensions !== undefined) {
    integerOption(where, "dimensions", dimensions, 1);
    if (options.layers !== undefined)
      throw new RangeError(`${where}: dimensions is the last of layers; give one of them`);
  }
  const layers = options.layers ?? [16, dimensions ?? 16];
  for (const width of layers) integerOption(where, "layers", width, 1);
  if (layers.length === 0) throw new RangeError(`${where}: layers must hold a width or more, got none`);
  const start = wordOption(where, "start", options.start ?? (features ? "features" : "identity"), randomGcnStarts);
  const seed = integerOption(where, "seed", options.seed ?? 1, 0);
  const { numNodes } = graph;
  needEdges(where, graph);
  const inputs = start === "identity" ? numNodes : start === "constant" ? 1 : (features?.columns ?? 0);
  // Weights, a layer's product, two tables in the graph's memory, and the layer before and after.
  const bytes = 8 * (inputs * layers[0] + 5 * numNodes * Math.max(...layers));
  requireMemory(where, "weights and layers", bytes, { memoryLimit, remedy: "take narrower layers" });
  const operator = symmetric(graph, { precision: "f64" });

  let rows = firstRows(numNodes, start, features); // null where H_0 = I, and H_0 W_0 = W_0
  let width = rows === null ? numNodes : rows.columns;
  let table = new Float64Array(0);
  const meter = new Meter("propagating", "items", layers.length, options.onProgress);
  for (const [l, next] of layers.entries()) {
    signal?.throwIfAborted();
    const weights = glorot(new Rng(seed, l), width, next);
    const product = rows === null ? weights : times(rows, weights, next);
    table = await propagate(operator, product, { threads, signal });
    for (let k = 0; k < table.length; k++) table[k] = tanh(table[k]);
    rows = { rows: numNodes, columns: next, values: table };
    width = next;
    meter.update(l + 1, {}, l + 1 === layers.length);
  }
  return Space.from(
    {
      ...nodesOf(graph),
      vectors: Float32Array.from(table),
      dimensions: width,
      geometry: "euclidean",
      method: "random-gcn",
      options: { layers, start },
      seed,
    },
    { encoders: { "random-gcn": neighborEncoder } },
  );
}

function firstRows(numNodes: number, start: string, features: Matrix | undefined): Matrix | null {
  if (start === "identity") return null;
  if (start === "constant") return { rows: numNodes, columns: 1, values: new Float64Array(numNodes).fill(1) };
  if (features === undefined) throw new RangeError(`${where}: features were needed for start: "features", got none`);
  checkMatrix(where, "features", features);
  if (features.rows === numNodes) return features;
  throw new RangeError(`${where}: features of ${numNodes} nodes were needed, got ${features.rows} rows`);
}

/** [inputs, outputs], uniform in +-sqrt(6 / (inputs + outputs)). */
function glorot(rng: Rng, inputs: number, outputs: number): Float64Array<ArrayBuffer> {
  const limit = Math.sqrt(6 / (inputs + outputs));
  return Float64Array.from({ length: inputs * outputs }, () => limit * (2 * rng.uniform() - 1));
}

/** H W, [N, outputs]. */
function times(rows: Matrix, weights: Float64Array, outputs: number): Float64Array<ArrayBuffer> {
  const product = new Float64Array(rows.rows * outputs);
  for (let i = 0; i < rows.rows; i++) addRowTimes(rows, i, weights, product.subarray(i * outputs, (i + 1) * outputs));
  return product;
}
