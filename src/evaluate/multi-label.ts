import { integerOption, knownOptions, numberOption } from "../io/options.js";
import { linearScores } from "../numerics/linear-model.js";
import { fitLogisticRegression } from "../numerics/logistic-regression.js";
import type { DenseMatrix } from "../numerics/matrix.js";
import { Rng, shuffle } from "../numerics/random.js";

export interface MultiLabelOptions {
  /** Share of the things that the classifiers are trained on; the others are the test. Default 0.5. */
  trainShare?: number;
  /** Inverse weight of the penalty, as scikit-learn's and LIBLINEAR's C. Default 1. */
  C?: number;
  /** Draws of the training half, of which the mean is taken. Default 1. */
  repeats?: number;
  /** Draws the halves. Default 1. */
  seed?: number;
}

/** F1 of the test half, 0 to 1: over all labels together, and the mean of that of each label. */
export interface MultiLabelScores {
  microF1: number;
  macroF1: number;
}

/**
 * How well vectors [N, D] tell the labels of things that have several, by the protocol of DeepWalk and node2vec (Perozzi et
 * al. 2014, section 5.2; Grover and Leskovec 2016, section 4.3): a logistic regression for each label against all others
 * (LIBLINEAR's, C = 1, on the vectors as they are) is trained on a random half of the things; of each other thing with k
 * labels, which the protocol gives away, the k most probable ones are predicted.
 *
 * `labels[n]` are numbers of labels from 0, and may be none. A label without examples in training is never predicted; one
 * without examples at all does not count.
 *
 * Throws RangeError where vectors and labels do not fit together, or an option is out of range.
 */
export function multiLabelScores(
  x: DenseMatrix,
  labels: readonly (readonly number[])[],
  options: MultiLabelOptions = {},
): MultiLabelScores {
  return drained(multiLabelSteps(x, labels, options));
}

/** The same, a label of a half at a time: yields how many are done and in all. */
export function* multiLabelSteps(
  x: DenseMatrix,
  labels: readonly (readonly number[])[],
  options: MultiLabelOptions = {},
): Generator<{ done: number; total: number }, MultiLabelScores, void> {
  const where = "multiLabelScores";
  knownOptions(where, options, ["trainShare", "C", "repeats", "seed"]);
  const { trainShare = 0.5, C = 1, repeats = 1, seed = 1 } = options;
  numberOption(where, "trainShare", trainShare, { least: 0, most: 1, exclusive: true });
  numberOption(where, "C", C, { least: 0, exclusive: true });
  integerOption(where, "repeats", repeats, 1);
  integerOption(where, "seed", seed, 0);
  if (labels.length !== x.rows) {
    throw new RangeError(`${where}: there must be a list of labels a row, ${x.rows}, got ${labels.length}`);
  }
  const total = repeats * countClasses(where, labels);
  const labeled = [...labels.keys()].filter((n) => labels[n].length > 0);
  const trained = Math.floor(trainShare * labeled.length);
  if (trained < 1 || trained === labeled.length) {
    throw new RangeError(`${where}: things to train on and to test were needed, got ${labeled.length} in all`);
  }
  let [microF1, macroF1] = [0, 0];
  for (let repeat = 0; repeat < repeats; repeat++) {
    const order = shuffle([...labeled], new Rng(seed, 0, repeat));
    const split = { training: order.slice(0, trained), test: order.slice(trained) };
    const steps = splitSteps(x, labels, { ...split, C });
    let step = steps.next();
    for (; !step.done; step = steps.next()) yield { done: (repeat * total) / repeats + step.value, total };
    const scores = step.value;
    microF1 += scores.microF1 / repeats;
    macroF1 += scores.macroF1 / repeats;
  }
  return { microF1, macroF1 };
}

/** One more than the largest label. Throws RangeError for what is no label. */
function countClasses(where: string, labels: readonly (readonly number[])[]): number {
  let classes = 0;
  for (const [n, own] of labels.entries()) {
    for (const label of own) {
      integerOption(where, `a label of thing ${n}`, label, 0, 1 << 20);
      classes = Math.max(classes, label + 1);
    }
  }
  return classes;
}

/** The scores of one split into rows to train on and rows to test; see `multiLabelScores`. */
export function scoresOfSplit(
  x: DenseMatrix,
  labels: readonly (readonly number[])[],
  split: { training: readonly number[]; test: readonly number[]; C: number },
): MultiLabelScores {
  return drained(splitSteps(x, labels, split));
}

/** Yields after each label how many are done. */
function* splitSteps(
  x: DenseMatrix,
  labels: readonly (readonly number[])[],
  { training, test, C }: { training: readonly number[]; test: readonly number[]; C: number },
): Generator<number, MultiLabelScores, void> {
  const classes = countClasses("multiLabelScores", labels);
  const trainingRows = rowsOf(x, training);
  const testRows = rowsOf(x, test);
  const scores: (Float64Array | null)[] = []; // log odds of the test rows by label; null where it is never predicted
  for (let label = 0; label < classes; label++) {
    const has = Uint8Array.from(training, (n) => (labels[n].includes(label) ? 1 : 0));
    const examples = has.reduce((sum, one) => sum + one, 0);
    if (examples === 0) scores.push(null);
    else if (examples === has.length) scores.push(new Float64Array(test.length).fill(Number.POSITIVE_INFINITY));
    else {
      const model = fitLogisticRegression(trainingRows, has, 2, { l2: 2 / (C * training.length) });
      const both = linearScores("multiLabelScores", model, testRows); // [N, 2]
      scores.push(Float64Array.from(test, (_, k) => both[2 * k + 1] - both[2 * k]));
    }
    yield label + 1;
  }
  return compare(
    test.map((n) => labels[n]),
    test.map((n, k) => mostProbable(scores, k, new Set(labels[n]).size)),
    classes,
  );
}

function drained<T>(steps: Generator<unknown, T, void>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

function rowsOf({ columns, values }: DenseMatrix, rows: readonly number[]): DenseMatrix {
  const own = new Float64Array(rows.length * columns);
  for (const [k, row] of rows.entries()) own.set(values.subarray(row * columns, (row + 1) * columns), k * columns);
  return { rows: rows.length, columns, values: own };
}

/** The `count` labels with the highest scores in row k; of equal ones the first. */
function mostProbable(scores: readonly (Float64Array | null)[], k: number, count: number): number[] {
  const known = [...scores.keys()].filter((label) => scores[label] !== null);
  const of = (label: number) => scores[label]?.[k] ?? Number.NEGATIVE_INFINITY;
  return known.sort((a, b) => of(b) - of(a) || a - b).slice(0, count);
}

/** F1 = 2 TP / (2 TP + FP + FN). */
function compare(
  truth: readonly (readonly number[])[],
  predicted: readonly (readonly number[])[],
  classes: number,
): MultiLabelScores {
  const right = new Float64Array(classes);
  const said = new Float64Array(classes);
  const there = new Float64Array(classes);
  for (const [k, guesses] of predicted.entries()) {
    const own = new Set(truth[k]);
    for (const label of own) there[label]++;
    for (const label of guesses) {
      said[label]++;
      if (own.has(label)) right[label]++;
    }
  }
  const sum = (counts: Float64Array) => counts.reduce((total, count) => total + count, 0);
  let macro = 0;
  let present = 0;
  for (let label = 0; label < classes; label++) {
    if (said[label] + there[label] === 0) continue;
    macro += (2 * right[label]) / (said[label] + there[label]);
    present++;
  }
  return { microF1: (2 * sum(right)) / (sum(said) + sum(there)), macroF1: macro / present };
}
