/**
 * Graph convolutional networks for classes of nodes, of which few are known (Kipf and Welling 2017,
 * https://arxiv.org/abs/1609.02907, section 3; their program: tkipf/gcn).
 */
import { integerOption, knownOptions, numberOption, wordOption } from "../io/options.js";
import { Meter, type TaskOptions } from "../io/progress.js";
import type { Graph } from "../messages/graph.js";
import { GraphMemory } from "../messages/memory.js";
import { SparseOperator, symmetricOperator } from "../messages/sparse-operator.js";
import { NdArray } from "../networks/array.js";
import { compileStep } from "../networks/compile.js";
import type { Executor } from "../networks/executable.js";
import { valueAndGrad } from "../networks/gradients.js";
import { dropout, type MaskSource } from "../networks/layers/dropout.js";
import { glorotUniform } from "../networks/layers/initializers.js";
import { add, mul, neg, relu, square, tanh } from "../networks/ops/elementwise.js";
import { gather } from "../networks/ops/indexing.js";
import { matmul } from "../networks/ops/linear.js";
import { logSoftmax } from "../networks/ops/normalization.js";
import { sum } from "../networks/ops/reductions.js";
import { propagate, sparseMatMul } from "../networks/ops/sparse.js";
import { adam } from "../networks/optimizers/adam.js";
import { Random, randomKey } from "../networks/random.js";
import { type Operand, type Tensor, tensor } from "../networks/tensor.js";
import { isSparse, type Matrix } from "../numerics/matrix.js";
import { Rng } from "../numerics/random.js";
import { Space } from "../space/space.js";
import { accuracy, argMaxRows, confusionMatrix, meanAndDeviation } from "./classification.js";
import { type CheckedNodes, checkNodes, type LabeledNodes, normalizeRows } from "./labeled-nodes.js";
import { nodesOf } from "./relations.js";

/** W0 [F, H] and W1 [H, C]. */
export interface GcnParams<T = Tensor> {
  first: T;
  second: T;
}

/** What a network works on: S [N, N] and X [N, F], sparse or dense. */
export interface GcnInputs {
  readonly operator: SparseOperator;
  readonly features: SparseOperator | NdArray;
}

const activations = { relu, tanh };
export type GcnActivation = keyof typeof activations;

/**
 * Z = S act(S X W0) W1, [N, C], and the hidden layer act(S X W0), [N, H]. Dropout, where there is any, is of what both
 * layers take: of sparse features the stored entries are dropped, of dense ones all.
 */
export function applyGcn(
  { first, second }: GcnParams<Operand>,
  { operator, features }: GcnInputs,
  { activation = "relu", drop }: { activation?: GcnActivation; drop?: { rate: number; random: MaskSource } } = {},
): { hidden: Tensor; logits: Tensor } {
  const hidden = activations[activation](propagate(operator, multiplyFeatures(features, first, drop)));
  return { hidden, logits: propagate(operator, matmul(dropout(hidden, drop), second)) };
}

function multiplyFeatures(x: GcnInputs["features"], w: Operand, drop?: { rate: number; random: MaskSource }): Tensor {
  if (!(x instanceof SparseOperator)) return matmul(dropout(x, drop), w);
  if (drop === undefined || drop.rate === 0) return sparseMatMul(x, w);
  return sparseMatMul(x, w, { factors: drop.random.bernoulli([x.numEntries], 1 - drop.rate) });
}

