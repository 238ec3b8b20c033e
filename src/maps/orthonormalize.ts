import type { Rng } from "../numerics/random.js";

/** What must be left of a row for its direction to be its own. */
const least = 2 ** -40;

/**
 * Makes the rows of [K, D] orthonormal, in order, by Gram and Schmidt, each projected out twice. A row that depends on those
 * before it is replaced by what is left of a random one; K may not exceed D.
 */
export function orthonormalize(rows: Float64Array, dimensions: number, rng: Rng): void {
  for (let start = 0; start < rows.length; start += dimensions) {
    const row = rows.subarray(start, start + dimensions);
    for (;;) {
      const before = scale(row);
      let left = 1;
      for (let pass = 0; pass < 2 && before > 0; pass++) {
        for (let other = 0; other < start; other += dimensions) {
          let product = 0;
          for (let d = 0; d < dimensions; d++) product += rows[other + d] * row[d];
          for (let d = 0; d < dimensions; d++) row[d] -= product * rows[other + d];
        }
        left *= scale(row);
      }
      if (before > 0 && left > least) break;
      for (let d = 0; d < dimensions; d++) row[d] = rng.normal();
    }
  }
}

/** Scales to length 1; returns the length before. */
function scale(row: Float64Array): number {
  let squares = 0;
  for (const value of row) squares += value * value;
  const length = Math.sqrt(squares);
  if (length > 0) for (let d = 0; d < row.length; d++) row[d] /= length;
  return length;
}
