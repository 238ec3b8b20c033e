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
 * Writes the columns of draws `first` .. `first + count - 1` of a task's block at `out`, u32 each; 0xffffffff where a draw
 * is rejected because it is the target.
 */
export function drawNegatives(task: usize, first: u32, count: u32, target: u32, out: usize): void {
  const table = negativesOf(task);
  const candidates = <u64>candidatesOf(task);
  let draw = first;
  const end = first + count;
  while (draw < end) {
    philox(draw >> 2, passOf(task), blockOf(task), negativeStream, key0Of(task), key1Of(task));
    const blockEnd = min<u32>((draw | 3) + 1, end);
    for (; draw < blockEnd; draw++) {
      const k = draw & 3;
      const word = k < 2 ? (k == 0 ? random0 : random1) : k == 2 ? random2 : random3;
      store<u32>(out, pick(word, table, candidates, target));
      out += 4;
    }
  }
}
