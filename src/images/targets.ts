/** Distributions that the codes of a generative autoencoder are brought to. */

import { wordOption } from "../io/options.js";
import { NdArray } from "../networks/array.js";
import { add, div, mul, sqrt, square } from "../networks/ops/elementwise.js";
import { gather } from "../networks/ops/indexing.js";
import { sum } from "../networks/ops/reductions.js";
import { reshape } from "../networks/ops/shape.js";
import type { Random } from "../networks/random.js";
import { type Tensor, tensor } from "../networks/tensor.js";
import type { Rng } from "../numerics/random.js";
import { type TargetName, targetNames } from "./target-names.js";

export interface Target {
  readonly name: TargetName;
  readonly dimensions: number;
  /** Mean squared distance of two points that are drawn. */
  readonly distance2: number;
  /** Points drawn within a traced function, [count, D]. */
  draw(random: Random, count: number): Tensor;
  /** One point drawn outside of it. */
  point(rng: Rng): Float32Array;
}

/** Deviation of the clouds at the corners of a simplex. */
const cornerDeviation = 0.2;

/** The target of a name. Throws RangeError for another name, or a number of dimensions in which it is not defined. */
export function targetOf(where: string, name: string, dimensions: number): Target {
  const known = wordOption(where, "target", name, targetNames);
  if (known === "torus" && dimensions % 2 !== 0)
    throw new RangeError(`${where}: the torus needs an even number of dimensions, got ${dimensions}`);
  return { name: known, dimensions, ...makers[known](dimensions) };
}

type Maker = (dimensions: number) => Pick<Target, "distance2" | "draw" | "point">;

const normals = (rng: Rng, length: number) => Float64Array.from({ length }, () => rng.normal());

const makers: Record<TargetName, Maker> = {
  normal: (d) => ({
    distance2: 2 * d,
    draw: (random, count) => random.normal([count, d]),
    point: (rng) => Float32Array.from(normals(rng, d)),
  }),
  cube: (d) => ({
    distance2: (2 * d) / 3,
    draw: (random, count) => random.uniform([count, d], -1, 1),
    point: (rng) => Float32Array.from({ length: d }, () => 2 * rng.uniform() - 1),
  }),
  sphere: (d) => ({
    distance2: 2,
    draw: (random, count) => toUnitSphere(random.normal([count, d])),
    point: (rng) => Float32Array.from(unit(normals(rng, d))),
  }),
  simplex: (d) => {
    const { draw, point } = cornerClouds(d);
    return {
      distance2: 2 * (1 + d * cornerDeviation * cornerDeviation),
      draw,
      point: (rng) => Float32Array.from(point(rng)),
    };
  },
  "sphere simplex": (d) => {
    const { draw, point } = cornerClouds(d);
    return {
      distance2: 2,
      draw: (random, count) => toUnitSphere(draw(random, count)),
      point: (rng) => Float32Array.from(unit(point(rng))),
    };
  },
  torus: (d) => ({
    distance2: 2,
    draw: (random, count) => reshape(mul(circles(random.normal([count, d / 2, 2])), 1 / Math.sqrt(d / 2)), [count, d]),
    point: (rng) => {
      const z = new Float32Array(d);
      for (let k = 0; k < d; k += 2)
        z.set(
          unit(normals(rng, 2)).map((x) => x / Math.sqrt(d / 2)),
          k,
        );
      return z;
    },
  }),
};

/** z / |z| along the last axis: of normal numbers, uniform over the sphere. */
function toUnitSphere(z: Tensor): Tensor {
  return div(z, sqrt(sum(square(z), -1, { keepDims: true })));
}
const circles = toUnitSphere;

function unit(z: Float64Array): Float64Array {
  const length = Math.sqrt(z.reduce((total, x) => total + x * x, 0));
  return z.map((x) => x / length);
}

/** Normal clouds around the corners of a simplex. */
function cornerClouds(d: number) {
  const corners = simplexCorners(d);
  const table = tensor(new NdArray("float32", [d + 1, d], Float32Array.from(corners.flat())));
  return {
    draw: (random: Random, count: number) =>
      add(gather(table, random.integers([count], d + 1)), random.normal([count, d], 0, cornerDeviation)),
    point: (rng: Rng) => {
      const corner = corners[rng.below(d + 1)];
      return normals(rng, d).map((x, k) => corner[k] + cornerDeviation * x);
    },
  };
}

/**
 * The D + 1 corners of a regular simplex around 0, each of length 1: corner k has the k-th coordinate that is left to it, and those
 * before are what all later corners share, since two corners have the product -1 / D.
 */
export function simplexCorners(d: number): number[][] {
  const corners = Array.from({ length: d + 1 }, () => new Array<number>(d).fill(0));
  for (let k = 0; k < d; k++) {
    const before = corners[k].slice(0, k).reduce((total, x) => total + x * x, 0);
    corners[k][k] = Math.sqrt(1 - before);
    for (let later = k + 1; later <= d; later++) {
      corners[later][k] = (-1 / d - before) / corners[k][k];
    }
  }
  return corners;
}
