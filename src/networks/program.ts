import type { OnnxModel } from "../formats/onnx/model.js";
import { encodeOnnx } from "../formats/onnx/write.js";
import { ResourceError } from "../io/errors.js";
import { createMemory, largestMemory } from "../kernels/kernel.js";
import { NdArray } from "./array.js";
import { checkMemory, operationsOf } from "./cost.js";
import { emit } from "./emit.js";
import type { Executable } from "./executable.js";
import type { Graph } from "./graph.js";
import { lowerForeign } from "./lower.js";
import { overwrittenState } from "./overwritten.js";
import { type ForeignStep, partition, type Segment } from "./partition.js";
import { Queue } from "./queue.js";
import {
  type Backend,
  createSession,
  loadRuntime,
  type OrtModule,
  type OrtTensor,
  ortTensor,
  type Session,
  threadsFor,
} from "./runtime.js";
import { constantValue, type Tensor } from "./tensor.js";
import { elementArrays, elementBytes, sizeOf, type TensorType, type TypedElements } from "./types.js";
import { nodesOffWebgpu } from "./webgpu.js";

export interface ProgramOptions {
  backend: Backend;
  /** Threads within one operator; by default one for a program of under a millisecond, else one a processor. */
  threads?: number;
  /**
   * How many of the first inputs are state that the first outputs replace. It stays in the program, in two sets of buffers
   * that alternate: a run reads one and fills the other, except for what the last steps overwrite, after which nothing fails.
   */
  state?: number;
  /** Why this executor runs the program. */
  reason?: string;
}

/** Where time went, in milliseconds since the program was made. */
export interface Timings {
  runs: number;
  /** Within ONNX Runtime. */
  sessions: number;
  /** Within foreign steps. */
  foreign: number;
  /** Within the package's own kernels. */
  kernels: number;
}

/** A value's array and its tensor of ONNX Runtime are the same bytes. */
interface Buffer {
  readonly array: NdArray;
  readonly tensor: OrtTensor;
}

interface CompiledSegment {
  readonly kind: "segment";
  readonly segment: Segment;
  readonly session: Session;
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
}
type CompiledStep = CompiledSegment | ForeignStep;

/** A value that is new in each run, by the place of its tensor among those of the run. */
interface Passing {
  readonly name: string;
  readonly slot: number;
}

/** A step made ready for one of the two sets of buffers, so that a run looks nothing up. */
type PreparedStep =
  | {
      readonly session: Session;
      /** What stays from run to run is in here; what passes is put in by name. */
      readonly feeds: Record<string, OrtTensor>;
      readonly fed: readonly Passing[];
      readonly fetches: Record<string, OrtTensor | null>;
      readonly fetched: readonly Passing[];
      /** Outputs with a place, where the runtime does not write into the tensors that it is given. */
      readonly copied: readonly { name: string; to: NdArray }[];
    }
  | { readonly session: null; run(): void | Promise<void> };

/** What a run does from one set of buffers to the other. */
interface Plan {
  /** Inputs of the caller that lie in the memory. */
  readonly copiedInputs: readonly { index: number; to: NdArray }[];
  /** Inputs of the caller that only ONNX Runtime sees. */
  readonly passedInputs: readonly { index: number; slot: number }[];
  readonly steps: readonly PreparedStep[];
  /** Parts of the new state that no step wrote to their place. */
  readonly moved: readonly { from: () => NdArray; to: NdArray }[];
  readonly results: readonly (() => NdArray)[];
}

/** A graph ready to run: a session of ONNX Runtime for each segment, and the foreign steps between them. */
export class Program implements Executable {
  readonly graph: Graph;
  readonly backend: Backend;
  readonly threads: number;
  readonly executor = "onnx";
  readonly reason: string;
  readonly timings: Timings = { runs: 0, sessions: 0, foreign: 0, kernels: 0 };

