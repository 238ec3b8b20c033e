import { erf64 } from "../networks/ops/elementwise.js";

/**
 * A rising function, linear between knots x -> y, and beyond them as between the outermost two. Where two knots are one, x and y
 * are equal there.
 */
export interface Knots {
  x: Float64Array;
  y: Float64Array;
}

/** Knots of a map at most, and values for each knot at least. */
const [mostKnots, valuesOfKnot] = [16, 20];
/** Knots nearer than this, beside numbers of their size, count as one. */
const nearest = 2 ** -30;
/** Slopes lie in 1 / steepest .. steepest, so that the map can be turned around in float32. */
const steepest = 16;

/**
 * The rising function that takes the quantiles of one list of values to those of another, both in rising order: optimal transport
 * on a line, between up to 16 quantiles. Their levels are those of evenly spaced points of a normal distribution, out to where 20
 * values are left beyond, so that a knot is not one value's whim. Slopes are kept in 1/16 .. 16, from the median outwards.
 */
export function monotoneMap(from: Float64Array, to: Float64Array): Knots {
  const levels = levelsFor(Math.min(from.length, to.length));
  const x = Float64Array.from(levels, (p) => quantile(from, p));
  const wanted = levels.map((p) => quantile(to, p));
  const y = new Float64Array(levels.length);
  const middle = levels.length >> 1;
  y[middle] = wanted[middle];
  const step = (k: number, next: number) => {
    const width = x[next] - x[k];
    if (Math.abs(width) <= nearest * Math.max(1, Math.abs(x[k]), Math.abs(y[k]))) {
      x[next] = x[k];
      y[next] = y[k];
      return;
    }
    const slope = (wanted[next] - wanted[k]) / width;
    y[next] = y[k] + width * Math.min(steepest, Math.max(1 / steepest, slope));
  };
  for (let k = middle; k + 1 < y.length; k++) step(k, k + 1);
  for (let k = middle; k > 0; k--) step(k, k - 1);
  return { x, y };
}

/** Slope of the piece that ends in knot p; of the first piece, and of the one behind the last knot, that of their neighbour. */
export function slopeOf({ x, y }: Knots, p: number): number {
  const end = Math.min(x.length - 1, Math.max(1, p));
  const width = x[end] - x[end - 1];
  return width === 0 ? 1 : (y[end] - y[end - 1]) / width;
}

export function valueAt(map: Knots, value: number): number {
  const { x, y } = map;
  let piece = 0;
  while (piece < x.length && x[piece] < value) piece++;
  const knot = Math.max(0, piece - 1);
  return y[knot] + (value - x[knot]) * slopeOf(map, piece);
}

/** Levels of the quantiles, in rising order. */
function levelsFor(count: number): number[] {
  const knots = Math.max(2, Math.min(mostKnots, Math.floor(count / valuesOfKnot)));
  const share = Math.min(0.25, valuesOfKnot / count);
  let outermost = 3.5; // up to here erf64 is made of sums and products alone, which are the same everywhere
  while (normalBelow(-outermost) < share) outermost -= 1 / 64;
  return Array.from({ length: knots }, (_, k) => normalBelow(outermost * ((2 * k) / (knots - 1) - 1)));
}

/** Share of the standard normal distribution below a number. */
function normalBelow(q: number): number {
  return (1 + erf64(q * Math.SQRT1_2)) / 2;
}

/** The value at a share of a list in rising order, linear between its members. */
function quantile(values: Float64Array, share: number): number {
  const at = share * (values.length - 1);
  const k = Math.floor(at);
  return k + 1 < values.length ? values[k] + (at - k) * (values[k + 1] - values[k]) : values[k];
}
