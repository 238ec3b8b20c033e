import { knownOptions, numberOption } from "../../io/options.js";
import { add, div, mul, sqrt, sub } from "../ops/elementwise.js";
import type { Optimizer } from "./optimizer.js";
import { checkRate, type LearningRate } from "./schedules.js";
import { type DecayOptions, decayed, optimizerOf, type Rule, updateOp } from "./update.js";

export interface AdagradOptions extends DecayOptions {
  /** First step of each parameter; 0.01 by default, useful from about 1e-3 to 0.5. */
  learningRate?: LearningRate;
  /** Added to the root; 1e-10 by default. */
  epsilon?: number;
}

type Settings = { epsilon: number };

const rule: Rule<Settings> = {
  name: "adagradUpdate",
  kernel: "adagrad",
  kept: ["squares"],
  numbers: (_, rate, decay, { epsilon }) => [rate, decay, epsilon],
  update: (values, decay, { epsilon }) => {
    const gradient = decayed(values, decay);
    const squares = add(values.kept[0], mul(gradient, gradient));
    const step = div(gradient, add(sqrt(squares), epsilon));
    return [sub(values.parameter, mul(values.rate, step)), squares];
  },
};

const op = updateOp(rule);
export const ops = [op];

/** Adagrad (Duchi, Hazan and Singer 2011), as in PyTorch: s <- s + g^2;  p <- p - learningRate g / (sqrt s + epsilon). */
export function adagrad(options: AdagradOptions = {}): Optimizer {
  knownOptions("adagrad", options, ["learningRate", "epsilon", "weightDecay", "decays"]);
  const { learningRate = 0.01, epsilon = 1e-10, weightDecay = 0, decays } = options;
  checkRate("adagrad", learningRate);
  numberOption("adagrad", "epsilon", epsilon, { least: 0 });
  numberOption("adagrad", "weightDecay", weightDecay, { least: 0 });
  return optimizerOf("adagrad", op, rule.kept, { epsilon }, { learningRate, weightDecay, decays });
}
