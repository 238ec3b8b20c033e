import { knownOptions } from "../../io/options.js";
import { zeros } from "../array.js";
import { add, mul, neg } from "../ops/elementwise.js";
import { type Operand, type Tensor, tensor } from "../tensor.js";
import { unflatten } from "../tree.js";
import type { Optimizer } from "./optimizer.js";
import { checkRate, type LearningRate } from "./schedules.js";
import { floats, matching, rateFor } from "./update.js";

/** A space in which a parameter lives, such as the sphere or the Poincaré ball; its points are rows or whole arrays, as it likes. */
export interface Manifold {
  /** The Riemannian gradient at a point: the Euclidean one by the inverse metric, projected to the tangent space. */
  gradient(point: Tensor, euclidean: Tensor): Tensor;
  /** The point that a tangent vector leads to, by the exponential map or a retraction, which agrees to first order. */
  retract(point: Tensor, tangent: Tensor): Tensor;
}

export interface RiemannianSgdOptions {
  /** Length of the way along the negative Riemannian gradient, relative to its norm. */
  learningRate: LearningRate;
  /** The manifold of the parameter at a path, such as `points`; null for the flat one. */
  manifold: (path: string) => Manifold | null;
}

/** Riemannian stochastic gradient descent (Bonnabel 2013, eq. 2): p <- retract_p(-learningRate gradient_p). */
export function riemannianSgd(options: RiemannianSgdOptions): Optimizer {
  knownOptions("riemannianSgd", options, ["learningRate", "manifold"]);
  const { learningRate, manifold } = options;
  checkRate("riemannianSgd", learningRate);
  return {
    init: () => ({ steps: zeros([], "int32") }),
    update: (gradients, state, params) => {
      const own = floats("riemannianSgd", params);
      const given = matching("riemannianSgd", "gradients", gradients, own);
      const steps = tensor(state.steps as Operand, "int32");
      const back = neg(rateFor("riemannianSgd", learningRate, steps));
      const moved = own.leaves.map((leaf, k) => {
        const [point, euclidean] = [tensor(leaf), tensor(given[k])];
        const space = manifold(own.paths[k]);
        if (space === null) return add(point, mul(back, euclidean));
        return space.retract(point, mul(back, space.gradient(point, euclidean)));
      });
      return { params: unflatten(own.structure, moved) as typeof params, state: { steps: add(steps, 1) } };
    },
  };
}
