import { Breather } from "../../io/breather.js";
import { knownOptions } from "../../io/options.js";
import { components, restrict } from "./components.js";
import { isIsomorphism } from "./is-isomorphism.js";
import { type GraphInput, type Label, type Structure, structureOf } from "./labeled-graph.js";
import { Partition } from "./partition.js";

/** Why two graphs are not isomorphic. */
export type Witness =
  /** One is directed and the other not, or they differ in nodes or in arcs (entries of `rows`). */
  | { kind: "directed" | "nodes" | "arcs"; counts: [number, number] }
  /** After so many rounds of color refinement a color occurs in one more often than in the other; round 0 is the labels. */
  | { kind: "colors"; round: number; counts: [number, number]; label?: Label; nodes: [number | null, number | null] }
  /** Color refinement tells nothing; every assignment that it leaves open was tried: so many ended in a contradiction. */
  | { kind: "search"; assignments: number };

export type IsomorphismResult =
  /** `mapping[v]` is the node of the second graph that node v of the first becomes, [N]. */
  { isomorphic: true; mapping: Uint32Array; assignments: number } | { isomorphic: false; witness: Witness };

/**
 * Whether two graphs are the same but for the numbering of their nodes, labels of nodes and edges and directions included:
 * yes with a mapping, or no with a reason. Never wrong: color refinement of both graphs side by side is the filter, an
 * exact search is behind it. The search makes nodes single (McKay and Piperno 2014, "Practical graph isomorphism, II",
 * section 2): where a color is left with several nodes of each graph, one of the first graph is paired with each candidate
 * of the second in turn, and refinement draws the conclusions of the pairing; component by component, since what one
 * component becomes says nothing of another. A mapping is checked arc by arc.
 *
 * Trees and almost all graphs take refinement alone, O((N + E) log N). Built to be hard (Cai, Fürer and Immerman 1992), the
 * search may take exponentially long: `signal` stops it.
 *
 * Throws RangeError for labels that do not fit a graph.
 */
export async function isomorphism(
  first: GraphInput,
  second: GraphInput,
  options: { signal?: AbortSignal } = {},
): Promise<IsomorphismResult> {
  knownOptions("isomorphism", options, ["signal"]);
  options.signal?.throwIfAborted();
  const [a, b] = [first, second].map((input) => ("graph" in input ? input.graph : input));
  const differs = (kind: "directed" | "nodes" | "arcs", counts: [number, number]): IsomorphismResult | null =>
    counts[0] === counts[1] ? null : { isomorphic: false, witness: { kind, counts } };
  const plain =
    differs("directed", [Number(a.directed), Number(b.directed)]) ??
    differs("nodes", [a.numNodes, b.numNodes]) ??
    differs("arcs", [a.numArcs, b.numArcs]);
  if (plain !== null) return plain;

  const structure = await structureOf("isomorphism", [first, second]);
  const partition = new Partition(structure);
  const breather = new Breather(options.signal);
  for (let round = 0, seen = 0; ; round++) {
    const witness = unbalanced(structure, partition, seen, round);
    if (witness !== null) return { isomorphic: false, witness };
    seen = partition.numColors;
    if (!partition.refine()) break;
    if (breather.due) await breather.pause();
  }
  // Where colors are all or nothing to each other, any pairing within colors will do: as in stars and empty graphs.
  const guess = pairing(structure, partition);
  if (isIsomorphism(structure, guess)) return { isomorphic: true, mapping: guess, assignments: 0 };
  return searchComponents(structure, partition, breather);
}

/**
 * Each component of the first graph with the first isomorphic one of the second that is left. No choice needs to be taken
 * back: components that are isomorphic to the same one are so to each other.
 */
