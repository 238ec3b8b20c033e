// The elementwise updates of optimizers; see ../twins/optimizers.ts, its definition.
// Four elements at a time; a rest of one to three is done one by one in the first lane, by the same operations.

// @ts-ignore: decorator
@inline
function at(pointer: usize, one: bool): v128 {
  return one ? v128.load32_zero(pointer) : v128.load(pointer);
}

// @ts-ignore: decorator
@inline
function put(pointer: usize, value: v128, one: bool): void {
  if (one) v128.store_lane<f32>(pointer, value, 0);
  else v128.store(pointer, value);
}

// @ts-ignore: decorator
@inline
function splat(x: f32): v128 {
  return f32x4.splat(x);
}

/** x + a y */
// @ts-ignore: decorator
@inline
function plus(x: v128, a: f32, y: v128): v128 {
  return f32x4.add(x, f32x4.mul(splat(a), y));
}

// @ts-ignore: decorator
@inline
function sgdAt(i: usize, one: bool, p: usize, g: usize, b: usize, pOut: usize, bOut: usize, rate: f32, decay: f32, momentum: f32, nesterov: bool): void {
  const parameter = at(p + i, one);
  let gradient = plus(at(g + i, one), decay, parameter);
  const buffer = f32x4.add(f32x4.mul(splat(momentum), at(b + i, one)), gradient);
  gradient = nesterov ? plus(gradient, momentum, buffer) : buffer;
  put(pOut + i, plus(parameter, -rate, gradient), one);
  put(bOut + i, buffer, one);
}

export function sgd(count: u32, p: usize, g: usize, b: usize, pOut: usize, bOut: usize, rate: f32, decay: f32, momentum: f32, nesterov: u32): void {
  const whole = <usize>(count & ~3) << 2;
  const end = <usize>count << 2;
  let i: usize = 0;
  for (; i < whole; i += 16) sgdAt(i, false, p, g, b, pOut, bOut, rate, decay, momentum, nesterov != 0);
  for (; i < end; i += 4) sgdAt(i, true, p, g, b, pOut, bOut, rate, decay, momentum, nesterov != 0);
}

// @ts-ignore: decorator
@inline
function plainSgdAt(i: usize, one: bool, p: usize, g: usize, pOut: usize, rate: f32, decay: f32): void {
  const parameter = at(p + i, one);
  put(pOut + i, plus(parameter, -rate, plus(at(g + i, one), decay, parameter)), one);
}

export function plainSgd(count: u32, p: usize, g: usize, pOut: usize, rate: f32, decay: f32): void {
  const whole = <usize>(count & ~3) << 2;
  const end = <usize>count << 2;
  let i: usize = 0;
  for (; i < whole; i += 16) plainSgdAt(i, false, p, g, pOut, rate, decay);
  for (; i < end; i += 4) plainSgdAt(i, true, p, g, pOut, rate, decay);
}

// @ts-ignore: decorator
@inline
function adagradAt(i: usize, one: bool, p: usize, g: usize, s: usize, pOut: usize, sOut: usize, rate: f32, decay: f32, epsilon: f32): void {
  const parameter = at(p + i, one);
  const gradient = plus(at(g + i, one), decay, parameter);
  const squares = f32x4.add(at(s + i, one), f32x4.mul(gradient, gradient));
  const step = f32x4.div(gradient, f32x4.add(f32x4.sqrt(squares), splat(epsilon)));
  put(pOut + i, plus(parameter, -rate, step), one);
  put(sOut + i, squares, one);
}

export function adagrad(count: u32, p: usize, g: usize, s: usize, pOut: usize, sOut: usize, rate: f32, decay: f32, epsilon: f32): void {
  const whole = <usize>(count & ~3) << 2;
  const end = <usize>count << 2;
  let i: usize = 0;
  for (; i < whole; i += 16) adagradAt(i, false, p, g, s, pOut, sOut, rate, decay, epsilon);
  for (; i < end; i += 4) adagradAt(i, true, p, g, s, pOut, sOut, rate, decay, epsilon);
}

