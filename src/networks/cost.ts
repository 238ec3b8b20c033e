import type { Graph } from "./graph.js";
import { sizeOf } from "./types.js";

/**
 * About how many multiplications and additions a graph takes, from its shapes alone, so that what is decided by it is
 * decided alike everywhere: products and convolutions exactly, other nodes one for each element.
 */
export function operationsOf(graph: Graph): number {
  let operations = 0;
  for (const { op, inputs, outputs, attributes } of graph.nodes) {
    const own = op.operations?.(inputs, attributes, outputs);
    operations += own ?? outputs.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  }
  return operations;
}
