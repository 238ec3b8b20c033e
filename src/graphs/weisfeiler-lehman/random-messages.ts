import { tanh } from "../../numerics/elementary.js";
import { Rng } from "../../numerics/random.js";
import type { Structure } from "./labeled-graph.js";

/** How a node's new features come from its own and its neighbors', before tanh. */
export const messageForms = ["separate", "sum", "symmetric", "mean"] as const;
export type MessageForm = (typeof messageForms)[number];

export interface RandomMessagesOptions {
  form: MessageForm;
  layers: number;
  /** Features of a node after each layer. */
  width: number;
  seed: number;
}

/**
 * Message passing with random weights, in float64, from features that tell nothing but labels: node v begins with the unit
 * vector of its label, so that without labels all begin alike. With D~ the degrees plus 1, a layer is
 *
 *   separate    h'(v) = tanh(h(v) W_0 + sum over kinds k of arcs, over neighbors u by an arc of kind k, h(u) W_k)
 *   sum         h'(v) = tanh((h(v) + sum_u h(u)) W)
 *   symmetric   h'(v) = tanh((h(v) / D~(v) + sum_u h(u) / sqrt(D~(v) D~(u))) W), the GCN of Kipf and Welling 2017, eq. 2
 *   mean        h'(v) = tanh((h(v) + sum_u h(u)) / D~(v) W)
 *
 * with Glorot weights, uniform in +-sqrt(6 / (in + out)). Kinds are directions and edge labels, which only "separate" sees.
 * Returns the last layer's features, [N, width].
 */
export function randomMessages(structure: Structure, options: RandomMessagesOptions): Float64Array {
  const { form, layers, width, seed } = options;
  const { numNodes, nodeLabels, labelOf } = structure;
  let columns = Math.max(1, nodeLabels.length);
  let features = new Float64Array(numNodes * columns);
  for (let v = 0; v < numNodes; v++) features[v * columns + labelOf[v]] = 1;
  for (let layer = 0; layer < layers; layer++) {
    const sums =
      form === "separate" ? sumsByKind(structure, features, columns) : [smoothed(structure, features, columns, form)];
    const next = new Float64Array(numNodes * width);
    for (const [kind, sum] of sums.entries()) {
      addProduct(next, sum, glorot(new Rng(seed, layer, kind), columns, width), numNodes, columns, width);
    }
    features = next.map(tanh);
    columns = width;
  }
  return features;
}

/** The features themselves, then for each kind of arcs the sums over neighbors, [N, columns] each. */
function sumsByKind(structure: Structure, features: Float64Array, columns: number): Float64Array[] {
  const arcs = structure.arcs();
  const labels = Math.max(1, structure.edgeLabels.length);
  const sums = Array.from({ length: arcs.length * labels }, () => new Float64Array(features.length));
  for (const [direction, { offsets, indices, labels: arcLabels }] of arcs.entries()) {
    for (let v = 0; v < structure.numNodes; v++) {
      for (let k = offsets[v]; k < offsets[v + 1]; k++) {
        const sum = sums[direction * labels + (arcLabels === null ? 0 : arcLabels[k])];
        addScaled(sum, v, features, indices[k], columns, 1);
      }
    }
  }
  return [features, ...sums];
}

/** A node's own features and its neighbors', added up with the weights of a form, [N, columns]. */
function smoothed(structure: Structure, features: Float64Array, columns: number, form: MessageForm): Float64Array {
  const [{ offsets, indices }] = structure.arcs();
  const sums = new Float64Array(features.length);
  const degree = (v: number) => offsets[v + 1] - offsets[v] + 1;
  for (let v = 0; v < structure.numNodes; v++) {
    const weightOf = (u: number) =>
      form === "sum" ? 1 : form === "mean" ? 1 / degree(v) : 1 / Math.sqrt(degree(v) * degree(u));
    addScaled(sums, v, features, v, columns, weightOf(v));
    for (let k = offsets[v]; k < offsets[v + 1]; k++) {
      addScaled(sums, v, features, indices[k], columns, weightOf(indices[k]));
    }
  }
  return sums;
}

function addScaled(sums: Float64Array, v: number, features: Float64Array, u: number, columns: number, by: number) {
  for (let i = 0; i < columns; i++) sums[v * columns + i] += by * features[u * columns + i];
}

function glorot(rng: Rng, rows: number, columns: number): Float64Array {
  const bound = Math.sqrt(6 / (rows + columns));
  return Float64Array.from({ length: rows * columns }, () => (2 * rng.uniform() - 1) * bound);
}

/** into[v, j] += sum_i x[v, i] w[i, j]. */
function addProduct(
  into: Float64Array,
  x: Float64Array,
  w: Float64Array,
  rows: number,
  inner: number,
  columns: number,
) {
  for (let v = 0; v < rows; v++) {
    for (let i = 0; i < inner; i++) {
      const factor = x[v * inner + i];
      for (let j = 0; j < columns; j++) into[v * columns + j] += factor * w[i * columns + j];
    }
  }
}

/** The number of each row's group: rows that differ by at most `tolerance` everywhere from a group's first row. */
export function groupRows(rows: Float64Array, width: number, tolerance: number): Uint32Array {
  const groups = new Uint32Array(rows.length / width);
  const firsts: number[] = [];
  const near = (a: number, b: number) => {
    for (let i = 0; i < width; i++) if (Math.abs(rows[a * width + i] - rows[b * width + i]) > tolerance) return false;
    return true;
  };
  for (let v = 0; v < groups.length; v++) {
    const found = firsts.findIndex((first) => near(first, v));
    groups[v] = found < 0 ? firsts.length : found;
    if (found < 0) firsts.push(v);
  }
  return groups;
}
