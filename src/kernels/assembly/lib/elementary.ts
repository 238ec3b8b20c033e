// exp, log, sine and cosine of four f32 from additions, multiplications and divisions alone, so that all machines give the same bits.
// Definitions: src/kernels/twins/elementary32.ts.

/** ln x of four positive normal numbers; relative error below 2e-7 away from 1, absolute below 1e-7 near it. */
// @ts-ignore: decorator
@inline
export function log4(x: v128): v128 {
  // x = 2^k m, m in [sqrt(1/2), sqrt(2)): adding the difference of 1 and sqrt(1/2) as bits moves the cut to sqrt(1/2)
  const shifted = i32x4.add(x, i32x4.splat(0x3f800000 - 0x3f3504f3));
  const k = f32x4.convert_i32x4_s(i32x4.sub(i32x4.shr_u(shifted, 23), i32x4.splat(127)));
  const m = i32x4.add(v128.and(shifted, i32x4.splat(0x007fffff)), i32x4.splat(0x3f3504f3));
  const one = f32x4.splat(1);
  const s = f32x4.div(f32x4.sub(m, one), f32x4.add(m, one)); // |s| <= 0.1716
  const s2 = f32x4.mul(s, s);
  let sum = f32x4.splat(<f32>(2.0 / 9.0));
  sum = f32x4.add(f32x4.mul(sum, s2), f32x4.splat(<f32>(2.0 / 7.0)));
  sum = f32x4.add(f32x4.mul(sum, s2), f32x4.splat(<f32>(2.0 / 5.0)));
  sum = f32x4.add(f32x4.mul(sum, s2), f32x4.splat(<f32>(2.0 / 3.0)));
  sum = f32x4.add(f32x4.mul(sum, s2), f32x4.splat(2));
  const result = f32x4.add(f32x4.mul(k, f32x4.splat(<f32>0.6931471805599453)), f32x4.mul(s, sum));
  return f32x4.add(result, f32x4.mul(x, f32x4.splat(0))); // NaN of NaN and of infinity
}

/** e^x of four numbers, clamped to -87 .. 88; relative error below 3e-7. */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  const clamped = f32x4.pmin(f32x4.pmax(x, f32x4.splat(-87)), f32x4.splat(88));
  const y = f32x4.mul(clamped, f32x4.splat(<f32>1.4426950408889634));
  // adding and subtracting 1.5 * 2^23 rounds to the nearest integer
  const k = f32x4.sub(f32x4.add(y, f32x4.splat(12582912)), f32x4.splat(12582912));
  // r = x - k ln 2 in two parts, |r| <= 0.3466
  const r = f32x4.sub(
    f32x4.sub(clamped, f32x4.mul(k, f32x4.splat(0.693359375))),
    f32x4.mul(k, f32x4.splat(<f32>-2.12194440e-4)),
  );
  let sum = f32x4.splat(<f32>(1.0 / 720.0));
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(<f32>(1.0 / 120.0)));
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(<f32>(1.0 / 24.0)));
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(<f32>(1.0 / 6.0)));
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(0.5));
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(1));
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(1));
  return i32x4.add(sum, i32x4.shl(i32x4.trunc_sat_f32x4_s(k), 23));
}

/** sin x of four numbers from -pi/4 to pi/4; relative error below 2e-7. */
// @ts-ignore: decorator
@inline
export function sin4(x: v128): v128 {
  const x2 = f32x4.mul(x, x);
  let sum = f32x4.splat(<f32>(1.0 / 362880.0));
  sum = f32x4.add(f32x4.mul(sum, x2), f32x4.splat(<f32>(-1.0 / 5040.0)));
  sum = f32x4.add(f32x4.mul(sum, x2), f32x4.splat(<f32>(1.0 / 120.0)));
  sum = f32x4.add(f32x4.mul(sum, x2), f32x4.splat(<f32>(-1.0 / 6.0)));
  return f32x4.add(x, f32x4.mul(f32x4.mul(sum, x2), x));
}

/** cos x of four numbers from -pi/4 to pi/4; relative error below 2e-7. */
// @ts-ignore: decorator
@inline
export function cos4(x: v128): v128 {
  const x2 = f32x4.mul(x, x);
  let sum = f32x4.splat(<f32>(1.0 / 40320.0));
  sum = f32x4.add(f32x4.mul(sum, x2), f32x4.splat(<f32>(-1.0 / 720.0)));
  sum = f32x4.add(f32x4.mul(sum, x2), f32x4.splat(<f32>(1.0 / 24.0)));
  sum = f32x4.add(f32x4.mul(sum, x2), f32x4.splat(-0.5));
  return f32x4.add(f32x4.mul(sum, x2), f32x4.splat(1));
}
