/** Training of networks that predict classes of nodes: protocols, many seeds, and what is left of it. */
import { integerOption, numberOption, wordOption } from "../io/options.js";
import { Pace } from "../io/pace.js";
import { Meter, type OnVectors, type TaskOptions } from "../io/progress.js";
import type { Graph } from "../messages/graph.js";
import type { NdArray } from "../networks/array.js";
import { type Arrays, type Compiled, compile } from "../networks/compile.js";
import type { Executor } from "../networks/executable.js";
import { randomKey } from "../networks/random.js";
import type { Tensor } from "../networks/tensor.js";
import { Rng } from "../numerics/random.js";
import type { FilmData } from "../space/film.js";
import { Space } from "../space/space.js";
import { accuracy, argMaxRows, confusionMatrix, meanAndDeviation } from "./classification.js";
import { FilmEpochs } from "./film-epochs.js";
import type { CheckedNodes } from "./labeled-nodes.js";
import { filmOption, layerFilm } from "./layer-film.js";
import { type NodeProtocol, NodeProtocolRun, nodeProtocols } from "./node-protocols.js";
import { firstState, makeStep, type NodeNetwork, type NodeStep } from "./node-step.js";
import { nodesOf } from "./relations.js";

export interface NodeTrainingOptions extends TaskOptions {
  /** Of Adam; 0.01 by default, useful from 1e-3 to 0.1. */
  learningRate?: number;
  /** Epochs, each one step with all nodes; 200 by default, the most where training stops early. */
  epochs?: number;
  /** When to stop and which epoch's weights to take; "best-validation" by default. */
  protocol?: NodeProtocol;
  /** Of the first weights and the dropout; 1 by default. */
  seed?: number;
  /** How often to train, with seed, seed + 1, ...; 1 by default. Predictions and vectors are those of the first run. */
  runs?: number;
  /** What the space holds: the "hidden" layer (default) or the network's "output", a logit a class. */
  vectors?: "hidden" | "output";
  /**
   * Frames of a film that the space keeps of its vectors in the first run, from before the first epoch to the one whose
   * weights are taken, evenly spread; 0 by default, which is none, useful from 20 to 100. Of vectors of more than two numbers
   * it shows the directions, in the plane in which they spread most in the last frame. The vectors are the same with and
   * without; weights of at most 8 `film` epochs are kept in memory meanwhile.
   */
  film?: number;
  /** What runs a step, and the threads of ONNX Runtime within one operator; by default as `compile`. */
  executor?: Executor;
  threads?: number;
  /** Told after each epoch, such as to draw the hidden layer; what it gets is computed for it. */
  onEpoch?: (report: NodeEpoch) => void;
  /** Told of the vectors that the space will hold while the first run learns them. */
  onVectors?: OnVectors;
  /** Receives warnings; `console.warn` by default. */
  onWarning?: (message: string) => void;
}

/** Names of these options, for those of a method to be checked. */
export const nodeTrainingOptions = [
  ...["learningRate", "epochs", "protocol", "seed", "runs", "vectors", "film", "executor", "threads"],
  ...["onEpoch", "onVectors", "onWarning", "signal", "onProgress"],
];

/** The same checked, with defaults, without what is called back. */
export function checkNodeTraining(where: string, options: NodeTrainingOptions) {
  return {
    learningRate: numberOption(where, "learningRate", options.learningRate ?? 0.01, { least: 0, exclusive: true }),
    epochs: integerOption(where, "epochs", options.epochs ?? 200, 1),
    protocol: wordOption(where, "protocol", options.protocol ?? "best-validation", nodeProtocols),
    seed: integerOption(where, "seed", options.seed ?? 1, 0),
    runs: integerOption(where, "runs", options.runs ?? 1, 1),
    vectors: wordOption(where, "vectors", options.vectors ?? "hidden", ["hidden", "output"]),
  };
}
type Settings = ReturnType<typeof checkNodeTraining>;

/** An epoch in numbers; all but `loss` is after its step and without dropout. */
interface EpochScores {
  readonly seed: number;
  /** Counted from 1. */
  readonly epoch: number;
  /** Cross-entropy of the training nodes as the step saw it, in nats, and the norm. */
  readonly loss: number;
  /** Cross-entropy of the validation nodes, in nats; null without any. */
  readonly validationLoss: number | null;
  readonly validationAccuracy: number | null;
}

