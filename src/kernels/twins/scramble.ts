/** Scrambles 32 bits (the finalizer of MurmurHash3, Appleby 2011): each bit of the result depends on all of x. */
export function scramble(x: number): number {
  x ^= x >>> 16;
  x = Math.imul(x, 0x85ebca6b);
  x ^= x >>> 13;
  x = Math.imul(x, 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}
