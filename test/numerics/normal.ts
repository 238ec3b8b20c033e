/** The standard normal distribution's P(X <= x), absolute error below 1e-15 for |x| up to 8, by its Taylor series. */
export function normalCdf(x: number): number {
  let term = x;
  let sum = x;
  for (let k = 3; sum + term !== sum; k += 2) {
    term *= (x * x) / k;
    sum += term;
  }
  return 0.5 + (sum * Math.exp(-(x * x) / 2)) / Math.sqrt(2 * Math.PI);
}
