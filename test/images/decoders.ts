import { encodeOnnx } from "../../dist/formats/onnx/write.js";
import { NdArray } from "../../dist/networks/array.js";
import { exportOnnx, matmul, reshape, sigmoid, type Tensor, tanh, transpose } from "../../dist/networks/index.js";
import { Rng } from "../../dist/numerics/random.js";

/** Weights [inputs, outputs] of a layer, normal with the given deviation. */
function weights(rng: Rng, inputs: number, outputs: number, scale: number): NdArray {
  const data = Float32Array.from({ length: inputs * outputs }, () => scale * rng.normal());
  return new NdArray("float32", [inputs, outputs], data);
}

/** A small nonlinear decoder: D -> 24 -> pixels, tanh between; logits [B, pixels]. */
export function smallNetwork(dimensions: number, pixels: number, seed = 3): (z: Tensor) => Tensor {
  const rng = new Rng(seed);
  const [first, second] = [weights(rng, dimensions, 24, 0.5), weights(rng, 24, pixels, 0.6)];
  return (z) => matmul(tanh(matmul(z, first)), second);
}

type Size = number | string;

/** A function of codes as an ONNX file. */
export function fileOf(decode: (z: Tensor) => unknown, shape: readonly Size[], outputNames = ["y"]): Uint8Array {
  const model = exportOnnx(decode as never, [{ dtype: "float32", shape: [...shape] }], {
    inputNames: ["x"],
    outputNames,
  });
  return encodeOnnx(model);
}

/** A decoder of D numbers to gray pictures [B, 1, height, width] in 0 .. 1. */
export function grayDecoder(dimensions: number, height: number, width: number): Uint8Array {
  const network = smallNetwork(dimensions, height * width);
  return fileOf((z) => sigmoid(reshape(network(z), [-1, 1, height, width])), ["batch", dimensions]);
}

/** [B, C, H, W] -> [B, H, W, C] */
export const channelsLast = (pictures: Tensor): Tensor => transpose(pictures, [0, 2, 3, 1]);
