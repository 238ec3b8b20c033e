import { readNodeTable } from "../formats/node-table.js";
import { FormatError } from "../io/errors.js";
import { knownOptions } from "../io/options.js";
import type { ByteStream } from "../io/source.js";
import type { ItemLabels } from "./item-labels.js";

/**
 * Reads a table with a row an item and label: names as in `readNodeTable`, labels from `column`, by default label, class, y or
 * target. An empty label or -1 is none. Throws FormatError where there is no such column or no label.
 */
export async function readItemLabels(stream: ByteStream, options: { column?: string } = {}): Promise<ItemLabels> {
  knownOptions("readItemLabels", options, ["column"]);
  const table = await readNodeTable(stream);
  const wanted = options.column === undefined ? ["label", "class", "y", "target"] : [options.column];
  const column = wanted.find((name) => table.columns.has(name));
  const values = column === undefined ? undefined : table.columns.get(column);
  if (values === undefined) {
    const message = `a column ${wanted.join(", ")} was needed, there are ${[...table.columns.keys()].join(", ")}`;
    throw new FormatError("fields", { file: table.file, line: 1 }, message);
  }
  const classes: string[] = [];
  const numbers = new Map<string, number>();
  const labels = new Map<string, number[]>();
  for (let row = 0; row < table.rows; row++) {
    const text = Number.isNaN(values[row]) ? "" : String(values[row]);
    if (text === "" || text === "-1") continue;
    const label = numbers.get(text) ?? classes.push(text) - 1;
    numbers.set(text, label);
    const own = labels.get(table.ids[row]) ?? [];
    if (own.includes(label)) {
      const message = `the item ${JSON.stringify(table.ids[row])} has the label ${JSON.stringify(text)} already`;
      throw new FormatError("duplicate", { file: table.file, line: table.lines[row] }, message);
    }
    labels.set(table.ids[row], [...own, label]);
  }
  if (classes.length === 0) throw new FormatError("empty", { file: table.file }, `no label in column ${column}`);
  return { name: stream.name, classes, labels };
}
