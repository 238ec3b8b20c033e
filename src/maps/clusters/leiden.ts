import { ResourceError } from "../../io/errors.js";
import { memoryLimitOf } from "../../io/memory-limit.js";
import { integerOption, knownOptions, numberOption } from "../../io/options.js";
import { Meter, type TaskOptions } from "../../io/progress.js";
import type { Graph } from "../../messages/graph.js";
import { type Clustering, numberBySize } from "./clustering.js";
import { connectedParts, type MoveOptions, moveNodes, refine } from "./local-moves.js";
import { requireUndirected } from "./modularity.js";
import { aggregate, compact, levelOf, qualityOf, type WeightedLevel } from "./weighted-level.js";

export interface LeidenOptions extends TaskOptions {
  /** gamma: above 1 communities are smaller and more, below 1 larger and fewer; 1 by default, .1 to 10 are useful. */
  resolution?: number;
  /** Most iterations; 10 by default. The first that gains nothing is the last. */
  iterations?: number;
  /** Of the order of visits and of the draws; 1 by default. */
  seed?: number;
  /** Bytes that it may take beside the graph; by default three quarters of what is available. */
  memoryLimit?: number;
}

export interface Communities extends Clustering {
  /** Q of the communities at the resolution asked for. */
  readonly modularity: number;
  /** Iterations that gained something. */
  readonly iterations: number;
}

/** theta of the draws, in units of the mean weight of an edge; Traag et al. take .01 too. */
const randomness = 0.01;
/** Gains of modularity that are rounding. */
const leastGain = 1e-12;

/**
 * Communities of an undirected graph by the Leiden algorithm (Traag, Waltman and van Eck 2019,
 * https://doi.org/10.1038/s41598-019-41695-z): nodes move to where modularity gains, the communities are refined into well
 * connected sets, the sets become the nodes of a smaller graph, and so on; the whole is repeated from what came out until
 * nothing gains. Every community is connected; isolated nodes are communities of their own. On one thread; weights times
 * a power of two give the same communities.
 *
 * Throws RangeError for a directed graph and options out of range, ResourceError where there is not enough memory.
 */
export async function leiden(graph: Graph, options: LeidenOptions = {}): Promise<Communities> {
  knownOptions("leiden", options, ["resolution", "iterations", "seed", "memoryLimit", "signal", "onProgress"]);
  requireUndirected("leiden", graph);
  const resolution = numberOption("leiden", "resolution", options.resolution ?? 1, { least: 0 });
  const iterations = integerOption("leiden", "iterations", options.iterations ?? 10, 1, 1000);
  const seed = integerOption("leiden", "seed", options.seed ?? 1, 0);
  const { signal, onProgress } = options;
  signal?.throwIfAborted();
  requireMemory(graph, memoryLimitOf(options.memoryLimit));

  const level = await levelOf(graph, signal);
  let twice = 0; // 2m
  for (const strength of level.strengths) twice += strength;
  const temperature = level.targets.length === 0 ? 1 : (randomness * twice) / level.targets.length;
  const meter = new Meter("communities", "items", undefined, onProgress);
  let done = 0;
  let pass = 0;
  const moves = (): MoveOptions => ({
    ...{ cost: twice === 0 ? 0 : resolution / twice, seed, pass: pass++, signal },
    visited: (nodes) => {
      done += nodes;
      meter.update(done);
    },
  });

  let communities: Int32Array = Int32Array.from({ length: graph.numNodes }, (_, i) => i);
  let quality = qualityOf(level, resolution);
  let gained = 0;
  while (gained < iterations) {
    const next = await iterate(level, communities, temperature, moves, signal);
    const reached = qualityOf(next.level, resolution);
    if (reached <= quality + leastGain) break;
    communities = next.communities;
    quality = reached;
    gained++;
  }
  meter.update(done, {}, true);
  return { ...numberBySize(communities), modularity: quality, iterations: gained };
}

/** One iteration from `start`; returns the community of each node, and the level whose nodes these communities are. */
async function iterate(
  graph: WeightedLevel,
  start: Int32Array,
  temperature: number,
  moves: () => MoveOptions,
  signal: AbortSignal | undefined,
): Promise<{ communities: Int32Array; level: WeightedLevel }> {
  let level = graph;
  let communities: Int32Array = start.slice();
  const setOf = Int32Array.from({ length: graph.numNodes }, (_, i) => i); // the node of `level` that a node is in
  for (;;) {
    await moveNodes(level, communities, moves());
    if (compact(communities) === level.numNodes) break; // every set is a community, and sets hang together
    let sets: Int32Array = await refine(level, communities, temperature, moves());
    let count = compact(sets);
    if (count === level.numNodes) ({ sets, count } = connectedParts(level, communities)); // all were drawn to stay alone
    if (count === level.numNodes) {
      communities = sets;
      break;
    }
    const coarse = new Int32Array(count);
    for (let i = 0; i < level.numNodes; i++) coarse[sets[i]] = communities[i];
    for (let i = 0; i < setOf.length; i++) setOf[i] = sets[setOf[i]];
    communities = coarse;
    level = await aggregate(level, sets, count, signal);
  }
  return { communities: setOf.map((set) => communities[set]), level };
}

function requireMemory({ numNodes, numArcs, weighted }: Graph, limit: number): void {
  // The copy of the graph, its first aggregate (8 + 4 bytes an arc, twice while it is cut to size), and arrays over nodes.
  const bytes = numArcs * ((weighted ? 12 : 4) + 24) + 96 * numNodes;
  if (bytes <= limit) return;
  throw new ResourceError(
    `leiden: ${numNodes} nodes and ${numArcs} arcs take ${bytes} bytes beside the graph, ${limit} are allowed (memoryLimit)`,
  );
}
