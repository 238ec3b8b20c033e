import type { TuDataset } from "../../formats/tu.js";
import { Graph } from "../../messages/graph.js";
import type { GraphSet } from "./subtree-kernel.js";

/**
 * A set of graphs as TUDataset has them, as one undirected graph with labels. An edge that is listed several times, for
 * both directions, say, is one; its label is the first that is listed.
 */
export async function tuGraphs(
  { sources, targets, numNodes, numGraphs, graphOf, nodeLabels, edgeLabels }: TuDataset,
  { signal }: { signal?: AbortSignal } = {},
): Promise<GraphSet> {
  const kinds = [...new Set(edgeLabels)].sort((a, b) => a - b);
  const placeOf = new Map(kinds.map((label, place) => [label, place]));
  // labels travel as weights, which must be above 0
  const weights = edgeLabels?.map((label) => 1 + (placeOf.get(label) ?? 0));
  const graph = await Graph.fromEdges({ sources, targets, weights, numNodes }, { parallel: "first", signal });
  const { values } = graph.rows;
  const labelOf = (entry: number) => kinds[values === null ? 0 : values[entry] - 1];
  return {
    graph,
    nodeLabels: nodeLabels ?? undefined,
    edgeLabels: edgeLabels === null ? undefined : Float64Array.from({ length: graph.numArcs }, (_, k) => labelOf(k)),
    graphOf,
    numGraphs,
  };
}
