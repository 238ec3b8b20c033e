import { integerOption, knownOptions } from "../io/options.js";
import { NdArray } from "./array.js";
import {
  createExecutable,
  type Executable,
  type ExecutableOptions,
  type Executor,
  executorOption,
} from "./executable.js";
import type { Timings } from "./program.js";
import { Queue } from "./queue.js";
import { type Backend, backendOption } from "./runtime.js";
import type { Operand, Tensor } from "./tensor.js";
import { isTensorType, type Traceable, type Traced, trace, typeOf } from "./trace.js";
import { flatten, type Mapped, type Structure, type Tree, unflatten } from "./tree.js";
import { sameShape, showType, type TensorType } from "./types.js";

export interface CompileOptions {
  /** Where ONNX Runtime runs: `cpu` (the default in Node), `wasm` (the default in a page) or `webgpu`. */
  backend?: Backend;
  /**
   * What runs the program: "onnx" is ONNX Runtime, "kernels" the package's own kernels, on the calling thread and without
   * ONNX Runtime, which are ahead for small steps. By default the size of the step decides, where no `backend` is named:
   * "kernels" below about 20 million multiplications and additions, if there is a kernel for each op. With "kernels" any
   * op runs; those without a kernel are slow.
   */
  executor?: Executor;
  /**
   * Threads of ONNX Runtime within one operator. By default one where the program takes under a millisecond, else one a
   * processor. Results are the same in every run with one number of threads; between numbers their last bits may differ.
   */
  threads?: number;
}

/** Arrays in place of tensors. */
export type Arrays<T> = Mapped<T, Operand, NdArray>;
/** Arrays, or numbers for scalars, in place of tensors. */
export type ArraysOrNumbers<T> = Mapped<T, Operand, NdArray | number>;

/** A function over arrays that runs what was traced. */
export interface Compiled<Args extends unknown[], Result> {
  (...args: { [K in keyof Args]: ArraysOrNumbers<Args[K]> }): Promise<Arrays<Result>>;
  /** What runs the program of the last call, and why; null before the first one. */
  executor(): { executor: Executor; reason: string } | null;
  /** Frees the sessions. */
  close(): Promise<void>;
}

/**
 * Makes a function over symbolic tensors one over arrays: it is traced and compiled when first called, once for each
 * combination of shapes and kinds, and then runs on ONNX Runtime. Arguments and results are plain nested objects and
 * arrays; a number is a float32 scalar.
 *
 *     const norm = compile((x) => sqrt(sum(mul(x, x))));
 *     (await norm(array([3, 4]))).item(); // 5
 */
export function compile<Args extends unknown[], Result>(
  fn: (...args: Args) => Result,
  options: CompileOptions = {},
): Compiled<Args, Result> {
  const settings = checkOptions("compile", options);
  const programs = new Cache(async (args) => {
    const traced = trace(fn as unknown as Traceable, ...args);
    return { traced, program: await createExecutable(traced.graph, settings) };
  });
  const { call, close } = closable("compile", async (args) => {
    const { entry, leaves } = programs.recognize(args) ?? (await programs.get("compile", args));
    return unflatten(entry.traced.result, await entry.program.run(leaves)) as Arrays<Result>;
  });
  return Object.assign(call as Compiled<Args, Result>, {
    executor: () => programs.executor(),
    close: () => close(() => programs.close()),
  });
}

/** A program that owns its state. */
export interface CompiledStep<State, Args extends unknown[], Result> {
  /** Runs one step with the state that the last one left, and returns what the function returned beside the state. */
  (...args: { [K in keyof Args]: ArraysOrNumbers<Args[K]> }): Promise<Arrays<Result>>;
  /** A copy of the state. */
  state(): Arrays<State>;
  /** Replaces the state by a copy of another of the same structure and shapes. */
  setState(state: ArraysOrNumbers<State>): void;
  /** Where the time of all steps went. */
  timings(): Timings;
  /** What runs the program of the last step, and why; null before the first one. */
  executor(): { executor: Executor; reason: string } | null;
  close(): Promise<void>;
}

export interface StepOptions extends CompileOptions {
  /** Stops between the parts of a step; the state is then as before the step. */
  signal?: AbortSignal;
}

