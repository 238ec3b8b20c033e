/** One cell of the P x P grid: pairs whose row lies in part `row` and whose column lies in part `column`. */
export interface Block {
  row: number;
  column: number;
}

/** The rounds of a slice, by number: blocks that share no part, so that they may run side by side. */
export interface Schedule {
  rounds: number;
  round(number: number): Block[];
}

/**
 * The order of a slice: every block of the grid once, in rounds of blocks that share no part.
 *
 * Two tables: round d is the diagonal (p, p + d mod P) (Gemulla et al. 2011, "Large-scale matrix factorization with
 * distributed stochastic gradient descent"). One table, whose rows and columns are the same: the blocks (p, p), then a
 * tournament by the circle method, in which each meeting of p and q is in two rounds, as (p, q) and as (q, p).
 *
 * `parts` is 1 or even; `shift` rotates the order from slice to slice.
 */
export function schedule(parts: number, tables: 1 | 2, shift = 0): Schedule {
  const rounds = tables === 2 ? parts : 2 * parts - 1;
  const order = tables === 2 ? diagonal : tournament;
  return { rounds, round: (number) => order(parts, (number + shift) % rounds) };
}

/** Throws where two blocks share a part: the invariant on which all rests, checked of every batch in training too. */
export function assertDisjoint(blocks: readonly Block[], tables: 1 | 2): void {
  const taken = new Set<string>();
  for (const { row, column } of blocks) {
    const own = tables === 2 ? [`row ${row}`, `column ${column}`] : [...new Set([`${row}`, `${column}`])];
    for (const part of own) {
      if (taken.has(part)) throw new Error(`internal: two blocks in work share part ${part}`);
      taken.add(part);
    }
  }
}

function diagonal(parts: number, d: number): Block[] {
  return range(parts).map((p) => ({ row: p, column: (p + d) % parts }));
}

function tournament(parts: number, number: number): Block[] {
  if (number === 0) return range(parts).map((p) => ({ row: p, column: p }));
  const others = parts - 1; // the last part stays in its place, the others move on by one from day to day
  const day = (number - 1) >> 1;
  const returnMatch = number % 2 === 0;
  return range(parts / 2).map((k) => {
    const a = k === 0 ? others : (day + k) % others;
    const b = k === 0 ? day : (day - k + others) % others;
    const [low, high] = [Math.min(a, b), Math.max(a, b)];
    return returnMatch ? { row: high, column: low } : { row: low, column: high };
  });
}

function range(n: number): number[] {
  return Array.from({ length: n }, (_, k) => k);
}
