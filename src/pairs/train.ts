import { type Checkpoint, Checkpoints } from "../io/checkpoint.js";
import { integerOption, numberOption } from "../io/options.js";
import { Meter, type TaskOptions } from "../io/progress.js";
import { blockTask } from "../kernels/block-task.js";
import { createMemory } from "../kernels/kernel.js";
import { type Pool, sharedPool } from "../kernels/pool.js";
import { aliasTable } from "../numerics/alias.js";
import { seedKey } from "../numerics/random.js";
import { Buckets } from "./buckets.js";
import { type MemoryPlan, memoryLimitOf, planMemory } from "./memory-plan.js";
import { isSliced, type Negatives, type PairMethod, rowBytes, rowLength } from "./method.js";
import { partCount, rowsOfPart } from "./partition.js";
import { type Block, schedule } from "./schedule.js";
import { partStride, Tables } from "./tables.js";

export interface TrainOptions extends TaskOptions {
  /** Passes over all pairs. */
  epochs: number;
  /** Same seed, same bytes, with any number of threads and any memory limit. */
  seed?: number;
  threads?: number;
  /** Relaxed SIMD; the last bits then depend on the processor. */
  fast?: boolean;
  /** Bytes that the run may hold, by default three quarters of what is available. */
  memoryLimit?: number;
  /** Folder for what does not fit; the system's temporary folder by default. */
  scratchFolder?: string;
  checkpoints?: CheckpointOptions;
  /** Told of things worth knowing, such as a damaged checkpoint that was passed over. */
  onNote?: (note: string) => void;
  /** Number of parts, for tests: a power of two, instead of the one that follows from the tables. */
  parts?: number;
}

export interface CheckpointOptions {
  folder: string;
  /** Seconds from one checkpoint to the next. */
  every: number;
  /** Go on from the folder's checkpoint where there is one. */
  resume: boolean;
  /** Everything that the result depends on and the engine does not know: a resume with other values is refused. */
  fingerprint: Readonly<Record<string, string | number | boolean>>;
}

/** A trained run; its tables are read part by part, and `close` frees them. */
export interface Trained {
  /** Mean loss a pair, of each epoch. */
  readonly losses: readonly number[];
  /** Pairs a second while training, since this process began. */
  readonly pairsPerSecond: number;
  readonly threads: number;
  readonly fast: boolean;
  /**
   * Calls `visit` for each row number with the rows of all tables that have it (tables of equal length), in no particular
   * order of rows. The arrays are valid during the call.
   */
  eachRow(visit: (row: number, values: (Float32Array | Float64Array)[]) => void): Promise<void>;
  close(): Promise<void>;
}

/** Pairs in work between two looks at signals, progress and the clock. */
const pairsPerBatch = 1 << 22;

/** Where training stands; what a checkpoint holds besides the tables. */
interface Position {
  epoch: number;
  slice: number;
  round: number;
  /** Blocks of the round that are done. */
  block: number;
  /** Sum of the losses of this epoch's blocks so far, in order. */
  loss: number;
  /** Pairs of this epoch so far. */
  pairs: number;
  losses: number[];
}

/**
 * Trains a method on its pairs: the loop of the pair engine. Each epoch (and each slice of it) runs the blocks of the grid
 * in rounds; the blocks of a round share no part, so that threads need neither locks nor luck. The result depends on the
 * method, the pairs, the epochs and the seed alone.
 *
 * Throws RangeError for bad options, ResourceError where memory or scratch storage does not suffice, FormatError where all
 * checkpoints are damaged, and the signal's reason when aborted, after a last checkpoint.
 */
export async function train(method: PairMethod, options: TrainOptions): Promise<Trained> {
  const epochs = integerOption(method.name, "epochs", options.epochs, 1);
  const seed = integerOption(method.name, "seed", options.seed ?? 1, 0);
  if (options.memoryLimit !== undefined)
    numberOption(method.name, "memoryLimit", options.memoryLimit, { least: 0, exclusive: true });
  const pool = sharedPool({ threads: options.threads, fast: options.fast });
  for (const note of pool.notes) options.onNote?.(note);

  const run = await Run.create(method, pool, { ...options, epochs, seed });
  try {
    await run.train();
    return run.result();
  } catch (error) {
    await run.close();
    throw error;
  }
}

