import { Breather } from "../io/breather.js";
import { ResourceError } from "../io/errors.js";
import { Meter, type TaskOptions } from "../io/progress.js";
import type { Spool } from "../io/spool.js";
import { createMemory, instantiate, type KernelFunctions } from "../kernels/kernel.js";
import type { Pool } from "../kernels/pool.js";
import { planBytes, planField, scratchBytes } from "../kernels/twins/cooccurrence.js";
import { lineEnd } from "../kernels/twins/tokenizer.js";
import { distanceUnits } from "./distance-units.js";
import type { KeptTokens } from "./kept-tokens.js";
import type { MemoryPlan } from "./memory-plan.js";
import { type Run, RunReader } from "./runs.js";

/** What counts as near. */
export interface CountOptions {
  window: number;
  symmetric: boolean;
}

/** Work of one call, in neighbors looked at: some milliseconds. */
const callWork = 1 << 21;

/** The memory in which rows are counted, and the steps of counting. */
export class RowCounter {
  readonly #memory: WebAssembly.Memory;
  readonly #kernel: KernelFunctions;
  readonly #pool: Pool;
  readonly #signal: AbortSignal | undefined;
  readonly #meter: Meter;
  readonly #words: number;
  readonly #window: number;
  /** Neighbors that one position has at most. */
  readonly #reach: number;
  readonly #plan: number;
  readonly #starts: number;
  readonly #rowPairs: number;
  readonly #rowSums: number;
  readonly #tokens: number;
  /** Entries of `tokens` without the guard at its end. */
  readonly #capacity: number;
  readonly #positions: number;
  readonly #threadArgs: number[][];
  readonly #outputPairs: number;
  /** Two regions, one of which is written while the other is collected. */
  readonly #outputs: { columns: number; values: number }[];
  /** Entries of `tokens` in use; the last of them before `#to` are centers. */
  #filled = 0;
  #to = 0;
  #centersDone = 0;

