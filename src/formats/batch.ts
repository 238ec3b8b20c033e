import type { VectorBatch } from "./vector-rows.js";

/** Floats a batch: 2 MiB, small beside the rest and large enough that its overhead does not show. */
const batchFloats = 2 ** 19;

/** Rows of a batch for vectors of `dimensions` numbers, of which there are `mostRows` at most. */
export function batchRows(dimensions: number, mostRows = Number.POSITIVE_INFINITY): number {
  return Math.max(1, Math.min(mostRows, Math.floor(batchFloats / dimensions)));
}

/** Collects rows into batches that share one array. A row is written to `vectors` from `offset` on, then `add`ed. */
export class BatchBuilder {
  readonly vectors: Float32Array<ArrayBuffer>;
  /** The same memory as bytes. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #dimensions: number;
  readonly #capacity: number;
  #names: string[] = [];

  /** `mostRows` is how many rows there may be in all, so that small files take little memory. */
  constructor(dimensions: number, mostRows?: number) {
    this.#dimensions = dimensions;
    this.#capacity = batchRows(dimensions, mostRows);
    this.vectors = new Float32Array(this.#capacity * dimensions);
    this.bytes = new Uint8Array(this.vectors.buffer);
  }

  /** Where the next row's numbers go. */
  get offset(): number {
    return this.#names.length * this.#dimensions;
  }

  /** Keeps the row at `offset`. */
  add(name: string): void {
    this.#names.push(name);
  }

  get full(): boolean {
    return this.#names.length === this.#capacity;
  }

  get empty(): boolean {
    return this.#names.length === 0;
  }

  /** The rows so far; the next row starts a new batch in the same memory. */
  take(): VectorBatch {
    const names = this.#names;
    this.#names = [];
    return { names, vectors: this.vectors.subarray(0, names.length * this.#dimensions) };
  }
}