// @ts-ignore: decorator
@inline
function adamAt(
  i: usize, one: bool, p: usize, g: usize, m: usize, v: usize, pOut: usize, mOut: usize, vOut: usize,
  rate: f32, decay: f32, shrink: f32, newMean: f32, oldSquare: f32, newSquare: f32, correction: f32, epsilon: f32,
): void {
  const parameter = at(p + i, one);
  const gradient = plus(at(g + i, one), decay, parameter);
  const before = at(m + i, one);
  const mean = plus(before, newMean, f32x4.sub(gradient, before));
  const square = plus(f32x4.mul(splat(oldSquare), at(v + i, one)), newSquare, f32x4.mul(gradient, gradient));
  const root = plus(splat(epsilon), correction, f32x4.sqrt(square));
  put(pOut + i, plus(f32x4.mul(splat(shrink), parameter), -rate, f32x4.div(mean, root)), one);
  put(mOut + i, mean, one);
  put(vOut + i, square, one);
}

export function adam(
  count: u32, p: usize, g: usize, m: usize, v: usize, pOut: usize, mOut: usize, vOut: usize,
  rate: f32, decay: f32, shrink: f32, newMean: f32, oldSquare: f32, newSquare: f32, correction: f32, epsilon: f32,
): void {
  const whole = <usize>(count & ~3) << 2;
  const end = <usize>count << 2;
  let i: usize = 0;
  for (; i < whole; i += 16) {
    adamAt(i, false, p, g, m, v, pOut, mOut, vOut, rate, decay, shrink, newMean, oldSquare, newSquare, correction, epsilon);
  }
  for (; i < end; i += 4) {
    adamAt(i, true, p, g, m, v, pOut, mOut, vOut, rate, decay, shrink, newMean, oldSquare, newSquare, correction, epsilon);
  }
}

// @ts-ignore: decorator
@inline
function rmspropAt(
  i: usize, one: bool, p: usize, g: usize, v: usize, b: usize, pOut: usize, vOut: usize, bOut: usize,
  rate: f32, decay: f32, oldSquare: f32, newSquare: f32, epsilon: f32, momentum: f32,
): void {
  const parameter = at(p + i, one);
  const gradient = plus(at(g + i, one), decay, parameter);
  const square = plus(f32x4.mul(splat(oldSquare), at(v + i, one)), newSquare, f32x4.mul(gradient, gradient));
  const step = f32x4.div(gradient, f32x4.add(f32x4.sqrt(square), splat(epsilon)));
  const buffer = plus(step, momentum, at(b + i, one));
  put(pOut + i, plus(parameter, -rate, buffer), one);
  put(vOut + i, square, one);
  put(bOut + i, buffer, one);
}

export function rmsprop(
  count: u32, p: usize, g: usize, v: usize, b: usize, pOut: usize, vOut: usize, bOut: usize,
  rate: f32, decay: f32, oldSquare: f32, newSquare: f32, epsilon: f32, momentum: f32,
): void {
  const whole = <usize>(count & ~3) << 2;
  const end = <usize>count << 2;
  let i: usize = 0;
  for (; i < whole; i += 16) {
    rmspropAt(i, false, p, g, v, b, pOut, vOut, bOut, rate, decay, oldSquare, newSquare, epsilon, momentum);
  }
  for (; i < end; i += 4) {
    rmspropAt(i, true, p, g, v, b, pOut, vOut, bOut, rate, decay, oldSquare, newSquare, epsilon, momentum);
  }
}

// @ts-ignore: decorator
@inline
function averageAt(i: usize, one: bool, a: usize, x: usize, out: usize, weight: f32): void {
  const before = at(a + i, one);
  put(out + i, plus(before, weight, f32x4.sub(at(x + i, one), before)), one);
}

export function average(count: u32, a: usize, x: usize, out: usize, weight: f32): void {
  const whole = <usize>(count & ~3) << 2;
  const end = <usize>count << 2;
  let i: usize = 0;
  for (; i < whole; i += 16) averageAt(i, false, a, x, out, weight);
  for (; i < end; i += 4) averageAt(i, true, a, x, out, weight);
}
