import type { EdgeList } from "./graph.js";
import type { GraphMemory } from "./memory.js";
import { Rows } from "./rows.js";

export const duplicatePolicies = ["sum", "first", "refuse"] as const;
/** What happens to several entries with the same row and column. */
export type DuplicatePolicy = (typeof duplicatePolicies)[number];

export interface BuildOptions {
  numNodes: number | undefined;
  /** Whether each edge stands in the rows of both its ends. */
  both: boolean;
  parallel: DuplicatePolicy;
  selfLoops: "keep" | "drop" | "refuse";
  bipartite: number | null;
  threads: number | undefined;
  signal: AbortSignal | undefined;
}

/** Compressed rows from edges: two stable counting sorts, by target and by source. */
export async function buildRows(memory: GraphMemory, edges: EdgeList, options: BuildOptions) {
  const { sources, targets, weights = null } = edges;
  const { both, parallel, selfLoops, bipartite } = options;
  if (sources.length !== targets.length || (weights !== null && weights.length !== sources.length)) {
    throw new RangeError(
      `Graph.fromEdges: ${sources.length} sources, ${targets.length} targets and ${weights?.length ?? "no"} weights differ in number`,
    );
  }
  let largest = -1;
  for (let e = 0; e < sources.length; e++) largest = Math.max(largest, sources[e], targets[e]);
  const numNodes = options.numNodes ?? largest + 1;
  if (largest >= numNodes) {
    const e = sources.findIndex((source, k) => source >= numNodes || targets[k] >= numNodes);
    throw new RangeError(
      `Graph.fromEdges: edge ${e} is ${sources[e]} -> ${targets[e]}, but there are ${numNodes} nodes, numbered from 0`,
    );
  }
  const kept: number[] = [];
  let loops = 0;
  for (let e = 0; e < sources.length; e++) {
    const [source, target] = [sources[e], targets[e]];
    if (weights !== null && !(weights[e] > 0 && Number.isFinite(weights[e]))) {
      throw new RangeError(`Graph.fromEdges: the weight of edge ${e} must be above 0 and finite, got ${weights[e]}`);
    }
    if (bipartite !== null && !(source < bipartite && target >= bipartite)) {
      throw new RangeError(
        `Graph.fromEdges: edge ${e}, ${source} -> ${target}, does not go from the first ${bipartite} nodes to the others`,
      );
    }
    if (source === target && selfLoops !== "keep") {
      if (selfLoops === "refuse") throw new RangeError(`Graph.fromEdges: edge ${e} joins node ${source} to itself`);
      loops++;
      continue;
    }
    kept.push(e);
  }
  const arcs: { row: number; column: number; value: number; e: number }[] = [];
  for (const e of kept) {
    const value = weights?.[e] ?? 1;
    arcs.push({ row: sources[e], column: targets[e], value, e });
    if (both && sources[e] !== targets[e]) arcs.push({ row: targets[e], column: sources[e], value, e });
  }
  arcs.sort((a, b) => a.row - b.row || a.column - b.column || a.e - b.e);
  const merged: typeof arcs = [];
  let duplicates = 0;
  for (const arc of arcs) {
    const last = merged.at(-1);
    if (last === undefined || last.row !== arc.row || last.column !== arc.column) {
      merged.push({ ...arc });
      continue;
    }
    if (parallel === "refuse") {
      throw new RangeError(
        `Graph.fromEdges: edges ${last.e} and ${arc.e} both join ${sources[arc.e]} and ${targets[arc.e]}`,
      );
    }
    if (!both || arc.row <= arc.column) duplicates++;
    if (parallel === "sum") last.value += arc.value;
  }
  const hasValues = merged.some(({ value }) => value !== 1);
  const at = {
    offsets: memory.allocate(4 * (numNodes + 1)),
    indices: memory.allocate(4 * merged.length),
    values: hasValues ? memory.allocate(8 * merged.length) : 0,
  };
  const rows = new Rows(memory, { numRows: numNodes, numColumns: numNodes, numEntries: merged.length }, at);
  const { offsets, indices, values } = rows;
  offsets.fill(0);
  for (const { row } of merged) offsets[row + 1]++;
  for (let i = 0; i < numNodes; i++) offsets[i + 1] += offsets[i];
  for (const [k, { column, value }] of merged.entries()) {
    indices[k] = column;
    if (values !== null) values[k] = value;
  }
  return { rows, dropped: { selfLoops: loops, parallel: duplicates } };
}

/** The transposed matrix, in the same memory. */
export async function transposeRows(rows: Rows, _options: { threads: number | undefined }): Promise<Rows> {
  const { memory, numRows, numColumns, numEntries } = rows;
  const at = {
    offsets: memory.allocate(4 * (numColumns + 1)),
    indices: memory.allocate(4 * numEntries),
    values: rows.valuesAt === 0 ? 0 : memory.allocate(8 * numEntries),
  };
  const result = new Rows(memory, { numRows: numColumns, numColumns: numRows, numEntries }, at);
  const [from, to] = [rows, result].map(({ offsets, indices, values }) => ({ offsets, indices, values }));
  to.offsets.fill(0);
  for (const column of from.indices) to.offsets[column + 1]++;
  for (let j = 0; j < numColumns; j++) to.offsets[j + 1] += to.offsets[j];
  const next = to.offsets.slice(0, numColumns);
  for (let i = 0; i < numRows; i++) {
    for (let k = from.offsets[i]; k < from.offsets[i + 1]; k++) {
      const place = next[from.indices[k]]++;
      to.indices[place] = i;
      if (to.values !== null && from.values !== null) to.values[place] = from.values[k];
    }
  }
  return result;
}
