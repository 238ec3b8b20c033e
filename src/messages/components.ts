import type { Graph } from "./graph.js";

/** The connected component of each node of an undirected graph, numbered from 0 in order of their first nodes. */
export function connectedComponents(graph: Graph): { component: Int32Array; count: number } {
  const { offsets, indices } = graph.rows;
  const component = new Int32Array(graph.numNodes).fill(-1);
  const waiting: number[] = [];
  let count = 0;
  for (let start = 0; start < graph.numNodes; start++) {
    if (component[start] >= 0) continue;
    component[start] = count;
    waiting.push(start);
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      for (let k = offsets[node]; k < offsets[node + 1]; k++) {
        if (component[indices[k]] >= 0) continue;
        component[indices[k]] = count;
        waiting.push(indices[k]);
      }
    }
    count++;
  }
  return { component, count };
}
