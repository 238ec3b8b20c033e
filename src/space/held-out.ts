import { pearson } from "../numerics/correlation.js";
import { dot } from "../numerics/dot.js";
import { square } from "../numerics/elementary.js";
import type { DenseMatrix } from "../numerics/matrix.js";
import { Rng, shuffle } from "../numerics/random.js";
import { type DirectionMethod, fitDirection } from "./direction-fit.js";

/** How well a direction tells held-out items apart. */
export interface HeldOut {
  folds: number;
  /** Of classes: share of held-out items on the right side. */
  accuracy?: number;
  /** Of classes: what naming the larger class always would reach. */
  baseline?: number;
  /** Of numbers: Pearson's correlation of held-out projections with them; null where they are constant. */
  correlation?: number | null;
}

/**
 * Cross-validation: the items are dealt to `folds` by chance, each class evenly; each fold is judged by the direction that
 * the others give. Classes: by the threshold on the projection that is best on the others. Numbers: all held-out
 * projections, each fold's brought to the line fitted on the others. Null where a class has fewer than two items.
 */
export function heldOut(
  method: DirectionMethod,
  x: DenseMatrix,
  labels: ArrayLike<number>,
  others: readonly ArrayLike<number>[],
  mostFolds: number,
  seed: number,
): HeldOut | null {
  const classes = method === "ridge" ? [0, 0] : [0, 0].map((_, c) => Array.from(labels).filter((l) => l === c).length);
  const fewest = method === "ridge" ? x.rows - 1 : Math.min(...classes);
  const folds = Math.min(mostFolds, fewest);
  if (folds < 2) return null;
  const foldOf = deal(labels, method === "ridge", folds, seed);
  const predicted = new Float64Array(x.rows);
  let right = 0;
  for (let fold = 0; fold < folds; fold++) {
    const [training, test] = [[] as number[], [] as number[]];
    for (let n = 0; n < x.rows; n++) (foldOf[n] === fold ? test : training).push(n);
    const direction = fitDirection(
      method,
      rowsOf(x, training),
      training.map((n) => labels[n]),
      others,
    );
    const along = (n: number) => dot(x.values.subarray(n * x.columns, (n + 1) * x.columns), direction);
    const known = Float64Array.from(training, along);
    const values = Float64Array.from(training, (n) => labels[n]);
    if (method === "ridge") {
      const line = lineOf(known, values);
      for (const n of test) predicted[n] = line(along(n));
    } else {
      const threshold = bestThreshold(known, values);
      for (const n of test) if (along(n) > threshold === (labels[n] === 1)) right++;
    }
  }
  if (method === "ridge") return { folds, correlation: pearson(predicted, labels) };
  return { folds, accuracy: right / x.rows, baseline: Math.max(...classes) / x.rows };
}

/** The fold of each item: classes are shuffled and dealt one after the other, so that each fold has its share of both. */
function deal(labels: ArrayLike<number>, numbers: boolean, folds: number, seed: number): Int32Array {
  const order = shuffle(
    Array.from(labels, (_, n) => n),
    new Rng(seed),
  );
  const foldOf = new Int32Array(labels.length);
  let dealt = 0;
  for (const group of numbers ? [order] : [0, 1].map((c) => order.filter((n) => labels[n] === c)))
    for (const n of group) foldOf[n] = dealt++ % folds;
  return foldOf;
}

/** The threshold that leaves most items on their side: ones above, zeros at or below it. */
export function bestThreshold(along: Float64Array, classes: Float64Array): number {
  const order = Array.from(along, (_, n) => n).sort((a, b) => along[a] - along[b]);
  let right = classes.reduce((sum, value) => sum + value, 0); // all above
  let [best, threshold] = [right, Number.NEGATIVE_INFINITY];
  for (let k = 0; k < order.length; k++) {
    right += classes[order[k]] === 1 ? -1 : 1;
    const next = along[order[k + 1]];
    if (right > best && next !== along[order[k]]) {
      best = right;
      threshold = k + 1 < order.length ? (along[order[k]] + next) / 2 : Number.POSITIVE_INFINITY;
    }
  }
  return threshold;
}

/** Least squares in one variable. */
function lineOf(x: Float64Array, y: Float64Array): (value: number) => number {
  const [middleX, middleY] = [x, y].map((values) => values.reduce((sum, value) => sum + value, 0) / values.length);
  let [xy, xx] = [0, 0];
  for (let n = 0; n < x.length; n++) {
    xy += (x[n] - middleX) * (y[n] - middleY);
    xx += square(x[n] - middleX);
  }
  const slope = xx > 0 ? xy / xx : 0;
  return (value) => middleY + slope * (value - middleX);
}

function rowsOf({ columns, values }: DenseMatrix, rows: readonly number[]): DenseMatrix {
  const taken = new Float64Array(rows.length * columns);
  rows.forEach((row, n) => {
    taken.set(values.subarray(row * columns, (row + 1) * columns), n * columns);
  });
  return { rows: rows.length, columns, values: taken };
}
