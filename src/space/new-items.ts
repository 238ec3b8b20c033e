import type { Column } from "../formats/table.js";
import { Names } from "../io/names.js";
import { appendToColumn, type ColumnValue } from "./columns.js";
import { requireFinite } from "./contents.js";
import type { VectorLike } from "./query.js";

/** An item to be added: with its vector, or with the thing itself for the space's encoder. */
export interface NewItem {
  name: string;
  /** [D] */
  vector?: VectorLike;
  /** What `embed` takes. */
  thing?: unknown;
  /** Values of the space's columns; null where one is missing. */
  columns?: Readonly<Record<string, ColumnValue>>;
}

/** Throws unless the names are well-formed, different from each other and new. */
export function requireNew(items: readonly NewItem[], names: Names): void {
  for (const name of Names.from(
    items.map((item) => item.name),
    "add",
  )) {
    if (names.has(name)) throw new RangeError(`add: ${JSON.stringify(name)} is in the space already`);
  }
}

/** A vector of a caller as float32, [D]. Throws RangeError, of `what`, where it is not D finite numbers. */
export function checkedVector(vector: VectorLike, dimensions: number, what: string): Float32Array {
  if (vector.length !== dimensions) {
    throw new RangeError(`${what} must have ${dimensions} numbers, got ${vector.length}`);
  }
  const row = Float32Array.from(vector);
  requireFinite(row, dimensions, () => what);
  return row;
}

/** The vectors of new items, [items, D]; things without one are handed to `embed` together. Throws RangeError. */
export async function vectorsOfItems(
  items: readonly NewItem[],
  dimensions: number,
  embed: (things: readonly unknown[]) => Promise<readonly VectorLike[]>,
): Promise<Float32Array> {
  const things: unknown[] = [];
  for (const { name, vector, thing } of items) {
    if (vector !== undefined) continue;
    if (thing === undefined)
      throw new RangeError(`add: ${JSON.stringify(name)} needs a vector, or a thing to be embedded`);
    things.push(thing);
  }
  const embedded = (things.length > 0 ? await embed(things) : []).values();
  const rows = new Float32Array(items.length * dimensions);
  items.forEach(({ name, vector }, k) => {
    const row = vector ?? embedded.next().value ?? [];
    rows.set(checkedVector(row, dimensions, `add: the vector of ${JSON.stringify(name)}`), k * dimensions);
  });
  return rows;
}

/** The columns with the values of new items, null where an item has none. */
export function appendColumns(columns: ReadonlyMap<string, Column>, items: readonly NewItem[]): Map<string, Column> {
  for (const { name, columns: values = {} } of items) {
    const unknown = Object.keys(values).find((column) => !columns.has(column));
    if (unknown !== undefined) {
      const known = [...columns.keys()].map((column) => JSON.stringify(column)).join(", ") || "none";
      throw new RangeError(
        `add: ${JSON.stringify(name)} has column ${JSON.stringify(unknown)}, the space has ${known}`,
      );
    }
  }
  const longer = new Map<string, Column>();
  for (const [column, present] of columns) {
    const values = items.map((item) => item.columns?.[column] ?? null);
    longer.set(column, appendToColumn(present, values, `add: column ${JSON.stringify(column)}`));
  }
  return longer;
}
