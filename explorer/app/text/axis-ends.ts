import { type Expression, parseExpression, printExpression } from "../../../src/space/expression.js";

/** What stands at the two ends of an axis. */
export interface AxisEnds {
  least: string;
  most: string;
}

/** Of `woman - man` man and woman; of anything else the axis with its sign. */
export function axisEnds(axis: string): AxisEnds {
  const expression = parsed(axis);
  if (expression?.kind === "sum" && expression.terms.length === 2) {
    const plus = expression.terms.find(({ sign }) => sign > 0);
    const minus = expression.terms.find(({ sign }) => sign < 0);
    if (plus && minus) return { least: printExpression(minus.of), most: printExpression(plus.of) };
  }
  const name = axis.replace(/^direction:/, "");
  return { least: `− ${name}`, most: `+ ${name}` };
}

function parsed(axis: string): Expression | null {
  try {
    return parseExpression(axis);
  } catch {
    return null;
  }
}
