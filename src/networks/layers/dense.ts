import { integerOption } from "../../numerics/options.js";
import type { Rng } from "../../numerics/random.js";
import type { NdArray } from "../array.js";
import { add } from "../ops/elementwise.js";
import { matmul } from "../ops/linear.js";
import type { Operand, Tensor } from "../tensor.js";
import { glorotUniform, type Initializer, zeroInitializer } from "./initializers.js";

/** Parameters of y = x weights + bias. */
export interface DenseParams<T = Tensor> {
  /** [inputs, outputs]. */
  weights: T;
  /** [outputs]; left out for a layer without. */
  bias?: T;
}

export interface DenseOptions {
  inputs: number;
  outputs: number;
  /** Whether there is a bias, which begins with zeros; true by default. */
  bias?: boolean;
  /** What the weights begin with: `glorotUniform` by default; `heNormal` where ReLU follows. */
  initializer?: Initializer;
}

export function initDense(
  rng: Rng,
  { inputs, outputs, bias = true, initializer = glorotUniform }: DenseOptions,
): DenseParams<NdArray> {
  const shape = [integerOption("initDense", "inputs", inputs, 1), integerOption("initDense", "outputs", outputs, 1)];
  const weights = initializer(rng, shape);
  return bias ? { weights, bias: zeroInitializer(rng, [outputs]) } : { weights };
}

/** x weights + bias: [..., inputs] -> [..., outputs]. */
export function applyDense({ weights, bias }: DenseParams<Operand>, x: Operand): Tensor {
  const product = matmul(x, weights);
  return bias === undefined ? product : add(product, bias);
}
