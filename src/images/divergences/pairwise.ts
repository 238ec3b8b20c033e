/** What the divergences between two clouds of points share. */
import { add, cast, div, equal, logicalNot, maximum, mul, square, sub } from "../../networks/ops/elementwise.js";
import { iota } from "../../networks/ops/indexing.js";
import { matmul } from "../../networks/ops/linear.js";
import { sum } from "../../networks/ops/reductions.js";
import { expandDims, transpose } from "../../networks/ops/shape.js";
import type { Tensor } from "../../networks/tensor.js";
import { showShape } from "../../networks/types.js";

/** A number that tells how far the cloud x [N, D] is from the cloud y [M, D]: a scalar tensor. */
export type Divergence = (x: Tensor, y: Tensor) => Tensor;

/** Throws RangeError unless both are lists of at least `least` points of one width. */
export function requireClouds(where: string, x: Tensor, y: Tensor, least = 1): void {
  const [a, b] = [x.shape, y.shape];
  if (a.length === 2 && b.length === 2 && a[1] === b[1] && a[0] >= least && b[0] >= least) return;
  throw new RangeError(
    `${where}: two clouds [N, D] and [M, D] of at least ${least} points were needed, got ${showShape(a)} and ${showShape(b)}`,
  );
}

/** |x_i - y_j|^2 as |x_i|^2 + |y_j|^2 - 2 x_i . y_j, [N, M]; rounding brings none below 0. */
export function squaredDistances(x: Tensor, y: Tensor): Tensor {
  const squares = add(expandDims(sum(square(x), 1), 1), expandDims(sum(square(y), 1), 0));
  return maximum(sub(squares, mul(2, matmul(x, transpose(y)))), 0);
}

/** 1 for pairs of two points, 0 where a point meets itself: [N, N]. */
export function otherThanSelf(count: number): Tensor {
  const own = iota(count);
  return cast(logicalNot(equal(expandDims(own, 1), expandDims(own, 0))), "float32");
}

/** Mean over all pairs of different points of a matrix [N, N] of them. */
export function meanOfPairs(matrix: Tensor): Tensor {
  const count = matrix.shape[0];
  return div(sum(mul(matrix, otherThanSelf(count))), count * (count - 1));
}
