/** Limits on gradients, before an optimizer sees them. */
import { knownOptions, numberOption } from "../../io/options.js";
import { add, clip, div, minimum, mul, sqrt } from "../ops/elementwise.js";
import { sum } from "../ops/reductions.js";
import type { Tensor } from "../tensor.js";
import { unflatten } from "../tree.js";
import type { Optimizer } from "./optimizer.js";
import { floats } from "./update.js";

/** The Euclidean norm of all gradients as one vector; a scalar. */
export function globalNorm(gradients: unknown): Tensor {
  const squares = floats("globalNorm", gradients).leaves.map((leaf) => sum(mul(leaf, leaf)));
  return sqrt(squares.reduce((total, square) => add(total, square)));
}

/** The gradients scaled down together where their norm exceeds `most`: times min(1, most / (norm + 1e-6)), as in PyTorch. */
export function clipByGlobalNorm<G>(gradients: G, most: number): G {
  numberOption("clipByGlobalNorm", "most", most, { least: 0, exclusive: true });
  const { leaves, structure } = floats("clipByGlobalNorm", gradients);
  const factor = minimum(div(most, add(globalNorm(gradients), 1e-6)), 1);
  return unflatten(
    structure,
    leaves.map((leaf) => mul(leaf, factor)),
  ) as G;
}

/** Each element limited to [-most, most]. */
export function clipByValue<G>(gradients: G, most: number): G {
  numberOption("clipByValue", "most", most, { least: 0, exclusive: true });
  const { leaves, structure } = floats("clipByValue", gradients);
  return unflatten(
    structure,
    leaves.map((leaf) => clip(leaf, -most, most)),
  ) as G;
}

export interface ClippingOptions {
  /** Most of the norm of all gradients together; often 1. */
  norm?: number;
  /** Most of the size of an element. */
  value?: number;
}

/** An optimizer whose gradients are limited first, by value and then by norm where both are given. */
export function clipped(optimizer: Optimizer, options: ClippingOptions): Optimizer {
  knownOptions("clipped", options, ["norm", "value"]);
  const { norm, value } = options;
  if (norm === undefined && value === undefined) throw new RangeError("clipped: norm or value was needed, got neither");
  for (const [name, most] of Object.entries({ norm, value })) {
    if (most !== undefined) numberOption("clipped", name, most, { least: 0, exclusive: true });
  }
  return {
    init: optimizer.init,
    update: (gradients, state, params) => {
      const small = value === undefined ? gradients : clipByValue(gradients, value);
      const short = norm === undefined ? small : clipByGlobalNorm(small, norm);
      return optimizer.update(short, state, params);
    },
  };
}
