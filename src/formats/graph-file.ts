import { type FormatPlace, ResourceError } from "../io/errors.js";
import { memoryLimitOf } from "../io/memory-limit.js";
import type { Names } from "../io/names.js";
import type { TaskOptions } from "../io/progress.js";
import type { Table } from "./table.js";

/** A graph as a file holds it: edges by the numbers of their ends, as `Graph.fromEdges` takes them. */
export interface GraphFile {
  readonly sources: Uint32Array<ArrayBuffer>;
  readonly targets: Uint32Array<ArrayBuffer>;
  /** A finite number above 0 for each edge; null where the file has none, so that all are 1. */
  readonly weights: Float64Array<ArrayBuffer> | null;
  readonly numNodes: number;
  /** The nodes' names by number; null where they are called by their numbers. */
  readonly names: Names | null;
  /** In a bipartite graph the number of nodes of the first kind, which come first. */
  readonly bipartite?: number;
  /** Where an edge stands in the file. */
  readonly placeOf?: (edge: number) => FormatPlace;
  /** Whether edges have a direction; null where the file does not say. */
  readonly directed: boolean | null;
  /** Further columns about the nodes, in their order; null where the file has none. */
  readonly nodes: Table | null;
  /** How the file was understood, in a sentence or two: format, columns, what was skipped and why. */
  readonly understood: string;
}

/** Options that all readers of graphs share. */
export interface GraphReadOptions extends TaskOptions {
  /** Bytes that the edges may take; by default three quarters of the memory that is available. */
  memoryLimit?: number;
}

/** Bytes while edges are collected: each stands twice when the pieces are put together. */
function bytesOfEdges(edges: number, weighted: boolean): number {
  return 2 * edges * (weighted ? 16 : 8);
}

/** Throws ResourceError where edges need more memory than allowed. */
export function checkEdgeMemory(
  where: string,
  file: string,
  edges: number,
  weighted: boolean,
  memoryLimit: number | undefined,
): void {
  const needed = bytesOfEdges(edges, weighted);
  const limit = memoryLimitOf(memoryLimit);
  if (needed <= limit) return;
  const count = edges < 1e6 ? String(Math.round(edges)) : `${(edges / 1e6).toFixed(1)} million`;
  throw new ResourceError(
    `${where}: ${file}: about ${count} edges need ${Math.ceil(needed / 2 ** 20)} MiB, the limit is ${Math.floor(limit / 2 ** 20)} MiB (memoryLimit)`,
  );
}

/** `1 line`, `2 lines`, with thousands separated. */
export function counted(count: number, noun: string): string {
  return `${String(count).replace(/\B(?=(?:\d{3})+$)/g, ",")} ${noun}${count === 1 ? "" : "s"}`;
}
