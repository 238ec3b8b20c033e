/**
 * The training loop: batches in an order that follows from the seed, one compiled program for forward, backward and the
 * optimizer's update, validation, early stopping, the best epoch kept, checkpoints from which a run goes on bit for bit.
 */
import { sha256 } from "#platform";
import { Checkpoints } from "../../io/checkpoint.js";
import {
  type CheckpointSettings,
  checkCheckpoints,
  type Fingerprint,
  requireSameRun,
} from "../../io/checkpoint-options.js";
import { booleanOption, integerOption, knownOptions, wordOption } from "../../io/options.js";
import { Meter, type TaskOptions } from "../../io/progress.js";
import { seedKey } from "../../numerics/random.js";
import { NdArray } from "../array.js";
import { type Compiled, type CompiledStep, type CompileOptions, compile, compileStep } from "../compile.js";
import { operationsOf } from "../cost.js";
import { chooseExecutor, type Executor, executorOption } from "../executable.js";
import { valueAndGrad } from "../gradients.js";
import { type Graph, showGraph } from "../graph.js";
import type { Optimizer } from "../optimizers/optimizer.js";
import { Queue } from "../queue.js";
import { Random, randomKey } from "../random.js";
import { type Backend, backendOption, threadsFor } from "../runtime.js";
import { constantValue, Tensor } from "../tensor.js";
import { trace, typeOf } from "../trace.js";
import { flatten, type Mapped, unflatten } from "../tree.js";
import { type DataSource, dataOf, orderOf } from "./data.js";
import { type Best, checkEarlyStopping, type EarlyStoppingOptions, improves } from "./early-stopping.js";
import { findNonFinite } from "./non-finite.js";

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
  backend?: Backend;
  /** As of `compile`; part of what a run's bytes depend on. */
  executor?: Executor;
  /** Threads of ONNX Runtime; part of what a run's bytes depend on. By default as `compile`. */
  threads?: number;
  /** Told after each epoch. */
  onEpoch?: (report: EpochReport) => void;
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

/** Trains to the end; see `Trainer` for one step at a time. */
export async function train<Params, Batch, State = Record<string, never>>(
  options: TrainOptions<Params, Batch, State>,
): Promise<Training<Params, State>> {
  const trainer = await Trainer.create(options);
  try {
    return await trainer.run();
  } finally {
    await trainer.close();
  }
}

interface Carried {
  params: unknown;
  moments: unknown;
  state: unknown;
}

interface Outcome {
  loss: Tensor;
  metrics: Readonly<Record<string, Tensor>>;
}
type Step = CompiledStep<Carried, [unknown, unknown], Outcome>;

/** Where a run stands between two steps; what a checkpoint holds besides the arrays. */
interface Position {
  /** Epochs that are done. */
  epoch: number;
  /** Batches of the next epoch that are done. */
  batch: number;
  steps: number;
  /** Sums over the items of this epoch so far. */
  sums: Record<string, number>;
  items: number;
  history: EpochReport[];
  best: Best | null;
  /** From which on patience counts. */
  reference: Best | null;
  ended: boolean;
}

const optionNames = [
  ...["params", "loss", "optimizer", "data", "state", "batchSize", "epochs", "seed", "shuffle", "lastBatch"],
  ...["validation", "earlyStopping", "restoreBest", "checkpoints", "backend", "executor", "threads"],
  ...["onEpoch", "onNote", "signal", "onProgress"],
];

/** A run in the middle: makes one step, or all that are left. */
export class Trainer<Params, Batch, State = Record<string, never>> {
  readonly threads: number;
  readonly backend: Backend;
  /** What runs the steps, by size where none was asked for. */
  readonly executor: Executor;
  readonly #options: TrainOptions<Params, Batch, State>;
  readonly #settings: ReturnType<typeof checkOptions>;
  readonly #data: DataSource<Batch>;
  readonly #validation: DataSource<Batch> | null;
  readonly #stepFunction: Prepared<Batch>["stepFunction"];
  readonly #validateFunction: Prepared<Batch>["validateFunction"];
  readonly #step: Step;
  readonly #validate: Compiled<[unknown, unknown, unknown, unknown], Outcome> | null;
  readonly #fingerprint: Fingerprint;
  readonly #checkpoints: Checkpoints | null;
  readonly #meter: Meter;
  #lastCheckpoint = performance.now();
  /** Steps asked for at once are made one after the other. */
  readonly #queue = new Queue();
  #position: Position;
  /** The order of the epoch `#order.epoch`. */
  #order: { epoch: number; items: Uint32Array } | null = null;
  /** The carried arrays at the position in which the epoch (or this process) began, for finding where NaN arose. */
  #epochStart: { carried: Carried; position: Position };
  #best: Pick<Carried, "params" | "state"> | null = null;

