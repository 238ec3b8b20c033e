import type { ExpressionAnswer } from "../../../src/explorer/protocol.js";

/** An arrow from one row to another. */
export interface Arrow {
  from: number;
  to: number;
}

/**
 * The sides of p - m + q = r as arrows: p to m, and r to q (rome to italy, paris to france). None unless the expression is
 * of just two items with equal positive weights and one with a negative one.
 */
export function parallelogram({ terms, neighbors }: Pick<ExpressionAnswer, "terms" | "neighbors">): Arrow[] {
  const plus = terms.filter(({ weight, row }) => weight > 0 && row !== null);
  const minus = terms.filter(({ weight, row }) => weight < 0 && row !== null);
  if (terms.length !== 3 || plus.length !== 2 || minus.length !== 1 || neighbors.length === 0) return [];
  const [p, q] = plus.map(({ row }) => row as number);
  const m = minus[0].row as number;
  const r = neighbors[0].row;
  return r === q
    ? [{ from: p, to: m }]
    : [
        { from: p, to: m },
        { from: r, to: q },
      ];
}