  readonly #runtime: OrtModule;
  readonly #steps: readonly CompiledStep[];
  readonly #memory: WebAssembly.Memory;
  readonly #stateCount: number;
  readonly #sets: readonly [Buffer[], Buffer[]];
  readonly #plans: readonly [Plan, Plan];
  /** Tensors of the current run by slot. */
  readonly #passing: (OrtTensor | null)[] = [];
  /** Tensors over arrays of the caller, which often gives the same ones again. */
  readonly #tensors = new WeakMap<NdArray, OrtTensor>();
  /** Which set holds the state. */
  #current = 0;
  /** The step from which on state is overwritten, so that the run can no longer be given up. */
  readonly #committing: number;
  readonly #queue = new Queue();

  private constructor(
    graph: Graph,
    runtime: OrtModule,
    steps: readonly CompiledStep[],
    { backend, threads = 1, state = 0, reason = "it was asked for" }: ProgramOptions,
  ) {
    this.graph = graph;
    this.backend = backend;
    this.threads = threads;
    this.reason = reason;
    this.#runtime = runtime;
    this.#steps = steps;
    this.#stateCount = state;

    const foreignValues = new Set<Tensor>();
    for (const step of steps) {
      if (step.kind === "segment") continue;
      for (const value of [...step.node.inputs, ...step.node.outputs]) foreignValues.add(value);
    }
    const stateValues = graph.inputs.slice(0, state);
    const { overwritten, committing } = overwrittenState(graph, steps, state);
    this.#committing = committing;
    const doubled = stateValues.filter((value) => !overwritten.has(value));
    const arena = new Arena(runtime, [...stateValues, ...doubled, ...foreignValues]);
    this.#memory = arena.memory;
    const set = stateValues.map((value) => arena.place(value));
    this.#sets = [set, stateValues.map((value, k) => (overwritten.has(value) ? set[k] : arena.place(value)))];
    const shared = new Map<Tensor, Buffer>();
    for (const value of foreignValues) {
      if (stateValues.includes(value)) continue;
      const buffer = arena.place(value);
      const constant = constantValue(value);
      if (constant !== undefined) copyInto(buffer.array, constant);
      shared.set(value, buffer);
    }
    this.#plans = [this.#planFrom(0, shared), this.#planFrom(1, shared)];
  }

  static async create(source: Graph, options: ProgramOptions): Promise<Program> {
    const { backend } = options;
    const graph = backend === "webgpu" ? lowerForeign(source) : source;
    checkMemory(graph, backend === "wasm" ? largestMemory : undefined);
    const threads = options.threads ?? threadsFor(operationsOf(graph));
    const runtime = await loadRuntime(backend);
    const steps: CompiledStep[] = [];
    try {
      for (const step of partition(graph)) {
        if (step.kind === "foreign") {
          steps.push(step);
          continue;
        }
        const inputNames = step.inputs.map((_, k) => `x${k}`);
        const { model, outputNames } = emit(step.inputs, step.nodes, step.outputs, { inputNames, target: backend });
        const onProcessor = backend === "webgpu" ? nodesOffWebgpu(model.graph) : [];
        const rearrange = backend === "webgpu" || hasConstantFilters(model);
        const session = await createSession(encodeOnnx(model), {
          backend,
          threads,
          onProcessor,
          rearrange,
          nodes: model.graph.nodes.length,
        });
        steps.push({ kind: "segment", segment: step, session, inputNames, outputNames });
      }
      return new Program(graph, runtime, steps, { ...options, threads });
    } catch (error) {
      await closeAll(steps);
      throw error;
    }
  }

