import { knownOptions, numberOption } from "../../io/options.js";
import { add, div, mul, sqrt, sub } from "../ops/elementwise.js";
import type { Optimizer } from "./optimizer.js";
import { checkRate, type LearningRate } from "./schedules.js";
import { type DecayOptions, decayed, optimizerOf, type Rule, updateOp } from "./update.js";

export interface RmspropOptions extends DecayOptions {
  /** About the size of a step of each parameter; 0.01 by default, useful from about 1e-5 to 1e-2. */
  learningRate?: LearningRate;
  /** Share of the mean squared gradient that is kept from update to update, in [0, 1); 0.99 by default. */
  smoothing?: number;
  /** Added to the root; 1e-8 by default. */
  epsilon?: number;
  /** Share of the last step that is kept, in [0, 1); 0 by default. */
  momentum?: number;
}

type Settings = { smoothing: number; epsilon: number; momentum: number };

const rule: Rule<Settings> = {
  name: "rmspropUpdate",
  kernel: "rmsprop",
  kept: ["square", "momentum"],
  numbers: (_, rate, decay, { smoothing, epsilon, momentum }) => [
    ...[rate, decay, smoothing, 1 - smoothing],
    ...[epsilon, momentum],
  ],
  update: (values, decay, { smoothing, epsilon, momentum }) => {
    const gradient = decayed(values, decay);
    const square = add(mul(smoothing, values.kept[0]), mul(1 - smoothing, mul(gradient, gradient)));
    const buffer = add(mul(momentum, values.kept[1]), div(gradient, add(sqrt(square), epsilon)));
    return [sub(values.parameter, mul(values.rate, buffer)), square, buffer];
  },
};

const op = updateOp(rule);
export const ops = [op];

/**
 * RMSprop (Tieleman and Hinton 2012, lecture 6.5), as in PyTorch:
 *
 *     v <- smoothing v + (1 - smoothing) g^2;   b <- momentum b + g / (sqrt v + epsilon);   p <- p - learningRate b
 */
export function rmsprop(options: RmspropOptions = {}): Optimizer {
  knownOptions("rmsprop", options, ["learningRate", "smoothing", "epsilon", "momentum", "weightDecay", "decays"]);
  const { learningRate = 0.01, smoothing = 0.99, epsilon = 1e-8, momentum = 0, weightDecay = 0, decays } = options;
  checkRate("rmsprop", learningRate);
  numberOption("rmsprop", "smoothing", smoothing, { least: 0, most: 1 });
  numberOption("rmsprop", "epsilon", epsilon, { least: 0 });
  numberOption("rmsprop", "momentum", momentum, { least: 0, most: 1 });
  numberOption("rmsprop", "weightDecay", weightDecay, { least: 0 });
  return optimizerOf("rmsprop", op, rule.kept, { smoothing, epsilon, momentum }, { learningRate, weightDecay, decays });
}
