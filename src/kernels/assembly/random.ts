// Random numbers by the counter-based generator; see ../twins/random.ts, its definition.
import { philox, random0, random1, random2, random3 } from "./lib/philox";

// @ts-ignore: decorator
@inline
function unit(word: u32): f32 {
  return <f32>(word >> 8) * <f32>5.9604644775390625e-8; // 24 bits, times 2^-24
}

/** Writes `count` f32 values low + span * u, u uniform in [0, 1), at `out`. Value i comes from word i % 4 of block i / 4. */
export function uniform(out: usize, count: u32, index: u32, stream: u32, part: u32, key0: u32, key1: u32, low: f32, span: f32): void {
  let i: u32 = 0;
  for (; i + 4 <= count; i += 4) {
    philox(i >> 2, index, stream, part, key0, key1);
    store<f32>(out, low + span * unit(random0));
    store<f32>(out, low + span * unit(random1), 4);
    store<f32>(out, low + span * unit(random2), 8);
    store<f32>(out, low + span * unit(random3), 12);
    out += 16;
  }
  if (i < count) {
    philox(i >> 2, index, stream, part, key0, key1);
    store<f32>(out, low + span * unit(random0));
    if (i + 1 < count) store<f32>(out, low + span * unit(random1), 4);
    if (i + 2 < count) store<f32>(out, low + span * unit(random2), 8);
  }
}
