/**
 * Simplified graph convolution (Wu et al. 2019, https://arxiv.org/abs/1902.07153, eq. 8): a linear classifier of features
 * that were averaged over neighborhoods. Nothing is trained but the classifier.
 */
import { requireMemory } from "../io/memory-limit.js";
import { booleanOption, integerOption, knownOptions, numberOption, wordOption } from "../io/options.js";
import { Meter, type TaskOptions } from "../io/progress.js";
import type { Graph } from "../messages/graph.js";
import { needUndirected } from "../messages/operators/degrees.js";
import { symmetric } from "../messages/operators/symmetric.js";
import { propagate } from "../messages/propagate.js";
import { exp, log } from "../numerics/elementary.js";
import { lbfgs } from "../numerics/lbfgs.js";
import type { LinearModel } from "../numerics/linear-model.js";
import { logisticObjective } from "../numerics/logistic-regression.js";
import { addRowTimes, type DenseMatrix, type Matrix, readRow } from "../numerics/matrix.js";
import { fitRidge } from "../numerics/ridge.js";
import { RowSpace } from "../numerics/row-space.js";
import { Space } from "../space/space.js";
import { accuracy, argMaxOf, argMaxRows, confusionMatrix } from "./classification.js";
import { type CheckedNodes, checkNodes, type LabeledNodes, normalizeRows } from "./labeled-nodes.js";
import { PropagatedRows } from "./propagated-rows.js";
import { nodesOf } from "./relations.js";
import { sgcEncoder } from "./sgc-encoder.js";

export const sgcClassifiers = ["logistic", "ridge"] as const;

export interface SgcOptions extends TaskOptions {
  /** K, over how many edges features are averaged; 2 by default, 0 to 10 are useful. */
  steps?: number;
  /** "logistic": multinomial logistic regression by L-BFGS, the default; "ridge": least squares of 0 and 1, in closed form. */
  classifier?: (typeof sgcClassifiers)[number];
  /**
   * Weight of |W|^2 / 2 beside the mean loss of the training nodes; the bias is not penalized. By default the best of 11
   * values from 1e-2 to 1e-7 on the validation nodes: the most accurate one, and among equals that of the least
   * cross-entropy (ridge: least squares). Without validation nodes 1e-5.
   */
  weightDecay?: number;
  /** Whether the features of each node are divided by their sum; true by default. */
  normalizeFeatures?: boolean;
  /** Threads; by default one a processor. The result does not depend on it. */
  threads?: number;
  /** Bytes that this may take beside the graph; by default three quarters of what is available. */
  memoryLimit?: number;
}

/** A weight decay that was tried, and what the validation nodes said. */
export interface SgcTrial {
  weightDecay: number;
  /** A share; null without validation nodes. */
  validationAccuracy: number | null;
  /** Mean cross-entropy in nats, or of ridge the mean squared distance to 0 and 1; null without validation nodes. */
  validationLoss: number | null;
}

/** Accuracies are shares, null where no nodes are given to measure them. */
export interface SgcResult {
  readonly weightDecay: number;
  readonly trainAccuracy: number;
  readonly validationAccuracy: number | null;
  readonly testAccuracy: number | null;
  /** Every weight decay that was tried, from the strongest. */
  readonly trials: readonly SgcTrial[];
  readonly classes: readonly string[];
  /** The class of every node. */
  readonly predictions: Int32Array;
  /** Test nodes (all labeled ones where there are none) of class `row` that were predicted as class `column`. */
  readonly confusion: readonly (readonly number[])[];
  /** W [D, C] and b [C]. */
  readonly model: LinearModel;
  /** The scores of the nodes, [N, C], with their class as the column `predicted`; `embed` takes new nodes (`NewFeaturedNode`). */
  readonly space: Space;
}

const where = "sgc";
const optionNames = [
  "steps",
  "classifier",
  "weightDecay",
  "normalizeFeatures",
  "threads",
  "memoryLimit",
  "signal",
  "onProgress",
];

/** The decays that are tried, two a decade, from the strongest, so that each fit starts near its end. */
const decays = [1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 3e-6, 1e-6, 3e-7, 1e-7];
const decayWithoutValidation = 1e-5;

