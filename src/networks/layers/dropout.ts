import { numberOption } from "../../numerics/options.js";
import { mul } from "../ops/elementwise.js";
import { type Operand, type Tensor, tensor } from "../tensor.js";
import type { Shape } from "../types.js";

/** What draws masks: 1 / keep with probability `keep`, else 0, as `Random` does. */
export interface MaskSource {
  bernoulli(shape: Shape, keep: number): Tensor;
}

/** How much is dropped, and by what. Left out where a network is used, not trained. */
export interface DropoutOptions {
  /** Share of the elements that become 0; the others grow so that the mean stays. Usually 0.1 to 0.5. */
  rate: number;
  random: MaskSource;
}

/** Dropout (Srivastava et al. 2014) of x; x itself without options or where the rate is 0. */
export function dropout(x: Operand, options?: DropoutOptions): Tensor {
  const operand = tensor(x);
  if (options === undefined) return operand;
  const { rate, random } = options;
  numberOption("dropout", "rate", rate, { least: 0, most: 1 });
  if (rate === 1) throw new RangeError("dropout: rate must be below 1, got 1");
  return rate === 0 ? operand : mul(operand, random.bernoulli(operand.shape, 1 - rate));
}
