/**
 * How many edits turn `a` into `b`, where an edit inserts, removes or replaces one symbol or swaps two neighbors:
 * optimal string alignment (Damerau 1964; a swapped pair is not edited again). Symbols are numbers, such as code
 * points. Any distance above `limit` is returned as `limit + 1`.
 */
export function editDistance(a: ArrayLike<number>, b: ArrayLike<number>, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before = new Uint32Array(b.length + 1);
  let previous = Uint32Array.from({ length: b.length + 1 }, (_, j) => j);
  let current = new Uint32Array(b.length + 1);
  for (let i = 1; i <= a.length; i++) {
    current[0] = i;
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      let edits = Math.min(replaced, previous[j] + 1, current[j - 1] + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) edits = Math.min(edits, before[j - 2] + 1);
      current[j] = edits;
      least = Math.min(least, edits);
    }
    // Every entry is at most one above that of the row before, so a swap that starts there exceeds the limit as well.
    if (least > limit) return limit + 1;
    [before, previous, current] = [previous, current, before];
  }
  return Math.min(previous[b.length], limit + 1);
}
