/** Up to here the least common multiple of 1 .. window leaves a 64-bit sum room for 7.9e10 pairs at distance 1. */
const mostExactWindow = 22;

/**
 * A pair at distance d adds units[d] of `unit`ths: 1 / d exactly for windows up to 22, where unit is the least common
 * multiple of all distances; beyond, the nearest multiple of 2^-32.
 */
export function distanceUnits(window: number): { unit: number; units: number[] } {
  let unit = 1;
  if (window > mostExactWindow) unit = 2 ** 32;
  else for (let d = 2; d <= window; d++) unit *= d / greatestDivisor(unit, d);
  return { unit, units: Array.from({ length: window + 1 }, (_, d) => (d === 0 ? 0 : Math.round(unit / d))) };
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}
