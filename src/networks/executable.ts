/** What runs a graph: sessions of ONNX Runtime (program.ts) or the package's own kernels (kernel-program.ts). */
import { wordOption } from "../io/options.js";
import type { NdArray } from "./array.js";
import { operationsOf } from "./cost.js";
import type { Graph } from "./graph.js";
import { KernelProgram } from "./kernel-program.js";
import { layoutOf } from "./layout.js";
import { Program, type ProgramOptions, type Timings } from "./program.js";
import { type Backend, defaultBackend } from "./runtime.js";

/** `onnx`: sessions of ONNX Runtime, fast for large steps. `kernels`: the package's own, with little to do around each. */
export type Executor = "onnx" | "kernels";
export const executors: readonly Executor[] = ["onnx", "kernels"];

/** A graph ready to run. */
export interface Executable {
  readonly graph: Graph;
  readonly executor: Executor;
  /** Why this executor was taken, in words. */
  readonly reason: string;
  readonly timings: Timings;
  /** Copies of the state. */
  state(): NdArray[];
  /** Replaces the state by copies of arrays of the same types. */
  setState(state: readonly NdArray[]): void;
  /** Runs once with the inputs behind the state, and returns the outputs behind the state. */
  run(inputs: readonly NdArray[], signal?: AbortSignal): Promise<NdArray[]>;
  close(): Promise<void>;
}

export interface ExecutableOptions {
  /** Where ONNX Runtime runs; that of the platform by default. */
  backend?: Backend;
  /** Chosen by size where it is undefined, and no backend is named. */
  executor?: Executor;
  threads?: number;
  state?: number;
}

/** A program for the graph, by the executor that is asked for or that suits its size. */
export async function createExecutable(graph: Graph, options: ExecutableOptions): Promise<Executable> {
  const { executor, reason } = chooseExecutor(graph, options);
  const settings: ProgramOptions = { ...options, backend: options.backend ?? defaultBackend(), reason };
  return executor === "kernels" ? KernelProgram.create(graph, settings) : Program.create(graph, settings);
}

/** Operations of the largest step that the package's kernels run by themselves: beyond it ONNX Runtime's are ahead. */
export const mostOperations = 2e7;
/** Nodes beyond which the step is no small one, whatever their size. */
const mostNodes = 2000;

/** Which executor runs a graph, and why. */
export function chooseExecutor(
  graph: Graph,
  { executor, backend }: Pick<ExecutableOptions, "executor" | "backend">,
): { executor: Executor; reason: string } {
  if (executor !== undefined) return { executor, reason: "it was asked for" };
  if (backend !== undefined) return { executor: "onnx", reason: `the backend ${backend} was asked for` };
  const dense = graph.nodes.filter(({ op }) => op.foreign === undefined); // foreign steps are the same with both
  const operations = operationsOf({ ...graph, nodes: dense });
  const nodes = graph.nodes.length;
  const size = `a step of ${nodes} nodes and ${operations} operations`;
  if (operations > mostOperations) return { executor: "onnx", reason: `${size} is more than ${mostOperations}` };
  if (nodes > mostNodes) return { executor: "onnx", reason: `${size} has more than ${mostNodes} nodes` };
  const defined = layoutOf(graph, 0).each.find(({ node, plan }) => plan === null && node.op.foreign === undefined);
  if (defined !== undefined) return { executor: "onnx", reason: `${defined.node.op.name} has no kernel of its own` };
  return { executor: "kernels", reason: `${size} is small` };
}

export function executorOption(where: string, value: unknown): Executor | undefined {
  return value === undefined ? undefined : wordOption(where, "executor", value, executors);
}