/** What a network gives after an epoch. */
interface NodeOutputs {
  /** The hidden layer [N, H]. */
  readonly hidden: NdArray<"float32">;
  /** [N, C]. */
  readonly logits: NdArray<"float32">;
}

export interface NodeEpoch extends EpochScores, NodeOutputs {}

/** One training; accuracies are shares, null where no nodes are given to measure them. */
export interface NodeRun extends EpochScores {
  /** Epochs that were made; `epoch` is the one whose weights were taken. */
  readonly epochs: number;
  readonly trainAccuracy: number;
  readonly testAccuracy: number | null;
}

export interface NodeClassification<Params> {
  readonly runs: readonly NodeRun[];
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
  readonly params: Params;
  /** Vectors of the nodes, with their predicted class as the column `predicted`. */
  readonly space: Space;
}

/**
 * Trains a network once for each seed and gathers what came of it. `settings` are the checked options, those of the method
 * included: the space keeps them.
 */
export async function trainNodes<P>(
  where: string,
  graph: Graph,
  nodes: CheckedNodes,
  network: NodeNetwork<P>,
  settings: Settings,
  options: NodeTrainingOptions,
): Promise<NodeClassification<Arrays<P>>> {
  const { labels, classes, train, validation, test } = nodes;
  const { learningRate, epochs, runs: count, seed } = settings;
  const { onWarning = console.warn, onEpoch, onVectors, onProgress, signal, threads } = options;
  const frames = filmOption(where, options.film);
  const seeds = Array.from({ length: count }, (_, k) => seed + k);
  const begin = (of: number) => firstState(network, new Rng(of), learningRate);
  const step = makeStep(network, nodes, begin(seed), {
    ...{ learningRate, signal, threads },
    executor: options.executor,
  });
  const forward = compileForward(network, step, threads);
  const meter = new Meter("training", "steps", epochs * count, onProgress);
  const runs: NodeRun[] = [];
  const pace = new Pace(onVectors !== undefined);
  const tellVectors = async () => {
    const { data, shape } = (await forward.run(paramsOf(step)))[settings.vectors === "hidden" ? "hidden" : "logits"];
    await onVectors?.(Float32Array.from(data), shape[1]);
  };
  let executor: NodeClassification<P>["executor"] | null = null;
  let first: { params: Arrays<P>; outputs: NodeOutputs; film: FilmData | undefined } | undefined;
  try {
    for (const [k, of] of seeds.entries()) {
      step.setState(begin(of) as never);
      const film = frames > 0 && first === undefined ? new FilmEpochs(frames, paramsOf(step)) : null;
      const kept = await trainOnce(step, validation.length > 0, {
        film,
        ...{ where, seed: of, settings, signal },
        tell: async (scores) => {
          meter.update(k * epochs + scores.epoch, { epoch: scores.epoch, loss: scores.loss });
          onEpoch?.({ ...scores, ...(await forward.run(paramsOf(step))) });
          if (k === 0 && pace.due) await pace.turn(tellVectors);
        },
      });
      executor ??= step.executor();
      const outputs = await forward.run(kept.params);
      const layerOf = (params: Arrays<P>) => forward.run(params).then((given) => given[layerName(settings)]);
      first ??= {
        ...{ params: kept.params, outputs },
        film: film ? await layerFilm(film, layerOf, `${settings.vectors} layer`, signal) : undefined,
      };
      const scores = outputs.logits.data;
      runs.push({
        ...{ ...kept.scores, epochs: kept.epochs },
        trainAccuracy: accuracy(scores, labels, train, classes.length) as number,
        testAccuracy: accuracy(scores, labels, test, classes.length),
      });
      warnOfOneClass(where, argMaxRows(scores, classes.length), classes, of, onWarning);
    }
  } finally {
    await step.close();
    await forward.close();
  }
  meter.update(epochs * count, {}, true);

  const { params, outputs, film } = first as NonNullable<typeof first>;
  const predictions = argMaxRows(outputs.logits.data, classes.length);
  const measured = test.length > 0 ? test : Uint32Array.from(labels.keys()).filter((i) => labels[i] >= 0);
  const accuracies = runs.flatMap(({ testAccuracy }) => testAccuracy ?? []);
  const { seed: _, runs: __, ...recorded } = settings;
  return {
    runs,
    testAccuracy: accuracies.length > 0 ? meanAndDeviation(accuracies) : null,
    executor: executor as NonNullable<typeof executor>,
    classes,
    predictions,
    confusion: confusionMatrix(predictions, labels, measured, classes.length),
    params,
    space: Space.from(
      {
        ...nodesOf(graph),
        vectors: outputs[layerName(settings)].data,
        film,
        tensors: settings.vectors === "hidden" ? network.keep?.(params) : undefined,
        columns: { predicted: Array.from(predictions, (c) => classes[c]) },
        method: where,
        options: { ...recorded, train: train.length, validation: validation.length },
        seed,
        metrics: { ...runs[0] },
      },
      { encoders: network.encoder && { [where]: network.encoder } },
    ),
  };
}

