/** One cell of the P x P grid: pairs whose row lies in part `row` and whose column lies in part `column`. */
export interface Block {
  row: number;
  column: number;
}

/**
 * The order of an epoch: rounds of blocks that share no part, so that the blocks of a round may run side by side, and
 * every block of the grid once.
 *
 * Two tables: round d is the diagonal (p, p + d + shift mod P) (Gemulla et al. 2011, "Large-scale matrix factorization
 * with distributed stochastic gradient descent"). One table, whose rows and columns are the same: a tournament by the
 * circle method, in which each meeting of p and q is two rounds, (p, q) and (q, p), and the blocks (p, p) come first.
 *
 * `parts` is 1 or even; `shift` rotates the order from slice to slice.
 */
export function schedule(parts: number, tables: 1 | 2, shift = 0): Block[][] {
  const order = tables === 2 ? diagonals(parts) : tournament(parts);
  const start = shift % order.length;
  return [...order.slice(start), ...order.slice(0, start)];
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

function diagonals(parts: number): Block[][] {
  return range(parts).map((d) => range(parts).map((p) => ({ row: p, column: (p + d) % parts })));
}

function tournament(parts: number): Block[][] {
  const rounds = [range(parts).map((p) => ({ row: p, column: p }))];
  const others = parts - 1; // the last part stays in its place, the others move on by one a round
  for (let round = 0; round < others; round++) {
    const meetings = range(parts / 2).map((k) => {
      const a = k === 0 ? others : (round + k) % others;
      const b = k === 0 ? round : (round - k + others) % others;
      return { row: Math.min(a, b), column: Math.max(a, b) };
    });
    rounds.push(meetings);
    rounds.push(meetings.map(({ row, column }) => ({ row: column, column: row })));
  }
  return rounds;
}

function range(n: number): number[] {
  return Array.from({ length: n }, (_, k) => k);
}
