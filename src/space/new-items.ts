import { checkPicture, type Picture } from "../formats/picture.js";
import type { Column } from "../formats/table.js";
import { Names } from "../io/names.js";
import { appendToColumn, type ColumnValue } from "./columns.js";
import { requireFinite } from "./contents.js";
import type { VectorLike } from "./query.js";
import type { Thumbnails } from "./thumbnails.js";

/** An item to be added: with its vector, or with the thing itself for the space's encoder. */
export interface NewItem {
  name: string;
  /** [D] */
  vector?: VectorLike;
  /** What `embed` takes. */
  thing?: unknown;
  /** Values of the space's columns; null where one is missing. */
  columns?: Readonly<Record<string, ColumnValue>>;
  /** Its small picture, of the size of those that the space has. */
  thumbnail?: Picture;
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

/**
 * The small pictures, in memory, with those of new items behind `rows` rows, white for items without. Throws RangeError where the
 * space has none, or one has another size.
 */
export function appendThumbnails(present: Thumbnails | null, rows: number, items: readonly NewItem[]): Thumbnails {
  if (present === null) throw new RangeError("add: the space has no thumbnails to add to");
  const { width, height, channels } = present.layout;
  const white = { width, height, channels, data: new Uint8Array(width * height * channels).fill(255) };
  const pictures = items.map(({ name, thumbnail = white }) => {
    checkPicture(`add: the thumbnail of ${JSON.stringify(name)}`, thumbnail);
    const [got, needed] = [thumbnail, present.layout].map((p) => `${p.width} x ${p.height} x ${p.channels}`);
    if (got !== needed)
      throw new RangeError(`add: the thumbnail of ${JSON.stringify(name)} must be ${needed}, got ${got}`);
    return thumbnail;
  });
  return present.appended(rows, pictures);
}
