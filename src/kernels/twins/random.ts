import { philox } from "../../numerics/philox.js";
import type { Twin } from "../kernel.js";

const { fround } = Math;

/** Random numbers by the counter-based generator, written to memory. */
export const twin: Twin = (memory) => {
  const block = new Uint32Array(4);

  /**
   * Writes `count` f32 values low + span * u, u uniform in [0, 1) with 24 bits, at byte `out` (aligned to 4). Value i is
   * made from word i % 4 of the block of counter (i / 4, index, stream, part) and key (key0, key1).
   */
  function uniform(
    out: number,
    count: number,
    index: number,
    stream: number,
    part: number,
    key0: number,
    key1: number,
    low: number,
    span: number,
  ): number {
    const values = new Float32Array(memory.buffer, out >>> 0, count);
    for (let i = 0; i < count; i++) {
      if (i % 4 === 0) philox(block, i >>> 2, index, stream, part, key0, key1);
      const unit = (block[i % 4] >>> 8) / 2 ** 24;
      values[i] = fround(fround(low) + fround(fround(span) * unit));
    }
    return 0;
  }

  /**
   * The same in f64 (`out` aligned to 8): value i has 53 bits, from words 2 (i % 2) and 2 (i % 2) + 1 of the block of
   * counter (i / 2, index, stream, part).
   */
  function uniform64(
    out: number,
    count: number,
    index: number,
    stream: number,
    part: number,
    key0: number,
    key1: number,
    low: number,
    span: number,
  ): number {
    const values = new Float64Array(memory.buffer, out >>> 0, count);
    for (let i = 0; i < count; i++) {
      if (i % 2 === 0) philox(block, i >>> 1, index, stream, part, key0, key1);
      const k = 2 * (i % 2);
      const unit = ((block[k] >>> 5) * 2 ** 26 + (block[k + 1] >>> 6)) / 2 ** 53;
      values[i] = low + span * unit;
    }
    return 0;
  }

  return { uniform, uniform64 };
};
