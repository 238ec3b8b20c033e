import { addRowTimes } from "../numerics/matrix.js";
import type { EncoderLoader, Space } from "../space/space.js";
import { attachment, firstNodes, matrixOf, newFeatures } from "./attached-nodes.js";
import { PropagatedRows } from "./propagated-rows.js";

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
  const graph = await firstNodes(space, projected.rows, { selfLoops: true });
  const names = await space.names();
  const propagated = new PropagatedRows(graph, projected, steps);
  return async (things, signal) =>
    things.map((thing, k) => {
      signal?.throwIfAborted();
      const own = new Float64Array(bias.length);
      const features = newFeatures(thing, k, weights.rows, normalized);
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
  return {
    weights: await matrixOf(weights),
    bias: Float64Array.from(await bias.read()),
    projected: await matrixOf(projected),
    steps,
    normalized: normalizeFeatures !== false,
  };
}
