// Philox-4x32-10, as in src/numerics/philox.ts. A block of four words is left in four globals, since a function
// returns one value; so are four blocks.

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

export let words0: v128 = i32x4(0, 0, 0, 0);
export let words1: v128 = i32x4(0, 0, 0, 0);
export let words2: v128 = i32x4(0, 0, 0, 0);
export let words3: v128 = i32x4(0, 0, 0, 0);

/** Four blocks at once, which differ in the first word of their counters: word w of block l is left in lane l of words<w>. */
export function philox4(counters: v128, counter1: u32, counter2: u32, counter3: u32, key0: u32, key1: u32): void {
  const multiplier0 = i32x4.splat(0xd2511f53);
  const multiplier1 = i32x4.splat(0xcd9e8d57);
  let a = counters;
  let b = i32x4.splat(counter1);
  let c = i32x4.splat(counter2);
  let d = i32x4.splat(counter3);
  for (let i = 0; i < 10; i++) {
    const low0 = i64x2.extmul_low_i32x4_u(a, multiplier0);
    const high0 = i64x2.extmul_high_i32x4_u(a, multiplier0);
    const low1 = i64x2.extmul_low_i32x4_u(c, multiplier1);
    const high1 = i64x2.extmul_high_i32x4_u(c, multiplier1);
    a = v128.xor(v128.xor(v128.shuffle<i32>(low1, high1, 1, 3, 5, 7), b), i32x4.splat(key0));
    b = v128.shuffle<i32>(low1, high1, 0, 2, 4, 6);
    c = v128.xor(v128.xor(v128.shuffle<i32>(low0, high0, 1, 3, 5, 7), d), i32x4.splat(key1));
    d = v128.shuffle<i32>(low0, high0, 0, 2, 4, 6);
    key0 += 0x9e3779b9;
    key1 += 0xbb67ae85;
  }
  words0 = a;
  words1 = b;
  words2 = c;
  words3 = d;
}
