import type { GraphMemory } from "../messages/memory.js";
import type { Space } from "../space/space.js";
import type { NeighborMetric } from "./neighbor-graph.js";

/** The vectors of a space in a memory of its own, as kernels of maps read them. */
export interface PlacedRows {
  /** Address of [N, D] f32, each row padded with zeros to `stride` bytes, a multiple of 16. */
  readonly at: number;
  readonly stride: number;
  /** Rows that are zero where the metric is the cosine, ascending; they have no direction. */
  readonly zeros: Uint32Array;
}

/** Lengths from which squares of differences may exceed float32. */
const longest = 1e18;

/** What near means in a space: its geometry, the cosine in a space of dot products. Throws RangeError where there is no map. */
export function metricOf(where: string, { geometry }: Space): NeighborMetric {
  if (geometry === "poincare" || geometry === "lorentz") {
    throw new RangeError(
      `${where}: distances of geometry ${geometry} are not available; metric takes cosine, euclidean`,
    );
  }
  return geometry === "euclidean" ? "euclidean" : "cosine";
}

/**
 * Copies the vectors of a space into a memory, for the cosine scaled to length 1. Throws RangeError for a vector that is not
 * finite or too long for squares in float32, naming its item.
 */
export async function placeRows(
  where: string,
  space: Space,
  metric: NeighborMetric,
  memory: GraphMemory,
): Promise<PlacedRows> {
  const vectors = await space.vectors();
  const { dimensions, stride, length } = vectors;
  const at = memory.allocate(length * stride);
  const width = stride / 4;
  const rows = memory.f32(at, length * width).fill(0);
  const zeros: number[] = [];
  let row = 0;
  for (const batch of vectors.batches()) {
    for (let start = 0; start < batch.length; start += dimensions, row++) {
      const vector = batch.subarray(start, start + dimensions);
      let squares = 0;
      for (const value of vector) squares += value * value;
      if (!(squares < longest * longest)) {
        const name = JSON.stringify((await space.names()).get(row));
        const got = Number.isFinite(squares) ? `of length ${Math.sqrt(squares)}` : "not finite";
        throw new RangeError(
          `${where}: vectors must be finite and shorter than ${longest}, that of ${name} (row ${row}) is ${got}`,
        );
      }
      const place = rows.subarray(row * width, row * width + dimensions);
      if (metric === "euclidean") place.set(vector);
      else if (squares === 0) zeros.push(row);
      else {
        const scale = 1 / Math.sqrt(squares);
        for (let d = 0; d < dimensions; d++) place[d] = vector[d] * scale;
      }
    }
  }
  return { at, stride, zeros: Uint32Array.from(zeros) };
}
