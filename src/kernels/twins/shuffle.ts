import { philox } from "../../numerics/philox.js";
import type { Twin } from "../kernel.js";

/** Puts the pairs of a block into random order. */
export const twin: Twin = (memory) => {
  /**
   * Fisher-Yates: for k = count - 1 .. 1, pair k changes places with pair floor(word (k + 1) / 2^32), where the words are
   * those of the blocks n = 0, 1, 2, ... of counter (n, index, stream, part) and key (key0, key1), in order.
   */
  function shuffle(
    pairs: number,
    count: number,
    index: number,
    stream: number,
    part: number,
    key0: number,
    key1: number,
  ): number {
    const list = new BigUint64Array(memory.buffer, pairs >>> 0, count);
    const words = new Uint32Array(4);
    for (let k = count - 1, drawn = 0; k >= 1; k--, drawn++) {
      if (drawn % 4 === 0) philox(words, drawn / 4, index, stream, part, key0, key1);
      const other = Math.floor((words[drawn % 4] * (k + 1)) / 2 ** 32);
      [list[k], list[other]] = [list[other], list[k]];
    }
    return 0;
  }

  return { shuffle };
};
