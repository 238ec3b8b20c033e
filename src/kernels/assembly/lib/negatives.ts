// The engine's draws of negatives: addresses of random numbers, alias tables. See src/kernels/twins/negatives.ts.
import { blockOf, candidatesOf, key0Of, key1Of, negativesOf, passOf } from "./block-task";
import { philox, random0, random1, random2, random3 } from "./philox";

const negativeStream: u32 = 4;

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
 * is rejected because it is the target.
 */
export function drawNegatives(task: usize, first: u32, count: u32, target: u32, out: usize): void {
  const table = negativesOf(task);
  const candidates = <u64>candidatesOf(task);
  for (let k: u32 = 0; k < count; k++, out += 4) {
    const draw = first + k;
    const lane = draw & 3;
    if (k == 0 || lane == 0) philox(draw >> 2, passOf(task), negativeStream, blockOf(task), key0Of(task), key1Of(task));
    const word = lane < 2 ? (lane == 0 ? random0 : random1) : lane == 2 ? random2 : random3;
    store<u32>(out, pick(word, table, candidates, target));
  }
}
