import { integerOption, numberOption, wordOption } from "../../io/options.js";
import type { Random } from "../../networks/random.js";
import type { Tensor } from "../../networks/tensor.js";
import type { Target } from "../targets.js";
import { energy } from "./energy.js";
import { mmd } from "./mmd.js";
import { type DivergenceName, divergenceNames } from "./names.js";
import { sinkhorn } from "./sinkhorn.js";
import { slicedWasserstein } from "./sliced.js";

export interface DivergenceOptions {
  /** How the cloud of the codes is compared with the target; "mmd" by default. */
  divergence?: DivergenceName;
  /** Of "sinkhorn": the distance below which the plan is blurred, as a share of the target's usual distance of two points. */
  blur?: number;
  /** Of "sinkhorn": the factor of its annealing, in .1 .. .95; .5 by default. */
  scaling?: number;
  /** Of "sliced": directions a step; 50 by default, a few times the dimensions. */
  projections?: number;
}

/** A divergence of codes [N, D] from as many points of a target. */
export interface ChosenDivergence {
  /** The options that it took, with defaults. */
  recorded: object;
  of(codes: Tensor, points: Tensor, random: Random): Tensor;
}

const own: Record<DivergenceName, readonly string[]> = {
  ...{ mmd: [], sinkhorn: ["blur", "scaling"], sliced: ["projections"], energy: [] },
};

/** Checks the options of a divergence. Throws RangeError where one is out of range, or belongs to another divergence. */
export function divergenceOf(where: string, options: DivergenceOptions, target: Target): ChosenDivergence {
  const name = wordOption(where, "divergence", options.divergence ?? "mmd", divergenceNames);
  for (const [other, names] of Object.entries(own))
    for (const option of names) {
      const given = options[option as keyof DivergenceOptions] !== undefined;
      if (given && other !== name)
        throw new RangeError(`${where}: ${option} is of ${other}, the divergence is ${name}`);
    }
  const distance = Math.sqrt(target.distance2);
  switch (name) {
    case "mmd":
      return { recorded: { divergence: name }, of: (x, y) => mmd(x, y, target.distance2) };
    case "energy":
      return { recorded: { divergence: name }, of: energy };
    case "sliced": {
      const projections = integerOption(where, "projections", options.projections ?? 50, 1, 100_000);
      return {
        recorded: { divergence: name, projections },
        of: (x, y, random) => slicedWasserstein(x, y, random.normal([projections, target.dimensions])),
      };
    }
    case "sinkhorn": {
      const blur = numberOption(where, "blur", options.blur ?? 0.05, { least: 0.001, most: 10 });
      const scaling = numberOption(where, "scaling", options.scaling ?? 0.5, { least: 0.1, most: 0.95 });
      const settings = { blur: blur * distance, scaling, diameter: 2 * distance };
      return { recorded: { divergence: name, blur, scaling }, of: (x, y) => sinkhorn(x, y, settings) };
    }
  }
}
