/** ONNX Runtime behind one small interface, whichever of its packages runs. */
import { cpuCount, importRuntime } from "#platform";
import { ResourceError } from "../io/errors.js";
import { wordOption } from "../io/options.js";
import type { NdArray } from "./array.js";
import type { DType, TypedElements } from "./types.js";

/**
 * Where programs run: `cpu` and `webgpu` by onnxruntime-node where there is Node, `wasm` and, in a page, `webgpu` by
 * onnxruntime-web.
 */
export type Backend = "cpu" | "wasm" | "webgpu";
export const backends: readonly Backend[] = ["cpu", "wasm", "webgpu"];

/** The part of ONNX Runtime's interface that is used. */
export interface OrtTensor {
  readonly data: unknown;
  readonly dims: readonly number[];
  readonly type: string;
}
export interface OrtSession {
  run(feeds: Record<string, OrtTensor>, fetches: Record<string, OrtTensor | null>): Promise<Record<string, OrtTensor>>;
  release(): Promise<void>;
}
export interface OrtModule {
  readonly Tensor: new (type: DType, data: TypedElements, dims: readonly number[]) => OrtTensor;
  readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<OrtSession> };
  readonly env: { logLevel?: string; wasm?: { numThreads?: number; wasmPaths?: unknown; proxy?: boolean } };
}

/** A compiled model. */
export interface Session {
  /**
   * Whether results are written to the tensors in `fetches`. onnxruntime-web takes such tensors and leaves them as they
   * were.
   */
  readonly fills: boolean;
  /** Runs once and returns all outputs by name; they are new where `fetches` has null or the session does not fill. */
  run(feeds: Record<string, OrtTensor>, fetches: Record<string, OrtTensor | null>): Promise<Record<string, OrtTensor>>;
  close(): Promise<void>;
}

const modules = new Map<Backend, Promise<OrtModule>>();

/** The backend that is taken where none is named: `cpu` in Node, `wasm` in a page. */
export function defaultBackend(): Backend {
  return importRuntime.default;
}

/** ONNX Runtime for a backend, loaded on first use. The error of a missing package says how to install it. */
export function loadRuntime(backend: Backend): Promise<OrtModule> {
  let loading = modules.get(backend);
  if (loading === undefined) {
    loading = load(backend);
    loading.catch(() => modules.delete(backend));
    modules.set(backend, loading);
  }
  return loading;
}

async function load(backend: Backend): Promise<OrtModule> {
  const { packageName, load: importPackage } = importRuntime.packageOf(backend);
  let module: OrtModule;
  try {
    module = (await importPackage()) as OrtModule;
  } catch (error) {
    const missing = error instanceof Error && "code" in error && String(error.code).includes("MODULE_NOT_FOUND");
    const what = missing ? "is not installed" : `cannot be loaded (${error instanceof Error ? error.message : error})`;
    throw new ResourceError(
      `networks: the backend ${backend} needs ${packageName}, which ${what}; run: npm install ${packageName}`,
      { cause: error },
    );
  }
  module.env.logLevel = "fatal";
  return module;
}

export interface SessionOptions {
  backend: Backend;
  /** Threads within one operator. */
  threads: number;
  /** With `webgpu`: names of nodes that run on the processor all the same. */
  onProcessor?: readonly string[];
  /**
   * Whether the runtime may rearrange pictures for convolutions of its own; false by default, since on processors those
   * need constant weights, and without any it rearranges for poolings alone, in vain (3 % of a training step).
   */
  rearrange?: boolean;
  /** Nodes of the model. */
  nodes?: number;
}

/**
 * Nodes beyond which ONNX Runtime does not look for a better form of the graph: the time that it looks for one grows with
 * the square of their number (3,000 nodes: 7.5 s, 1.5 without), and large programs ran no faster afterwards.
 */
const mostOptimized = 2000;

/** Compiles a model for a backend. */
export async function createSession(
  model: Uint8Array,
  { backend, threads, onProcessor = [], rearrange = false, nodes = 0 }: SessionOptions,
): Promise<Session> {
  const runtime = await loadRuntime(backend);
  const provider = onProcessor.length > 0 ? { name: backend, forceCpuNodeNames: onProcessor } : backend; // none: refused
  const options = {
    executionProviders: [provider],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: nodes > mostOptimized ? "disabled" : rearrange ? "all" : "extended",
    logSeverityLevel: 4, // fatal; what fails is thrown besides
  };
  if (backend === "wasm" && runtime.env.wasm) runtime.env.wasm.numThreads ??= threads;
  const session = await attempt("compiling", () => runtime.InferenceSession.create(model, options));
  return {
    fills: importRuntime.packageOf(backend).packageName === "onnxruntime-node",
    run: (feeds, fetches) => attempt("running", () => session.run(feeds, fetches)),
    close: () => session.release(),
  };
}

/** Memory that ran out becomes a ResourceError. */
async function attempt<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (/alloc|out of memory|OOM|buffer size|too large/i.test(message)) {
      throw new ResourceError(
        `networks: memory ran out while ${what} a program (${message}); smaller batches need less`,
        {
          cause: error,
        },
      );
    }
    throw error;
  }
}

/** An array as a tensor of ONNX Runtime. Elements in shared memory, which it refuses, are copied. */
export function ortTensor({ Tensor }: OrtModule, { dtype, shape, data }: NdArray): OrtTensor {
  const shared = typeof SharedArrayBuffer !== "undefined" && data.buffer instanceof SharedArrayBuffer;
  return new Tensor(dtype, shared ? (data.slice() as TypedElements) : data, shape);
}

export function backendOption(where: string, value: unknown): Backend {
  return value === undefined ? defaultBackend() : wordOption(where, "backend", value, backends);
}

/** Threads for a program of about `operations` multiplications and additions: one where it takes under a millisecond. */
export function threadsFor(operations: number): number {
  return operations < operationsPerMillisecond ? 1 : cpuCount();
}

/** What one processor core does in a millisecond, roughly. */
const operationsPerMillisecond = 4e7;