class Run {
  readonly #method: PairMethod;
  readonly #pool: Pool;
  readonly #options: TrainOptions & { epochs: number; seed: number };
  readonly #parts: number;
  readonly #plan: MemoryPlan;
  readonly #memory: WebAssembly.Memory;
  readonly #tables: Tables;
  readonly #buckets: Buckets;
  readonly #slices: number;
  readonly #checkpoints: Checkpoints | null;
  readonly #negatives: { address: number; candidates: number }[] = [];
  #position: Position = { epoch: 0, slice: 0, round: 0, block: 0, loss: 0, pairs: 0, losses: [] };
  #lastCheckpoint = performance.now();
  #pairsTrained = 0;
  #seconds = 0;

  private constructor(
    method: PairMethod,
    pool: Pool,
    options: TrainOptions & { epochs: number; seed: number },
    parts: number,
    plan: MemoryPlan,
    memory: WebAssembly.Memory,
    tables: Tables,
    buckets: Buckets,
  ) {
    this.#method = method;
    this.#pool = pool;
    this.#options = options;
    this.#parts = parts;
    this.#plan = plan;
    this.#memory = memory;
    this.#tables = tables;
    this.#buckets = buckets;
    this.#slices = isSliced(method.pairs) ? method.pairs.slices : 1;
    this.#checkpoints = options.checkpoints ? new Checkpoints(options.checkpoints.folder) : null;
  }

  static async create(
    method: PairMethod,
    pool: Pool,
    options: TrainOptions & { epochs: number; seed: number },
  ): Promise<Run> {
    const rows = Math.min(...method.tables.map((table) => table.rows));
    const longest = Math.max(...method.tables.map(rowLength));
    const largest = Math.max(...method.tables.map((table) => table.rows));
    const parts = options.parts ?? (rows < 4096 ? partCount(rows, longest) : partCount(largest, longest));
    const { negatives } = method;
    const plan = planMemory(
      {
        parts,
        threads: pool.threads,
        scratchBytes: method.scratchBytes,
        negativesBytes: negatives ? 8 * negatives.weights.length : 0,
        partBytes: method.tables.map((table) => partStride(table, parts)),
        pairs: isSliced(method.pairs) ? method.pairs.mostPairs : method.pairs.pairs,
      },
      memoryLimitOf(options.memoryLimit),
    );
    const memory = createMemory(plan.bytes);
    const tables = await Tables.create(memory, method.tables, parts, plan.tables, options.scratchFolder);
    const buckets = await Buckets.create(memory, plan.pairs, parts, options.scratchFolder);
    const run = new Run(method, pool, options, parts, plan, memory, tables, buckets);
    if (negatives) run.#placeNegatives(negatives);
    return run;
  }

