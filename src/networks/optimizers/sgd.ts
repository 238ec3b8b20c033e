import { booleanOption, knownOptions, numberOption } from "../../io/options.js";
import { add, mul, sub } from "../ops/elementwise.js";
import type { Optimizer } from "./optimizer.js";
import { checkRate, type LearningRate } from "./schedules.js";
import { type DecayOptions, decayed, optimizerOf, type Rule, updateOp } from "./update.js";

export interface SgdOptions extends DecayOptions {
  /** Step along the negative gradient; useful from about 1e-3 to 1. */
  learningRate: LearningRate;
  /** Share of the last step that is kept, in [0, 1); 0 by default, usually 0.9. */
  momentum?: number;
  /** Looks ahead along the momentum; false by default. */
  nesterov?: boolean;
}

const plainRule: Rule<Record<string, never>> = {
  name: "sgdUpdate",
  kernel: "plainSgd",
  kept: [],
  numbers: (_, rate, decay) => [rate, decay],
  update: (values, decay) => [sub(values.parameter, mul(values.rate, decayed(values, decay)))],
};

type Momentum = { momentum: number; nesterov: boolean };

const momentumRule: Rule<Momentum> = {
  name: "momentumUpdate",
  kernel: "sgd",
  kept: ["momentum"],
  numbers: (_, rate, decay, { momentum, nesterov }) => [rate, decay, momentum, Number(nesterov)],
  update: (values, decay, { momentum, nesterov }) => {
    const gradient = decayed(values, decay);
    const buffer = add(mul(momentum, values.kept[0]), gradient);
    const direction = nesterov ? add(gradient, mul(momentum, buffer)) : buffer;
    return [sub(values.parameter, mul(values.rate, direction)), buffer];
  },
};

const plainOp = updateOp(plainRule);
const momentumOp = updateOp(momentumRule);
export const ops = [plainOp, momentumOp];

/**
 * Stochastic gradient descent, with momentum (Polyak 1964) or Nesterov's (Sutskever et al. 2013, in PyTorch's form):
 *
 *     b <- momentum b + g;   p <- p - learningRate b,   Nesterov: p <- p - learningRate (g + momentum b)
 */
export function sgd(options: SgdOptions): Optimizer {
  knownOptions("sgd", options, ["learningRate", "momentum", "nesterov", "weightDecay", "decays"]);
  const { learningRate, momentum = 0, nesterov = false, weightDecay = 0, decays } = options;
  checkRate("sgd", learningRate);
  numberOption("sgd", "weightDecay", weightDecay, { least: 0 });
  numberOption("sgd", "momentum", momentum, { least: 0, most: 1 });
  booleanOption("sgd", "nesterov", nesterov);
  if (nesterov && momentum === 0) throw new RangeError("sgd: nesterov needs a momentum above 0, got 0");
  const common = { learningRate, weightDecay, decays };
  if (momentum === 0) return optimizerOf("sgd", plainOp, plainRule.kept, {}, common);
  return optimizerOf("sgd", momentumOp, momentumRule.kept, { momentum, nesterov }, common);
}
