/**
 * Sparse matrices times dense tensors: where message passing meets a network. The matrix is no tensor but part of the op,
 * and the gradient is the product with the transposed matrix, of which it keeps the rows as well, so that nothing is
 * scattered. The kernel is src/kernels/twins/spmm.ts.
 */
import { weighting } from "../../kernels/twins/spmm.js";
import { entriesOf } from "../../messages/operators/entries.js";
import type { Operator } from "../../messages/operators/operator.js";
import type { Propagation } from "../../messages/operators/propagation.js";
import { spmmHere } from "../../messages/spmm.js";
import { NdArray } from "../array.js";
import type { ForeignCall, Op } from "../op.js";
import { apply, type Operand, type Tensor, tensor } from "../tensor.js";
import { showShape } from "../types.js";
import { denseZeros } from "./dense.js";
import { add, mul, requireKind } from "./elementwise.js";
import { gather, scatterAdd } from "./indexing.js";
import { expandDims } from "./shape.js";

type Attributes = Readonly<{ matrix: Operator; transposed: boolean }>;

/** [rows, columns] of the matrix as it is multiplied. */
function shapeOf({ matrix, transposed }: Attributes): [number, number] {
  const { numRows, numColumns } = matrix.rows;
  return transposed ? [numColumns, numRows] : [numRows, numColumns];
}

/** The operator whose rows are summed, and where each of its entries is among those of the matrix; 0 at the same place. */
function sideOf({ matrix, transposed }: Attributes, hasFactors: boolean): { operator: Operator; placesAt: number } {
  const isItself = !transposed || (matrix.isSymmetric && !hasFactors);
  return isItself ? { operator: matrix, placesAt: 0 } : matrix.transposeEntries();
}

/** Inputs: x, and where there are any the factors of the matrix's entries, in the order of its rows. */
const productOp: Op<Attributes> = {
  name: "sparseMatMul",
  shape: ([x, factors], attributes) => {
    const { matrix } = attributes;
    const [rows, columns] = shapeOf(attributes);
    requireKind("sparseMatMul", x, ["float32"]);
    if (matrix.precision !== "f32") {
      throw new TypeError(`sparseMatMul: a matrix of precision "f32" was needed, got "${matrix.precision}"`);
    }
    if (x.shape.length !== 2 || x.shape[0] !== columns) {
      throw new RangeError(
        `sparseMatMul: inner sizes differ, ${showShape([rows, columns])} x ${showShape(x.shape)}; two axes were needed`,
      );
    }
    const { numEntries } = matrix.rows;
    if (factors !== undefined && (factors.shape.length !== 1 || factors.shape[0] !== numEntries)) {
      throw new RangeError(`sparseMatMul: factors must be [${numEntries}], got ${showShape(factors.shape)}`);
    }
    return [{ dtype: "float32", shape: [rows, x.shape[1]] }];
  },
  onnx: null,
  operations: ([x], { matrix }) => 2 * matrix.rows.numEntries * x.shape[1],
  // y = A x, so dx = A^T d.
  grad: ({ inputs: [, ...factors], attributes: { matrix, transposed } }, d) => {
    const attributes = { matrix, transposed: !transposed };
    sideOf(attributes, factors.length > 0); // makes the transposed rows before a program takes its place in the memory
    return [apply(productOp, [d, ...factors], attributes), ...factors.map(() => null)];
  },
  evaluate: ([x, factors], { matrix, transposed }, [{ shape }]) => {
    const { from, to, coefficients, diagonal } = entriesOf(matrix);
    const out = denseZeros(shape);
    const width = shape[1];
    for (const [k, coefficient] of coefficients.entries()) {
      const value = coefficient * (factors?.data[k] ?? 1);
      const [source, target] = transposed ? [to[k], from[k]] : [from[k], to[k]];
      for (let c = 0; c < width; c++) out.data[target * width + c] += value * x.data[source * width + c];
    }
    if (diagonal !== null) {
      for (let k = 0; k < out.data.length; k++) out.data[k] += diagonal[Math.floor(k / width)] * x.data[k];
    }
    return [out];
  },
  text: (attributes) => {
    const { matrix, transposed } = attributes;
    const sum = checksumOf(matrix).toString(16);
    return `matrix=${showShape(shapeOf(attributes))} of ${matrix.rows.numEntries} entries ${sum}, transposed=${transposed}`;
  },
  foreign: {
    run: multiply,
    memory: ({ matrix }) => matrix.memory,
    lower: ([x, factors], attributes) => {
      const { matrix, transposed } = attributes;
      const { from, to, coefficients, diagonal } = entriesOf(matrix);
      const ids = (list: Uint32Array) => new NdArray("int32", [list.length], Int32Array.from(list));
      const column = (list: Float64Array) => new NdArray("float32", [list.length, 1], Float32Array.from(list));
      const [sources, targets] = transposed ? [to, from] : [from, to];
      let taken: Tensor = mul(gather(x, ids(sources)), column(coefficients));
      if (factors !== undefined) taken = mul(taken, expandDims(factors, 1));
      const sums = scatterAdd(taken, ids(targets), shapeOf(attributes)[0]);
      return [diagonal === null ? sums : add(sums, mul(x, column(diagonal)))];
    },
  },
};

