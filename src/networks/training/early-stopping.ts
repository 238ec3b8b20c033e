import { integerOption, knownOptions, numberOption } from "../../io/options.js";

export interface EarlyStoppingOptions {
  /** Epochs without improvement after which training ends; useful from about 5 to 50. */
  patience: number;
  /** An improvement is better than the best by more than this, in the unit of the metric. Default 0. */
  minDelta?: number;
}

/** The best epoch so far; what a resumed run goes on from. */
export interface Best {
  epoch: number;
  value: number;
}

export function checkEarlyStopping(where: string, options: EarlyStoppingOptions): Required<EarlyStoppingOptions> {
  knownOptions(`${where}: earlyStopping`, options, ["patience", "minDelta"]);
  return {
    patience: integerOption(where, "earlyStopping.patience", options.patience, 1),
    minDelta: numberOption(where, "earlyStopping.minDelta", options.minDelta ?? 0, { least: 0 }),
  };
}

/** Whether `value` is better than the best one by more than `minDelta`. The first value always is. */
export function improves(value: number, best: Best | null, goal: "min" | "max", minDelta: number): boolean {
  if (best === null) return true;
  return goal === "min" ? value < best.value - minDelta : value > best.value + minDelta;
}
