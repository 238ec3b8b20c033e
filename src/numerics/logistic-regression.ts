import { exp, log1p } from "./elementary.js";
import {
  type LbfgsOptions,
  type LbfgsProgress,
  type LbfgsResult,
  lbfgsDefaults,
  lbfgsSettings,
  lbfgsSteps,
  type Objective,
} from "./lbfgs.js";
import { type LinearModel, linearScores } from "./linear-model.js";
import { addRowTimes, addRowTransposedTimes, checkMatrix, type Matrix } from "./matrix.js";
import { booleanOption, knownOptions, numberOption } from "./options.js";

export interface LogisticRegressionOptions extends LbfgsOptions {
  /** Weight l2 of |W|^2 / 2 beside the mean cross-entropy; 1e-3 by default, 1e-6 to 1. 0 is none. */
  l2: number;
  /** Whether there is a bias, which is not penalized; true by default. */
  intercept: boolean;
  /** A weight >= 0 for each row, [N]; all 1 by default. Only their ratios matter. */
  sampleWeights?: ArrayLike<number>;
}

export const logisticRegressionDefaults: LogisticRegressionOptions = { ...lbfgsDefaults, l2: 1e-3, intercept: true };

/** W, b, and how the minimization ended: `value` is the loss, in nats, penalty included. */
export interface LogisticModel extends LinearModel, Omit<LbfgsResult, "x"> {}

/**
 * Multinomial logistic regression (softmax regression) from features X, [N, D], and labels y in 0 .. C - 1:
 *
 *   minimize over W, b   sum_n v_n (-ln p_n[y_n]) / sum_n v_n + l2 / 2 |W|^2,   p_n = softmax(x_n W + b)
 *
 * in nats, with weights v_n of the rows; by L-BFGS from W = b = 0. Adding one number to all scores of a row changes
 * nothing; from that start, W and b come out with the sum 0 over the classes.
 *
 * scikit-learn's LogisticRegression minimizes C sum_n v_n (-ln p_n[y_n]) + |W|^2 / 2, so that l2 = 1 / (C sum_n v_n);
 * for two classes it has one vector w = W_1 - W_0 in place of two, and |w|^2 = 2 |W|^2, so that l2 = 2 / (C sum_n v_n).
 *
 * Features of like scales take the fewest iterations; the model's `stopped` tells whether they sufficed. With l2 = 0 and
 * classes that a plane separates there is no minimum: W grows until a tolerance or maxIterations stops it.
 *
 * Throws RangeError where X is no matrix of finite numbers (naming row and column), a label is not an integer in
 * 0 .. C - 1, C is below 2, some class has no row of positive weight (its bias would go to -Infinity; number the others
 * anew), or an option is out of range.
 */
