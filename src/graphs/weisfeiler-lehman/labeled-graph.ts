import type { Graph } from "../../messages/graph.js";
import type { Rows } from "../../messages/rows.js";

/** A label of a node or an edge: a finite number or a text. */
export type Label = number | string;

/** A graph with labels, which Weisfeiler-Lehman and isomorphisms respect. */
export interface LabeledGraph {
  readonly graph: Graph;
  /** A label for each node, [N]; all 0 by default. */
  readonly nodeLabels?: ArrayLike<Label>;
  /**
   * A label for each entry of `graph.rows`, both entries of an undirected edge with the same one, or "weights": each edge's
   * weight is its label. All 0 by default: weights are otherwise not looked at.
   */
  readonly edgeLabels?: ArrayLike<Label> | "weights";
}

/** What the functions of Weisfeiler-Lehman take. */
export type GraphInput = Graph | LabeledGraph;

/** One direction of the arcs of a structure. */
export interface Arcs {
  readonly offsets: Uint32Array;
  readonly indices: Uint32Array;
  /** The place of each arc's label among the structure's edge labels; null where there is one label. */
  readonly labels: Uint32Array | null;
}

/** One or several graphs as color refinement sees them: side by side, labels as numbers. */
export interface Structure {
  readonly numNodes: number;
  readonly directed: boolean;
  /** The first node of each graph, and the end. */
  readonly firsts: readonly number[];
  /** Distinct labels, numbers before texts, both ascending. */
  readonly nodeLabels: readonly Label[];
  readonly edgeLabels: readonly Label[];
  /** The place of each node's label among `nodeLabels`. */
  readonly labelOf: Uint32Array;
  /** The arcs by source and, in a directed graph, by target; not to be kept over a pause, in which memory may move. */
  arcs(): readonly Arcs[];
}

/**
 * Puts graphs side by side. Throws RangeError on behalf of `where` for labels that are too few, not finite or, in an
 * undirected graph, not the same at both entries of an edge, and for directed and undirected graphs in one structure.
 */
export async function structureOf(where: string, inputs: readonly GraphInput[]): Promise<Structure> {
  const graphs = inputs.map((input) => ("graph" in input ? input : { graph: input }));
  const directed = graphs.some(({ graph }) => graph.directed);
  if (graphs.some(({ graph }) => graph.directed !== directed)) {
    throw new RangeError(`${where}: all graphs must be directed or all undirected`);
  }
  const nodes = numberLabels(graphs.map((labeled) => checkedNodeLabels(where, labeled)));
  const edges = numberLabels(graphs.map((labeled) => checkedEdgeLabels(where, labeled)));
  const parts: { rows: Rows; labels: Uint32Array | null }[][] = [];
  for (const [k, { graph }] of graphs.entries()) {
    const labels = edges.labels.length > 1 ? edges.places[k] : null;
    const back = directed || labels !== null ? transposedLabels(graph.rows, labels) : null;
    if (!directed) refuseUnequalEnds(where, graph, labels, back);
    parts.push([{ rows: graph.rows, labels }]);
    if (directed) parts[k].push({ rows: await graph.transpose(), labels: back });
  }
  const firsts = [0];
  for (const { graph } of graphs) firsts.push(firsts[firsts.length - 1] + graph.numNodes);
  return {
    numNodes: firsts[graphs.length],
    directed,
    firsts,
    nodeLabels: nodes.labels,
    edgeLabels: edges.labels,
    labelOf: concatenate(nodes.places),
    arcs: arcsOf(parts, firsts),
  };
}

/** Of one graph, views of its memory, made anew at each call; of several, copies side by side. */
function arcsOf(
  parts: readonly { rows: Rows; labels: Uint32Array | null }[][],
  firsts: readonly number[],
): () => readonly Arcs[] {
  if (parts.length === 1) {
    return () => parts[0].map(({ rows: { offsets, indices }, labels }) => ({ offsets, indices, labels }));
  }
  const directions = parts.length === 0 ? [] : parts[0].map((_, d) => parts.map((part) => part[d]));
  const arcs = directions.map((direction) => {
    const offsets = [Uint32Array.of(0)];
    const indices: Uint32Array[] = [];
    let entries = 0;
    for (const [k, { rows }] of direction.entries()) {
      const before = entries;
      offsets.push(rows.offsets.subarray(1).map((offset) => offset + before));
      indices.push(rows.indices.map((index) => index + firsts[k]));
      entries += rows.numEntries;
    }
    const labels = direction.flatMap((part) => (part.labels === null ? [] : [part.labels]));
    return {
      offsets: concatenate(offsets),
      indices: concatenate(indices),
      labels: labels.length === 0 ? null : concatenate(labels),
    };
  });
  return () => arcs;
}

