// The engine's draws of negatives: addresses of random numbers, alias tables. See src/kernels/twins/negatives.ts.
import { blockOf, candidatesOf, key0Of, key1Of, negativesOf, passOf } from "./block-task";
import { philox4, words0, words1, words2, words3 } from "./philox";

const negativeStream: u32 = 4;

/** Which 16 draws lie ready: draw / 16, or -1 where none do. */
let group: i64 = -1;

/** To be called before the first draw of a block. */
export function startDraws(): void {
  group = -1;
}

// @ts-ignore: decorator
@inline
function pick(word: u32, table: usize, candidates: u64, target: u32): u32 {
  const product = <u64>word * candidates;
  const entry = table + ((<usize>(product >> 32)) << 3);
  const column = <u32>product < load<u32>(entry) ? <u32>(product >> 32) : load<u32>(entry, 4);
  return column == target ? 0xffffffff : column;
}

/**
 * Writes the columns of draws `first` .. `first + count - 1` (modulo 2^32) of a task's block at `out`, u32 each; 0xffffffff where a draw
 * is rejected because it is the target. `words` is 64 bytes that keep random numbers from one call to the next.
 */
export function drawNegatives(task: usize, first: u32, count: u32, target: u32, out: usize, words: usize): void {
  const table = negativesOf(task);
  const candidates = <u64>candidatesOf(task);
  for (let k: u32 = 0; k < count; k++, out += 4) {
    const draw = first + k;
    if (<i64>(draw >> 4) != group) {
      group = <i64>(draw >> 4);
      const counters = i32x4.add(i32x4.splat(<u32>group << 2), i32x4(0, 1, 2, 3));
      philox4(counters, passOf(task), negativeStream, blockOf(task), key0Of(task), key1Of(task));
      v128.store(words, words0);
      v128.store(words, words1, 16);
      v128.store(words, words2, 32);
      v128.store(words, words3, 48);
    }
    const word = load<u32>(words + ((draw & 3) << 4) + (draw & 12));
    store<u32>(out, pick(word, table, candidates, target));
  }
}
