import { FormatError } from "../io/errors.js";
import type { ByteStream } from "../io/source.js";
import { counted } from "./graph-file.js";
import { type LineBlock, lineBlocks } from "./lines.js";
import { isNumeric, shapeOf, splitFields, type TableOptions, type TextShape } from "./text-columns.js";

/** A text table with a header, its fields as they stand. */
export interface TextTable {
  /** Name of the file, for messages. */
  readonly file: string;
  readonly header: readonly string[];
  /** Line of the header, from 1. */
  readonly headerLine: number;
  /** Fields by column, each of all rows. */
  readonly fields: readonly (readonly string[])[];
  readonly rows: number;
  /** Line of each row, from 1. */
  readonly lines: Uint32Array;
  readonly shape: TextShape;
}

export interface TextTableOptions extends Omit<TableOptions, "header"> {
  /** Number of a column, from 0, that no row may leave empty; told of the header and its shape. */
  required?: (header: readonly string[], shape: TextShape) => number | null;
  signal?: AbortSignal;
}

/**
 * A table with a header, a row a line: CSV, TSV or white space as for edge lists. Throws FormatError with the line for rows of
 * another width, an empty field where there must be one, quotes that do not end in their line, text that is not UTF-8, columns
 * that are called alike, and a table without rows.
 */
export async function readTextTable(stream: ByteStream, options: TextTableOptions = {}): Promise<TextTable> {
  const { comments = "#%", required = () => null, signal } = options;
  const file = stream.name;
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let shape: TextShape | undefined;
  let header: string[] = [];
  let headerLine = 0;
  let needed: number | null = null;
  let mark = ",";
  const lines: number[] = [];
  let fields: string[][] = [];
  const fieldsOf = (block: LineBlock) => {
    let text: string;
    try {
      text = decoder.decode(block.bytes.subarray(block.start, block.end));
    } catch {
      throw block.error("encoding", block.start, "the line is not valid UTF-8");
    }
    return splitFields(text, mark, (field) => {
      const message = `the quotes of field ${field + 1} do not end before the field and the line do`;
      throw block.error("fields", block.start, message);
    });
  };
  for await (const block of lineBlocks(stream)) {
    signal?.throwIfAborted();
    if (shape === undefined) {
      let found = false;
      while (!found && block.next()) found = !isLeftOut(block.bytes, block.start, block.end, comments);
      if (!found) continue;
      // the block holds whole lines, so the beginning is enough to tell its shape
      shape = shapeOf(block.bytes.subarray(block.start), file, { ...options, header: true }, true);
      mark = shape.delimiter === 0 ? " " : String.fromCharCode(shape.delimiter);
      header = fieldsOf(block);
      headerLine = block.line;
      const twice = header.find((name, k) => header.indexOf(name) !== k);
      if (twice !== undefined)
        throw block.error("duplicate", block.start, `column ${JSON.stringify(twice)} stands twice`);
      needed = required(header, shape);
      fields = header.map(() => []);
    }
    while (block.next()) {
      if (isLeftOut(block.bytes, block.start, block.end, comments)) continue;
      const row = fieldsOf(block);
      if (row.length !== header.length)
        throw block.error("fields", block.start, `expected ${counted(header.length, "field")}, got ${row.length}`);
      if (needed !== null && row[needed] === "") throw block.error("fields", block.start, "the id is missing");
      lines.push(block.line);
      for (const [k, field] of row.entries()) fields[k].push(field);
    }
  }
  if (shape === undefined || lines.length === 0)
    throw new FormatError("empty", { file }, "no row; a header and rows were needed");
  return { file, header, headerLine, fields, rows: lines.length, lines: Uint32Array.from(lines), shape };
}

function isLeftOut(bytes: Uint8Array, start: number, end: number, comments: string): boolean {
  while (start < end && (bytes[start] === 32 || bytes[start] === 9)) start++;
  return start === end || (comments !== "" && comments.includes(String.fromCharCode(bytes[start])));
}

/**
 * The fields of a column as numbers, NaN where one is missing, or as texts where they are none. Numbers are finite; missing is a
 * field that is empty or says NaN, NA, N/A or null, beside one number or more. A column with an integer that begins with a zero,
 * such as 007, is one of texts: it names something.
 */
export function valuesOf(fields: readonly string[]): readonly string[] | Float64Array {
  let some = false;
  for (const field of fields) {
    if (isMissing(field)) continue;
    if (!isNumeric(field) || /^0\d+$/.test(field) || !Number.isFinite(Number(field))) return fields;
    some = true;
  }
  return some ? Float64Array.from(fields, (field) => (isMissing(field) ? Number.NaN : Number(field))) : fields;
}

function isMissing(field: string): boolean {
  return field === "" || /^(?:[-+]?nan|n\/?a|null)$/i.test(field);
}