  constructor(
    words: number,
    kept: number,
    sliceTokens: number,
    { window, symmetric }: CountOptions,
    plan: MemoryPlan,
    pool: Pool,
    { signal, onProgress }: TaskOptions,
  ) {
    this.#words = words;
    this.#window = window;
    this.#reach = symmetric ? 2 * window : window;
    this.#pool = pool;
    this.#signal = signal;
    this.#meter = new Meter("counting", "tokens", kept, onProgress);
    this.#capacity = sliceTokens + 2 * window;
    this.#outputPairs = Math.max(words, Math.min(plan.outputPairs, Math.max(1024, kept * this.#reach)));

    let bytes = 0;
    const place = (length: number) => {
      const address = bytes;
      bytes = Math.ceil((bytes + length) / 16) * 16;
      return address;
    };
    this.#plan = place(planBytes);
    const units = place(8 * (window + 1));
    this.#starts = place(4 * (words + 1));
    this.#rowPairs = place(4 * words);
    this.#rowSums = place(8 * words);
    this.#threadArgs = Array.from({ length: pool.threads }, () => [place(scratchBytes(words))]);
    this.#outputs = [0, 1].map(() => ({ columns: place(4 * this.#outputPairs), values: place(8 * this.#outputPairs) }));
    this.#tokens = place(4 * (this.#capacity + 1));
    this.#positions = place(4 * this.#capacity);
    try {
      this.#memory = createMemory(bytes);
    } catch (error) {
      const message = `countCooccurrences: ${bytes} bytes of memory could not be had; set a lower memoryLimit`;
      throw new ResourceError(message, { cause: error });
    }
    this.#kernel = instantiate("cooccurrence", this.#memory);

    const scale = distanceUnits(window);
    this.#words32(units, 2 * (window + 1)).set(scale.units.flatMap((n) => [n >>> 0, Math.floor(n / 2 ** 32)]));
    const fields = this.#words32(this.#plan, planBytes / 4);
    fields[planField.tokens] = this.#tokens;
    fields[planField.positions] = this.#positions;
    fields[planField.starts] = this.#starts;
    fields[planField.window] = window;
    fields[planField.units] = units;
    fields[planField.bothSides] = symmetric ? 1 : 0;
    fields[planField.rowPairs] = this.#rowPairs;
    fields[planField.rowSums] = this.#rowSums;
    fields[planField.words] = words;
    new Float64Array(this.#memory.buffer, this.#plan + 4 * planField.unit, 1)[0] = scale.unit;
  }

  /** Whether values are whole sums, for runs, or weights. */
  setExact(exact: boolean): void {
    this.#words32(this.#plan, planBytes / 4)[planField.exact] = exact ? 1 : 0;
  }

  rowSums(): Float64Array {
    return new Float64Array(this.#memory.buffer, this.#rowSums, this.#words).slice();
  }

  close(): void {
    this.#pool.forget(this.#memory);
  }

  /**
   * Brings in the next slice. Its centers are the entries window .. `#to`; before and after them lie `window` entries
   * of the neighboring slices, or a line end where the corpus begins or ends.
   */
  async load(stream: KeptTokens): Promise<void> {
    const tokens = this.#words32(this.#tokens, this.#capacity + 1);
    if (this.#filled === 0) {
      tokens.fill(lineEnd, 0, this.#window);
      this.#filled = this.#window;
    } else {
      tokens.copyWithin(0, this.#to - this.#window, this.#filled);
      this.#filled -= this.#to - this.#window;
    }
    this.#filled += await stream.fill(tokens.subarray(this.#filled, this.#capacity));
    tokens[this.#filled] = lineEnd;
    this.#to = stream.ended ? this.#filled : this.#filled - this.#window;
  }

  /** Counts the slice, appends its pairs, and returns how many each row has. */
  async countSlice(columns: Spool, values: Spool): Promise<Uint32Array> {
    const index = [this.#tokens, this.#window, this.#to, this.#words, this.#starts, this.#positions];
    await this.#run("indexPositions", [index]);
    const starts = this.#words32(this.#starts, this.#words + 1);
    let collected: Promise<void> = Promise.resolve();
    let half = 0;
    for (const round of this.#rounds(starts)) {
      const output = this.#outputs[half];
      const valueBytes = this.#valueBytes();
      const calls = round.map(({ from, to, at }) => {
        return [this.#plan, from, to, output.columns + 4 * at, output.values + valueBytes * at];
      });
      const running = this.#run("countRows", calls);
      running.catch(() => {}); // reported below
      try {
        await collected;
      } finally {
        await running;
      }
      const pairs = await running;
      collected = this.#collect(calls, pairs, columns, values);
      collected.catch(() => {}); // reported when it is waited for
      half = 1 - half;
      this.#meter.update(this.#centersDone + starts[round[round.length - 1].to]);
    }
    await collected;
    this.#centersDone += starts[this.#words];
    this.#meter.update(this.#centersDone, {}, true);
    return this.#words32(this.#rowPairs, this.#words).slice();
  }

  /** Adds up what the slices have in each row, and appends the weights. */
  async merge(
    runs: Run[],
    from: { columns: Spool; sums: Spool },
    to: { columns: Spool; weights: Spool },
  ): Promise<Uint32Array> {
    // The space of tokens and positions is free now: each run gets an equal part of it.
    const bufferPairs = Math.max(1, Math.floor((8 * this.#capacity) / 12 / runs.length) - 1);
    const base = Math.ceil(this.#tokens / 8) * 8;
    const readers = runs.map((run, k) => {
      const sums = base + 8 * bufferPairs * k;
      const columns = base + 8 * bufferPairs * runs.length + 4 * bufferPairs * k;
      return new RunReader(
        run,
        runs[k + 1]?.first ?? from.columns.length / 4,
        from,
        this.#memory,
        columns,
        sums,
        bufferPairs,
      );
    });
    const output = this.#outputs[0];
    const scratch = this.#threadArgs[0][0];
    let pairs = 0;
    const breather = new Breather(this.#signal);
    const flush = async () => {
      await this.#collect([[0, 0, 0, output.columns, output.values]], Float64Array.of(pairs), to.columns, to.weights);
      pairs = 0;
    };
    for (let row = 0; row < this.#words; row++) {
      for (const reader of readers) {
        for (let left = reader.run.rowPairs[row]; left > 0; ) {
          if (reader.available === 0) await reader.refill();
          const { columns, sums, length } = reader.take(left);
          this.#kernel.addRun(columns, sums, length, this.#words, scratch);
          left -= length;
        }
      }
      if (pairs + this.#words > this.#outputPairs) await flush();
      pairs += this.#kernel.emitRow(this.#plan, row, output.columns + 4 * pairs, output.values + 4 * pairs, scratch);
      if (breather.due) await breather.pause();
    }
    await flush();
    return this.#words32(this.#rowPairs, this.#words).slice();
  }

  /** Rows as calls of about equal work, in rounds that an output region can hold. */
  *#rounds(starts: Uint32Array): Generator<{ from: number; to: number; at: number }[]> {
    let round: { from: number; to: number; at: number }[] = [];
    let [used, work] = [0, callWork];
    for (let row = 0; row < this.#words; row++) {
      const neighbors = this.#reach * (starts[row + 1] - starts[row]);
      const most = Math.min(this.#words, neighbors);
      if (used + most > this.#outputPairs) {
        yield round;
        round = [];
        used = 0;
        work = callWork;
      }
      if (work + neighbors > callWork) {
        round.push({ from: row, to: row, at: used });
        work = 0;
      }
      round[round.length - 1].to = row + 1;
      used += most;
      work += neighbors + 64; // a row costs something even when it is empty
    }
    if (round.length > 0) yield round;
  }

  async #collect(calls: number[][], pairs: Float64Array, columns: Spool, values: Spool): Promise<void> {
    for (let k = 0; k < calls.length; k++) {
      const [columnsAt, valuesAt] = calls[k].slice(3);
      await columns.append(new Uint8Array(this.#memory.buffer, columnsAt, 4 * pairs[k]));
      await values.append(new Uint8Array(this.#memory.buffer, valuesAt, this.#valueBytes() * pairs[k]));
    }
  }

  #valueBytes(): number {
    return this.#words32(this.#plan, planBytes / 4)[planField.exact] === 1 ? 8 : 4;
  }

  #run(fn: string, calls: number[][]): Promise<Float64Array> {
    const threadArgs = fn === "countRows" ? this.#threadArgs : undefined;
    return this.#pool.run({
      memory: this.#memory,
      kernel: "cooccurrence",
      fn,
      calls,
      threadArgs,
      signal: this.#signal,
    });
  }

  #words32(address: number, length: number): Uint32Array {
    return new Uint32Array(this.#memory.buffer, address, length);
  }
}
