import type { Neighbors } from "../messages/operators/degrees.js";
import { addRowTimes } from "../numerics/matrix.js";
import type { EncoderLoader, Space } from "../space/space.js";
import { normalizeRows } from "./labeled-nodes.js";
import { type NewNode, neighborsOf } from "./neighbor-encoder.js";
import { type Attachment, PropagatedRows } from "./propagated-rows.js";

/** A node that is not in the graph, as `space.embed` and `space.add` take it. */
export interface NewSgcNode extends NewNode {
  /** Its features, [D], before they are divided by their sum; all 0 by default. */
  features?: ArrayLike<number>;
}

/**
 * The encoder of spaces that `sgc` makes, from what such a space keeps: its relations, W [D, C], b [C], and X W [N, C], so that
 * neither the graph's file nor the features are needed. The new node is attached to its neighbors and gets its row of
 * S^K (X W) + b: the scores that it would have had under the same weights. Neighbors that the graph did not have when it was
 * learned from are passed over.
 *
 * Throws RangeError where the space was not made by `sgc`, or a new node's features are not D finite numbers.
 */
export const sgcEncoder: EncoderLoader = async (space) => {
  const { weights, bias, projected, steps, normalized } = await readModel(space);
  const graph = await firstNodes(space, projected.rows);
  const names = await space.names();
  const propagated = new PropagatedRows(graph, projected, steps);
  return async (things, signal) =>
    things.map((thing, k) => {
      signal?.throwIfAborted();
      const own = new Float64Array(bias.length);
      const features = featuresOf(thing, k, weights.rows, normalized);
      addRowTimes(features, 0, weights.values, own);
      const row = propagated.attached(
        attachment(thing, k, (name) => names.indexOf(name), projected.rows),
        own,
      );
      return Float32Array.from(bias, (value, c) => value + row[c]);
    });
};

async function readModel(space: Space) {
  const [weights, bias, projected] = ["weights", "bias", "projected"].map((name) => space.tensors.get(name));
  const { steps, normalizeFeatures } = space.options;
  if (weights === undefined || bias === undefined || projected === undefined || typeof steps !== "number") {
    throw new RangeError("embed: a space that sgc made was needed, with weights, bias and projected features");
  }
  const matrix = async ({ shape, read }: typeof weights) => {
    return { rows: shape[0], columns: shape[1], values: Float64Array.from(await read()) };
  };
  return {
    weights: await matrix(weights),
    bias: Float64Array.from(await bias.read()),
    projected: await matrix(projected),
    steps,
    normalized: normalizeFeatures !== false,
  };
}

/**
 * The neighbors of the first N items of a space, by counting: what was added later has no features. (A `Graph` has kernels
 * that sort; here edges come once in a session, and none is there twice.)
 */
async function firstNodes(space: Space, numNodes: number): Promise<Neighbors> {
  const relations = await space.relations();
  if (relations === null) throw new RangeError("embed: the space keeps no relations, by which nodes get their scores");
  const { sources, targets, weights } = relations;
  const kept = sources.map((_, edge) => edge).filter((edge) => Math.max(sources[edge], targets[edge]) < numNodes);
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

function attachment(thing: unknown, k: number, rowOf: (name: string) => number, numNodes: number): Attachment {
  const weights = new Map<number, number>();
  for (const [name, weight] of neighborsOf(thing, k)) {
    const node = rowOf(name);
    if (node >= 0 && node < numNodes) weights.set(node, (weights.get(node) ?? 0) + weight);
  }
  return Array.from(weights, ([node, weight]) => ({ node, weight })).sort((a, b) => a.node - b.node);
}

/** [1, D] */
function featuresOf(thing: unknown, k: number, columns: number, normalized: boolean) {
  const { features = new Float64Array(columns) } = thing as NewSgcNode;
  if (features.length !== columns || !Array.from(features).every(Number.isFinite)) {
    throw new RangeError(`embed: thing ${k} must have ${columns} finite features, got ${features.length} values`);
  }
  const matrix = { rows: 1, columns, values: Float64Array.from(features) };
  return normalized ? normalizeRows("embed", matrix) : matrix;
}
