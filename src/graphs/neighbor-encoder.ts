import type { Encoder, Space } from "../space/space.js";

/** A node that a space does not know, as `space.embed` and `space.add` take it: by the names of its neighbors. */
export interface NewNode {
  /** Names in the space, all alike, or with a weight above 0 each. A name that the space lacks is passed over. */
  neighbors: readonly string[] | ReadonlyMap<string, number>;
}

/**
 * The encoder of spaces of nodes in which neighbors are near: a new node lies at the weighted mean of its neighbors'
 * directions, and is as long as they are on average,
 *
 *     x = mean_w |v_j|  *  m / |m|,    m = sum_j w_j v_j / |v_j|
 *
 * Neighbors with the zero vector, which were isolated themselves, tell nothing and are passed over. Throws RangeError where
 * no neighbor is left, or the weights are not above 0 and finite.
 */
export async function neighborEncoder(space: Space): Promise<Encoder> {
  const { dimensions } = space;
  return async (things, signal) => {
    const [names, vectors] = [await space.names(), await space.vectors()];
    return things.map((thing, k) => {
      signal?.throwIfAborted();
      const mean = new Float64Array(dimensions);
      let lengths = 0;
      let weights = 0;
      for (const [name, weight] of neighborsOf(thing, k)) {
        const row = names.indexOf(name);
        if (row < 0) continue;
        const vector = vectors.get(row);
        const length = norm(vector);
        if (length === 0) continue;
        for (let d = 0; d < dimensions; d++) mean[d] += (weight * vector[d]) / length;
        lengths += weight * length;
        weights += weight;
      }
      const whole = norm(mean);
      if (whole === 0) {
        throw new RangeError(`embed: thing ${k} needs a neighbor whose vector in the space is not zero, got none`);
      }
      return Float32Array.from(mean, (value) => (value / whole) * (lengths / weights));
    });
  };
}

/** The neighbors of thing `k` and the weights of their edges. Throws TypeError or RangeError where they are no such thing. */
export function neighborsOf(thing: unknown, k: number): [string, number][] {
  const neighbors = typeof thing === "object" && thing !== null && "neighbors" in thing ? thing.neighbors : undefined;
  if (Array.isArray(neighbors)) return neighbors.map((name) => [name, 1]);
  if (!(neighbors instanceof Map)) {
    throw new TypeError(`embed: thing ${k} must be { neighbors: names, or a Map of names to weights }`);
  }
  return [...neighbors].map(([name, weight]) => {
    if (typeof weight === "number" && weight > 0 && weight < Number.POSITIVE_INFINITY) return [name, weight];
    throw new RangeError(
      `embed: the weight of neighbor ${name} of thing ${k} must be above 0 and finite, got ${weight}`,
    );
  });
}

function norm(vector: ArrayLike<number>): number {
  let sum = 0;
  for (let d = 0; d < vector.length; d++) sum += vector[d] * vector[d];
  return Math.sqrt(sum);
}
