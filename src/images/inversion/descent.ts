import type { Executor } from "../../networks/executable.js";
import type { PictureShape } from "../networks.js";

/** One search for a code, from one start. */
export interface Descent {
  /** The best code on the way, in units of the codes' distribution, [D]. */
  u: Float64Array;
  /** What is minimized, there. */
  value: number;
  /** The squared error there, and at the start. */
  error: number;
  startError: number;
  /** Steps of Adam or iterations of L-BFGS. */
  steps: number;
  path: PathPoint[];
}

export interface PathPoint {
  step: number;
  u: Float64Array;
  error: number;
}

/** B searches that go on together. */
export interface Searches {
  /** Where they begin, [B, D], in units of the codes' distribution. */
  starts: Float64Array;
  /** The pictures wanted, [B, C, H, W]. */
  targets: Float32Array<ArrayBuffer>;
  /** Told after each step of all: steps so far and the mean error. */
  onStep(steps: number, error: number): void;
}

/** Follows searches by one method; one compiled program serves any number of runs. */
export interface Descender {
  run(searches: Searches): Promise<Descent[]>;
  close(): Promise<void>;
}

/** What every method of descent is set to. */
export interface DescentSettings {
  /** Searches B at a time. */
  batch: number;
  dimensions: number;
  shape: PictureShape;
  steps: number;
  /** Steps from one point of the path to the next; undefined for what suits its length. */
  pathEvery?: number;
  executor: Executor;
  threads: number;
  signal?: AbortSignal;
}

/** Codes of a path at most where nobody says how far apart they are. */
const longestPath = 120;

/** Follows one search: keeps the best code and, every so many steps, one for the path. */
export class Tracker {
  readonly #fixed: boolean;
  /** Steps from one point of the path to the next. */
  #every: number;
  #path: PathPoint[] = [];
  #best: (PathPoint & { value: number }) | undefined;
  #steps = 0;
  #startError = Number.NaN;

  /** Without `every` the path has all steps, every other, every fourth ..., so that it stays below 120 points. */
  constructor(every?: number) {
    this.#fixed = every !== undefined;
    this.#every = every ?? 1;
  }

  /** Takes the code after so many steps, [D]; it must not change afterwards. */
  take(step: number, u: Float64Array, value: number, error: number): void {
    const point = { step, u, error };
    if (step === 0) this.#startError = error;
    if (Number.isFinite(value) && (this.#best === undefined || value < this.#best.value))
      this.#best = { ...point, value };
    this.#steps = step;
    if (step % this.#every !== 0) return;
    this.#path.push(point);
    if (this.#fixed || this.#path.length < longestPath) return;
    this.#every *= 2;
    this.#path = this.#path.filter((one) => one.step % this.#every === 0);
  }

  /** The search as it ended; the path ends with the best code. Throws RangeError where no error was a finite number. */
  finish(): Descent {
    if (this.#best === undefined)
      throw new RangeError(`invert: the decoder's pictures must be finite, got an error of ${this.#startError}`);
    const { step, u, error, value } = this.#best;
    const path = this.#path.filter((point) => point.step < step);
    path.push({ step, u, error });
    return { u, value, error, startError: this.#startError, steps: this.#steps, path };
  }
}