export interface GcnOptions extends TaskOptions {
  /** H, the width of the hidden layer; 16 by default, 8 to 64 are usual. */
  hidden?: number;
  /** "relu" by default; "tanh" makes better pictures of two hidden dimensions. */
  activation?: GcnActivation;
  /** Share of both layers' inputs that is dropped while training, in [0, 1); 0.5 by default, 0 for tiny graphs. */
  dropout?: number;
  /** Of Adam; 0.01 by default, useful from 1e-3 to 0.1. */
  learningRate?: number;
  /** Epochs, each one step with all nodes; 200 by default, the most where training stops early. */
  epochs?: number;
  /** Weight of half the squared norm of the weights in the loss; 5e-4 by default, useful from 0 to 1e-2. */
  weightDecay?: number;
  /** Of which weights the norm is taken: those of the "first" layer, as the authors do (default), or of "all". */
  decayed?: "first" | "all";
  /**
   * - "best-validation", the default: the weights of the epoch with the least cross-entropy on the validation nodes. In the
   *   second half of the epochs training stops where it exceeds the mean of the ten epochs before.
   * - "paper": the weights of the last epoch. From the twelfth epoch on training stops where the validation loss, the norm
   *   included, exceeds the mean of the ten epochs before.
   *
   * Without validation nodes both make all epochs and take the last.
   */
  protocol?: "best-validation" | "paper";
  /** Whether the features of each node are divided by their sum; true by default. */
  normalizeFeatures?: boolean;
  /** Edges from a node to itself count as nothing, or beside the loop that each node gets; "drop" by default. */
  selfLoops?: "keep" | "drop";
  /** Of the first weights and the dropout; 1 by default. */
  seed?: number;
  /** How often to train, with seed, seed + 1, ...; 1 by default. Predictions and vectors are those of the first run. */
  runs?: number;
  /** What the space holds: the "hidden" layer (default) or the network's "output", a logit a class. */
  vectors?: "hidden" | "output";
  /** What runs a step, and the threads of ONNX Runtime within one operator; by default as `compile`. */
  executor?: Executor;
  threads?: number;
  /** Told after each epoch, such as to draw the hidden layer. */
  onEpoch?: (report: GcnEpoch) => void;
  /** Receives warnings; `console.warn` by default. */
  onWarning?: (message: string) => void;
}

/** An epoch; all but `loss` is after its step and without dropout. */
export interface GcnEpoch {
  readonly seed: number;
  /** Counted from 1. */
  readonly epoch: number;
  /** Cross-entropy of the training nodes as the step saw it, in nats, and the norm. */
  readonly loss: number;
  /** Cross-entropy of the validation nodes, in nats; null without any. */
  readonly validationLoss: number | null;
  readonly validationAccuracy: number | null;
  /** act(S X W0), [N, H]. */
  readonly hidden: NdArray<"float32">;
  /** Z, [N, C]. */
  readonly logits: NdArray<"float32">;
}

/** One training; accuracies are shares, null where no nodes are given to measure them. */
export interface GcnRun {
  readonly seed: number;
  /** Epochs that were made. */
  readonly epochs: number;
  /** The epoch whose weights were taken, counted from 1. */
  readonly epoch: number;
  readonly loss: number;
  readonly validationLoss: number | null;
  readonly trainAccuracy: number;
  readonly validationAccuracy: number | null;
  readonly testAccuracy: number | null;
}

export interface GcnResult {
  readonly runs: readonly GcnRun[];
  /** Of the runs' test accuracies; the deviation is with n - 1. null without test nodes. */
  readonly testAccuracy: { readonly mean: number; readonly deviation: number } | null;
  /** What ran the steps, and why. */
  readonly executor: { readonly executor: Executor; readonly reason: string };
  readonly classes: readonly string[];
  /** The class of every node, as the first run predicts. */
  readonly predictions: Int32Array;
  /** Test nodes (all labeled ones where there are none) of class `row` that were predicted as class `column`. */
  readonly confusion: readonly (readonly number[])[];
  /** Weights of the first run. */
  readonly params: GcnParams<NdArray>;
  /** Vectors of the nodes, with their predicted class as the column `predicted`. */
  readonly space: Space;
}

const optionNames = [
  ...["hidden", "activation", "dropout", "learningRate", "epochs", "weightDecay", "decayed", "protocol"],
  ...["normalizeFeatures", "selfLoops", "seed", "runs", "vectors", "executor", "threads"],
  ...["onEpoch", "onWarning", "signal", "onProgress"],
];

