/**
 * The executor without ONNX Runtime: a graph as a flat list of calls of the package's kernels over one memory. All
 * addresses are fixed beforehand, so that a run allocates nothing and waits for nothing but the foreign steps that do.
 */
import { breathe } from "#platform";
import { ResourceError } from "../io/errors.js";
import { createMemory, type KernelName, kernelOver, largestMemory } from "../kernels/kernel.js";
import type { GraphMemory } from "../messages/memory.js";
import { NdArray } from "./array.js";
import { checkMemory } from "./cost.js";
import type { Executable } from "./executable.js";
import type { Graph } from "./graph.js";
import { denseOf } from "./interpret.js";
import { bytesOf, type Layout, layoutOf, type Planned } from "./layout.js";
import type { Argument } from "./native.js";
import type { Dense } from "./op.js";
import { copyInto, type ProgramOptions, type Timings } from "./program.js";
import { Queue } from "./queue.js";
import type { Backend } from "./runtime.js";
import { constantValue, type Node, type Tensor } from "./tensor.js";
import { elementArrays, sizeOf, type TensorType, type TypedElements } from "./types.js";

/** Longest time in milliseconds that runs which follow each other keep timers and signals waiting. */
const breathMilliseconds = 30;

/** A value at its address. */
interface Slot {
  readonly type: TensorType;
  readonly address: number;
}

/** A call of a kernel. It returns another number than 0 where an index has no place. */
interface Call {
  readonly node: Node;
  readonly fn: (...args: number[]) => number;
  readonly args: readonly number[];
}

/** A foreign step, or a node that is computed by its definition. */
interface Step {
  readonly node: Node;
  readonly inputs: readonly Slot[];
  readonly outputs: readonly Slot[];
}

/** What runs; a promise is waited for. */
type Action = () => undefined | Promise<void>;

/** A graph that runs by the package's own kernels, on the calling thread: the same bytes every time. */
export class KernelProgram implements Executable {
  readonly graph: Graph;
  readonly backend: Backend;
  readonly executor = "kernels";
  readonly reason: string;
  readonly threads = 1;
  readonly timings: Timings = { runs: 0, sessions: 0, foreign: 0, kernels: 0 };

  readonly #memory: WebAssembly.Memory;
  /** The memory of a graph in which the program has its place, and that place. */
  readonly #host: { memory: GraphMemory; start: number; end: number } | null;
  readonly #start: number;
  readonly #steps: readonly (Call | Step)[];
  /** From this step on state is overwritten, so that the run can no longer be given up. */
  readonly #committing: number;
  readonly #state: readonly Slot[];
  /** Inputs of the caller; null where nothing reads them. */
  readonly #given: readonly (Slot | null)[];
  /** New state that lies elsewhere; `staged` where that is in other state, which may change meanwhile. */
  readonly #moved: readonly { from: Slot; to: Slot; staged: boolean }[];
  readonly #results: readonly Slot[];
  /** The buffer over which arrays and actions were made: when the memory grows they are made anew. */
  #buffer: ArrayBufferLike | null = null;
  readonly #arrays = new Map<Slot, NdArray>();
  #actions: readonly Action[] = [];
  #lastBreath = performance.now();
  readonly #queue = new Queue();

