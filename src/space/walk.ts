import { integerOption, knownOptions, numberOption } from "../io/options.js";
import { cos, sin } from "../numerics/elementary.js";
import { cosine } from "./scores.js";

/** Rows of a code that move, where a code is that of a style generator: `of` rows, of which `from` to `to`, exclusive. */
export interface LayerRange {
  /** Rows L of the code [L, D / L]; 18 of StyleGAN at 1,024 pixels. */
  of: number;
  /** First row that moves; 0 by default. */
  from?: number;
  /** Row before which it ends; the first 4/9 by default, 8 of 18. */
  to?: number;
}

export interface WalkOptions {
  /** Name of a direction, or an expression of directions and items, such as "smile + 0.3 * gender". */
  along: string;
  /** Coefficient of the first step; -2 by default. Of directions in standard deviations, -5 to 5 is a long way. */
  from?: number;
  /** Coefficient of the last step; 2 by default. */
  to?: number;
  /** Number of steps; 10 by default. */
  steps?: number;
  /** Which rows of a style generator's code move; all by default. */
  layers?: LayerRange;
}

/** One side of a grid: a direction and its coefficients; 7 steps by default, of which the middle one is the start. */
export type GridSide = Omit<WalkOptions, "layers">;

export interface WalkGridOptions {
  /** What changes from column to column. */
  columns: GridSide;
  /** What changes from row to row. */
  rows: GridSide;
  /** Which rows of a style generator's code move; all by default. */
  layers?: LayerRange;
}

/** Points of a plane. */
export interface WalkGrid {
  /** What each column added of its direction, and each row of its own. */
  columns: number[];
  rows: number[];
  /** [rows x columns], row by row, each [D]. */
  vectors: Float32Array[];
}

/** Points along a line. */
export interface Walk {
  /** What each step added of the direction, [steps]. */
  coefficients: number[];
  /** [steps], each [D]. */
  vectors: Float32Array[];
}

/** The coefficients of a walk: `steps` numbers from `from` to `to`, evenly, both included (numpy's linspace). */
export function coefficientsOf(where: string, options: Pick<WalkOptions, "from" | "to" | "steps">): number[] {
  const { from = -2, to = 2, steps = 10 } = options;
  numberOption(where, "from", from);
  numberOption(where, "to", to);
  integerOption(where, "steps", steps, 1);
  if (steps === 1) return [from];
  return Array.from({ length: steps }, (_, k) => (k === steps - 1 ? to : from + ((to - from) * k) / (steps - 1)));
}

/** start + c direction for each coefficient; with `layers` only those rows of the code move. */
export function walkFrom(
  where: string,
  start: ArrayLike<number>,
  direction: ArrayLike<number>,
  coefficients: readonly number[],
  layers?: LayerRange,
): Walk {
  const [first, end] = layers === undefined ? [0, start.length] : entriesOf(where, layers, start.length);
  const vectors = coefficients.map((coefficient) =>
    Float32Array.from(start, (value, d) => (d >= first && d < end ? value + coefficient * direction[d] : value)),
  );
  return { coefficients: [...coefficients], vectors };
}

function entriesOf(where: string, layers: LayerRange, dimensions: number): [number, number] {
  knownOptions(where, layers, ["of", "from", "to"]);
  const of = integerOption(where, "layers.of", layers.of, 1, dimensions);
  if (dimensions % of !== 0)
    throw new RangeError(`${where}: layers.of must divide the ${dimensions} numbers of a vector, got ${of}`);
  const from = integerOption(where, "layers.from", layers.from ?? 0, 0, of - 1);
  const to = integerOption(where, "layers.to", layers.to ?? Math.max(1, Math.floor((of * 4) / 9)), from + 1, of);
  const width = dimensions / of;
  return [from * width, to * width];
}

/**
 * Between two vectors, [D] each, at t in 0 .. 1. "linear": (1 - t) a + t b. "spherical" (Shoemake 1985, "Animating rotation
 * with quaternion curves"): sin((1 - t) w) / sin w a + sin(t w) / sin w b with w the angle between them, and so through vectors
 * of like length, where draws from a normal distribution lie; linear where they point the same or the opposite way.
 */
export function between(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  t: number,
  method: "linear" | "spherical",
): Float32Array {
  let [u, v] = [1 - t, t];
  if (method === "spherical") {
    const angle = angleOf(cosine(a, b));
    const sine = sin(angle);
    if (sine > 1e-6) [u, v] = [sin((1 - t) * angle) / sine, sin(t * angle) / sine];
  }
  return Float32Array.from(a, (value, d) => u * value + v * b[d]);
}

/**
 * The angle of a cosine, in radians: a polynomial within 7e-5 (Abramowitz and Stegun 1964, 4.4.45), then Newton's method, so
 * that every engine gives the same bits, which `Math.acos` need not. Close enough to 0 and pi the sine tells too little.
 */
function angleOf(cosine: number): number {
  const c = Math.abs(cosine);
  let angle = Math.sqrt(1 - c) * (1.5707288 + c * (-0.2121144 + c * (0.074261 - c * 0.0187293)));
  for (let step = 0; step < 3 && sin(angle) > 1e-6; step++) angle += (cos(angle) - c) / sin(angle);
  return cosine < 0 ? Math.PI - angle : angle;
}
