import { type CheckpointSettings, checkCheckpoints } from "../io/checkpoint-options.js";
import { requireMemory } from "../io/memory-limit.js";
import { booleanOption, integerOption, knownOptions } from "../io/options.js";
import type { OnVectors, TaskOptions } from "../io/progress.js";
import type { Graph } from "../messages/graph.js";
import { needEdges } from "../messages/operators/degrees.js";
import {
  checkSkipGramOptions,
  type SkipGramOptions,
  skipGramDefaults,
  skipGramMethod,
  sliceCount,
} from "../pairs/skip-gram.js";
import { type Trained, train } from "../pairs/train.js";
import { fullPairs, type SlicedSequences } from "../pairs/windows.js";
import { Space } from "../space/space.js";
import { Vectors } from "../space/vectors.js";
import { fingerprintOf } from "./fingerprint.js";
import { neighborEncoder } from "./neighbor-encoder.js";
import { nodesOf } from "./relations.js";
import { checkWalkOptions, type WalkOptions, walkAll, walkDefaults } from "./walks.js";

/**
 * node2vec (Grover and Leskovec 2016, "node2vec: scalable feature learning for networks",
 * https://arxiv.org/abs/1607.00653): random walks over the graph, biased by p and q, are taken for sentences and their
 * nodes for words, and skip-gram with negative sampling gives each node a vector.
 *
 * As in the authors' program, which hands its walks to gensim, the width of each node's window is drawn anew, uniform in 1
 * .. window.
 */
export interface Node2vecOptions extends WalkOptions, SkipGramOptions, TaskOptions {
  /** Same seed, same bytes, with any number of threads and any memory limit. Default 1. */
  seed?: number;
  /** Threads that do the work, by default one a processor. */
  threads?: number;
  /** Relaxed SIMD, where the engine has it: faster, and the last bits depend on the processor. Default false. */
  fast?: boolean;
  /** Bytes that the run may hold, by default three quarters of what is available. */
  memoryLimit?: number;
  /** Folder for what does not fit; the system's temporary folder by default. */
  scratchFolder?: string;
  /** Where to keep what a later run needs to go on from where this one ended. */
  checkpoints?: CheckpointSettings;
  /** Told of things worth knowing, such as a damaged checkpoint that was passed over. */
  onNote?: (note: string) => void;
  /** Told of the nodes' vectors while they are learned, by the numbers of the nodes. */
  onVectors?: OnVectors;
}

/**
 * Width, window and passes are those of the paper's experiments. The rate is twice skip-gram's, at which the vectors of rare
 * groups are still short after one pass: of .025, .05 and .1 it is the one that validation within the training half chooses
 * for each of five halves of BlogCatalog (macro-F1 on the validation nodes .217, .227, .213; `npm run bench -- node2vec`).
 */
export const node2vecDefaults: Required<WalkOptions & SkipGramOptions> = {
  ...walkDefaults,
  ...skipGramDefaults,
  dimensions: 128,
  window: 10,
  learningRate: 0.05,
  epochs: 1,
};

/** DeepWalk's options: those of node2vec without p and q, which are 1. */
export type DeepWalkOptions = Omit<Node2vecOptions, "p" | "q">;

/**
 * Embeds the nodes of a graph by node2vec (see `Node2vecOptions`): a space of nodes under the cosine, in the order of their
 * numbers, with a column `visits`, how often walks came by. Weights are followed where edges have them, directions where
 * the graph is directed.
 *
 * A node that no walk meets, since it is isolated, has nothing to learn from: its vector is zero, near to nothing. The
 * metrics count them as `unvisited`. `space.embed` and `space.add` take new nodes by their neighbors: see
 * `neighborEncoder`.
 *
 * Throws RangeError for options out of range and for a graph without edges, ResourceError where memory does not suffice, and
 * the signal's reason when aborted, after a last checkpoint.
 */
export function node2vec(graph: Graph, options: Node2vecOptions = {}): Promise<Space> {
  return embedWalks("node2vec", graph, options, Object.keys(node2vecDefaults));
}

/**
 * DeepWalk (Perozzi, Al-Rfou and Skiena 2014, "DeepWalk: online learning of social representations",
 * https://arxiv.org/abs/1403.6652): node2vec with p = q = 1, walks whose steps do not ask where they came from. Negative
 * sampling stands in for the paper's hierarchical softmax.
 */
export function deepWalk(graph: Graph, options: DeepWalkOptions = {}): Promise<Space> {
  const names = Object.keys(node2vecDefaults).filter((name) => name !== "p" && name !== "q");
  return embedWalks("deepWalk", graph, options, names);
}

const runNames = ["seed", "threads", "fast", "memoryLimit", "scratchFolder", "checkpoints", "signal"];

