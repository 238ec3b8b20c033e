import { requireMemory } from "../io/memory-limit.js";
import { integerOption, knownOptions } from "../io/options.js";
import type { TaskOptions } from "../io/progress.js";
import type { Graph } from "../messages/graph.js";
import { needEdges } from "../messages/operators/degrees.js";
import { randomWalk } from "../messages/operators/random-walk.js";
import { propagate } from "../messages/propagate.js";
import { philox } from "../numerics/philox.js";
import { seedKey } from "../numerics/random.js";
import { Space } from "../space/space.js";
import { neighborEncoder } from "./neighbor-encoder.js";
import { nodesOf } from "./relations.js";

export interface LinearEmbeddingOptions extends TaskOptions {
  /** Width D of the vectors; 128 by default, 64 to 1024 are useful. */
  dimensions?: number;
  /** How often neighbors are averaged; 3 by default, 3 to 5 are useful. More blur all nodes of a component into one. */
  steps?: number;
  /** Of the starts; 1 by default. */
  seed?: number;
  /** Threads; by default one a processor. The result does not depend on it. */
  threads?: number;
  /** Bytes that this may take beside the graph; by default three quarters of what is available. */
  memoryLimit?: number;
}

const where = "linearEmbedding";

/**
 * Embedding by averaging, as Cleora does it (Rychalska et al. 2021, https://arxiv.org/abs/2102.02302, section 3): from rows
 * that are drawn in [-1, 1] by the nodes' names,
 *
 *   repeat:  Z <- D^-1 A Z,   then each row to length 1
 *
 * Weights count. A start depends on (name, column, seed) alone, so that graphs which share nodes get comparable vectors
 * whatever the order of their nodes. Leaves a space of nodes under the cosine; `embed` makes a new node one more average of
 * its neighbors. Nodes without (outgoing) edges get the zero vector; a graph without any edges is refused with a RangeError.
 */
export async function linearEmbedding(graph: Graph, options: LinearEmbeddingOptions = {}): Promise<Space> {
  knownOptions(where, options, ["dimensions", "steps", "seed", "threads", "memoryLimit", "signal", "onProgress"]);
  const { threads, memoryLimit, signal, onProgress } = options;
  needEdges(where, graph);
  const dimensions = integerOption(where, "dimensions", options.dimensions ?? 128, 1);
  const steps = integerOption(where, "steps", options.steps ?? 3, 0);
  const seed = integerOption(where, "seed", options.seed ?? 1, 0);
  const { numNodes } = graph;
  // The starts, two tables in the graph's memory, and the vectors twice.
  const bytes = 5 * 4 * numNodes * dimensions;
  requireMemory(where, "tables and vectors", bytes, { memoryLimit, remedy: "lower dimensions" });
  const z = new Float32Array(numNodes * dimensions);
  for (let i = 0; i < numNodes; i++) startOf(graph.nameOf(i), seed, z.subarray(i * dimensions, (i + 1) * dimensions));
  return Space.from(
    {
      ...nodesOf(graph),
      vectors: await propagate(randomWalk(graph), z, { steps, normalize: "l2", threads, signal, onProgress }),
      dimensions,
      method: "linear",
      options: { dimensions, steps },
      seed,
    },
    { encoders: { linear: neighborEncoder } },
  );
}

const utf8 = new TextEncoder();

/**
 * The start of a node: numbers in [-1, 1], column d by Philox at counter (hash of the name, d / 4, rounded down) under the
 * seed. The hash has 64 bits: two of FNV-1a's, the second over the bytes backwards.
 */
function startOf(name: string, seed: number, into: Float32Array): void {
  const bytes = utf8.encode(name);
  let [low, high] = [0x811c9dc5, 0x811c9dc5];
  for (let i = 0; i < bytes.length; i++) {
    low = Math.imul(low ^ bytes[i], 0x01000193);
    high = Math.imul(high ^ bytes[bytes.length - 1 - i] ^ 0x5a, 0x01000193);
  }
  const [key0, key1] = seedKey(seed);
  const block = new Uint32Array(4);
  for (let d = 0; d < into.length; d++) {
    if (d % 4 === 0) philox(block, d >>> 2, 0, low, high, key0, key1);
    into[d] = block[d % 4] / 2 ** 31 - 1;
  }
}
