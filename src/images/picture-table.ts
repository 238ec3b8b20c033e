import { readNodeTable } from "../formats/node-table.js";
import type { FormatPlace } from "../io/errors.js";
import { openStream } from "../io/source.js";

/** Labels and attributes of pictures, a row each. */
export interface PictureTable {
  file: string;
  names: readonly string[];
  /** Texts, or numbers; null where a field is empty. */
  columns: ReadonlyMap<string, readonly (string | number | null)[]>;
  placeOf(row: number): FormatPlace;
}

/** Columns that say which picture a row is about, the first that there is. */
const usualNames = ["file", "path", "image", "picture", "filename", "name", "index", "id"];

/** A table with a header, as CSV or TSV. Throws FormatError with the line. */
export async function readPictureTable(path: string): Promise<PictureTable> {
  const header = await firstLine(path);
  const id = usualNames.find((name) => header.includes(name));
  const table = await readNodeTable(await openStream(path), { comments: "", ...(id === undefined ? {} : { id }) });
  const columns = new Map<string, readonly (string | number | null)[]>();
  for (const [name, values] of table.columns) {
    columns.set(
      name,
      Array.from(values as ArrayLike<string | number>, (value) => (value === "" || Number.isNaN(value) ? null : value)),
    );
  }
  return { file: path, names: table.ids, columns, placeOf: (row) => ({ file: path, line: table.lines[row] }) };
}

async function firstLine(path: string): Promise<string[]> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const piece of await openStream(path)) {
    text += decoder.decode(piece, { stream: true });
    if (text.includes("\n")) break;
  }
  return text
    .split(/\r?\n/, 1)[0]
    .replace(/^\ufeff/, "")
    .split(/[,\t;]/)
    .map((field) => field.trim().replaceAll('"', "").toLowerCase());
}
