import { integerOption, numberOption } from "../../numerics/options.js";
import { NdArray, zeros } from "../array.js";
import { add, mul, stopGradient } from "../ops/elementwise.js";
import {
  batchNorm,
  batchNormInference,
  groupNorm,
  layerNorm,
  type NormOptions,
  rmsNorm,
} from "../ops/normalization.js";
import type { Operand, Tensor } from "../tensor.js";

/** Parameters of a norm, a number for each feature or channel. */
export interface NormParams<T = Tensor> {
  /** Begins with ones. */
  scale: T;
  /** Begins with zeros. */
  bias: T;
}

/** Of a layer norm over features, or of a batch, instance or group norm over channels. */
export function initNorm(width: number): NormParams<NdArray> {
  integerOption("initNorm", "width", width, 1);
  return { scale: ones(width), bias: zeros([width]) };
}

function ones(width: number): NdArray {
  return new NdArray("float32", [width], new Float32Array(width).fill(1));
}

/** Mean 0 and variance 1 over the last axis of x [..., D], then scale and bias. */
export function applyLayerNorm({ scale, bias }: NormParams<Operand>, x: Operand, options?: NormOptions): Tensor {
  return layerNorm(x, scale, bias, options);
}

/** Mean 0 and variance 1 over groups of channels of x [N, C, ...], then scale and bias. */
export function applyGroupNorm(
  { scale, bias }: NormParams<Operand>,
  x: Operand,
  groups: number,
  options?: NormOptions,
): Tensor {
  return groupNorm(x, groups, scale, bias, options);
}

/** Parameters of `rmsNorm`. */
export interface RmsNormParams<T = Tensor> {
  /** Begins with ones. */
  scale: T;
}

export function initRmsNorm(width: number): RmsNormParams<NdArray> {
  integerOption("initRmsNorm", "width", width, 1);
  return { scale: ones(width) };
}

/** x [..., D] over the root of its mean square, times scale. */
export function applyRmsNorm({ scale }: RmsNormParams<Operand>, x: Operand, options?: NormOptions): Tensor {
  return rmsNorm(x, scale, options);
}

/** What a batch norm has seen: averages of the channels' means and variances. State beside the parameters. */
export interface BatchNormAverages<T = Tensor> {
  /** Begins with zeros. */
  mean: T;
  /** Begins with ones. */
  variance: T;
}

export function initBatchNormAverages(channels: number): BatchNormAverages<NdArray> {
  integerOption("initBatchNormAverages", "channels", channels, 1);
  return { mean: zeros([channels]), variance: ones(channels) };
}

export interface BatchNormOptions extends NormOptions {
  /**
   * Weight of the batch in the averages, as in PyTorch: average + momentum (batch - average). 0.1 by default, up to 1 for
   * the last batch alone.
   */
  momentum?: number;
}

/** A batch norm while training: x [N, C, ...] by its own mean and variance, and the averages after this batch. */
export function trainBatchNorm(
  { scale, bias }: NormParams<Operand>,
  averages: BatchNormAverages<Operand>,
  x: Operand,
  { momentum = 0.1, ...options }: BatchNormOptions = {},
): { output: Tensor; averages: BatchNormAverages } {
  numberOption("trainBatchNorm", "momentum", momentum, { least: 0, most: 1 });
  const { output, mean, variance } = batchNorm(x, scale, bias, options);
  // PyTorch averages the variance divided by N - 1, an estimate without bias of that of the data.
  const count = output.size / mean.size;
  const unbiased = count > 1 ? mul(variance, count / (count - 1)) : variance;
  const next = (average: Operand, batch: Tensor) => add(mul(average, 1 - momentum), mul(stopGradient(batch), momentum));
  return { output, averages: { mean: next(averages.mean, mean), variance: next(averages.variance, unbiased) } };
}

/** A batch norm after training: x [N, C, ...] by the averages. */
export function applyBatchNorm(
  { scale, bias }: NormParams<Operand>,
  { mean, variance }: BatchNormAverages<Operand>,
  x: Operand,
  options?: NormOptions,
): Tensor {
  return batchNormInference(x, scale, bias, mean, variance, options);
}
