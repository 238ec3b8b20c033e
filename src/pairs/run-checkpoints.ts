import { Checkpoints } from "../io/checkpoint.js";
import { type Fingerprint, requireSameRun } from "../io/checkpoint-options.js";
import { rowLength } from "./method.js";
import type { Run } from "./run.js";

export interface CheckpointOptions {
  folder: string;
  /** Seconds from one checkpoint to the next; 0 after every batch of blocks. */
  every: number;
  /** Go on from the folder's checkpoint where there is one. */
  resume: boolean;
  /** Everything that the result depends on and the engine does not know: a resume with other values is refused. */
  fingerprint: Fingerprint;
  /** `performance.now()` when the work began that a killed run would lose; when training began by default. */
  began?: number;
  /** Called before this process writes its first checkpoint: keeps what else a resumed run would have to make anew. */
  prepare?: () => Promise<void>;
}

/** Where training stands, between two batches of blocks; what a checkpoint holds besides the tables. */
export interface Position {
  epoch: number;
  slice: number;
  round: number;
  /** Blocks of the round that are done. */
  block: number;
  /** Sum of the losses of this epoch's blocks so far, in order. */
  loss: number;
  /** Pairs of this epoch so far. */
  pairs: number;
  /** Pairs of all epochs so far. */
  allPairs: number;
  /** Mean loss a pair, of each epoch that is done. */
  losses: number[];
}

export function startPosition(): Position {
  return { epoch: 0, slice: 0, round: 0, block: 0, loss: 0, pairs: 0, allPairs: 0, losses: [] };
}

/** The checkpoints of a run: its tables and its position, refused by any run that would not come to the same bytes. */
export class RunCheckpoints {
  readonly #run: Run;
  readonly #options: CheckpointOptions;
  readonly #fingerprint: Fingerprint;
  readonly #checkpoints: Checkpoints;
  #prepared = false;
  #last: number;

  constructor(run: Run, epochs: number, options: CheckpointOptions) {
    this.#run = run;
    this.#options = options;
    this.#last = options.began ?? performance.now();
    this.#fingerprint = { ...fingerprintOf(run, epochs), ...options.fingerprint };
    this.#checkpoints = new Checkpoints(options.folder);
  }

  /** Whether it is time for the next one. */
  get due(): boolean {
    return performance.now() - this.#last >= this.#options.every * 1000;
  }

  async save(position: Position): Promise<void> {
    if (!this.#prepared) await this.#options.prepare?.();
    this.#prepared = true;
    const { tables } = this.#run;
    await this.#checkpoints.save({ fingerprint: this.#fingerprint, position }, tables.bytes, tables.parts());
    this.#last = performance.now();
  }

  /**
   * Fills the tables from the folder's checkpoint and returns its position; null where there is none or `resume` is false.
   * Throws RangeError for a checkpoint of another run, naming what differs.
   */
  async restore(onNote?: (note: string) => void): Promise<Position | null> {
    if (!this.#options.resume) return null;
    const checkpoint = await this.#checkpoints.open(onNote);
    if (checkpoint === null) return null;
    try {
      const { fingerprint, position } = checkpoint.state as { fingerprint: Fingerprint; position: Position };
      requireSameRun(this.#run.method.name, this.#options.folder, this.#fingerprint, fingerprint);
      if (checkpoint.bytes !== this.#run.tables.bytes)
        throw new Error(`internal: a checkpoint of ${checkpoint.bytes} bytes for tables of ${this.#run.tables.bytes}`);
      await this.#run.tables.replace((part) => checkpoint.read(part));
      return position;
    } finally {
      await checkpoint.close();
    }
  }
}

/** What the bytes of the tables depend on, as far as the engine knows it. */
function fingerprintOf({ method, parts, seed, pool }: Run, epochs: number): Fingerprint {
  const shapes = method.tables.map((table) => `${table.rows} x ${rowLength(table)} ${table.scalar}`);
  return { method: method.name, tables: shapes.join(", "), parts, epochs, seed, fast: pool.fast };
}
