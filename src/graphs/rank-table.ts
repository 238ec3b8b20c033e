import type { Column, Table } from "../formats/table.js";
import { integerOption } from "../io/options.js";
import type { Graph } from "../messages/graph.js";

export interface RankedNode {
  /** From 1, by falling rank. */
  place: number;
  node: number;
  name: string;
  rank: number;
}

/** The `count` nodes of highest rank, ties by number; all nodes by default. `ranks` [N], such as those of `pageRank`. */
export function topRanks(graph: Graph, ranks: Float64Array, count: number = graph.numNodes): RankedNode[] {
  integerOption("topRanks", "count", count, 0);
  if (ranks.length !== graph.numNodes) {
    throw new RangeError(`topRanks: ${graph.numNodes} ranks were needed, one for each node, got ${ranks.length}`);
  }
  return Array.from(highest(ranks, Math.min(count, ranks.length)), (node, k) => {
    return { place: k + 1, node, name: graph.nameOf(node), rank: ranks[node] };
  });
}

/** Places of the highest numbers. Numbers alone are sorted faster than places by numbers. */
function highest(ranks: Float64Array, count: number): Uint32Array {
  if (count === 0) return new Uint32Array();
  const least = ranks.slice().sort()[ranks.length - count];
  const nodes: number[] = [];
  for (let node = 0; node < ranks.length; node++) if (ranks[node] >= least) nodes.push(node);
  nodes.sort((a, b) => ranks[b] - ranks[a] || a - b);
  return Uint32Array.from(nodes.slice(0, count));
}

/**
 * The ranks by name, null where the graph has no such node: a column of a space whose items are `names`. `found` is how many
 * of the names are nodes.
 */
export function rankColumn(
  graph: Graph,
  ranks: Float64Array,
  names: Iterable<string>,
): { column: Column; found: number } {
  const nodes = new Map<string, number>();
  for (let node = 0; node < graph.numNodes; node++) nodes.set(graph.nameOf(node), node);
  let found = 0;
  const values = Array.from(names, (name) => {
    const node = nodes.get(name);
    if (node === undefined) return null;
    found++;
    return ranks[node];
  });
  return { column: found === values.length ? Float64Array.from(values as number[]) : values, found };
}

/** Columns place, node and rank: for `writeCsv` or Parquet. */
export function rankTable(top: readonly RankedNode[]): Table {
  return {
    rows: top.length,
    columns: new Map<string, Column>([
      ["place", Int32Array.from(top, ({ place }) => place)],
      ["node", top.map(({ name }) => name)],
      ["rank", Float64Array.from(top, ({ rank }) => rank)],
    ]),
  };
}
