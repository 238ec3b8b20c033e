import type { Vectors } from "../../space/vectors.js";
import type { NeighborMetric } from "../neighbor-graph.js";

/**
 * Rows of each cluster's items nearest to its centroid, nearest first: by the distance to the mean, or by the cosine with
 * the mean of the vectors scaled to length 1. Among equals the lower row first. `labels` [N], -1 for noise.
 */
export function typicalItems(
  vectors: Vectors,
  labels: ArrayLike<number>,
  clusters: number,
  metric: NeighborMetric,
  count: number,
): number[][] {
  const { dimensions } = vectors;
  const centroids = new Float64Array(clusters * dimensions);
  const sizes = new Float64Array(clusters);
  forRows(vectors, metric, (row, values, start, scale) => {
    const label = labels[row];
    if (label < 0) return;
    sizes[label]++;
    for (let d = 0; d < dimensions; d++) centroids[label * dimensions + d] += values[start + d] * scale;
  });
  const nearest = Array.from({ length: clusters }, () => [] as { row: number; distance: number }[]);
  forRows(vectors, metric, (row, values, start, scale) => {
    const label = labels[row];
    if (label < 0) return;
    let distance = 0;
    for (let d = 0; d < dimensions; d++) {
      const sum = centroids[label * dimensions + d];
      if (metric === "cosine") distance -= sum * values[start + d] * scale;
      else distance += (sum / sizes[label] - values[start + d]) * (sum / sizes[label] - values[start + d]);
    }
    const best = nearest[label];
    const place = best.findIndex((other) => other.distance > distance);
    if (place >= 0) best.splice(place, 0, { row, distance });
    else if (best.length < count) best.push({ row, distance });
    if (best.length > count) best.pop();
  });
  return nearest.map((best) => best.map(({ row }) => row));
}

/** Each row's numbers, at `start` of `values`, with what scales it to length 1 under the cosine (0 for a zero vector). */
function forRows(
  vectors: Vectors,
  metric: NeighborMetric,
  each: (row: number, values: Float32Array, start: number, scale: number) => void,
): void {
  const { dimensions } = vectors;
  let row = 0;
  for (const batch of vectors.batches()) {
    for (let start = 0; start < batch.length; start += dimensions) {
      let scale = 1;
      if (metric === "cosine") {
        let squares = 0;
        for (let d = start; d < start + dimensions; d++) squares += batch[d] * batch[d];
        scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
      }
      each(row++, batch, start, scale);
    }
  }
}
