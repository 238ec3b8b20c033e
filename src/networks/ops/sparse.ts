/**
 * Sparse matrices times dense tensors: where message passing meets a network. The matrix is no tensor but part of the op,
 * and the gradient is the product with the transposed matrix, of which it keeps the rows as well, so that nothing is
 * scattered. The kernel is src/kernels/twins/sparse-product.ts.
 */
import { kernelOver } from "../../kernels/kernel.js";
import type { SparseOperator } from "../../messages/sparse-operator.js";
import { NdArray } from "../array.js";
import type { ForeignCall, Op } from "../op.js";
import { apply, type Operand, type Tensor, tensor } from "../tensor.js";
import { showShape, sizeOf } from "../types.js";
import { denseZeros } from "./dense.js";
import { mul, requireKind } from "./elementwise.js";
import { gather, scatterAdd } from "./indexing.js";
import { expandDims } from "./shape.js";

type Product = Readonly<{ matrix: SparseOperator; transposed: boolean }>;

/** [rows, columns] of the matrix as it is multiplied. */
const shapeOf = ({ matrix: { numRows, numColumns }, transposed }: Product) =>
  transposed ? [numColumns, numRows] : [numRows, numColumns];

/** Inputs: x, and where there are any the factors of the matrix's entries, in the order of its rows. */
const productOp: Op<Product> = {
  name: "sparseMatMul",
  shape: ([x, factors], attributes) => {
    const [rows, columns] = shapeOf(attributes);
    requireKind("sparseMatMul", x, ["float32"]);
    if (x.shape.length !== 2 || x.shape[0] !== columns) {
      throw new RangeError(
        `sparseMatMul: inner sizes differ, ${showShape([rows, columns])} x ${showShape(x.shape)}; two axes were needed`,
      );
    }
    const { numEntries } = attributes.matrix;
    if (factors !== undefined && (factors.shape.length !== 1 || factors.shape[0] !== numEntries)) {
      throw new RangeError(`sparseMatMul: factors must be [${numEntries}], got ${showShape(factors.shape)}`);
    }
    return [{ dtype: "float32", shape: [rows, x.shape[1]] }];
  },
  onnx: null,
  operations: ([x], { matrix }) => 2 * matrix.numEntries * x.shape[1],
  // y = A x, so dx = A^T d.
  grad: ({ inputs: [, ...factors], attributes: { matrix, transposed } }, d) => [
    apply(productOp, [d, ...factors], { matrix, transposed: !transposed }),
    ...factors.map(() => null),
  ],
  evaluate: ([x, factors], { matrix, transposed }, [{ shape }]) => {
    const { offsets, indices, values, order } = matrix.read(transposed);
    const out = denseZeros(shape);
    const [rows, width] = shape;
    for (let i = 0; i < rows; i++) {
      for (let k = offsets[i]; k < offsets[i + 1]; k++) {
        const value = (values?.[k] ?? 1) * (factors?.data[order[k]] ?? 1);
        for (let c = 0; c < width; c++) out.data[i * width + c] += value * x.data[indices[k] * width + c];
      }
    }
    return [out];
  },
  text: (attributes) => {
    const { numEntries, checksum } = attributes.matrix;
    return `matrix=${showShape(shapeOf(attributes))} of ${numEntries} entries ${checksum.toString(16)}, transposed=${attributes.transposed}`;
  },
  foreign: {
    run: multiply,
    memory: ({ matrix }) => matrix.memory,
    lower: ([x, factors], { matrix, transposed }) => {
      const { offsets, indices, values, order } = matrix.read(transposed);
      const { numEntries } = matrix;
      const rows = new Int32Array(numEntries);
      for (let i = 0; i + 1 < offsets.length; i++) rows.fill(i, offsets[i], offsets[i + 1]);
      const ids = (list: ArrayLike<number>) => new NdArray("int32", [numEntries], Int32Array.from(list));
      let taken: Tensor = gather(x, ids(indices));
      if (values !== null) taken = mul(taken, new NdArray("float32", [numEntries, 1], values.slice()));
      if (factors !== undefined) taken = mul(taken, expandDims(gather(factors, ids(order)), 1));
      return [scatterAdd(taken, ids(rows), offsets.length - 1)];
    },
  },
};

/** Works in the matrix's memory: in place where operands lie there, else on copies. */
function multiply({
  inputs: [x, factors],
  outputs: [y],
  attributes: { matrix, transposed },
}: ForeignCall<Product>): void {
  const { memory } = matrix;
  const { offsetsAt, indicesAt, valuesAt, orderAt } = transposed ? matrix.columns : matrix.rows;
  const scratch = memory.scratch();
  const inside = ({ data }: NdArray) => data.buffer === memory.memory.buffer;
  const placed = [x, factors, y].map((array) => {
    if (array === undefined) return { at: 0, copied: false };
    if (inside(array)) return { at: array.data.byteOffset, copied: false };
    return { at: scratch.allocate(array.data.byteLength), copied: true };
  });
  for (const [k, array] of [x, factors].entries()) {
    if (placed[k].copied) memory.f32(placed[k].at, array.size).set(array.data as Float32Array);
  }
  const [from, scales, to] = placed.map(({ at }) => at);
  const [rows, width] = y.shape;
  const { multiply } = kernelOver("sparse-product", memory.memory);
  multiply(0, rows, offsetsAt, indicesAt, valuesAt, orderAt, scales, from, to, width);
  if (placed[2].copied) (y.data as Float32Array).set(memory.f32(to, sizeOf(y.shape)));
  scratch.release();
}

export const ops = [productOp] as unknown as readonly Op[];

export interface SparseMatMulOptions {
  /**
   * A factor for each stored entry of the matrix, in the order of its rows, such as a dropout mask
   * `random.bernoulli([matrix.numEntries], 1 - rate)`. No gradient passes to it.
   */
  factors?: Operand;
}

/**
 * A sparse matrix [N, F], such as the features of nodes, times dense weights [F, H]: [N, H]. The gradient by the weights is
 * the transposed matrix times that of the product. Throws RangeError where sizes do not fit.
 */
export function sparseMatMul(matrix: SparseOperator, weights: Operand, { factors }: SparseMatMulOptions = {}): Tensor {
  const w = tensor(weights);
  return apply(productOp, factors === undefined ? [w] : [w, tensor(factors)], { matrix, transposed: false });
}

/**
 * One step of message passing, S x: each node gets the sum of its neighbors' rows, weighted by a propagation operator S
 * [N, N] such as `symmetricOperator(graph)`; x is [N, F]. The gradient is propagated by the transposed operator. Throws
 * RangeError where sizes do not fit.
 */
export function propagate(operator: SparseOperator, x: Operand): Tensor {
  const { numRows, numColumns } = operator;
  if (numRows !== numColumns) {
    throw new RangeError(`propagate: a square matrix was needed, got ${showShape([numRows, numColumns])}`);
  }
  return sparseMatMul(operator, x);
}