/**
 * Classes of nodes from their features and those of their neighborhoods:
 *
 *   scores = S^K X W + b,    S = D~^-1/2 (A + I) D~^-1/2,    class = argmax of the scores
 *
 * W and b are fitted to the training nodes' rows of S^K X, which alone are formed; the scores of all nodes are propagated
 * instead, as S^K (X W), C numbers a node. Features are [N, D]; without them X = I. The graph is undirected; weights count.
 *
 * The same input gives the same bytes: nothing is random. Throws RangeError where nodes, labels and features do not fit
 * together, the graph is directed, or a class has no training node.
 */
export async function sgc(graph: Graph, nodes: LabeledNodes, options: SgcOptions = {}): Promise<SgcResult> {
  const { signal, onProgress, threads, memoryLimit, ...settings } = checkOptions(options);
  needUndirected(where, graph);
  const checked = checkNodes(where, graph, nodes);
  checkEachClass(checked);
  const given = nodes.features ?? identity(graph.numNodes);
  const x = settings.normalizeFeatures ? normalizeRows(where, given) : given;

  const { train, validation, classes, labels } = checked;
  const C = classes.length;
  const whole = formsAll(graph, x, train, settings.steps);
  // Features, rows of the training nodes, scores and their tables, and all propagated features where they are formed.
  const D = x.columns;
  const bytes = 8 * x.values.length + 12 * train.length * D + 56 * x.rows * C + (whole ? 20 * x.rows * D : 0);
  requireMemory(where, "features and scores", bytes, { memoryLimit });
  const rows = await trainingRows(graph, x, train, { steps: settings.steps, whole, threads, signal });
  const rowSpace = rows.rows < rows.columns ? new RowSpace(rows) : null;
  const fitsOf = settings.classifier === "logistic" ? logisticFits : ridgeFits;
  const fitted = fitsOf(
    rowSpace?.coordinates ?? rows,
    Int32Array.from(train, (node) => labels[node]),
    C,
  );

  const operator = symmetric(graph, { precision: "f64" });
  const otherwise = validation.length > 0 ? decays : [decayWithoutValidation];
  const tried = settings.weightDecay === null ? otherwise : [settings.weightDecay];
  const meter = new Meter("fitting", "items", tried.length, onProgress);
  const trials: SgcTrial[] = [];
  let best: { trial: SgcTrial; model: LinearModel; scores: Float64Array } | undefined;
  for (const [k, weightDecay] of tried.entries()) {
    signal?.throwIfAborted();
    const inRows = fitted(weightDecay);
    const model = rowSpace?.model(inRows) ?? inRows;
    const scores = await propagate(operator, times(x, model.weights, C), { steps: settings.steps, threads, signal });
    for (let at = 0; at < scores.length; at++) scores[at] += model.bias[at % C];
    const trial = { weightDecay, ...validate(scores, checked, settings.classifier) };
    trials.push(trial);
    if (best === undefined || isBetter(trial, best.trial)) best = { trial, model, scores };
    meter.update(k + 1, {}, k + 1 === tried.length);
  }
  const { trial, model, scores } = best as NonNullable<typeof best>;

  const predictions = argMaxRows(scores, C);
  const { test } = checked;
  const measured = test.length > 0 ? test : Uint32Array.from(labels.keys()).filter((i) => labels[i] >= 0);
  const accuracies = {
    trainAccuracy: accuracy(scores, labels, train, C) as number,
    validationAccuracy: accuracy(scores, labels, validation, C),
    testAccuracy: accuracy(scores, labels, test, C),
  };
  const { weightDecay } = trial;
  const { steps, classifier, normalizeFeatures } = settings;
  return {
    weightDecay,
    ...accuracies,
    trials,
    classes,
    predictions,
    confusion: confusionMatrix(predictions, labels, measured, C),
    model,
    space: Space.from(
      {
        ...nodesOf(graph),
        vectors: Float32Array.from(scores),
        columns: { predicted: Array.from(predictions, (c) => classes[c]) },
        tensors: {
          weights: { shape: [x.columns, C], data: Float32Array.from(model.weights) },
          projected: { shape: [x.rows, C], data: Float32Array.from(times(x, model.weights, C)) },
          bias: { shape: [C], data: Float32Array.from(model.bias) },
        },
        method: "sgc",
        options: {
          steps,
          classifier,
          weightDecay,
          normalizeFeatures,
          train: train.length,
          validation: validation.length,
        },
        metrics: accuracies,
      },
      { encoders: { sgc: sgcEncoder } },
    ),
  };
}

