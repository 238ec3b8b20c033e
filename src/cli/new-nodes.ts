import type { GraphFile } from "../formats/graph-file.js";
import type { NewFeaturedNode } from "../graphs/attached-nodes.js";
import type { NewItem } from "../space/new-items.js";
import type { Relations } from "../space/relations.js";
import type { Space } from "../space/space.js";
import { UsageError } from "./exit-codes.js";
import { readGraph } from "./open-graph.js";
import { count, plural, shown } from "./output.js";
import type { Shell } from "./shell.js";

export interface NewNodeFlags {
  nodes?: string;
  threads?: number;
  memoryLimit?: number;
}

/** New nodes of a space that keeps relations, and the edges that come with them. */
export interface NewNodes {
  readonly items: readonly NewItem[];
  /** To be called when the items are in the space: adds their edges to its relations. */
  relate(): Promise<void>;
}

/**
 * The nodes of a file of edges that the space does not have, each with its neighbors that it has; in a directed graph with
 * those it points to. Nodes without such a neighbor are left out, as are edges between nodes that are there already.
 */
export async function newNodes(
  space: Space,
  relations: Relations,
  path: string,
  flags: NewNodeFlags,
  shell: Shell,
): Promise<NewNodes> {
  const { nodes, ...machine } = flags;
  const file = await readGraph(path, machine, shell);
  const known = await space.names();
  const nameOf = (node: number) => file.names?.get(node) ?? String(node);
  const names = Array.from({ length: file.numNodes }, (_, node) => nameOf(node));
  const rows = names.map((name) => known.indexOf(name));
  const neighbors = new Map<number, Map<string, number>>();
  const meet = (node: number, other: number, weight: number) => {
    if (rows[node] >= 0 || rows[other] < 0) return;
    const own = neighbors.get(node) ?? new Map<string, number>();
    own.set(names[other], (own.get(names[other]) ?? 0) + weight);
    neighbors.set(node, own);
  };
  for (const { source, target, weight } of edgesOf(file)) {
    meet(source, target, weight);
    if (!relations.directed) meet(target, source, weight);
  }
  const features = nodes === undefined ? null : await featuresOf(nodes, shell);
  const items = Array.from(neighbors, ([node, own]): NewItem => {
    const thing: NewFeaturedNode = { neighbors: own, features: features?.get(names[node]) };
    return { name: names[node], thing };
  });
  const strangers = rows.filter((row) => row < 0).length - items.length;
  const left = strangers === 0 ? "" : `, ${count(strangers)} left out (no neighbor in the space)`;
  shell.output.note(`${plural(items.length, "new node")}${left}`);
  return { items, relate: () => relate(space, relations, file, names, rows) };
}

function* edgesOf({ sources, targets, weights }: GraphFile) {
  for (let k = 0; k < sources.length; k++) {
    yield { source: sources[k], target: targets[k], weight: weights?.[k] ?? 1 };
  }
}

/** Adds the edges that have a new node at an end, where both ends are items by now. */
async function relate(
  space: Space,
  relations: Relations,
  file: GraphFile,
  names: readonly string[],
  before: readonly number[],
): Promise<void> {
  const present = await space.names();
  const rows = names.map((name) => present.indexOf(name));
  const fresh = [...edgesOf(file)].filter(
    ({ source, target }) => rows[source] >= 0 && rows[target] >= 0 && (before[source] < 0 || before[target] < 0),
  );
  const ends = (old: Uint32Array, end: "source" | "target") => {
    const all = new Uint32Array(old.length + fresh.length);
    all.set(old);
    for (const [k, edge] of fresh.entries()) all[old.length + k] = rows[edge[end]];
    return all;
  };
  const { sources, targets, directed } = relations;
  let weights: Float64Array<ArrayBuffer> | null = null;
  if (relations.weights !== null || file.weights !== null) {
    weights = new Float64Array(sources.length + fresh.length).fill(1);
    if (relations.weights !== null) weights.set(relations.weights);
    for (const [k, { weight }] of fresh.entries()) weights[sources.length + k] = weight;
  }
  await space.setRelations({ sources: ends(sources, "source"), targets: ends(targets, "target"), weights, directed });
}

/** The columns of numbers of a table about nodes, in order, by node. */
async function featuresOf(path: string, { output, signal, onProgress }: Shell): Promise<Map<string, Float64Array>> {
  const { openStream } = await import("../io/source.js");
  const { readNodeTable } = await import("../formats/node-table.js");
  const table = await readNodeTable(await openStream(path), { signal, onProgress });
  output.note(`nodes     ${shown(path)}: ${shown(table.understood)}`);
  const numbers = [...table.columns.values()].filter((column) => column instanceof Float64Array);
  if (numbers.length === 0) throw new UsageError(`add: ${shown(path)} has no column of numbers (--nodes)`);
  return new Map(table.ids.map((id, row) => [id, Float64Array.from(numbers, (column) => column[row])]));
}
