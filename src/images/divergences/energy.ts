import { add, maximum, mul, sqrt, sub } from "../../networks/ops/elementwise.js";
import { mean } from "../../networks/ops/reductions.js";
import type { Tensor } from "../../networks/tensor.js";
import { meanOfPairs, requireClouds, squaredDistances } from "./pairwise.js";

/** Squared distance below which two points count as this far apart, since a distance has no gradient at 0. */
const least = 1e-12;

/**
 * Energy distance (Szekely and Rizzo 2013, "Energy statistics: a class of statistics based on distances", eq. 2.1):
 *
 *   2 mean |x - y| - mean |x - x'| - mean |y - y'|,
 *
 * in units of distance, over pairs of different points in the last two means, so that it is unbiased, and may be below 0 where
 * the clouds are alike. Throws RangeError for fewer than two points.
 */
export function energy(x: Tensor, y: Tensor): Tensor {
  requireClouds("energy", x, y, 2);
  const distances = (a: Tensor, b: Tensor) => sqrt(maximum(squaredDistances(a, b), least));
  const within = add(meanOfPairs(distances(x, x)), meanOfPairs(distances(y, y)));
  return sub(mul(2, mean(distances(x, y))), within);
}
