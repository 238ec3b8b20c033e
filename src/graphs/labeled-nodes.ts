import type { Graph } from "../messages/graph.js";
import { checkMatrix, isSparse, type Matrix } from "../numerics/matrix.js";

/** What is known of the nodes of a graph, by number, where their classes are to be predicted. */
export interface LabeledNodes {
  /** Features [N, F], sparse or dense; without them each node is its own feature, X = I. */
  features?: Matrix | null;
  /** The class of each node, 0 .. C - 1; -1 where it is not known. */
  labels: ArrayLike<number>;
  /** Names of the classes; by default they are called by their numbers. */
  classes?: readonly string[];
  /** Numbers of the nodes whose classes are learned from. */
  train: ArrayLike<number>;
  /** Those that decide when to stop or which epoch is best; none by default. */
  validation?: ArrayLike<number>;
  /** Those on which accuracy is measured; none by default. */
  test?: ArrayLike<number>;
}

/** The same, checked: every node of a part of the split has a label, and no node is in two parts. */
export interface CheckedNodes {
  readonly labels: Int32Array;
  readonly classes: readonly string[];
  readonly train: Uint32Array;
  readonly validation: Uint32Array;
  readonly test: Uint32Array;
}

const parts = ["train", "validation", "test"] as const;

/** Throws RangeError where labels, features or split do not fit the graph, naming the first node at fault. */
export function checkNodes(where: string, graph: Graph, nodes: LabeledNodes): CheckedNodes {
  const { numNodes } = graph;
  const { features = null } = nodes;
  if (nodes.labels.length !== numNodes) {
    throw new RangeError(`${where}: a label was needed for each of ${numNodes} nodes, got ${nodes.labels.length}`);
  }
  if (features !== null) {
    checkMatrix(where, "features", features);
    if (features.rows !== numNodes) {
      throw new RangeError(`${where}: features of ${numNodes} nodes were needed, got ${features.rows} rows`);
    }
  }
  const labels = Int32Array.from(nodes.labels);
  const wrong = labels.findIndex((label, i) => label !== nodes.labels[i] || label < -1);
  if (wrong >= 0) {
    const name = graph.nameOf(wrong);
    throw new RangeError(
      `${where}: labels must be integers from 0, or -1, got ${nodes.labels[wrong]} for node ${name}`,
    );
  }
  const largest = labels.reduce((a, b) => Math.max(a, b), -1);
  const classes = nodes.classes ?? Array.from({ length: largest + 1 }, (_, c) => String(c));
  if (classes.length <= largest) {
    throw new RangeError(`${where}: there are ${classes.length} names of classes, but a label is ${largest}`);
  }
  if (classes.length < 2) throw new RangeError(`${where}: two classes or more were needed, got ${classes.length}`);

  const partOf = new Map<number, string>();
  const [train, validation, test] = parts.map((part) => {
    const list = Array.from(nodes[part] ?? []);
    for (const node of list) {
      if (!Number.isInteger(node) || node < 0 || node >= numNodes) {
        throw new RangeError(`${where}: ${part} must hold numbers of nodes, 0 to ${numNodes - 1}, got ${node}`);
      }
      if (labels[node] < 0) throw new RangeError(`${where}: node ${graph.nameOf(node)} of ${part} has no label`);
      const before = partOf.get(node);
      if (before !== undefined) {
        const both = before === part ? `twice in ${part}` : `in ${before} and in ${part}`;
        throw new RangeError(`${where}: node ${graph.nameOf(node)} is ${both}`);
      }
      partOf.set(node, part);
    }
    return Uint32Array.from(list);
  });
  if (train.length === 0) throw new RangeError(`${where}: train must name a node or more, got none`);
  return { labels, classes, train, validation, test };
}

/** The sum of each row; throws RangeError where a feature is negative, since rows are to be divided by their sums. */
export function rowSums(where: string, matrix: Matrix): Float64Array {
  const { rows, columns, values } = matrix;
  const negative = values.findIndex((value) => value < 0);
  if (negative >= 0) {
    throw new RangeError(
      `${where}: features must be >= 0 for rows to be divided by their sums, got ${values[negative]}; normalizeFeatures: false leaves them as they are`,
    );
  }
  return Float64Array.from({ length: rows }, (_, i) => {
    const [start, end] = isSparse(matrix) ? [matrix.starts[i], matrix.starts[i + 1]] : [i * columns, (i + 1) * columns];
    let sum = 0;
    for (let at = start; at < end; at++) sum += values[at];
    return sum;
  });
}

/** Each row divided by its sum, where that is not 0; throws RangeError where a feature is negative. */
export function normalizeRows(where: string, matrix: Matrix): Matrix {
  const sums = rowSums(where, matrix);
  const values = Float64Array.from(matrix.values);
  for (const [i, sum] of sums.entries()) {
    if (sum === 0) continue;
    const [start, end] = isSparse(matrix)
      ? [matrix.starts[i], matrix.starts[i + 1]]
      : [i * matrix.columns, (i + 1) * matrix.columns];
    for (let at = start; at < end; at++) values[at] /= sum;
  }
  return { ...matrix, values };
}
