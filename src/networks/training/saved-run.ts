/** Checkpoints of a training: position and arrays, from which a run goes on bit for bit. */
import { Checkpoints } from "../../io/checkpoint.js";
import { type CheckpointSettings, type Fingerprint, requireSameRun } from "../../io/checkpoint-options.js";
import { bytesIn, bytesOf, copyOf, leavesOf } from "./arrays.js";
import type { Position } from "./position.js";
import type { Carried } from "./prepare.js";

/** Parameters and state of the best epoch. */
export type BestArrays = Pick<Carried, "params" | "state">;

/** A run as a checkpoint holds it. */
export interface SavedRun {
  readonly position: Position;
  readonly carried: Carried;
  readonly best: BestArrays | null;
}

export class SavedRuns {
  readonly #checkpoints: Checkpoints;
  readonly #settings: Required<CheckpointSettings>;
  readonly #fingerprint: Fingerprint;
  #last = performance.now();

  constructor(settings: Required<CheckpointSettings>, fingerprint: Fingerprint) {
    this.#checkpoints = new Checkpoints(settings.folder);
    this.#settings = settings;
    this.#fingerprint = fingerprint;
  }

  /** Whether it is time for the next one. */
  get isDue(): boolean {
    return performance.now() - this.#last >= this.#settings.every * 1000;
  }

  async save({ position, carried, best }: SavedRun): Promise<void> {
    const arrays = [...leavesOf(carried), ...(best === null ? [] : leavesOf(best))];
    const bytes = arrays.reduce((sum, { data }) => sum + data.byteLength, 0);
    const state = { fingerprint: this.#fingerprint, position, hasBest: best !== null };
    await this.#checkpoints.save(state, bytes, bytesOf(arrays));
    this.#last = performance.now();
  }

  /** The run that is to be gone on with, where that is asked for and there is one; `like` has its structure and shapes. */
  async restore(like: Carried, onNote?: (note: string) => void): Promise<SavedRun | null> {
    const { folder, resume } = this.#settings;
    const checkpoint = resume ? await this.#checkpoints.open(onNote) : null;
    if (checkpoint === null) return null;
    try {
      const saved = checkpoint.state as { fingerprint: Fingerprint; position: Position; hasBest: boolean };
      requireSameRun("train", folder, this.#fingerprint, saved.fingerprint);
      const read = async <T>(tree: T): Promise<T> => {
        const copy = copyOf(tree);
        for (const { data } of leavesOf(copy)) await checkpoint.read(bytesIn(data));
        return copy;
      };
      const carried = await read(like);
      const best = saved.hasBest ? await read({ params: like.params, state: like.state }) : null;
      return { position: saved.position, carried, best };
    } finally {
      await checkpoint.close();
    }
  }
}
