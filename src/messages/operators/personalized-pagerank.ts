import { integerOption, knownOptions, numberOption } from "../../io/options.js";
import { log } from "../../numerics/elementary.js";
import type { Product } from "../spmm.js";
import type { Operator } from "./operator.js";
import type { Propagation } from "./propagation.js";

export interface PersonalizedPageRankOptions {
  /** The probability a of a jump back; .1 by default, useful from .05 to .3. */
  teleport?: number;
  /** Steps K of the power iteration; 10 by default. */
  steps?: number;
  /** Instead of `steps`: as many as bring the sum of the terms left out below this share, so that the limit is met. */
  tolerance?: number;
}

/**
 * Personal PageRank of every column at once (Gasteiger et al. 2019, https://arxiv.org/abs/1810.05997, eq. 4), APPNP:
 *
 *   Z_0 = X,  Z_k = (1 - a) S Z_k-1 + a X,    response at eigenvalue s:  ((1 - a) s)^K + a sum_k<K ((1 - a) s)^k
 *
 * With `tolerance` its limit, PPNP (eq. 3): a (I - (1 - a) S)^-1 X, response a / (1 - (1 - a) s).
 */
export function personalizedPageRank(operator: Operator, options: PersonalizedPageRankOptions = {}): Propagation {
  knownOptions("personalizedPageRank", options, ["teleport", "steps", "tolerance"]);
  const { teleport = 0.1, tolerance } = options;
  numberOption("personalizedPageRank", "teleport", teleport, { least: 0, most: 1, exclusive: true });
  if (tolerance !== undefined) {
    if (options.steps !== undefined) {
      throw new RangeError("personalizedPageRank: steps or tolerance was needed, got both");
    }
    numberOption("personalizedPageRank", "tolerance", tolerance, { least: 0, most: 1, exclusive: true });
  }
  const steps = tolerance === undefined ? (options.steps ?? 10) : stepsUntil(tolerance, teleport);
  integerOption("personalizedPageRank", "steps", steps, 1);
  return {
    operator,
    workTables: steps === 1 ? 0 : 1,
    plan: (x, y, [other]) => planSteps(steps, teleport, { x, y, other }),
    transpose: async () => personalizedPageRank(await operator.transpose(), { teleport, steps }),
  };
}

/** The tables take turns so that the last step leaves its image in y. */
function planSteps(steps: number, teleport: number, { x, y, other }: { x: number; y: number; other: number }) {
  const products: Product[] = [];
  for (let k = 1; k <= steps; k++) {
    const [from, to] = (steps - k) % 2 === 0 ? [other, y] : [y, other];
    products.push({ x: k === 1 ? x : from, y: to, scale: 1 - teleport, plus: [{ at: x, times: teleport }] });
  }
  return products;
}

/** The smallest K with (1 - a)^K <= tolerance. */
function stepsUntil(tolerance: number, teleport: number): number {
  return teleport === 1 ? 1 : Math.max(1, Math.ceil(log(tolerance) / log(1 - teleport)));
}