/**
 * A function (state, ...args) -> [new state, result] as a program that keeps the state to itself, such as a training step
 * over parameters and the optimizer's moments: they stay where the kernels work, in two sets of buffers that take turns,
 * and are copied only when asked for.
 */
export function compileStep<State, Args extends unknown[], Result>(
  fn: (state: State, ...args: Args) => readonly [State, Result],
  initial: ArraysOrNumbers<State>,
  { signal, ...options }: StepOptions = {},
): CompiledStep<State, Args, Result> {
  const settings = checkOptions("compileStep", options);
  const first = readArguments("compileStep", initial);
  let state: readonly NdArray[] = first.leaves.map((leaf) => leaf.copy());
  /** Where the state is newest; null while it is in `state`. */
  let owner: Executable | null = null;
  const all: Executable[] = [];
  const programs = new Cache(async (args) => {
    const traced = trace(fn as unknown as Traceable, initial, ...args);
    checkState(traced, first.leaves, first.paths);
    const program = await createExecutable(traced.graph, { ...settings, state: first.leaves.length });
    all.push(program);
    return { traced, program };
  });
  const current = () => (owner === null ? state : owner.state());

  const run = async (args: unknown[]) => {
    const { entry, leaves } = programs.recognize(args) ?? (await programs.get("compileStep", args));
    const { traced, program } = entry;
    if (program !== owner) {
      program.setState(current());
      owner = program;
    }
    const results = await program.run(leaves, signal);
    const [, result] = traced.result as readonly unknown[];
    return unflatten(result as never, results) as Arrays<Result>;
  };
  const queue = new Queue(); // a step begins with what the one before it left, whichever program that was
  const { call, close } = closable("compileStep", (args) => queue.run(() => run(args)));
  return Object.assign(call as CompiledStep<State, Args, Result>, {
    state: () =>
      unflatten(first.structure, owner === null ? state.map((array) => array.copy()) : owner.state()) as Arrays<State>,
    setState: (next: ArraysOrNumbers<State>) => {
      const { leaves, key } = readArguments("setState", next);
      if (key !== first.key)
        throw new RangeError("setState: the state must have the structure and shapes of the first one");
      state = leaves.map((leaf) => leaf.copy());
      owner = null;
    },
    timings: () => {
      const sum = (key: keyof Timings) => all.reduce((total, { timings }) => total + timings[key], 0);
      return { runs: sum("runs"), sessions: sum("sessions"), foreign: sum("foreign"), kernels: sum("kernels") };
    },
    executor: () => programs.executor(),
    close: () => close(() => programs.close()),
  });
}

/** A function that ends: calls that have begun come to their end first, later ones are refused. */
function closable<T>(where: string, run: (args: unknown[]) => Promise<T>) {
  const pending = new Set<Promise<T>>();
  let closed = false;
  const call = (...args: unknown[]): Promise<T> => {
    if (closed) return Promise.reject(new Error(`${where}: the function was called after it was closed`));
    const result = run(args);
    pending.add(result);
    const done = () => pending.delete(result);
    result.then(done, done);
    return result;
  };
  const close = async (finish: () => Promise<void>) => {
    closed = true;
    await Promise.allSettled(pending);
    await finish();
  };
  return { call, close };
}

function checkState(
  { graph, result, outputPaths }: Traced,
  before: readonly NdArray[],
  paths: readonly string[],
): void {
  if (!Array.isArray(result) || result.length !== 2) {
    throw new TypeError("compileStep: the function must return [state, result]");
  }
  const count = flatten(result[0] as Tree<null>, (value): value is null => value === null).leaves.length;
  const placeOf = (path: string, root: string) => `state${path.slice(root.length)}`;
  const after = new Map(
    outputPaths.slice(0, count).map((path, k) => [placeOf(path, "result[0]"), graph.outputs[k]] as const),
  );
  for (const [k, old] of before.entries()) {
    const place = placeOf(paths[k], "arguments");
    const next: Tensor | undefined = after.get(place);
    after.delete(place);
    if (next !== undefined && showType(old) === showType(next)) continue;
    const got = next === undefined ? "it did not come out" : `it came out as ${showType(next)}`;
    throw new RangeError(`compileStep: ${place} went in as ${showType(old)}, ${got}`);
  }
  for (const place of after.keys()) throw new RangeError(`compileStep: ${place} came out and did not go in`);
}

