import { weighting } from "../kernels/twins/spmm.js";
import { checkMatrix, type SparseMatrix } from "../numerics/matrix.js";
import type { Graph } from "./graph.js";
import { GraphMemory } from "./memory.js";
import type { Operator } from "./operators/operator.js";

/** Byte offsets of compressed rows in a memory: offsets and indices u32, values f32. */
export interface SparseSide {
  readonly offsetsAt: number;
  readonly indicesAt: number;
  /** 0 where all values are 1. */
  readonly valuesAt: number;
  /** For each entry its place among those of the operator's rows; 0 where that is its own place. */
  readonly orderAt: number;
}

/**
 * A sparse matrix [numRows, numColumns] of f32 that a network multiplies with: by rows, and by columns as well, since the
 * gradient of a product needs the transposed matrix. Both lie in one memory, in which networks may work in place.
 */
export class SparseOperator {
  readonly memory: GraphMemory;
  readonly numRows: number;
  readonly numColumns: number;
  readonly numEntries: number;
  readonly rows: SparseSide;
  /** The rows of the transposed matrix. */
  readonly columns: SparseSide;
  /** Differs, most likely, between matrices that differ. */
  readonly checksum: number;

  /**
   * Copies a matrix, rounded to f32, to the end of `memory`, by default a new one. Throws RangeError where the arrays are no
   * compressed rows, or a value is not finite.
   */
  constructor(matrix: SparseMatrix, memory = new GraphMemory(0, "sparse operator")) {
    checkMatrix("SparseOperator", "matrix", matrix);
    this.memory = memory;
    this.numRows = matrix.rows;
    this.numColumns = matrix.columns;
    this.numEntries = matrix.values.length;
    const entries = {
      offsets: Uint32Array.from(matrix.starts),
      indices: Uint32Array.from(matrix.indices),
      values: matrix.values.every((value) => value === 1) ? null : Float32Array.from(matrix.values),
    };
    this.rows = place(memory, entries, null);
    const { order, ...columns } = transposed(entries, this.numColumns);
    this.columns = place(memory, columns, order);
    this.checksum = checksumOf([entries.offsets, entries.indices, entries.values ?? new Float32Array()]);
  }

  /**
   * The matrix of a propagation operator (`operators/`), diag(diagonal) + diag(after) W diag(before), with one value an entry:
   * what networks propagate by.
   */
  static from(operator: Operator, memory?: GraphMemory): SparseOperator {
    const { rows, mode, precision, coefficientsAt, afterAt, diagonalAt } = operator;
    const { numRows, numColumns, numEntries, offsets, indices: columns } = rows;
    const list = (at: number, length: number) => (at === 0 ? null : operator.memory[precision](at, length));
    const coefficients = list(coefficientsAt, mode === weighting.byColumn ? numColumns : numEntries);
    const [after, diagonal] = [list(afterAt, numRows), list(diagonalAt, numRows)];
    const starts = new Uint32Array(numRows + 1);
    const indices = new Uint32Array(numEntries + numRows);
    const values = new Float64Array(numEntries + numRows);
    let count = 0;
    const push = (column: number, value: number) => {
      indices[count] = column;
      values[count++] = value;
    };
    for (let i = 0; i < numRows; i++) {
      let own = diagonal?.[i] ?? null; // what is still to be put on the diagonal
      for (let k = offsets[i]; k < offsets[i + 1]; k++) {
        const j = columns[k];
        if (own !== null && j > i) {
          push(i, own);
          own = null;
        }
        const value = (after?.[i] ?? 1) * (coefficients?.[mode === weighting.byColumn ? j : k] ?? 1);
        push(j, j === i ? value + (own ?? 0) : value);
        if (j === i) own = null;
      }
      if (own !== null) push(i, own);
      starts[i + 1] = count;
    }
    const [used, kept] = [indices.subarray(0, count), values.subarray(0, count)];
    return new SparseOperator({ rows: numRows, columns: numColumns, starts, indices: used, values: kept }, memory);
  }

  /** The rows, or those of the transposed matrix; `order` says where an entry is among those of the rows. */
  read(transposed = false): Entries & { readonly order: Uint32Array } {
    const { memory, numEntries } = this;
    const { offsetsAt, indicesAt, valuesAt, orderAt } = transposed ? this.columns : this.rows;
    return {
      offsets: memory.u32(offsetsAt, (transposed ? this.numColumns : this.numRows) + 1),
      indices: memory.u32(indicesAt, numEntries),
      values: valuesAt === 0 ? null : memory.f32(valuesAt, numEntries),
      order: orderAt === 0 ? Uint32Array.from({ length: numEntries }, (_, k) => k) : memory.u32(orderAt, numEntries),
    };
  }
}

