import type { Structure } from "./labeled-graph.js";

/** The nodes of each connected component, directions aside, ascending. */
export function components(structure: Structure): number[][] {
  const found = new Uint8Array(structure.numNodes);
  const arcs = structure.arcs();
  const result: number[][] = [];
  for (let start = 0; start < structure.numNodes; start++) {
    if (found[start]) continue;
    found[start] = 1;
    const nodes = [start];
    for (let next = 0; next < nodes.length; next++) {
      for (const { offsets, indices } of arcs) {
        for (let k = offsets[nodes[next]]; k < offsets[nodes[next] + 1]; k++) {
          if (found[indices[k]]) continue;
          found[indices[k]] = 1;
          nodes.push(indices[k]);
        }
      }
    }
    result.push(nodes.sort((a, b) => a - b));
  }
  return result;
}

/**
 * The structure of two unions of components, the given colors being labels; node i of its first part is first[i]. Nodes are
 * ascending, so that rows stay sorted. `place`, [N], is room to work in.
 */
export function restrict(
  structure: Structure,
  [first, second]: readonly [readonly number[], readonly number[]],
  colors: Uint32Array,
  place: Uint32Array,
): Structure {
  const nodes = [...first, ...second];
  for (const [i, v] of nodes.entries()) place[v] = i;
  const kinds = [...new Set(nodes.map((v) => colors[v]))].sort((a, b) => a - b);
  const kindOf = new Map(kinds.map((color, kind) => [color, kind]));
  const arcs = structure.arcs().map(({ offsets, indices, labels }) => {
    const entries = nodes.flatMap((v) => Array.from({ length: offsets[v + 1] - offsets[v] }, (_, i) => offsets[v] + i));
    const restricted = new Uint32Array(nodes.length + 1);
    for (const [i, v] of nodes.entries()) restricted[i + 1] = restricted[i] + offsets[v + 1] - offsets[v];
    return {
      offsets: restricted,
      indices: Uint32Array.from(entries, (k) => place[indices[k]]),
      labels: labels === null ? null : Uint32Array.from(entries, (k) => labels[k]),
    };
  });
  return {
    ...structure,
    numNodes: nodes.length,
    firsts: [0, first.length, nodes.length],
    nodeLabels: kinds,
    labelOf: Uint32Array.from(nodes, (v) => kindOf.get(colors[v]) ?? 0),
    arcs: () => arcs,
  };
}
