import { ResourceError } from "../io/errors.js";
import { openScratch, type Scratch } from "../io/scratch.js";
import { pairBytes, pairSlack } from "../kernels/block-task.js";
import type { Pool } from "../kernels/pool.js";
import { seedKey } from "../numerics/random.js";
import type { MemoryPlan } from "./memory-plan.js";
import type { PairSource } from "./pair-source.js";
import { streams } from "./streams.js";

/** Pairs sorted into the blocks of the grid at a time where they go to scratch storage: 40 MiB beside the run's memory. */
const batchPairs = 1 << 21;

/**
 * The pairs of a slice, divided into the P x P blocks of the grid and put into random order within each, in the run's
 * memory or on scratch storage. A pair is 8 bytes: u16 row and u16 column within their parts, f32 weight.
 */
export class Buckets {
  readonly #memory: WebAssembly.Memory;
  readonly #region: { start: number; bytes: number };
  readonly #heldBytes: number;
  /** Into so many buffers the region is divided where pairs lie on scratch storage. */
  readonly #lanes: number;
  readonly #scratch: Scratch | null;
  readonly #parts: number;
  /** First pair of each block, and behind them the number of all pairs. */
  #starts: Float64Array;

  private constructor(
    memory: WebAssembly.Memory,
    { heldBytes, pairs, lanes }: MemoryPlan,
    parts: number,
    scratch: Scratch | null,
  ) {
    this.#memory = memory;
    this.#heldBytes = heldBytes;
    this.#region = pairs;
    this.#lanes = lanes;
    this.#parts = parts;
    this.#scratch = scratch;
    this.#starts = new Float64Array(parts * parts + 1);
  }

  static async create(
    memory: WebAssembly.Memory,
    plan: MemoryPlan,
    parts: number,
    scratchFolder?: string,
  ): Promise<Buckets> {
    return new Buckets(memory, plan, parts, plan.pairs.resident ? null : await openScratch(scratchFolder));
  }

  get pairs(): number {
    return this.#starts[this.#starts.length - 1];
  }

  /** Pairs of block `row * P + column`. */
  count(block: number): number {
    return this.#starts[block + 1] - this.#starts[block];
  }

