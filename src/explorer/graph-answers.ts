import { likelyLinks } from "../graphs/link-scores.js";
import { graphOfSpace } from "../graphs/relations.js";
import { structureOf } from "../graphs/weisfeiler-lehman/labeled-graph.js";
import { Partition } from "../graphs/weisfeiler-lehman/partition.js";
import type { Relations } from "../space/relations.js";
import type { Space } from "../space/space.js";
import type { Edges, LinkRequest, NeighborAnswer } from "./protocol.js";

/** The edges of a space, all of them or the `most` heaviest, among equals those that come first. Throws RangeError where there are none. */
export async function edgesOf(space: Space, most: number): Promise<Edges> {
  const relations = await relationsOf(space);
  const total = relations.sources.length;
  if (total <= most) return chosen(relations, null);
  const { weights } = relations;
  const order = Uint32Array.from({ length: total }, (_, edge) => edge);
  if (weights !== null) order.sort((a, b) => weights[b] - weights[a] || a - b);
  else {
    // evenly over the list, whose order is that of the nodes
    const even = Uint32Array.from({ length: most }, (_, k) => Math.floor((k * total) / most));
    return chosen(relations, even);
  }
  return chosen(relations, order.subarray(0, most).sort());
}

/** The edges that begin or end at an item. */
export async function neighborhoodOf(space: Space, row: number): Promise<Edges> {
  const relations = await relationsOf(space);
  const { sources, targets } = relations;
  const edges: number[] = [];
  for (let edge = 0; edge < sources.length; edge++) {
    if (sources[edge] === row || targets[edge] === row) edges.push(edge);
  }
  return { ...chosen(relations, Uint32Array.from(edges)), total: edges.length };
}

function chosen({ sources, targets, weights }: Relations, edges: Uint32Array | null): Edges {
  const pick = (values: Uint32Array) => (edges === null ? values : Uint32Array.from(edges, (edge) => values[edge]));
  return {
    source: pick(sources),
    target: pick(targets),
    weight: weights === null ? null : Float32Array.from(edges ?? weights, (at, k) => weights[edges === null ? k : at]),
    total: sources.length,
  };
}

/**
 * The items that an item is likeliest to be linked with: by common neighbors (`likelyLinks`), or by the dot product of their
 * vectors, among those that it has no edge with.
 */
export async function linksOf(
  space: Space,
  { row, count = 10, method }: LinkRequest,
  signal?: AbortSignal,
): Promise<NeighborAnswer[]> {
  const names = await space.names();
  if (method === "adamic-adar") {
    const graph = await graphOfSpace(space, { directed: false, signal });
    try {
      return likelyLinks(graph, row, { count }).map(({ node, score }) => ({ row: node, name: names.get(node), score }));
    } finally {
      graph.memory.close();
    }
  }
  const { source, target } = await neighborhoodOf(space, row);
  const linked = new Set([row, ...source, ...target]);
  const vector = (await space.vectors()).get(row);
  return space.near(Float32Array.from(vector), {
    count,
    metric: "dot",
    among: (_, other) => !linked.has(other),
    signal,
  });
}

/** Colors of Weisfeiler-Leman, one list of class numbers a round, from round 0 until no class splits or `rounds` are made. */
export async function colorRounds(space: Space, rounds: number, signal?: AbortSignal): Promise<Int32Array[]> {
  const graph = await graphOfSpace(space, { signal });
  try {
    const partition = new Partition(await structureOf("colorsByRound", [graph]));
    const colors = [Int32Array.from(partition.colors)];
    while (colors.length <= rounds && partition.refine()) {
      signal?.throwIfAborted();
      colors.push(Int32Array.from(partition.colors));
    }
    return colors;
  } finally {
    graph.memory.close();
  }
}

async function relationsOf(space: Space): Promise<Relations> {
  const relations = await space.relations();
  if (relations === null) throw new RangeError("edges: the space keeps no relations between its items");
  return relations;
}
