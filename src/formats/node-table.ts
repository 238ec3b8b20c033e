import { knownOptions } from "../io/options.js";
import type { ByteStream } from "../io/source.js";
import { counted, type GraphReadOptions } from "./graph-file.js";
import { type ColumnChoice, checkTableOptions, delimiterName, findColumn, type TableOptions } from "./text-columns.js";
import { readTextTable, valuesOf } from "./text-table.js";

export interface NodeTableOptions extends Omit<TableOptions, "header">, GraphReadOptions {
  /** Column of the nodes' ids, by name or by number from 1; by default node, id, name or node_id, else the first. */
  id?: ColumnChoice;
}

/** A table about nodes: text as it stands, columns of numbers as numbers, NaN where one is missing. */
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
 * finite numbers or missing (empty, NaN, NA) is one of numbers, unless one begins with a zero as 007 does. Throws FormatError with the
 * line for rows of another width, empty ids, quotes that do not end, text that is not UTF-8, columns that are called alike, and a
 * table without rows.
 */
export async function readNodeTable(stream: ByteStream, options: NodeTableOptions = {}): Promise<Required<NodeTable>> {
  knownOptions(where, options, ["delimiter", "comments", "id", "memoryLimit", "signal", "onProgress"]);
  checkTableOptions(where, options);
  const file = stream.name;
  let id = 0;
  const { header, fields, rows, lines, shape } = await readTextTable(stream, {
    ...options,
    required: (names, found) => {
      const usual = names.findIndex((name) => usualIds.includes(name.toLowerCase()));
      id = options.id === undefined ? Math.max(0, usual) : findColumn(`${where}: id`, options.id, found, file);
      return id;
    },
  });
  const columns = new Map<string, readonly string[] | Float64Array>();
  for (const [k, name] of header.entries()) if (k !== id) columns.set(name, valuesOf(fields[k]));
  const understood = `ids ${JSON.stringify(header[id])}, fields separated by ${delimiterName(shape.delimiter)}`;
  const said = `node table, ${counted(rows, "row")}, ${understood}; columns ${[...columns.keys()].join(", ") || "none"}`;
  return { file, rows, ids: fields[id], lines, columns, understood: said };
}
