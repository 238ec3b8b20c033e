import type { Names } from "../io/names.js";
import { numberOption } from "../io/options.js";
import { parseExpression, quoteName } from "../space/expression.js";
import type { Space } from "../space/space.js";
import type { Place } from "./protocol.js";

/** What is added to a place, as an expression; empty where it stays. Throws RangeError for a coefficient that is no finite number. */
function movesOf(where: string, along: Readonly<Record<string, number>>): string {
  return Object.entries(along)
    .map(([name, given]) => ({ name, weight: numberOption(where, `along.${name}`, given) }))
    .filter(({ weight }) => weight !== 0)
    .map(({ name, weight }) => `${weight} * direction:${quoteName(name)}`)
    .join(" + ");
}

/** The point that a place means. Throws NotFoundError, ExpressionError, RangeError. */
export async function pointOf(space: Space, { at, along = {} }: Place): Promise<Float32Array> {
  const moves = movesOf("decode", along);
  if (moves === "") return (await space.interpolate(at, at, { steps: 1 })).vectors[0];
  return (await space.walk(at, { along: moves, from: 1, to: 1, steps: 1 })).vectors[0];
}

/** An expression and what is added to it, as one expression, so that its items are still known. Throws RangeError. */
export function movedExpression(names: Names, expression: string, along: Readonly<Record<string, number>>): string {
  const moves = movesOf("near", along);
  if (moves === "") return expression;
  const isName = names.has(expression);
  if (!isName) parseExpression(expression); // a mistake is told at its place in what was written
  const start = isName ? `item:${quoteName(expression)}` : `(${expression})`;
  return `${start} + ${moves}`;
}
