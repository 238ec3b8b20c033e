/** From the options of a training to what its steps run: everything checked and traced once. */
import { sha256 } from "#platform";
import type { Fingerprint } from "../../io/checkpoint-options.js";
import { integerOption, knownOptions, wordOption } from "../../io/options.js";
import type { NdArray } from "../array.js";
import type { CompileOptions } from "../compile.js";
import { operationsOf } from "../cost.js";
import { chooseExecutor, type Executor } from "../executable.js";
import { valueAndGrad } from "../gradients.js";
import { type Graph, showGraph } from "../graph.js";
import { Random, randomKey } from "../random.js";
import { type Backend, backendOption, threadsFor } from "../runtime.js";
import { constantValue, Tensor } from "../tensor.js";
import { trace } from "../trace.js";
import { flatten } from "../tree.js";
import { hashArrays, isArray, leavesOf } from "./arrays.js";
import { type DataSource, dataOf } from "./data.js";
import { checkTrainOptions, type LossResult, type Symbolic, type TrainOptions, type TrainSettings } from "./options.js";

/** What goes from step to step. */
export interface Carried {
  params: unknown;
  moments: unknown;
  state: unknown;
}

/** What a step tells. */
export interface Outcome {
  loss: Tensor;
  metrics: Readonly<Record<string, Tensor>>;
}
export interface Prepared<Batch> {
  settings: TrainSettings;
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
export async function prepare<Params, Batch, State>(
  options: TrainOptions<Params, Batch, State>,
): Promise<Prepared<Batch>> {
  const settings = checkTrainOptions(options);
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
    ...options.settings,
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

/** The arrays that a traced function has in itself, which its text does not show. */
function constantsOf({ nodes }: Graph): NdArray[] {
  return nodes.flatMap(({ outputs: [output] }) => constantValue(output) ?? []);
}

async function textHash(text: string): Promise<string> {
  const hash = sha256();
  hash.update(new TextEncoder().encode(text));
  return hash.digest();
}
