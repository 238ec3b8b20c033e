import { createAtomic } from "../io/atomic.js";
import type { Table } from "./table.js";

/** Characters that are written at once. */
const pieceLength = 2 ** 20;

/** A field of CSV (RFC 4180): in quotes where it holds a quote, a comma, a line end, or white space at an end. */
export function csvField(value: string | number | boolean | null): string {
  if (value === null) return "";
  const text = String(value);
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The lines of a table, a header of its columns' names first, in pieces of some MB. */
export function* csvLines({ rows, columns }: Table): Generator<string> {
  let text = `${[...columns.keys()].map(csvField).join(",")}\n`;
  const cells = [...columns.values()];
  for (let row = 0; row < rows; row++) {
    text += `${cells.map((column) => csvField(column[row])).join(",")}\n`;
    if (text.length < pieceLength) continue;
    yield text;
    text = "";
  }
  yield text;
}

/** Writes a table as CSV, whole or not at all. Numbers are written with as many digits as tell them from all others. */
export async function writeCsv(path: string, table: Table): Promise<void> {
  const file = await createAtomic(path);
  try {
    const encoder = new TextEncoder();
    for (const lines of csvLines(table)) await file.write(encoder.encode(lines));
    await file.commit();
  } catch (error) {
    await file.discard();
    throw error;
  }
}
