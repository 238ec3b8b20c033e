import type { Graph } from "../messages/graph.js";
import type { Matrix } from "../numerics/matrix.js";
import type { Encoder, EncoderLoader, Space } from "../space/space.js";
import { normalizeRows } from "./labeled-nodes.js";
import { type NewNode, neighborsOf } from "./neighbor-encoder.js";
import { type Attachment, PropagatedRows } from "./propagated-rows.js";

/** A node that is not in the graph, as `space.embed` and `space.add` take it. */
export interface NewSgcNode extends NewNode {
  /** Its features, [D], before they are divided by their sum; all 0 by default. */
  features?: ArrayLike<number>;
}

/**
 * The encoder of a space that `sgc` made, over the graph and features [N, D] that it was made of: the new node is attached to
 * its neighbors, its row of S^K X formed, and W and b applied: the scores that `sgc` would have given it. Neighbors that are
 * not in the graph are passed over. A space that is loaded needs it anew:
 *
 *   Space.load(path, { encoders: { sgc: sgcEncoder(graph, features) } })
 *
 * Throws RangeError where graph and features are not those of the space, or a new node's features are not D finite numbers.
 */
export function sgcEncoder(graph: Graph, features: Matrix): EncoderLoader {
  return async (space) => {
    const { weights, bias, steps, normalized } = await readModel(space, features);
    const propagated = new PropagatedRows(graph, normalized ? normalizeRows("embed", features) : features, steps);
    const numbers = new Map<string, number>();
    for (let node = 0; node < graph.numNodes; node++) numbers.set(graph.nameOf(node), node);
    const encode: Encoder = async (things, signal) =>
      things.map((thing, k) => {
        signal?.throwIfAborted();
        const row = propagated.attached(
          attachment(thing, k, numbers),
          featuresOf(thing, k, features.columns, normalized),
        );
        return Float32Array.from(bias, (own, c) => {
          let sum = own;
          for (let d = 0; d < row.length; d++) sum += row[d] * weights[d * bias.length + c];
          return sum;
        });
      });
    return encode;
  };
}

async function readModel(space: Space, features: Matrix) {
  const [weights, bias] = [space.tensors.get("weights"), space.tensors.get("bias")];
  const { steps, normalizeFeatures } = space.options;
  if (weights === undefined || bias === undefined || typeof steps !== "number") {
    throw new RangeError("embed: a space that sgc made was needed, with weights and bias");
  }
  if (weights.shape[0] !== features.columns) {
    throw new RangeError(`embed: features of ${weights.shape[0]} columns were needed, got ${features.columns}`);
  }
  return { weights: await weights.read(), bias: await bias.read(), steps, normalized: normalizeFeatures !== false };
}

function attachment(thing: unknown, k: number, numbers: ReadonlyMap<string, number>): Attachment {
  const weights = new Map<number, number>();
  for (const [name, weight] of neighborsOf(thing, k)) {
    const node = numbers.get(name);
    if (node !== undefined) weights.set(node, (weights.get(node) ?? 0) + weight);
  }
  return Array.from(weights, ([node, weight]) => ({ node, weight })).sort((a, b) => a.node - b.node);
}

/** [D] */
function featuresOf(thing: unknown, k: number, columns: number, normalized: boolean): ArrayLike<number> {
  const { features } = thing as NewSgcNode;
  if (features === undefined) return new Float64Array(columns);
  if (features.length !== columns || !Array.from(features).every(Number.isFinite)) {
    throw new RangeError(`embed: thing ${k} must have ${columns} finite features, got ${features.length} values`);
  }
  const matrix = { rows: 1, columns, values: Float64Array.from(features) };
  return normalized ? normalizeRows("embed", matrix).values : matrix.values;
}
