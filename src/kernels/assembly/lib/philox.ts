// Philox-4x32-10, as in src/numerics/philox.ts. A block of four words is left in four globals, since a function
// returns one value.

export let random0: u32 = 0;
export let random1: u32 = 0;
export let random2: u32 = 0;
export let random3: u32 = 0;

// @ts-ignore: decorator
@inline
function round(a: u32, b: u32, c: u32, d: u32, key0: u32, key1: u32): void {
  const product0 = <u64>0xd2511f53 * <u64>a;
  const product1 = <u64>0xcd9e8d57 * <u64>c;
  random0 = <u32>(product1 >> 32) ^ b ^ key0;
  random1 = <u32>product1;
  random2 = <u32>(product0 >> 32) ^ d ^ key1;
  random3 = <u32>product0;
}

/** Four random words for a counter and a key, left in random0 .. random3. */
export function philox(counter0: u32, counter1: u32, counter2: u32, counter3: u32, key0: u32, key1: u32): void {
  random0 = counter0;
  random1 = counter1;
  random2 = counter2;
  random3 = counter3;
  for (let i = 0; i < 10; i++) {
    round(random0, random1, random2, random3, key0, key1);
    key0 += 0x9e3779b9;
    key1 += 0xbb67ae85;
  }
}
