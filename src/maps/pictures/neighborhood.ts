import { symmetricEigen } from "../../numerics/symmetric-eigen.js";
import type { VectorLike } from "../../space/query.js";
import { toUnit } from "../../space/scores.js";
import { drawMap } from "./draw-map.js";
import type { ThemeName } from "./themes.js";

/** A query, what was found near it, and how near. */
export interface Neighborhood {
  /** The name or expression that was asked for. */
  query: { name: string; vector: VectorLike };
  /** What was found, nearest first; `score` is a similarity, a product or a distance, as `metric` says. */
  neighbors: readonly { name: string; vector: VectorLike; score: number }[];
  /** Items that an expression names, to be seen beside what was found. */
  inputs?: readonly { name: string; vector: VectorLike }[];
  metric: "cosine" | "dot" | "euclidean";
}

export interface NeighborhoodOptions {
  title?: string;
  subtitle?: string;
  theme?: ThemeName;
  width?: number;
}

/** Two coordinates for each of M vectors, and the share of their variance that these show. */
interface Plane {
  /** [M, 2] */
  coordinates: Float64Array;
  /** In [0, 1]; 1 where all vectors are equal. */
  explained: number;
}

/**
 * A picture of a neighborhood as SVG: the query within a ring, a line to each neighbor, the darker the nearer, and the
 * neighbor's name and score. The places are those of the first two principal components of these vectors alone, scaled to
 * length 1 where the cosine is the measure.
 */
export function drawNeighborhood(neighborhood: Neighborhood, options: NeighborhoodOptions = {}): string {
  const { query, neighbors, inputs = [], metric } = neighborhood;
  const items = [query, ...neighbors, ...inputs];
  const vectors = items.map(({ vector }) => (metric === "cosine" ? toUnit(vector) : Float64Array.from(vector)));
  const { coordinates, explained } = principalPlane(vectors);
  const scores = neighbors.map(({ score }) => score);
  const share = `${Math.round(100 * explained)} %`;
  return drawMap({
    coordinates,
    names: items.map(({ name }) => name),
    details: items.map((_, i) => (i > 0 && i <= neighbors.length ? scoreText(scores[i - 1], metric) : "")),
    edges: neighbors.flatMap((_, k) => [0, k + 1]),
    edgeStrengths: strengthsOf(scores, metric),
    labels: items.map((_, i) => i),
    marked: [0, ...inputs.map((_, k) => 1 + neighbors.length + k)],
    title: options.title ?? query.name,
    subtitle: options.subtitle,
    theme: options.theme,
    width: options.width ?? 720,
    notes: [
      `${scoreNames[metric]} Placed by the first two principal components of these ${items.length} vectors, which show ${share} of their variance: what is near in the picture may be farther in the space, what is far is far.`,
    ],
  });
}

const scoreNames = {
  cosine: "Numbers are cosine similarities to the query.",
  dot: "Numbers are products with the query.",
  euclidean: "Numbers are distances from the query.",
} as const;

function scoreText(score: number, metric: Neighborhood["metric"]): string {
  return metric === "cosine" ? score.toFixed(2) : String(Number(score.toPrecision(3)));
}

/** In 0..1, 1 for the nearest. */
function strengthsOf(scores: readonly number[], metric: Neighborhood["metric"]): number[] {
  const nearness = metric === "euclidean" ? scores.map((score) => -score) : scores;
  const [low, high] = [Math.min(...nearness), Math.max(...nearness)];
  return nearness.map((value) => (high > low ? (value - low) / (high - low) : 1));
}

/**
 * The first two principal components of M vectors by their Gram matrix, [M, M]: coordinates are sqrt(lambda_k) u_k (Jolliffe
 * 2002, "Principal component analysis", section 3.5). A component's sign makes its largest coordinate positive.
 */
export function principalPlane(vectors: readonly Float64Array[]): Plane {
  const count = vectors.length;
  const coordinates = new Float64Array(2 * count);
  if (count === 0) return { coordinates, explained: 1 };
  const width = vectors[0].length;
  const mean = new Float64Array(width);
  for (const vector of vectors) for (let d = 0; d < width; d++) mean[d] += vector[d] / count;
  const gram = new Float64Array(count * count);
  for (let i = 0; i < count; i++)
    for (let j = 0; j <= i; j++) {
      let product = 0;
      for (let d = 0; d < width; d++) product += (vectors[i][d] - mean[d]) * (vectors[j][d] - mean[d]);
      gram[i * count + j] = product;
      gram[j * count + i] = product;
    }
  const { values, vectors: components } = symmetricEigen(gram, count);
  const total = values.reduce((sum, value) => sum + Math.max(0, value), 0);
  let shown = 0;
  for (let k = 0; k < Math.min(2, count); k++) {
    const row = count - 1 - k; // ascending
    const value = Math.max(0, values[row]);
    shown += value;
    const component = components.subarray(row * count, (row + 1) * count);
    let largest = 0;
    for (const entry of component) if (Math.abs(entry) > Math.abs(largest) + 1e-12) largest = entry;
    for (let i = 0; i < count; i++) coordinates[2 * i + k] = Math.sqrt(value) * component[i] * (largest < 0 ? -1 : 1);
  }
  return { coordinates, explained: total > 0 ? shown / total : 1 };
}
