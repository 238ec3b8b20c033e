/** What a long task reports; all numbers are as of now. */
export interface Progress {
  /** What is being done: "reading", "counting", "training", ... */
  stage: string;
  /** Work done and in all, in `unit`s; `total` is undefined where it cannot be known (standard input). */
  done: number;
  total?: number;
  unit: "bytes" | "tokens" | "pairs" | "rows" | "questions" | "items" | "steps";
  /** Units a second, over the last moments. */
  rate: number;
  secondsLeft?: number;
  epoch?: number;
  epochs?: number;
  /** Mean loss, as the method defines it. */
  loss?: number;
}

export type OnProgress = (progress: Progress) => void;

/**
 * Told of vectors as they are while a method learns them, [N, D], in the order of the items of the space that it will leave: when it
 * begins, then at most four times a second, and so seldom that it takes at most a tenth of the time (but for what is compiled at the
 * first). The array is the receiver's; the method waits for a promise. Nothing is computed where nobody listens, and the result does not depend on it.
 */
export type OnVectors = (vectors: Float32Array<ArrayBuffer>, dimensions: number) => void | Promise<void>;

/** Options of everything that may take long. */
export interface TaskOptions {
  /** Stops the task; it rejects with the signal's reason and leaves nothing half-written. */
  signal?: AbortSignal;
  onProgress?: OnProgress;
}

/** Turns counts of work done into progress reports, at most one every 100 ms and one at the end. */
export class Meter {
  readonly #report: OnProgress | undefined;
  readonly #base: Pick<Progress, "stage" | "unit" | "total">;
  #start = performance.now();
  #startDone = 0;
  #last = 0;

  constructor(stage: string, unit: Progress["unit"], total: number | undefined, report: OnProgress | undefined) {
    this.#base = { stage, unit, total };
    this.#report = report;
  }

  /** Work done before this run began, by the run that it resumes. */
  resumeAt(done: number): void {
    this.#startDone = done;
    this.#start = performance.now();
  }

  update(done: number, more: Partial<Pick<Progress, "epoch" | "epochs" | "loss">> = {}, force = false): void {
    if (this.#report === undefined) return;
    const now = performance.now();
    if (!force && now - this.#last < 100) return;
    this.#last = now;
    const seconds = (now - this.#start) / 1000;
    const rate = seconds > 0 ? (done - this.#startDone) / seconds : 0;
    const { total } = this.#base;
    const secondsLeft = total !== undefined && rate > 0 ? Math.max(0, (total - done) / rate) : undefined;
    this.#report({ ...this.#base, done, rate, secondsLeft, ...more });
  }
}
