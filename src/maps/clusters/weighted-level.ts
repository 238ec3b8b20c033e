import { Breather } from "../../io/breather.js";
import type { Graph } from "../../messages/graph.js";

/**
 * An undirected graph as communities are sought in it, or one whose nodes are sets of nodes of such a graph. Loops, and
 * edges inside of a set, are counted in the strengths only: moving a node never parts it from itself.
 */
export interface WeightedLevel {
  readonly numNodes: number;
  /** [numNodes + 1] */
  readonly offsets: Uint32Array;
  /** The other end of each arc. */
  readonly targets: Uint32Array;
  /** The weight of each arc; null where all are 1. */
  readonly weights: Float64Array | null;
  /** [numNodes]: the sum k_i of a node's weights, loops twice. */
  readonly strengths: Float64Array;
}

/** Nodes between two looks at the clock. */
const nodesPerLook = 1024;

/** Copies a graph, which others may use meanwhile. */
export async function levelOf({ rows, numNodes }: Graph, signal?: AbortSignal): Promise<WeightedLevel> {
  let { offsets: from, indices, values } = rows;
  const breather = new Breather(signal);
  const offsets = new Uint32Array(numNodes + 1);
  const targets = new Uint32Array(indices.length);
  const weights = values === null ? null : new Float64Array(indices.length);
  const strengths = new Float64Array(numNodes);
  let arcs = 0;
  for (let i = 0; i < numNodes; i++) {
    if (i % nodesPerLook === 0 && breather.due) {
      await breather.pause();
      ({ offsets: from, indices, values } = rows); // whose memory may have grown
    }
    for (let e = from[i]; e < from[i + 1]; e++) {
      const weight = values === null ? 1 : values[e];
      strengths[i] += indices[e] === i ? 2 * weight : weight;
      if (indices[e] === i) continue;
      if (weights !== null) weights[arcs] = weight;
      targets[arcs++] = indices[e];
    }
    offsets[i + 1] = arcs;
  }
  return {
    numNodes,
    offsets,
    targets: targets.subarray(0, arcs),
    weights: weights?.subarray(0, arcs) ?? null,
    strengths,
  };
}

/** The graph of `count` sets of nodes; `sets` [numNodes] names each node's. Its arcs are sums in the order of the nodes. */
export async function aggregate(
  level: WeightedLevel,
  sets: Int32Array,
  count: number,
  signal?: AbortSignal,
): Promise<WeightedLevel> {
  const { numNodes, offsets, targets, weights } = level;
  const { starts, members } = membersOf(sets, count);
  const sumTo = new Float64Array(count);
  const touched = new Int32Array(count);
  const newOffsets = new Uint32Array(count + 1);
  const newTargets = new Uint32Array(targets.length);
  const newWeights = new Float64Array(targets.length);
  const strengths = new Float64Array(count);
  for (let i = 0; i < numNodes; i++) strengths[sets[i]] += level.strengths[i];
  const breather = new Breather(signal);
  let arcs = 0;
  for (let set = 0; set < count; set++) {
    if (breather.due) await breather.pause();
    let found = 0;
    for (let k = starts[set]; k < starts[set + 1]; k++) {
      const i = members[k];
      for (let e = offsets[i]; e < offsets[i + 1]; e++) {
        const other = sets[targets[e]];
        if (other === set) continue;
        if (sumTo[other] === 0) touched[found++] = other;
        sumTo[other] += weights === null ? 1 : weights[e];
      }
    }
    for (let k = 0; k < found; k++) {
      newTargets[arcs] = touched[k];
      newWeights[arcs++] = sumTo[touched[k]];
      sumTo[touched[k]] = 0;
    }
    newOffsets[set + 1] = arcs;
  }
  return {
    numNodes: count,
    offsets: newOffsets,
    targets: newTargets.slice(0, arcs),
    weights: newWeights.slice(0, arcs),
    strengths,
  };
}

/** sum_c (L_c / m - resolution (K_c / 2m)^2) where every node is a community (see `modularity`); 0 without edges. */
export function qualityOf({ numNodes, offsets, weights, strengths }: WeightedLevel, resolution: number): number {
  let all = 0;
  for (const strength of strengths) all += strength;
  if (all === 0) return 0;
  let quality = 0;
  for (let c = 0; c < numNodes; c++) {
    let outside = weights === null ? offsets[c + 1] - offsets[c] : 0;
    if (weights !== null) for (let e = offsets[c]; e < offsets[c + 1]; e++) outside += weights[e];
    quality += (strengths[c] - outside) / all - resolution * (strengths[c] / all) * (strengths[c] / all);
  }
  return quality;
}

/** The members of each of `count` sets, in order: those of set s are members[starts[s]] .. members[starts[s + 1] - 1]. */
export function membersOf(sets: Int32Array, count: number): { starts: Uint32Array; members: Uint32Array } {
  const starts = new Uint32Array(count + 1);
  for (const set of sets) starts[set + 1]++;
  for (let set = 0; set < count; set++) starts[set + 1] += starts[set];
  const next = starts.slice(0, count);
  const members = new Uint32Array(sets.length);
  for (let i = 0; i < sets.length; i++) members[next[sets[i]]++] = i;
  return { starts, members };
}

/** Numbers sets from 0 in order of their lowest members, in place; returns how many there are. */
export function compact(sets: Int32Array): number {
  const numberOf = new Int32Array(sets.reduce((most, set) => Math.max(most, set), -1) + 1).fill(-1);
  let count = 0;
  for (let i = 0; i < sets.length; i++) {
    if (numberOf[sets[i]] < 0) numberOf[sets[i]] = count++;
    sets[i] = numberOf[sets[i]];
  }
  return count;
}
