/** Where in a computation NaN and infinities arose. */
import type { NdArray } from "../array.js";
import { createExecutable, type ExecutableOptions } from "../executable.js";
import { type Graph, namesOf } from "../graph.js";
import { constantValue, type Tensor } from "../tensor.js";
import { trace } from "../trace.js";
import { flatten } from "../tree.js";
import { showShape, showType } from "../types.js";
import { isArray } from "./arrays.js";
import { indexOf } from "./data.js";

/** Which op of a function gave the first NaN or infinity, in words; `names` are those of the first arguments. */
export async function explainNonFinite(
  fn: unknown,
  args: readonly unknown[],
  names: readonly string[],
  { backend, executor, threads }: ExecutableOptions,
): Promise<string> {
  const { graph, inputPaths } = trace(fn as never, ...args);
  const { leaves } = flatten(args, isArray);
  const named = inputPaths.map((path) =>
    path.replace(/^arguments\[(\d+)\]\.?/, (_, k) => (names[k] ? `${names[k]}.` : "")).replace(/\.(?=\[|$)/, ""),
  );
  const found = await findNonFinite(graph, leaves, named, { backend, executor, threads });
  return found ?? "no single op gave it when the step was repeated";
}

/**
 * Finds where a computation left the finite numbers: runs the graph once more on the same backend with every intermediate
 * as an output, and describes the first node that made NaN or an infinity from finite inputs, in words:
 * "log_12 = log of float32[64, 10] gave -Infinity at [3, 7], its inputs were finite". Null where all are finite.
 */
export async function findNonFinite(
  graph: Graph,
  inputs: readonly NdArray[],
  inputNames: readonly string[],
  options: ExecutableOptions,
): Promise<string | null> {
  const bad = inputs.findIndex((input) => firstNonFinite(input) >= 0);
  if (bad >= 0) return `${inputNames[bad]} ${where(inputs[bad])} before the step`;
  const watched = graph.nodes.flatMap(({ outputs }) =>
    outputs.filter((output) => output.dtype === "float32" && constantValue(output) === undefined),
  );
  const program = await createExecutable({ ...graph, outputs: watched }, options);
  let values: Map<Tensor, NdArray>;
  try {
    const results = await program.run(inputs);
    // Foreign steps may have been written in other ops, but outputs keep their places.
    values = new Map(watched.map((tensor, k) => [tensor, results[k]]));
  } finally {
    await program.close();
  }
  const names = namesOf(graph);
  let fallback: string | null = null;
  for (const tensor of watched) {
    const value = values.get(tensor) as NdArray;
    if (firstNonFinite(value) < 0) continue;
    const { op, inputs: operands } = tensor.node;
    const taken = operands.map(showType).join(", ");
    const text = `${names.get(tensor)} = ${op.name} of ${taken} ${where(value)}`;
    const finite = operands.every((operand) => {
      const known = values.get(operand) ?? constantValue(operand);
      return known === undefined || firstNonFinite(known) < 0;
    });
    if (finite) return `${text}, its inputs were finite`;
    fallback ??= text;
  }
  return fallback;
}

function firstNonFinite({ dtype, data }: NdArray): number {
  return dtype === "float32" ? (data as Float32Array).findIndex((value) => !Number.isFinite(value)) : -1;
}

function where(value: NdArray): string {
  const at = firstNonFinite(value);
  return `gave ${value.data[at]}${value.shape.length === 0 ? "" : ` at ${showShape(indexOf(at, value.shape))}`}`;
}