function checkOptions(where: string, options: CompileOptions): ExecutableOptions {
  knownOptions(where, options, ["backend", "executor", "threads"]);
  const { threads } = options;
  return {
    backend: options.backend === undefined ? undefined : backendOption(where, options.backend),
    executor: executorOption(where, options.executor),
    threads: threads === undefined ? undefined : integerOption(where, "threads", threads, 1, 256),
  };
}

/** The arrays among arguments, and a key that tells their structure, shapes and kinds. */
function readArguments(where: string, args: unknown) {
  const { leaves, paths, structure } = flatten(args, isTensorType, "arguments");
  const arrays = leaves.map((leaf, k) => {
    if (typeof leaf === "number") return scalar(leaf);
    if (leaf instanceof NdArray) return leaf;
    throw new TypeError(`${where}: ${paths[k]} must be an array or a number, got ${showType(leaf)}`);
  });
  const key = JSON.stringify([structure, arrays.map((leaf) => showType(typeOf(leaf)))]);
  return { leaves: arrays, paths, structure, key };
}

const scalar = (value: number) => new NdArray("float32", [], Float32Array.of(value));

interface Entry {
  traced: Traced;
  program: Executable;
}

/** Arguments as the program takes them. */
interface Recognized {
  entry: Entry;
  leaves: readonly NdArray[];
}

/** Programs by the shapes of their arguments; each is made once, also where calls overlap. */
class Cache {
  readonly #entries = new Map<string, Promise<Entry>>();
  readonly #create: (args: unknown[]) => Promise<Entry>;
  /** What the last call was like: most calls are like the one before. */
  #last: { entry: Entry; structure: Structure; types: readonly TensorType[] } | null = null;

  constructor(create: (args: unknown[]) => Promise<Entry>) {
    this.#create = create;
  }

  /** The arguments, where they have the structure and types of the last call; null else. */
  recognize(args: readonly unknown[]): Recognized | null {
    if (this.#last === null) return null;
    const { entry, structure, types } = this.#last;
    const leaves: NdArray[] = [];
    if (!collect(args, structure, leaves)) return null;
    for (let k = 0; k < leaves.length; k++) {
      if (leaves[k].dtype !== types[k].dtype || !sameShape(leaves[k].shape, types[k].shape)) return null;
    }
    return { entry, leaves };
  }

  async get(where: string, args: unknown[]): Promise<Recognized> {
    const { leaves, structure, key } = readArguments(where, args);
    let made = this.#entries.get(key);
    if (made === undefined) {
      made = this.#create(args);
      made.catch(() => this.#entries.delete(key));
      this.#entries.set(key, made);
    }
    const entry = await made;
    this.#last = { entry, structure, types: leaves.map(typeOf) };
    return { entry, leaves };
  }

  executor(): { executor: Executor; reason: string } | null {
    if (this.#last === null) return null;
    const { executor, reason } = this.#last.entry.program;
    return { executor, reason };
  }

  async close(): Promise<void> {
    this.#last = null;
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    for (const entry of entries) await (await entry).program.close();
  }
}

/** Puts the arrays and numbers of a value into `leaves` where it has exactly this structure and nothing else in it. */
function collect(value: unknown, structure: Structure, leaves: NdArray[]): boolean {
  if (structure === null) {
    if (typeof value !== "number" && !(value instanceof NdArray)) return false;
    leaves.push(typeof value === "number" ? scalar(value) : value);
    return true;
  }
  if (Array.isArray(structure)) {
    if (!Array.isArray(value) || value.length !== structure.length) return false;
    for (let k = 0; k < structure.length; k++) if (!collect(value[k], structure[k], leaves)) return false;
    return true;
  }
  if (typeof value !== "object" || value === null || value instanceof NdArray) return false;
  const inner = structure as { readonly [key: string]: Structure };
  const keys = Object.keys(inner); // in the order of `flatten`
  if (Object.keys(value).length !== keys.length) return false;
  for (const key of keys) {
    if (!Object.hasOwn(value, key) || !collect((value as Record<string, unknown>)[key], inner[key], leaves))
      return false;
  }
  return true;
}
