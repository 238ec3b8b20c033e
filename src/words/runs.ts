import type { Spool } from "../io/spool.js";

/** The pairs of one slice within the spools of all: where they begin, and how many each row has. */
export interface Run {
  first: number;
  rowPairs: Uint32Array;
}

/** Reads a run from the front through a buffer in the memory. */
export class RunReader {
  readonly run: Run;
  /** Pairs in the buffer that have not been taken. */
  available = 0;
  readonly #end: number;
  readonly #from: { columns: Spool; sums: Spool };
  readonly #memory: WebAssembly.Memory;
  readonly #columns: number;
  readonly #sums: number;
  readonly #bufferPairs: number;
  #next: number;
  #taken = 0;

  constructor(
    run: Run,
    end: number,
    from: { columns: Spool; sums: Spool },
    memory: WebAssembly.Memory,
    columns: number,
    sums: number,
    bufferPairs: number,
  ) {
    this.run = run;
    this.#next = run.first;
    this.#end = end;
    this.#from = from;
    this.#memory = memory;
    this.#columns = columns;
    this.#sums = sums;
    this.#bufferPairs = bufferPairs;
  }

  /** Fills the empty buffer. */
  async refill(): Promise<void> {
    const count = Math.min(this.#bufferPairs, this.#end - this.#next);
    await this.#from.columns.read(new Uint8Array(this.#memory.buffer, this.#columns, 4 * count), 4 * this.#next);
    await this.#from.sums.read(new Uint8Array(this.#memory.buffer, this.#sums, 8 * count), 8 * this.#next);
    this.#next += count;
    this.#taken = 0;
    this.available = count;
  }

  /** The addresses of up to `most` pairs. */
  take(most: number): { columns: number; sums: number; length: number } {
    const length = Math.min(most, this.available);
    const taken = { columns: this.#columns + 4 * this.#taken, sums: this.#sums + 8 * this.#taken, length };
    this.#taken += length;
    this.available -= length;
    return taken;
  }
}
