import { Names } from "../io/names.js";
import type { GraphFile } from "./graph-file.js";
import { type NodeNumbers, numberNodes, orderNames } from "./node-numbers.js";

/** Whether ids number the nodes or name them; "auto": as `EdgeListOptions` tells. */
export type IdKind = "auto" | "numbers" | "names";

/** What is known of edges whose ends are ids. */
export interface EdgeNodes {
  /** Names to which the ends refer, of sources and of targets (the same unless bipartite); null where ends are numbers. */
  names: readonly [Names, Names] | null;
  bipartite: boolean;
  ids: IdKind;
  /** The largest number. */
  largest: number;
  /** What is said, given what is said of the nodes. */
  understood: (nodes: string) => string;
}

/** Numbers the nodes of edges whose ends are ids, in place, and puts two kinds of nodes one behind the other. */
export function finishEdges(
  { sources, targets, weights }: Pick<GraphFile, "sources" | "targets" | "weights">,
  { names, bipartite, ids, largest, understood }: EdgeNodes,
): GraphFile {
  const numbered = (arrays: Uint32Array[], own: Names | null, most: number): NodeNumbers =>
    own === null ? numberNodes(arrays, most, ids) : orderNames(own, arrays, ids === "numbers" ? "auto" : ids);
  const rest = { weights, directed: null, nodes: null };
  if (!bipartite) {
    const nodes = numbered([sources, targets], names?.[0] ?? null, largest);
    return {
      sources,
      targets,
      numNodes: nodes.numNodes,
      names: nodes.names,
      ...rest,
      understood: understood(nodes.said),
    };
  }
  const first = numbered([sources], names?.[0] ?? null, maximum(sources));
  const second = numbered([targets], names?.[1] ?? null, maximum(targets));
  for (let k = 0; k < targets.length; k++) targets[k] += first.numNodes;
  const joined = joinNames(first, second);
  const told = joined.prefixed ? ", told apart as source:id and target:id" : "";
  return {
    sources,
    targets,
    numNodes: first.numNodes + second.numNodes,
    names: joined.names,
    bipartite: first.numNodes,
    ...rest,
    understood: understood(`${first.numNodes} sources, ${second.numNodes} targets${told}`),
  };
}

function maximum(array: Uint32Array): number {
  let most = 0;
  for (let k = 0; k < array.length; k++) if (array[k] > most) most = array[k];
  return most;
}

/** The names of two kinds of nodes, one behind the other, with their kinds in front where a name is in both. */
function joinNames(
  first: { numNodes: number; names: Names | null },
  second: { numNodes: number; names: Names | null },
): { names: Names; prefixed: boolean } {
  const nameOf = (side: typeof first, k: number) => side.names?.get(k) ?? String(k);
  const one = Names.from(Array.from({ length: first.numNodes }, (_, k) => nameOf(first, k)));
  let prefixed = false;
  for (let k = 0; k < second.numNodes && !prefixed; k++) prefixed = one.has(nameOf(second, k));
  const names = new Names();
  for (let k = 0; k < first.numNodes; k++) names.add(prefixed ? `source:${nameOf(first, k)}` : nameOf(first, k));
  for (let k = 0; k < second.numNodes; k++) names.add(prefixed ? `target:${nameOf(second, k)}` : nameOf(second, k));
  return { names, prefixed };
}
