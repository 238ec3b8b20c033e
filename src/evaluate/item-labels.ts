import { readNodeTable } from "../formats/node-table.js";
import { Breather } from "../io/breather.js";
import { FormatError } from "../io/errors.js";
import { integerOption, knownOptions } from "../io/options.js";
import { Meter, type TaskOptions } from "../io/progress.js";
import type { ByteStream } from "../io/source.js";
import type { DenseMatrix } from "../numerics/matrix.js";
import { type MultiLabelOptions, type MultiLabelScores, multiLabelScores, multiLabelSteps } from "./multi-label.js";
import type { NamedVectors } from "./named-vectors.js";

/** What items of a space are, one label or several each. */
export interface ItemLabels {
  /** Of the test set. */
  name: string;
  classes: readonly string[];
  /** Numbers of classes, by item. */
  labels: ReadonlyMap<string, readonly number[]>;
}

export interface LabelReport extends MultiLabelScores {
  /** Name of the test set. */
  name: string;
  classes: number;
  /** Labeled items that the space has, and labeled items. */
  seen: number;
  total: number;
  /** The same scores of who knows no vector and names the most frequent labels. */
  baseline: MultiLabelScores;
  trainShare: number;
  repeats: number;
}

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

/**
 * How well the vectors tell the labels of items, by `multiLabelScores` over those that the space has; with one label an item
 * micro-F1 is accuracy. All vectors are scaled alike first, so that their numbers have a mean square of 1: the penalty would
 * else favor spaces of long vectors. Beside it what the most frequent labels alone reach on the same halves. Throws RangeError where
 * fewer than two labeled items are in the space, or an option is out of range.
 */
export async function labelScores(
  space: NamedVectors,
  test: ItemLabels,
  { signal, onProgress, ...options }: MultiLabelOptions & TaskOptions = {},
): Promise<LabelReport> {
  const { vectors } = space;
  const rows: number[] = [];
  const labels: (readonly number[])[] = [];
  for (const [item, own] of test.labels) {
    const row = space.indexOf(item);
    if (row < 0) continue;
    rows.push(row);
    labels.push(own);
  }
  integerOption("labelScores", "items of the space with labels", rows.length, 2);
  const { dimensions } = vectors;
  const values = new Float32Array(rows.length * dimensions);
  for (const [k, row] of rows.entries()) values.set(vectors.get(row), k * dimensions);
  let squares = 0;
  for (const value of values) squares += value * value;
  const scale = squares === 0 ? 1 : Math.sqrt(values.length / squares);
  for (let i = 0; i < values.length; i++) values[i] *= scale;
  const nothing = { rows: rows.length, columns: 1, values: new Float32Array(rows.length) };
  return {
    name: test.name,
    classes: test.classes.length,
    seen: rows.length,
    total: test.labels.size,
    ...(await scored({ rows: rows.length, columns: dimensions, values }, labels, options, { signal, onProgress })),
    baseline: multiLabelScores(nothing, labels, options),
    trainShare: options.trainShare ?? 0.5,
    repeats: options.repeats ?? 1,
  };
}

/** `multiLabelScores`, with pauses in which a signal is heard. */
async function scored(
  x: DenseMatrix,
  labels: readonly (readonly number[])[],
  options: MultiLabelOptions,
  { signal, onProgress }: TaskOptions,
): Promise<MultiLabelScores> {
  const breather = new Breather(signal);
  const steps = multiLabelSteps(x, labels, options);
  let meter: Meter | undefined;
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    const { done, total } = step.value;
    meter ??= new Meter("classifying", "items", total, onProgress);
    meter.update(done, {}, done === total);
    if (breather.due) await breather.pause();
  }
}
