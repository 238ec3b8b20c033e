/**
 * The reference interpreter: runs a graph in 64-bit floats by the definitions of its ops, one element at a time. Slow and
 * obvious; what every backend is compared with.
 */
import { NdArray } from "./array.js";
import type { Graph } from "./graph.js";
import type { Dense } from "./op.js";
import type { Tensor } from "./tensor.js";
import { sameShape, showShape, sizeOf } from "./types.js";

/** Elements of any array in 64-bit floats. */
export function denseOf(value: NdArray | Dense | number): Dense {
  if (typeof value === "number") return { shape: [], data: Float64Array.of(value) };
  if (!(value instanceof NdArray)) return value;
  return { shape: value.shape, data: Float64Array.from(value.data as ArrayLike<number>, Number) };
}

/** The outputs of a graph for the given inputs. */
export async function interpret(graph: Graph, inputs: readonly (NdArray | Dense | number)[]): Promise<Dense[]> {
  const values = new Map<Tensor, Dense>();
  if (inputs.length !== graph.inputs.length) {
    throw new RangeError(`interpret: the graph takes ${graph.inputs.length} inputs, got ${inputs.length}`);
  }
  for (const [k, input] of graph.inputs.entries()) {
    const value = denseOf(inputs[k]);
    if (!sameShape(value.shape, input.shape)) {
      throw new RangeError(`interpret: input ${k} must be ${showShape(input.shape)}, got ${showShape(value.shape)}`);
    }
    values.set(input, value);
  }
  const denseFor = (tensor: Tensor): Dense => {
    const value = values.get(tensor);
    if (value === undefined) throw new Error("internal: a node runs before its inputs");
    return value;
  };
  for (const { op, inputs: operands, attributes, outputs } of graph.nodes) {
    const results = await op.evaluate(operands.map(denseFor), attributes, outputs);
    for (const [k, output] of outputs.entries()) {
      if (results[k].data.length !== sizeOf(output.shape)) {
        throw new Error(`internal: ${op.name} gave ${results[k].data.length} elements for ${showShape(output.shape)}`);
      }
      values.set(output, { shape: output.shape, data: results[k].data });
    }
  }
  return graph.outputs.map(denseFor);
}
