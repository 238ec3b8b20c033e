import { log } from "./elementary.js";
import { philox } from "./philox.js";

/**
 * Random numbers of one stream, in order. Streams of different seeds or ids are independent; the same seed, id and
 * sequence of calls give the same numbers everywhere.
 */
export class Rng {
  readonly #key: [number, number];
  readonly #stream: [number, number];
  readonly #block = new Uint32Array(4);
  #index = 0;
  #used = 4;

  /** `seed` is a non-negative safe integer; `stream` and `part` are unsigned 32-bit ids. */
  constructor(seed: number, stream = 0, part = 0) {
    this.#key = seedKey(seed);
    this.#stream = [stream, part];
  }

  /** An integer in 0 .. 2^32 - 1. */
  uint32(): number {
    if (this.#used === 4) {
      const high = Math.floor(this.#index / 2 ** 32);
      philox(this.#block, this.#index >>> 0, high, this.#stream[0], this.#stream[1], this.#key[0], this.#key[1]);
      this.#index++;
      this.#used = 0;
    }
    return this.#block[this.#used++];
  }

  /** A number in [0, 1) with 53 random bits. */
  uniform(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  /** An integer in 0 .. n - 1, without bias; n is an integer from 1 to 2^32. */
  below(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > 2 ** 32) throw new RangeError(`internal: below(${n})`);
    const limit = 2 ** 32 - (2 ** 32 % n);
    for (;;) {
      const x = this.uint32();
      if (x < limit) return x % n;
    }
  }

  /** A standard normal number (Marsaglia's polar method). */
  normal(): number {
    for (;;) {
      const u = 2 * this.uniform() - 1;
      const v = 2 * this.uniform() - 1;
      const s = u * u + v * v;
      if (s > 0 && s < 1) return u * Math.sqrt((-2 * log(s)) / s);
    }
  }
}

/** Puts a list into an order by chance, each equally likely (Fisher and Yates; Durstenfeld 1964, algorithm 235); returns it. */
export function shuffle<T extends number[] | Uint32Array>(list: T, rng: Rng): T {
  for (let k = list.length - 1; k > 0; k--) {
    const other = rng.below(k + 1);
    const value = list[k];
    list[k] = list[other];
    list[other] = value;
  }
  return list;
}

/** The two key words of a seed. Throws RangeError unless it is an integer in 0 .. 2^53 - 1. */
export function seedKey(seed: number): [number, number] {
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new RangeError(`seed must be an integer from 0 to 2^53 - 1, got ${seed}`);
  return [seed >>> 0, Math.floor(seed / 2 ** 32)];
}
