import { integerOption, knownOptions } from "../../io/options.js";
import type { DenseMatrix, SparseMatrix } from "../../numerics/matrix.js";
import { hashRounds } from "./hash-rounds.js";
import { type GraphInput, type LabeledGraph, type Structure, structureOf } from "./labeled-graph.js";
import { hashVersion, hex } from "./record.js";

/** Many graphs as parts of one between which there are no edges: quicker to build, and less memory. */
export interface GraphSet extends LabeledGraph {
  /** The graph that each node belongs to, 0 .. numGraphs - 1, [N]. */
  readonly graphOf: ArrayLike<number>;
  readonly numGraphs: number;
}

export interface SubtreeFeaturesOptions {
  /** Rounds R, from 0 up; 5 by default, 2 to 6 useful for molecules. */
  rounds?: number;
  /** The columns of earlier features with as many rounds: hashes that are not among them are left out. */
  columns?: readonly string[];
  signal?: AbortSignal;
}

/** A row a graph, a column a hash: how many nodes of the graph have the hash in its round. */
export interface SubtreeFeatures {
  /** Version of the hashes. */
  version: string;
  rounds: number;
  /** The hash that each column counts. */
  columns: string[];
  /** The counts, as the regressions of `numerics` take them. */
  matrix: SparseMatrix;
}

/**
 * Features of the Weisfeiler-Lehman subtree kernel (Shervashidze et al. 2011, "Weisfeiler-Lehman graph kernels"): the
 * histograms of the node hashes of rounds 0 (labels) to R, side by side. The hash of a round tells which round it is, so
 * that no column counts two. Columns are in order of rounds and, within one, of hashes, so that neither nodes nor graphs in
 * another order change them.
 *
 * Throws RangeError for labels that do not fit a graph, and where `graphOf` is no graph's number or an edge joins two graphs.
 */
export async function subtreeFeatures(
  graphs: readonly GraphInput[] | GraphSet,
  options: SubtreeFeaturesOptions = {},
): Promise<SubtreeFeatures> {
  const where = "subtreeFeatures";
  knownOptions(where, options, ["rounds", "columns", "signal"]);
  const rounds = integerOption(where, "rounds", options.rounds ?? 5, 0);
  const isSet = "graphOf" in graphs;
  const structure = await structureOf(where, isSet ? [graphs] : graphs);
  const graphOf = isSet ? checkedGraphOf(where, graphs, structure) : partOf(structure);
  const numGraphs = isSet ? graphs.numGraphs : graphs.length;

  const columns = new Map(options.columns?.map((hash, column) => [hash, column]));
  const rows: [column: number, count: number][][] = Array.from({ length: numGraphs }, () => []);
  for await (const { classes, digests } of hashRounds(structure, rounds, options.signal)) {
    const hashes = digests.map(hex);
    if (options.columns === undefined) for (const hash of hashes.slice().sort()) columns.set(hash, columns.size);
    for (const { graph, color, count } of countColors(graphOf, classes)) {
      const column = columns.get(hashes[color]);
      if (column !== undefined) rows[graph].push([column, count]);
    }
  }

  const entries = rows.flatMap((row) => row.sort(([a], [b]) => a - b));
  const starts = new Float64Array(numGraphs + 1);
  for (const [i, row] of rows.entries()) starts[i + 1] = starts[i] + row.length;
  const matrix = {
    rows: numGraphs,
    columns: columns.size,
    values: Float64Array.from(entries, ([, count]) => count),
    starts,
    indices: Uint32Array.from(entries, ([column]) => column),
  };
  return { version: hashVersion, rounds, columns: [...columns.keys()], matrix };
}

/** How many nodes of each graph have each color, where some have. */
function countColors(graphOf: ArrayLike<number>, colors: Uint32Array) {
  const counts = new Map<number, { graph: number; color: number; count: number }>();
  for (const [v, color] of colors.entries()) {
    const key = graphOf[v] * colors.length + color;
    const entry = counts.get(key);
    if (entry === undefined) counts.set(key, { graph: graphOf[v], color, count: 1 });
    else entry.count++;
  }
  return counts.values();
}

function partOf({ numNodes, firsts }: Structure): Uint32Array {
  const graphOf = new Uint32Array(numNodes);
  for (let g = 0; g + 1 < firsts.length; g++) graphOf.fill(g, firsts[g], firsts[g + 1]);
  return graphOf;
}

function checkedGraphOf(where: string, { graphOf, numGraphs }: GraphSet, { numNodes, arcs }: Structure) {
  integerOption(where, "numGraphs", numGraphs, 0);
  if (graphOf.length !== numNodes) {
    throw new RangeError(`${where}: graphOf must have a graph for each of ${numNodes} nodes, got ${graphOf.length}`);
  }
  const { offsets, indices } = arcs()[0];
  for (let v = 0; v < numNodes; v++) {
    integerOption(where, `graphOf[${v}]`, graphOf[v], 0, numGraphs - 1);
    for (let k = offsets[v]; k < offsets[v + 1]; k++) {
      if (graphOf[indices[k]] === graphOf[v]) continue;
      throw new RangeError(
        `${where}: edges must lie within graphs, ${v} - ${indices[k]} joins graphs ${graphOf[v]} and ${graphOf[indices[k]]}`,
      );
    }
  }
  return graphOf;
}

/**
 * The subtree kernel of all pairs of rows, [N, N]: k(G, G') = sum over rounds of <histogram of G, histogram of G'>. With
 * `normalize`, false by default, it is k(G, G') / sqrt(k(G, G) k(G', G')), 1 on the diagonal (0 where a graph has no node).
 */
export function subtreeKernel({ matrix }: SubtreeFeatures, { normalize = false } = {}): DenseMatrix {
  const { rows, columns, values, starts, indices } = matrix;
  const kernel = new Float64Array(rows * rows);
  const row = new Float64Array(columns);
  for (let i = 0; i < rows; i++) {
    for (let at = starts[i]; at < starts[i + 1]; at++) row[indices[at]] = values[at];
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let at = starts[j]; at < starts[j + 1]; at++) sum += values[at] * row[indices[at]];
      kernel[i * rows + j] = sum;
      kernel[j * rows + i] = sum;
    }
    for (let at = starts[i]; at < starts[i + 1]; at++) row[indices[at]] = 0;
  }
  if (normalize) {
    const own = Float64Array.from({ length: rows }, (_, i) => kernel[i * rows + i]);
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < rows; j++) if (own[i] * own[j] > 0) kernel[i * rows + j] /= Math.sqrt(own[i] * own[j]);
    }
  }
  return { rows, columns: rows, values: kernel };
}
