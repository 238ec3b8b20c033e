import type { TaskOptions } from "../io/progress.js";
import { ComponentSubspace } from "../messages/component-subspace.js";
import { eigenvectors } from "../messages/eigenvectors.js";
import { Graph } from "../messages/graph.js";
import { symmetric } from "../messages/operators/symmetric.js";
import { square } from "../numerics/elementary.js";
import { Rng } from "../numerics/random.js";
import type { Space } from "../space/space.js";
import type { Vectors } from "../space/vectors.js";
import type { NeighborMetric } from "./neighbor-graph.js";
import { pca } from "./pca.js";

export interface StartOptions extends TaskOptions {
  dimensions: number;
  seed: number;
  threads: number | undefined;
}

export interface SpectralStart {
  /** [N, dimensions]. */
  coordinates: Float32Array;
  /** Connected components of the graph. */
  components: number;
  /** The largest |L v - lambda v| that is left. */
  residual: number;
}

/** What may be left of an eigenvector that only starts a layout, and the rounds of about 40 products each that it may take. */
const tolerance = 1e-4;
const maxRounds = 5;
/** Components of fewer nodes are drawn, and so are those that are no hundredth of all: each graph takes a memory of its own. */
const fewNodes = 50;
const mostLarge = 100;
const startStream = 0x756d6170;

/**
 * A start for a layout: for each connected component of the fuzzy graph P, D its row sums, the eigenvectors of
 *
 *   I - D^-1/2 P D^-1/2
 *
 * that belong to the least eigenvalues above 0. Components are scaled to half the distance to the next and placed round the principal
 * components of their items' mean vectors; small ones are drawn.
 */
export async function spectralStart(graph: Graph, vectors: Vectors, options: StartOptions): Promise<SpectralStart> {
  const { dimensions, seed } = options;
  const { component, dimension: components } = new ComponentSubspace(graph);
  const rng = new Rng(seed, startStream);
  if (components === 1) {
    const { places, residual } = await placesOf(graph, options, rng);
    return { coordinates: spread(places, dimensions, rng), components, residual };
  }
  const { numNodes } = graph;
  const members = byComponent(component, components);
  const centers = principalPlaces(meansOf(vectors, component, components), components, dimensions, rng);
  const radii = spacings(centers, components, dimensions);
  const coordinates = new Float64Array(numNodes * dimensions);
  let residual = 0;
  for (const [c, items] of members.entries()) {
    const large = items.length >= Math.max(fewNodes, numNodes / mostLarge);
    const part = large
      ? await placesOf(await subgraph(graph, items), options, rng)
      : { places: drawn(items.length * dimensions, rng), residual: 0 };
    residual = Math.max(residual, part.residual);
    const most = part.places.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) || 1;
    for (const [k, item] of items.entries()) {
      for (let d = 0; d < dimensions; d++) {
        const own = (part.places[k * dimensions + d] / most) * radii[c];
        coordinates[item * dimensions + d] = centers[c * dimensions + d] + own;
      }
    }
  }
  return { coordinates: spread(coordinates, dimensions, rng), components, residual };
}

/** Places of a connected graph's nodes, [nodes, dimensions]: eigenvectors, or numbers from -1 to 1 where there are too few. */
async function placesOf(graph: Graph, { dimensions, ...task }: StartOptions, rng: Rng) {
  const { numNodes } = graph;
  if (numNodes <= dimensions + 1) return { places: drawn(numNodes * dimensions, rng), residual: 0 };
  const places = new Float64Array(numNodes * dimensions);
  const operator = symmetric(graph, { selfLoops: false, precision: "f64" });
  const without = new ComponentSubspace(graph);
  const { vectors, residual } = await eigenvectors(operator, {
    ...{ count: dimensions, without, tolerance, maxRounds },
    ...task,
  });
  for (const [d, vector] of vectors.entries()) {
    for (let i = 0; i < numNodes; i++) places[i * dimensions + d] = vector[i];
  }
  return { places, residual };
}

/** Numbers from -1 to 1. */
function drawn(count: number, rng: Rng): Float64Array {
  return Float64Array.from({ length: count }, () => 2 * rng.uniform() - 1);
}

/** The principal components of a space as a start, of the vectors scaled to length 1 for the cosine. */
export async function principalStart(
  space: Space,
  metric: NeighborMetric,
  { dimensions, seed, ...task }: StartOptions,
) {
  const onWarning = () => {}; // of equal vectors, of which the caller tells
  const { coordinates } = await pca(space, { dimensions, normalize: metric === "cosine", seed, onWarning, ...task });
  return spread(coordinates, dimensions, new Rng(seed, startStream));
}

