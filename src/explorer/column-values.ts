import type { Column } from "../formats/table.js";
import type { ColumnSummary, ColumnValues } from "./protocol.js";

/** A column as the page draws it: numbers, or categories with the most frequent first, among equals in order of appearance. */
export function columnValues(column: Column): ColumnValues {
  if (isNumeric(column)) {
    return { type: "number", values: Float32Array.from(column, (value) => (value === null ? Number.NaN : value)) };
  }
  const counts = new Map<string, number>();
  const texts = column.map((value) => (value === null ? null : String(value)));
  for (const text of texts) if (text !== null) counts.set(text, (counts.get(text) ?? 0) + 1);
  const categories = [...counts.keys()].sort((a, b) => (counts.get(b) as number) - (counts.get(a) as number));
  const codes = new Map(categories.map((category, code) => [category, code]));
  return {
    type: "category",
    values: Int32Array.from(texts, (text) => (text === null ? -1 : (codes.get(text) as number))),
    categories,
    counts: categories.map((category) => counts.get(category) as number),
  };
}

/** What is to be known of a column before it is asked for. */
export function columnSummary(name: string, column: Column): ColumnSummary {
  let missing = 0;
  if (isNumeric(column)) {
    let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const value of column) {
      if (value === null || Number.isNaN(value)) missing++;
      else [least, most] = [Math.min(least, value), Math.max(most, value)];
    }
    return { name, type: "number", ...(least <= most && { least, most }), missing };
  }
  const values = new Set<unknown>();
  for (const value of column) {
    if (value === null) missing++;
    else values.add(value);
  }
  return { name, type: "category", values: values.size, missing };
}

function isNumeric(column: Column): column is Exclude<Column, unknown[]> | (number | null)[] {
  return !Array.isArray(column) || typeof column.find((value) => value !== null) === "number";
}
