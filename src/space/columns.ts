import type { Column } from "../formats/table.js";

/** A value of a column. */
export type ColumnValue = string | number | boolean | null;

/** A value as a column holds it, from its text: a number or a truth value where it does; the text where no item has it. */
export function valueOfText(column: Column | undefined, text: string): string | number | boolean {
  for (const value of column ?? []) if (value !== null && String(value) === text) return value;
  return text;
}

/** Why a space can have no column of this name, and what would help; null where it can. */
export function columnNameProblem(name: string): string | null {
  if (name === "name")
    return "a column cannot be called name, which the names are; call it something else, such as title";
  return name === "" ? "a column needs a name, got an empty one" : null;
}

/**
 * A column with more values at its end. It stays as narrow as its values allow: 32-bit numbers become 64-bit ones where
 * a new one does not fit, and an array where one is null. Throws RangeError for a value of another type; `where` begins
 * the message.
 */
export function appendToColumn(column: Column, values: readonly ColumnValue[], where: string): Column {
  const kind = Array.isArray(column) ? typeof column.find((value) => value !== null) : "number";
  for (const value of values) {
    if (value !== null && typeof value !== kind && kind !== "undefined") {
      throw new RangeError(`${where} holds values of type ${kind}, got ${JSON.stringify(value)}`);
    }
  }
  if (Array.isArray(column)) return [...column, ...values];
  if (!values.every((value) => typeof value === "number")) return [...column, ...values];
  const longer = new (column.constructor as new (length: number) => Exclude<Column, unknown[]>)(
    column.length + values.length,
  );
  longer.set(column);
  longer.set(values, column.length);
  if (values.every((value, k) => Object.is(longer[column.length + k], value))) return longer;
  return Float64Array.from([...column, ...values]);
}

/**
 * A copy of a column of N values that a caller hands in, as a table holds it. Throws RangeError unless there is one value an
 * item, all of them texts, all booleans or all finite numbers, null where there is none; `where` begins the message.
 */
export function takeColumn(column: Column, items: number, where: string): Column {
  if (!Array.isArray(column) && !isNumbers(column)) {
    throw new TypeError(`${where} must be an array, Float64Array, Float32Array or Int32Array, got ${typeof column}`);
  }
  if (column.length !== items) throw new RangeError(`${where} must have ${items} values, got ${column.length}`);
  const kind = typeof (Array.isArray(column) ? column.find((value) => value !== null) : column[0]);
  column.forEach((value: ColumnValue | undefined, row: number) => {
    if (value === null) return;
    const fits = ["string", "number", "boolean"].includes(typeof value) && typeof value === kind;
    if (!fits || (typeof value === "number" && !Number.isFinite(value))) {
      const needed = kind === "string" || kind === "boolean" ? `${kind}s` : "finite numbers, texts or booleans";
      throw new RangeError(`${where} must hold ${needed}, or null, got ${String(value)} in row ${row}`);
    }
  });
  return column.slice();
}

function isNumbers(column: unknown): column is Exclude<Column, unknown[]> {
  return column instanceof Float64Array || column instanceof Float32Array || column instanceof Int32Array;
}