/**
 * Trains a network on the classes of a few nodes and predicts those of all. The graph is undirected; weights of edges count.
 * Throws RangeError where nodes, labels and features do not fit together.
 */
export async function gcn(graph: Graph, nodes: LabeledNodes, options: GcnOptions = {}): Promise<GcnResult> {
  const settings = checkOptions(options);
  const { onEpoch, onWarning = console.warn, signal } = options;
  const checked = checkNodes("gcn", graph, nodes);
  const { labels, classes, train, validation, test } = checked;
  const inputs = inputsOf(graph, nodes.features ?? null, settings);
  const seeds = Array.from({ length: settings.runs }, (_, k) => settings.seed + k);

  const meter = new Meter("training", "items", settings.epochs * settings.runs, options.onProgress);
  const step = makeStep(inputs, checked, settings, options);
  const runs: GcnRun[] = [];
  let first: Kept | undefined;
  let executor: GcnResult["executor"] | undefined;
  try {
    for (const [k, seed] of seeds.entries()) {
      const tell = (report: GcnEpoch) => {
        meter.update(k * settings.epochs + report.epoch, { epoch: report.epoch, loss: report.loss });
        onEpoch?.(report);
      };
      const { epochs, kept } = await trainOnce(step, initialState(inputs, classes.length, seed, settings), {
        ...{ seed, settings, checked, tell, signal },
      });
      first ??= kept;
      executor ??= step.executor() ?? undefined;
      const scores = kept.report.logits.data;
      const { loss, epoch, validationLoss, validationAccuracy } = kept.report;
      runs.push({
        ...{ seed, epochs, epoch, loss, validationLoss, validationAccuracy },
        trainAccuracy: accuracy(scores, labels, train, classes.length) as number,
        testAccuracy: accuracy(scores, labels, test, classes.length),
      });
      warnOfOneClass(argMaxRows(scores, classes.length), classes, seed, onWarning);
    }
  } finally {
    await step.close();
  }
  meter.update(settings.epochs * settings.runs, {}, true);

  const { report, params } = first as Kept;
  const predictions = argMaxRows(report.logits.data, classes.length);
  const measured = test.length > 0 ? test : Uint32Array.from(labels.keys()).filter((i) => labels[i] >= 0);
  const accuracies = runs.flatMap(({ testAccuracy }) => testAccuracy ?? []);
  const testAccuracy = accuracies.length > 0 ? meanAndDeviation(accuracies) : null;
  const { vectors, seed, runs: _, ...kept } = settings;
  return {
    runs,
    testAccuracy,
    executor: executor as GcnResult["executor"],
    classes,
    predictions,
    confusion: confusionMatrix(predictions, labels, measured, classes.length),
    params,
    space: Space.from({
      ...nodesOf(graph),
      vectors: vectors === "hidden" ? report.hidden.data : report.logits.data,
      columns: { predicted: Array.from(predictions, (c) => classes[c]) },
      method: "gcn",
      options: { ...kept, vectors, train: train.length, validation: validation.length },
      seed,
      metrics: { ...runs[0] },
    }),
  };
}

type Settings = ReturnType<typeof checkOptions>;

function checkOptions(options: GcnOptions) {
  knownOptions("gcn", options, optionNames);
  const { dropout: rate = 0.5, learningRate = 0.01, weightDecay = 5e-4 } = options;
  return {
    hidden: integerOption("gcn", "hidden", options.hidden ?? 16, 1),
    activation: wordOption("gcn", "activation", options.activation ?? "relu", ["relu", "tanh"]),
    dropout: numberOption("gcn", "dropout", rate, { least: 0, most: 1 - 2 ** -24 }),
    learningRate: numberOption("gcn", "learningRate", learningRate, { least: 0, exclusive: true }),
    epochs: integerOption("gcn", "epochs", options.epochs ?? 200, 1),
    weightDecay: numberOption("gcn", "weightDecay", weightDecay, { least: 0 }),
    decayed: wordOption("gcn", "decayed", options.decayed ?? "first", ["first", "all"]),
    protocol: wordOption("gcn", "protocol", options.protocol ?? "best-validation", ["best-validation", "paper"]),
    normalizeFeatures: options.normalizeFeatures ?? true,
    selfLoops: wordOption("gcn", "selfLoops", options.selfLoops ?? "drop", ["keep", "drop"]),
    seed: integerOption("gcn", "seed", options.seed ?? 1, 0),
    runs: integerOption("gcn", "runs", options.runs ?? 1, 1),
    vectors: wordOption("gcn", "vectors", options.vectors ?? "hidden", ["hidden", "output"]),
  };
}

