import { exp, log, log1p } from "./elementary.js";

/** B_2k / (2k (2k - 1)), k = 1 .. 7: Stirling's series. */
const stirling = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156];
const halfLog2Pi = 0.9189385332046728;

/** ln Gamma(x) for x > 0, absolute error below 1e-14 (1 + |ln Gamma(x)|): Stirling's series of x + n >= 10. */
export function lnGamma(x: number): number {
  let product = 1;
  let z = x;
  for (; z < 10; z++) product *= z;
  let sum = 0;
  for (let k = stirling.length - 1; k >= 0; k--) sum = sum / (z * z) + stirling[k];
  return (z - 0.5) * log(z) - z + halfLog2Pi + sum / z - log(product);
}

/** Terms of the continued fraction at most; it needs about sqrt(max(a, b)). */
const mostTerms = 100_000;

/**
 * The regularized incomplete beta function I_x(a, b) for x in [0, 1], a and b > 0, by its continued fraction
 * (https://dlmf.nist.gov/8.17.E22), x being `1 - rest`; relative error below 1e-12 for a and b up to 1e4. `rest` is asked for
 * beside x so that x near 1 loses no digits.
 */
export function regularizedBeta(x: number, rest: number, a: number, b: number): number {
  if (x === 0) return 0;
  if (rest === 0) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - regularizedBeta(rest, x, b, a); // where the fraction would converge slowly
  const lnOf = (part: number, other: number) => (part > 0.5 ? log1p(-other) : log(part));
  const lnFront = a * lnOf(x, rest) + b * lnOf(rest, x) + lnGamma(a + b) - lnGamma(a) - lnGamma(b);
  // Lentz: value = product of ratios of successive numerators and denominators
  let value = 1;
  let numerator = 1;
  let denominator = 0;
  for (let n = 1; n <= mostTerms; n++) {
    const m = n >> 1;
    const term =
      n % 2 === 0
        ? (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
        : (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    denominator = 1 / (1 + term * denominator || 1e-300);
    numerator = 1 + term / numerator || 1e-300;
    const ratio = numerator * denominator;
    value *= ratio;
    if (Math.abs(ratio - 1) < 1e-16) break;
  }
  return exp(lnFront) / (a * value);
}

/**
 * P(|T| >= |t|) of Student's t with `freedom` degrees of freedom, > 0: I_{v / (v + t^2)}(v / 2, 1 / 2)
 * (https://dlmf.nist.gov/8.17). 0 for infinite t, NaN for NaN.
 */
export function studentTwoSided(t: number, freedom: number): number {
  if (Number.isNaN(t)) return Number.NaN;
  const squared = t * t;
  if (squared === Number.POSITIVE_INFINITY) return 0;
  return regularizedBeta(freedom / (freedom + squared), squared / (freedom + squared), freedom / 2, 0.5);
}