  /**
   * Takes the pairs of a source, in its order, and shuffles each block by seed and pass. Throws RangeError for a pair that
   * has no place in the tables, or a weight below `least` or not finite.
   */
  async fill(
    source: PairSource,
    {
      seed,
      pass,
      least,
      pool,
      signal,
    }: { seed: number; pass: number; least: number; pool: Pool; signal?: AbortSignal },
  ): Promise<void> {
    await this.#count(source, least, signal);
    if (this.#scratch === null) await this.#fillMemory(source, signal);
    else await this.#fillScratch(source, this.#scratch, signal);
    await this.#shuffle(seed, pass, pool, signal);
  }

  /** Address of pairs `first` .. of a block: in place where resident, else read into the lane's buffer. */
  async load(block: number, first: number, lane: number): Promise<{ address: number; count: number }> {
    const left = this.count(block) - first;
    const position = (this.#starts[block] + first) * pairBytes;
    if (this.#scratch === null) return { address: this.#region.start + position, count: left };
    const laneBytes = this.#region.bytes / this.#lanes;
    const count = Math.min(left, Math.floor((laneBytes - pairSlack) / pairBytes));
    const address = this.#region.start + lane * laneBytes;
    await this.#scratch.read(new Uint8Array(this.#memory.buffer, address, count * pairBytes), position);
    return { address, count };
  }

  async close(): Promise<void> {
    await this.#scratch?.close();
  }

  async #count(source: PairSource, least: number, signal?: AbortSignal): Promise<void> {
    const { rows, columns } = source;
    const counts = new Float64Array(this.#starts.length);
    const mask = this.#parts - 1;
    const width = this.#parts;
    for await (const { length, i, j, weight } of source.batches()) {
      signal?.throwIfAborted();
      for (let k = 0; k < length; k++) {
        if (i[k] >= rows || j[k] >= columns || !(weight[k] >= least && weight[k] < Number.POSITIVE_INFINITY)) {
          const weights = least > -Number.MAX_VALUE ? `finite weights >= ${least}` : "finite weights";
          throw new RangeError(
            `pairs: rows below ${rows}, columns below ${columns} and ${weights} were needed, got (${i[k]}, ${j[k]}) of weight ${weight[k]}`,
          );
        }
        counts[(i[k] & mask) * width + (j[k] & mask) + 1]++;
      }
    }
    for (let block = 1; block < counts.length; block++) counts[block] += counts[block - 1];
    this.#starts = counts;
    if (this.pairs !== source.pairs) {
      throw new Error(`internal: a source of ${source.pairs} pairs gave ${this.pairs}`);
    }
    if (this.#scratch === null && this.pairs * pairBytes + pairSlack > this.#region.bytes) {
      throw new Error(`internal: a slice of ${this.pairs} pairs is longer than its method said`);
    }
  }

  async #fillMemory(source: PairSource, signal?: AbortSignal): Promise<void> {
    const cursor = this.#starts.slice();
    const short = new Uint16Array(this.#memory.buffer, this.#region.start, this.pairs * 4);
    const float = new Float32Array(this.#memory.buffer, this.#region.start, this.pairs * 2);
    const mask = this.#parts - 1;
    const shift = 31 - Math.clz32(this.#parts);
    for await (const { length, i, j, weight } of source.batches()) {
      signal?.throwIfAborted();
      for (let k = 0; k < length; k++) {
        const row = i[k];
        const column = j[k];
        const at = cursor[((row & mask) << shift) + (column & mask)]++;
        short[4 * at] = row >>> shift;
        short[4 * at + 1] = column >>> shift;
        float[2 * at + 1] = weight[k];
      }
    }
  }

  /** Sorts many pairs by block, then appends each block's share to its place on scratch storage. */
  async #fillScratch(source: PairSource, scratch: Scratch, signal?: AbortSignal): Promise<void> {
    const blocks = this.#parts * this.#parts;
    const cursor = this.#starts.slice();
    const mask = this.#parts - 1;
    const shift = 31 - Math.clz32(this.#parts);
    const capacity = Math.min(batchPairs, Math.max(1, this.pairs));
    const pending = { block: new Uint32Array(capacity), short: new Uint16Array(4 * capacity), length: 0 };
    const weights = new Float32Array(pending.short.buffer);
    const sorted = new BigUint64Array(capacity);
    const sortedBytes = new Uint8Array(sorted.buffer);
    const whole = new BigUint64Array(pending.short.buffer);

    const flush = async () => {
      const starts = new Uint32Array(blocks + 1);
      for (let k = 0; k < pending.length; k++) starts[pending.block[k] + 1]++;
      for (let block = 0; block < blocks; block++) starts[block + 1] += starts[block];
      const place = starts.slice();
      for (let k = 0; k < pending.length; k++) sorted[place[pending.block[k]]++] = whole[k];
      for (let block = 0; block < blocks; block++) {
        const share = sortedBytes.subarray(starts[block] * pairBytes, starts[block + 1] * pairBytes);
        if (share.length === 0) continue;
        await scratch.write(share, cursor[block] * pairBytes);
        cursor[block] += share.length / pairBytes;
      }
      pending.length = 0;
    };
    for await (const { length, i, j, weight } of source.batches()) {
      signal?.throwIfAborted();
      for (let k = 0; k < length; k++) {
        const at = pending.length++;
        pending.block[at] = ((i[k] & mask) << shift) + (j[k] & mask);
        pending.short[4 * at] = i[k] >>> shift;
        pending.short[4 * at + 1] = j[k] >>> shift;
        weights[2 * at + 1] = weight[k];
        if (pending.length === capacity) await flush();
      }
    }
    await flush();
  }

  async #shuffle(seed: number, pass: number, pool: Pool, signal?: AbortSignal): Promise<void> {
    const [key0, key1] = seedKey(seed);
    const call = (block: number, at: number) => [at, this.count(block), pass, streams.shuffle, block, key0, key1];
    const work = { memory: this.#memory, kernel: "shuffle", fn: "shuffle", signal } as const;
    const blocks: number[] = []; // those in which there is an order
    for (let block = 0; block < this.#parts * this.#parts; block++) if (this.count(block) > 1) blocks.push(block);
    if (this.#scratch === null) {
      await pool.run({
        ...work,
        calls: blocks.map((block) => call(block, this.#region.start + this.#starts[block] * pairBytes)),
      });
      return;
    }
    const largest = blocks.reduce((most, block) => Math.max(most, this.count(block)), 0) * pairBytes;
    if (largest > this.#region.bytes) {
      const needed = this.#heldBytes + this.#region.start + Math.ceil(largest / this.#lanes / 64) * 64 * this.#lanes;
      throw new ResourceError(
        `training needs at least ${needed} bytes of memory, ${largest} of them for the largest block of pairs, the limit leaves ${this.#region.bytes} for it; raise memoryLimit`,
      );
    }
    for (const block of blocks) {
      const bytes = this.count(block) * pairBytes;
      const view = new Uint8Array(this.#memory.buffer, this.#region.start, bytes);
      await this.#scratch.read(view, this.#starts[block] * pairBytes);
      await pool.run({ ...work, calls: [call(block, this.#region.start)] });
      await this.#scratch.write(view, this.#starts[block] * pairBytes);
    }
  }
}
