import { breathe } from "#platform";

/** Longest time in milliseconds that a computation on the calling thread goes on before events may run. */
const breathMilliseconds = 30;

/** Pauses of a long computation on the calling thread, in which timers, signals and messages run. */
export class Breather {
  readonly #signal: AbortSignal | undefined;
  #last = performance.now();

  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  /** Whether it is time for a pause; ask often, pause when it is. */
  get due(): boolean {
    return performance.now() - this.#last > breathMilliseconds;
  }

  /** Lets events run; throws the signal's reason where that has been aborted. */
  async pause(): Promise<void> {
    await breathe();
    this.#signal?.throwIfAborted();
    this.#last = performance.now();
  }
}
