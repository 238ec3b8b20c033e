import { NdArray } from "./array.js";
import { constantValue, isInput, type Node, newNode, type Tensor } from "./tensor.js";
import { showShape, showType } from "./types.js";

/** A traced computation: what goes in, what comes out, and the nodes between, in an order in which they can run. */
export interface Graph {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly nodes: readonly Node[];
}

/**
 * The graph that computes `outputs`. Nodes that no output needs are dropped, equal nodes are merged, and so are the
 * markers that only gradients look at.
 */
export function graphOf(inputs: readonly Tensor[], outputs: readonly Tensor[]): Graph {
  const replacement = new Map<Tensor, Tensor>();
  const current = (tensor: Tensor) => replacement.get(tensor) ?? tensor;
  const byKey = new Map<string, Node>();
  const nodes: Node[] = [];
  for (const node of reachable(outputs)) {
    if (isInput(node)) {
      if (!inputs.includes(node.outputs[0])) {
        throw new Error("trace: a tensor of another trace is used; hand it over as an argument");
      }
      continue;
    }
    const operands = node.inputs.map(current);
    if (markers.has(node.op.name)) {
      replacement.set(node.outputs[0], operands[0]);
      continue;
    }
    const key = keyOf(node, operands);
    const known = byKey.get(key);
    if (known !== undefined) {
      node.outputs.forEach((output, k) => {
        replacement.set(output, known.outputs[k]);
      });
      continue;
    }
    const changed = operands.some((operand, k) => operand !== node.inputs[k]);
    const kept = changed ? withInputs(node, operands) : node;
    if (changed) {
      node.outputs.forEach((output, k) => {
        replacement.set(output, kept.outputs[k]);
      });
    }
    byKey.set(key, kept);
    nodes.push(kept);
  }
  return { inputs, outputs: outputs.map(current), nodes };
}

/** Ops that are the identity: argument of a differentiated function, end of a gradient. */
const markers = new Set(["argument", "stopGradient"]);

/** A node with other inputs of the same types. It comes after them, and so does what takes its outputs. */
export function withInputs({ op, attributes, outputs }: Node, inputs: readonly Tensor[]): Node {
  return newNode(op, inputs, attributes, outputs);
}

/** The nodes that `outputs` need, each after its inputs. */
export function reachable(outputs: readonly Tensor[]): Node[] {
  const found = new Set<Node>();
  const pending = outputs.map(({ node }) => node);
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (found.has(node)) continue;
    found.add(node);
    for (const { node: before } of node.inputs) pending.push(before);
  }
  return [...found].sort((a, b) => a.id - b.id);
}

const numbersOfObjects = new WeakMap<object, number>();
let nextObject = 0;

/** Nodes with equal keys compute the same. */
function keyOf({ op, attributes }: Node, inputs: readonly Tensor[]): string {
  const operands = inputs.map(({ node, index }) => `${node.id}.${index}`).join(",");
  return `${numberOf(op)}(${operands})${attributeKey(attributes)}`;
}

function numberOf(object: object): number {
  let number = numbersOfObjects.get(object);
  if (number === undefined) {
    number = nextObject++;
    numbersOfObjects.set(object, number);
  }
  return number;
}

const mostCompared = 16; // elements; larger constants are equal only if they are the same array

function attributeKey(value: unknown): string {
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map(attributeKey).join(",")}]`;
  if (value instanceof NdArray && value.size <= mostCompared) {
    return `${value.dtype}[${value.shape}]${Array.from(value.data as ArrayLike<number | bigint>, attributeKey)}`;
  }
  if (Object.getPrototypeOf(value) === Object.prototype) {
    return `{${Object.entries(value).map(([key, inner]) => `${key}:${attributeKey(inner)}`)}}`;
  }
  return `#${numberOf(value)}`;
}

/** Names for all tensors of a graph: `x0` for inputs, else op and number, such as `matmul_3`. */
export function namesOf(graph: Graph): Map<Tensor, string> {
  const names = new Map<Tensor, string>();
  for (const [k, input] of graph.inputs.entries()) names.set(input, `x${k}`);
  for (const [k, { op, outputs }] of graph.nodes.entries()) {
    for (const output of outputs) names.set(output, `${op.name}_${k}${outputs.length > 1 ? `.${output.index}` : ""}`);
  }
  return names;
}

/** The graph as text, a line a node: `matmul_3: float32[64, 10] = matmul(x0, x1)`. Constants stand where they are used. */
export function showGraph(graph: Graph, inputNames: readonly string[] = []): string {
  const names = namesOf(graph);
  const label = (tensor: Tensor) => {
    const value = constantValue(tensor);
    return value === undefined ? names.get(tensor) : showConstant(value);
  };
  const lines = graph.inputs.map((input, k) => {
    const comment = inputNames[k] ? `  # ${inputNames[k]}` : "";
    return `input ${names.get(input)}: ${showType(input)}${comment}`;
  });
  for (const { op, inputs, attributes, outputs } of graph.nodes) {
    if (op.name === "constant") continue;
    const left = outputs.map((output) => `${names.get(output)}: ${showType(output)}`).join(", ");
    const details =
      op.text?.(attributes) ??
      Object.entries(attributes)
        .map(([key, value]) => `${key}=${showValue(value)}`)
        .join(", ");
    lines.push(`${left} = ${op.name}(${[...inputs.map(label), ...(details === "" ? [] : [details])].join(", ")})`);
  }
  lines.push(`return ${graph.outputs.map(label).join(", ")}`);
  return lines.join("\n");
}

function showConstant(value: NdArray): string {
  return value.shape.length === 0 ? String(value.data[0]) : `constant ${value.dtype}${showShape(value.shape)}`;
}

function showValue(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(showValue).join(", ")}]`;
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : JSON.stringify(value);
}
