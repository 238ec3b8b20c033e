import type { Column } from "../formats/table.js";

/** A value of a column. */
export type ColumnValue = string | number | boolean | null;

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
