import type { Column } from "../formats/table.js";
import { NotFoundError } from "../io/errors.js";
import { shown } from "./output.js";

/** A column of a space that a flag names. Throws NotFoundError with the names most like it, and those that there are. */
export async function columnOf(
  verb: string,
  columns: ReadonlyMap<string, Column>,
  flag: string,
  name: string,
): Promise<Column> {
  const column = columns.get(name);
  if (column !== undefined) return column;
  const { Names } = await import("../io/names.js");
  const { closestNames } = await import("../space/closest-names.js");
  const similar = closestNames(Names.from(columns.keys()), name);
  const close = similar.length === 0 ? "" : ` did you mean ${similar.map(shown).join(", ")}?`;
  const there = [...columns.keys()].map(shown).join(", ") || "none";
  throw new NotFoundError(
    `${verb}: there is no column ${shown(name)} (${flag});${close} the space has ${there}`,
    name,
    [...similar],
  );
}
