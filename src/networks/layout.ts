/** Where the values of a program lie in one memory, and in which order its nodes run (kernel-program.ts). */
import type { Graph } from "./graph.js";
import type { NativePlan } from "./native.js";
import { overwrittenState } from "./overwritten.js";
import { partition } from "./partition.js";
import { aligned, alignment, Regions } from "./regions.js";
import { constantValue, type Node, type Tensor } from "./tensor.js";
import { elementBytes, sizeOf, type TensorType } from "./types.js";

/** Elements of the largest value that is computed once because it follows from constants. */
const mostOnce = 2 ** 24;

/** A node, how the kernels compute it (null: by its definition, or it is a foreign step), and what it reads. */
export interface Planned {
  readonly node: Node;
  readonly plan: NativePlan | null;
  readonly reads: readonly Tensor[];
}

export interface Layout {
  /** What follows from constants and is computed when the program is made. */
  readonly once: readonly Planned[];
  /** What each run computes, in this order. */
  readonly each: readonly Planned[];
  /** From this part of `each` on state is overwritten. */
  readonly committing: number;
  /** Offsets in bytes of the state, of every value that anything reads, of lists of integers by their text. */
  readonly state: readonly number[];
  readonly offsets: ReadonlyMap<Tensor, number>;
  readonly lists: ReadonlyMap<string, readonly [number, readonly number[]]>;
  readonly constants: ReadonlySet<Tensor>;
  readonly scratch: number;
  /** Bytes of all. */
  readonly size: number;
}

export function bytesOf({ dtype, shape }: TensorType): number {
  return elementBytes[dtype] * sizeOf(shape);
}

/** The layout of a graph whose first `stateCount` inputs are state. */
export function layoutOf(graph: Graph, stateCount: number): Layout {
  const { inputs, outputs } = graph;
  const stateValues = inputs.slice(0, stateCount);
  const parts = partition(graph);
  const { overwritten, committing } = overwrittenState(graph, parts, stateCount);
  const nodes = parts.flatMap((part) => (part.kind === "foreign" ? [part.node] : part.nodes));
  const planned = neededOf(
    nodes.filter((node) => constantValue(node.outputs[0]) === undefined).map(plannedOf),
    outputs,
  );
  const { once, each } = split(planned);

  const offsets = new Map<Tensor, number>();
  let used = 0;
  const stay = (bytes: number): number => {
    const at = used;
    used += aligned(bytes);
    return at;
  };
  const read = new Set([...outputs, ...planned.flatMap(({ reads }) => reads)]);
  const state = stateValues.map((value) => stay(bytesOf(value)));
  for (const [k, value] of stateValues.entries()) offsets.set(value, state[k]);
  for (const value of inputs.slice(stateCount)) if (read.has(value)) offsets.set(value, stay(bytesOf(value)));
  const constants = new Set([...read].filter((value) => constantValue(value) !== undefined));
  for (const value of constants) offsets.set(value, stay(bytesOf(value)));
  for (const { node } of once) for (const value of node.outputs) offsets.set(value, stay(bytesOf(value)));
  const lists = new Map<string, readonly [number, readonly number[]]>();
  for (const arg of planned.flatMap(({ plan }) => plan?.calls.flatMap(({ args }) => args) ?? [])) {
    if (typeof arg !== "object" || !("list" in arg) || lists.has(arg.list.join())) continue;
    lists.set(arg.list.join(), [stay(4 * arg.list.length), arg.list]);
  }
  const scratch = stay(planned.reduce((most, { plan }) => Math.max(most, plan?.scratch ?? 0), 0));
  for (const [k, value] of outputs.slice(0, stateCount).entries()) {
    if (overwritten.has(stateValues[k])) offsets.set(value, state[k]);
  }
  const passing = placePassing(each, outputs, new Set(stateValues), offsets, used);
  const first = parts[committing];
  const commits = each.findIndex(({ node }) => first?.kind === "foreign" && node === first.node);
  return {
    once,
    each,
    committing: commits < 0 ? each.length : commits,
    state,
    offsets,
    lists,
    constants,
    scratch,
    size: used + passing + alignment, // the last vector that a kernel reads may reach beyond its values
  };
}

