import type { Structure } from "./labeled-graph.js";

/**
 * Whether a mapping of the first graph's nodes to the second's, in a structure of two with as many nodes and arcs each,
 * takes every node to one with its label and every arc to an arc with its label. O(N + E) and sorting of rows.
 */
export function isIsomorphism({ firsts, labelOf, edgeLabels, arcs }: Structure, mapping: Uint32Array): boolean {
  const shift = firsts[1];
  const taken = new Uint8Array(mapping.length);
  for (const [v, image] of mapping.entries()) {
    if (taken[image] > 0 || labelOf[v] !== labelOf[image + shift]) return false;
    taken[image] = 1;
  }
  const { offsets, indices, labels } = arcs()[0]; // with every arc of one direction those of the other are right
  const kinds = Math.max(1, edgeLabels.length);
  const keyOf = (target: number, k: number) => target * kinds + (labels === null ? 0 : labels[k]);
  for (const [v, image] of mapping.entries()) {
    const [start, from] = [offsets[v], offsets[image + shift]];
    const degree = offsets[v + 1] - start;
    if (degree !== offsets[image + shift + 1] - from) return false;
    const keys = new Float64Array(degree);
    for (let i = 0; i < degree; i++) keys[i] = keyOf(mapping[indices[start + i]] + shift, start + i);
    keys.sort();
    for (let i = 0; i < degree; i++) if (keys[i] !== keyOf(indices[from + i], from + i)) return false;
  }
  return true;
}