  async train(): Promise<void> {
    const { seed, epochs, signal, onProgress } = this.#options;
    const checkpoint = await this.#openCheckpoint();
    if (checkpoint === null) await this.#tables.initialize(seed);
    else await this.#restore(checkpoint);

    const { pairs } = this.#method;
    if (!isSliced(pairs)) await this.#buckets.fill(pairs, seed, this.#pool, signal);
    const total = isSliced(pairs) ? undefined : pairs.pairs * epochs;
    const meter = new Meter("training", "pairs", total, onProgress);
    const position = this.#position;
    let done = isSliced(pairs) ? 0 : pairs.pairs * position.epoch + position.pairs;
    meter.resumeAt(done);

    for (; position.epoch < epochs; position.epoch++) {
      for (; position.slice < this.#slices; position.slice++) {
        const pass = position.epoch * this.#slices + position.slice;
        if (isSliced(pairs)) {
          const source = await pairs.slice(position.epoch, position.slice);
          await this.#buckets.fill(source, seed + pass, this.#pool, signal);
        }
        const rounds = schedule(this.#parts, this.#method.tables.length, position.slice);
        for (; position.round < rounds.length; position.round++) {
          const blocks = rounds[position.round];
          while (position.block < blocks.length) {
            await this.#pause();
            const batch = this.#batch(blocks, position.block);
            done += await this.#runBatch(batch, pass);
            position.block += batch.length;
            const loss = position.pairs > 0 ? position.loss / position.pairs : undefined;
            meter.update(done, { epoch: position.epoch + 1, epochs, loss });
          }
          position.block = 0;
        }
        position.round = 0;
      }
      position.slice = 0;
      position.losses.push(position.pairs > 0 ? position.loss / position.pairs : 0);
      meter.update(done, { epoch: position.epoch + 1, epochs, loss: position.losses[position.epoch] }, true);
      position.loss = 0;
      position.pairs = 0;
    }
  }

  result(): Trained {
    const scalars = this.#method.tables.map(({ scalar }) => scalar);
    return {
      losses: this.#position.losses,
      pairsPerSecond: this.#seconds > 0 ? this.#pairsTrained / this.#seconds : 0,
      threads: this.#pool.threads,
      fast: this.#pool.fast,
      eachRow: async (visit) => {
        for (let part = 0; part < this.#parts; part++) {
          const views: Uint8Array[] = [];
          for (let table = 0; table < scalars.length; table++) views.push(await this.#tables.part(table, part));
          const numbers = views.map((view, table) =>
            scalars[table] === "f32"
              ? new Float32Array(view.buffer, view.byteOffset, view.byteLength / 4)
              : new Float64Array(view.buffer, view.byteOffset, view.byteLength / 8),
          );
          const lengths = this.#method.tables.map(rowLength);
          const rows = rowsOfPart(this.#method.tables[0].rows, this.#parts, part);
          for (let k = 0; k < rows; k++) {
            visit(
              k * this.#parts + part,
              numbers.map((values, table) => values.subarray(k * lengths[table], (k + 1) * lengths[table])),
            );
          }
        }
      },
      close: () => this.close(),
    };
  }

  async close(): Promise<void> {
    this.#pool.forget(this.#memory);
    await this.#tables.close();
    await this.#buckets.close();
  }

  /** The next blocks of a round: as many as the memory has lanes for, and not many more pairs than a batch holds. */
  #batch(blocks: readonly Block[], from: number): Block[] {
    const batch: Block[] = [];
    let pairs = 0;
    for (let k = from; k < blocks.length && batch.length < this.#plan.lanes; k++) {
      if (batch.length >= this.#pool.threads && pairs >= pairsPerBatch) break;
      batch.push(blocks[k]);
      pairs += this.#buckets.count(this.#number(blocks[k]));
    }
    return batch;
  }

  /** Runs blocks that share no part, side by side; returns how many pairs they had. */
  async #runBatch(batch: readonly Block[], pass: number): Promise<number> {
    const start = performance.now();
    const columnTable = this.#method.tables.length - 1;
    const losses = new Float64Array(batch.length);
    const firsts = new Float64Array(batch.length);
    this.#checkDisjoint(batch);
    for (const [lane, { row, column }] of batch.entries()) {
      await this.#tables.enter(0, row, 2 * lane);
      await this.#tables.enter(columnTable, column, 2 * lane + 1);
    }
    for (;;) {
      const lanes: number[] = [];
      const calls: number[][] = [];
      const counts: number[] = [];
      for (const [lane, block] of batch.entries()) {
        const number = this.#number(block);
        if (firsts[lane] === this.#buckets.count(number)) continue;
        const { address, count } = await this.#buckets.load(number, firsts[lane], lane, this.#plan.lanes);
        const task = this.#plan.tasks + lane * blockTask.bytes;
        this.#writeTask(task, block, { address, count, first: firsts[lane], loss: losses[lane], pass });
        lanes.push(lane);
        calls.push([task]);
        counts.push(count);
      }
      if (calls.length === 0) break;
      const { scratch, scratchStride } = this.#plan;
      const threadArgs = Array.from({ length: this.#pool.threads }, (_, thread) => [scratch + thread * scratchStride]);
      const results = await this.#pool.run({
        memory: this.#memory,
        kernel: this.#method.kernel,
        fn: "block",
        calls,
        threadArgs,
      });
      for (const [k, lane] of lanes.entries()) {
        losses[lane] = results[k];
        firsts[lane] += counts[k];
      }
    }
    for (const { row, column } of batch) {
      await this.#tables.leave(0, row);
      await this.#tables.leave(columnTable, column);
    }
    let pairs = 0;
    for (const [lane, loss] of losses.entries()) {
      this.#position.loss += loss;
      pairs += firsts[lane];
    }
    this.#position.pairs += pairs;
    this.#pairsTrained += pairs;
    this.#seconds += (performance.now() - start) / 1000;
    return pairs;
  }

  #writeTask(
    task: number,
    { row, column }: Block,
    piece: { address: number; count: number; first: number; loss: number; pass: number },
  ): void {
    const { tables, negatives } = this.#method;
    const { epoch, slice } = this.#position;
    const columnTable = tables.length - 1;
    const [key0, key1] = seedKey(this.#options.seed);
    const fields = new DataView(this.#memory.buffer, task, blockTask.bytes);
    const set = (offset: number, value: number) => fields.setUint32(offset, value, true);
    set(blockTask.pairs, piece.address);
    set(blockTask.count, piece.count);
    set(blockTask.first, piece.first);
    set(blockTask.rows, this.#tables.address(0, row));
    set(blockTask.rowStride, rowBytes(tables[0]));
    set(blockTask.columns, this.#tables.address(columnTable, column));
    set(blockTask.columnStride, rowBytes(tables[columnTable]));
    if (negatives) {
      set(blockTask.negatives, this.#negatives[column].address);
      set(blockTask.candidates, this.#negatives[column].candidates);
      set(blockTask.negativesPerPair, negatives.perPair);
    }
    set(blockTask.pass, piece.pass);
    set(blockTask.block, this.#number({ row, column }));
    set(blockTask.key0, key0);
    set(blockTask.key1, key1);
    fields.setFloat64(blockTask.loss, piece.loss, true);
    const place = { epoch, epochs: this.#options.epochs, slice, slices: this.#slices };
    for (const [k, value] of this.#method.parameters(place).entries()) {
      fields.setFloat64(blockTask.parameters + 8 * k, value, true);
    }
  }

  /** An alias table a column part, over the weights of its columns. */
  #placeNegatives({ weights }: Negatives): void {
    let address = this.#plan.negatives;
    for (let part = 0; part < this.#parts; part++) {
      const candidates = rowsOfPart(weights.length, this.#parts, part);
      const own = Float64Array.from({ length: candidates }, (_, k) => weights[k * this.#parts + part]);
      new Uint32Array(this.#memory.buffer, address, 2 * candidates).set(aliasTable(own));
      this.#negatives.push({ address, candidates });
      address += 8 * candidates;
    }
  }

  /** The invariant on which all rests, checked for every batch. */
  #checkDisjoint(batch: readonly Block[]): void {
    const oneTable = this.#method.tables.length === 1;
    const taken = new Set<string>();
    for (const { row, column } of batch) {
      const own = oneTable ? new Set([`${row}`, `${column}`]) : new Set([`row ${row}`, `column ${column}`]);
      for (const part of own) {
        if (taken.has(part)) throw new Error(`internal: two blocks in work share part ${part}`);
        taken.add(part);
      }
    }
  }

  #number({ row, column }: Block): number {
    return row * this.#parts + column;
  }

  // -------------------------------------------------------------------------------------------------- checkpoints

  /** Looks at the signal and the clock between batches. */
  async #pause(): Promise<void> {
    const { signal, checkpoints } = this.#options;
    if (signal?.aborted) {
      await this.#save();
      signal.throwIfAborted();
    }
    if (checkpoints && performance.now() - this.#lastCheckpoint >= checkpoints.every * 1000) await this.#save();
  }

  /** All that the tables' bytes depend on. */
  #fingerprint(): Record<string, string | number | boolean> {
    const { epochs, seed, checkpoints } = this.#options;
    const { name, tables } = this.#method;
    const shapes = tables.map((table) => `${table.rows} x ${rowLength(table)} ${table.scalar}`).join(", ");
    return {
      method: name,
      tables: shapes,
      parts: this.#parts,
      epochs,
      seed,
      fast: this.#pool.fast,
      ...checkpoints?.fingerprint,
    };
  }

  async #save(): Promise<void> {
    if (this.#checkpoints === null) return;
    const state = { fingerprint: this.#fingerprint(), position: this.#position };
    await this.#checkpoints.save(state, this.#tables.bytes, this.#tables.parts());
    this.#lastCheckpoint = performance.now();
  }

  async #openCheckpoint(): Promise<Checkpoint | null> {
    const { checkpoints, onNote } = this.#options;
    if (this.#checkpoints === null || !checkpoints?.resume) return null;
    return this.#checkpoints.open(onNote);
  }

  async #restore(checkpoint: Checkpoint): Promise<void> {
    try {
      const { fingerprint, position } = checkpoint.state as {
        fingerprint: Record<string, unknown>;
        position: Position;
      };
      const own = this.#fingerprint();
      const names = [...new Set([...Object.keys(own), ...Object.keys(fingerprint)])];
      const differing = names.filter((name) => own[name] !== fingerprint[name]);
      if (differing.length > 0) {
        const list = differing.map((name) => `${name} was ${fingerprint[name]}, is ${own[name]}`).join("; ");
        throw new RangeError(
          `${this.#method.name}: the checkpoint in ${this.#options.checkpoints?.folder} is of another run: ${list}. Resume with the same values, or start anew without resume`,
        );
      }
      await this.#tables.replace((part) => checkpoint.read(part));
      this.#position = position;
    } finally {
      await checkpoint.close();
    }
  }
}
