import { checkMatrix, type SparseMatrix } from "../numerics/matrix.js";
import { GraphMemory } from "./memory.js";

/**
 * A sparse matrix by compressed rows in a memory: the entries of row i are offsets[i] .. offsets[i + 1] - 1, sorted by
 * column. Column indices and offsets are 32 bits wide; values are float64, and absent where all are 1.
 */
export class Rows {
  readonly memory: GraphMemory;
  readonly numRows: number;
  readonly numColumns: number;
  readonly numEntries: number;
  /** Addresses in the memory. */
  readonly offsetsAt: number;
  readonly indicesAt: number;
  /** Address of the values; 0 where all are 1. */
  readonly valuesAt: number;

  constructor(
    memory: GraphMemory,
    shape: { numRows: number; numColumns: number; numEntries: number },
    at: { offsets: number; indices: number; values: number },
  ) {
    this.memory = memory;
    this.numRows = shape.numRows;
    this.numColumns = shape.numColumns;
    this.numEntries = shape.numEntries;
    this.offsetsAt = at.offsets;
    this.indicesAt = at.indices;
    this.valuesAt = at.values;
  }

  /**
   * A copy of a matrix, such as features of nodes, at the end of `memory`, by default a new one. Throws RangeError where the
   * arrays are no compressed rows, or a value is not finite.
   */
  static from(matrix: SparseMatrix, memory = new GraphMemory(0, "sparse matrix")): Rows {
    checkMatrix("Rows.from", "matrix", matrix);
    const { rows: numRows, columns: numColumns, starts, indices, values } = matrix;
    const entries = { offsets: starts, indices, values: values.every((value) => value === 1) ? null : values };
    return Rows.#place(memory, { numRows, numColumns, numEntries: values.length }, entries);
  }

  /** The same rows at the end of another memory. */
  copyTo(memory: GraphMemory): Rows {
    return Rows.#place(memory, this, this);
  }

  static #place(
    memory: GraphMemory,
    shape: ConstructorParameters<typeof Rows>[1],
    {
      offsets,
      indices,
      values,
    }: Record<"offsets" | "indices", ArrayLike<number>> & { values: ArrayLike<number> | null },
  ): Rows {
    const rows = new Rows(memory, shape, {
      offsets: memory.allocate(4 * offsets.length),
      indices: memory.allocate(4 * indices.length),
      values: values === null ? 0 : memory.allocate(8 * values.length),
    });
    rows.offsets.set(offsets);
    rows.indices.set(indices);
    if (values !== null) rows.values?.set(values);
    return rows;
  }

  /** numRows + 1 positions of entries. */
  get offsets(): Uint32Array<ArrayBuffer> {
    return this.memory.u32(this.offsetsAt, this.numRows + 1);
  }

  /** The column of each entry. */
  get indices(): Uint32Array<ArrayBuffer> {
    return this.memory.u32(this.indicesAt, this.numEntries);
  }

  /** The value of each entry; null where all are 1. */
  get values(): Float64Array<ArrayBuffer> | null {
    return this.valuesAt === 0 ? null : this.memory.f64(this.valuesAt, this.numEntries);
  }
}
