import type { Rng } from "../../../dist/numerics/random.js";

/** Sets of points on which an index must find what is near; [count, dimensions]. */
export const pointSets: Record<string, (count: number, dimensions: number, rng: Rng) => Float32Array> = {
  random: (count, dimensions, rng) => Float32Array.from({ length: count * dimensions }, () => rng.normal()),
  clustered: (count, dimensions, rng) => {
    const centers = pointSets.random(20, dimensions, rng);
    const rows = new Float32Array(count * dimensions);
    // one cluster after the other, as in a file sorted by class
    for (let r = 0; r < count; r++) {
      const cluster = Math.floor((20 * r) / count);
      for (let d = 0; d < dimensions; d++) {
        rows[r * dimensions + d] = 5 * centers[cluster * dimensions + d] + rng.normal();
      }
    }
    return rows;
  },
  repeated: (count, dimensions, rng) => {
    const different = pointSets.random(Math.ceil(count / 8), dimensions, rng);
    const rows = new Float32Array(count * dimensions);
    for (let r = 0; r < count; r++) {
      const from = rng.below(different.length / dimensions);
      rows.set(different.subarray(from * dimensions, (from + 1) * dimensions), r * dimensions);
    }
    return rows;
  },
  "low rank": (count, dimensions, rng) => {
    const rank = 3;
    const axes = pointSets.random(rank, dimensions, rng);
    const rows = new Float32Array(count * dimensions);
    for (let r = 0; r < count; r++) {
      const weights = Array.from({ length: rank }, () => rng.normal());
      for (let d = 0; d < dimensions; d++) {
        for (let k = 0; k < rank; k++) rows[r * dimensions + d] += weights[k] * axes[k * dimensions + d];
      }
    }
    return rows;
  },
  // as words are: a few frequent ones are near to many, and lengths differ by orders of magnitude
  "hubs and lengths": (count, dimensions, rng) => {
    const rows = pointSets.random(count, dimensions, rng);
    for (let r = 0; r < count; r++) {
      const length = 10 / Math.sqrt(r + 1) + 0.1;
      for (let d = 0; d < dimensions; d++) rows[r * dimensions + d] = length * (rows[r * dimensions + d] + 0.5);
    }
    return rows;
  },
};
