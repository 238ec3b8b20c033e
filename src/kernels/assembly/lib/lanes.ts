// What the learners' kernels do with the four lanes of a vector.

/** a * b + c: rounded twice, or by relaxed SIMD as the processor does it. */
// @ts-ignore: decorator
@inline
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** The sum of the lanes, as (0 + 2) + (1 + 3). */
// @ts-ignore: decorator
@inline
export function sum(x: v128): f32 {
  const y = f32x4.add(x, v128.shuffle<f32>(x, x, 2, 3, 0, 1));
  return f32x4.extract_lane(y, 0) + f32x4.extract_lane(y, 1);
}
