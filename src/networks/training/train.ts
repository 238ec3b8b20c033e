/**
 * The training loop: batches in an order that follows from the seed, one compiled program for forward, backward and the
 * optimizer's update, validation, early stopping, the best epoch kept, checkpoints from which a run goes on bit for bit.
 */
import { DivergedError } from "../../io/errors.js";
import { Pace } from "../../io/pace.js";
import { Meter } from "../../io/progress.js";
import type { NdArray } from "../array.js";
import { type CompiledStep, compileStep } from "../compile.js";
import type { Executor } from "../executable.js";
import { Queue } from "../queue.js";
import { randomKey } from "../random.js";
import type { Backend } from "../runtime.js";
import { allFinite } from "./arrays.js";
import { orderOf } from "./data.js";
import { explainNonFinite } from "./non-finite.js";
import type { EpochReport, StepReport, Training, TrainOptions } from "./options.js";
import { judgeEpoch, means, type Position, startPosition } from "./position.js";
import { type Carried, type Outcome, type Prepared, prepare } from "./prepare.js";
import { type BestArrays, SavedRuns } from "./saved-run.js";
import { Validation } from "./validation.js";

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

type Step = CompiledStep<Carried, [unknown, unknown], Outcome>;

/** A run in the middle: makes one step, or all that are left. */
export class Trainer<Params, Batch, State = Record<string, never>> {
  readonly threads: number;
  readonly backend: Backend;
  /** What runs the steps, by size where none was asked for. */
  readonly executor: Executor;
  readonly #options: TrainOptions<Params, Batch, State>;
  readonly #run: Prepared<Batch>;
  readonly #step: Step;
  readonly #validation: Validation | null;
  readonly #saved: SavedRuns | null;
  readonly #meter: Meter;
  /** Steps asked for at once are made one after the other. */
  readonly #queue = new Queue();
  #position: Position;
  /** The order of the epoch `#order.epoch`. */
  #order: { epoch: number; items: Uint32Array } | null = null;
  /** The carried arrays at the position in which the epoch (or this process) began, for finding where NaN arose. */
  #epochStart: { carried: Carried; position: Position };
  #best: BestArrays | null = null;

  private constructor(options: TrainOptions<Params, Batch, State>, run: Prepared<Batch>) {
    this.#options = options;
    this.#run = run;
    const { backend, executor, threads, settings, carried } = run;
    this.backend = backend;
    this.executor = executor;
    this.threads = threads;
    const { signal } = options;
    this.#step = compileStep(run.stepFunction, carried as never, { backend, executor, threads, signal }) as Step;
    this.#validation = run.validation === null ? null : new Validation(run, run.validation, signal);
    this.#saved = settings.checkpoints && new SavedRuns(settings.checkpoints, run.fingerprint);
    this.#position = startPosition();
    this.#epochStart = { carried, position: structuredClone(this.#position) };
    this.#meter = new Meter("training", "items", settings.epochs * this.#itemsPerEpoch, options.onProgress);
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
    const { batchSize, lastBatch } = this.#run.settings;
    return lastBatch === "drop" ? Math.floor(this.#run.data.count / batchSize) * batchSize : this.#run.data.count;
  }

  get #batchesPerEpoch(): number {
    return Math.ceil(this.#itemsPerEpoch / this.#run.settings.batchSize);
  }

  /** Whether all epochs are done, or early stopping has ended the run. */
  get done(): boolean {
    return this.#position.ended || this.#position.epoch >= this.#run.settings.epochs;
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
    const key = randomKey(this.#run.settings.seed, position.steps);
    const outcome = (await this.#step(this.#run.data.batch(items) as never, key as never)) as unknown as {
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
    const { onParams } = this.#options;
    const pace = new Pace(onParams !== undefined);
    try {
      while (!this.done) {
        if (pace.due) await pace.turn(() => onParams?.(this.params()));
        await this.step();
        if (this.#saved?.isDue) await this.#save();
      }
    } catch (error) {
      if (this.#options.signal?.aborted) await this.#save();
      throw error;
    }
    await this.#save();
    return this.result();
  }

  /** The run so far. */
  result(): Training<Params, State> {
    const { history, best, steps, ended, epoch } = this.#position;
    const restored = this.#run.settings.restoreBest ? this.#best : null;
    const { params, state } = restored ?? this.#step.state();
    return {
      params: params as Params,
      state: state as State,
      history,
      bestEpoch: restored === null ? epoch : (best?.epoch ?? epoch),
      steps,
      stopped: ended ? "early stopping" : "epochs",
      seed: this.#run.settings.seed,
      backend: this.backend,
      executor: this.executor,
      threads: this.threads,
    };
  }

  async close(): Promise<void> {
    await this.#step.close();
    await this.#validation?.close();
  }

  #itemsOf(epoch: number, batch: number): Uint32Array {
    if (this.#order?.epoch !== epoch) {
      const { seed, shuffle } = this.#run.settings;
      this.#order = { epoch, items: orderOf(this.#run.data.count, seed, epoch, shuffle) };
    }
    const { batchSize } = this.#run.settings;
    return this.#order.items.subarray(batch * batchSize, Math.min((batch + 1) * batchSize, this.#itemsPerEpoch));
  }

  #report(loss: number): void {
    const { epoch, items } = this.#position;
    const { epochs } = this.#run.settings;
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
    const validation = await this.#validation?.run(carried, position.epoch + 1);
    position.epoch++;
    Object.assign(position, { batch: 0, sums: {}, items: 0 });
    const report: EpochReport = { epoch: position.epoch, training, ...(validation && { validation }) };
    position.history.push(report);
    if (validation !== undefined && judgeEpoch(position, validation, this.#run.settings)) {
      if (this.#run.settings.restoreBest) this.#best = { params: carried.params, state: carried.state };
    }
    this.#epochStart = { carried, position: structuredClone(position) };
    this.#options.onEpoch?.(report);
    this.#report(training.loss);
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
      const items = this.#run.data.batch(this.#itemsOf(position.epoch, batch));
      const inputs = [items, randomKey(this.#run.settings.seed, step)] as const;
      const before = this.#step.state() as Carried;
      if (step < last) await this.#step(...(inputs as unknown as [never, never]));
      if (step < last && allFinite(this.#step.state() as Carried)) continue;
      const found = await explainNonFinite(this.#run.stepFunction, [before, ...inputs], ["", "data"], this.#run);
      throw new DivergedError(
        `train: step ${step + 1}, epoch ${position.epoch + 1}: ${found}; ${seen}. A smaller learning rate or clipped gradients may help`,
      );
    }
  }

  async #save(): Promise<void> {
    await this.#saved?.save({
      position: this.#position,
      carried: this.#step.state() as Carried,
      best: this.#best,
    });
  }

  async #restore(): Promise<void> {
    const saved = await this.#saved?.restore(this.#step.state() as Carried, this.#options.onNote);
    if (saved === undefined || saved === null) return;
    const { carried, position, best } = saved;
    this.#step.setState(carried as never);
    this.#best = best;
    this.#position = position;
    this.#epochStart = { carried, position: structuredClone(position) };
    this.#meter.resumeAt(position.epoch * this.#itemsPerEpoch + position.items);
  }
}