  private constructor(options: TrainOptions<Params, Batch, State>, parts: Prepared<Batch>) {
    this.#options = options;
    this.#settings = parts.settings;
    this.#data = parts.data;
    this.#validation = parts.validation;
    this.#stepFunction = parts.stepFunction;
    this.#validateFunction = parts.validateFunction;
    this.#fingerprint = parts.fingerprint;
    this.backend = parts.backend;
    this.executor = parts.executor;
    this.threads = parts.threads;
    const running = { backend: this.backend, executor: this.executor, threads: this.threads };
    const { signal } = options;
    this.#step = compileStep(parts.stepFunction, parts.carried as never, { ...running, signal }) as Step;
    this.#validate = parts.validation === null ? null : compile(parts.validateFunction, parts.validating);
    this.#checkpoints = parts.settings.checkpoints && new Checkpoints(parts.settings.checkpoints.folder);
    this.#position = startPosition();
    this.#epochStart = { carried: parts.carried, position: structuredClone(this.#position) };
    const { epochs } = parts.settings;
    this.#meter = new Meter("training", "items", epochs * this.#itemsPerEpoch, options.onProgress);
  }

  /** Checks options and data, traces the step, and goes on from a checkpoint where that is asked for. */
  static async create<Params, Batch, State = Record<string, never>>(
    options: TrainOptions<Params, Batch, State>,
  ): Promise<Trainer<Params, Batch, State>> {
    const trainer = new Trainer(options, await prepare(options));
    await trainer.#restore();
    return trainer;
  }

  get #itemsPerEpoch(): number {
    const { batchSize, lastBatch } = this.#settings;
    return lastBatch === "drop" ? Math.floor(this.#data.count / batchSize) * batchSize : this.#data.count;
  }

  get #batchesPerEpoch(): number {
    return Math.ceil(this.#itemsPerEpoch / this.#settings.batchSize);
  }

  /** Whether all epochs are done, or early stopping has ended the run. */
  get done(): boolean {
    return this.#position.ended || this.#position.epoch >= this.#settings.epochs;
  }

  /** Reports of the epochs that are done. */
  get history(): readonly EpochReport[] {
    return this.#position.history;
  }

  /** A copy of the current parameters. */
  params(): Params {
    return this.#step.state().params as Params;
  }

  /**
   * Makes the next step, and at the end of an epoch validates; null where the run is done. When aborted it rejects with
   * the signal's reason and the parameters are as before. A loss that is not finite ends the run with an error that names
   * the op in which it arose.
   */
  step(): Promise<StepReport | null> {
    return this.#queue.run(() => this.#makeStep());
  }

