/** What a step did beside the state, and how it is taken back. */
export interface Deed {
  undo(): void;
  redo(): void;
}

interface Step<State> {
  state: State;
  /** What leads from the earlier state of the step to the later one, beside the state. */
  deed: Deed | null;
}

/** Earlier and undone states. Changes with the same key that follow each other within a second are one step. */
export class Undo<State> {
  readonly #past: Step<State>[] = [];
  readonly #future: Step<State>[] = [];
  #key = "";
  #time = Number.NEGATIVE_INFINITY;

  /** Remembers a state before it changes; `now` is in milliseconds. A deed is a step of its own, and is undone with it. */
  remember(before: State, key: string, now: number, deed: Deed | null = null): void {
    const same = key !== "" && deed === null && key === this.#key && now - this.#time < 1000;
    this.#key = key;
    this.#time = now;
    this.#future.length = 0;
    if (same) return;
    this.#past.push({ state: before, deed });
    if (this.#past.length > mostSteps) this.#past.shift();
  }

  /** The state before, or null where there is none. */
  undo(current: State): State | null {
    const step = this.#step(this.#past, this.#future, current);
    step?.deed?.undo();
    return step?.state ?? null;
  }

  redo(current: State): State | null {
    const step = this.#step(this.#future, this.#past, current);
    step?.deed?.redo();
    return step?.state ?? null;
  }

  get canUndo(): boolean {
    return this.#past.length > 0;
  }

  get canRedo(): boolean {
    return this.#future.length > 0;
  }

  #step(from: Step<State>[], to: Step<State>[], current: State): Step<State> | null {
    const step = from.pop();
    if (step === undefined) return null;
    to.push({ state: current, deed: step.deed });
    this.#key = "";
    return step;
  }
}

const mostSteps = 200;
