import { Names } from "../io/names.js";
import { knownOptions } from "../io/options.js";
import { buildRows, type DuplicatePolicy, duplicatePolicies, transposeRows } from "./build.js";
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
  selfLoops?: "keep" | "drop" | "refuse";
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
   * `parallel` or `selfLoops`, naming the edge by its place in the list, counted from 0.
   */
  static async fromEdges(edges: EdgeList, options: GraphOptions = {}): Promise<Graph> {
    knownOptions("Graph.fromEdges", options, ["directed", "parallel", "selfLoops", "threads", "signal"]);
    const { directed = false, parallel = "sum", selfLoops = "keep", threads, signal } = options;
    if (!duplicatePolicies.includes(parallel)) {
      throw new RangeError(`Graph.fromEdges: parallel must be one of ${duplicatePolicies.join(", ")}, got ${parallel}`);
    }
    if (!["keep", "drop", "refuse"].includes(selfLoops)) {
      throw new RangeError(`Graph.fromEdges: selfLoops must be one of keep, drop, refuse, got ${selfLoops}`);
    }
    const { bipartite = null, names = null } = edges;
    const numNodes = edges.numNodes ?? names?.length;
    if (names !== null && names.length !== numNodes) {
      throw new RangeError(`Graph.fromEdges: there are ${names.length} names for ${numNodes} nodes`);
    }
    const memory = new GraphMemory();
    const { rows, dropped } = await buildRows(memory, edges, {
      numNodes,
      both: !directed,
      parallel,
      selfLoops,
      bipartite,
      threads,
      signal,
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
    const { names } = this;
    if (names === null) return String(node);
    return names instanceof Names ? names.get(node) : names[node];
  }
}
