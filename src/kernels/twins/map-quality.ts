import type { Twin } from "../kernel.js";

const { fround } = Math;

/** Anchors that a call of `compare` takes through the rows together. */
export const anchorsTogether = 4;

/** Numbers that `compare` leaves for an anchor. */
export const resultWidth = 6;

/** Bytes of a thread's scratch for N items and k neighbors. */
export function scratchBytes(count: number, k: number): number {
  return 2 * anchorsTogether * Math.ceil(count / 4) * 16 + 8 * k;
}

/**
 * How far a map keeps the neighbors and distances of N items. `above` and `below` are the items in the space and on the map:
 * N rows of `aboveStride` and `belowStride` bytes, f32 padded with zeros to a multiple of 16 bytes. Distances are compared by
 * their squares, sums in f32 by four lanes as in `scan`; among equal ones the lower row comes first. Nothing overlaps.
 */
export const twin: Twin = (memory) => {
  /**
   * For each of the anchors first .. last - 1 of the u32 rows at `anchors`, six f64 at `results` + 48 * its number:
   *
   * - the sum of r - k over the k nearest on the map that are not among the k nearest in the space, r the rank in the space
   *   (1 for the nearest; the anchor itself has none), and the same with space and map exchanged;
   * - how many of the k nearest are common;
   * - over all other items, sum of d e, of d^2 and of e^2: e the distance on the map, d that in the space, its square halved
   *   where `halved` is not 0 (1 - cosine of vectors of length 1).
   *
   * The `zeroCount` u32 rows at `zeros` count as at a squared distance of 2 from everything. `scratch`, a thread's own, holds
   * `scratchBytes`, aligned to 16.
   */
  function compare(...args: number[]): number {
    const [first, last, anchorsAt, count, above, aboveStride, below, belowStride] = args;
    const [halved, zerosAt, zeroCount, k, resultsAt] = args.slice(8);
    const floats = new Float32Array(memory.buffer);
    const words = new Uint32Array(memory.buffer);
    const doubles = new Float64Array(memory.buffer);
    const word = (pointer: number) => (pointer >>> 0) / 4;
    const zeros = new Set(words.subarray(word(zerosAt), word(zerosAt) + zeroCount));

    const squaredDistances = (anchor: number, rows: number, stride: number): Float32Array => {
      const width = stride / 4;
      return Float32Array.from({ length: count }, (_, row) => {
        const sum = [0, 0, 0, 0];
        for (let d = 0; d < width; d++) {
          const difference = fround(floats[word(rows) + row * width + d] - floats[word(rows) + anchor * width + d]);
          sum[d % 4] = fround(sum[d % 4] + fround(difference * difference));
        }
        return fround(fround(sum[0] + sum[2]) + fround(sum[1] + sum[3]));
      });
    };
    const ranked = (distances: Float32Array): number[] =>
      Array.from(distances.keys()).sort((i, j) =>
        distances[i] < distances[j] ? -1 : distances[i] > distances[j] ? 1 : i - j,
      );
    const penalty = (order: readonly number[], found: readonly number[]): number => {
      const own = order.slice(0, k);
      let sum = 0;
      for (const row of found) if (!own.includes(row)) sum += order.indexOf(row) + 1 - k;
      return sum;
    };

    for (let a = first; a < last; a++) {
      const anchor = words[word(anchorsAt) + a];
      const high = squaredDistances(anchor, above, aboveStride);
      const low = squaredDistances(anchor, below, belowStride);
      for (let i = 0; i < count; i++) if (zeros.has(i) || zeros.has(anchor)) high[i] = 2;
      let [both, square, mapSquare] = [0, 0, 0];
      for (let i = 0; i < count; i++) {
        if (i === anchor) continue;
        const distance = halved !== 0 ? high[i] / 2 : Math.sqrt(high[i]);
        both += distance * Math.sqrt(low[i]);
        square += distance * distance;
        mapSquare += low[i];
      }
      high[anchor] = Number.POSITIVE_INFINITY;
      low[anchor] = Number.POSITIVE_INFINITY;
      const [orderAbove, orderBelow] = [ranked(high), ranked(low)];
      const [inSpace, inMap] = [orderAbove.slice(0, k), orderBelow.slice(0, k)];
      const common = inMap.filter((row) => inSpace.includes(row)).length;
      const result = [penalty(orderAbove, inMap), penalty(orderBelow, inSpace), common, both, square, mapSquare];
      doubles.set(result, (resultsAt >>> 0) / 8 + resultWidth * a);
    }
    return 0;
  }

  return { compare };
};
