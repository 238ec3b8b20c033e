import { DisjointSets } from "./disjoint-sets.js";
import type { SpanningTree } from "./spanning-tree.js";

/**
 * Clusters as the density rises from 0 (Campello, Moulavi and Sander 2013, section 5): cluster 0 holds all items, and a
 * cluster ends where it splits into two or more of at least the least size, or loses its last items. Densities are lambda = 1 /
 * distance.
 */
export interface CondensedTree {
  /** The cluster that each was split from, -1 for the first; a parent stands before its children. */
  readonly parents: readonly number[];
  /** Sum over its items of the densities through which they belong to it. */
  readonly stabilities: readonly number[];
  /** The density at which each ends. */
  readonly ends: readonly number[];
  /** [N]: the last cluster that an item belongs to, and the density at which it leaves it. */
  readonly clusters: Int32Array;
  readonly densities: Float64Array;
}

/** Distances below this count as this. */
const leastDistance = 1e-12;

/**
 * The condensed tree of a spanning tree over `numItems`. Parts that no edge joins are joined at an infinite distance, at
 * density 0.
 */
export function condensedTree(tree: SpanningTree, numItems: number, minClusterSize: number): CondensedTree {
  const { left, right, weights, sizeOf } = dendrogram(tree, numItems);
  const clusters = new Int32Array(numItems);
  const densities = new Float64Array(numItems);
  const [parents, stabilities, ends, births] = [[-1], [0], [0], [0]];
  /** All items below a node leave a cluster. */
  const leave = (node: number, cluster: number, density: number) => {
    const waiting = [node];
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      if (at < numItems) {
        clusters[at] = cluster;
        densities[at] = density;
      } else waiting.push(right[at - numItems], left[at - numItems]);
    }
  };
  /** The nodes that a node joins at its distance. */
  const partsOf = (node: number): number[] => {
    const parts: number[] = [];
    const waiting = [node];
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      if (at >= numItems && weights[at - numItems] === weights[node - numItems]) {
        waiting.push(right[at - numItems], left[at - numItems]);
      } else parts.push(at);
    }
    return parts;
  };
  const waiting: { node: number; cluster: number }[] = [];
  if (numItems > 1) waiting.push({ node: numItems + weights.length - 1, cluster: 0 });
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, cluster } = next;
    const density = 1 / Math.max(leastDistance, weights[node - numItems]);
    const parts = partsOf(node);
    const large = parts.filter((part) => sizeOf(part) >= minClusterSize);
    const staying = large.length === 1 ? sizeOf(large[0]) : 0;
    stabilities[cluster] += (sizeOf(node) - staying) * (density - births[cluster]);
    ends[cluster] = Math.max(ends[cluster], density);
    for (const part of parts) if (sizeOf(part) < minClusterSize) leave(part, cluster, density);
    for (const part of large) {
      waiting.push({ node: part, cluster: large.length === 1 ? cluster : parents.length });
      if (large.length === 1) continue;
      parents.push(cluster);
      births.push(density);
      ends.push(density);
      stabilities.push(0);
    }
  }
  return { parents, stabilities, ends, clusters, densities };
}

/** Single linkage: node N + k joins two nodes by the k-th edge in order of (weight, lower, higher). */
function dendrogram({ lower, higher, weights: given }: SpanningTree, numItems: number) {
  const merges = Math.max(0, numItems - 1);
  const order = Uint32Array.from(given.keys()).sort(
    (a, b) => given[a] - given[b] || lower[a] - lower[b] || higher[a] - higher[b],
  );
  const [left, right] = [new Uint32Array(merges), new Uint32Array(merges)];
  const weights = new Float64Array(merges).fill(Number.POSITIVE_INFINITY);
  const sizes = new Uint32Array(merges);
  const sizeOf = (node: number) => (node < numItems ? 1 : sizes[node - numItems]);
  const sets = new DisjointSets(numItems);
  const nodeOf = Int32Array.from({ length: numItems }, (_, i) => i); // of a set, by the member that stands for it
  let count = 0;
  const merge = (i: number, j: number) => {
    const [a, b] = [nodeOf[sets.find(i)], nodeOf[sets.find(j)]];
    if (!sets.join(i, j)) return;
    left[count] = a;
    right[count] = b;
    sizes[count] = sizeOf(a) + sizeOf(b);
    nodeOf[sets.find(i)] = numItems + count++;
  };
  for (const edge of order) {
    weights[count] = given[edge];
    merge(lower[edge], higher[edge]);
  }
  weights.fill(Number.POSITIVE_INFINITY, count);
  for (let i = 1; i < numItems; i++) merge(0, i); // parts that nothing joins
  return { left, right, weights, sizeOf };
}
