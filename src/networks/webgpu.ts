/**
 * What ONNX Runtime 1.30's WebGPU takes, and then fails on when it runs or gets wrong. Such nodes are kept on the processor,
 * within the session, as are operators that it does not take at all. Other forms that it gets wrong are avoided by the ops:
 * `slice` backwards from within, `pow` of two operands that both repeat, `matmul` over nothing.
 *
 * NaN and infinities are not promised to survive: WGSL lets an implementation assume that there are none
 * (https://www.w3.org/TR/WGSL/#floating-point-evaluation), so that relu(NaN) may be 0. sin and cos are right to 2^-11.
 */
import type { OnnxGraph, OnnxNode } from "../formats/onnx/model.js";

/** Names of the nodes that must run on the processor. */
export function nodesOffWebgpu(graph: OnnxGraph): string[] {
  const producers = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const shapeOf = (name: string): readonly unknown[] | undefined => {
    const given = graph.inputs.find((input) => input.name === name) ?? graph.initializers.get(name);
    const producer = producers.get(name);
    if (given !== undefined || producer?.opType !== "Reshape") return given?.shape ?? undefined;
    const shape = graph.initializers.get(producer.inputs[1])?.data;
    return shape instanceof BigInt64Array ? Array.from(shape, Number) : undefined;
  };
  return graph.nodes.filter((node) => isWrong(node, shapeOf)).map(({ name }) => name);
}

function isWrong(
  { opType, domain, inputs, outputs, attributes }: OnnxNode,
  shapeOf: (name: string) => readonly unknown[] | undefined,
): boolean {
  if (domain !== "") return false;
  if (opType === "MaxPool") return outputs.length > 1; // "The Indices output is not supported yet"
  if (opType !== "Conv" && opType !== "ConvTranspose") return false;
  const kernel = attributes.kernel_shape;
  const isVolume = kernel?.kind === "ints" && kernel.value.length > 2;
  const groups = Number(attributes.group?.value ?? 1);
  const weights = shapeOf(inputs[1]); //  [K, C / groups, ...] of Conv, [C, K / groups, ...] of ConvTranspose
  const first = Number(weights?.[0]) / groups;
  // Written so that weights of unknown shape are wrong.
  if (opType === "Conv") {
    const isRight = first <= 4 || first % 4 === 0; // else outputs of a group are mixed up
    return groups > 1 && (isVolume || !isRight); // "Conv3D does not support grouped convolution"
  }
  const isRight = first === 1 || Number(weights?.[1]) > 1; // several channels of a group to one: mixed up
  return isVolume || (groups > 1 && !isRight); // "Only Conv2d or Conv1d are supported"
}
