import { FormatError, type FormatPlace } from "../io/errors.js";
import { Names } from "../io/names.js";
import { knownOptions } from "../io/options.js";
import { checkThreads } from "../kernels/pool.js";
import {
  buildRows,
  type DuplicatePolicy,
  duplicatePolicies,
  EdgeRefused,
  type EdgeSource,
  type LoopPolicy,
  loopPolicies,
  transposeRows,
} from "./build.js";
import { GraphMemory } from "./memory.js";
import type { Rows } from "./rows.js";

/** Edges by the numbers of their ends, as readers give them. */
export interface EdgeList {
  readonly sources: Uint32Array;
  readonly targets: Uint32Array;
  /** A finite number above 0 for each edge; null or absent where all are 1. */
  readonly weights?: Float64Array | Float32Array | null;
  /** Nodes; by default one more than the largest number. Nodes without edges are isolated. */
  readonly numNodes?: number;
  /** The nodes' names, in order; by default they are called by their numbers. */
  readonly names?: NodeNames | null;
  /** Where an edge stands in a file, by its place in the list: then what is refused is a FormatError that says so. */
  readonly placeOf?: (edge: number) => FormatPlace;
  /** In a bipartite graph the number of nodes of the first kind, which come first; every edge goes from the first to the second. */
  readonly bipartite?: number;
}

/** Names of nodes, by number. */
export type NodeNames = Names | readonly string[];

export interface GraphOptions {
  /** Whether an edge goes from its source to its target only; false by default. */
  directed?: boolean;
  /** Several edges between the same ends: their weights are summed, the first is kept, or they are refused; "sum" by default. */
  parallel?: DuplicatePolicy;
  /** Edges from a node to itself are kept, dropped or refused; "keep" by default. */
  selfLoops?: LoopPolicy;
  /** Bytes that building may take; by default three quarters of what is available. */
  memoryLimit?: number;
  /** Threads that build; by default one a processor. The result does not depend on it. */
  threads?: number;
  signal?: AbortSignal;
}

/**
 * A graph of N nodes in compressed sparse rows, in a WebAssembly memory of its own. Row i of `rows` lists the nodes that i
 * points to, or, in an undirected graph, all its neighbors: an undirected edge stands in the rows of both ends, a self-loop
 * once. The number of entries ("arcs") is at most 2^32 - 1.
 */
export class Graph {
  readonly rows: Rows;
  readonly directed: boolean;
  readonly bipartite: number | null;
  readonly names: NodeNames | null;
  /** Self-loops that were dropped, and edges that were merged with an equal one, while it was built. */
  readonly dropped: Readonly<{ selfLoops: number; parallel: number }>;
  #transpose: Promise<Rows> | null = null;
  readonly #threads: number | undefined;

  private constructor(
    rows: Rows,
    { directed, bipartite, names }: { directed: boolean; bipartite: number | null; names: NodeNames | null },
    dropped: { selfLoops: number; parallel: number },
    threads: number | undefined,
  ) {
    this.rows = rows;
    this.directed = directed;
    this.bipartite = bipartite;
    this.names = names;
    this.dropped = dropped;
    this.#threads = threads;
  }

  /**
   * Builds a graph. Throws RangeError where ends are no nodes, weights are not above 0 and finite, or an edge is refused by
   * `parallel` or `selfLoops`, naming the edge by its place in the list, counted from 0, or by its place in the file.
   */
  static async fromEdges(edges: EdgeList, options: GraphOptions = {}): Promise<Graph> {
    knownOptions("Graph.fromEdges", options, ["directed", "parallel", "selfLoops", "memoryLimit", "threads", "signal"]);
    const { directed = false, parallel = "sum", selfLoops = "keep", memoryLimit, threads, signal } = options;
    checkThreads(threads ?? 1);
    oneOf("parallel", parallel, duplicatePolicies);
    oneOf("selfLoops", selfLoops, loopPolicies);
    const { bipartite = null, names = null } = edges;
    const source = sourceOf(edges);
    const numNodes = edges.numNodes ?? names?.length ?? largestOf(edges) + 1;
    if (names !== null && names.length !== numNodes) {
      throw new RangeError(`Graph.fromEdges: there are ${names.length} names for ${numNodes} nodes`);
    }
    const memory = new GraphMemory();
    const { rows, dropped } = await buildRows(memory, source, {
      numNodes,
      both: !directed,
      parallel,
      selfLoops,
      bipartite,
      memoryLimit,
      threads,
      signal,
    }).catch((error: unknown) => {
      throw error instanceof EdgeRefused ? explain(error, edges, numNodes, directed) : error;
    });
    return new Graph(rows, { directed, bipartite, names }, dropped, threads);
  }

