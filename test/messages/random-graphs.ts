import fc from "fast-check";

/** Edges of small graphs: isolated nodes, self-loops and parallel edges among them, with weights or without. */
export function edgeLists({ mostNodes = 12 } = {}) {
  return fc.integer({ min: 1, max: mostNodes }).chain((numNodes) => {
    const node = fc.nat(numNodes - 1);
    const weight = fc.integer({ min: 1, max: 40 }).map((quarters) => quarters / 4);
    return fc
      .record({ edges: fc.array(fc.tuple(node, node, weight), { maxLength: 40 }), weighted: fc.boolean() })
      .map(({ edges, weighted }) => ({
        numNodes,
        sources: Uint32Array.from(edges, ([source]) => source),
        targets: Uint32Array.from(edges, ([, target]) => target),
        weights: weighted ? Float64Array.from(edges, ([, , weight]) => weight) : null,
      }));
  });
}
