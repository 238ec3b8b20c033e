import { ResourceError } from "../io/errors.js";
import { integerOption, knownOptions } from "../io/options.js";
import { createMemory, instantiate, type KernelFunctions, largestMemory, pageBytes } from "../kernels/kernel.js";
import { forgetMemory, type Pool } from "../kernels/pool.js";

export interface VectorsOptions {
  /** Rows to make room for at once; more may follow, at no cost but a little time. Default 0. */
  rows?: number;
  /** Rows in one WebAssembly memory, at least 1; by default as many as 4 GiB hold. Only tests need fewer. */
  mostRowsPerShard?: number;
}

/** Rows first .. first + length - 1, in a memory of their own. */
export interface Shard {
  readonly memory: WebAssembly.Memory;
  readonly first: number;
  readonly length: number;
}

/** Left for a search in the last memory of a large space: queries, heaps, lists. */
const workBytes = 2 ** 26;
/** Bytes that one call of `load` asks for. */
const loadBytes = 2 ** 24;

/** A shard, as its owner sees it. */
class OwnShard implements Shard {
  readonly memory: WebAssembly.Memory;
  readonly first: number;
  length = 0;
  /** Whether the inverse norms behind the rows are those of the rows. */
  hasNorms = false;
  #functions = new Map<boolean, KernelFunctions>();

  constructor(first: number, bytes: number) {
    try {
      this.memory = createMemory(bytes, largestMemory);
    } catch (error) {
      throw noMemory(bytes, error);
    }
    this.first = first;
  }

  /** Makes the memory at least `bytes` long; `ahead` takes an eighth more, so that many small steps stay cheap. */
  grow(bytes: number, ahead = false): void {
    const present = this.memory.buffer.byteLength;
    if (bytes <= present) return;
    if (bytes > largestMemory) {
      throw new ResourceError(`vectors: ${bytes} bytes are needed in one memory, which holds ${largestMemory}`);
    }
    const wanted = Math.min(largestMemory, ahead ? Math.max(bytes, present + present / 8) : bytes);
    try {
      this.memory.grow(Math.ceil((wanted - present) / pageBytes));
    } catch (error) {
      throw noMemory(wanted - present, error);
    }
  }

  /** The scan kernel on the calling thread. */
  functions(fast: boolean): KernelFunctions {
    let functions = this.#functions.get(fast);
    if (functions === undefined) {
      functions = instantiate("scan", this.memory, fast);
      this.#functions.set(fast, functions);
    }
    return functions;
  }
}

function noMemory(bytes: number, cause: unknown): ResourceError {
  return new ResourceError(`vectors: the system gives no ${bytes} bytes of memory more`, { cause });
}

/** Memories outlive their vectors in the threads that know them, unless told. */
const registry = new FinalizationRegistry<readonly OwnShard[]>((shards) => {
  for (const { memory } of shards) forgetMemory(memory);
});

/**
 * N vectors of D float32 numbers, where the kernels work on them: in WebAssembly memories ("shards") that grow in place.
 * A row takes D rounded up to a multiple of 4, padded with zeros; behind a shard's rows lie their inverse norms and the
 * working space of whoever is at work, both made anew after rows were added.
 */
export class Vectors {
  readonly dimensions: number;
  /** Bytes from a row to the next: a multiple of 16. */
  readonly stride: number;
  readonly #mostRowsPerShard: number;
  readonly #shards: OwnShard[] = [];
  #length = 0;
  #version = 0;
  #last: Promise<unknown> = Promise.resolve();
  #busy = false;

