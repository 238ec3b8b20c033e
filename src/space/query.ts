import { NotFoundError } from "../io/errors.js";
import { Names } from "../io/names.js";
import { closestNames } from "./closest-names.js";
import { linearCombination, type WeightedName } from "./combination.js";
import { requireFinite } from "./contents.js";
import { type Expression, ExpressionError, parseExpression, quoteName } from "./expression.js";
import type { Direction } from "./manifest.js";
import { toUnit } from "./scores.js";
import type { Vectors } from "./vectors.js";

/** D numbers. */
export type VectorLike = Float32Array | Float64Array | readonly number[];

/** A name, an expression, or a vector. */
export type Query = string | VectorLike;

/** A query as a point of the space. */
export interface Point {
  /** [D] */
  vector: Float64Array;
  /** Rows of the items that the query names. */
  rows: number[];
}

/** What names mean in a space. */
export interface Lookup {
  names: Names;
  vectors: Vectors;
  directions: ReadonlyMap<string, Direction>;
  /** Receives warnings. */
  warn: (message: string) => void;
}

/**
 * The point of a query. A text that is an item's name as it stands is that item's vector; any other text is parsed. With
 * `unit` every item of an expression is scaled to length 1 first (the 3CosAdd rule: each item counts by its direction
 * alone); named directions never are. Throws NotFoundError, ExpressionError, or RangeError for a vector of wrong length or with NaN.
 */
export function locate(query: Query, lookup: Lookup, unit: boolean, where: string): Point {
  const { names, vectors } = lookup;
  if (typeof query !== "string") {
    if (!isVector(query)) {
      throw new TypeError(`${where}: a name, an expression or a vector was needed, got ${describe(query)}`);
    }
    if (query.length !== vectors.dimensions) {
      throw new RangeError(`${where}: a vector of ${vectors.dimensions} numbers was needed, got ${query.length}`);
    }
    requireFinite(query, vectors.dimensions, () => `${where}: a vector`);
    return { vector: Float64Array.from(query), rows: [] };
  }
  const row = names.indexOf(query);
  if (row >= 0) return { vector: Float64Array.from(vectors.get(row)), rows: [row] };
  const combination = linearCombination(parsed(query, lookup, where));
  const [only] = combination;
  if (combination.length === 1 && only.weight === 1) {
    const part = find(only, lookup, where);
    return { vector: Float64Array.from(part.vector), rows: part.row < 0 ? [] : [part.row] };
  }
  return combine(combination, lookup, unit, where);
}

function isVector(value: unknown): value is VectorLike {
  return (Array.isArray(value) && typeof value[0] === "number") || (ArrayBuffer.isView(value) && "length" in value);
}

function describe(value: unknown): string {
  return Array.isArray(value) ? "an array of something else" : value === null ? "null" : typeof value;
}

/** The weighted sum of names. */
export function combine(combination: readonly WeightedName[], lookup: Lookup, unit: boolean, where: string): Point {
  const sum = new Float64Array(lookup.vectors.dimensions);
  const rows: number[] = [];
  for (const term of combination) {
    const { vector, row } = find(term, lookup, where);
    if (row >= 0) rows.push(row);
    const scaled = unit && row >= 0 ? toUnit(vector) : vector;
    for (let d = 0; d < sum.length; d++) sum[d] += term.weight * scaled[d];
  }
  return { vector: sum, rows };
}

/** Parses an expression; where it is none because names with spaces lack quotes, the error says which were meant. */
function parsed(query: string, { names, directions }: Lookup, where: string): Expression {
  try {
    return parseExpression(query);
  } catch (error) {
    if (!(error instanceof ExpressionError) || /["()*,]/.test(query)) throw error;
    const [parts, signs] = [query.trim().split(/\s+[+-]\s+/), query.trim().match(/\s[+-]\s/g) ?? []];
    const spaced = (name: string) => closestKnown(names, directions, name).filter((known) => /\s/.test(known));
    if (parts.length === 1) {
      const suggestions = spaced(query.trim());
      if (suggestions.length === 0) throw error;
      const message = `${where}: ${quoteName(query)} is not in the space; did you mean ${suggestions.map(quoteName).join(", ")}?`;
      throw new NotFoundError(message, query, suggestions);
    }
    const meant = parts.map((part) => (/\s/.test(part) ? spaced(part)[0] : part));
    if (meant.every((part) => part !== undefined))
      error.message += `\ndid you mean ${meant.map((part, k) => `${quoteName(part)}${signs[k] ?? ""}`).join("")}?`;
    throw error;
  }
}

/** An item, or else a direction, whose row is -1. */
function find(
  term: Pick<WeightedName, "name" | "scope">,
  lookup: Lookup,
  where: string,
): { vector: Float32Array; row: number } {
  const { names, vectors, directions } = lookup;
  const row = term.scope === "direction" ? -1 : names.indexOf(term.name);
  if (row >= 0) return { vector: vectors.get(row), row };
  const direction = term.scope === "item" ? undefined : directions.get(term.name);
  if (direction !== undefined) return { vector: direction.vector, row: -1 };
  throw notFound(term, lookup, where);
}

/** The row of an item's name. Throws NotFoundError. */
export function rowOf(name: string, lookup: Lookup, where: string): number {
  if (typeof name !== "string") throw new TypeError(`${where}: an item's name was needed, got ${typeof name}`);
  const row = lookup.names.indexOf(name);
  if (row < 0) throw notFound({ name, scope: "item" }, lookup, where);
  return row;
}

function notFound({ name, scope }: Pick<WeightedName, "name" | "scope">, lookup: Lookup, where: string): NotFoundError {
  if (scope === "direction") {
    const known = [...lookup.directions.keys()];
    const there = known.length > 0 ? `there are ${known.slice(0, 10).map(quoteName).join(", ")}` : "the space has none";
    return new NotFoundError(`${where}: there is no direction ${told(name)}; ${there}`, name, known);
  }
  const suggestions =
    scope === "item" ? closestNames(lookup.names, name) : closestKnown(lookup.names, lookup.directions, name);
  let message = `${where}: ${told(name)} is not in the space`;
  if (suggestions.length > 0) message += `; did you mean ${suggestions.map(quoteName).join(", ")}?`;
  if (/.[+*-]./u.test(name)) message += " Operators stand between spaces: a + b";
  return new NotFoundError(message, name, suggestions);
}

/** The names most like `name`, of items and then of directions; at most three of each. */
function closestKnown(names: Names, directions: ReadonlyMap<string, Direction>, name: string): string[] {
  const own = directions.size === 0 ? [] : closestNames(Names.from([...directions.keys()]), name);
  return [...new Set([...closestNames(names, name), ...own])];
}

/** What is said where a direction was wanted and there is none of the name: those that there are. */
export function withDirections(error: unknown, directions: ReadonlyMap<string, Direction>): unknown {
  if (!(error instanceof NotFoundError)) return error;
  const known = [...directions.keys()].slice(0, mostListed).map(quoteName);
  const more = directions.size > mostListed ? `, and ${directions.size - mostListed} more` : "";
  const there = known.length === 0 ? "The space has no directions" : `Its directions are ${known.join(", ")}${more}`;
  error.message += `${error.message.endsWith("?") ? "" : "."} ${there}`;
  return error;
}

const mostListed = 10;

/** Letters of a name that a message repeats. */
const mostTold = 60;

/** A name as a message repeats it: a long one is cut, and its length is told. */
function told(name: string): string {
  if (name.length <= mostTold) return quoteName(name);
  return `${quoteName(name.slice(0, mostTold))}... (${name.length.toLocaleString("en-US")} letters)`;
}
