// What the kernels that compare rows share: sums of products and of squared differences, four lanes at a time.

/** sum + row * query, or sum + (row - query)^2, each operation rounded. */
// @ts-ignore: decorator
@inline
export function accumulate(euclidean: bool, sum: v128, row: v128, query: v128): v128 {
  if (!euclidean) return f32x4.add(sum, f32x4.mul(row, query));
  const difference = f32x4.sub(row, query);
  return f32x4.add(sum, f32x4.mul(difference, difference));
}

/** The same for kernels with a relaxed variant, in which multiplication and addition may be rounded together. */
// @ts-ignore: decorator
@inline
export function accumulateRelaxed(euclidean: bool, sum: v128, row: v128, query: v128): v128 {
  if (!ASC_FEATURE_RELAXED_SIMD) return accumulate(euclidean, sum, row, query);
  if (!euclidean) return f32x4.relaxed_madd(row, query, sum);
  const difference = f32x4.sub(row, query);
  return f32x4.relaxed_madd(difference, difference, sum);
}

/** Lane r: the sum of the lanes of the r-th argument, as (0 + 2) + (1 + 3). */
// @ts-ignore: decorator
@inline
export function sums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}
