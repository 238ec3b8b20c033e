import { Graph } from "../messages/graph.js";
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

/** The graph of the first N items of a space: what was added later has no features. */
async function firstNodes(space: Space, numNodes: number): Promise<Graph> {
  const relations = await space.relations();
  if (relations === null) throw new RangeError("embed: the space keeps no relations, by which nodes get their scores");
  const { sources, targets, weights } = relations;
  const kept = Uint32Array.from(sources.keys()).filter((edge) => Math.max(sources[edge], targets[edge]) < numNodes);
  const all = kept.length === sources.length;
  return Graph.fromEdges({
    sources: all ? sources : Uint32Array.from(kept, (edge) => sources[edge]),
    targets: all ? targets : Uint32Array.from(kept, (edge) => targets[edge]),
    weights: all || weights === null ? weights : Float64Array.from(kept, (edge) => weights[edge]),
    numNodes,
  });
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
