import { knownOptions, numberOption } from "../../io/options.js";
import { zeros } from "../array.js";
import { add, mul, sub } from "../ops/elementwise.js";
import { applyAll, type Operand, tensor } from "../tensor.js";
import { unflatten } from "../tree.js";
import type { Optimizer, OptimizerState } from "./optimizer.js";
import { floats, matching, type Rule, updateOp } from "./update.js";

const rule: Rule<Record<string, never>> = {
  name: "averageUpdate",
  kernel: "average",
  kept: [],
  numbers: (_, rate) => [rate],
  update: ({ parameter, gradient, rate }) => [add(parameter, mul(rate, sub(gradient, parameter)))],
};

const op = updateOp(rule);
export const ops = [op];

/** The exponential moving average of a tree of tensors: average + (1 - decay) (values - average), for each leaf. */
export function movingAverage<P>(average: P, values: P, decay: number): P {
  numberOption("movingAverage", "decay", decay, { least: 0, most: 1 });
  const own = floats("movingAverage", average);
  const others = matching("movingAverage", "values", values, own);
  const inputs: Operand[] = [tensor(1 - decay), zeros([], "int32"), ...own.leaves, ...others];
  const outputs = applyAll(op, inputs, { decays: own.leaves.map(() => 0), settings: {} });
  return unflatten(own.structure, outputs.slice(1)) as P;
}

/**
 * An optimizer that keeps an exponential moving average of the parameters beside them, often better on new data (Polyak
 * and Juditsky 1992): `averageOf(state)`. It begins with the first parameters, as torch.optim.swa_utils.AveragedModel.
 */
export function averaged(optimizer: Optimizer, options: { decay: number }): Optimizer {
  knownOptions("averaged", options, ["decay"]);
  const { decay } = options;
  numberOption("averaged", "decay", decay, { least: 0, most: 1 });
  return {
    init: (params) => {
      const { leaves, structure } = floats("averaged", params);
      return { optimizer: optimizer.init(params), average: unflatten(structure, leaves) } as ReturnType<
        Optimizer["init"]
      >;
    },
    update: (gradients, state, params) => {
      const next = optimizer.update(gradients, state.optimizer as OptimizerState, params);
      const average = movingAverage(state.average as typeof params, next.params, decay);
      return { params: next.params, state: { optimizer: next.state, average } as OptimizerState };
    },
  };
}

/** The averaged parameters in the state of an `averaged` optimizer. */
export function averageOf<P>(state: Readonly<Record<string, unknown>>): P {
  if (state.average === undefined) throw new RangeError("averageOf: the state of an averaged optimizer was needed");
  return state.average as P;
}
