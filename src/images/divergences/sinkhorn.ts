import { add, maximum, mul, sqrt, stopGradient, sub } from "../../networks/ops/elementwise.js";
import { logSumExp, mean } from "../../networks/ops/reductions.js";
import { expandDims, transpose } from "../../networks/ops/shape.js";
import type { Tensor } from "../../networks/tensor.js";
import { log as logOf, pow } from "../../numerics/elementary.js";
import { requireClouds, squaredDistances } from "./pairwise.js";

export interface SinkhornOptions {
  /** Power p of the distance in the cost |x - y|^p / p: 2 (default) or 1. */
  p?: 1 | 2;
  /** Distance below which the plan is blurred; the temperature e is blur^p. Default .05. */
  blur?: number;
  /** Factor by which the blur falls in a step of the annealing, from `diameter`; .5 by default, up to .9 for exact potentials. */
  scaling?: number;
  /** Updates at the last temperature; 1 by default, more bring the potentials nearer to their fixed point. */
  last?: number;
  /** About the largest distance of two points, with which the annealing begins. */
  diameter: number;
}

/**
 * Sinkhorn divergence (Genevay, Peyre and Cuturi 2018, https://arxiv.org/abs/1706.00292; Feydy et al. 2019,
 * https://arxiv.org/abs/1810.08278, eq. 3): OT_e(x, y) - OT_e(x, x) / 2 - OT_e(y, y) / 2 of clouds of equal weights, with
 *
 *   OT_e(x, y) = mean f + mean g,   f_i = - e ln mean_j exp((g_j - c(x_i, y_j)) / e),   g_j = - e ln mean_i exp((f_i - c) / e).
 *
 * The potentials come from averaged updates (f + T g) / 2 in the logarithmic domain, while e falls from diameter^p to blur^p,
 * and from a last update without averaging. No gradient passes through their iterations: at the fixed point the derivative of
 * OT_e by the points is that of the last update alone, with the potentials within it held (envelope theorem; Feydy et al.,
 * section 3.2). Where e has fallen fast the potentials are not at their fixed point, and value and gradient are as near as they.
 */
export function sinkhorn(x: Tensor, y: Tensor, options: SinkhornOptions): Tensor {
  requireClouds("sinkhorn", x, y);
  const { p = 2 } = options;
  const temperatures = annealed(options);
  const [still, steady] = [stopGradient(x), stopGradient(y)];
  const [xy, xx, yy] = [cost(still, steady, p), cost(still, still, p), cost(steady, steady, p)];
  const yx = transpose(xy);
  const first = temperatures[0];
  let f = softMinimum(xy, null, first); // of x, from y
  let g = softMinimum(yx, null, first); // of y, from x
  let own = softMinimum(xx, null, first); // of x, from x
  let other = softMinimum(yy, null, first); // of y, from y
  for (const e of temperatures) {
    const [newF, newG] = [softMinimum(xy, g, e), softMinimum(yx, f, e)];
    f = halfway(f, newF);
    g = halfway(g, newG);
    own = halfway(own, softMinimum(xx, own, e));
    other = halfway(other, softMinimum(yy, other, e));
  }
  const last = temperatures[temperatures.length - 1];
  const ofX = sub(softMinimum(cost(x, steady, p), g, last), softMinimum(cost(x, still, p), own, last));
  const ofY = sub(softMinimum(cost(y, still, p), f, last), softMinimum(cost(y, steady, p), other, last));
  return add(mean(ofX), mean(ofY));
}

/** Temperatures from diameter^p to blur^p, each but the last `scaling`^p of the one before. */
function annealed({ p = 2, blur = 0.05, scaling = 0.5, last = 1, diameter }: SinkhornOptions): number[] {
  const steps = Math.max(0, Math.ceil(logOf(diameter / blur) / -logOf(scaling)));
  const blurs = Array.from({ length: steps }, (_, k) => diameter * pow(scaling, k));
  return [...blurs, ...new Array<number>(last).fill(blur)].map((width) => (p === 2 ? width * width : width));
}

/** Cost [N, M]. */
function cost(a: Tensor, b: Tensor, p: 1 | 2): Tensor {
  const squares = squaredDistances(a, b);
  return p === 2 ? mul(0.5, squares) : sqrt(maximum(squares, 1e-12)); // a distance has no gradient at 0
}

/** - e ln mean_j exp((h_j - c_ij) / e), [N], where h is 0 if it is null. */
function softMinimum(costs: Tensor, h: Tensor | null, e: number): Tensor {
  const scores = mul(h === null ? sub(0, costs) : sub(expandDims(h, 0), costs), 1 / e);
  return mul(-e, sub(logSumExp(scores, 1), logOf(costs.shape[1])));
}

function halfway(a: Tensor, b: Tensor): Tensor {
  return mul(0.5, add(a, b));
}