/** What a network gives with some weights, compiled when first asked for, to be run by what runs the steps. */
function compileForward<P>(network: NodeNetwork<P>, step: NodeStep<P>, threads: number | undefined) {
  let compiled: Compiled<[P], { hidden: Tensor; logits: Tensor }> | null = null;
  return {
    run: async (params: Arrays<P>): Promise<NodeOutputs> => {
      compiled ??= compile((given: P) => network.apply(given), { executor: step.executor()?.executor, threads });
      return (await compiled(params as never)) as unknown as NodeOutputs;
    },
    close: async () => compiled?.close(),
  };
}

function paramsOf<P>(step: NodeStep<P>): Arrays<P> {
  return step.state().params;
}

/** What the network gives that the space's vectors are. */
function layerName({ vectors }: Settings): keyof NodeOutputs {
  return vectors === "hidden" ? "hidden" : "logits";
}

interface RunContext<P> {
  /** Keeps weights for a film; null where none is made. */
  film: FilmEpochs<Arrays<P>> | null;
  where: string;
  seed: number;
  settings: Settings;
  tell: (scores: EpochScores) => Promise<void>;
  signal: AbortSignal | undefined;
}

/** The epochs of one seed, from the state that the step has. */
async function trainOnce<P>(
  step: NodeStep<P>,
  isValidated: boolean,
  { film, where, seed, settings, tell, signal }: RunContext<P>,
): Promise<{ epochs: number; scores: EpochScores; params: Arrays<P> }> {
  const protocol = new NodeProtocolRun(settings.protocol, settings.epochs);
  let kept: { scores: EpochScores; params: Arrays<P> } | undefined;
  for (let epoch = 1; ; epoch++) {
    signal?.throwIfAborted();
    const after = await step(randomKey(seed, epoch - 1) as never);
    const [loss, crossEntropy, right, penalty] = [after.loss, after.crossEntropy, after.accuracy, after.penalty].map(
      (scalar) => (scalar as NdArray).item(),
    );
    const wrong = [loss, crossEntropy].find((value) => !Number.isFinite(value));
    if (wrong !== undefined) {
      throw new RangeError(`${where}: the loss is ${wrong} in epoch ${epoch}; a smaller learningRate may help`);
    }
    const scores = {
      ...{ seed, epoch, loss },
      validationLoss: isValidated ? crossEntropy : null,
      validationAccuracy: isValidated ? right : null,
    };
    await tell(scores);
    const { isBest, isLast } = protocol.judge(isValidated ? { crossEntropy, penalty } : null);
    if (isBest) kept = { scores, params: paramsOf(step) };
    film?.see(epoch, isBest, () => paramsOf(step));
    if (isLast) return { epochs: epoch, ...(kept as NonNullable<typeof kept>) };
  }
}

function warnOfOneClass(
  where: string,
  predictions: Int32Array,
  classes: readonly string[],
  seed: number,
  warn: (message: string) => void,
): void {
  if (predictions.some((prediction) => prediction !== predictions[0])) return;
  warn(
    `${where}: with seed ${seed} all ${predictions.length} nodes are predicted as ${classes[predictions[0]]}; ` +
      "look at the features and labels, train longer, or with a larger learningRate or less dropout",
  );
}
