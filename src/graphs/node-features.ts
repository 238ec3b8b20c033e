/** What networks over graphs take as features of nodes: a sparse matrix as an operator, a dense one as an array. */
import type { Graph } from "../messages/graph.js";
import type { GraphMemory } from "../messages/memory.js";
import { inverse } from "../messages/operators/degrees.js";
import { Operator } from "../messages/operators/operator.js";
import { Rows } from "../messages/rows.js";
import { spmmHere } from "../messages/spmm.js";
import { NdArray } from "../networks/array.js";
import { type DropoutOptions, dropout } from "../networks/layers/dropout.js";
import { matmul } from "../networks/ops/linear.js";
import { sparseMatMul } from "../networks/ops/sparse.js";
import type { Operand, Tensor } from "../networks/tensor.js";
import { addRowTimes, isSparse, type SparseMatrix } from "../numerics/matrix.js";
import { type LabeledNodes, normalizeRows, rowSums } from "./labeled-nodes.js";

/** X, [N, F]. */
export type NodeFeatures = Operator | NdArray<"float32">;

/** F. */
export const widthOf = (x: NodeFeatures): number => (x instanceof Operator ? x.rows.numColumns : x.shape[1]);

/**
 * The features of a graph's nodes, X = I where there are none; with `normalize` each row is divided by its sum, for which no
 * feature may be negative. A sparse matrix is copied to `memory`.
 */
export function featuresOf(
  where: string,
  { numNodes }: Graph,
  { features = null }: LabeledNodes,
  { normalize, memory }: { normalize: boolean; memory: GraphMemory },
): NodeFeatures {
  const x = features ?? identity(numNodes);
  if (isSparse(x)) {
    const after = normalize ? inverse(rowSums(where, x), false) : null;
    return new Operator(Rows.from(x, memory), { after });
  }
  const { rows, columns, values } = normalize ? normalizeRows(where, x) : x;
  return new NdArray("float32", [rows, columns], Float32Array.from(values));
}

function identity(size: number): SparseMatrix {
  const starts = Uint32Array.from({ length: size + 1 }, (_, i) => i);
  return {
    rows: size,
    columns: size,
    starts,
    indices: starts.subarray(0, size),
    values: new Float32Array(size).fill(1),
  };
}

/** X W, [N, H], with dropout of the features: of sparse ones the stored entries are dropped, of dense ones all. */
export function timesFeatures(x: NodeFeatures, w: Operand, drop?: DropoutOptions): Tensor {
  if (!(x instanceof Operator)) return matmul(dropout(x, drop), w);
  if (drop === undefined || drop.rate === 0) return sparseMatMul(x, w);
  return sparseMatMul(x, w, { factors: drop.random.bernoulli([x.rows.numEntries], 1 - drop.rate) });
}

/** X W, [N, H], as numbers. */
export function numbersTimes(x: NodeFeatures, { shape, data }: NdArray): Float32Array {
  const width = shape[1];
  const weights = data as Float32Array;
  if (!(x instanceof Operator)) {
    const [rows, columns] = x.shape;
    const table = { rows, columns, values: x.data };
    const product = new Float64Array(rows * width);
    const inputs = Float64Array.from(weights);
    for (let i = 0; i < rows; i++) addRowTimes(table, i, inputs, product.subarray(i * width, (i + 1) * width));
    return Float32Array.from(product);
  }
  const { memory, rows } = x;
  const scratch = memory.scratch();
  try {
    const [from, to] = [scratch.allocate(4 * weights.length), scratch.allocate(4 * rows.numRows * width)];
    memory.f32(from, weights.length).set(weights);
    spmmHere(x, from, to, { width });
    return memory.f32(to, rows.numRows * width).slice();
  } finally {
    scratch.release();
  }
}
