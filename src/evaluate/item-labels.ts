import { Breather } from "../io/breather.js";
import { integerOption } from "../io/options.js";
import { Meter, type TaskOptions } from "../io/progress.js";
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
