import { Space } from "../space/space.js";
import type { Projection } from "./projection.js";

/**
 * A space in memory of the same items, with their columns and relations, whose vectors are the coordinates of a projection: for what works better
 * in few dimensions, such as clusters by density. Its geometry is euclidean; method, options, seed and metrics are those of the
 * projection. Directions, tensors and the encoder of the space are left behind: they belong to its vectors.
 */
export async function projectedSpace(
  space: Space,
  { method, dimensions, coordinates, settings, seed, metrics }: Projection,
): Promise<Space> {
  return Space.from({
    kind: space.kind,
    geometry: "euclidean",
    names: [...(await space.names())],
    columns: await space.columns(),
    vectors: coordinates,
    relations: (await space.relations()) ?? undefined,
    ...{ dimensions, method, options: settings, metrics, seed: seed ?? undefined },
    fingerprint: space.fingerprint ?? undefined,
  });
}