/** S and X, both in one memory. */
function inputsOf(graph: Graph, features: Matrix | null, { normalizeFeatures, selfLoops }: Settings): GcnInputs {
  const memory = new GraphMemory(0, "gcn");
  const operator = symmetricOperator(graph, { memory, selfLoops });
  const { numNodes } = graph;
  const x = features === null ? identity(numNodes) : normalizeFeatures ? normalizeRows("gcn", features) : features;
  if (isSparse(x)) return { operator, features: new SparseOperator(x, memory) };
  return { operator, features: new NdArray("float32", [x.rows, x.columns], Float32Array.from(x.values)) };
}

function identity(size: number) {
  const starts = Uint32Array.from({ length: size + 1 }, (_, i) => i);
  return {
    rows: size,
    columns: size,
    starts,
    indices: starts.subarray(0, size),
    values: new Float32Array(size).fill(1),
  };
}

/** Weights by Glorot and Bengio, and Adam's moments, which are 0. */
function initialState({ features }: GcnInputs, classes: number, seed: number, settings: Settings) {
  const rng = new Rng(seed);
  const numFeatures = features instanceof SparseOperator ? features.numColumns : features.shape[1];
  const params = {
    first: glorotUniform(rng, [numFeatures, settings.hidden]),
    second: glorotUniform(rng, [settings.hidden, classes]),
  };
  return { params, moments: adam({ learningRate: settings.learningRate }).init(params) };
}

/** A step of Adam over all nodes, and what the network gives after it. */
function makeStep(
  inputs: GcnInputs,
  nodes: CheckedNodes,
  settings: Settings,
  { signal, executor, threads }: GcnOptions,
) {
  const { activation, weightDecay } = settings;
  const optimizer = adam({ learningRate: settings.learningRate });
  const [train, validation] = [targetsOf(nodes, nodes.train), targetsOf(nodes, nodes.validation)];
  const penalty = ({ first, second }: GcnParams) => {
    const norms = settings.decayed === "all" ? add(sum(square(first)), sum(square(second))) : sum(square(first));
    return mul(weightDecay / 2, norms);
  };
  const loss = (params: GcnParams, random: Random) => {
    const { logits } = applyGcn(params, inputs, { activation, drop: { rate: settings.dropout, random } });
    return add(crossEntropy(logits, train), penalty(params));
  };
  return compileStep(
    ({ params, moments }: { params: GcnParams; moments: never }, key: Tensor) => {
      const { value, grad } = valueAndGrad(loss)(params, new Random(key));
      const next = optimizer.update(grad, moments, params);
      const outcome = applyGcn(next.params, inputs, { activation });
      const validated = crossEntropy(outcome.logits, validation);
      const after = { ...outcome, loss: value, validation: validated, penalty: penalty(next.params) };
      return [{ params: next.params, moments: next.state as never }, after] as const;
    },
    initialState(inputs, nodes.classes.length, settings.seed, settings) as never,
    { signal, executor, threads },
  );
}

/** Numbers of nodes [n] and their classes as one-hot rows, each divided by n: [n, C]. */
interface Targets {
  readonly nodes: NdArray<"int32">;
  readonly shares: NdArray<"float32">;
}

