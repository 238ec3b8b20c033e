/**
 * Elements of tensors that depend on constants alone, such as the shapes that imported models compute. They are known
 * while a function is traced, and may decide what it does.
 */
import type { Dense } from "./op.js";
import { constantValue, isInput, type Node, type Tensor } from "./tensor.js";
import { type DType, sizeOf } from "./types.js";

/** Elements of the largest tensor that is worked out; what is larger counts as unknown. */
export const mostFolded = 2 ** 16;

/** Multiplications and additions of the longest product that is worked out. */
const mostOperations = 2 ** 22;

/** Outputs of nodes that were worked out; null where they are unknown. */
const found = new WeakMap<Node, readonly Dense[] | null>();

/** The elements of a tensor where they follow from constants, undefined where an input plays in. float32 is rounded. */
export function known(x: Tensor): Dense | undefined {
  const pending: Node[] = [x.node];
  for (let node = pending.at(-1); node !== undefined; node = pending.at(-1)) {
    const missing = found.has(node) ? undefined : node.inputs.find((input) => !found.has(input.node));
    if (missing !== undefined) {
      pending.push(missing.node);
      continue;
    }
    if (!found.has(node)) found.set(node, evaluate(node));
    pending.pop();
  }
  return found.get(x.node)?.[x.index];
}

/** The outputs of a node whose inputs were all visited. */
function evaluate(node: Node): readonly Dense[] | null {
  const large = node.outputs.some(({ shape }) => sizeOf(shape) > mostFolded);
  if (isInput(node) || large || node.op.foreign !== undefined) return null;
  const constant = constantValue(node.outputs[0]);
  if (constant !== undefined) {
    return [{ shape: constant.shape, data: Float64Array.from(constant.data as ArrayLike<number>, Number) }];
  }
  if ((node.op.operations?.(node.inputs, node.attributes, node.outputs) ?? 0) > mostOperations) return null;
  const inputs: Dense[] = [];
  for (const { node: before, index } of node.inputs) {
    const values = found.get(before);
    if (!values) return null;
    inputs.push(values[index]);
  }
  const results = node.op.evaluate(inputs, node.attributes, node.outputs);
  if (results instanceof Promise) return null;
  return node.outputs.map(({ dtype, shape }, k) => ({ shape, data: results[k].data.map(rounding[dtype]) }));
}

const same = (value: number) => value;

/** What storing does to a value: shapes that models scale in float32 must come out as they do there. */
const rounding: Record<DType, (value: number) => number> = {
  float32: Math.fround,
  int32: same,
  int64: same,
  bool: same,
};
