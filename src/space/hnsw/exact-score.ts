import { square } from "../../numerics/elementary.js";
import type { Geometry } from "../manifest.js";
import type { Vectors } from "../vectors.js";

const { fround } = Math;

/**
 * Scores of single rows, more being nearer: for cosine, dot and euclidean to the bit those of `search` (see
 * kernels/twins/scan.ts), so that an item has one score however it was found; for hyperbolic geometries minus the
 * distance's monotone form in f64, <x, q>_L and -|x - q|^2 / ((1 - |x|^2) (1 - |q|^2)).
 */
export function scorer(vectors: Vectors, geometry: Geometry): (row: number, query: Float32Array) => number {
  const { dimensions, stride, shards } = vectors;
  const width = stride / 4;
  const views = shards.map(({ memory }) => new Float32Array(memory.buffer));
  const sum = new Float32Array(4);

  const place = (row: number): { view: Float32Array; at: number } => {
    let shard = shards.length - 1;
    while (shards[shard].first > row) shard--;
    return { view: views[shard], at: (row - shards[shard].first) * width };
  };
  const total = () => fround(fround(sum[0] + sum[2]) + fround(sum[1] + sum[3]));

  const dot = (view: Float32Array, at: number, query: Float32Array): number => {
    let [s0, s1, s2, s3] = [0, 0, 0, 0];
    for (let d = 0; d < width; d += 4) {
      s0 = fround(s0 + fround(view[at + d] * query[d]));
      s1 = fround(s1 + fround(view[at + d + 1] * query[d + 1]));
      s2 = fround(s2 + fround(view[at + d + 2] * query[d + 2]));
      s3 = fround(s3 + fround(view[at + d + 3] * query[d + 3]));
    }
    return fround(fround(s0 + s2) + fround(s1 + s3));
  };
  const inverseNorm = (view: Float32Array, at: number): number => {
    let [s0, s1, s2, s3] = [0, 0, 0, 0];
    for (let d = at; d < at + width; d += 4) {
      s0 += view[d] * view[d];
      s1 += view[d + 1] * view[d + 1];
      s2 += view[d + 2] * view[d + 2];
      s3 += view[d + 3] * view[d + 3];
    }
    const inverse = fround(1 / Math.sqrt(s0 + s2 + (s1 + s3)));
    return inverse > 0 && inverse < Number.POSITIVE_INFINITY ? inverse : 0;
  };

  return (row, query) => {
    const { view, at } = place(row);
    switch (geometry) {
      case "cosine":
        return Math.max(-1, Math.min(1, fround(dot(view, at, query) * inverseNorm(view, at))));
      case "dot":
        return dot(view, at, query);
      case "euclidean":
        sum.fill(0);
        for (let d = 0; d < width; d++) {
          const difference = fround(view[at + d] - query[d]);
          sum[d % 4] += fround(difference * difference);
        }
        return -total();
      case "lorentz": {
        let product = -view[at] * query[0];
        for (let d = 1; d < dimensions; d++) product += view[at + d] * query[d];
        return product;
      }
      case "poincare": {
        let [apart, x, q] = [0, 0, 0];
        for (let d = 0; d < dimensions; d++) {
          apart += square(view[at + d] - query[d]);
          x += square(view[at + d]);
          q += square(query[d]);
        }
        return -apart / ((1 - x) * (1 - q));
      }
    }
  };
}

/** A query as rows are compared with it: padded with zeros, for the cosine of length 1. */
export function paddedQuery(query: Float32Array, stride: number, geometry: Geometry): Float32Array {
  const padded = new Float32Array(stride / 4);
  let squares = 0;
  for (const x of query) squares += x * x;
  const scale = geometry === "cosine" && squares > 0 ? 1 / Math.sqrt(squares) : 1;
  for (let d = 0; d < query.length; d++) padded[d] = query[d] * scale;
  return padded;
}
