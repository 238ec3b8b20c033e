/** Earlier and undone states. Changes with the same key that follow each other within a second are one step. */
export class Undo<State> {
  readonly #past: State[] = [];
  readonly #future: State[] = [];
  #key = "";
  #time = Number.NEGATIVE_INFINITY;

  /** Remembers a state before it changes; `now` is in milliseconds. */
  remember(before: State, key: string, now: number): void {
    const same = key !== "" && key === this.#key && now - this.#time < 1000;
    this.#key = key;
    this.#time = now;
    this.#future.length = 0;
    if (same) return;
    this.#past.push(before);
    if (this.#past.length > mostSteps) this.#past.shift();
  }

  /** The state before, or null where there is none. */
  undo(current: State): State | null {
    return this.#step(this.#past, this.#future, current);
  }

  redo(current: State): State | null {
    return this.#step(this.#future, this.#past, current);
  }

  get canUndo(): boolean {
    return this.#past.length > 0;
  }

  get canRedo(): boolean {
    return this.#future.length > 0;
  }

  #step(from: State[], to: State[], current: State): State | null {
    const state = from.pop();
    if (state === undefined) return null;
    to.push(current);
    this.#key = "";
    return state;
  }
}

const mostSteps = 200;
