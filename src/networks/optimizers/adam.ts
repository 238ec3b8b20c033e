import { knownOptions, numberOption } from "../../io/options.js";
import { pow } from "../../numerics/elementary.js";
import { add, div, mul, sqrt, sub } from "../ops/elementwise.js";
import type { Optimizer } from "./optimizer.js";
import { checkRate, type LearningRate } from "./schedules.js";
import { type DecayOptions, decayed, oneMinusPower, optimizerOf, type Rule, updateOp } from "./update.js";

export interface AdamOptions extends DecayOptions {
  /** About the size of a step of each parameter; 1e-3 by default, useful from about 1e-5 to 1e-2. */
  learningRate?: LearningRate;
  /** Share of the mean gradient that is kept from update to update, in [0, 1); 0.9 by default. */
  beta1?: number;
  /** Share of the mean squared gradient that is kept, in [0, 1); 0.999 by default. */
  beta2?: number;
  /** Added to the root; 1e-8 by default. */
  epsilon?: number;
}

type Settings = { beta1: number; beta2: number; epsilon: number; decoupled: boolean };

const rule: Rule<Settings> = {
  name: "adamUpdate",
  kernel: "adam",
  kept: ["mean", "square"],
  numbers: (t, rate, decay, { beta1, beta2, epsilon, decoupled }) => [
    rate / (1 - pow(beta1, t)),
    decoupled ? 0 : decay,
    decoupled ? 1 - rate * decay : 1,
    1 - beta1,
    beta2,
    1 - beta2,
    1 / Math.sqrt(1 - pow(beta2, t)),
    epsilon,
  ],
  update: (values, decay, { beta1, beta2, epsilon, decoupled }) => {
    const { parameter, rate, t, kept } = values;
    const gradient = decoupled ? values.gradient : decayed(values, decay);
    const mean = add(kept[0], mul(1 - beta1, sub(gradient, kept[0])));
    const square = add(mul(beta2, kept[1]), mul(1 - beta2, mul(gradient, gradient)));
    const root = add(div(sqrt(square), sqrt(oneMinusPower(beta2, t))), epsilon);
    const step = mul(div(rate, oneMinusPower(beta1, t)), div(mean, root));
    const shrunk = decoupled && decay !== 0 ? mul(parameter, sub(1, mul(rate, decay))) : parameter;
    return [sub(shrunk, step), mean, square];
  },
};

const op = updateOp(rule);
export const ops = [op];

function make(where: string, options: AdamOptions, decoupled: boolean, defaultDecay: number): Optimizer {
  knownOptions(where, options, ["learningRate", "beta1", "beta2", "epsilon", "weightDecay", "decays"]);
  const { learningRate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, decays } = options;
  const { weightDecay = defaultDecay } = options;
  checkRate(where, learningRate);
  for (const [name, beta] of Object.entries({ beta1, beta2 })) {
    numberOption(where, name, beta, { least: 0, most: 1 - 2 ** -24 });
  }
  numberOption(where, "epsilon", epsilon, { least: 0 });
  numberOption(where, "weightDecay", weightDecay, { least: 0 });
  const settings = { beta1, beta2, epsilon, decoupled };
  return optimizerOf(where, op, rule.kept, settings, { learningRate, weightDecay, decays });
}

/**
 * Adam (Kingma and Ba 2015, algorithm 1), as in PyTorch:
 *
 *     m <- beta1 m + (1 - beta1) g      v <- beta2 v + (1 - beta2) g^2
 *     p <- p - learningRate (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
 */
export function adam(options: AdamOptions = {}): Optimizer {
  return make("adam", options, false, 0);
}

/**
 * Adam whose weight decay does not pass through the moments (Loshchilov and Hutter 2019, algorithm 2), as in PyTorch:
 * p <- (1 - learningRate weightDecay) p before Adam's step; weightDecay is 0.01 by default.
 */
export function adamW(options: AdamOptions = {}): Optimizer {
  return make("adamW", options, true, 0.01);
}
