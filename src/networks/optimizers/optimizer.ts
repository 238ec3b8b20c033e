import type { NdArray } from "../array.js";
import type { Operand } from "../tensor.js";
import type { Tree } from "../tree.js";

/**
 * A pair of pure functions over trees of parameters (plain nested objects and arrays of float32):
 *
 *     const optimizer = adam({ learningRate: 1e-3 });
 *     const step = compileStep(
 *       ({ params, moments }, x) => {
 *         const { value, grad } = valueAndGrad(loss)(params, x);
 *         const next = optimizer.update(grad, moments, params);
 *         return [{ params: next.params, moments: next.state }, value];
 *       },
 *       { params: initial, moments: optimizer.init(initial) },
 *     );
 */
export interface Optimizer {
  /** What the method keeps, before the first update; `params` may be arrays or tensors. */
  init(params: unknown): OptimizerState<NdArray>;
  /** One update, in a traced function. `gradients` has the structure and shapes of `params`. */
  update<P>(gradients: P, state: OptimizerState, params: P): { params: P; state: OptimizerState };
}

/** What an optimizer keeps from update to update: the number of updates and trees beside the parameters, by name. */
export interface OptimizerState<T = Operand> {
  readonly [name: string]: Tree<T>;
}
