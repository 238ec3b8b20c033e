import { div, sqrt, square, sub } from "../../networks/ops/elementwise.js";
import { sort } from "../../networks/ops/indexing.js";
import { matmul } from "../../networks/ops/linear.js";
import { mean, sum } from "../../networks/ops/reductions.js";
import { transpose } from "../../networks/ops/shape.js";
import type { Tensor } from "../../networks/tensor.js";
import { showShape } from "../../networks/types.js";
import { requireClouds } from "./pairwise.js";

/**
 * Squared sliced Wasserstein distance (Bonneel, Rabin, Peyre and Pfister 2015, "Sliced and Radon Wasserstein barycenters of
 * measures"; for codes Kolouri, Pope, Martin and Rohde 2018, https://arxiv.org/abs/1804.01947, eq. 14):
 *
 *   mean over directions t of   mean over ranks n of (a_n - b_n)^2,
 *
 * where a and b are the projections t . x and t . y in rising order. `directions` [L, D] need not have length 1; drawn from a
 * normal distribution they are uniform over the sphere once they have. Throws RangeError unless x and y have equally many points.
 */
export function slicedWasserstein(x: Tensor, y: Tensor, directions: Tensor): Tensor {
  const where = "slicedWasserstein";
  requireClouds(where, x, y);
  requireClouds(where, x, directions);
  if (x.shape[0] !== y.shape[0]) {
    const got = `${showShape(x.shape)} and ${showShape(y.shape)}`;
    throw new RangeError(`${where}: clouds of equally many points were needed, got ${got}`);
  }
  const unit = div(directions, sqrt(sum(square(directions), 1, { keepDims: true })));
  const projected = (points: Tensor) => sort(matmul(unit, transpose(points))).values; // [L, N]
  return mean(square(sub(projected(x), projected(y))));
}
