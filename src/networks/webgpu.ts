/**
 * What ONNX Runtime 1.30's WebGPU takes and then fails on when it runs. Such nodes are kept on the processor, within the
 * session; operators that it does not take at all go there by themselves. Where it gives wrong results, ops avoid the form
 * that leads there: `slice` backwards, `pow` of two operands that both repeat, `matmul` over nothing.
 *
 * NaN and infinities are not promised to survive: WGSL lets an implementation assume that there are none
 * (https://www.w3.org/TR/WGSL/#floating-point-evaluation), so that relu(NaN) may be 0. sin and cos are right to 2^-11.
 */
import type { OnnxNode } from "../formats/onnx/model.js";

/** Names of the nodes that must run on the processor. */
export function nodesOffWebgpu(nodes: readonly OnnxNode[]): string[] {
  return nodes.filter(failsOnWebgpu).map(({ name }) => name);
}

function failsOnWebgpu({ opType, domain, outputs, attributes }: OnnxNode): boolean {
  if (domain !== "") return false;
  const kernel = attributes.kernel_shape;
  const isVolume = kernel?.kind === "ints" && kernel.value.length > 2;
  if (opType === "Conv") return isVolume && attributes.group?.value !== 1; // "Conv3D does not support grouped convolution"
  if (opType === "ConvTranspose") return isVolume; // "Only Conv2d or Conv1d are supported"
  return opType === "MaxPool" && outputs.length > 1; // "The Indices output is not supported yet"
}
