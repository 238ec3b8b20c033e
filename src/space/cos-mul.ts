import { integerOption } from "../io/options.js";
import { allowedRows, type ExactOptions, type Neighbor } from "./neighbors.js";
import type { Lookup } from "./query.js";
import { scores } from "./scores.js";

/** Keeps the quotient finite; the value of the paper. */
const epsilon = 0.001;

/**
 * 3CosMul (Levy and Goldberg 2014, "Linguistic regularities in sparse and explicit word representations", eq. 4):
 * the items x with the largest
 *
 *   s(x, b) s(x, c) / (s(x, a) + 0.001),   s = (cosine + 1) / 2,
 *
 * where the rows a, b, c ask "a is to b as c is to ?". Best first, among equals the lower row first.
 */
export async function cosMul(
  [a, b, c]: readonly [a: number, b: number, c: number],
  lookup: Lookup,
  { count = 10, excludeInputs = true, among, signal }: ExactOptions,
): Promise<Neighbor[]> {
  integerOption("analogy", "count", count, 1);
  const { names, vectors } = lookup;
  const inputs = [a, b, c];
  const cosines = await scores(
    vectors,
    inputs.map((row) => vectors.get(row)),
    "cosine",
    signal,
  );
  const [toA, toB, toC] = cosines.map((values) => values.map((value) => (Math.min(1, Math.max(-1, value)) + 1) / 2));
  const quotients = toA.map((value, row) => (toB[row] * toC[row]) / (value + epsilon));
  const excluded = new Set(excludeInputs ? inputs : []);
  return Array.from(allowedRows(among, lookup, "analogy") ?? quotients.keys())
    .filter((row) => !excluded.has(row))
    .sort((x, y) => quotients[y] - quotients[x] || x - y)
    .slice(0, count)
    .map((row) => ({ name: names.get(row), row, score: quotients[row] }));
}
