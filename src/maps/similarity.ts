import { Breather } from "../io/breather.js";
import type { Vectors } from "../space/vectors.js";
import type { NeighborMetric } from "./neighbor-graph.js";

/**
 * How alike two vectors of a space are, 1 for equal ones: their cosine, or
 *
 *   1 - |x - y|^2 / (2 V),    V the mean of |x - mean|^2,
 *
 * which is 0 on average for two at random. Of vectors scaled to length 1 the cosine is that with V = 1.
 */
export class Similarity {
  readonly #unit: boolean;
  /** V. */
  readonly #spread: number;

  /** `vectors` are those of the space. */
  constructor(metric: NeighborMetric, vectors: Vectors) {
    this.#unit = metric === "cosine";
    this.#spread = this.#unit ? 1 : spreadOf(vectors);
  }

  /** At the square of a distance, of the vectors scaled to length 1 under the cosine. */
  at(square: number): number {
    return square === 0 ? 1 : 1 - square / (2 * this.#spread);
  }

  /** Of two rows; 0 where the cosine knows no direction. */
  of(vectors: Vectors, i: number, j: number): number {
    const [x, y] = [vectors.get(i), vectors.get(j)];
    const [a, b] = [this.#scaleOf(x), this.#scaleOf(y)];
    return a === 0 || b === 0 ? 0 : this.at(squareOf(x, 0, a, y, 0, b, x.length));
  }

  /**
   * The least of two of some rows, none of them zero. Pairs are tried from the outside of the group inwards, while their
   * distances to its center leave room for a pair farther apart than the farthest yet.
   */
  async lowest(vectors: Vectors, members: readonly number[], signal?: AbortSignal): Promise<number> {
    if (members.length === 1) return 1;
    const { dimensions } = vectors;
    const values = new Float32Array(members.length * dimensions);
    for (const [k, row] of members.entries()) values.set(vectors.get(row), k * dimensions);
    const at = (k: number) => k * dimensions;
    const scales = members.map((_, k) => this.#scaleOf(values.subarray(at(k), at(k + 1))));
    const center = new Float64Array(dimensions);
    for (let k = 0; k < members.length; k++) {
      for (let d = 0; d < dimensions; d++) center[d] += (values[at(k) + d] * scales[k]) / members.length;
    }
    const radii = members.map((_, k) => Math.sqrt(squareOf(values, at(k), scales[k], center, 0, 1, dimensions)));
    const order = [...members.keys()].sort((a, b) => radii[b] - radii[a] || a - b);
    const breather = new Breather(signal);
    const rounding = 1 + 1e-9;
    let farthest = 0; // square
    for (let k = 1; k < order.length; k++) {
      const i = order[k];
      for (let n = 0; n < k; n++) {
        const j = order[n];
        const reach = (radii[i] + radii[j]) * rounding;
        if (reach * reach <= farthest) break;
        farthest = Math.max(farthest, squareOf(values, at(i), scales[i], values, at(j), scales[j], dimensions));
      }
      if (breather.due) await breather.pause();
    }
    return this.at(farthest);
  }

  /** What scales a vector to length 1 under the cosine, 0 for the zero vector; else 1. */
  #scaleOf(vector: Float32Array): number {
    if (!this.#unit) return 1;
    let squares = 0;
    for (const x of vector) squares += x * x;
    return squares > 0 ? 1 / Math.sqrt(squares) : 0;
  }
}

/** The mean of |x - mean|^2. */
function spreadOf(vectors: Vectors): number {
  const { dimensions, length } = vectors;
  const mean = new Float64Array(dimensions);
  const forNumbers = (each: (x: number, d: number) => void) => {
    for (const batch of vectors.batches()) for (let at = 0; at < batch.length; at++) each(batch[at], at % dimensions);
  };
  forNumbers((x, d) => {
    mean[d] += x / length;
  });
  let sum = 0;
  forNumbers((x, d) => {
    sum += (x - mean[d]) * (x - mean[d]);
  });
  return sum / length;
}

/** |a x - b y|^2 of `count` numbers at two places. */
function squareOf(
  x: ArrayLike<number>,
  from: number,
  a: number,
  y: ArrayLike<number>,
  other: number,
  b: number,
  count: number,
): number {
  let sum = 0;
  for (let d = 0; d < count; d++) {
    const difference = x[from + d] * a - y[other + d] * b;
    sum += difference * difference;
  }
  return sum;
}