async function embedWalks(
  where: "node2vec" | "deepWalk",
  graph: Graph,
  options: Node2vecOptions,
  modelNames: readonly string[],
): Promise<Space> {
  knownOptions(where, options, [...modelNames, ...runNames, "onProgress", "onNote", "onVectors"]);
  const { threads, memoryLimit, scratchFolder, signal, onProgress, onNote, onVectors } = options;
  const given = Object.entries(options).filter(([name, value]) => modelNames.includes(name) && value !== undefined);
  const model = { ...node2vecDefaults, ...(Object.fromEntries(given) as Partial<typeof node2vecDefaults>) };
  checkWalkOptions(where, model);
  checkSkipGramOptions(where, model);
  const seed = integerOption(where, "seed", options.seed ?? 1, 0);
  const fast = booleanOption(where, "fast", options.fast ?? false);
  const checkpoints = options.checkpoints && checkCheckpoints(where, options.checkpoints);
  needEdges(where, graph);

  const heldBytes = bytesHeld(graph, model);
  requireMemory(where, "graph, walks and vectors", heldBytes, {
    memoryLimit,
    remedy: "lower walks, walkLength or dimensions",
  });
  const fingerprint = await fingerprintOf(graph);
  const walks = await walkAll(graph, { ...model, seed, threads, signal, onProgress });
  const visits = countVisits(walks.nodes, graph.numNodes);
  const { nodeOf, itemOf } = byVisits(visits);
  const { nodes: items, ends } = walks;
  for (let k = 0; k < items.length; k++) items[k] = itemOf[items[k]];
  const sequences = slicesOf({ items, ends }, nodeOf.length, model);
  const counts = Float64Array.from(nodeOf, (node) => visits[node]);

  const { epochs, ...shape } = model;
  const trained = await train(skipGramMethod(where, { sequences, counts }, { ...model, seed }), {
    ...{ epochs, seed, threads, fast, memoryLimit, scratchFolder, signal, onProgress, onNote },
    heldBytes: heldBytes + (onVectors ? 4 * graph.numNodes * model.dimensions : 0),
    onRows:
      onVectors && (async (eachRow) => onVectors(await rowsByNode(eachRow, nodeOf, graph, model), model.dimensions)),
    checkpoints: checkpoints && { ...checkpoints, fingerprint: { graph: fingerprint, ...shape } },
  });
  try {
    const vectors = zeroVectors(graph.numNodes, model.dimensions);
    await trained.eachRow((item, [v]) => vectors.set(nodeOf[item], asFloat32(v).subarray(0, model.dimensions)));
    return spaceOf(where, graph, trained, { vectors, visits, model, seed, fingerprint });
  } finally {
    await trained.close();
  }
}

/**
 * Bytes that are held beside the engine's own: the graph, all walks and where they end, one round of them in the making, and
 * the vectors that are returned.
 */
function bytesHeld(graph: Graph, { walks, walkLength, dimensions }: typeof node2vecDefaults): number {
  return graph.memory.used + graph.numNodes * (walks * (4 * walkLength + 8) + 4 * walkLength + 4 * dimensions);
}

/** How often walks came by each node, [N]. */
function countVisits(nodes: Uint32Array, numNodes: number): Float64Array<ArrayBuffer> {
  const visits = new Float64Array(numNodes);
  for (const node of nodes) visits[node]++;
  return visits;
}

/**
 * Numbers the visited nodes by falling visits, as words are by counts, so that the parts of the engine's tables, which
 * take every P-th row, are visited about equally.
 */
function byVisits(visits: Float64Array): { nodeOf: Uint32Array; itemOf: Uint32Array } {
  const visited = Uint32Array.from(visits.keys()).filter((node) => visits[node] > 0);
  const nodeOf = visited.sort((a, b) => visits[b] - visits[a] || a - b);
  const itemOf = new Uint32Array(visits.length);
  for (const [item, node] of nodeOf.entries()) itemOf[node] = item;
  return { nodeOf, itemOf };
}

/** Slices of whole walks, as many in each. The order of walks is random already. */
function slicesOf(
  { items, ends }: { items: Uint32Array; ends: Float64Array },
  vocabulary: number,
  { epochs, window }: { epochs: number; window: number },
): SlicedSequences {
  const slices = Math.min(ends.length, sliceCount(items.length, epochs));
  const slice = (_epoch: number, number: number) => {
    const [first, end] = [number, number + 1].map((k) => Math.floor((k * ends.length) / slices));
    const start = first === 0 ? 0 : ends[first - 1];
    return {
      items: items.subarray(start, ends[end - 1]),
      ends: ends.slice(first, end).map((place) => place - start),
    };
  };
  let mostPairs = 0;
  for (let number = 0; number < slices; number++) mostPairs = Math.max(mostPairs, fullPairs(slice(0, number), window));
  return { vocabulary, slices, mostPairs, slice };
}

/** The vectors as they are now, [N, D]; zeros for a node that no walk meets. */
async function rowsByNode(
  eachRow: Trained["eachRow"],
  nodeOf: Uint32Array,
  { numNodes }: Graph,
  { dimensions }: { dimensions: number },
) {
  const rows = new Float32Array(numNodes * dimensions);
  await eachRow((item, [v]) => rows.set(v.subarray(0, dimensions), nodeOf[item] * dimensions));
  return rows;
}

function zeroVectors(rows: number, dimensions: number): Vectors {
  const vectors = Vectors.create(dimensions, { rows });
  const batch = 1024;
  const zeros = new Float32Array(batch * dimensions);
  for (let row = 0; row < rows; row += batch) {
    vectors.append(zeros.subarray(0, Math.min(batch, rows - row) * dimensions));
  }
  return vectors;
}

function asFloat32(row: Float32Array | Float64Array): Float32Array {
  if (row instanceof Float32Array) return row;
  throw new Error("internal: skip-gram's tables are f32");
}

function spaceOf(
  method: string,
  graph: Graph,
  trained: Trained,
  made: {
    vectors: Vectors;
    visits: Float64Array;
    model: Required<WalkOptions & SkipGramOptions>;
    seed: number;
    fingerprint: string;
  },
): Space {
  const { vectors, visits, model, seed, fingerprint } = made;
  return Space.from(
    {
      ...nodesOf(graph),
      vectors,
      geometry: "cosine",
      columns: { visits },
      method,
      options: model,
      seed,
      fast: trained.fast,
      fingerprint,
      metrics: {
        loss: trained.losses.at(-1) ?? null,
        nodes: graph.numNodes,
        arcs: graph.numArcs,
        unvisited: visits.reduce((count, n) => count + (n === 0 ? 1 : 0), 0),
      },
    },
    { encoders: { [method]: neighborEncoder } },
  );
}
