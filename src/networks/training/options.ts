/** What a training takes, what it tells, and what it leaves. */
import { type CheckpointSettings, checkCheckpoints, type Fingerprint } from "../../io/checkpoint-options.js";
import { booleanOption, integerOption, knownOptions, wordOption } from "../../io/options.js";
import type { TaskOptions } from "../../io/progress.js";
import { seedKey } from "../../numerics/random.js";
import type { NdArray } from "../array.js";
import { type Executor, executorOption } from "../executable.js";
import type { Optimizer } from "../optimizers/optimizer.js";
import type { Random } from "../random.js";
import type { Backend } from "../runtime.js";
import type { Tensor } from "../tensor.js";
import type { Mapped } from "../tree.js";
import type { DataSource } from "./data.js";
import { checkEarlyStopping, type EarlyStoppingOptions } from "./early-stopping.js";

/** Tensors in place of arrays. */
export type Symbolic<T> = Mapped<T, NdArray, Tensor>;

/** What a loss function may use besides parameters and batch. */
export interface LossContext<State> {
  /** Random numbers of this step: dropout masks, noise. */
  readonly random: Random;
  /** false while validating: no dropout, running statistics instead of the batch's. */
  readonly training: boolean;
  /** What is carried from step to step without being trained, such as running statistics. */
  readonly state: Symbolic<State>;
}

/** The mean loss of the batch, alone or with more: metrics by name, means over the batch as well, and the new state. */
export type LossResult<State> =
  | Tensor
  | { loss: Tensor; metrics?: Readonly<Record<string, Tensor>>; state?: Symbolic<State> };

export interface TrainOptions<Params, Batch, State = Record<string, never>> extends TaskOptions {
  /** The parameters to begin with: a tree of float32 arrays, which stays as it is. */
  params: Params;
  loss(params: Symbolic<Params>, batch: Symbolic<Batch>, context: LossContext<State>): LossResult<State>;
  optimizer: Optimizer;
  /** A tree of arrays whose first axes count the items, or a source that makes batches. */
  data: Batch | DataSource<Batch>;
  /** What the loss carries from step to step; nothing by default. */
  state?: State;
  /** Items a step. Default 32; the useful range ends where a step takes as long as its items. */
  batchSize?: number;
  /** Passes over the data. Default 10. */
  epochs?: number;
  /** Of the order of items and of `random`. Default 1. */
  seed?: number;
  /** Whether each epoch has an order of its own. Default true. */
  shuffle?: boolean;
  /** What becomes of the items that do not fill the last batch of an epoch: a smaller batch (default), or none. */
  lastBatch?: "keep" | "drop";
  validation?: ValidationOptions<Batch>;
  /** Ends training when the validation no longer improves; it needs `validation`. */
  earlyStopping?: EarlyStoppingOptions;
  /** Whether the parameters of the best epoch are returned, not those of the last. Default true where there is validation. */
  restoreBest?: boolean;
  checkpoints?: CheckpointSettings;
  /**
   * What a checkpoint keeps of the caller's own settings: where they differ, a run that would go on from it is refused by their
   * names, which say more than that the program is another.
   */
  settings?: Fingerprint;
  backend?: Backend;
  /** As of `compile`; part of what a run's bytes depend on. */
  executor?: Executor;
  /** Threads of ONNX Runtime; part of what a run's bytes depend on. By default as `compile`. */
  threads?: number;
  /** Told after each epoch. */
  onEpoch?: (report: EpochReport) => void;
  /** Told of a copy of the parameters between two steps, by the rule of `OnVectors`. */
  onParams?: (params: Params) => void | Promise<void>;
  /** Told of things worth knowing, such as a damaged checkpoint that was passed over. */
  onNote?: (note: string) => void;
}

export interface ValidationOptions<Batch> {
  data: Batch | DataSource<Batch>;
  /** What is compared between epochs: "loss" (default) or a metric. */
  metric?: string;
  /** Whether less is better (default) or more. */
  goal?: "min" | "max";
}

/** Means over the items of an epoch; `training` as the parameters changed, `validation` after them. */
export interface EpochReport {
  /** Counted from 1. */
  readonly epoch: number;
  readonly training: Readonly<Record<string, number>>;
  readonly validation?: Readonly<Record<string, number>>;
}

export interface StepReport {
  /** Counted from 1 over all epochs. */
  readonly step: number;
  readonly epoch: number;
  readonly loss: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** A finished run; all but the arrays is what `space.json` records. */
export interface Training<Params, State> {
  readonly params: Params;
  readonly state: State;
  readonly history: readonly EpochReport[];
  /** The epoch whose parameters these are. */
  readonly bestEpoch: number;
  readonly steps: number;
  readonly stopped: "epochs" | "early stopping";
  readonly seed: number;
  readonly backend: Backend;
  readonly executor: Executor;
  readonly threads: number;
}

const optionNames = [
  ...["params", "loss", "optimizer", "data", "state", "batchSize", "epochs", "seed", "shuffle", "lastBatch"],
  ...["validation", "earlyStopping", "restoreBest", "checkpoints", "settings", "backend", "executor", "threads"],
  ...["onEpoch", "onParams", "onNote", "signal", "onProgress"],
];

/** The options checked, with defaults, without what is a function or an array. */
export function checkTrainOptions<P, B, S>(options: TrainOptions<P, B, S>) {
  knownOptions("train", options, optionNames);
  const { validation, earlyStopping, checkpoints, threads } = options;
  if (typeof options.loss !== "function")
    throw new TypeError(`train: loss must be a function, got ${typeof options.loss}`);
  if (typeof options.optimizer?.update !== "function") {
    throw new TypeError("train: optimizer must be one of adam(), sgd(), ... of this package, or a pair like them");
  }
  if (validation !== undefined) knownOptions("train: validation", validation, ["data", "metric", "goal"]);
  if (earlyStopping !== undefined && validation === undefined) {
    throw new RangeError("train: earlyStopping needs validation, which says when to stop");
  }
  const restoreBest = booleanOption("train", "restoreBest", options.restoreBest ?? validation !== undefined);
  if (restoreBest && validation === undefined) throw new RangeError("train: restoreBest needs validation");
  seedKey(options.seed ?? 1);
  return {
    batchSize: integerOption("train", "batchSize", options.batchSize ?? 32, 1),
    epochs: integerOption("train", "epochs", options.epochs ?? 10, 1),
    seed: options.seed ?? 1,
    shuffle: booleanOption("train", "shuffle", options.shuffle ?? true),
    lastBatch: wordOption("train", "lastBatch", options.lastBatch ?? "keep", ["keep", "drop"]),
    metric: validation?.metric ?? "loss",
    goal: wordOption("train", "validation.goal", validation?.goal ?? "min", ["min", "max"]),
    earlyStopping: earlyStopping && checkEarlyStopping("train", earlyStopping),
    restoreBest,
    checkpoints: checkpoints === undefined ? null : checkCheckpoints("train", checkpoints),
    executor: executorOption("train", options.executor),
    threads: threads === undefined ? undefined : integerOption("train", "threads", threads, 1, 256),
  };
}

export type TrainSettings = ReturnType<typeof checkTrainOptions>;