  async #makeStep(): Promise<StepReport | null> {
    this.#options.signal?.throwIfAborted();
    if (!this.done && this.#position.batch === this.#batchesPerEpoch) await this.#endEpoch(); // stopped while validating
    if (this.done) return null;
    const position = this.#position;
    const items = this.#itemsOf(position.epoch, position.batch);
    const key = randomKey(this.#settings.seed, position.steps);
    const outcome = (await this.#step(this.#data.batch(items) as never, key as never)) as unknown as {
      loss: NdArray;
      metrics: Record<string, NdArray>;
    };
    const loss = outcome.loss.item();
    if (!Number.isFinite(loss)) await this.#explain(position.steps, `the loss became ${loss}`);
    const metrics = Object.fromEntries(Object.entries(outcome.metrics).map(([name, value]) => [name, value.item()]));
    for (const [name, value] of Object.entries(metrics)) {
      if (!Number.isFinite(value)) await this.#explain(position.steps, `the metric ${name} became ${value}`);
    }
    for (const [name, value] of Object.entries({ ...metrics, loss })) {
      position.sums[name] = (position.sums[name] ?? 0) + value * items.length;
    }
    position.items += items.length;
    position.batch++;
    position.steps++;
    const report = { step: position.steps, epoch: position.epoch + 1, loss, metrics };
    if (position.batch < this.#batchesPerEpoch) this.#report(loss);
    else await this.#endEpoch();
    return report;
  }

  /** Makes all steps that are left. When aborted it rejects with the signal's reason, after a last checkpoint. */
  async run(): Promise<Training<Params, State>> {
    try {
      while (!this.done) {
        await this.step();
        if (this.#checkpointDue()) await this.#save();
      }
    } catch (error) {
      if (this.#options.signal?.aborted && this.#checkpoints !== null) await this.#save();
      throw error;
    }
    if (this.#checkpoints !== null) await this.#save();
    return this.result();
  }

  /** The run so far. */
  result(): Training<Params, State> {
    const { history, best, steps, ended, epoch } = this.#position;
    const restored = this.#settings.restoreBest ? this.#best : null;
    const { params, state } = restored ?? this.#step.state();
    return {
      params: params as Params,
      state: state as State,
      history,
      bestEpoch: restored === null ? epoch : (best?.epoch ?? epoch),
      steps,
      stopped: ended ? "early stopping" : "epochs",
      seed: this.#settings.seed,
      backend: this.backend,
      executor: this.executor,
      threads: this.threads,
    };
  }

  async close(): Promise<void> {
    await this.#step.close();
    await this.#validate?.close();
  }

  #itemsOf(epoch: number, batch: number): Uint32Array {
    if (this.#order?.epoch !== epoch) {
      const { seed, shuffle } = this.#settings;
      this.#order = { epoch, items: orderOf(this.#data.count, seed, epoch, shuffle) };
    }
    const { batchSize } = this.#settings;
    return this.#order.items.subarray(batch * batchSize, Math.min((batch + 1) * batchSize, this.#itemsPerEpoch));
  }

  #report(loss: number): void {
    const { epoch, items } = this.#position;
    const { epochs } = this.#settings;
    const atEnd = items === 0;
    const progress = { epoch: Math.min(epoch + 1, epochs), epochs, loss };
    this.#meter.update(epoch * this.#itemsPerEpoch + items, progress, atEnd);
  }

  /** Validates after an epoch's last step. Where it is stopped, the next `step` begins with it again. */
  async #endEpoch(): Promise<void> {
    const position = this.#position;
    const training = means(position.sums, position.items);
    const carried = this.#step.state() as Carried;
    if (!allFinite(carried)) await this.#explain(position.steps - 1, "an update left the finite numbers");
    const validation = await this.#validateEpoch(carried);
    position.epoch++;
    Object.assign(position, { batch: 0, sums: {}, items: 0 });
    const report: EpochReport = { epoch: position.epoch, training, ...(validation && { validation }) };
    position.history.push(report);
    if (validation !== undefined) this.#judge(validation, carried);
    this.#epochStart = { carried, position: structuredClone(position) };
    this.#options.onEpoch?.(report);
    this.#report(training.loss);
  }

  async #validateEpoch({ params, state }: Carried): Promise<Record<string, number> | undefined> {
    const [source, evaluate] = [this.#validation, this.#validate];
    if (source === null || evaluate === null) return undefined;
    const { batchSize, seed } = this.#settings;
    const sums: Record<string, number> = {};
    for (let start = 0; start < source.count; start += batchSize) {
      this.#options.signal?.throwIfAborted();
      const items = Uint32Array.from({ length: Math.min(batchSize, source.count - start) }, (_, k) => start + k);
      // Steps of validation begin at 2^52, so that no training step draws the same numbers.
      const inputs = [params, source.batch(items), randomKey(seed, 2 ** 52 + start / batchSize), state] as const;
      const outcome = (await evaluate(...(inputs as unknown as [never, never, never, never]))) as unknown as {
        loss: NdArray;
        metrics: Record<string, NdArray>;
      };
      if (!Number.isFinite(outcome.loss.item())) {
        const found = await this.#firstNonFinite(this.#validateFunction, inputs, ["params", "validation.data"]);
        throw new RangeError(
          `train: validation after epoch ${this.#position.epoch + 1}, items ${start} to ${start + items.length - 1}: ${found}; the loss became ${outcome.loss.item()}`,
        );
      }
      for (const [name, value] of Object.entries({ ...outcome.metrics, loss: outcome.loss })) {
        sums[name] = (sums[name] ?? 0) + value.item() * items.length;
      }
    }
    return means(sums, source.count);
  }

  /** Whether the epoch was the best one, and whether it was the last. */
  #judge(validation: Readonly<Record<string, number>>, { params, state }: Carried): void {
    const position = this.#position;
    const { metric, goal, earlyStopping } = this.#settings;
    const value = validation[metric];
    if (!Number.isFinite(value)) {
      throw new RangeError(`train: the validation's ${metric} is ${value} after epoch ${position.epoch}`);
    }
    const now = { epoch: position.epoch, value };
    if (improves(value, position.best, goal, 0)) {
      position.best = now;
      if (this.#settings.restoreBest) this.#best = { params, state };
    }
    if (earlyStopping === undefined) return;
    if (improves(value, position.reference, goal, earlyStopping.minDelta)) position.reference = now;
    else if (position.epoch - (position.reference?.epoch ?? 0) >= earlyStopping.patience) position.ended = true;
  }

  /**
   * Repeats the epoch up to the step in which something became NaN or infinite, step `last` or one before it, and throws
   * an error that names the op.
   */
  async #explain(last: number, seen: string): Promise<never> {
    const { carried, position } = this.#epochStart;
    this.#step.setState(carried as never);
    for (let step = position.steps; ; step++) {
      const batch = step - position.steps + position.batch;
      const items = this.#data.batch(this.#itemsOf(position.epoch, batch));
      const inputs = [items, randomKey(this.#settings.seed, step)] as const;
      const before = this.#step.state() as Carried;
      if (step < last) await this.#step(...(inputs as unknown as [never, never]));
      if (step < last && allFinite(this.#step.state() as Carried)) continue;
      const found = await this.#firstNonFinite(this.#stepFunction, [before, ...inputs], ["", "data"]);
      throw new RangeError(
        `train: step ${step + 1}, epoch ${position.epoch + 1}: ${found}; ${seen}. A smaller learning rate or clipped gradients may help`,
      );
    }
  }

  /** Which op of a function gave the first NaN or infinity, in words; `names` are those of the first arguments. */
  async #firstNonFinite(fn: unknown, args: readonly unknown[], names: readonly string[]): Promise<string> {
    const { graph, inputPaths } = trace(fn as never, ...args);
    const { leaves } = flatten(args, isArray);
    const named = inputPaths.map((path) =>
      path.replace(/^arguments\[(\d+)\]\.?/, (_, k) => (names[k] ? `${names[k]}.` : "")).replace(/\.(?=\[|$)/, ""),
    );
    const found = await findNonFinite(graph, leaves, named, {
      backend: this.backend,
      executor: this.executor,
      threads: this.threads,
    });
    return found ?? "no single op gave it when the step was repeated";
  }

  // ------------------------------------------------------------------------------------------------- checkpoints

  #checkpointDue(): boolean {
    const { checkpoints } = this.#settings;
    return checkpoints !== null && performance.now() - this.#lastCheckpoint >= checkpoints.every * 1000;
  }

  async #save(): Promise<void> {
    if (this.#checkpoints === null) return;
    const arrays = [...leavesOf(this.#step.state()), ...(this.#best === null ? [] : leavesOf(this.#best))];
    const bytes = arrays.reduce((sum, { data }) => sum + data.byteLength, 0);
    const state = { fingerprint: this.#fingerprint, position: this.#position, hasBest: this.#best !== null };
    await this.#checkpoints.save(state, bytes, bytesOf(arrays));
    this.#lastCheckpoint = performance.now();
  }

  async #restore(): Promise<void> {
    const { checkpoints } = this.#settings;
    if (this.#checkpoints === null || !checkpoints?.resume) return;
    const checkpoint = await this.#checkpoints.open(this.#options.onNote);
    if (checkpoint === null) return;
    try {
      const saved = checkpoint.state as { fingerprint: Fingerprint; position: Position; hasBest: boolean };
      requireSameRun("train", checkpoints.folder, this.#fingerprint, saved.fingerprint);
      const carried = this.#step.state() as Carried;
      for (const { data } of leavesOf(carried)) await checkpoint.read(bytesIn(data));
      this.#step.setState(carried as never);
      if (saved.hasBest) {
        this.#best = structuredCopy({ params: carried.params, state: carried.state });
        for (const { data } of leavesOf(this.#best)) await checkpoint.read(bytesIn(data));
      }
      this.#position = saved.position;
      this.#epochStart = { carried, position: structuredClone(saved.position) };
      this.#meter.resumeAt(saved.position.epoch * this.#itemsPerEpoch + saved.position.items);
    } finally {
      await checkpoint.close();
    }
  }
}

// ---------------------------------------------------------------------------------------------------- preparation

interface Prepared<Batch> {
  settings: ReturnType<typeof checkOptions>;
  data: DataSource<Batch>;
  validation: DataSource<Batch> | null;
  carried: Carried;
  stepFunction: (carried: Carried, batch: unknown, key: unknown) => readonly [Carried, Outcome];
  validateFunction: (params: unknown, batch: unknown, key: unknown, state: unknown) => Outcome;
  backend: Backend;
  executor: Executor;
  /** How the validation runs, which has a size of its own. */
  validating: CompileOptions;
  threads: number;
  fingerprint: Fingerprint;
}

/** Checks everything and traces the step once, so that a mistake shows before work begins. */
async function prepare<Params, Batch, State>(options: TrainOptions<Params, Batch, State>): Promise<Prepared<Batch>> {
  const settings = checkOptions(options);
  const { loss, optimizer, signal } = options;
  signal?.throwIfAborted();
  const backend = backendOption("train", options.backend);
  const data = sourceOf("train", options.data);
  if (settings.lastBatch === "drop" && data.count < settings.batchSize) {
    throw new RangeError(
      `train: no batch of ${settings.batchSize} fits ${data.count} items; lastBatch: "keep" would take them`,
    );
  }
  const validation = options.validation === undefined ? null : sourceOf("train: validation", options.validation.data);
  requireFiniteParams(options.params);
  const initial: Carried = {
    params: options.params,
    moments: optimizer.init(options.params),
    state: options.state ?? {},
  };
  const evaluate = (params: unknown, batch: unknown, key: unknown, state: unknown, training: boolean) => {
    const context = { random: new Random(key as Tensor), training, state: state as Symbolic<State> };
    return outcomeOf(loss(params as Symbolic<Params>, batch as Symbolic<Batch>, context), state as Symbolic<State>);
  };
  const stepFunction = (carried: Carried, batch: unknown, key: unknown) => {
    const both = valueAndGrad((params: unknown) => evaluate(params, batch, key, carried.state, true));
    const { value, grad } = both(carried.params);
    const next = optimizer.update(grad, carried.moments as never, carried.params);
    const kept = { params: next.params, moments: next.state, state: value.state };
    return [kept, { loss: value.loss, metrics: value.metrics }] as const;
  };
  const validateFunction = (params: unknown, batch: unknown, key: unknown, state: unknown) => {
    const { loss: value, metrics } = evaluate(params, batch, key, state, false);
    return { loss: value, metrics };
  };
  const first = data.batch(Uint32Array.from({ length: Math.min(settings.batchSize, data.count) }, (_, k) => k));
  const { graph } = trace(stepFunction as never, initial, first, randomKey(settings.seed, 0));
  if (validation !== null) {
    const items = validation.batch(Uint32Array.of(0));
    const { result } = trace(validateFunction as never, initial.params, items, randomKey(0, 0), initial.state);
    const names = ["loss", ...Object.keys((result as { metrics: object }).metrics)];
    wordOption("train", "validation.metric", settings.metric, names);
  }
  const { executor } = chooseExecutor(graph, { executor: settings.executor, backend: options.backend });
  const threads = executor === "kernels" ? 1 : (settings.threads ?? threadsFor(operationsOf(graph)));
  const fingerprint: Fingerprint = {
    program: await textHash(showGraph(graph)),
    constants: await hashArrays(constantsOf(graph)),
    data: settings.checkpoints === null ? "" : await data.fingerprint(),
    validation: settings.checkpoints === null || validation === null ? "" : await validation.fingerprint(),
    params: settings.checkpoints === null ? "" : await hashArrays(leavesOf(options.params)),
    batchSize: settings.batchSize,
    epochs: settings.epochs,
    seed: settings.seed,
    shuffle: settings.shuffle,
    lastBatch: settings.lastBatch,
    metric: settings.metric,
    goal: settings.goal,
    restoreBest: settings.restoreBest,
    patience: settings.earlyStopping?.patience ?? 0,
    minDelta: settings.earlyStopping?.minDelta ?? 0,
    backend,
    executor,
    threads,
  };
  return {
    settings,
    data,
    validation,
    carried: initial,
    stepFunction,
    validateFunction,
    backend,
    executor,
    validating: { backend: options.backend, executor: settings.executor, threads },
    threads,
    fingerprint,
  };
}

function checkOptions<P, B, S>(options: TrainOptions<P, B, S>) {
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

function sourceOf<Batch>(where: string, data: Batch | DataSource<Batch>): DataSource<Batch> {
  const given = data as Partial<DataSource<Batch>> | null;
  if (typeof given?.batch !== "function") return dataOf(where, data as Batch, hashArrays);
  integerOption(where, "data.count", given.count, 1);
  return data as DataSource<Batch>;
}

function outcomeOf<State>(result: LossResult<State>, state: Symbolic<State>) {
  const parts = result instanceof Tensor ? { loss: result } : result;
  knownOptions("train: what the loss returned", parts, ["loss", "metrics", "state"]);
  const { metrics = {}, state: next = state } = parts as Exclude<LossResult<State>, Tensor>;
  for (const [name, value] of Object.entries(metrics)) {
    if (!(value instanceof Tensor) || value.rank !== 0)
      throw new RangeError(`train: the metric ${name} must be a scalar`);
    if (name === "loss") throw new RangeError("train: a metric may not be named loss");
  }
  return { loss: parts.loss, metrics, state: next };
}

function requireFiniteParams(params: unknown): void {
  const { leaves, paths } = flatten(params, isArray, "params");
  for (const [k, { data, dtype }] of leaves.entries()) {
    if (dtype !== "float32") throw new TypeError(`train: ${paths[k]} must be float32, got ${dtype}`);
    const bad = (data as Float32Array).find((value) => !Number.isFinite(value));
    if (bad !== undefined) throw new RangeError(`train: ${paths[k]} holds ${bad}`);
  }
}

function startPosition(): Position {
  const counts = { epoch: 0, batch: 0, steps: 0, items: 0 };
  return { ...counts, sums: {}, history: [], best: null, reference: null, ended: false };
}

function means(sums: Readonly<Record<string, number>>, items: number): Record<string, number> {
  return Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / items]));
}

// ---------------------------------------------------------------------------------------------------- arrays

function isArray(value: unknown): value is NdArray {
  return value instanceof NdArray;
}

function leavesOf(tree: unknown): NdArray[] {
  return flatten(tree, isArray).leaves;
}

/** The arrays that a traced function has in itself, which its text does not show. */
function constantsOf({ nodes }: Graph): NdArray[] {
  return nodes.flatMap(({ outputs: [output] }) => constantValue(output) ?? []);
}

function structuredCopy<T>(tree: T): T {
  const { leaves, structure } = flatten(tree, isArray);
  return unflatten(
    structure,
    leaves.map((leaf) => leaf.copy()),
  ) as T;
}

function allFinite(carried: Carried): boolean {
  return leavesOf(carried).every(
    ({ dtype, data }) => dtype !== "float32" || (data as Float32Array).every(Number.isFinite),
  );
}

function bytesIn(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

async function* bytesOf(arrays: readonly NdArray[]): AsyncGenerator<Uint8Array> {
  for (const { data } of arrays) yield bytesIn(data);
}

async function hashArrays(arrays: readonly NdArray[]): Promise<string> {
  const hash = sha256();
  for (const array of arrays) {
    const { dtype, shape } = typeOf(array);
    hash.update(new TextEncoder().encode(`${dtype}[${shape}]`));
    hash.update(bytesIn(array.data));
  }
  return hash.digest();
}

async function textHash(text: string): Promise<string> {
  const hash = sha256();
  hash.update(new TextEncoder().encode(text));
  return hash.digest();
}
