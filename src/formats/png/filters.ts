/** The filters of PNG's rows (ISO/IEC 15948, section 9.2): each byte less a guess from the left, above, and above left. */

/** By filter type: the guess from the bytes left (a), above (b), and above left (c). */
const guesses: readonly ((a: number, b: number, c: number) => number)[] = [
  () => 0,
  (a) => a,
  (_, b) => b,
  (a, b) => (a + b) >> 1,
  paeth,
];

export const filterCount = guesses.length;

/** The nearest of the three to a + b - c; of equally near ones the first. */
function paeth(a: number, b: number, c: number): number {
  const [toA, toB, toC] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
  if (toA <= toB && toA <= toC) return a;
  return toB <= toC ? b : c;
}

/** Turns a filtered row into its bytes, in place. `above` is the row above, zeros for the first; `step` bytes are a pixel. */
export function unfilter(type: number, row: Uint8Array, above: Uint8Array, step: number): void {
  if (type === 0) return;
  const guess = guesses[type];
  for (let i = 0; i < row.length; i++) {
    const left = i >= step;
    row[i] += guess(left ? row[i - step] : 0, above[i], left ? above[i - step] : 0);
  }
}

/** Writes a row filtered; returns the sum of the bytes' distances from 0, the usual measure of how well it will pack. */
export function filter(type: number, row: Uint8Array, above: Uint8Array, step: number, into: Uint8Array): number {
  const guess = guesses[type];
  let sum = 0;
  for (let i = 0; i < row.length; i++) {
    const left = i >= step;
    const rest = (row[i] - guess(left ? row[i - step] : 0, above[i], left ? above[i - step] : 0)) & 0xff;
    into[i] = rest;
    sum += rest < 128 ? rest : 256 - rest;
  }
  return sum;
}
