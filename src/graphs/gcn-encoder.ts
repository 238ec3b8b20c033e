import { tanh } from "../numerics/elementary.js";
import { addRowTimes } from "../numerics/matrix.js";
import type { EncoderLoader, Space } from "../space/space.js";
import { attachment, firstNodes, matrixOf, newFeatures } from "./attached-nodes.js";
import { PropagatedRows } from "./propagated-rows.js";

/**
 * The encoder of spaces of hidden layers that `gcn` makes, from what such a space keeps: its relations, W0 [F, H] and X W0
 * [N, H]. The new node is attached to its neighbors and gets act(S (X W0)): the hidden layer that it would have had under the
 * same weights. It takes things as `sgc`'s encoder does (`NewFeaturedNode`); neighbors that the graph did not have when the
 * network was trained are passed over.
 *
 * Throws RangeError where the space holds no such layer, or a new node's features are not F finite numbers.
 */
export const gcnEncoder: EncoderLoader = async (space) => {
  const { weights, projected, normalized, selfLoops, activate } = await readModel(space);
  const graph = await firstNodes(space, projected.rows, { selfLoops });
  const names = await space.names();
  const propagated = new PropagatedRows(graph, projected, 1);
  return async (things, signal) =>
    things.map((thing, k) => {
      signal?.throwIfAborted();
      const own = new Float64Array(projected.columns);
      addRowTimes(newFeatures(thing, k, weights.rows, normalized), 0, weights.values, own);
      const neighbors = attachment(thing, k, (name) => names.indexOf(name), projected.rows);
      return Float32Array.from(propagated.attached(neighbors, own), activate);
    });
};

async function readModel(space: Space) {
  const [weights, projected] = ["weights", "projected"].map((name) => space.tensors.get(name));
  if (weights === undefined || projected === undefined) {
    throw new RangeError("embed: a space of the hidden layer of gcn was needed, with weights and projected features");
  }
  const { activation, normalizeFeatures, selfLoops } = space.options;
  return {
    weights: await matrixOf(weights),
    projected: await matrixOf(projected),
    normalized: normalizeFeatures !== false,
    selfLoops: selfLoops === "keep",
    activate: activation === "tanh" ? (value: number) => tanh(value) : (value: number) => Math.max(0, value),
  };
}
