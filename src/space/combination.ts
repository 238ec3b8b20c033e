import type { Expression } from "./expression.js";

/** One name of a linear combination. */
export interface WeightedName {
  name: string;
  scope: "any" | "item" | "direction";
  weight: number;
}

/**
 * An expression as a sum of weighted names, in the order in which they stand: every expression is linear, a mean being
 * the sum of its parts over their number. A name that stands twice comes twice.
 */
export function linearCombination(expression: Expression): WeightedName[] {
  const names: WeightedName[] = [];
  collect(expression, 1, names);
  return names;
}

function collect(expression: Expression, weight: number, into: WeightedName[]): void {
  switch (expression.kind) {
    case "name":
      into.push({ name: expression.name, scope: expression.scope, weight });
      break;
    case "scaled":
      collect(expression.of, weight * expression.weight, into);
      break;
    case "sum":
      for (const { sign, of } of expression.terms) collect(of, sign * weight, into);
      break;
    case "mean":
      for (const part of expression.of) collect(part, weight / expression.of.length, into);
      break;
  }
}