/** Row i has the entries offsets[i] .. offsets[i + 1] - 1, each with its column and its value, 1 where there are none. */
interface Entries {
  readonly offsets: Uint32Array;
  readonly indices: Uint32Array;
  readonly values: Float32Array | null;
}

export interface SymmetricOptions {
  /** The memory in which the operator lies; a new one by default. */
  memory?: GraphMemory;
  /** Whether edges from a node to itself count besides the loop that every node gets; "drop" by default. */
  selfLoops?: "keep" | "drop";
}

/**
 * S = D^-1/2 (A + I) D^-1/2, D the row sums of A + I (Kipf and Welling 2017, https://arxiv.org/abs/1609.02907, eq. 2 and
 * section 2.2), for an undirected graph with N nodes. A has no edges from a node to itself, unless `selfLoops` keeps them as
 * the authors' program does. Every degree is at least 1: an isolated node keeps what it has. Throws RangeError for a
 * directed graph.
 */
export function symmetricOperator(graph: Graph, { memory, selfLoops = "drop" }: SymmetricOptions = {}): SparseOperator {
  if (graph.directed) {
    throw new RangeError("symmetricOperator: an undirected graph was needed; build it with directed: false");
  }
  const { numNodes, numArcs } = graph;
  const { offsets, indices: neighbors, values: weights } = graph.rows;
  const starts = new Uint32Array(numNodes + 1);
  const indices = new Uint32Array(numArcs + numNodes);
  const entries = new Float64Array(numArcs + numNodes);
  const degrees = new Float64Array(numNodes);
  let count = 0;
  const push = (column: number, value: number) => {
    indices[count] = column;
    entries[count++] = value;
  };
  for (let i = 0; i < numNodes; i++) {
    let loop = 1;
    let k = offsets[i];
    for (; k < offsets[i + 1] && neighbors[k] < i; k++) push(neighbors[k], weights?.[k] ?? 1);
    if (k < offsets[i + 1] && neighbors[k] === i) {
      if (selfLoops === "keep") loop += weights?.[k] ?? 1;
      k++;
    }
    push(i, loop);
    for (; k < offsets[i + 1]; k++) push(neighbors[k], weights?.[k] ?? 1);
    starts[i + 1] = count;
    for (let at = starts[i]; at < count; at++) degrees[i] += entries[at];
  }
  for (let i = 0; i < numNodes; i++) {
    for (let k = starts[i]; k < starts[i + 1]; k++) entries[k] /= Math.sqrt(degrees[i] * degrees[indices[k]]);
  }
  const [used, values] = [indices.subarray(0, count), entries.subarray(0, count)];
  return new SparseOperator({ rows: numNodes, columns: numNodes, starts, indices: used, values }, memory);
}

function place(memory: GraphMemory, { offsets, indices, values }: Entries, order: Uint32Array | null): SparseSide {
  const side = {
    offsetsAt: memory.allocate(4 * offsets.length),
    indicesAt: memory.allocate(4 * indices.length),
    valuesAt: values === null ? 0 : memory.allocate(4 * values.length),
    orderAt: order === null ? 0 : memory.allocate(4 * order.length),
  };
  memory.u32(side.offsetsAt, offsets.length).set(offsets);
  memory.u32(side.indicesAt, indices.length).set(indices);
  if (values !== null) memory.f32(side.valuesAt, values.length).set(values);
  if (order !== null) memory.u32(side.orderAt, order.length).set(order);
  return side;
}

/** The rows of the transposed matrix by a stable counting sort, and where each of its entries was. */
function transposed({ offsets, indices, values }: Entries, numColumns: number) {
  const starts = new Uint32Array(numColumns + 1);
  for (const column of indices) starts[column + 1]++;
  for (let j = 0; j < numColumns; j++) starts[j + 1] += starts[j];
  const next = starts.slice();
  const rows = new Uint32Array(indices.length);
  const order = new Uint32Array(indices.length);
  for (let i = 0; i + 1 < offsets.length; i++) {
    for (let k = offsets[i]; k < offsets[i + 1]; k++) {
      const at = next[indices[k]]++;
      rows[at] = i;
      order[at] = k;
    }
  }
  const moved = values === null ? null : Float32Array.from(order, (k) => values[k]);
  return { offsets: starts, indices: rows, values: moved, order };
}

/** FNV-1a over 32-bit words. */
function checksumOf(arrays: readonly (Uint32Array | Float32Array)[]): number {
  let hash = 0x811c9dc5;
  for (const array of arrays) {
    const words = new Uint32Array(array.buffer, array.byteOffset, array.length);
    for (const word of words) hash = Math.imul(hash ^ word, 0x01000193);
  }
  return hash >>> 0;
}
