/** Learning rates that depend on the number of updates. Formulas as in torch.optim.lr_scheduler, a scheduler's step being one update. */
import { integerOption, numberOption } from "../../io/options.js";
import { add, cos, floor, less, minimum, mul, pow, sub, where } from "../ops/elementwise.js";
import { type Operand, type Tensor, tensor } from "../tensor.js";

/** The learning rate after `step` updates, step being a float32 scalar, 0 for the first one; a scalar. */
export type Schedule = (step: Tensor) => Operand;

/** A number stands for the same rate always. */
export type LearningRate = number | Schedule;

/** The rate for `step` as a float32 scalar. */
export function rateAt(where: string, rate: LearningRate, step: Tensor): Tensor {
  if (typeof rate === "number") return tensor(rate);
  const result = tensor(rate(step));
  if (result.dtype === "float32" && result.rank === 0) return result;
  throw new RangeError(`${where}: a schedule must give a float32 scalar, got ${result.dtype}[${result.shape}]`);
}

/** Throws RangeError unless the rate is a schedule or a finite number >= 0. */
export function checkRate(where: string, rate: LearningRate): LearningRate {
  return typeof rate === "function" ? rate : numberOption(where, "learningRate", rate, { least: 0 });
}

const scheduled = (rate: LearningRate, step: Tensor): Operand => (typeof rate === "number" ? rate : rate(step));

/** The same rate always. */
export const constantRate =
  (rate: number): Schedule =>
  () =>
    checkRate("constantRate", rate) as number;

/** Rises linearly over the first `steps` updates, rate (step + 1) / steps, then follows `rate`, which counts all updates. */
export function warmUp(steps: number, rate: LearningRate): Schedule {
  integerOption("warmUp", "steps", steps, 1);
  checkRate("warmUp", rate);
  return (step) => mul(scheduled(rate, step), minimum(mul(add(step, 1), 1 / steps), 1));
}

/** Falls along half a cosine from `rate` to `end` in `steps` updates and stays there (Loshchilov and Hutter 2017, eq. 5). */
export function cosineDecay(rate: number, steps: number, end = 0): Schedule {
  checkRate("cosineDecay", rate);
  integerOption("cosineDecay", "steps", steps, 1);
  numberOption("cosineDecay", "end", end, { least: 0 });
  return (step) => {
    const turn = mul(minimum(step, steps), Math.PI / steps);
    return add(end, mul((rate - end) / 2, add(1, cos(turn))));
  };
}

/** Times `factor` after every `steps` updates. */
export function stepDecay(rate: number, steps: number, factor = 0.1): Schedule {
  checkRate("stepDecay", rate);
  integerOption("stepDecay", "steps", steps, 1);
  numberOption("stepDecay", "factor", factor, { least: 0, exclusive: true });
  return (step) => mul(rate, pow(factor, floor(mul(add(step, 0.5), 1 / steps))));
}

/** Times `factor` after every update. */
export function exponentialDecay(rate: number, factor: number): Schedule {
  checkRate("exponentialDecay", rate);
  numberOption("exponentialDecay", "factor", factor, { least: 0, exclusive: true });
  return (step) => mul(rate, pow(factor, step));
}

/** One schedule for the first `steps` updates, then another, which counts from there. */
export function joinSchedules(first: LearningRate, steps: number, second: LearningRate): Schedule {
  integerOption("joinSchedules", "steps", steps, 1);
  return (step) => {
    const after = sub(step, steps);
    return where(less(step, steps), scheduled(first, step), scheduled(second, after));
  };
}
