import { availableMemory } from "#platform";
import { ResourceError } from "../io/errors.js";
import type { Graph } from "./graph.js";
import { elementBytes, showType, sizeOf } from "./types.js";

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

/**
 * Throws ResourceError where one value alone takes more than the memory that is free, at most `limit` bytes: a system that
 * promises memory which it does not have would end the process.
 */
export function checkMemory(graph: Graph, limit = Number.POSITIVE_INFINITY): void {
  const most = Math.min(availableMemory(), limit);
  for (const { op, outputs } of graph.nodes) {
    for (const output of outputs) {
      const bytes = elementBytes[output.dtype] * sizeOf(output.shape);
      if (bytes <= most) continue;
      throw new ResourceError(
        `networks: ${op.name} gives ${showType(output)}, ${bytes} bytes where ${most} are free; smaller batches need less`,
      );
    }
  }
}
