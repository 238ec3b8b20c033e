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

/** The same in f64: value i has 53 random bits from words 2 (i % 2) and 2 (i % 2) + 1 of block i / 2. */
export function uniform64(out: usize, count: u32, index: u32, stream: u32, part: u32, key0: u32, key1: u32, low: f64, span: f64): void {
  for (let i: u32 = 0; i < count; i += 2) {
    philox(i >> 1, index, stream, part, key0, key1);
    const word2 = random2;
    const word3 = random3;
    store<f64>(out + (<usize>i << 3), low + span * unit64(random0, random1));
    if (i + 1 < count) store<f64>(out + (<usize>i << 3), low + span * unit64(word2, word3), 8);
  }
}

// @ts-ignore: decorator
@inline
function unit64(high: u32, rest: u32): f64 {
  return (<f64>(high >> 5) * 67108864.0 + <f64>(rest >> 6)) * 1.1102230246251565e-16; // times 2^-53
}
