import type { Structure } from "./labeled-graph.js";

/**
 * Whether a mapping of the first graph's nodes to the second's, in a structure of two with as many nodes and arcs each,
 * takes every node to one with its label and every arc to an arc with its label. O(N + E) and sorting of rows.
 */
export function isIsomorphism({ firsts, labelOf, arcs }: Structure, mapping: Uint32Array): boolean {
  const shift = firsts[1];
  const taken = new Uint8Array(mapping.length);
  for (const [v, image] of mapping.entries()) {
    if (taken[image] > 0 || labelOf[v] !== labelOf[image + shift]) return false;
    taken[image] = 1;
  }
  const { offsets, indices, labels } = arcs()[0]; // with every arc of one direction those of the other are right
  for (const [v, image] of mapping.entries()) {
    const from = offsets[image + shift];
    const degree = offsets[v + 1] - offsets[v];
    if (degree !== offsets[image + shift + 1] - from) return false;
    const arcsOfV = Array.from({ length: degree }, (_, i) => {
      const k = offsets[v] + i;
      return { target: mapping[indices[k]] + shift, label: labels === null ? 0 : labels[k] };
    }).sort((x, y) => x.target - y.target);
    for (const [i, { target, label }] of arcsOfV.entries()) {
      if (target !== indices[from + i] || label !== (labels === null ? 0 : labels[from + i])) return false;
    }
  }
  return true;
}
