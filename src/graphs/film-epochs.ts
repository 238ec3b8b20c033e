/**
 * What a training keeps so that in the end a film can be made of `frames` epochs, evenly spread from 0 to the epoch whose
 * weights are taken, which nobody knows before. Of the epochs up to the best one so far multiples of a power of two are kept,
 * and of those since then multiples of a larger one: at most 8 `frames` values at any time.
 */
export class FilmEpochs<T> {
  readonly #frames: number;
  readonly #kept = new Map<number, T>();
  #best = 0;

  /** `first` is what there is before the first epoch. */
  constructor(frames: number, first: T) {
    this.#frames = frames;
    this.#kept.set(0, first);
  }

  /** How many values are kept. */
  get size(): number {
    return this.#kept.size;
  }

  /** To be called after each epoch, from 1; `take` is asked for what it left if that may be needed. */
  see(epoch: number, isBest: boolean, take: () => T): void {
    if (isBest) this.#best = epoch;
    if (this.#isNeeded(epoch, epoch)) this.#kept.set(epoch, take());
    for (const earlier of this.#kept.keys()) if (!this.#isNeeded(earlier, epoch)) this.#kept.delete(earlier);
  }

  /** The frames, at most as many as were asked for: one an epoch where there are fewer. The last is the best epoch. */
  chosen(): { epoch: number; kept: T }[] {
    const best = this.#best;
    const last = Math.min(this.#frames - 1, best);
    const step = this.#stepUpTo(best);
    return Array.from({ length: last + 1 }, (_, k) => {
      const epoch = k === last ? best : step * Math.round((k * best) / last / step);
      return { epoch, kept: this.#kept.get(epoch) as T };
    });
  }

  #isNeeded(epoch: number, now: number): boolean {
    if (epoch <= this.#best) return epoch === this.#best || epoch % this.#stepUpTo(this.#best) === 0;
    return epoch % this.#stepUpTo(now) === 0;
  }

  /** The largest power of two that is at most half the distance of frames spread evenly from 0 to an epoch; 1 at least. */
  #stepUpTo(epoch: number): number {
    let step = 1;
    while (4 * step * (this.#frames - 1) <= epoch) step *= 2;
    return step;
  }
}
