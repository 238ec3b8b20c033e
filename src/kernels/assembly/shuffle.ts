// Puts the pairs of a block into random order; see ../twins/shuffle.ts, its definition.
import { philox, random0, random1, random2, random3 } from "./lib/philox";

// @ts-ignore: decorator
@inline
function swap(pairs: usize, k: u32, word: u32): void {
  const other = <u32>((<u64>word * <u64>(k + 1)) >> 32);
  const a = pairs + (<usize>k << 3);
  const b = pairs + (<usize>other << 3);
  const pair = load<u64>(a);
  store<u64>(a, load<u64>(b));
  store<u64>(b, pair);
}

export function shuffle(pairs: usize, count: u32, index: u32, stream: u32, part: u32, key0: u32, key1: u32): void {
  if (count < 2) return;
  let counter: u32 = 0;
  let k = count - 1;
  for (; k >= 4; k -= 4) {
    philox(counter++, index, stream, part, key0, key1);
    const word1 = random1;
    const word2 = random2;
    const word3 = random3;
    swap(pairs, k, random0);
    swap(pairs, k - 1, word1);
    swap(pairs, k - 2, word2);
    swap(pairs, k - 3, word3);
  }
  philox(counter, index, stream, part, key0, key1);
  if (k >= 1) swap(pairs, k, random0);
  if (k >= 2) swap(pairs, k - 1, random1);
  if (k >= 3) swap(pairs, k - 2, random2);
}