/** Each axis scaled to [0, 10], with differences of up to 1e-4 that keep equal places apart. */
function spread(places: Float64Array | Float32Array, dimensions: number, rng: Rng): Float32Array {
  const spreadOut = new Float32Array(places.length);
  for (let d = 0; d < dimensions; d++) {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let k = d; k < places.length; k += dimensions) {
      low = Math.min(low, places[k]);
      high = Math.max(high, places[k]);
    }
    const scale = high > low ? 10 / (high - low) : 0;
    for (let k = d; k < places.length; k += dimensions) {
      spreadOut[k] = (places[k] - low) * scale + 1e-4 * (2 * rng.uniform() - 1);
    }
  }
  return spreadOut;
}

function byComponent(component: Int32Array, count: number): number[][] {
  const members: number[][] = Array.from({ length: count }, () => []);
  for (const [i, c] of component.entries()) members[c].push(i);
  return members;
}

/** The edges among some nodes, which are numbered anew in their order. */
function subgraph(graph: Graph, nodes: readonly number[]): Promise<Graph> {
  const { offsets, indices, values } = graph.rows;
  const numbers = new Map(nodes.map((node, k) => [node, k]));
  const [sources, targets, weights]: number[][] = [[], [], []];
  for (const [k, node] of nodes.entries()) {
    for (let e = offsets[node]; e < offsets[node + 1]; e++) {
      if (indices[e] < node) continue;
      sources.push(k);
      targets.push(numbers.get(indices[e]) as number);
      weights.push(values === null ? 1 : values[e]);
    }
  }
  return Graph.fromEdges({
    ...{ sources: Uint32Array.from(sources), targets: Uint32Array.from(targets) },
    ...{ weights: Float64Array.from(weights), numNodes: nodes.length },
  });
}

/** The mean vector of each component, less the mean of these, [components, D]. */
function meansOf(vectors: Vectors, component: Int32Array, count: number): Float64Array {
  const { dimensions: width } = vectors;
  const means = new Float64Array(count * width);
  const sizes = new Float64Array(count);
  let row = 0;
  for (const batch of vectors.batches(0, component.length)) {
    for (let start = 0; start < batch.length; start += width, row++) {
      const c = component[row];
      sizes[c]++;
      for (let d = 0; d < width; d++) means[c * width + d] += batch[start + d];
    }
  }
  for (let c = 0; c < count; c++) for (let d = 0; d < width; d++) means[c * width + d] /= sizes[c];
  for (let d = 0; d < width; d++) {
    let sum = 0;
    for (let c = 0; c < count; c++) sum += means[c * width + d];
    for (let c = 0; c < count; c++) means[c * width + d] -= sum / count;
  }
  return means;
}

/** Steps of subspace iteration by which principal axes are found well enough to place components along them. */
const axisSteps = 20;

/** Centered rows along their principal axes, scaled to [-1, 1], by subspace iteration; axes of no extent are drawn. */
function principalPlaces(rows: Float64Array, count: number, dimensions: number, rng: Rng): Float64Array {
  const width = rows.length / count;
  const places = new Float64Array(count * dimensions);
  const axes: Float64Array[] = [];
  for (let d = 0; d < dimensions; d++) {
    let axis = Float64Array.from({ length: width }, () => 2 * rng.uniform() - 1);
    const along = new Float64Array(count);
    for (let step = 0; step < axisSteps; step++) {
      for (const other of axes) subtract(axis, dot(axis, 0, other, width), other);
      const length = Math.sqrt(dot(axis, 0, axis, width));
      if (length > 0) axis = axis.map((value) => value / length);
      const image = new Float64Array(width);
      for (let c = 0; c < count; c++) {
        along[c] = dot(rows, c * width, axis, width);
        for (let k = 0; k < width; k++) image[k] += along[c] * rows[c * width + k];
      }
      if (step < axisSteps - 1) axis = image;
    }
    axes.push(axis);
    const most = along.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
    for (let c = 0; c < count; c++) {
      places[c * dimensions + d] = most > 1e-30 ? along[c] / most : 2 * rng.uniform() - 1;
    }
  }
  return places;
}

/** Components up to which each one's distance to all others is computed. */
const mostCompared = 2000;

/** Half of the distance from each component's place to the next one's. */
function spacings(places: Float64Array, count: number, dimensions: number): Float64Array {
  const radii = new Float64Array(count).fill(0.5 / Math.sqrt(count));
  if (count > mostCompared) return radii;
  for (let a = 0; a < count; a++) {
    let least = Number.POSITIVE_INFINITY;
    for (let b = 0; b < count; b++) {
      if (b === a) continue;
      let squares = 0;
      for (let d = 0; d < dimensions; d++) squares += square(places[a * dimensions + d] - places[b * dimensions + d]);
      least = Math.min(least, squares);
    }
    radii[a] = Math.sqrt(least) / 2;
  }
  return radii;
}

function dot(a: Float64Array, from: number, b: Float64Array, width: number): number {
  let sum = 0;
  for (let k = 0; k < width; k++) sum += a[from + k] * b[k];
  return sum;
}

/** a -= factor b. */
function subtract(a: Float64Array, factor: number, b: Float64Array): void {
  for (let k = 0; k < a.length; k++) a[k] -= factor * b[k];
}