  get memory(): GraphMemory {
    return this.rows.memory;
  }
  /** N. */
  get numNodes(): number {
    return this.rows.numRows;
  }
  /** Entries of `rows`: twice the edges of an undirected graph, but for self-loops. */
  get numArcs(): number {
    return this.rows.numEntries;
  }
  /** Whether edges have weights that differ from 1. */
  get weighted(): boolean {
    return this.rows.valuesAt !== 0;
  }

  /** The rows of the transposed matrix: for each node those that point to it. Built once; an undirected graph's own. */
  transpose(): Promise<Rows> {
    if (!this.directed) return Promise.resolve(this.rows);
    this.#transpose ??= transposeRows(this.rows, { threads: this.#threads });
    return this.#transpose;
  }

  /** What a node is called. */
  nameOf(node: number): string {
    return nameIn(this.names, node);
  }
}

function nameIn(names: NodeNames | null, node: number): string {
  if (names === null) return String(node);
  return names instanceof Names ? names.get(node) : names[node];
}

function oneOf(name: string, value: string, words: readonly string[]): void {
  if (words.includes(value)) return;
  throw new RangeError(`Graph.fromEdges: ${name} must be one of ${words.join(", ")}, got ${value}`);
}

function sourceOf({ sources, targets, weights = null }: EdgeList): EdgeSource {
  if (sources.length !== targets.length || (weights !== null && weights.length !== sources.length)) {
    throw new RangeError(
      `Graph.fromEdges: ${sources.length} sources, ${targets.length} targets and ${weights?.length ?? "no"} weights differ in number`,
    );
  }
  return {
    count: sources.length,
    weighted: weights !== null,
    copy: (first, from, to, weight) => {
      from.set(sources.subarray(first, first + from.length));
      to.set(targets.subarray(first, first + to.length));
      if (weights !== null) weight?.set(weights.subarray(first, first + weight.length));
    },
  };
}

function largestOf({ sources, targets }: EdgeList): number {
  let largest = -1;
  for (let e = 0; e < sources.length; e++) {
    if (sources[e] > largest) largest = sources[e];
    if (targets[e] > largest) largest = targets[e];
  }
  return largest;
}

/** In words what is wrong with an edge. */
function explain({ edge, pair }: EdgeRefused, edges: EdgeList, numNodes: number, directed: boolean): Error {
  const { sources, targets, weights = null, bipartite = null, placeOf } = edges;
  const nameOf = (node: number) => (node < numNodes ? nameIn(edges.names ?? null, node) : String(node));
  if (pair !== null) {
    const [row, column] = pair;
    const joins = (e: number) =>
      (sources[e] === row && targets[e] === column) || (!directed && sources[e] === column && targets[e] === row);
    const first = sources.findIndex((_, e) => joins(e));
    const second = sources.findIndex((_, e) => e > first && joins(e));
    const ends = `${nameOf(sources[first])} and ${nameOf(targets[first])}`;
    if (placeOf === undefined) {
      return new RangeError(`Graph.fromEdges: edges ${first} and ${second} both join ${ends}`);
    }
    const { line } = placeOf(first);
    const before = line === undefined ? "an edge before" : `line ${line}`;
    return new FormatError("duplicate", placeOf(second), `joins ${ends}, which ${before} joins already`);
  }
  const [source, target, weight] = [sources[edge], targets[edge], weights?.[edge] ?? 1];
  if (placeOf !== undefined && source === target && weight > 0) {
    return new FormatError("fields", placeOf(edge), `joins the node ${nameOf(source)} to itself`);
  }
  const where = `Graph.fromEdges: edge ${edge}, ${source} -> ${target},`;
  if (source >= numNodes || target >= numNodes) {
    return new RangeError(`${where} has an end that is none of the ${numNodes} nodes, which are numbered from 0`);
  }
  if (bipartite !== null && (source >= bipartite || target < bipartite)) {
    return new RangeError(`${where} does not go from the first ${bipartite} nodes to the others`);
  }
  if (!(weight > 0 && weight < Number.POSITIVE_INFINITY)) {
    return new RangeError(`${where} must have a weight above 0 and finite, got ${weight}`);
  }
  return new RangeError(`${where} joins a node to itself`);
}
