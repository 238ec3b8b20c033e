import { NdArray } from "../../networks/array.js";
import { valueAndGrad } from "../../networks/gradients.js";
import { add, mul, square, sub } from "../../networks/ops/elementwise.js";
import { sum } from "../../networks/ops/reductions.js";
import { sliceAxis } from "../../networks/ops/shape.js";
import type { Tensor } from "../../networks/tensor.js";
import type { DecoderModel } from "../decoder-model.js";
import type { CodeDistribution } from "./codes.js";

/** What else than the pixels counts. */
export interface Weights {
  prior: number;
  continuity: number;
}

/** Of B codes, [B] each. */
type Values = {
  /** What is minimized. */
  value: Tensor;
  /** The squared error alone, summed over a picture. */
  error: Tensor;
};

/** f of codes in units of the codes' distribution, u [B, D], and pictures x [B, C, H, W], with its gradient by u, [B, D]. */
export type ObjectiveGradient = (u: Tensor, x: Tensor) => Values & { gradient: Tensor };

/**
 *   f(u) = |G(z) - x|^2 + prior |u|^2 + continuity sum over neighboring pixels of (G(z)_i - G(z)_j)^2,   z = mean + deviation u
 *
 * in pixels of 0 .. 1. The second term is twice `prior` times the negative logarithm of the codes' density, up to a constant.
 */
export function objectiveGradient(
  { decode, dimensions }: DecoderModel,
  { mean, deviation }: CodeDistribution,
  { prior, continuity }: Weights,
): ObjectiveGradient {
  const row = (values: Float64Array) => new NdArray("float32", [1, dimensions], Float32Array.from(values));
  const [center, unit] = [row(mean), row(deviation)];
  const both = valueAndGrad((u: Tensor, x: Tensor) => {
    const picture = decode(add(center, mul(unit, u)));
    const error = sum(square(sub(picture, x)), [1, 2, 3]);
    let value = error;
    if (prior > 0) value = add(value, mul(prior, sum(square(u), [1])));
    if (continuity > 0) value = add(value, mul(continuity, add(variation(picture, 2), variation(picture, 3))));
    return { loss: sum(value), value, error };
  });
  return (u, x) => {
    const { value: found, grad: gradient } = both(u, x);
    return { value: found.value, error: found.error, gradient };
  };
}

/** The squared differences of pixels and their neighbors along an axis, summed over each picture, [B]. */
function variation(pictures: Tensor, axis: number): Tensor {
  const size = pictures.shape[axis];
  return sum(square(sub(sliceAxis(pictures, axis, 1, size), sliceAxis(pictures, axis, 0, size - 1))), [1, 2, 3]);
}
