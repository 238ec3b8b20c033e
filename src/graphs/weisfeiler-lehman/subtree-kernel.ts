import { integerOption, knownOptions } from "../../io/options.js";
import type { DenseMatrix, SparseMatrix } from "../../numerics/matrix.js";
import type { GraphInput } from "./labeled-graph.js";
import { nodeHashes } from "./node-hashes.js";
import { hashVersion } from "./record.js";

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
 * Features of the Weisfeiler-Lehman subtree kernel (Shervashidze et al. 2011, "Weisfeiler-Lehman graph kernels",
 * definition 4): the histograms of the node hashes of rounds 0 (labels) to R, side by side. The hash of a round tells which
 * round it is, so that no column counts two. Columns are numbered by first appearance.
 *
 * Throws RangeError for labels that do not fit a graph.
 */
export async function subtreeFeatures(
  graphs: Iterable<GraphInput>,
  options: SubtreeFeaturesOptions = {},
): Promise<SubtreeFeatures> {
  knownOptions("subtreeFeatures", options, ["rounds", "columns", "signal"]);
  const rounds = integerOption("subtreeFeatures", "rounds", options.rounds ?? 5, 0);
  const { signal, columns: given } = options;
  const columns = new Map(given?.map((hash, column) => [hash, column]));
  const starts = [0];
  const indices: number[] = [];
  const values: number[] = [];
  for (const graph of graphs) {
    signal?.throwIfAborted();
    const row: [column: number, count: number][] = [];
    for (const { hashes, sizes } of (await nodeHashes(graph, { rounds, signal })).rounds) {
      for (const [c, hash] of hashes.entries()) {
        let column = columns.get(hash);
        if (column === undefined) {
          if (given !== undefined) continue;
          column = columns.size;
          columns.set(hash, column);
        }
        row.push([column, sizes[c]]);
      }
    }
    row.sort(([a], [b]) => a - b);
    for (const [column, count] of row) {
      indices.push(column);
      values.push(count);
    }
    starts.push(indices.length);
  }
  const matrix = {
    rows: starts.length - 1,
    columns: columns.size,
    values: Float64Array.from(values),
    starts: Float64Array.from(starts),
    indices: Uint32Array.from(indices),
  };
  return { version: hashVersion, rounds, columns: [...columns.keys()], matrix };
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
