import type { Graph } from "./graph.js";
import { GraphMemory } from "./memory.js";

/** Compressed rows in plain arrays: row i has the entries offsets[i] .. offsets[i + 1] - 1. */
export interface CompressedRows {
  /** numRows + 1 places of entries, from 0 to their number. */
  readonly offsets: Uint32Array;
  /** The column of each entry. */
  readonly indices: Uint32Array;
  /** The value of each entry; null where all are 1. */
  readonly values: Float32Array | null;
  readonly numColumns: number;
}

/** Byte offsets of compressed rows in a memory. */
export interface SparseSide {
  readonly offsetsAt: number;
  readonly indicesAt: number;
  /** 0 where all values are 1. */
  readonly valuesAt: number;
  /** For each entry its place among those of the matrix's rows; 0 where that is its own place. */
  readonly orderAt: number;
}

/**
 * A sparse matrix [numRows, numColumns] of f32 that a network multiplies with: by rows, and by columns as well, since the
 * gradient of a product needs the transposed matrix. Both lie in one memory, in which networks may work in place.
 */
export class SparseMatrix {
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
   * Copies compressed rows to the end of `memory`, by default a new one. Throws RangeError where the arrays are no compressed
   * rows, or a value is not finite.
   */
  constructor(from: CompressedRows, memory = new GraphMemory(0, "sparse matrix")) {
    checkRows(from);
    const { offsets, indices, values, numColumns } = from;
    this.memory = memory;
    this.numRows = offsets.length - 1;
    this.numColumns = numColumns;
    this.numEntries = indices.length;
    this.rows = place(memory, from, null);
    const { rows, order } = transposed(from);
    this.columns = place(memory, rows, order);
    this.checksum = checksumOf([offsets, indices, ...(values === null ? [] : [values])]);
  }

  /** The rows, or those of the transposed matrix, as arrays; `order` says where an entry is among those of the rows. */
  read(transposed = false): CompressedRows & { readonly order: Uint32Array } {
    const { memory, numEntries } = this;
    const { offsetsAt, indicesAt, valuesAt, orderAt } = transposed ? this.columns : this.rows;
    return {
      offsets: memory.u32(offsetsAt, (transposed ? this.numColumns : this.numRows) + 1),
      indices: memory.u32(indicesAt, numEntries),
      values: valuesAt === 0 ? null : memory.f32(valuesAt, numEntries),
      numColumns: transposed ? this.numRows : this.numColumns,
      order: orderAt === 0 ? Uint32Array.from({ length: numEntries }, (_, k) => k) : memory.u32(orderAt, numEntries),
    };
  }
}

/**
 * S = D^-1/2 (A + I) D^-1/2, D the row sums of A + I (Kipf and Welling 2017, https://arxiv.org/abs/1609.02907, eq. 2 and
 * section 2.2), for a graph with N nodes. Edges from a node to itself are left out of A, since I stands for them;
 * `selfLoops: "keep"` adds to them, as the authors' program does. Every node has a degree of at least 1, an isolated one
 * keeps what it has. Throws RangeError for a directed graph.
 */
export function symmetricMatrix(
  graph: Graph,
  { memory, selfLoops = "drop" }: { memory?: GraphMemory; selfLoops?: "keep" | "drop" } = {},
): SparseMatrix {
  if (graph.directed) {
    throw new RangeError("symmetricMatrix: an undirected graph was needed; build it with directed: false");
  }
  const { numNodes } = graph;
  const { offsets: from, indices: neighbors, values: weights } = graph.rows;
  const offsets = new Uint32Array(numNodes + 1);
  const indices: number[] = [];
  const entries: number[] = [];
  const degrees = new Float64Array(numNodes);
  for (let i = 0; i < numNodes; i++) {
    const own = indices.length;
    let loop = 1;
    for (let k = from[i]; k < from[i + 1]; k++) {
      const weight = weights?.[k] ?? 1;
      if (neighbors[k] !== i) {
        indices.push(neighbors[k]);
        entries.push(weight);
      } else if (selfLoops === "keep") loop += weight;
    }
    let at = own;
    while (at < indices.length && indices[at] < i) at++;
    indices.splice(at, 0, i);
    entries.splice(at, 0, loop);
    offsets[i + 1] = indices.length;
    for (let k = own; k < indices.length; k++) degrees[i] += entries[k];
  }
  const values = new Float32Array(indices.length);
  for (let i = 0; i < numNodes; i++) {
    for (let k = offsets[i]; k < offsets[i + 1]; k++) {
      values[k] = entries[k] / Math.sqrt(degrees[i] * degrees[indices[k]]);
    }
  }
  return new SparseMatrix({ offsets, indices: Uint32Array.from(indices), values, numColumns: numNodes }, memory);
}

function checkRows({ offsets, indices, values, numColumns }: CompressedRows): void {
  const numEntries = indices.length;
  if (offsets.length < 1 || offsets[0] !== 0 || offsets[offsets.length - 1] !== numEntries) {
    throw new RangeError(
      `SparseMatrix: offsets must go from 0 to the ${numEntries} entries, got ${offsets[0]} to ${offsets.at(-1)}`,
    );
  }
  const falling = offsets.findIndex((offset, i) => offset < offsets[i - 1]);
  if (falling > 0) throw new RangeError(`SparseMatrix: offsets must not fall, got a smaller one at ${falling}`);
  if (values !== null && values.length !== numEntries) {
    throw new RangeError(`SparseMatrix: there are ${numEntries} indices and ${values.length} values`);
  }
  const outside = indices.findIndex((column) => column >= numColumns);
  if (outside >= 0) {
    throw new RangeError(
      `SparseMatrix: entry ${outside} is in column ${indices[outside]}, but there are ${numColumns}, numbered from 0`,
    );
  }
  const bad = values?.findIndex((value) => !Number.isFinite(value)) ?? -1;
  if (bad >= 0) throw new RangeError(`SparseMatrix: entry ${bad} is ${values?.[bad]}`);
}

function place(memory: GraphMemory, rows: CompressedRows, order: Uint32Array | null): SparseSide {
  const { offsets, indices, values } = rows;
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
function transposed({ offsets, indices, values, numColumns }: CompressedRows) {
  const numRows = offsets.length - 1;
  const next = new Uint32Array(numColumns + 1);
  for (const column of indices) next[column + 1]++;
  for (let j = 0; j < numColumns; j++) next[j + 1] += next[j];
  const rows = {
    offsets: next.slice(),
    indices: new Uint32Array(indices.length),
    values: values === null ? null : new Float32Array(indices.length),
    numColumns: numRows,
  };
  const order = new Uint32Array(indices.length);
  for (let i = 0; i < numRows; i++) {
    for (let k = offsets[i]; k < offsets[i + 1]; k++) {
      const at = next[indices[k]]++;
      rows.indices[at] = i;
      order[at] = k;
      if (rows.values !== null && values !== null) rows.values[at] = values[k];
    }
  }
  return { rows, order };
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
