/** Sum of (observed - expected)^2 / expected. */
export function chiSquare(observed: ArrayLike<number>, expected: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < observed.length; k++) sum += (observed[k] - expected[k]) ** 2 / expected[k];
  return sum;
}

/**
 * The value that a chi-square statistic of so many degrees of freedom exceeds with probability 1e-4 (3.719 deviations of
 * the normal distribution, by the approximation of Wilson and Hilferty 1931; within 1 % from 5 degrees on).
 */
export function chiSquareLimit(degrees: number): number {
  const variance = 2 / (9 * degrees);
  return degrees * (1 - variance + 3.719 * Math.sqrt(variance)) ** 3;
}
