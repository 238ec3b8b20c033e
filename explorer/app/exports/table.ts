import type { ColumnValues, DataSource, Points } from "../../../src/explorer/protocol.js";
import type { OpenSpace } from "../open-space.js";
import type { Cell } from "../text/csv.js";

/** Rows of a space with their names, columns and places on the map. */
export interface Table {
  columns: { name: string; type: "text" | "number"; values: Cell[] }[];
  rows: number;
}

/** Rows whose names are asked for at a time. */
const page = 10_000;

/** A table of some rows; null is all of them. */
export async function tableOf(
  source: DataSource,
  space: OpenSpace,
  points: Points | null,
  rows: readonly number[] | null,
): Promise<Table> {
  const { items, columns } = space.summary.peek();
  const its = rows ?? Array.from({ length: items }, (_, row) => row);
  const names = rows === null ? await allNames(source, space.id, items) : await space.names.all(rows);
  const values = await Promise.all(columns.map(({ name }) => space.column(name)));
  const known = new Set(["name", ...columns.map(({ name }) => name)]);
  const places = points === null ? [] : axisNames(points, known);
  return {
    rows: its.length,
    columns: [
      { name: "name", type: "text", values: names },
      ...columns.map(({ name }, k) => ({ name, ...cellsOf(values[k], its) })),
      ...places.map((name, axis) => ({
        name,
        type: "number" as const,
        values: its.map((row) => numberOrNull(points?.coordinates[row * places.length + axis])),
      })),
    ],
  };
}

async function allNames(source: DataSource, space: number, items: number): Promise<string[]> {
  const names: string[] = [];
  for (let from = 0; from < items; from += page) {
    for (const name of await source.names(space, from, Math.min(page, items - from))) names.push(name);
  }
  return names;
}

function cellsOf(column: ColumnValues, rows: readonly number[]): { type: "text" | "number"; values: Cell[] } {
  if (column.type === "number") return { type: "number", values: rows.map((row) => numberOrNull(column.values[row])) };
  return { type: "text", values: rows.map((row) => column.categories[column.values[row]] ?? null) };
}

/** x, y and z, or map_x and so on where the space has columns of these names. */
function axisNames({ dimensions }: Points, known: ReadonlySet<string>): string[] {
  return ["x", "y", "z"].slice(0, dimensions).map((name) => (known.has(name) ? `map_${name}` : name));
}

function numberOrNull(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}
