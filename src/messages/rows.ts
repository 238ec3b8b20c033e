import type { GraphMemory } from "./memory.js";

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
