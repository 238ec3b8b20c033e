/** What encoders of graph networks need to attach a new node to the graph that a space keeps. */
import type { Neighbors } from "../messages/operators/degrees.js";
import type { DenseMatrix } from "../numerics/matrix.js";
import type { Tensor } from "../space/contents.js";
import type { Space } from "../space/space.js";
import { normalizeRows } from "./labeled-nodes.js";
import { type NewNode, neighborsOf } from "./neighbor-encoder.js";
import type { Attachment } from "./propagated-rows.js";

/** A node that is not in the graph, as `space.embed` and `space.add` take it. */
export interface NewFeaturedNode extends NewNode {
  /** Its features, [D], before they are divided by their sum; all 0 by default. */
  features?: ArrayLike<number>;
}

/** A tensor of two axes as a matrix in double precision. */
export async function matrixOf({ shape, read }: Tensor): Promise<DenseMatrix & { values: Float64Array }> {
  return { rows: shape[0], columns: shape[1], values: Float64Array.from(await read()) };
}

/**
 * The neighbors of the first N items of a space, by counting: what was added later has no features. (A `Graph` has kernels
 * that sort; here edges come once in a session, and none is there twice.) Edges from a node to itself are left out on demand.
 */
export async function firstNodes(
  space: Space,
  numNodes: number,
  { selfLoops }: { selfLoops: boolean },
): Promise<Neighbors> {
  const relations = await space.relations();
  if (relations === null) throw new RangeError("embed: the space keeps no relations, by which nodes are placed");
  const { sources, targets, weights } = relations;
  const kept = sources
    .map((_, edge) => edge)
    .filter((edge) => Math.max(sources[edge], targets[edge]) < numNodes)
    .filter((edge) => selfLoops || sources[edge] !== targets[edge]);
  const offsets = new Uint32Array(numNodes + 1);
  const loops = kept.reduce((count, edge) => count + (sources[edge] === targets[edge] ? 1 : 0), 0);
  for (const edge of kept) {
    offsets[sources[edge] + 1]++;
    if (sources[edge] !== targets[edge]) offsets[targets[edge] + 1]++;
  }
  for (let node = 0; node < numNodes; node++) offsets[node + 1] += offsets[node];
  const next = offsets.slice();
  const indices = new Uint32Array(2 * kept.length - loops);
  const values = weights === null ? null : new Float64Array(indices.length);
  const put = (from: number, to: number, weight: number) => {
    indices[next[from]] = to;
    if (values !== null) values[next[from]] = weight;
    next[from]++;
  };
  for (const edge of kept) {
    put(sources[edge], targets[edge], weights?.[edge] ?? 1);
    if (sources[edge] !== targets[edge]) put(targets[edge], sources[edge], weights?.[edge] ?? 1);
  }
  return { numNodes, rows: { numRows: numNodes, offsets, indices, values } };
}

/** The neighbors of thing `k` among the first N items; others are passed over. */
export function attachment(thing: unknown, k: number, rowOf: (name: string) => number, numNodes: number): Attachment {
  const weights = new Map<number, number>();
  for (const [name, weight] of neighborsOf(thing, k)) {
    const node = rowOf(name);
    if (node >= 0 && node < numNodes) weights.set(node, (weights.get(node) ?? 0) + weight);
  }
  return Array.from(weights, ([node, weight]) => ({ node, weight })).sort((a, b) => a.node - b.node);
}

/** The features of thing `k`, [1, D]; all 0 by default. */
export function newFeatures(thing: unknown, k: number, columns: number, normalized: boolean) {
  const { features = new Float64Array(columns) } = thing as NewFeaturedNode;
  if (features.length !== columns || !Array.from(features).every(Number.isFinite)) {
    throw new RangeError(`embed: thing ${k} must have ${columns} finite features, got ${features.length} values`);
  }
  const matrix = { rows: 1, columns, values: Float64Array.from(features) };
  return normalized ? normalizeRows("embed", matrix) : matrix;
}
