/** Bytes to which every region is aligned: a cache line. */
export const alignment = 64;

/** Rounds up to whole cache lines. */
export const aligned = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;

/**
 * Plans which bytes values take that live for a while one after the other: each takes the first gap that it fits. Offsets
 * count from 0; `size` is what all of them need.
 */
export class Regions {
  /** Gaps between values, in order; the last one has no end. */
  readonly #gaps: { start: number; end: number }[] = [{ start: 0, end: Number.POSITIVE_INFINITY }];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The offset of `bytes` bytes. */
  take(bytes: number): number {
    const needed = aligned(bytes);
    const k = this.#gaps.findIndex(({ start, end }) => end - start >= needed);
    const gap = this.#gaps[k];
    const { start } = gap;
    gap.start += needed;
    if (gap.start === gap.end) this.#gaps.splice(k, 1);
    this.#size = Math.max(this.#size, start + needed);
    return start;
  }

  /** Gives back what `take` gave. */
  give(start: number, bytes: number): void {
    const end = start + aligned(bytes);
    if (start === end) return;
    const next = this.#gaps.findIndex((gap) => gap.start >= end);
    const [before, after] = [this.#gaps[next - 1], this.#gaps[next]];
    const joinsBefore = before !== undefined && before.end === start;
    const joinsAfter = after.start === end;
    if (joinsBefore && joinsAfter) {
      before.end = after.end;
      this.#gaps.splice(next, 1);
    } else if (joinsBefore) before.end = end;
    else if (joinsAfter) after.start = start;
    else this.#gaps.splice(next, 0, { start, end });
  }
}
