/** Cuts a graph into ONNX segments with foreign steps between them. */
import type { Graph } from "./graph.js";
import { constantValue, isInput, type Node, type Tensor } from "./tensor.js";

/** Nodes that run as one ONNX model. */
export interface Segment {
  readonly kind: "segment";
  readonly nodes: readonly Node[];
  /** What comes from outside: inputs of the graph, results of other steps. */
  readonly inputs: readonly Tensor[];
  /** What other steps or the caller need. */
  readonly outputs: readonly Tensor[];
}

export interface ForeignStep {
  readonly kind: "foreign";
  readonly node: Node;
}

export type Step = Segment | ForeignStep;

/**
 * The steps of a graph in the order in which they run, in as few segments as this simple rule gives: a node belongs to the
 * first segment in which its inputs are there, a foreign step runs as soon as its inputs are. Constants belong to every
 * segment that uses them. Where two outputs of the graph are inputs or constants of it, no step computes them.
 */
export function partition(graph: Graph): Step[] {
  /** For each value the number of the first segment that may use it. */
  const ready = new Map<Tensor, number>();
  const segments: Node[][] = [];
  /** Foreign steps by the segment before which they run. */
  const foreign: Node[][] = [];
  for (const node of graph.nodes) {
    const after = Math.max(0, ...node.inputs.map((tensor) => ready.get(tensor) ?? 0));
    if (node.op.foreign !== undefined) {
      // Its inputs may come from segment `after`, so it runs behind that one, unless none comes from a segment.
      const early = node.inputs.every((tensor) => isGiven(tensor) || isEarly(tensor, ready, after));
      const before = early ? after : after + 1;
      foreign[before] ??= [];
      foreign[before].push(node);
      for (const output of node.outputs) ready.set(output, before);
    } else if (constantValue(node.outputs[0]) === undefined) {
      segments[after] ??= [];
      segments[after].push(node);
      for (const output of node.outputs) ready.set(output, after);
    }
  }

  const owner = new Map<Node, number>();
  for (const [k, nodes] of segments.entries()) for (const node of nodes ?? []) owner.set(node, k);
  const needed = new Set<Tensor>(graph.outputs);
  for (const node of graph.nodes) {
    for (const input of node.inputs) if (owner.get(node) !== owner.get(input.node)) needed.add(input);
  }

  const steps: Step[] = [];
  for (let k = 0; k < Math.max(segments.length, foreign.length); k++) {
    for (const node of foreign[k] ?? []) steps.push({ kind: "foreign", node });
    if (segments[k] !== undefined) steps.push(segmentOf(segments[k], needed));
  }
  return steps;
}

/** An input of the graph or a constant: there before anything runs. */
function isGiven(tensor: Tensor): boolean {
  return isInput(tensor.node) || constantValue(tensor) !== undefined;
}

/** A result of a foreign step that runs before segment `after`. */
function isEarly(tensor: Tensor, ready: Map<Tensor, number>, after: number): boolean {
  const segment = ready.get(tensor) ?? 0;
  return tensor.node.op.foreign !== undefined ? segment <= after : segment < after;
}

function segmentOf(nodes: readonly Node[], needed: ReadonlySet<Tensor>): Segment {
  const own = new Set(nodes);
  const inputs = new Set<Tensor>();
  const constants = new Set<Node>();
  for (const node of nodes) {
    for (const input of node.inputs) {
      if (constantValue(input) !== undefined) constants.add(input.node);
      else if (!own.has(input.node)) inputs.add(input);
    }
  }
  const outputs = nodes.flatMap((node) => node.outputs.filter((output) => needed.has(output)));
  return { kind: "segment", nodes: [...constants, ...nodes], inputs: [...inputs], outputs };
}
