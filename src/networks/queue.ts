/** Runs tasks one after the other in the order in which they come; one that finds nobody before it begins at once. */
export class Queue {
  #pending = 0;
  #last: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#pending === 0 ? task() : this.#last.then(task, task);
    this.#pending++;
    const done = () => {
      this.#pending--;
    };
    result.then(done, done);
    this.#last = result;
    return result;
  }

  /** Resolves when all tasks so far have ended, well or not. */
  async idle(): Promise<void> {
    await this.#last.catch(() => undefined);
  }
}
