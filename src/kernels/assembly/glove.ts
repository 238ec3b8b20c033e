// GloVe's weighted least squares with AdaGrad, one block of pairs; see ../twins/glove.ts, its definition.
import { columnStrideOf, columnsOf, countOf, lossOf, pairsOf, parameterOf, rowStrideOf, rowsOf } from "./lib/block-task";
import { exp4, log4 } from "./lib/elementary";
import { multiplyAdd, sum } from "./lib/lanes";

// @ts-ignore: decorator
@inline
function largest(x: v128): f32 {
  const y = f32x4.pmax(x, v128.shuffle<f32>(x, x, 2, 3, 0, 1));
  const z = f32x4.pmax(y, v128.shuffle<f32>(y, y, 1, 0, 3, 2));
  return f32x4.extract_lane(z, 0);
}

/** Steps of one side beyond what the series covers: clipped, and with the root itself. */
// @ts-ignore: decorator
@inline
function exactStep(at: usize, half: usize, gradient: v128, eta: v128, clip: v128): void {
  const inverse = v128.load(at + half);
  const clipped = f32x4.pmin(f32x4.pmax(gradient, f32x4.neg(clip)), clip);
  const step = f32x4.mul(f32x4.mul(eta, clipped), inverse);
  v128.store(at, f32x4.sub(v128.load(at), step));
  const root = f32x4.sqrt(f32x4.add(f32x4.splat(1), f32x4.mul(step, step)));
  v128.store(at + half, f32x4.div(inverse, root));
}

// @ts-ignore: decorator
@inline
function biasStep(at: usize, half: usize, gradient: f32): void {
  const inverse = load<f32>(at + half);
  const step = gradient * inverse;
  store<f32>(at, load<f32>(at) - step);
  store<f32>(at + half, inverse / sqrt<f32>(1 + step * step));
}

/** Trains on the pairs of a task; `scratch` is 32 bytes of this thread. Returns the loss so far. */
export function block(task: usize, scratch: usize): f64 {
  const rows = rowsOf(task);
  const columns = columnsOf(task);
  const rowStride = rowStrideOf(task);
  const columnStride = columnStrideOf(task);
  const half = rowStride >> 1; // parameters first, then their inverse root accumulators
  const bytes = half - 16; // of the vector; the bias stands behind it
  const eta = <f32>parameterOf(task, 0);
  const biasEta = <f32>parameterOf(task, 1);
  const logXMax = f32x4.splat(<f32>parameterOf(task, 2));
  const alpha = f32x4.splat(<f32>parameterOf(task, 3));
  const clip = <f32>parameterOf(task, 4);
  const one = f32x4.splat(1);
  let loss = lossOf(task);

  let pair = pairsOf(task);
  const end = pair + (<usize>countOf(task) << 3);
  while (pair < end) {
    // ln X and f(X) of four pairs at once; what lies behind the last pair is computed and not used
    const x = v128.shuffle<f32>(v128.load(pair), v128.load(pair, 16), 1, 3, 5, 7);
    const logX4 = log4(x);
    v128.store(scratch, logX4);
    v128.store(scratch, f32x4.pmin(exp4(f32x4.mul(alpha, f32x4.sub(logX4, logXMax))), one), 16);

    const four = min<usize>(pair + 32, end);
    for (let at = scratch; pair < four; pair += 8, at += 4) {
      const w = rows + <usize>load<u16>(pair) * rowStride;
      const c = columns + <usize>load<u16>(pair, 2) * columnStride;

      let dot0 = f32x4.splat(0);
      let dot1 = f32x4.splat(0);
      let most0 = f32x4.splat(0);
      let most1 = f32x4.splat(0);
      let k: usize = 0;
      for (; k + 32 <= bytes; k += 32) {
        const w0 = v128.load(w + k);
        const c0 = v128.load(c + k);
        const w1 = v128.load(w + k, 16);
        const c1 = v128.load(c + k, 16);
        dot0 = multiplyAdd(w0, c0, dot0);
        dot1 = multiplyAdd(w1, c1, dot1);
        most0 = f32x4.pmax(most0, f32x4.pmax(f32x4.abs(w0), f32x4.abs(c0)));
        most1 = f32x4.pmax(most1, f32x4.pmax(f32x4.abs(w1), f32x4.abs(c1)));
      }
      if (k < bytes) {
        const w0 = v128.load(w + k);
        const c0 = v128.load(c + k);
        dot0 = multiplyAdd(w0, c0, dot0);
        most0 = f32x4.pmax(most0, f32x4.pmax(f32x4.abs(w0), f32x4.abs(c0)));
      }
      const diff = sum(f32x4.add(dot0, dot1)) + load<f32>(w + bytes) + load<f32>(c + bytes) - load<f32>(at);
      const weighted = load<f32>(at, 16) * diff;
      if (!(abs(weighted) < <f32>Infinity)) continue;
      loss += <f64>(<f32>0.5 * weighted * diff);

      const most = abs(weighted) * largest(f32x4.pmax(most0, most1));
      const gradient = f32x4.splat(weighted);
      if (most <= clip && eta * most <= 0.125) {
        // no component is clipped and every step s is at most 1/8: (1 + s^2)^(-1/2) = 1 - s^2/2 + 3/8 s^4 to 1.2e-6
        const rate = f32x4.splat(eta * weighted);
        const a = f32x4.splat(-0.5);
        const b = f32x4.splat(0.375);
        for (k = 0; k < bytes; k += 16) {
          const w0 = v128.load(w + k);
          const c0 = v128.load(c + k);
          const inverseW = v128.load(w + half + k);
          const inverseC = v128.load(c + half + k);
          const stepW = f32x4.mul(f32x4.mul(rate, c0), inverseW);
          const stepC = f32x4.mul(f32x4.mul(rate, w0), inverseC);
          v128.store(w + k, f32x4.sub(w0, stepW));
          v128.store(c + k, f32x4.sub(c0, stepC));
          const squareW = f32x4.mul(stepW, stepW);
          const squareC = f32x4.mul(stepC, stepC);
          const changeW = f32x4.mul(squareW, multiplyAdd(squareW, b, a));
          const changeC = f32x4.mul(squareC, multiplyAdd(squareC, b, a));
          v128.store(w + half + k, multiplyAdd(inverseW, changeW, inverseW));
          v128.store(c + half + k, multiplyAdd(inverseC, changeC, inverseC));
        }
      } else {
        const rate = f32x4.splat(eta);
        const bound = f32x4.splat(clip);
        for (k = 0; k < bytes; k += 16) {
          const gradientW = f32x4.mul(gradient, v128.load(c + k));
          const gradientC = f32x4.mul(gradient, v128.load(w + k));
          exactStep(w + k, half, gradientW, rate, bound);
          exactStep(c + k, half, gradientC, rate, bound);
        }
      }
      biasStep(w + bytes, half, biasEta * weighted);
      biasStep(c + bytes, half, biasEta * weighted);
    }
  }
  return loss;
}
