/** The largest distance between the distribution of numbers and the one they should have. Sorts the numbers. */
export function kolmogorovSmirnov(numbers: Float32Array | Float64Array, cdf: (x: number) => number): number {
  numbers.sort();
  const n = numbers.length;
  let most = 0;
  for (let k = 0; k < n; k++) {
    const p = cdf(numbers[k]);
    most = Math.max(most, p - k / n, (k + 1) / n - p);
  }
  return most;
}

/** The distance that n numbers exceed with probability 1e-4: 2 exp(-2 n d^2), the first term of Kolmogorov's series. */
export function kolmogorovSmirnovLimit(n: number): number {
  return Math.sqrt(Math.log(2 / 1e-4) / (2 * n));
}