/** `sgc` for each of several K: how far a node may look before neighborhoods blur into one. */
export async function sgcCurve(
  graph: Graph,
  nodes: LabeledNodes,
  { steps = [0, 1, 2, 3, 4, 6, 8, 10], ...options }: Omit<SgcOptions, "steps"> & { steps?: readonly number[] } = {},
): Promise<{ steps: number; result: SgcResult }[]> {
  const curve: { steps: number; result: SgcResult }[] = [];
  for (const K of steps) curve.push({ steps: K, result: await sgc(graph, nodes, { ...options, steps: K }) });
  return curve;
}

function checkOptions(options: SgcOptions) {
  knownOptions(where, options, optionNames);
  const { signal, onProgress, threads, memoryLimit, weightDecay } = options;
  const isRidge = options.classifier === "ridge";
  return {
    signal,
    onProgress,
    threads,
    memoryLimit,
    steps: integerOption(where, "steps", options.steps ?? 2, 0),
    classifier: wordOption(where, "classifier", options.classifier ?? "logistic", sgcClassifiers),
    weightDecay:
      weightDecay === undefined
        ? null
        : numberOption(where, "weightDecay", weightDecay, { least: 0, exclusive: isRidge }),
    normalizeFeatures: booleanOption(where, "normalizeFeatures", options.normalizeFeatures ?? true),
  };
}

function checkEachClass({ classes, labels, train }: CheckedNodes): void {
  const known = new Set(Array.from(train, (node) => labels[node]));
  const missing = classes.findIndex((_, c) => !known.has(c));
  if (missing >= 0)
    throw new RangeError(`${where}: each class needs a node in train, class ${classes[missing]} has none`);
}

function identity(size: number): Matrix {
  const starts = Uint32Array.from({ length: size + 1 }, (_, i) => i);
  const values = new Float64Array(size).fill(1);
  return { rows: size, columns: size, starts, indices: starts.subarray(0, size), values };
}

/**
 * Whether the whole of S^K X is less work than single rows, from the nodes around each: vector instructions make a number of
 * it about 8 times as cheap.
 */
function formsAll(graph: Graph, x: Matrix, train: Uint32Array, steps: number): boolean {
  const { numNodes, numArcs } = graph;
  const reach = nodesReached(graph, train, steps);
  const single = reach * (numArcs / numNodes + x.values.length / numNodes);
  return steps > 0 && single > ((numArcs + numNodes) * x.columns * steps) / 8;
}

/** Rows of S^K X, one by one or from the whole of it. */
async function trainingRows(
  graph: Graph,
  x: Matrix,
  train: Uint32Array,
  options: { steps: number; whole: boolean; threads: number | undefined; signal: AbortSignal | undefined },
): Promise<Matrix> {
  const { numNodes } = graph;
  const { steps, whole, threads, signal } = options;
  if (!whole) return new PropagatedRows(graph, x, steps).rows(train);
  const dense = new Float32Array(numNodes * x.columns);
  const row = new Float64Array(x.columns);
  for (let i = 0; i < numNodes; i++) {
    readRow(x, i, row);
    dense.set(row, i * x.columns);
  }
  const propagated = await propagate(symmetric(graph), dense, { steps, threads, signal });
  const values = new Float32Array(train.length * x.columns);
  for (const [k, node] of train.entries()) {
    values.set(propagated.subarray(node * x.columns, (node + 1) * x.columns), k * x.columns);
  }
  return { rows: train.length, columns: x.columns, values };
}