function plannedOf(node: Node): Planned {
  const { op, inputs, outputs } = node;
  if (op.foreign !== undefined) return { node, plan: null, reads: inputs };
  const plan: NativePlan | null = outputs.every(({ size }) => size === 0) ? { calls: [] } : (op.native?.(node) ?? null);
  return { node, plan, reads: plan?.reads ?? inputs };
}

/** What of it the outputs need: a transposed matrix that only products read, as it lies, is not made. */
function neededOf(all: readonly Planned[], outputs: readonly Tensor[]): Planned[] {
  const read = new Set(outputs);
  const kept: Planned[] = [];
  for (const part of all.toReversed()) {
    if (!part.node.outputs.some((value) => read.has(value))) continue;
    for (const value of part.reads) read.add(value);
    kept.push(part);
  }
  return kept.reverse();
}

/** What follows from constants alone, and the rest. */
function split(all: readonly Planned[]): { once: Planned[]; each: Planned[] } {
  const fixed = new Set<Tensor>();
  const once: Planned[] = [];
  const each: Planned[] = [];
  for (const part of all) {
    const { node, reads } = part;
    const follows = reads.every((value) => constantValue(value) !== undefined || fixed.has(value));
    if (node.op.foreign === undefined && follows && node.outputs.every(({ size }) => size <= mostOnce)) {
      for (const value of node.outputs) fixed.add(value);
      once.push(part);
    } else each.push(part);
  }
  return { once, each };
}

/**
 * Gives offsets from `base` on to the values that a run makes and forgets, each as long as something reads it, and returns
 * how many bytes that takes. Values with an offset stay where they are.
 */
function placePassing(
  each: readonly Planned[],
  outputs: readonly Tensor[],
  state: ReadonlySet<Tensor>,
  offsets: Map<Tensor, number>,
  base: number,
): number {
  /** The value whose bytes a value is, itself by default. */
  const roots = new Map<Tensor, Tensor>();
  const rootOf = (value: Tensor) => roots.get(value) ?? value;
  for (const { node, plan, reads } of each) {
    const [output] = node.outputs;
    // State may be overwritten while something still reads the other shape.
    if (plan?.sameBytes && !offsets.has(output) && !state.has(rootOf(reads[0]))) roots.set(output, rootOf(reads[0]));
  }
  const lastUse = new Map<Tensor, number>();
  for (const [k, { node, reads }] of each.entries()) {
    for (const value of [...node.outputs, ...reads]) lastUse.set(rootOf(value), k);
  }
  for (const value of outputs) lastUse.set(rootOf(value), each.length);

  const regions = new Regions();
  const passing = new Set<Tensor>();
  for (const [k, { node, plan, reads }] of each.entries()) {
    const ends = (value: Tensor) => passing.has(value) && lastUse.get(value) === k;
    for (const [place, output] of node.outputs.entries()) {
      if (offsets.has(output)) continue;
      const root = rootOf(output);
      if (root !== output) {
        offsets.set(output, offsets.get(root) as number);
        continue;
      }
      const over = (place === 0 ? (plan?.over ?? []) : [])
        .map((operand) => rootOf(reads[operand]))
        .find((value) => ends(value) && bytesOf(value) === bytesOf(output));
      if (over === undefined) offsets.set(output, base + regions.take(bytesOf(output)));
      else {
        offsets.set(output, offsets.get(over) as number);
        passing.delete(over);
      }
      passing.add(output);
    }
    for (const value of [...node.outputs, ...reads].map(rootOf)) {
      if (!ends(value)) continue;
      regions.give((offsets.get(value) as number) - base, bytesOf(value));
      passing.delete(value);
    }
  }
  return regions.size;
}
