/** Milliseconds between the beginnings of two turns, at least. */
const shortest = 250;
/** The share of the time that turns may take: one in so many milliseconds. */
const share = 10;

/**
 * When a long task does something on the side, such as giving out how far it is: at once, then at most four times a second, and so
 * seldom that it takes at most a tenth of the time. The first turn, in which functions may be compiled, does not count.
 */
export class Pace {
  #next: number;
  #turns = 0;

  /** `isWanted`: otherwise it is never due. */
  constructor(isWanted: boolean) {
    this.#next = isWanted ? 0 : Number.POSITIVE_INFINITY;
  }

  get due(): boolean {
    return this.#next !== Number.POSITIVE_INFINITY && performance.now() >= this.#next;
  }

  async turn(work: () => unknown): Promise<void> {
    const start = performance.now();
    await work();
    const took = performance.now() - start;
    const rest = this.#turns++ === 0 ? 0 : (share - 1) * took;
    this.#next = start + took + Math.max(shortest - took, rest);
  }
}
