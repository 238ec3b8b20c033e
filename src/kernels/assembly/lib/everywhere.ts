// exp, log and what is made of them for every f32: infinities, NaN, -0 and denormal numbers give what IEEE 754 recommends.
// Definitions: src/kernels/twins/everywhere32.ts.

// @ts-ignore: decorator
@inline
function splat(x: f32): v128 {
  return f32x4.splat(x);
}

/** 2^k of four integers from -126 to 127. */
// @ts-ignore: decorator
@inline
function powerOfTwo(k: v128): v128 {
  return i32x4.shl(i32x4.add(k, i32x4.splat(127)), 23);
}

// @ts-ignore: decorator
@inline
export function expOf(x: v128): v128 {
  const clamped = f32x4.pmin(f32x4.pmax(x, splat(-104)), splat(89));
  const y = f32x4.mul(clamped, splat(<f32>1.4426950408889634));
  const whole = f32x4.sub(f32x4.add(y, splat(12582912)), splat(12582912));
  const r = f32x4.sub(
    f32x4.sub(clamped, f32x4.mul(whole, splat(0.693359375))),
    f32x4.mul(whole, splat(<f32>-2.12194440e-4)),
  );
  let sum = splat(<f32>(1.0 / 720.0));
  sum = f32x4.add(f32x4.mul(sum, r), splat(<f32>(1.0 / 120.0)));
  sum = f32x4.add(f32x4.mul(sum, r), splat(<f32>(1.0 / 24.0)));
  sum = f32x4.add(f32x4.mul(sum, r), splat(<f32>(1.0 / 6.0)));
  sum = f32x4.add(f32x4.mul(sum, r), splat(0.5));
  sum = f32x4.add(f32x4.mul(sum, r), splat(1));
  sum = f32x4.add(f32x4.mul(sum, r), splat(1));
  const k = i32x4.trunc_sat_f32x4_s(whole);
  const half = i32x4.shr_s(k, 1);
  return f32x4.mul(f32x4.mul(sum, powerOfTwo(half)), powerOfTwo(i32x4.sub(k, half)));
}

// @ts-ignore: decorator
@inline
export function logOf(x: v128): v128 {
  const small = f32x4.lt(x, splat(<f32>1.1754943508222875e-38));
  const normal = v128.bitselect(f32x4.mul(x, splat(8388608)), x, small);
  const shifted = i32x4.add(normal, i32x4.splat(0x3f800000 - 0x3f3504f3));
  const exponent = i32x4.sub(i32x4.shr_u(shifted, 23), i32x4.splat(127));
  const k = f32x4.convert_i32x4_s(i32x4.sub(exponent, v128.and(small, i32x4.splat(23))));
  const m = i32x4.add(v128.and(shifted, i32x4.splat(0x007fffff)), i32x4.splat(0x3f3504f3));
  const s = f32x4.div(f32x4.sub(m, splat(1)), f32x4.add(m, splat(1)));
  const s2 = f32x4.mul(s, s);
  let sum = splat(<f32>(2.0 / 9.0));
  sum = f32x4.add(f32x4.mul(sum, s2), splat(<f32>(2.0 / 7.0)));
  sum = f32x4.add(f32x4.mul(sum, s2), splat(<f32>(2.0 / 5.0)));
  sum = f32x4.add(f32x4.mul(sum, s2), splat(<f32>(2.0 / 3.0)));
  sum = f32x4.add(f32x4.mul(sum, s2), splat(2));
  let result = f32x4.add(f32x4.mul(k, splat(<f32>0.6931471805599453)), f32x4.mul(s, sum));
  result = v128.bitselect(splat(f32.NaN), result, f32x4.lt(x, splat(0)));
  result = v128.bitselect(splat(-f32.POSITIVE_INFINITY), result, f32x4.eq(x, splat(0)));
  return v128.bitselect(result, x, f32x4.lt(x, splat(f32.POSITIVE_INFINITY)));
}

// @ts-ignore: decorator
@inline
export function tanhOf(x: v128): v128 {
  const a = f32x4.abs(x);
  const z = f32x4.mul(x, x);
  let sum = splat(<f32>-5.70498872745e-3);
  sum = f32x4.add(f32x4.mul(sum, z), splat(<f32>2.06390887954e-2));
  sum = f32x4.add(f32x4.mul(sum, z), splat(<f32>-5.37397155531e-2));
  sum = f32x4.add(f32x4.mul(sum, z), splat(<f32>1.33314422036e-1));
  sum = f32x4.add(f32x4.mul(sum, z), splat(<f32>-3.33332819422e-1));
  const near = f32x4.add(x, f32x4.mul(f32x4.mul(sum, z), x));
  const far = f32x4.sub(splat(1), f32x4.div(splat(2), f32x4.add(expOf(f32x4.add(a, a)), splat(1))));
  const signed = v128.or(far, v128.and(x, i32x4.splat(0x80000000)));
  return v128.bitselect(near, signed, f32x4.lt(a, splat(0.625)));
}

// @ts-ignore: decorator
@inline
export function sigmoidOf(x: v128): v128 {
  return f32x4.div(splat(1), f32x4.add(splat(1), expOf(f32x4.neg(x))));
}

// @ts-ignore: decorator
@inline
export function softplusOf(x: v128): v128 {
  const e = expOf(f32x4.neg(f32x4.abs(x)));
  const u = f32x4.add(splat(1), e);
  const far = f32x4.div(f32x4.mul(logOf(u), e), f32x4.sub(u, splat(1)));
  const tail = v128.bitselect(e, far, f32x4.eq(u, splat(1)));
  return f32x4.add(f32x4.max(x, splat(0)), tail);
}
