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

  return { uniform };
};
