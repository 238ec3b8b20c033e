import { readTextTable, type TextTable, valuesOf } from "../formats/text-table.js";
import { FormatError, type FormatPlace } from "../io/errors.js";
import { openStream } from "../io/source.js";
import { columnNameProblem } from "../space/columns.js";

/** Labels and attributes of pictures, a row each. */
export interface PictureTable {
  file: string;
  rows: number;
  /** What a row is about, by a column of the table; null where no column says so. */
  names: readonly string[] | null;
  /** The name of that column. */
  key: string | null;
  /** The other columns: texts, or numbers; null where a value is missing. */
  columns: ReadonlyMap<string, readonly (string | number | null)[]>;
  placeOf(row: number): FormatPlace;
}

/** Columns that say which picture a row is about, the first that there is, in lower case. */
export const keyNames = ["file", "path", "image", "picture", "filename", "name", "index", "id"] as const;

/** The number of the first column with one of these names, whatever the case; null where there is none. */
export function keyIn(header: readonly string[], names: readonly string[]): number | null {
  const lower = header.map((name) => name.toLowerCase());
  const key = names.find((name) => lower.includes(name));
  return key === undefined ? null : lower.indexOf(key);
}

/**
 * A table with a header, as CSV or TSV; `chooseKey` says which column names the pictures, by its number. `placing` are columns
 * that say where pictures lie and become none of theirs. Throws FormatError with the line, also for a column that a space cannot have.
 */
export async function readPictureTable(
  path: string,
  chooseKey: (table: TextTable) => number | null,
  placing: readonly string[] = [],
): Promise<PictureTable> {
  const table = await readTextTable(await openStream(path), { comments: "" });
  const { header, headerLine, fields, rows, lines } = table;
  const placeOf = (row: number) => ({ file: path, line: lines[row] });
  const key = chooseKey(table);
  const names = key === null ? null : fields[key];
  const unnamed = names?.indexOf("") ?? -1;
  if (key !== null && unnamed >= 0) {
    const which = `column ${JSON.stringify(header[key])} must say which picture the row is about; it is empty`;
    throw new FormatError("fields", placeOf(unnamed), which);
  }
  const columns = new Map<string, readonly (string | number | null)[]>();
  for (const [k, name] of header.entries()) {
    if (k === key) continue;
    const problem = placing.includes(name) ? null : columnNameProblem(name);
    if (problem !== null) {
      const beside = key === null ? "" : `; column ${JSON.stringify(header[key])} names the pictures`;
      throw new FormatError("header", { file: path, line: headerLine }, `column ${k + 1}: ${problem}${beside}`);
    }
    const values: ArrayLike<string | number> = valuesOf(fields[k]);
    columns.set(
      name,
      Array.from(values, (value) => (value === "" || Number.isNaN(value) ? null : value)),
    );
  }
  return { file: path, rows, names, key: key === null ? null : header[key], columns, placeOf };
}
