import { integerOption } from "../../numerics/options.js";
import type { Rng } from "../../numerics/random.js";
import type { NdArray } from "../array.js";
import { type ConvOptions, conv } from "../ops/convolution.js";
import type { Operand, Tensor } from "../tensor.js";
import { heNormal, type Initializer, zeroInitializer } from "./initializers.js";

/** Parameters of a convolution. */
export interface ConvParams<T = Tensor> {
  /** [outputs, inputs / groups, taps...]. */
  weights: T;
  /** [outputs]; left out for a layer without. */
  bias?: T;
}

export interface ConvLayerOptions {
  /** Channels in and out. */
  inputs: number;
  outputs: number;
  /** Taps along each axis, such as [3, 3] for pictures. */
  kernel: readonly number[];
  /** Groups of channels that do not see each other; 1 by default. */
  groups?: number;
  /** Whether there is a bias, which begins with zeros; true by default. */
  bias?: boolean;
  /** What the weights begin with: `heNormal` by default, for the ReLU that usually follows. */
  initializer?: Initializer;
}

export function initConv(
  rng: Rng,
  { inputs, outputs, kernel, groups = 1, bias = true, initializer = heNormal }: ConvLayerOptions,
): ConvParams<NdArray> {
  const sizes = {
    inputs,
    outputs,
    groups,
    ...Object.fromEntries(kernel.map((taps, axis) => [`kernel[${axis}]`, taps])),
  };
  for (const [name, value] of Object.entries(sizes)) integerOption("initConv", name, value, 1);
  if (inputs % groups !== 0 || outputs % groups !== 0) {
    throw new RangeError(`initConv: groups must divide inputs and outputs, got ${groups} for ${inputs} and ${outputs}`);
  }
  const weights = initializer(rng, [outputs, inputs / groups, ...kernel]);
  return bias ? { weights, bias: zeroInitializer(rng, [outputs]) } : { weights };
}

/** Convolution of x [N, inputs, ...] -> [N, outputs, ...]; strides, padding, dilations and groups as `conv` takes them. */
export function applyConv(
  { weights, bias }: ConvParams<Operand>,
  x: Operand,
  options: Omit<ConvOptions, "bias"> = {},
): Tensor {
  return conv(x, weights, { ...options, bias });
}