async function searchComponents(
  structure: Structure,
  { colors }: Partition,
  breather: Breather,
): Promise<IsomorphismResult> {
  const shift = structure.firsts[1];
  const all = components(structure);
  const left = new Map<string, number[][]>(); // of the second graph, by colors
  const colorsOf = (nodes: readonly number[]) =>
    Uint32Array.from(nodes, (v) => colors[v])
      .sort()
      .join();
  for (const nodes of all) {
    if (nodes[0] < shift) continue;
    const colorsOfNodes = colorsOf(nodes);
    const others = left.get(colorsOfNodes);
    if (others === undefined) left.set(colorsOfNodes, [nodes]);
    else others.push(nodes);
  }
  const mapping = new Uint32Array(shift);
  const place = new Uint32Array(structure.numNodes);
  let assignments = 0;
  for (const nodes of all) {
    if (nodes[0] >= shift) break;
    const candidates = left.get(colorsOf(nodes)) ?? [];
    let matched = false;
    for (let i = 0; i < candidates.length && !matched; i++) {
      const pair = restrict(structure, [nodes, candidates[i]], colors, place);
      const result = await search(pair, new Partition(pair), breather);
      assignments += result.assignments;
      if (result.mapping === null) continue;
      for (const [k, image] of result.mapping.entries()) mapping[nodes[k]] = candidates[i][image] - shift;
      candidates.splice(i, 1);
      matched = true;
    }
    if (!matched) return { isomorphic: false, witness: { kind: "search", assignments } };
  }
  if (!isIsomorphism(structure, mapping)) throw new Error("internal: isomorphism: mapped components are no mapping");
  return { isomorphic: true, mapping, assignments };
}

/**
 * A mapping of the first of two connected graphs to the second, or null, with the number of pairings tried: in order of the
 * members, as a stack of decisions, each with the candidates that it has left.
 */
async function search(
  structure: Structure,
  partition: Partition,
  breather: Breather,
): Promise<{ mapping: Uint32Array | null; assignments: number }> {
  if (!(await refineBalanced(structure, partition, breather))) return { mapping: null, assignments: 0 };
  const decisions: { mark: number; node: number; tried: Set<number>; place: number }[] = [];
  let assignments = 0;
  let place = 0; // before it every color has one node of each graph
  for (;;) {
    while (place < structure.numNodes && partition.sizes[partition.colors[partition.members[place]]] === 2) place += 2;
    if (place >= structure.numNodes) {
      return { mapping: pairing(structure, partition), assignments };
    }
    const color = partition.colors[partition.members[place]];
    const node = membersOf(partition, color).find((v) => v < structure.firsts[1]) ?? 0;
    decisions.push({ mark: partition.numColors, node, tried: new Set(), place });
    for (;;) {
      const decision = decisions.at(-1);
      if (decision === undefined) return { mapping: null, assignments };
      partition.undo(decision.mark);
      const { tried } = decision;
      const candidate = membersOf(partition, partition.colors[decision.node]).find(
        (v) => v >= structure.firsts[1] && !tried.has(v),
      );
      if (candidate === undefined) {
        decisions.pop();
        continue;
      }
      tried.add(candidate);
      assignments++;
      place = decision.place;
      partition.individualize([decision.node, candidate]);
      if (await refineBalanced(structure, partition, breather)) break;
    }
  }
}

/** Refines to a stable partition; false as soon as some color has more nodes of one graph. */
async function refineBalanced(structure: Structure, partition: Partition, breather: Breather): Promise<boolean> {
  for (;;) {
    const seen = partition.numColors;
    if (breather.due) await breather.pause();
    if (!partition.refine()) return true;
    if (unbalanced(structure, partition, seen, 0) !== null) return false;
  }
}

function membersOf({ members, starts, sizes }: Partition, color: number): Uint32Array {
  return members.subarray(starts[color], starts[color] + sizes[color]);
}

/**
 * A color from `seen` on that has more nodes of one graph than of the other. Where all new ones are balanced, those that
 * they were split from are.
 */
function unbalanced(structure: Structure, partition: Partition, seen: number, round: number): Witness | null {
  const { firsts, nodeLabels, labelOf } = structure;
  for (let color = seen; color < partition.numColors; color++) {
    const nodes: [number | null, number | null] = [null, null];
    const counts: [number, number] = [0, 0];
    for (const v of membersOf(partition, color)) {
      const side = v < firsts[1] ? 0 : 1;
      nodes[side] ??= v - firsts[side];
      counts[side]++;
    }
    if (counts[0] === counts[1]) continue;
    const label = nodeLabels[labelOf[partition.members[partition.starts[color]]]];
    return { kind: "colors", round, counts, label, nodes };
  }
  return null;
}

/** The nodes of both graphs paired by color and, within a color, in the order of their numbers. */
function pairing({ firsts }: Structure, partition: Partition): Uint32Array {
  const mapping = new Uint32Array(firsts[1]);
  for (let color = 0; color < partition.numColors; color++) {
    const nodes = membersOf(partition, color).slice().sort();
    const half = nodes.length / 2;
    for (let i = 0; i < half; i++) mapping[nodes[i]] = nodes[half + i] - firsts[1];
  }
  return mapping;
}
