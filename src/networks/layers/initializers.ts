/**
 * What parameters begin with. Each takes a stream of random numbers, of which the same seed gives the same everywhere, and
 * a shape.
 */
import { dot } from "../../numerics/dot.js";
import { numberOption } from "../../numerics/options.js";
import type { Rng } from "../../numerics/random.js";
import { NdArray } from "../array.js";
import { checkShape, type Shape, showShape, sizeOf } from "../types.js";

export type Initializer = (rng: Rng, shape: Shape) => NdArray<"float32">;

/**
 * How many inputs each output sums up and how many outputs each input reaches: of [inputs, outputs] for dense layers, of
 * [outputs, inputs / groups, taps...] for convolutions.
 */
export function fansOf(shape: Shape): { fanIn: number; fanOut: number } {
  if (shape.length < 2) throw new RangeError(`fansOf: two axes or more were needed, got ${showShape(shape)}`);
  if (shape.length === 2) return { fanIn: shape[0], fanOut: shape[1] };
  const taps = sizeOf(shape.slice(2));
  return { fanIn: shape[1] * taps, fanOut: shape[0] * taps };
}

function drawn(shape: Shape, next: () => number): NdArray<"float32"> {
  checkShape("initializer", shape);
  return new NdArray("float32", shape, Float32Array.from({ length: sizeOf(shape) }, next));
}

/** Every element the same. */
export const filled =
  (value: number): Initializer =>
  (_, shape) =>
    drawn(shape, () => value);

export const zeroInitializer: Initializer = filled(0);
export const oneInitializer: Initializer = filled(1);

/** Uniform in [-limit, limit). */
export function uniform(limit: number): Initializer {
  numberOption("uniform", "limit", limit, { least: 0 });
  return (rng, shape) => drawn(shape, () => limit * (2 * rng.uniform() - 1));
}

/** Normal with mean 0; 0.02 is what GPT-2 begins with. */
export function normal(deviation: number): Initializer {
  numberOption("normal", "deviation", deviation, { least: 0 });
  return (rng, shape) => drawn(shape, () => deviation * rng.normal());
}

/** The standard deviation of a standard normal number that is drawn again beyond 2. */
const truncatedDeviation = 0.8796256610342398;

/**
 * Normal with mean 0, drawn again where it is more than two deviations of the drawn distribution away; `deviation` is that
 * of the result.
 */
export function truncatedNormal(deviation: number): Initializer {
  numberOption("truncatedNormal", "deviation", deviation, { least: 0 });
  const scale = deviation / truncatedDeviation;
  return (rng, shape) =>
    drawn(shape, () => {
      for (;;) {
        const x = rng.normal();
        if (Math.abs(x) <= 2) return scale * x;
      }
    });
}

/** An initializer whose variance follows from the fans of the shape. */
const scaled =
  (make: (scale: number) => Initializer, scaleOf: (fanIn: number, fanOut: number) => number): Initializer =>
  (rng, shape) => {
    const { fanIn, fanOut } = fansOf(shape);
    return make(fanIn * fanOut === 0 ? 0 : scaleOf(fanIn, fanOut))(rng, shape);
  };

/** Variance 2 / (fanIn + fanOut), for tanh and sigmoid (Glorot and Bengio 2010, eq. 16), also named after Xavier. */
export const glorotUniform = scaled(uniform, (fanIn, fanOut) => Math.sqrt(6 / (fanIn + fanOut)));
export const glorotNormal = scaled(normal, (fanIn, fanOut) => Math.sqrt(2 / (fanIn + fanOut)));
/** Variance 2 / fanIn, for ReLU (He et al. 2015, https://arxiv.org/abs/1502.01852, eq. 10), also named after Kaiming. */
export const heUniform = scaled(uniform, (fanIn) => Math.sqrt(6 / fanIn));
export const heNormal = scaled(normal, (fanIn) => Math.sqrt(2 / fanIn));
/** Variance 1 / fanIn, for linear and self-normalizing units (LeCun et al. 1998, section 4.6). */
export const lecunUniform = scaled(uniform, (fanIn) => Math.sqrt(3 / fanIn));
export const lecunNormal = scaled(normal, (fanIn) => Math.sqrt(1 / fanIn));

/**
 * Orthonormal rows or columns, whichever are fewer, times `gain` (Saxe et al. 2013, https://arxiv.org/abs/1312.6120): a
 * matrix of normal numbers, orthogonalized by Gram and Schmidt twice. Axes after the first count as one.
 */
export function orthogonal(gain = 1): Initializer {
  numberOption("orthogonal", "gain", gain);
  return (rng, shape) => {
    if (shape.length < 2) throw new RangeError(`orthogonal: two axes or more were needed, got ${showShape(shape)}`);
    const [rows, columns] = [shape[0], sizeOf(shape.slice(1))];
    const wide = rows <= columns;
    const [count, width] = wide ? [rows, columns] : [columns, rows];
    const vectors = Array.from({ length: count }, () => Float64Array.from({ length: width }, () => rng.normal()));
    for (const [k, vector] of vectors.entries()) {
      for (let pass = 0; pass < 2; pass++) {
        for (const before of vectors.slice(0, k)) subtractAlong(vector, before);
      }
      const norm = Math.sqrt(dot(vector, vector));
      for (let i = 0; i < width; i++) vector[i] /= norm;
    }
    const data = new Float32Array(rows * columns);
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) data[i * columns + j] = gain * (wide ? vectors[i][j] : vectors[j][i]);
    }
    return new NdArray("float32", shape, data);
  };
}

/** Takes the part of `vector` along a unit vector out. */
function subtractAlong(vector: Float64Array, unit: Float64Array): void {
  const along = dot(vector, unit);
  for (let k = 0; k < vector.length; k++) vector[k] -= along * unit[k];
}
