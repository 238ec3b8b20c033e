/** Where a training stands, and what the validation of an epoch means for it. */
import { DivergedError } from "../../io/errors.js";
import { type Best, improves } from "./early-stopping.js";
import type { EpochReport, TrainSettings } from "./options.js";

/** Where a run stands between two steps; what a checkpoint holds besides the arrays. */
export interface Position {
  /** Epochs that are done. */
  epoch: number;
  /** Batches of the next epoch that are done. */
  batch: number;
  steps: number;
  /** Sums over the items of this epoch so far. */
  sums: Record<string, number>;
  items: number;
  history: EpochReport[];
  best: Best | null;
  /** From which on patience counts. */
  reference: Best | null;
  ended: boolean;
}

export function startPosition(): Position {
  const counts = { epoch: 0, batch: 0, steps: 0, items: 0 };
  return { ...counts, sums: {}, history: [], best: null, reference: null, ended: false };
}

/** The mean of what was summed over items, by name. */
export function means(sums: Readonly<Record<string, number>>, items: number): Record<string, number> {
  return Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / items]));
}

/**
 * Notes in the position whether the epoch that has just been counted was the best one, which it returns, and whether it was
 * the last.
 */
export function judgeEpoch(
  position: Position,
  validation: Readonly<Record<string, number>>,
  { metric, goal, earlyStopping }: Pick<TrainSettings, "metric" | "goal" | "earlyStopping">,
): boolean {
  const value = validation[metric];
  if (!Number.isFinite(value)) {
    throw new DivergedError(`train: the validation's ${metric} is ${value} after epoch ${position.epoch}`);
  }
  const now = { epoch: position.epoch, value };
  const isBest = improves(value, position.best, goal, 0);
  if (isBest) position.best = now;
  if (earlyStopping === undefined) return isBest;
  if (improves(value, position.reference, goal, earlyStopping.minDelta)) position.reference = now;
  else if (position.epoch - (position.reference?.epoch ?? 0) >= earlyStopping.patience) position.ended = true;
  return isBest;
}