  static async create(graph: Graph, options: ProgramOptions): Promise<KernelProgram> {
    checkMemory(graph, largestMemory);
    const layout = layoutOf(graph, options.state ?? 0);
    const program = new KernelProgram(graph, layout, options);
    const once = layout.once.flatMap((part) => program.#stepsOf(part, layout));
    for (const step of once) await program.#actionOf(step)();
    return program;
  }

  private constructor(graph: Graph, layout: Layout, { backend, state = 0, reason }: ProgramOptions) {
    this.graph = graph;
    this.backend = backend;
    this.reason = reason ?? "it was asked for";
    const { size } = layout;
    const host = hostOf(layout.each);
    if (host === null && size > largestMemory) {
      throw new ResourceError(
        `networks: the values of the program take ${size} bytes, at most ${largestMemory} fit one memory; smaller batches need less`,
      );
    }
    this.#start = host === null ? 0 : host.allocate(size);
    this.#host = host && { memory: host, start: this.#start, end: host.used };
    this.#memory = host?.memory ?? createMemory(size, size, false);
    new Uint8Array(this.#memory.buffer, this.#start, size).fill(0);

    const slots = new Map<Tensor, Slot>();
    const slotOf = (value: Tensor): Slot => {
      const slot = slots.get(value) ?? this.#slotOf(value, layout);
      slots.set(value, slot);
      return slot;
    };
    for (const value of layout.constants) copyInto(this.#arrayOf(slotOf(value)), constantValue(value) as NdArray);
    for (const [offset, list] of layout.lists.values()) {
      new Int32Array(this.#memory.buffer, this.#start + offset, list.length).set(list);
    }
    const { inputs, outputs } = graph;
    this.#state = inputs.slice(0, state).map(slotOf);
    this.#given = inputs.slice(state).map((value) => (layout.offsets.has(value) ? slotOf(value) : null));
    const places = new Set(this.#state.map(({ address }) => address));
    this.#moved = outputs.slice(0, state).flatMap((value, k) => {
      const [from, to] = [slotOf(value), this.#state[k]];
      return from.address === to.address ? [] : [{ from, to, staged: places.has(from.address) }];
    });
    this.#results = outputs.slice(state).map(slotOf);
    const steps = layout.each.map((part) => this.#stepsOf(part, layout));
    this.#steps = steps.flat();
    this.#committing = steps.slice(0, layout.committing).flat().length;
  }

  #slotOf(value: Tensor, { offsets }: Layout): Slot {
    const offset = offsets.get(value);
    if (offset === undefined) throw new Error(`internal: a value of ${value.node.op.name} has no place`);
    return { type: { dtype: value.dtype, shape: value.shape }, address: this.#start + offset };
  }

  #stepsOf({ node, plan, reads }: Planned, layout: Layout): (Call | Step)[] {
    const slotOf = (value: Tensor) => this.#slotOf(value, layout);
    if (plan === null) return [{ node, inputs: reads.map(slotOf), outputs: node.outputs.map(slotOf) }];
    const addressOf = (arg: Argument): number => {
      if (typeof arg === "number") return arg;
      if (arg === "scratch") return this.#start + layout.scratch;
      if ("list" in arg) return this.#start + (layout.lists.get(arg.list.join())?.[0] ?? Number.NaN);
      return slotOf("input" in arg ? reads[arg.input] : node.outputs[arg.output]).address + (arg.plus ?? 0);
    };
    const functionOf = (kernel: KernelName, fn: string) => kernelOver(kernel, this.#memory)[fn];
    const calls = plan.calls.map(({ kernel, fn, args }) => {
      return { node, fn: functionOf(kernel, fn), args: args.map(addressOf) };
    });
    if (!plan.sameBytes) return calls;
    const [from, to] = [addressOf({ input: 0 }), addressOf({ output: 0 })];
    return from === to
      ? []
      : [{ node, fn: functionOf("rearrange", "copy"), args: [from, to, bytesOf(node.outputs[0])] }];
  }

  /** The array over a value. */
  #arrayOf(slot: Slot): NdArray {
    this.#follow();
    let array = this.#arrays.get(slot);
    if (array === undefined) {
      const { dtype, shape } = slot.type;
      const data = new elementArrays[dtype](this.#memory.buffer as ArrayBuffer, slot.address, sizeOf(shape));
      array = NdArray.over(dtype, shape, data as TypedElements);
      this.#arrays.set(slot, array);
    }
    return array;
  }

  /** Forgets what lies over the memory as it was before it grew. */
  #follow(): void {
    if (this.#memory.buffer === this.#buffer) return;
    this.#buffer = this.#memory.buffer;
    this.#arrays.clear();
    this.#actions = [];
  }

  #actionOf(step: Call | Step): Action {
    if ("fn" in step) {
      const { node, fn, args } = step;
      return () => {
        if (fn(...args) !== 0) throw new RangeError(`${node.op.name}: an index is outside of the axis that it names`);
        return undefined;
      };
    }
    const { node } = step;
    const [inputs, outputs] = [step.inputs, step.outputs].map((list) => list.map((slot) => this.#arrayOf(slot)));
    const { foreign } = node.op;
    if (foreign === undefined) return () => define(node, inputs, outputs);
    const call = { inputs, outputs, attributes: node.attributes, memory: this.#memory };
    return () => {
      const start = performance.now();
      const pending = foreign.run(call) as undefined | Promise<void>;
      const done = () => {
        this.timings.foreign += performance.now() - start;
      };
      if (pending !== undefined) return pending.then(done);
      done();
      return undefined;
    };
  }

  state(): NdArray[] {
    return this.#state.map((slot) => this.#arrayOf(slot).copy());
  }

  setState(state: readonly NdArray[]): void {
    for (const [k, slot] of this.#state.entries()) copyInto(this.#arrayOf(slot), state[k]);
  }

  /**
   * Runs once with the inputs behind the state, and returns the outputs behind the state. Runs of one program follow each
   * other. Where `signal` aborts, or a step fails, the state is as before.
   */
  run(inputs: readonly NdArray[], signal?: AbortSignal): Promise<NdArray[]> {
    return this.#queue.run(() => this.#run(inputs, signal));
  }

  async #run(given: readonly NdArray[], signal: AbortSignal | undefined): Promise<NdArray[]> {
    const start = performance.now();
    const foreignBefore = this.timings.foreign;
    for (const [k, slot] of this.#given.entries()) if (slot !== null) copyInto(this.#arrayOf(slot), given[k]);
    for (let k = 0; k < this.#steps.length; k++) {
      if (k <= this.#committing) {
        signal?.throwIfAborted();
        if (performance.now() - this.#lastBreath > breathMilliseconds) {
          await breathe();
          this.#lastBreath = performance.now();
          signal?.throwIfAborted();
        }
      }
      this.#follow();
      if (this.#actions.length === 0) this.#actions = this.#steps.map((step) => this.#actionOf(step));
      const pending = this.#actions[k]();
      if (pending !== undefined) await pending;
    }
    if (this.#committing >= this.#steps.length) signal?.throwIfAborted();
    const results = this.#results.map((slot) => this.#arrayOf(slot).copy());
    const moved = this.#moved.map(({ from, staged }) => (staged ? this.#arrayOf(from).copy() : this.#arrayOf(from)));
    for (const [k, { to }] of this.#moved.entries()) copyInto(this.#arrayOf(to), moved[k]);
    this.timings.runs++;
    this.timings.kernels += performance.now() - start - (this.timings.foreign - foreignBefore);
    return results;
  }

  async close(): Promise<void> {
    await this.#queue.idle();
    // A place in the middle of a graph's memory stays taken until what lies behind it is given back.
    if (this.#host !== null && this.#host.memory.used === this.#host.end) this.#host.memory.release(this.#host.start);
  }
}

/** The memory that the foreign steps want their values in, where it is one. */
function hostOf(parts: readonly Planned[]): GraphMemory | null {
  const wanted = new Set(parts.flatMap(({ node }) => node.op.foreign?.memory?.(node.attributes) ?? []));
  return wanted.size === 1 ? [...wanted][0] : null;
}

/** Computes a node by its definition. */
function define({ op, attributes, outputs: types }: Node, inputs: readonly NdArray[], outputs: readonly NdArray[]) {
  const store = (results: readonly Dense[]) => {
    for (const [k, output] of outputs.entries()) storeInto(output, results[k].data);
  };
  const results = op.evaluate(inputs.map(denseOf), attributes, types);
  if (results instanceof Promise) return results.then(store);
  store(results);
  return undefined;
}

function storeInto({ data }: NdArray, values: Float64Array): void {
  if (!(data instanceof BigInt64Array)) data.set(values);
  else for (let k = 0; k < values.length; k++) data[k] = Number.isFinite(values[k]) ? BigInt(values[k]) : 0n;
}
