import { integerOption, numberOption } from "../../io/options.js";
import type { Graph } from "../../messages/graph.js";

/**
 * Modularity of a division of an undirected graph (Newman and Girvan 2004; with resolution, Reichardt and Bornholdt 2006):
 *
 *   Q = sum_c (L_c / m - resolution (K_c / 2m)^2)
 *
 * with m the weight of all edges, L_c that of the edges inside of community c, and K_c the sum of its nodes' weights, a loop
 * counted twice. 0 for a graph without edges. `labels` [N] are integers >= 0.
 */
export function modularity(graph: Graph, labels: ArrayLike<number>, resolution = 1): number {
  requireUndirected("modularity", graph);
  numberOption("modularity", "resolution", resolution, { least: 0 });
  if (labels.length !== graph.numNodes) {
    throw new RangeError(`modularity: ${graph.numNodes} labels are needed, one a node, got ${labels.length}`);
  }
  const { offsets, indices, values } = graph.rows;
  let most = -1;
  for (let i = 0; i < labels.length; i++) most = Math.max(most, integerOption("modularity", "labels", labels[i], 0));
  const strengths = new Float64Array(most + 1);
  let inside = 0; // twice the weight inside, as arcs count
  let all = 0;
  for (let i = 0; i < graph.numNodes; i++) {
    for (let e = offsets[i]; e < offsets[i + 1]; e++) {
      const weight = (values === null ? 1 : values[e]) * (indices[e] === i ? 2 : 1);
      strengths[labels[i]] += weight;
      all += weight;
      if (labels[indices[e]] === labels[i]) inside += weight;
    }
  }
  if (all === 0) return 0;
  let expected = 0;
  for (const strength of strengths) expected += (strength / all) * (strength / all);
  return inside / all - resolution * expected;
}

export function requireUndirected(where: string, graph: Graph): void {
  if (!graph.directed) return;
  throw new RangeError(`${where}: an undirected graph is needed; Graph.fromEdges makes one with directed: false`);
}
