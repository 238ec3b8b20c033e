import type { Breather } from "../io/breather.js";
import { sharedPool } from "../kernels/pool.js";
import { meanBy, scratchBytes } from "../kernels/twins/centered-product.js";
import { GraphMemory } from "../messages/memory.js";

/** N rows of D numbers, in batches in order, as often as they are asked for. */
export interface RowSource {
  readonly rows: number;
  readonly dimensions: number;
  batches(): Iterable<Float32Array>;
}

export interface ProductOptions {
  threads?: number;
  signal?: AbortSignal;
  /** Told how many rows were gone through. */
  onRows?: (rows: number) => void;
}

/** Bytes of rows that are in the kernel's memory at once. */
const chunkBytes = 2 ** 24;
/** Columns that one call multiplies. */
const block = 32;

/** A dense matrix of f64, row-major. */
type Dense = Float64Array;

/**
 * Products of rows X [N, D] less a mean [D], in f64, by all threads. Rows pass through a memory of bounded size in chunks whose
 * length depends on D alone; each number is summed in the order of the rows or of the columns, so that threads change no bit.
 */
export class CenteredRows {
  readonly #source: RowSource;
  readonly #memory = new GraphMemory(0, "pca");
  readonly #threads: number | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #onRows: (rows: number) => void;
  readonly #chunkRows: number;
  readonly #rowsAt: number;
  readonly #meanAt: number;
  readonly #scratch: readonly (readonly number[])[];

  constructor(source: RowSource, mean: Dense, { threads, signal, onRows = () => {} }: ProductOptions) {
    const { rows, dimensions } = source;
    this.#source = source;
    this.#threads = threads;
    this.#signal = signal;
    this.#onRows = onRows;
    this.#chunkRows = Math.min(rows, Math.max(64, Math.floor(chunkBytes / (4 * dimensions)) & ~63));
    this.#rowsAt = this.#memory.allocate(4 * dimensions * this.#chunkRows);
    this.#meanAt = this.#memory.allocate(8 * dimensions);
    this.#memory.f64(this.#meanAt, dimensions).set(mean);
    const pool = sharedPool({ threads });
    this.#scratch = Array.from({ length: pool.threads }, () => [this.#memory.allocate(scratchBytes)]);
  }

