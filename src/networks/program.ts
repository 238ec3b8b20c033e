import { encodeOnnx } from "../formats/onnx/write.js";
import { ResourceError } from "../io/errors.js";
import { createMemory, largestMemory } from "../kernels/kernel.js";
import { NdArray } from "./array.js";
import { operationsOf } from "./cost.js";
import { emit } from "./emit.js";
import type { Graph } from "./graph.js";
import { lowerForeign } from "./lower.js";
import { type ForeignStep, partition, type Segment } from "./partition.js";
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
   * that alternate: a run reads one and fills the other.
   */
  state?: number;
}

/** Where time went, in milliseconds since the program was made. */
export interface Timings {
  runs: number;
  /** Within ONNX Runtime. */
  sessions: number;
  /** Within foreign steps. */
  foreign: number;
}

/** A value's array and its two tensors of ONNX Runtime are the same bytes. */
interface Buffer {
  readonly array: NdArray;
  readonly tensor: OrtTensor;
}

interface CompiledSegment {
  readonly segment: Segment;
  readonly session: Session;
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
}

/** A graph ready to run: a session of ONNX Runtime for each segment, and the foreign steps between them. */
export class Program {
  readonly graph: Graph;
  readonly backend: Backend;
  readonly threads: number;
  readonly timings: Timings = { runs: 0, sessions: 0, foreign: 0 };

  readonly #runtime: OrtModule;
  readonly #steps: readonly (CompiledSegment | ForeignStep)[];
  readonly #memory: WebAssembly.Memory;
  readonly #stateCount: number;
  /** For each of the two sets which value lies where; values that are not here come new from ONNX Runtime in each run. */
  readonly #places: readonly [Map<Tensor, Buffer>, Map<Tensor, Buffer>];
  readonly #sets: readonly [Buffer[], Buffer[]];
  /** Which set holds the state. */
  #current = 0;
  #busy: Promise<unknown> = Promise.resolve();