function checkedNodeLabels(where: string, { graph, nodeLabels }: LabeledGraph): ArrayLike<Label> {
  if (nodeLabels === undefined) return constant(graph.numNodes);
  if (nodeLabels.length !== graph.numNodes) {
    throw new RangeError(
      `${where}: nodeLabels must have a label for each of ${graph.numNodes} nodes, got ${nodeLabels.length}`,
    );
  }
  refuseBadLabels(where, "nodeLabels", nodeLabels);
  return nodeLabels;
}

function checkedEdgeLabels(where: string, { graph, edgeLabels }: LabeledGraph): ArrayLike<Label> {
  if (edgeLabels === undefined) return constant(graph.numArcs);
  if (edgeLabels === "weights") return graph.rows.values ?? new Uint8Array(graph.numArcs).fill(1);
  if (edgeLabels.length !== graph.numArcs) {
    throw new RangeError(
      `${where}: edgeLabels must have a label for each of ${graph.numArcs} entries of graph.rows, got ${edgeLabels.length}`,
    );
  }
  refuseBadLabels(where, "edgeLabels", edgeLabels);
  return edgeLabels;
}

function constant(length: number): ArrayLike<Label> {
  return new Uint8Array(length);
}

function refuseBadLabels(where: string, name: string, labels: ArrayLike<Label>): void {
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i];
    if (typeof label !== "string" && !Number.isFinite(label)) {
      throw new RangeError(`${where}: ${name} must be finite numbers or texts, got ${String(label)} at ${i}`);
    }
  }
}

function refuseUnequalEnds(where: string, graph: Graph, labels: Uint32Array | null, back: Uint32Array | null): void {
  if (labels === null || back === null) return;
  const at = labels.findIndex((label, k) => label !== back[k]);
  if (at < 0) return;
  const { offsets, indices } = graph.rows;
  const row = offsets.findIndex((_, i) => offsets[i + 1] > at);
  throw new RangeError(
    `${where}: both entries of an undirected edge must have the same label, those of ${row} - ${indices[at]} differ`,
  );
}

/** The labels in the order of the transposed rows, which list each row's entries by ascending source. */
function transposedLabels({ offsets, indices, numRows, numColumns }: Rows, labels: Uint32Array | null) {
  if (labels === null) return null;
  const next = new Uint32Array(numColumns + 1);
  for (const column of indices) next[column + 1]++;
  for (let j = 0; j < numColumns; j++) next[j + 1] += next[j];
  const result = new Uint32Array(labels.length);
  for (let i = 0; i < numRows; i++) {
    for (let k = offsets[i]; k < offsets[i + 1]; k++) result[next[indices[k]]++] = labels[k];
  }
  return result;
}

/** The distinct labels of all graphs in order, and the place of each label among them. */
function numberLabels(graphs: readonly ArrayLike<Label>[]): { labels: Label[]; places: Uint32Array[] } {
  const places = new Map<Label, number>();
  for (const labels of graphs) {
    for (let i = 0; i < labels.length; i++) places.set(labels[i], 0);
  }
  const sorted = [...places.keys()].sort(compareLabels);
  for (const [place, label] of sorted.entries()) places.set(label, place);
  const numbered = graphs.map((labels) =>
    sorted.length === 1
      ? new Uint32Array(labels.length)
      : Uint32Array.from({ length: labels.length }, (_, i) => places.get(labels[i]) ?? 0),
  );
  return { labels: sorted, places: numbered };
}

function compareLabels(a: Label, b: Label): number {
  if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

function concatenate(parts: readonly Uint32Array[]): Uint32Array {
  if (parts.length === 1) return parts[0];
  const whole = new Uint32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
