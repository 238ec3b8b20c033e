import { knownOptions, numberOption } from "../../io/options.js";
import { chebyshev } from "./chebyshev.js";
import type { Operator } from "./operator.js";
import type { Propagation } from "./propagation.js";

export interface HeatOptions {
  /** The time t for which heat spreads: 0 leaves x as it is; useful from 1 to 10. */
  time: number;
  /** Terms below this share are left out: 1e-8 by default for f32, 1e-16 for f64. */
  tolerance?: number;
}

/**
 * Diffusion of heat, exp(-t L) x, for a Laplacian L (Kondor and Lafferty 2002; GDC, Gasteiger et al. 2019,
 * https://arxiv.org/abs/1911.05485, eq. 2), by its Chebyshev expansion on the operator's spectrum [low, high]:
 *
 *   exp(-t L) = exp(-t low) (e^-a I_0(a) + 2 sum_k (-1)^k e^-a I_k(a) T_k(M)),    a = t (high - low) / 2
 *
 * with I_k the modified Bessel functions; never a dense matrix. Response exp(-t m) at eigenvalue m of L. About
 * a + 6 sqrt(a) + 10 products, fewer for large a. Throws RangeError where the spectrum is not known or reaches below 0.
 */
export function heat(laplacian: Operator, options: HeatOptions): Propagation {
  knownOptions("heat", options, ["time", "tolerance"]);
  const { time, tolerance = laplacian.precision === "f32" ? 1e-8 : 1e-16 } = options;
  numberOption("heat", "time", time, { least: 0, most: 1e6 });
  numberOption("heat", "tolerance", tolerance, { least: 0, most: 1, exclusive: true });
  if (laplacian.spectrum === null || laplacian.spectrum[0] !== 0) {
    throw new RangeError("heat: a Laplacian was needed, whose eigenvalues begin at 0; got another operator");
  }
  const values = scaledBessel((time * laplacian.spectrum[1]) / 2, tolerance);
  const coefficients = values.map((value, k) => (k === 0 ? value : (k % 2 === 0 ? 2 : -2) * value));
  return chebyshev(laplacian, { coefficients });
}

/**
 * e^-a I_k(a) for k = 0, 1, ... while at least `tolerance`: by Miller's backward recurrence
 * I_k-1 = I_k+1 + (2 k / a) I_k, scaled by e^a = I_0 + 2 sum_k I_k.
 */
export function scaledBessel(a: number, tolerance: number): number[] {
  if (a < 1e-17) return [1];
  const start = Math.ceil(a + 12 * Math.sqrt(a) + 40); // I_start is below 1e-30 of I_0
  const values = new Array<number>(start + 2).fill(0);
  values[start] = 1e-200;
  let sum = 2 * values[start];
  for (let k = start; k >= 1; k--) {
    values[k - 1] = values[k + 1] + ((2 * k) / a) * values[k];
    sum += (k === 1 ? 1 : 2) * values[k - 1];
    if (values[k - 1] < 1e200) continue;
    for (let j = k - 1; j <= start; j++) values[j] *= 1e-200;
    sum *= 1e-200;
  }
  const scaled = values.map((value) => value / sum);
  const end = scaled.findIndex((value) => value < tolerance);
  return scaled.slice(0, Math.max(1, end));
}
