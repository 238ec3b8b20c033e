import { FormatError } from "../io/errors.js";
import { knownOptions } from "../io/options.js";
import type { ByteStream } from "../io/source.js";
import { counted, type GraphReadOptions } from "./graph-file.js";
import { lineBlocks } from "./lines.js";
import {
  type ColumnChoice,
  checkTableOptions,
  delimiterName,
  findColumn,
  isNumeric,
  shapeOf,
  splitFields,
  type TableOptions,
} from "./text-columns.js";

export interface NodeTableOptions extends Omit<TableOptions, "header">, GraphReadOptions {
  /** Column of the nodes' ids, by name or by number from 1; by default node, id, name or node_id, else the first. */
  id?: ColumnChoice;
}

/** A table about nodes: text as it stands, columns of numbers as numbers, NaN where a field is empty. */
export interface NodeTable {
  /** Name of the file, for messages. */
  readonly file: string;
  readonly rows: number;
  readonly ids: readonly string[];
  /** Line of each row, from 1; absent where the nodes were no lines of a text. */
  readonly lines?: Uint32Array;
  /** The other columns by name. */
  readonly columns: ReadonlyMap<string, readonly string[] | Float64Array>;
  readonly understood: string;
}

const where = "readNodeTable";
const usualIds = ["node", "id", "name", "node_id"];

/**
 * A table about nodes, a row each, with a header: CSV, TSV or white space as for edge lists. A column whose fields are all
 * finite numbers or empty is one of numbers. Throws FormatError with the line for rows of another width, empty ids, text that
 * is not UTF-8, columns that are called alike, and a table without rows.
 */
export async function readNodeTable(stream: ByteStream, options: NodeTableOptions = {}): Promise<Required<NodeTable>> {
  knownOptions(where, options, ["delimiter", "comments", "id", "memoryLimit", "signal", "onProgress"]);
  checkTableOptions(where, options);
  const { comments = "#%", signal } = options;
  const file = stream.name;
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let header: string[] | undefined;
  let id = 0;
  let mark = ",";
  let understood = "";
  const ids: string[] = [];
  const lines: number[] = [];
  let fields: string[][] = [];
  for await (const block of lineBlocks(stream)) {
    signal?.throwIfAborted();
    if (header === undefined) {
      let found = false;
      while (!found && block.next()) found = !isLeftOut(block.bytes, block.start, block.end, comments);
      if (!found) continue;
      // the block holds whole lines, so the beginning is enough to tell its shape
      const shape = shapeOf(block.bytes.subarray(block.start), file, { ...options, header: true }, true);
      mark = shape.delimiter === 0 ? " " : String.fromCharCode(shape.delimiter);
      header = shape.header as string[];
      const twice = header.find((name, k) => header?.indexOf(name) !== k);
      if (twice !== undefined)
        throw block.error("duplicate", block.start, `column ${JSON.stringify(twice)} stands twice`);
      const usual = header.findIndex((name) => usualIds.includes(name.toLowerCase()));
      id = options.id === undefined ? Math.max(0, usual) : findColumn(`${where}: id`, options.id, shape, file);
      fields = header.map(() => []);
      understood = `ids ${JSON.stringify(header[id])}, fields separated by ${delimiterName(shape.delimiter)}`;
    }
    while (block.next()) {
      if (isLeftOut(block.bytes, block.start, block.end, comments)) continue;
      let text: string;
      try {
        text = decoder.decode(block.bytes.subarray(block.start, block.end));
      } catch {
        throw block.error("encoding", block.start, "the line is not valid UTF-8");
      }
      const row = splitFields(text, mark);
      if (row.length !== header.length) {
        throw block.error("fields", block.start, `expected ${counted(header.length, "field")}, got ${row.length}`);
      }
      if (row[id] === "") throw block.error("fields", block.start, "the id is missing");
      ids.push(row[id]);
      lines.push(block.line);
      for (const [k, field] of row.entries()) if (k !== id) fields[k].push(field);
    }
  }
  if (header === undefined || ids.length === 0)
    throw new FormatError("empty", { file }, "no row; a header and rows were needed");
  const columns = new Map<string, readonly string[] | Float64Array>();
  for (const [k, name] of header.entries()) {
    if (k === id) continue;
    const column = fields[k];
    const numbers = column.every((field) => field === "" || (isNumeric(field) && Number.isFinite(Number(field))));
    const some = numbers && column.some((field) => field !== "");
    columns.set(
      name,
      some ? Float64Array.from(column, (field) => (field === "" ? Number.NaN : Number(field))) : column,
    );
  }
  const said = `node table, ${counted(ids.length, "row")}, ${understood}; columns ${[...columns.keys()].join(", ") || "none"}`;
  return { file, rows: ids.length, ids, lines: Uint32Array.from(lines), columns, understood: said };
}

function isLeftOut(bytes: Uint8Array, start: number, end: number, comments: string): boolean {
  while (start < end && (bytes[start] === 32 || bytes[start] === 9)) start++;
  return start === end || (comments !== "" && comments.includes(String.fromCharCode(bytes[start])));
}
