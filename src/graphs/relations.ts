import { knownOptions } from "../io/options.js";
import { Graph, type GraphOptions } from "../messages/graph.js";
import type { SpaceData } from "../space/contents.js";
import type { Relations } from "../space/relations.js";
import type { Space } from "../space/space.js";

/** What a space of a graph's nodes consists of besides their vectors. */
export function nodesOf(graph: Graph): Pick<SpaceData, "names" | "kind" | "relations"> {
  const names = Array.from({ length: graph.numNodes }, (_, node) => graph.nameOf(node));
  return { names, kind: "nodes", relations: relationsOf(graph) };
}

/** The edges of a graph as a space of its nodes keeps them: each once, also where it stands in the rows of both ends. */
export function relationsOf(graph: Graph): Relations {
  const { directed, numNodes, rows } = graph;
  const { offsets, indices, values } = rows;
  let count = 0;
  for (let i = 0; i < numNodes; i++) {
    for (let k = offsets[i]; k < offsets[i + 1]; k++) if (directed || indices[k] >= i) count++;
  }
  const sources = new Uint32Array(count);
  const targets = new Uint32Array(count);
  const weights = values === null ? null : new Float64Array(count);
  for (let i = 0, edge = 0; i < numNodes; i++) {
    for (let k = offsets[i]; k < offsets[i + 1]; k++) {
      if (!directed && indices[k] < i) continue;
      sources[edge] = i;
      targets[edge] = indices[k];
      if (weights !== null && values !== null) weights[edge] = values[k];
      edge++;
    }
  }
  return { sources, targets, weights, directed };
}

/**
 * The graph that a space was made of, from the relations that it keeps: its items are the nodes, in their order; those that
 * were added later are isolated, unless relations were added too. By default with the directions that the relations have.
 * Throws RangeError where the space keeps none.
 */
export async function graphOfSpace(space: Space, options: GraphOptions = {}): Promise<Graph> {
  knownOptions("graphOfSpace", options, ["directed", "parallel", "selfLoops", "memoryLimit", "threads", "signal"]);
  const relations = await space.relations();
  if (relations === null) {
    throw new RangeError("graphOfSpace: a space that keeps relations was needed, such as one made of a graph");
  }
  const { directed, ...edges } = relations;
  const names = await space.names();
  return Graph.fromEdges({ ...edges, numNodes: space.length, names }, { directed, ...options });
}
