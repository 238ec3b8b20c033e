import { integerOption } from "../numerics/options.js";

/** How two clouds cover each other. */
export interface PrecisionRecall {
  /** Share of the made points that lie where there are real ones. */
  precision: number;
  /** Share of the real points that lie where there are made ones. */
  recall: number;
}

/**
 * Improved precision and recall (Kynkaanniemi et al. 2019, "Improved precision and recall metric for assessing generative models",
 * equation 1): a point lies where a cloud is if it is in the ball of one of the cloud's points, which reaches to that point's k-th
 * nearest in its own cloud. `real` and `made` are [N, D] and [M, D]. With real points of both kinds the figures are below 1, near
 * .9 for k = 3: compare with that. Throws RangeError where a cloud has k points or fewer.
 */
export function precisionRecall(
  real: Float32Array,
  made: Float32Array,
  dimensions: number,
  { k = 3 }: { k?: number } = {},
): PrecisionRecall {
  integerOption("precisionRecall", "k", k, 1);
  for (const [name, rows] of Object.entries({ real, made })) {
    const count = rows.length / dimensions;
    if (!Number.isInteger(count) || count <= k) {
      const needed = `more than k = ${k} points of ${dimensions} numbers`;
      throw new RangeError(`precisionRecall: ${needed} were needed, ${name} has ${rows.length} numbers`);
    }
  }
  return {
    precision: shareWithin(made, real, dimensions, radii(real, dimensions, k)),
    recall: shareWithin(real, made, dimensions, radii(made, dimensions, k)),
  };
}

function squaredDistance(a: Float32Array, i: number, b: Float32Array, j: number, dimensions: number): number {
  let squares = 0;
  for (let d = 0; d < dimensions; d++) {
    const difference = a[i * dimensions + d] - b[j * dimensions + d];
    squares += difference * difference;
  }
  return squares;
}

/** Squared distance of each point to its k-th nearest other one. */
function radii(points: Float32Array, dimensions: number, k: number): Float64Array {
  const count = points.length / dimensions;
  const nearest = new Float64Array(count * k).fill(Number.POSITIVE_INFINITY); // ascending for each point
  const offer = (i: number, value: number) => {
    if (value >= nearest[i * k + k - 1]) return;
    let at = i * k + k - 1;
    for (; at > i * k && nearest[at - 1] > value; at--) nearest[at] = nearest[at - 1];
    nearest[at] = value;
  };
  for (let i = 0; i < count; i++)
    for (let j = 0; j < i; j++) {
      const value = squaredDistance(points, i, points, j, dimensions);
      offer(i, value);
      offer(j, value);
    }
  return Float64Array.from({ length: count }, (_, i) => nearest[i * k + k - 1]);
}

function shareWithin(points: Float32Array, cloud: Float32Array, dimensions: number, radii: Float64Array): number {
  const count = points.length / dimensions;
  let within = 0;
  for (let i = 0; i < count; i++) {
    const hit = radii.findIndex((radius, j) => squaredDistance(points, i, cloud, j, dimensions) <= radius);
    if (hit >= 0) within++;
  }
  return within / count;
}