export function fitLogisticRegression(
  x: Matrix,
  labels: ArrayLike<number>,
  classes: number,
  options: Partial<LogisticRegressionOptions> = {},
): LogisticModel {
  const steps = logisticRegressionSteps(x, labels, classes, options);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** The same, one iteration at a time: yields after each, returns the model. */
export function logisticRegressionSteps(
  x: Matrix,
  labels: ArrayLike<number>,
  classes: number,
  options: Partial<LogisticRegressionOptions> = {},
): Generator<LbfgsProgress, LogisticModel, void> {
  const where = "fitLogisticRegression";
  knownOptions(where, options, [...Object.keys(logisticRegressionDefaults), "sampleWeights"]);
  const { l2, intercept } = logisticRegressionDefaults;
  const settings: Penalty = {
    l2: numberOption(where, "l2", options.l2 ?? l2, { least: 0 }),
    intercept: booleanOption(where, "intercept", options.intercept ?? intercept),
  };
  const descent = lbfgsSettings(where, options);
  checkMatrix(where, "x", x);
  const shares = sampleShares(where, x.rows, options.sampleWeights);
  checkLabels(where, x.rows, labels, classes, shares);
  return iterate(x, labels, classes, shares, settings, descent);
}

/** The probabilities softmax(x W + b) of each class, [N, C], row-major. Throws RangeError for an X of another width. */
export function predictProbabilities(model: LinearModel, x: Matrix): Float64Array {
  const probabilities = linearScores("predictProbabilities", model, x);
  const { outputs } = model;
  for (let n = 0; n < x.rows; n++) softmax(probabilities.subarray(n * outputs, (n + 1) * outputs));
  return probabilities;
}

/** The likeliest class of each row, [N], the lowest where several are. Throws RangeError for an X of another width. */
export function predict(model: LinearModel, x: Matrix): Uint32Array {
  const scores = linearScores("predict", model, x);
  const { outputs } = model;
  return Uint32Array.from({ length: x.rows }, (_, n) => {
    let best = 0;
    for (let c = 1; c < outputs; c++) {
      if (scores[n * outputs + c] > scores[n * outputs + best]) best = c;
    }
    return best;
  });
}

type Penalty = Pick<LogisticRegressionOptions, "l2" | "intercept">;

/**
 * The loss as a function of W, [D, C], followed by b, [C], where there is an intercept. `shares` are the rows' weights
 * v_n / sum v. Nothing is checked.
 */
export function logisticObjective(
  x: Matrix,
  labels: ArrayLike<number>,
  classes: number,
  shares: Float64Array,
  { l2, intercept }: Penalty,
): Objective {
  const weightsEnd = x.columns * classes;
  const scores = new Float64Array(classes);
  return (parameters, gradient) => {
    const weights = parameters.subarray(0, weightsEnd);
    const bias = parameters.subarray(weightsEnd);
    const dBias = gradient.subarray(weightsEnd);
    let penalty = 0;
    for (let i = 0; i < weightsEnd; i++) {
      penalty += weights[i] * weights[i];
      gradient[i] = l2 * weights[i];
    }
    dBias.fill(0);
    let crossEntropy = 0;
    for (let n = 0; n < x.rows; n++) {
      if (shares[n] === 0) continue;
      if (intercept) scores.set(bias);
      else scores.fill(0);
      addRowTimes(x, n, weights, scores);
      crossEntropy -= shares[n] * logLikelihood(scores, labels[n]);
      softmax(scores);
      scores[labels[n]] -= 1; // d(-ln p[y]) / dscores = p - onehot(y)
      for (let c = 0; c < classes; c++) scores[c] *= shares[n];
      addRowTransposedTimes(x, n, scores, gradient);
      if (intercept) for (let c = 0; c < classes; c++) dBias[c] += scores[c];
    }
    return crossEntropy + (l2 / 2) * penalty;
  };
}

function* iterate(
  x: Matrix,
  labels: ArrayLike<number>,
  classes: number,
  shares: Float64Array,
  penalty: Penalty,
  descent: LbfgsOptions,
): Generator<LbfgsProgress, LogisticModel, void> {
  const objective = logisticObjective(x, labels, classes, shares, penalty);
  const weightsEnd = x.columns * classes;
  const start = new Float64Array(weightsEnd + (penalty.intercept ? classes : 0));
  const { x: parameters, ...ended } = yield* lbfgsSteps(objective, start, descent);
  const bias = penalty.intercept ? parameters.slice(weightsEnd) : new Float64Array(classes);
  return { features: x.columns, outputs: classes, weights: parameters.slice(0, weightsEnd), bias, ...ended };
}

/** ln softmax(scores)[label], to full precision where it is nearly 0 too. */
function logLikelihood(scores: Float64Array, label: number): number {
  let best = 0;
  for (let c = 1; c < scores.length; c++) if (scores[c] > scores[best]) best = c;
  let others = 0;
  for (let c = 0; c < scores.length; c++) if (c !== best) others += exp(scores[c] - scores[best]);
  return scores[label] - scores[best] - log1p(others);
}

/** Scores to probabilities, in place. */
function softmax(scores: Float64Array): void {
  let most = scores[0];
  for (const score of scores) most = Math.max(most, score);
  let sum = 0;
  for (let c = 0; c < scores.length; c++) {
    scores[c] = exp(scores[c] - most);
    sum += scores[c];
  }
  for (let c = 0; c < scores.length; c++) scores[c] /= sum;
}

/** v_n / sum v, [N]. */
function sampleShares(where: string, rows: number, weights: ArrayLike<number> | undefined): Float64Array {
  if (weights === undefined) return new Float64Array(rows).fill(1 / rows);
  if (weights.length !== rows) {
    throw new RangeError(`${where}: sampleWeights must have one weight a row, ${rows}, got ${weights.length}`);
  }
  let sum = 0;
  for (let n = 0; n < rows; n++) {
    if (!(weights[n] >= 0)) {
      throw new RangeError(`${where}: sampleWeights must not be negative or NaN, got ${weights[n]} in row ${n}`);
    }
    sum += weights[n];
  }
  if (!(sum > 0 && sum < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`${where}: sampleWeights must have a positive finite sum, got ${sum}`);
  }
  return Float64Array.from(weights, (weight) => weight / sum);
}

function checkLabels(
  where: string,
  rows: number,
  labels: ArrayLike<number>,
  classes: number,
  shares: Float64Array,
): void {
  if (!Number.isSafeInteger(classes) || classes < 2) {
    throw new RangeError(`${where}: classes must be an integer >= 2, got ${classes}`);
  }
  if (labels.length !== rows) {
    throw new RangeError(`${where}: there must be one label a row, ${rows}, got ${labels.length}`);
  }
  const mass = new Float64Array(classes);
  for (let n = 0; n < rows; n++) {
    const label = labels[n];
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new RangeError(`${where}: labels must be integers from 0 to ${classes - 1}, got ${label} in row ${n}`);
    }
    mass[label] += shares[n];
  }
  const empty = mass.indexOf(0);
  if (empty >= 0) {
    const present = mass.reduce((count, share) => count + (share > 0 ? 1 : 0), 0);
    throw new RangeError(
      `${where}: each of the ${classes} classes must have a row of positive weight, got ${present} that do, class ${empty} not among them`,
    );
  }
}