  /** X'X [D, D], all of it. */
  async gram(): Promise<Dense> {
    const { dimensions } = this.#source;
    return this.#into(dimensions * dimensions, async (to) => {
      for await (const { rows } of this.#chunks()) {
        const factor = this.#factor(4 * dimensions, 4, meanBy.column);
        const calls: number[][] = [];
        for (let i = 0; i < dimensions; i += block) {
          const end = Math.min(i + block, dimensions);
          calls.push([rows, ...factor, i, end, ...factor, i, dimensions, to, 8 * dimensions]);
        }
        await this.#run(calls);
      }
      mirror(this.#memory.f64(to, dimensions * dimensions), dimensions);
    });
  }

  /** X X' [N, N] of few rows, all of it. They are laid in the memory all at once. */
  async outer(): Promise<Dense> {
    const { rows: count, dimensions } = this.#source;
    return this.#into(count * count, async (to) => {
      const all = this.#memory.allocate(4 * count * dimensions);
      let at = all;
      for (const batch of this.#source.batches()) {
        this.#memory.f32(at, batch.length).set(batch);
        at += 4 * batch.length;
      }
      const factor = [all, 0, 4, 4 * dimensions, this.#meanAt, meanBy.term];
      const calls: number[][] = [];
      for (let i = 0; i < count; i += block) {
        const end = Math.min(i + block, count);
        calls.push([dimensions, ...factor, i, end, ...factor, i, count, to, 8 * count]);
      }
      await this.#run(calls);
      this.#memory.free(all);
      this.#onRows(count);
      mirror(this.#memory.f64(to, count * count), count);
    });
  }

  /** X' Y [D, K] for Y [N, K]. */
  async transposedTimes(y: Dense, width: number): Promise<Dense> {
    const { dimensions } = this.#source;
    return this.#into(dimensions * width, async (to) => {
      const yAt = this.#memory.allocate(8 * width * this.#chunkRows);
      for await (const { first, rows } of this.#chunks()) {
        this.#memory.f64(yAt, rows * width).set(y.subarray(first * width, (first + rows) * width));
        await this.#run(this.#transposedCalls(rows, yAt, width, to));
      }
      this.#memory.free(yAt);
    });
  }

  /** X W for W [D, K], a chunk of rows at a time: `take` gets the row that it begins with and [rows, K], to be copied. */
  async times(w: Dense, width: number, take: (first: number, part: Dense) => void): Promise<void> {
    const { dimensions } = this.#source;
    const wAt = this.#memory.allocate(8 * dimensions * width);
    this.#memory.f64(wAt, dimensions * width).set(w);
    const partAt = this.#memory.allocate(8 * width * this.#chunkRows);
    for await (const { first, rows } of this.#chunks()) {
      const part = this.#memory.f64(partAt, rows * width).fill(0);
      await this.#run(this.#timesCalls(rows, wAt, width, partAt));
      take(first, part);
    }
    this.#memory.free(partAt);
    this.#memory.free(wAt);
  }

  /** X'(X W) [D, K] and (X W)'(X W) [K, K], in one pass over the rows. */
  async powers(w: Dense, width: number): Promise<{ image: Dense; inner: Dense }> {
    const { dimensions } = this.#source;
    const wAt = this.#memory.allocate(8 * dimensions * width);
    this.#memory.f64(wAt, dimensions * width).set(w);
    const partAt = this.#memory.allocate(8 * width * this.#chunkRows);
    let inner: Dense = new Float64Array();
    const image = await this.#into(dimensions * width, async (to) => {
      inner = await this.#into(width * width, async (innerAt) => {
        const factor = [partAt, 1, 8 * width, 8, 0, meanBy.none];
        for await (const { rows } of this.#chunks()) {
          this.#memory.f64(partAt, rows * width).fill(0);
          await this.#run(this.#timesCalls(rows, wAt, width, partAt));
          await this.#run(this.#transposedCalls(rows, partAt, width, to));
          await this.#run([[rows, ...factor, 0, width, ...factor, 0, width, innerAt, 8 * width]]);
        }
      });
    });
    this.#memory.free(partAt);
    this.#memory.free(wAt);
    return { image, inner };
  }

  /** The sum of squares of all of X. */
  async squares(breather: Breather): Promise<number> {
    const { dimensions } = this.#source;
    const mean = this.#memory.f64(this.#meanAt, dimensions);
    let total = 0;
    for (const batch of this.#source.batches()) {
      let part = 0;
      for (let start = 0; start < batch.length; start += dimensions) {
        for (let d = 0; d < dimensions; d++) {
          const difference = batch[start + d] - mean[d];
          part += difference * difference;
        }
      }
      total += part;
      if (breather.due) await breather.pause();
    }
    return total;
  }

  close(): void {
    this.#memory.close();
  }

  /** A factor of the kernel made of the chunk, its terms and columns as strides say. */
  #factor(termStride: number, columnStride: number, by: number): number[] {
    return [this.#rowsAt, 0, termStride, columnStride, this.#meanAt, by];
  }

  #timesCalls(rows: number, wAt: number, width: number, to: number): number[][] {
    const { dimensions } = this.#source;
    const [left, right] = [this.#factor(4, 4 * dimensions, meanBy.term), [wAt, 1, 8 * width, 8, 0, meanBy.none]];
    const calls: number[][] = [];
    for (let i = 0; i < rows; i += 8 * block) {
      calls.push([dimensions, ...left, i, Math.min(i + 8 * block, rows), ...right, 0, width, to, 8 * width]);
    }
    return calls;
  }

  #transposedCalls(rows: number, yAt: number, width: number, to: number): number[][] {
    const { dimensions } = this.#source;
    const [left, right] = [this.#factor(4 * dimensions, 4, meanBy.column), [yAt, 1, 8 * width, 8, 0, meanBy.none]];
    const calls: number[][] = [];
    for (let i = 0; i < dimensions; i += block) {
      calls.push([rows, ...left, i, Math.min(i + block, dimensions), ...right, 0, width, to, 8 * width]);
    }
    return calls;
  }

  /** Work space of f64 zeros that `work` fills; a copy of it, and the space is given back. */
  async #into(length: number, work: (at: number) => Promise<void>): Promise<Dense> {
    const at = this.#memory.allocate(8 * length);
    this.#memory.f64(at, length).fill(0);
    await work(at);
    const result = this.#memory.f64(at, length).slice();
    this.#memory.free(at);
    return result;
  }

  async #run(calls: readonly (readonly number[])[]): Promise<void> {
    const pool = sharedPool({ threads: this.#threads });
    await pool.run({
      ...{ memory: this.#memory.memory, kernel: "centered-product", fn: "product", calls },
      ...{ threadArgs: this.#scratch, signal: this.#signal },
    });
  }

  /** The rows in the kernel's memory, chunk after chunk. */
  async *#chunks(): AsyncGenerator<{ first: number; rows: number }> {
    const { dimensions, rows: total } = this.#source;
    let first = 0;
    let rows = 0;
    for (const batch of this.#source.batches()) {
      for (let taken = 0; taken < batch.length; ) {
        const now = Math.min(batch.length - taken, (this.#chunkRows - rows) * dimensions);
        const place = this.#rowsAt + 4 * dimensions * rows;
        this.#memory.f32(place, now).set(batch.subarray(taken, taken + now));
        taken += now;
        rows += now / dimensions;
        if (rows < this.#chunkRows && first + rows < total) continue;
        yield { first, rows };
        first += rows;
        rows = 0;
        this.#onRows(first);
      }
    }
  }
}

/** Copies the upper triangle to the lower. */
function mirror(matrix: Dense, n: number): void {
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) matrix[i * n + j] = matrix[j * n + i];
}
