import { Breather } from "../io/breather.js";
import { Meter, type TaskOptions } from "../io/progress.js";
import { orthonormalize } from "../maps/orthonormalize.js";
import { NdArray } from "../networks/array.js";
import { applyDense, type DenseParams } from "../networks/layers/dense.js";
import { clip, sub } from "../networks/ops/elementwise.js";
import { matmul } from "../networks/ops/linear.js";
import { expandDims, reshape } from "../networks/ops/shape.js";
import type { Tensor } from "../networks/tensor.js";
import { Rng, shuffle } from "../numerics/random.js";
import { type Knots, monotoneMap, slopeOf, valueAt } from "./monotone-map.js";
import type { Target } from "./targets.js";

/** Points that a map is fitted to at most. */
const mostFitted = 65_536;
/** Codes from which on they are brought to their target where nothing is said, and in how many rounds. */
const [enough, usualRounds] = [10_000, 64];
const rotationStream = 0x726f7461;
const subsetStream = 0x73756273;
const targetStream = 0x74726774;

/** One round: the pieces of D monotone functions, each clipped to its own part of the line, and the way to the next axes. */
export interface TransportRound<T = Tensor> {
  /** [D, P] each: piece p of coordinate d is clip(z_d - anchor, low, high). */
  anchors: T;
  low: T;
  high: T;
  /** [D P, D] with the slopes of the pieces, and [D]. */
  turn: DenseParams<T>;
}

/** An invertible map of codes: the first axes [D, D], and the rounds. */
export interface Transport<T = Tensor> {
  axes: T;
  rounds: TransportRound<T>[];
}

export interface FittedTransport<T = NdArray> {
  forward: Transport<T>;
  inverse: Transport<T>;
}

/** Beyond every code, and yet a number of 32 bits. */
const endless = 2 ** 120;

/** Rounds for so many codes: 64 of 10,000 or more, none of fewer, whose quantiles tell little of the codes to come. */
export function roundsFor(count: number): number {
  return count < enough ? 0 : usualRounds;
}

/**
 * An invertible map that brings the distribution of codes to a target's: rounds of
 *
 *   z <- R' f(R z),   R a random rotation, f_d the monotone function that takes quantiles of (R z)_d to those of the target,
 *
 * each of which brings the two closer (Pitie, Kokaram and Dahyot 2007, "Automated colour grading using colour distribution
 * transfer", section 3; to the normal distribution it is the Gaussianization of Chen and Gopinath 2000). f_d is piecewise linear,
 * with slopes in 1/16 .. 16, so that the inverse is exact up to rounding. `codes` is [N, D]. The same seed gives the same bytes.
 */
export async function fitTransport(
  codes: Float32Array,
  target: Target,
  { rounds, seed, signal, onProgress }: TaskOptions & { rounds: number; seed: number },
): Promise<FittedTransport> {
  const { dimensions } = target;
  const breather = new Breather(signal);
  const meter = new Meter("shaping", "steps", rounds, onProgress);
  const z = someOf(codes, dimensions, new Rng(seed, subsetStream));
  const count = z.length / dimensions;
  const rng = new Rng(seed, targetStream);
  const y = new Float64Array(z.length);
  for (let n = 0; n < count; n++) y.set(target.point(rng), n * dimensions);
  const fitted: { rotation: Float64Array; maps: Knots[] }[] = [];
  for (let round = 0; round < rounds; round++) {
    const rotation = randomRotation(dimensions, new Rng(seed, rotationStream, round));
    const maps: Knots[] = [];
    const along = new Float64Array(count);
    const moved = new Float64Array(z.length);
    for (let d = 0; d < dimensions; d++) {
      const axis = rotation.subarray(d * dimensions, (d + 1) * dimensions);
      const wanted = project(y, axis, new Float64Array(count)).sort();
      project(z, axis, along);
      const map = monotoneMap(along.slice().sort(), wanted);
      // moves along this axis leave the others alone: they are summed up
      for (let n = 0; n < count; n++) {
        const change = valueAt(map, along[n]) - along[n];
        for (let k = 0; k < dimensions; k++) moved[n * dimensions + k] += change * axis[k];
      }
      maps.push(map);
      if (breather.due) await breather.pause();
    }
    for (let k = 0; k < z.length; k++) z[k] += moved[k];
    fitted.push({ rotation, maps });
    meter.update(round + 1, {}, round + 1 === rounds);
  }
  const back = fitted.map(({ rotation, maps }) => ({ rotation, maps: maps.map(({ x, y }) => ({ x: y, y: x })) }));
  return { forward: transportOf(fitted, dimensions), inverse: transportOf(back.reverse(), dimensions) };
}

