import type { Graph } from "../graph.js";

/** The neighbors of each node and the weights of the edges, as a graph has them. */
export interface Neighbors {
  readonly numNodes: number;
  readonly rows: Pick<Graph["rows"], "numRows" | "offsets" | "indices" | "values">;
}

/** The sum of each row's weights: the degree of each node, or its out-degree, with `own` added. */
export function degreesOf({ rows }: Neighbors, own = 0): Float64Array {
  const { numRows, offsets, values } = rows;
  const degrees = new Float64Array(numRows);
  for (let i = 0; i < numRows; i++) {
    let sum = 0;
    if (values === null) sum = offsets[i + 1] - offsets[i];
    else for (let k = offsets[i]; k < offsets[i + 1]; k++) sum += values[k];
    degrees[i] = sum + own;
  }
  return degrees;
}

/** The weight of each node's edges to itself. */
export function loopsOf({ rows }: Graph): Float64Array {
  const { numRows, offsets, indices, values } = rows;
  const loops = new Float64Array(numRows);
  for (let i = 0; i < numRows; i++) {
    for (let k = offsets[i]; k < offsets[i + 1]; k++) if (indices[k] === i) loops[i] += values?.[k] ?? 1;
  }
  return loops;
}

/** 1 / degree, or 1 / sqrt(degree), of each node; 0 where the degree is 0. */
export function inverse(degrees: Float64Array, root: boolean): Float64Array {
  return degrees.map((degree) => (degree === 0 ? 0 : 1 / (root ? Math.sqrt(degree) : degree)));
}

/** Refuses a directed graph, whose matrix is not symmetric. */
export function needUndirected(name: string, graph: Graph): void {
  if (!graph.directed) return;
  throw new RangeError(
    `${name}: an undirected graph was needed, got a directed one. Build it with { directed: false }`,
  );
}

/** Refuses a graph without edges, in which nothing is near to anything. */
export function needEdges(name: string, graph: Graph): void {
  if (graph.numArcs > 0) return;
  throw new RangeError(`${name}: a graph with edges was needed, got ${graph.numNodes} nodes without any`);
}