  private constructor(dimensions: number, mostRowsPerShard: number) {
    this.dimensions = dimensions;
    this.stride = Math.ceil(dimensions / 4) * 16;
    this.#mostRowsPerShard = mostRowsPerShard;
    registry.register(this, this.#shards);
  }

  /** No rows yet. Throws RangeError for impossible sizes, ResourceError where the system gives no memory. */
  static create(dimensions: number, options: VectorsOptions = {}): Vectors {
    knownOptions("Vectors.create", options, ["rows", "mostRowsPerShard"]);
    integerOption("Vectors.create", "dimensions", dimensions, 1, 2 ** 20);
    const stride = Math.ceil(dimensions / 4) * 16;
    const most = Math.floor((largestMemory - workBytes) / (stride + 8)); // 8: an inverse norm, a row number
    const mostRowsPerShard = integerOption(
      "Vectors.create",
      "mostRowsPerShard",
      options.mostRowsPerShard ?? most,
      1,
      most,
    );
    const rows = integerOption("Vectors.create", "rows", options.rows ?? 0, 0, 2 ** 32 - 1);
    const vectors = new Vectors(dimensions, mostRowsPerShard);
    if (rows > 0) vectors.#addShard(Math.min(rows, mostRowsPerShard));
    return vectors;
  }

  /** Copies `rows`, [N, D] tightly packed. */
  static from(dimensions: number, rows: Float32Array): Vectors {
    const vectors = Vectors.create(dimensions);
    vectors.append(rows);
    return vectors;
  }

  /** Number of rows N. */
  get length(): number {
    return this.#length;
  }

  /** Grows with every change of the rows. */
  get version(): number {
    return this.#version;
  }

  /** The rows in order, by memory; row i of a shard begins at byte i * stride. */
  get shards(): readonly Shard[] {
    return this.#shards;
  }

  /** Adds rows, [n, D] tightly packed. */
  append(rows: Float32Array): void {
    const { dimensions } = this;
    if (this.#busy) throw new Error("Vectors.append: a search or a load is running over these vectors; await it first");
    if (rows.length % dimensions !== 0) {
      throw new RangeError(
        `Vectors.append: whole rows of ${dimensions} numbers are needed, got ${rows.length} numbers`,
      );
    }
    const count = rows.length / dimensions;
    for (let done = 0; done < count; ) {
      const { shard, room } = this.#room();
      const now = Math.min(room, count - done);
      const { start, width } = this.#makeRoom(shard, now);
      const target = new Float32Array(shard.memory.buffer, start, now * width);
      const source = rows.subarray(done * dimensions, (done + now) * dimensions);
      if (width === dimensions) {
        target.set(source);
      } else {
        for (let r = 0; r < now; r++) {
          target.set(source.subarray(r * dimensions, (r + 1) * dimensions), r * width);
          target.fill(0, r * width + dimensions, (r + 1) * width);
        }
      }
      this.#added(shard, now);
      done += now;
    }
  }

  /**
   * Adds `count` rows from a place that holds them tightly packed, little-endian, such as a tensor in a file: `read` fills
   * all of `into`, at most 16 MiB, with the bytes from `position` on, straight into the rows' place. If it rejects, the
   * rows read until then stay.
   */
  load(count: number, read: (into: Uint8Array, position: number) => Promise<void>): Promise<void> {
    return this.exclusive(() => this.#load(count, read));
  }

  /** A copy of a row, [D]. */
  get(row: number): Float32Array<ArrayBuffer> {
    return new Float32Array(this.#view("Vectors.get", row));
  }

  /** Overwrites a row with `values`, [D]. */
  set(row: number, values: ArrayLike<number>): void {
    const view = this.#view("Vectors.set", row);
    if (values.length !== this.dimensions) {
      throw new RangeError(`Vectors.set: ${this.dimensions} numbers are needed, got ${values.length}`);
    }
    view.set(values);
    this.#shardOf(row).hasNorms = false;
    this.#version++;
  }

  /** Copies of the rows from .. to - 1 in order, tightly packed, in batches of about a megabyte. */
  *batches(from = 0, to: number = this.#length): Generator<Float32Array<ArrayBuffer>> {
    const step = Math.max(1, Math.floor(2 ** 18 / this.dimensions));
    for (let row = from; row < to; row += step) {
      const count = Math.min(step, to - row);
      const batch = new Float32Array(count * this.dimensions);
      for (let done = 0; done < count; ) done += this.#copy(row + done, count - done, batch, done);
      yield batch;
    }
  }

  /** Copies up to `count` rows from `row` on, those of one shard, to row `at` of a batch; returns how many. */
  #copy(row: number, count: number, batch: Float32Array, at: number): number {
    const { dimensions, stride } = this;
    const shard = this.#shardOf(row);
    const rows = Math.min(count, shard.first + shard.length - row);
    const width = stride / 4;
    const source = new Float32Array(shard.memory.buffer, (row - shard.first) * stride, rows * width);
    if (width === dimensions) batch.set(source, at * dimensions);
    else {
      for (let r = 0; r < rows; r++) {
        batch.set(source.subarray(r * width, r * width + dimensions), (at + r) * dimensions);
      }
    }
    return rows;
  }

  /**
   * Runs `work` when the work before it has ended. While it runs, the memories behind the rows belong to it, and adding
   * rows is refused; so every search and kernel over the rows runs inside.
   */
  async exclusive<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(async () => {
      this.#busy = true;
      try {
        return await work();
      } finally {
        this.#busy = false;
      }
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Runs `work`, which may add rows, when the work before it has ended and before any other begins. */
  whenIdle(work: () => void): Promise<void> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /**
   * The byte offset in a shard's memory of 1 / |row| for each of its rows, f32; 0 for rows whose norm is 0 or not finite.
   * Computed when first asked for after a change. Call inside `exclusive`.
   */
  async inverseNorms(index: number, pool: Pool): Promise<number> {
    const shard = this.#shards[index];
    const at = shard.length * this.stride;
    if (shard.hasNorms) return at;
    shard.grow(at + 4 * shard.length);
    const rowsPerCall = Math.max(1, Math.floor(2 ** 22 / this.stride));
    const calls: number[][] = [];
    for (let row = 0; row < shard.length; row += rowsPerCall) {
      calls.push([row, Math.min(row + rowsPerCall, shard.length), 0, this.stride, at]);
    }
    if (calls.length === 1) shard.functions(pool.fast).inverseNorms(...calls[0]);
    else await pool.run({ memory: shard.memory, kernel: "scan", fn: "inverseNorms", calls });
    shard.hasNorms = true;
    return at;
  }

  /** The byte offset of `bytes` of working space behind a shard's rows and norms, aligned to 16. Call inside `exclusive`. */
  workspace(index: number, bytes: number): number {
    const shard = this.#shards[index];
    const at = Math.ceil((shard.length * (this.stride + 4)) / 16) * 16;
    shard.grow(at + bytes);
    return at;
  }

  /** The scan kernel over a shard, on the calling thread. Call inside `exclusive`. */
  functions(index: number, fast: boolean): KernelFunctions {
    return this.#shards[index].functions(fast);
  }

  async #load(count: number, read: (into: Uint8Array, position: number) => Promise<void>): Promise<void> {
    const rowBytes = this.dimensions * 4;
    const step = Math.max(1, Math.floor(loadBytes / this.stride));
    for (let done = 0; done < count; ) {
      const { shard, room } = this.#room(count - done);
      const now = Math.min(step, room, count - done);
      const { start } = this.#makeRoom(shard, now);
      // Packed rows are read to the end of their place and then spread out from its front.
      const packed = start + now * (this.stride - rowBytes);
      const bytes = new Uint8Array(shard.memory.buffer);
      await read(bytes.subarray(packed, packed + now * rowBytes), done * rowBytes);
      if (rowBytes < this.stride) {
        for (let r = 0; r < now; r++) {
          const to = start + r * this.stride;
          bytes.copyWithin(to, packed + r * rowBytes, packed + (r + 1) * rowBytes);
          bytes.fill(0, to + rowBytes, to + this.stride);
        }
      }
      this.#added(shard, now);
      done += now;
    }
  }

  /** Gives the memory back, as soon as garbage is collected; the vectors are empty from then on. */
  close(): void {
    for (const { memory } of this.#shards) forgetMemory(memory);
    this.#shards.length = 0;
    this.#length = 0;
    this.#version++;
  }

  #addShard(rows: number): OwnShard {
    const shard = new OwnShard(this.#length, rows * (this.stride + 8));
    this.#shards.push(shard);
    return shard;
  }

  /** The shard that takes the next row, and how many it takes; `expected` rows are on their way. */
  #room(expected = 1): { shard: OwnShard; room: number } {
    let shard = this.#shards.at(-1);
    if (shard === undefined || shard.length === this.#mostRowsPerShard) {
      shard = this.#addShard(Math.min(expected, this.#mostRowsPerShard));
    }
    return { shard, room: this.#mostRowsPerShard - shard.length };
  }

  /** Grows a shard for more rows; returns where they begin, in bytes, and their width in numbers. */
  #makeRoom(shard: OwnShard, rows: number): { start: number; width: number } {
    const start = shard.length * this.stride;
    shard.grow(start + rows * this.stride, true);
    shard.hasNorms = false;
    return { start, width: this.stride / 4 };
  }

  #added(shard: OwnShard, rows: number): void {
    shard.length += rows;
    this.#length += rows;
    this.#version++;
  }

  #shardOf(row: number): OwnShard {
    return this.#shards[Math.floor(row / this.#mostRowsPerShard)];
  }

  /** The row's D numbers in place. */
  #view(where: string, row: number): Float32Array {
    if (!Number.isInteger(row) || row < 0 || row >= this.#length) {
      const range = this.#length === 0 ? "there are no rows" : `row must be an integer from 0 to ${this.#length - 1}`;
      throw new RangeError(`${where}: ${range}, got ${row}`);
    }
    const shard = this.#shardOf(row);
    return new Float32Array(shard.memory.buffer, (row - shard.first) * this.stride, this.dimensions);
  }
}
