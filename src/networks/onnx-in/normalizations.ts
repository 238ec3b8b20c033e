/** Operators that bring activations to mean 0 and variance 1, and their like. */
import { abs, add, div, equal, mul, pow, reciprocal, sqrt, square, sub, where } from "../ops/elementwise.js";
import { batchNorm, batchNormInference, groupNorm, instanceNorm, layerNorm, rmsNorm } from "../ops/normalization.js";
import { mean, sum, variance } from "../ops/reductions.js";
import { broadcastTo, pad, reshape, sliceAxis } from "../ops/shape.js";
import { type Tensor, tensor } from "../tensor.js";
import { normalizeAxis, showShape } from "../types.js";
import { flag, float, int, ints, type Operators, only, operator } from "./operator.js";

const keep = { keepDims: true };

/** The axes from `axis` on. */
function lastAxes(x: Tensor, axis: number): number[] {
  const first = normalizeAxis("axis", axis, x.rank);
  return x.shape.map((_, a) => a).slice(first);
}

/** x over its norm along an axis; zeros stay zeros. */
function lpNormalized(x: Tensor, axis: number, p: number): Tensor {
  if (p !== 1 && p !== 2) throw new RangeError(`p must be 1 or 2, got ${p}`);
  const power = sum(p === 1 ? abs(x) : square(x), axis, keep);
  const norm = p === 1 ? power : sqrt(power);
  const zero = equal(norm, 0);
  return where(zero, 0, div(x, where(zero, 1, norm)));
}

/** Local response normalization: x / (bias + alpha / size sum of the squares of `size` channels around)^beta. */
function localResponse(
  x: Tensor,
  size: number,
  { alpha, beta, bias }: Record<"alpha" | "beta" | "bias", number>,
): Tensor {
  if (x.rank < 2 || size < 1 || size > mostChannels) {
    throw new RangeError(
      `[N, C, ...] and a size from 1 to ${mostChannels} were needed, got ${showShape(x.shape)}, ${size}`,
    );
  }
  const counts = (count: number) => x.shape.map((_, axis) => (axis === 1 ? count : 0));
  const before = Math.floor((size - 1) / 2);
  const squares = pad(square(x), counts(before), counts(size - 1 - before));
  let total = sliceAxis(squares, 1, 0, x.shape[1]);
  for (let k = 1; k < size; k++) total = add(total, sliceAxis(squares, 1, k, k + x.shape[1]));
  return div(x, pow(add(mul(alpha / size, total), bias), beta));
}

/** Most channels around one that are added up one by one. */
const mostChannels = 1024;

export const normalizations: Operators = {
  BatchNormalization: operator(
    5,
    { epsilon: float(1e-5), momentum: float(0.9), training_mode: flag(false), spatial: only(1) },
    (node) => {
      const [x, scale, bias, center, spread] = node.all();
      const { epsilon, momentum, training_mode } = node.attributes;
      if (!training_mode) return batchNormInference(x, scale, bias, center, spread, { epsilon });
      const { output, mean: own, variance: ownVariance } = batchNorm(x, scale, bias, { epsilon });
      const running = (old: Tensor, now: Tensor) => add(mul(old, momentum), mul(now, 1 - momentum));
      return [output, running(center, own), running(spread, ownVariance)];
    },
  ),
  InstanceNormalization: operator(3, { epsilon: float(1e-5) }, (node) =>
    instanceNorm(node.input(0), node.input(1), node.input(2), node.attributes),
  ),
  LayerNormalization: operator([2, 3], { axis: int(-1), epsilon: float(1e-5), stash_type: only(1) }, (node) => {
    const [x, scale] = [node.input(0), node.input(1)];
    const { axis, epsilon } = node.attributes;
    const axes = lastAxes(x, axis);
    const inner = axes.map((a) => x.shape[a]);
    const bias = node.optional(2) ?? tensor(0);
    const spread = (factor: Tensor) => broadcastTo(factor, inner);
    const center = mean(x, axes, keep);
    const inverse = reciprocal(sqrt(add(variance(x, axes, keep), epsilon)));
    return [layerNorm(x, spread(scale), spread(bias), { epsilon }), center, inverse];
  }),
  GroupNormalization: operator(3, { num_groups: int(), epsilon: float(1e-5), stash_type: only(1) }, (node) => {
    const [x, scale, bias] = node.all();
    const { num_groups: groups, epsilon } = node.attributes;
    // Until version 20 scale and bias had a value for each group, since then for each channel.
    const perChannel = (factor: Tensor) =>
      node.version >= 21
        ? factor
        : reshape(broadcastTo(reshape(factor, [groups, 1]), [groups, x.shape[1] / groups]), [-1]);
    return groupNorm(x, groups, perChannel(scale), perChannel(bias), { epsilon });
  }),
  RMSNormalization: operator(2, { axis: int(-1), epsilon: float(1e-5), stash_type: only(1) }, (node) => {
    const [x, scale] = [node.input(0), node.input(1)];
    const { axis, epsilon } = node.attributes;
    const axes = lastAxes(x, axis);
    if (axes.length === 1) return rmsNorm(x, scale, { epsilon });
    return mul(mul(x, reciprocal(sqrt(add(mean(square(x), axes, keep), epsilon)))), scale);
  }),
  LpNormalization: operator(1, { axis: int(-1), p: int(2) }, (node) =>
    lpNormalized(node.input(0), node.attributes.axis, node.attributes.p),
  ),
  MeanVarianceNormalization: operator(1, { axes: ints([0, 2, 3]) }, (node) => {
    const x = node.input(0);
    const { axes } = node.attributes;
    const centered = sub(x, mean(x, axes, keep));
    return div(centered, add(sqrt(mean(square(centered), axes, keep)), 1e-9));
  }),
  LRN: operator(1, { size: int(), alpha: float(1e-4), beta: float(0.75), bias: float(1) }, (node) =>
    localResponse(node.input(0), node.attributes.size, node.attributes),
  ),
};
