import { Breather } from "../io/breather.js";
import { lineEnd } from "../kernels/twins/tokenizer.js";
import type { Tokens } from "./read-tokens.js";
import { leftOut } from "./vocabulary.js";

/** A corpus as numbers of kept words: others are gone and take no place in a window. */
export class KeptTokens {
  /** No more entries than this come, line ends included. */
  readonly most: number;
  /** Whether all have come. */
  ended = false;
  readonly #tokens: Tokens;
  readonly #breather: Breather;
  readonly #block = new Uint32Array(1 << 16);
  #part = 0;
  #doneInPart = 0;
  #position = 0;
  #lastWasEnd = true;

  constructor(tokens: Tokens, signal: AbortSignal | undefined) {
    this.#tokens = tokens;
    this.#breather = new Breather(signal);
    this.most = tokens.spool.length / 4;
  }

  /** Fills `into` from the front; returns how many entries came: fewer than fit only at the end. */
  async fill(into: Uint32Array): Promise<number> {
    const { spool, parts, numbers } = this.#tokens;
    let length = 0;
    while (length < into.length && this.#part < parts.length) {
      const { table, count } = parts[this.#part];
      const block = this.#block.subarray(0, Math.min(count - this.#doneInPart, into.length - length));
      await spool.read(new Uint8Array(block.buffer, 0, block.byteLength), 4 * this.#position);
      length = this.#translate(block, numbers[table], into, length);
      this.#position += block.length;
      this.#doneInPart += block.length;
      if (this.#doneInPart === count) {
        this.#part++;
        this.#doneInPart = 0;
      }
      if (this.#breather.due) await this.#breather.pause();
    }
    this.ended = this.#part === parts.length;
    return length;
  }

  #translate(block: Uint32Array, numbers: Uint32Array, into: Uint32Array, length: number): number {
    let lastWasEnd = this.#lastWasEnd;
    for (let k = 0; k < block.length; k++) {
      const id = block[k];
      const number = id === lineEnd ? lineEnd : numbers[id];
      if (number === leftOut || (number === lineEnd && lastWasEnd)) continue;
      lastWasEnd = number === lineEnd;
      into[length++] = number;
    }
    this.#lastWasEnd = lastWasEnd;
    return length;
  }
}
