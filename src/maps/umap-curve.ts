import { exp, log, pow } from "../numerics/elementary.js";

/** Points at which the curve is fitted. */
const points = 300;

/**
 * The a and b for which 1 / (1 + a x^2b) comes nearest, by least squares at 300 equal steps of [0, 3 spread], to
 *
 *   1 where x < minDist,    exp(-(x - minDist) / spread) elsewhere:
 *
 * how near two items of a map should be as a function of their distance (McInnes, Healy and Melville 2018, definition 11).
 * By Levenberg and Marquardt's method in float64, until a step changes nothing that float32 would show.
 */
export function fitCurve(minDist: number, spread: number): { a: number; b: number } {
  const x = Float64Array.from({ length: points }, (_, k) => (3 * spread * k) / (points - 1));
  const wanted = x.map((distance) => (distance < minDist ? 1 : exp(-(distance - minDist) / spread)));
  // ln a and ln b are sought, so that both stay positive.
  let p = -log(spread) * 2;
  let q = 0;
  let damping = 1e-3;
  let present = equations(x, wanted, p, q);
  for (let step = 0; step < 500; step++) {
    const { aa, ab, bb, ga, gb } = present;
    const [daa, dbb] = [aa * (1 + damping), bb * (1 + damping)];
    const determinant = daa * dbb - ab * ab;
    const dp = (dbb * ga - ab * gb) / determinant;
    const dq = (daa * gb - ab * ga) / determinant;
    const next = equations(x, wanted, p + dp, q + dq);
    if (!(next.loss <= present.loss)) {
      damping *= 10;
      if (damping > 1e12) break;
      continue;
    }
    [p, q] = [p + dp, q + dq];
    present = next;
    damping = Math.max(damping / 10, 1e-12);
    if (Math.abs(dp) + Math.abs(dq) < 1e-10) break;
  }
  return { a: exp(p), b: exp(q) };
}

/** The sum of squares, and the normal equations of a step in (ln a, ln b). */
function equations(x: Float64Array, wanted: Float64Array, p: number, q: number) {
  const [a, b] = [exp(p), exp(q)];
  let [loss, aa, ab, bb, ga, gb] = [0, 0, 0, 0, 0, 0];
  for (let k = 0; k < x.length; k++) {
    const term = a * pow(x[k], 2 * b);
    const value = 1 / (1 + term);
    const rest = wanted[k] - value;
    const byA = -term * value * value;
    const byB = x[k] === 0 ? 0 : byA * 2 * b * log(x[k]);
    loss += rest * rest;
    aa += byA * byA;
    ab += byA * byB;
    bb += byB * byB;
    ga += byA * rest;
    gb += byB * rest;
  }
  return { loss, aa, ab, bb, ga, gb };
}
