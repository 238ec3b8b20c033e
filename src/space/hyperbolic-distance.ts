import { log, square } from "../numerics/elementary.js";

/**
 * The distance of two points of hyperbolic space of curvature -1, arcosh(1 + t): in the ball
 * t = 2 |x - y|^2 / ((1 - |x|^2) (1 - |y|^2)), on the hyperboloid (the first number the time) t = <x - y, x - y>_L / 2, which
 * is -<x, y>_L - 1 without its cancellation.
 */
export function hyperbolicDistance(
  geometry: "poincare" | "lorentz",
  x: ArrayLike<number>,
  y: ArrayLike<number>,
): number {
  let t = 0;
  if (geometry === "lorentz") {
    for (let d = 1; d < x.length; d++) t += square(x[d] - y[d]);
    t = (t - square(x[0] - y[0])) / 2;
  } else {
    let [apart, a, b] = [0, 0, 0];
    for (let d = 0; d < x.length; d++) {
      apart += square(x[d] - y[d]);
      a += square(x[d]);
      b += square(y[d]);
    }
    t = (2 * apart) / ((1 - a) * (1 - b));
  }
  t = Math.max(0, t);
  const s = t + Math.sqrt(t * (t + 2));
  return s < 1e-5 ? s - (s * s) / 2 + (s * s * s) / 3 : log(1 + s);
}

/** Why a vector is no point of the space, or null where it is one; the hyperboloid may be missed by a thousandth. */
export function notAPoint(geometry: "poincare" | "lorentz", x: ArrayLike<number>): string | null {
  let squares = 0;
  for (let d = 0; d < x.length; d++) squares += square(x[d]);
  if (geometry === "poincare")
    return squares < 1 ? null : `a point within the unit ball, got one of length ${Math.sqrt(squares)}`;
  const product = squares - 2 * square(x[0]);
  if (x[0] > 0 && Math.abs(product + 1) <= 1e-3 * square(x[0])) return null;
  return `a point of the hyperboloid, <x, x> = -1 with x0 > 0, got <x, x> = ${product}, x0 = ${x[0]}`;
}
