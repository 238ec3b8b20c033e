/** Factors of points' diameters at least and at most. */
const [least, most] = [0.6, 3.2];

/**
 * Factors of diameters by a column of numbers: areas grow with the value from the smallest to the 99th percentile, beyond
 * which they grow no more; where there is no value, the smallest.
 */
export function sizesOf(values: Float32Array): Float32Array {
  const sorted = values.filter(Number.isFinite).sort();
  if (sorted.length === 0) return new Float32Array(values.length).fill(1);
  const low = sorted[0];
  const high = sorted[Math.floor(0.99 * (sorted.length - 1))];
  const width = high - low;
  return Float32Array.from(values, (value) => {
    if (!Number.isFinite(value)) return least;
    const share = width > 0 ? Math.min(1, Math.max(0, (value - low) / width)) : 0.5;
    return Math.sqrt(least * least + (most * most - least * least) * share);
  });
}