  /** What a run does that reads the state from set `from` and leaves it in the other. */
  #planFrom(from: number, shared: ReadonlyMap<Tensor, Buffer>): Plan {
    const { inputs, outputs } = this.graph;
    const next = this.#sets[1 - from];
    const places = new Map(shared);
    for (const [k, value] of outputs.slice(0, this.#stateCount).entries()) {
      // A value that is also an input, a constant or another output is copied after the run instead.
      if (constantValue(value) === undefined && !inputs.includes(value)) places.set(value, next[k]);
    }
    for (const [k, value] of inputs.slice(0, this.#stateCount).entries()) places.set(value, this.#sets[from][k]);

    const slots = new Map<Tensor, number>();
    const slotOf = (value: Tensor): number => {
      let slot = slots.get(value);
      if (slot === undefined) {
        slot = slots.size;
        slots.set(value, slot);
      }
      return slot;
    };
    const given = inputs.map((value, index) => ({ value, index: index - this.#stateCount })).slice(this.#stateCount);
    const passedInputs = given.flatMap(({ value, index }) =>
      places.has(value) ? [] : [{ index, slot: slotOf(value) }],
    );
    const copiedInputs = given.flatMap(({ value, index }) => {
      const place = places.get(value);
      return place === undefined ? [] : [{ index, to: place.array }];
    });
    const steps = this.#steps.map((step) =>
      step.kind === "segment" ? prepareSegment(step, places, slotOf) : this.#prepareForeign(step, places),
    );

    const arrayOf = (value: Tensor): (() => NdArray) => {
      const place = places.get(value) ?? constantBuffer(value);
      if (place !== undefined) return () => place.array;
      const slot = slotOf(value);
      return () => this.#arrayIn(slot, value);
    };
    const moved = outputs
      .slice(0, this.#stateCount)
      .flatMap((value, k) => (places.get(value) === next[k] ? [] : [{ from: arrayOf(value), to: next[k].array }]));
    // What ONNX Runtime made new is the caller's; everything else is copied.
    const results = outputs.slice(this.#stateCount).map((value, k, all) => {
      const found = arrayOf(value);
      return all.indexOf(value) < k || places.has(value) || constantValue(value) !== undefined || inputs.includes(value)
        ? () => found().copy()
        : found;
    });
    return { copiedInputs, passedInputs, steps, moved, results };
  }

  #prepareForeign({ node }: ForeignStep, places: ReadonlyMap<Tensor, Buffer>): PreparedStep {
    const arrayOf = (value: Tensor) => (places.get(value) as Buffer).array;
    const call = {
      inputs: node.inputs.map(arrayOf),
      outputs: node.outputs.map(arrayOf),
      attributes: node.attributes,
      memory: this.#memory,
    };
    const { foreign } = node.op;
    return { session: null, run: () => foreign?.run(call) };
  }

  #arrayIn(slot: number, { dtype, shape }: TensorType): NdArray {
    const tensor = this.#passing[slot];
    if (tensor === null || tensor === undefined) throw new Error("internal: an output was not computed");
    return new NdArray(dtype, shape, tensor.data as TypedElements);
  }

  #tensorOf(array: NdArray): OrtTensor {
    let tensor = this.#tensors.get(array);
    if (tensor === undefined) {
      tensor = ortTensor(this.#runtime, array);
      if (tensor.data === array.data) this.#tensors.set(array, tensor); // else a copy, which grows old
    }
    return tensor;
  }

  /** Copies of the state. */
  state(): NdArray[] {
    return this.#sets[this.#current].map(({ array }) => array.copy());
  }

  /** Replaces the state by copies of arrays of the same types. */
  setState(state: readonly NdArray[]): void {
    for (const [k, { array }] of this.#sets[this.#current].entries()) copyInto(array, state[k]);
  }

  /**
   * Runs once with the inputs behind the state, and returns the outputs behind the state. Runs of one program follow each
   * other. Where `signal` aborts, or a step fails, the state is as before.
   */
  run(inputs: readonly NdArray[], signal?: AbortSignal): Promise<NdArray[]> {
    return this.#queue.run(() => this.#run(inputs, signal));
  }

  async #run(given: readonly NdArray[], signal: AbortSignal | undefined): Promise<NdArray[]> {
    const { copiedInputs, passedInputs, steps, moved, results } = this.#plans[this.#current];
    const passing = this.#passing;
    try {
      for (const { index, to } of copiedInputs) copyInto(to, given[index]);
      for (const { index, slot } of passedInputs) passing[slot] = this.#tensorOf(given[index]);
      for (const [k, step] of steps.entries()) {
        if (k <= this.#committing) signal?.throwIfAborted();
        const start = performance.now();
        if (step.session === null) {
          const pending = step.run();
          if (pending !== undefined) await pending;
          this.timings.foreign += performance.now() - start;
          continue;
        }
        const { session, feeds, fed, fetches, fetched, copied } = step;
        for (const { name, slot } of fed) feeds[name] = passing[slot] as OrtTensor;
        const running = performance.now();
        const made = await session.run(feeds, fetches);
        this.timings.sessions += performance.now() - running;
        for (const { name, slot } of fetched) passing[slot] = made[name];
        for (const { name, to } of copied) (to.data as Float32Array).set(made[name].data as Float32Array);
      }
      if (this.#committing >= steps.length) signal?.throwIfAborted();
      for (const { from, to } of moved) copyInto(to, from());
      const found = results.map((result) => result());
      if (this.#stateCount > 0) this.#current = 1 - this.#current;
      this.timings.runs++;
      return found;
    } finally {
      passing.fill(null); // nothing of the run is kept alive but the inputs that the next one replaces
    }
  }

  async close(): Promise<void> {
    await this.#queue.idle();
    await closeAll(this.#steps);
  }
}

function prepareSegment(
  { segment, session, inputNames, outputNames }: CompiledSegment,
  places: ReadonlyMap<Tensor, Buffer>,
  slotOf: (value: Tensor) => number,
): PreparedStep {
  const feeds: Record<string, OrtTensor> = {};
  const fed: Passing[] = [];
  for (const [k, value] of segment.inputs.entries()) {
    const place = places.get(value);
    if (place === undefined) fed.push({ name: inputNames[k], slot: slotOf(value) });
    else feeds[inputNames[k]] = place.tensor;
  }
  const fetches: Record<string, OrtTensor | null> = {};
  const fetched: Passing[] = [];
  const copied: { name: string; to: NdArray }[] = [];
  for (const [k, value] of segment.outputs.entries()) {
    const name = outputNames[k];
    const place = places.get(value);
    fetches[name] = session.fills ? (place?.tensor ?? null) : null;
    if (place === undefined) fetched.push({ name, slot: slotOf(value) });
    else if (!session.fills) copied.push({ name, to: place.array });
  }
  return { session, feeds, fed, fetches, fetched, copied };
}

function constantBuffer(value: Tensor): { array: NdArray } | undefined {
  const array = constantValue(value);
  return array && { array };
}

/** Whether some convolution of several channels has constant weights, as in a network that is run and not trained. */
function hasConstantFilters({ graph: { nodes, initializers } }: OnnxModel): boolean {
  return nodes.some(({ opType, inputs }) => opType === "Conv" && (initializers.get(inputs[1])?.shape[1] ?? 1) > 1);
}

async function closeAll(steps: readonly CompiledStep[]): Promise<void> {
  for (const step of steps) if (step.kind === "segment") await step.session.close();
}

export function copyInto(target: NdArray, source: NdArray): void {
  (target.data as Float32Array).set(source.data as Float32Array);
}

/** Bytes to which every array is aligned: a cache line. */
const alignment = 64;

/** One memory for everything that kernels see: unshared, since ONNX Runtime refuses tensors over shared memory. */
class Arena {
  readonly memory: WebAssembly.Memory;
  readonly #runtime: OrtModule;
  #used = 0;

  constructor(runtime: OrtModule, types: readonly TensorType[]) {
    this.#runtime = runtime;
    const bytes = types.reduce((sum, type) => sum + bytesOf(type), 0);
    if (bytes > largestMemory) {
      throw new ResourceError(
        `networks: the state of the program takes ${bytes} bytes, at most ${largestMemory} fit one memory; use a smaller network`,
      );
    }
    this.memory = createMemory(bytes, bytes, false);
  }

  /** Room for a value. */
  place({ dtype, shape }: TensorType): Buffer {
    const data = new elementArrays[dtype](
      this.memory.buffer as ArrayBuffer,
      this.#used,
      sizeOf(shape),
    ) as TypedElements;
    this.#used += bytesOf({ dtype, shape });
    const array = new NdArray(dtype, shape, data);
    return { array, tensor: ortTensor(this.#runtime, array) };
  }
}

function bytesOf({ dtype, shape }: TensorType): number {
  return Math.ceil((elementBytes[dtype] * sizeOf(shape)) / alignment) * alignment;
}