/** Codes [B, D] -> [B, D]. */
export function applyTransport({ axes, rounds }: Transport, codes: Tensor): Tensor {
  let z = matmul(codes, axes);
  for (const { anchors, low, high, turn } of rounds) {
    const pieces = clip(sub(expandDims(z, 2), anchors), low, high);
    z = applyDense(turn, reshape(pieces, [-1, turn.weights.shape[0]]));
  }
  return z;
}

/** Up to 65,536 of the points, drawn by chance (files may be in an order that repeats), as numbers of 64 bits. */
function someOf(codes: Float32Array, dimensions: number, rng: Rng): Float64Array {
  const order = Uint32Array.from({ length: codes.length / dimensions }, (_, n) => n);
  const taken = order.length > mostFitted ? shuffle(order, rng).subarray(0, mostFitted) : order;
  const some = new Float64Array(taken.length * dimensions);
  for (const [n, item] of taken.entries()) {
    some.set(codes.subarray(item * dimensions, (item + 1) * dimensions), n * dimensions);
  }
  return some;
}

function randomRotation(dimensions: number, rng: Rng): Float64Array {
  const rows = Float64Array.from({ length: dimensions * dimensions }, () => rng.normal());
  orthonormalize(rows, dimensions, rng);
  return rows;
}

function project(points: Float64Array, axis: Float64Array, into: Float64Array): Float64Array {
  const dimensions = axis.length;
  for (let n = 0; n < into.length; n++) {
    let sum = 0;
    for (let d = 0; d < dimensions; d++) sum += axis[d] * points[n * dimensions + d];
    into[n] = sum;
  }
  return into;
}

/** The rounds as layers. The turn of a round goes back from its axes and on to those of the next. */
function transportOf(
  rounds: readonly { rotation: Float64Array; maps: readonly Knots[] }[],
  d: number,
): Transport<NdArray> {
  const transposed = (m: Float64Array) => m.map((_, k) => m[(k % d) * d + Math.floor(k / d)]);
  const identity = Float64Array.from({ length: d * d }, (_, k) => (k % (d + 1) === 0 ? 1 : 0));
  const layers = rounds.map(({ rotation, maps }, r) => {
    const next = rounds[r + 1]?.rotation;
    return roundOf(maps, next === undefined ? rotation : product(rotation, transposed(next), d));
  });
  const first = rounds.length === 0 ? identity : transposed(rounds[0].rotation);
  return { axes: array([d, d], first), rounds: layers };
}

/**
 * The pieces of D functions with the knots x, y: beyond the middle knot m those between neighbours, as clip(z - x_k, 0, width),
 * before it as clip(z - x_k+1, -width, 0), and one without end on either side, so that f(z) = y_m + sum of slope * piece.
 * `turned` [D, D] takes their values, as rows, to other axes.
 */
function roundOf(maps: readonly Knots[], turned: Float64Array): TransportRound<NdArray> {
  const d = maps.length;
  const pieces = maps[0].x.length + 1;
  const middle = maps[0].x.length >> 1;
  const [anchors, low, high] = [0, 1, 2].map(() => new Float64Array(d * pieces));
  const weights = new Float64Array(d * pieces * d);
  const bias = new Float64Array(d);
  for (const [c, { x, y }] of maps.entries()) {
    for (let p = 0; p < pieces; p++) {
      const at = c * pieces + p;
      const after = p > middle;
      const inner = p > 0 && p < pieces - 1;
      const width = inner ? x[p] - x[p - 1] : endless;
      anchors[at] = after ? x[p - 1] : x[p];
      low[at] = after ? 0 : -width;
      high[at] = after ? width : 0;
      const slope = slopeOf({ x, y }, p);
      for (let k = 0; k < d; k++) weights[at * d + k] = slope * turned[c * d + k];
    }
    for (let k = 0; k < d; k++) bias[k] += y[middle] * turned[c * d + k];
  }
  const layered = (values: Float64Array) => array([d, pieces], values);
  const turn = { weights: array([d * pieces, d], weights), bias: array([d], bias) };
  return { anchors: layered(anchors), low: layered(low), high: layered(high), turn };
}

/** a b of matrices [D, D]. */
function product(a: Float64Array, b: Float64Array, d: number): Float64Array {
  const c = new Float64Array(d * d);
  for (let i = 0; i < d; i++)
    for (let k = 0; k < d; k++) for (let j = 0; j < d; j++) c[i * d + j] += a[i * d + k] * b[k * d + j];
  return c;
}

function array(shape: number[], values: Float64Array): NdArray {
  return new NdArray("float32", shape, Float32Array.from(values));
}