/** Works in the matrix's memory: in place where operands lie there, else on copies. */
function multiply({ inputs: [x, factors], outputs: [y], attributes }: ForeignCall<Attributes>): void {
  const { memory, rows } = attributes.matrix;
  const { operator, placesAt } = sideOf(attributes, factors !== undefined);
  const scratch = memory.scratch();
  const places = [x, factors, y].map((array) => {
    const isInside = array !== undefined && array.data.buffer === memory.memory.buffer;
    return isInside ? array.data.byteOffset : null;
  });
  const [from, scales, to] = [x, factors, y].map(
    (array, k) => places[k] ?? (array === undefined ? 0 : scratch.allocate(array.data.byteLength)),
  );
  const workAt = factors === undefined ? 0 : scratch.allocate(4 * rows.numEntries);
  if (places[0] === null) memory.f32(from, x.size).set(x.data as Float32Array);
  if (factors !== undefined && places[1] === null) {
    memory.f32(scales, factors.size).set(factors.data as Float32Array);
  }
  spmmHere(operator, from, to, {
    width: y.shape[1],
    factors: factors === undefined ? undefined : { at: scales, placesAt, workAt },
  });
  if (places[2] === null) (y.data as Float32Array).set(memory.f32(to, y.size));
  scratch.release();
}

/** FNV-1a over the 32-bit words of which an operator consists: it differs, most likely, between operators that differ. */
function checksumOf({ rows, memory, mode, coefficientsAt, afterAt, diagonalAt }: Operator): number {
  const { numRows, numColumns, numEntries, offsets, indices } = rows;
  const wordsAt = (at: number, length: number) => (at === 0 ? new Uint32Array() : memory.u32(at, length));
  const coefficients = wordsAt(coefficientsAt, mode === weighting.byColumn ? numColumns : numEntries);
  let hash = 0x811c9dc5;
  for (const words of [offsets, indices, coefficients, wordsAt(afterAt, numRows), wordsAt(diagonalAt, numRows)]) {
    for (const word of words) hash = Math.imul(hash ^ word, 0x01000193);
  }
  return hash >>> 0;
}

export const ops = [productOp] as unknown as readonly Op[];

export interface SparseMatMulOptions {
  /**
   * A factor for each stored entry of the matrix, in the order of its rows, such as a dropout mask
   * `random.bernoulli([matrix.rows.numEntries], 1 - rate)`. No gradient passes to it.
   */
  factors?: Operand;
}

/**
 * A sparse matrix [N, F], such as the features of nodes, `new Operator(Rows.from(features))`, times dense weights [F, H]:
 * [N, H]. The gradient by the weights is the transposed matrix times that of the product. Throws RangeError where sizes do
 * not fit, and TypeError where the operator is not of precision f32.
 */
export function sparseMatMul(matrix: Operator, weights: Operand, { factors }: SparseMatMulOptions = {}): Tensor {
  const w = tensor(weights);
  return apply(productOp, factors === undefined ? [w] : [w, tensor(factors)], { matrix, transposed: false });
}

/**
 * Message passing, P x: with `symmetric(graph)`, for one, each node gets the weighted sum of its neighbors' rows. x is
 * [N, F]; P may be an operator or a polynomial of one (`chebyshev`, `heat`, `personalizedPageRank`). The gradient is
 * propagated by the transposed operator. Throws RangeError where sizes do not fit.
 */
export function propagate(propagation: Propagation, x: Operand): Tensor {
  const { operator, workTables } = propagation;
  const { numRows, numColumns } = operator.rows;
  if (numRows !== numColumns) {
    throw new RangeError(`propagate: a square matrix was needed, got ${showShape([numRows, numColumns])}`);
  }
  // The plan's addresses are names of tables here.
  const [first, last, ...work] = Array.from({ length: workTables + 2 }, (_, k) => k);
  const tables = new Map([[first, tensor(x)]]);
  const table = (at: number) => tables.get(at) as Tensor;
  for (const { x: from, y: to, scale = 1, plus = [] } of propagation.plan(first, last, work)) {
    const product = sparseMatMul(operator, table(from));
    const scaled = scale === 1 ? product : mul(scale, product);
    tables.set(
      to,
      plus.reduce((sum, { at, times }) => add(sum, mul(times, table(at))), scaled),
    );
  }
  return table(last);
}
