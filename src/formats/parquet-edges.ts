import { FormatError } from "../io/errors.js";
import { Names } from "../io/names.js";
import { booleanOption, knownOptions, wordOption } from "../io/options.js";
import type { Source } from "../io/source.js";
import { isWellFormed } from "../io/utf8.js";
import { finishEdges, type IdKind } from "./edge-nodes.js";
import { checkEdgeMemory, counted, type GraphFile, type GraphReadOptions } from "./graph-file.js";
import { readParquet } from "./parquet.js";
import type { Column } from "./table.js";
import { type ColumnChoice, findColumn, findEnds } from "./text-columns.js";

export interface ParquetEdgesOptions extends GraphReadOptions {
  /** Columns of the ends, by name or by number from 1; by default those that are named as usual, else 1 and 2. */
  source?: ColumnChoice;
  target?: ColumnChoice;
  /** Column of the weights; null: none. By default the one that is called weight, weights or w. */
  weight?: ColumnChoice | null;
  /** As for edge lists. Default "auto". */
  ids?: IdKind;
  /** As for edge lists. */
  bipartite?: boolean;
}

const where = "readParquetEdges";
const largestId = 2 ** 32 - 2;

/**
 * Edges from the columns of a flat Parquet table; ids are text or integers. Throws FormatError with the row, from 0, for
 * missing ids, numbers that are no ids, and weights that are not finite numbers above 0.
 */
export async function readParquetEdges(source: Source, options: ParquetEdgesOptions = {}): Promise<GraphFile> {
  const known = ["source", "target", "weight", "ids", "bipartite", "memoryLimit", "signal", "onProgress"];
  knownOptions(where, options, known);
  const ids = wordOption(where, "ids", options.ids ?? "auto", ["auto", "numbers", "names"]);
  if (options.bipartite !== undefined) booleanOption(where, "bipartite", options.bipartite);
  options.signal?.throwIfAborted();
  const file = source.name;
  const { rows, columns } = await readParquet(source);
  const header = [...columns.keys()];
  const shape = { header, fields: header.length, headerLines: 0 };
  const usual = findEnds(header) ?? [0, 1];
  if (header.length < 2)
    throw new FormatError("fields", { file }, `an edge needs two columns, there is ${header.length}`);
  const [from, to] = (["source", "target"] as const).map((end, k) => {
    const choice = options[end];
    return choice === undefined ? usual[k] : findColumn(`${where}: ${end}`, choice, shape, file);
  });
  const weightAt =
    options.weight === null
      ? -1
      : options.weight === undefined
        ? header.findIndex((name, k) => k !== from && k !== to && /^(?:weights?|w)$/i.test(name))
        : findColumn(`${where}: weight`, options.weight, shape, file);
  if (new Set([from, to, weightAt]).size < 3)
    throw new RangeError(`${where}: source, target and weight must be different columns`);
  if (rows === 0) throw new FormatError("empty", { file }, "no edges");
  checkEdgeMemory(where, file, rows, weightAt >= 0, options.memoryLimit);

  const columnAt = (k: number): Column => columns.get(header[k]) as Column;
  const ends = [columnAt(from), columnAt(to)];
  const numbers =
    ids !== "names" && ends.every((column) => !Array.isArray(column) || column.every((id) => typeof id === "number"));
  const names: [Names, Names] | null = numbers ? null : [new Names(), new Names()];
  const bipartite = options.bipartite ?? header[from].toLowerCase() === "user";
  if (names !== null && !bipartite) names[1] = names[0];
  const [sources, targets] = [new Uint32Array(rows), new Uint32Array(rows)];
  let largest = 0;
  for (let row = 0; row < rows; row++) {
    for (let end = 0; end < 2; end++) {
      const id = ends[end][row];
      const fail = (message: string) =>
        new FormatError("number", { file }, `row ${row}, ${header[end === 0 ? from : to]}: ${message}`);
      const into = end === 0 ? sources : targets;
      if (names === null) {
        if (typeof id !== "number" || !Number.isInteger(id) || id < 0 || id > largestId) {
          throw fail(
            `an id must be an integer from 0 to ${largestId} or text, got ${id}; ids "names" takes numbers of any kind`,
          );
        }
        into[row] = id;
        largest = Math.max(largest, id);
      } else {
        if (id === null || id === "" || typeof id === "boolean")
          throw fail(`an id must be text or a number, got ${id === "" ? "nothing" : id}`);
        const name = String(id);
        if (!isWellFormed(name)) throw fail("an id is no valid Unicode");
        const known = names[end].indexOf(name);
        into[row] = known < 0 ? names[end].add(name) : known;
      }
    }
  }
  const weights = weightAt < 0 ? null : weightsOf(columnAt(weightAt), rows, header[weightAt], file);
  const used = [from, to, weightAt];
  const unused = header.filter((_, k) => !used.includes(k));
  const understood = (nodes: string) =>
    [
      `Parquet, ${counted(rows, "row")}`,
      `from "${header[from]}" to "${header[to]}", ${weightAt < 0 ? "no weights" : `weights "${header[weightAt]}"`}${unused.length === 0 ? "" : `, ${unused.map((name) => `"${name}"`).join(", ")} not used`}`,
      nodes,
    ].join("; ");
  return finishEdges({ sources, targets, weights }, { names, bipartite, ids, largest, understood });
}

function weightsOf(column: Column, rows: number, name: string, file: string): Float64Array<ArrayBuffer> {
  const weights = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const weight = column[row];
    if (typeof weight !== "number" || !(weight > 0 && weight < Number.POSITIVE_INFINITY)) {
      throw new FormatError(
        "number",
        { file },
        `row ${row}, ${name}: a weight must be a finite number above 0, got ${weight}`,
      );
    }
    weights[row] = weight;
  }
  return weights;
}