/** At most how many nodes are reached from some by K edges, one counted for each that reaches it: their walks, or N each. */
function nodesReached(graph: Graph, from: Uint32Array, steps: number): number {
  const { numNodes } = graph;
  const { offsets, indices } = graph.rows;
  let walks = new Float64Array(numNodes).fill(1);
  for (let step = 0; step < steps; step++) {
    const next = walks.slice();
    for (let i = 0; i < numNodes; i++) {
      for (let k = offsets[i]; k < offsets[i + 1]; k++) next[i] += walks[indices[k]];
      next[i] = Math.min(next[i], numNodes);
    }
    walks = next;
  }
  return from.reduce((sum, node) => sum + walks[node], 0);
}

/** X W, [N, C]. */
function times(x: Matrix, weights: Float64Array, C: number): Float64Array {
  const product = new Float64Array(x.rows * C);
  for (let i = 0; i < x.rows; i++) addRowTimes(x, i, weights, product.subarray(i * C, (i + 1) * C));
  return product;
}

type Fit = (weightDecay: number) => LinearModel;

/**
 * Logistic regressions of one data set, each starting from the one before. Inside, features are scaled to a mean square
 * length of 1: those of S^K X are far shorter than the bias's constant 1, which L-BFGS takes ten times the iterations to learn.
 */
function logisticFits(x: Matrix, labels: Int32Array, C: number): Fit {
  let squares = 0;
  for (const value of x.values) squares += value * value;
  const scale = squares === 0 ? 1 : Math.sqrt(x.rows / squares);
  const scaled = { ...x, values: Float64Array.from(x.values, (value) => scale * value) };
  const shares = new Float64Array(x.rows).fill(1 / x.rows);
  const numWeights = x.columns * C;
  let start = new Float64Array(numWeights + C);
  return (weightDecay) => {
    // |W|^2 = scale^2 |V|^2, V the weights of the scaled features.
    const objective = logisticObjective(scaled, labels, C, shares, {
      l2: weightDecay * scale * scale,
      intercept: true,
    });
    start = lbfgs(objective, start, { gradientTolerance: 1e-4, functionTolerance: 1e-7 })
      .x as Float64Array<ArrayBuffer>;
    const weights = start.slice(0, numWeights).map((weight) => weight * scale);
    return { features: x.columns, outputs: C, weights, bias: start.slice(numWeights) };
  };
}

/** Ridge regressions of one data set: mean over the N rows of |score - onehot|^2 / 2, decay / 2 |W|^2, so ridge = N decay. */
function ridgeFits(x: Matrix, labels: Int32Array, C: number): Fit {
  const values = new Float64Array(labels.length * C);
  for (const [n, label] of labels.entries()) values[n * C + label] = 1;
  const targets: DenseMatrix = { rows: labels.length, columns: C, values };
  return (weightDecay) => fitRidge(x, targets, { ridge: weightDecay * labels.length });
}

function validate(
  scores: Float64Array,
  { labels, classes, validation }: CheckedNodes,
  classifier: (typeof sgcClassifiers)[number],
): Omit<SgcTrial, "weightDecay"> {
  if (validation.length === 0) return { validationAccuracy: null, validationLoss: null };
  const C = classes.length;
  let loss = 0;
  for (const node of validation) {
    const row = scores.subarray(node * C, (node + 1) * C);
    if (classifier === "ridge") {
      for (let c = 0; c < C; c++) {
        const distance = row[c] - (c === labels[node] ? 1 : 0);
        loss += distance * distance;
      }
    } else {
      const most = row[argMaxOf(row, 0, C)];
      let sum = 0;
      for (let c = 0; c < C; c++) sum += exp(row[c] - most);
      loss += log(sum) + most - row[labels[node]];
    }
  }
  return {
    validationAccuracy: accuracy(scores, labels, validation, C),
    validationLoss: loss / validation.length,
  };
}

function isBetter(a: SgcTrial, b: SgcTrial): boolean {
  if (a.validationAccuracy !== b.validationAccuracy) {
    return (a.validationAccuracy as number) > (b.validationAccuracy as number);
  }
  return (a.validationLoss as number) < (b.validationLoss as number);
}