/** What the loss of a part of the split is made of; null where that has no nodes. */
function targetsOf({ labels, classes }: CheckedNodes, part: Uint32Array): Targets | null {
  if (part.length === 0) return null;
  const shares = new Float32Array(part.length * classes.length);
  for (const [k, node] of part.entries()) shares[k * classes.length + labels[node]] = 1 / part.length;
  return {
    nodes: new NdArray("int32", [part.length], Int32Array.from(part)),
    shares: new NdArray("float32", [part.length, classes.length], shares),
  };
}

/** The mean of -ln softmax(logits_n)_c over the nodes n and their classes c; 0 without nodes. */
function crossEntropy(logits: Tensor, targets: Targets | null): Tensor {
  if (targets === null) return tensor(0);
  return neg(sum(mul(targets.shares, logSoftmax(gather(logits, targets.nodes)))));
}

/** What the network gave at the epoch whose weights are taken, and these. */
interface Kept {
  readonly report: GcnEpoch;
  readonly params: GcnParams<NdArray>;
}

interface RunContext {
  seed: number;
  settings: Settings;
  checked: CheckedNodes;
  tell: (report: GcnEpoch) => void;
  signal: AbortSignal | undefined;
}

/** The epochs of one seed. */
async function trainOnce(
  step: ReturnType<typeof makeStep>,
  initial: ReturnType<typeof initialState>,
  { seed, settings, checked, tell, signal }: RunContext,
): Promise<{ epochs: number; kept: Kept }> {
  const { labels, classes, validation } = checked;
  const isPaper = settings.protocol === "paper";
  step.setState(initial as never);
  const losses: number[] = [];
  const takesLast = isPaper || validation.length === 0;
  let kept: Kept | undefined;
  let last: GcnEpoch | undefined;
  let epoch = 0;
  while (epoch < settings.epochs) {
    signal?.throwIfAborted();
    const after = await step(randomKey(seed, epoch) as never);
    epoch++;
    const report: GcnEpoch = {
      ...{ seed, epoch },
      loss: after.loss.item(),
      validationLoss: validation.length > 0 ? after.validation.item() : null,
      validationAccuracy: accuracy(after.logits.data as Float32Array, labels, validation, classes.length),
      hidden: after.hidden as NdArray<"float32">,
      logits: after.logits as NdArray<"float32">,
    };
    if (!Number.isFinite(report.loss)) {
      throw new RangeError(`gcn: the loss is ${report.loss} in epoch ${epoch}; a smaller learningRate may help`);
    }
    tell(report);
    const best = kept?.report.validationLoss ?? Number.POSITIVE_INFINITY;
    if (takesLast) last = report;
    else if ((report.validationLoss as number) < best) kept = { report, params: paramsOf(step) };
    losses.push(isPaper ? after.validation.item() + after.penalty.item() : after.validation.item());
    const mayStop = validation.length > 0 && (isPaper ? epoch > 11 : epoch - 1 > settings.epochs / 2);
    if (mayStop && exceedsMean(losses)) break;
  }
  kept ??= { report: last as GcnEpoch, params: paramsOf(step) };
  return { epochs: epoch, kept };
}

const paramsOf = (step: ReturnType<typeof makeStep>) => step.state().params as unknown as GcnParams<NdArray>;

/** Whether the last loss exceeds the mean of the ten before. */
function exceedsMean(losses: readonly number[]): boolean {
  const before = losses.slice(-11, -1);
  return before.length === 10 && losses[losses.length - 1] > before.reduce((sum, loss) => sum + loss, 0) / 10;
}

function warnOfOneClass(
  predictions: Int32Array,
  classes: readonly string[],
  seed: number,
  warn: (message: string) => void,
): void {
  if (predictions.some((prediction) => prediction !== predictions[0])) return;
  warn(
    `gcn: with seed ${seed} all ${predictions.length} nodes are predicted as ${classes[predictions[0]]}; ` +
      "look at the features and labels, train longer, or with a larger learningRate or less dropout",
  );
}