  private constructor(
    graph: Graph,
    runtime: OrtModule,
    steps: readonly (CompiledSegment | ForeignStep)[],
    { backend, threads = 1, state = 0 }: ProgramOptions,
  ) {
    this.graph = graph;
    this.backend = backend;
    this.threads = threads;
    this.#runtime = runtime;
    this.#steps = steps;
    this.#stateCount = state;

    const foreignValues = new Set<Tensor>();
    for (const step of steps) {
      if ("session" in step) continue;
      for (const value of [...step.node.inputs, ...step.node.outputs]) foreignValues.add(value);
    }
    const stateValues = graph.inputs.slice(0, state);
    const arena = new Arena(runtime, [...stateValues, ...stateValues, ...foreignValues]);
    this.#memory = arena.memory;
    this.#sets = [stateValues.map((value) => arena.place(value)), stateValues.map((value) => arena.place(value))];
    const shared = new Map<Tensor, Buffer>();
    for (const value of foreignValues) {
      if (stateValues.includes(value)) continue;
      const buffer = arena.place(value);
      const constant = constantValue(value);
      if (constant !== undefined) copyInto(buffer.array, constant);
      shared.set(value, buffer);
    }
    const placesOf = (from: number) => {
      const places = new Map(shared);
      for (const [k, value] of graph.outputs.slice(0, state).entries()) {
        // A value that is also an input, a constant or an earlier output is copied after the run instead.
        if (constantValue(value) === undefined && !graph.inputs.includes(value))
          places.set(value, this.#sets[1 - from][k]);
      }
      for (const [k, value] of stateValues.entries()) places.set(value, this.#sets[from][k]);
      return places;
    };
    this.#places = [placesOf(0), placesOf(1)];
  }

  static async create(source: Graph, options: ProgramOptions): Promise<Program> {
    const { backend } = options;
    const graph = backend === "webgpu" ? lowerForeign(source) : source;
    const threads = options.threads ?? threadsFor(operationsOf(graph));
    const runtime = await loadRuntime(backend);
    const steps: (CompiledSegment | ForeignStep)[] = [];
    try {
      for (const step of partition(graph)) {
        if (step.kind === "foreign") {
          steps.push(step);
          continue;
        }
        const inputNames = step.inputs.map((_, k) => `x${k}`);
        const { model, outputNames } = emit(step.inputs, step.nodes, step.outputs, { inputNames });
        const onProcessor = backend === "webgpu" ? nodesOffWebgpu(model.graph.nodes) : [];
        const session = await createSession(encodeOnnx(model), { backend, threads, onProcessor });
        steps.push({ segment: step, session, inputNames, outputNames });
      }
      return new Program(graph, runtime, steps, { ...options, threads });
    } catch (error) {
      await closeAll(steps);
      throw error;
    }
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
    const result = this.#busy.then(() => this.#run(inputs, signal));
    this.#busy = result.catch(() => undefined);
    return result;
  }

  async #run(given: readonly NdArray[], signal: AbortSignal | undefined): Promise<NdArray[]> {
    const places = this.#places[this.#current];
    /** Values of this run alone. */
    const values = new Map<Tensor, NdArray>();
    for (const [k, input] of this.graph.inputs.slice(this.#stateCount).entries()) {
      const place = places.get(input);
      if (place === undefined) values.set(input, given[k]);
      else copyInto(place.array, given[k]);
    }
    for (const step of this.#steps) {
      signal?.throwIfAborted();
      const start = performance.now();
      if ("session" in step) {
        await this.#runSegment(step, places, values);
        this.timings.sessions += performance.now() - start;
      } else {
        await this.#runForeign(step, places);
        this.timings.foreign += performance.now() - start;
      }
    }
    signal?.throwIfAborted();
    const arrayOf = (value: Tensor): NdArray => {
      const found = places.get(value)?.array ?? values.get(value) ?? constantValue(value);
      if (found === undefined) throw new Error("internal: an output was not computed");
      return found;
    };
    const results = this.graph.outputs.slice(this.#stateCount).map((value) => {
      const found = arrayOf(value);
      return places.has(value) || !values.has(value) || this.graph.inputs.includes(value) ? found.copy() : found;
    });
    const next = this.#sets[1 - this.#current];
    for (const [k, value] of this.graph.outputs.slice(0, this.#stateCount).entries()) {
      if (places.get(value) !== next[k]) copyInto(next[k].array, arrayOf(value));
    }
    if (this.#stateCount > 0) this.#current = 1 - this.#current;
    this.timings.runs++;
    return results;
  }

  async #runSegment(
    { segment, session, inputNames, outputNames }: CompiledSegment,
    places: Map<Tensor, Buffer>,
    values: Map<Tensor, NdArray>,
  ): Promise<void> {
    const feeds: Record<string, OrtTensor> = {};
    for (const [k, value] of segment.inputs.entries()) {
      feeds[inputNames[k]] = places.get(value)?.tensor ?? ortTensor(this.#runtime, values.get(value) as NdArray);
    }
    const fetches: Record<string, OrtTensor | null> = {};
    for (const [k, value] of segment.outputs.entries()) fetches[outputNames[k]] = places.get(value)?.tensor ?? null;
    const results = await session.run(feeds, fetches);
    for (const [k, value] of segment.outputs.entries()) {
      const result = results[outputNames[k]];
      if (!places.has(value)) values.set(value, new NdArray(value.dtype, value.shape, result.data as TypedElements));
    }
  }

  async #runForeign({ node }: ForeignStep, places: Map<Tensor, Buffer>): Promise<void> {
    const arrayOf = (value: Tensor) => (places.get(value) as Buffer).array;
    await node.op.foreign?.run({
      inputs: node.inputs.map(arrayOf),
      outputs: node.outputs.map(arrayOf),
      attributes: node.attributes,
      memory: this.#memory,
    });
  }

  async close(): Promise<void> {
    await this.#busy;
    await closeAll(this.#steps);
  }
}

async function closeAll(steps: readonly (CompiledSegment | ForeignStep)[]): Promise<void> {
  for (const step of steps) if ("session" in step) await step.session.close();
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
