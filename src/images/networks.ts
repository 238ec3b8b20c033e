import type { NdArray } from "../networks/array.js";
import { applyConv, type ConvParams, initConv } from "../networks/layers/conv.js";
import { applyDense, type DenseParams, initDense } from "../networks/layers/dense.js";
import { heNormal, zeroInitializer } from "../networks/layers/initializers.js";
import { convTranspose } from "../networks/ops/convolution.js";
import { relu } from "../networks/ops/elementwise.js";
import { reshape } from "../networks/ops/shape.js";
import type { Operand, Tensor } from "../networks/tensor.js";
import type { Rng } from "../numerics/random.js";

/** Sizes of pictures, as tensors [B, C, H, W]. */
export interface PictureShape {
  channels: number;
  height: number;
  width: number;
}

/**
 * An encoder and a decoder for pictures of one shape. The encoder ends in `outputs` numbers a picture, the decoder in logits,
 * whose sigmoids are the pixels.
 */
export interface PictureNetwork<Params = unknown, Arrays = unknown> {
  /** `outputs` of the encoder, `dimensions` of what the decoder takes. */
  init(rng: Rng, outputs: number, dimensions: number): Arrays;
  /** [B, C, H, W] -> [B, outputs] */
  encode(params: Params, x: Tensor): Tensor;
  /** [B, D] -> logits [B, C, H, W] */
  decode(params: Params, z: Tensor): Tensor;
}

export interface DenseNetworkParams<T = Tensor> {
  encoder: DenseParams<T>[];
  decoder: DenseParams<T>[];
}

/**
 * Layers of the given widths and back (Hinton and Salakhutdinov 2006, "Reducing the dimensionality of data with neural
 * networks": 784-1000-500-250-30), with ReLU between them and none at the code. Without widths it is linear.
 */
export function denseNetwork(
  shape: PictureShape,
  hidden: readonly number[] = [1000, 500, 250],
): PictureNetwork<DenseNetworkParams, DenseNetworkParams<NdArray>> {
  const pixels = shape.channels * shape.height * shape.width;
  const layers = (rng: Rng, widths: readonly number[]) =>
    widths.slice(1).map((outputs, k) => initDense(rng, { inputs: widths[k], outputs, initializer: heNormal }));
  const through = (params: readonly DenseParams[], x: Tensor) =>
    params.reduce((h, layer, k) => applyDense(layer, k === 0 ? h : relu(h)), x);
  return {
    init: (rng, outputs, dimensions) => ({
      encoder: layers(rng, [pixels, ...hidden, outputs]),
      decoder: layers(rng, [dimensions, ...[...hidden].reverse(), pixels]),
    }),
    encode: ({ encoder }, x) => through(encoder, reshape(x, [-1, pixels])),
    decode: ({ decoder }, z) => reshape(through(decoder, z), [-1, shape.channels, shape.height, shape.width]),
  };
}

export interface ConvolutionalNetworkParams<T = Tensor> {
  conv1: ConvParams<T>;
  conv2: ConvParams<T>;
  code: DenseParams<T>;
  back: DenseParams<T>;
  /** Of transposed convolutions: [from, to, 4, 4]. */
  conv3: ConvParams<T>;
  conv4: ConvParams<T>;
}

/** Channels of the two convolutions. */
const widths = [32, 64] as const;

/**
 * Two convolutions of 4 x 4 taps and stride 2 with 32 and 64 channels, a dense layer, and the same backwards; ReLU between.
 * Height and width must be multiples of 4.
 */
export function convolutionalNetwork(
  shape: PictureShape,
): PictureNetwork<ConvolutionalNetworkParams, ConvolutionalNetworkParams<NdArray>> {
  const { channels, height, width } = shape;
  if (height % 4 !== 0 || width % 4 !== 0) {
    throw new RangeError(
      `convolutionalNetwork: sizes must be multiples of 4, got ${width} x ${height}; choose another size`,
    );
  }
  const [rows, columns] = [height / 4, width / 4];
  const inner = widths[1] * rows * columns;
  const strided = { strides: 2, padding: 1 };
  return {
    init: (rng, outputs, dimensions) => ({
      conv1: initConv(rng, { inputs: channels, outputs: widths[0], kernel: [4, 4] }),
      conv2: initConv(rng, { inputs: widths[0], outputs: widths[1], kernel: [4, 4] }),
      code: initDense(rng, { inputs: inner, outputs }),
      back: initDense(rng, { inputs: dimensions, outputs: inner, initializer: heNormal }),
      conv3: { weights: heNormal(rng, [widths[1], widths[0], 4, 4]), bias: zeroInitializer(rng, [widths[0]]) },
      conv4: { weights: heNormal(rng, [widths[0], channels, 4, 4]), bias: zeroInitializer(rng, [channels]) },
    }),
    encode: ({ conv1, conv2, code }, x) => {
      const h = relu(applyConv(conv2, relu(applyConv(conv1, x, strided)), strided)); // [B, 64, H / 4, W / 4]
      return applyDense(code, reshape(h, [-1, inner]));
    },
    decode: ({ back, conv3, conv4 }, z) => {
      const h = reshape(relu(applyDense(back, z)), [-1, widths[1], rows, columns]);
      return upward(conv4, relu(upward(conv3, h)));
    },
  };

  /** Twice the size. */
  function upward({ weights, bias }: ConvParams<Operand>, x: Operand): Tensor {
    return convTranspose(x, weights, { ...strided, bias });
  }
}
