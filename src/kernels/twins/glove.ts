import { blockTask, pairBytes } from "../block-task.js";
import type { Twin } from "../kernel.js";
import { add, exp32, log32, mul } from "./elementary32.js";

const { abs, fround, max, min } = Math;

/**
 * GloVe's weighted least squares with AdaGrad (Pennington, Socher and Manning 2014, eq. 8), one block of pairs.
 *
 * A row is [w_0 .. w_{B-1}, bias, 0, 0, 0] and behind it, in the same places, r = 1 / sqrt(G) of each parameter, where G
 * is 1 plus the sum of its squared steps t; B is D rounded up to a multiple of 4, the surplus is zero. For a pair of
 * weight X,
 *
 *     diff = w . c + a + b - ln X          f = min(1, (X / xMax)^alpha)          g = f diff
 *     t = eta clip(g c_k, +-clip)          w_k -= t r          r <- 1 / sqrt(1 / r^2 + t^2) = r / sqrt(1 + (t r)^2)
 *
 * likewise c with the old w, and the biases with t = biasEta g. Keeping r instead of G saves a root and a division a
 * component: where no |t| exceeds 1/8 (nearly always) (1 + s^2)^(-1/2) is taken as 1 - s^2/2 + 3/8 s^4, whose relative
 * error is at most 1.2e-6. A pair whose g is not finite is skipped.
 *
 * Parameters of the task: eta, biasEta, ln xMax, alpha, clip. Both tables have the same stride.
 */
export const twin: Twin = (memory) => {
  /**
   * Trains on the pairs of a task, whose weights are positive normal numbers. Returns the loss so far: the sum of
   * .5 f diff^2. The compiled kernel takes 32 bytes of scratch space.
   */
  function block(task: number, _scratch: number): number {
    const fields = new DataView(memory.buffer, task >>> 0, blockTask.bytes);
    const u32 = (offset: number) => fields.getUint32(offset, true);
    const parameter = (k: number) => fround(fields.getFloat64(blockTask.parameters + 8 * k, true));
    const [eta, biasEta, logXMax, alpha, clip] = [0, 1, 2, 3, 4].map(parameter);
    const stride = u32(blockTask.rowStride) / 4;
    const half = stride / 2;
    const D = half - 4; // rounded up to a multiple of 4
    const pairs = new DataView(memory.buffer, u32(blockTask.pairs), u32(blockTask.count) * pairBytes);
    const row = (table: number, index: number) => new Float32Array(memory.buffer, table + index * stride * 4, stride);

    const weightOf = (logX: number) => min(exp32(mul(alpha, add(logX, -logXMax))), 1);
    const biasStep = (values: Float32Array, gradient: number) => {
      const step = mul(gradient, values[D + half]);
      values[D] = add(values[D], -step);
      values[D + half] = fround(values[D + half] / fround(Math.sqrt(add(1, mul(step, step)))));
    };

    let loss = fields.getFloat64(blockTask.loss, true);
    for (let at = 0; at < pairs.byteLength; at += pairBytes) {
      const w = row(u32(blockTask.rows), pairs.getUint16(at, true));
      const c = row(u32(blockTask.columns), pairs.getUint16(at + 2, true));
      const logX = log32(pairs.getFloat32(at + 4, true));
      const f = weightOf(logX);

      const diff = add(add(add(dot(w, c, D), w[D]), c[D]), -logX);
      const g = mul(f, diff);
      if (!(abs(g) < Number.POSITIVE_INFINITY)) continue;
      loss += mul(mul(0.5, g), diff);

      let most = 0;
      for (let k = 0; k < D; k++) most = max(most, abs(w[k]), abs(c[k]));
      most = mul(abs(g), most);
      if (most <= clip && mul(eta, most) <= 0.125) {
        const rate = mul(eta, g);
        for (let k = 0; k < D; k++) {
          const stepW = mul(mul(rate, c[k]), w[half + k]);
          const stepC = mul(mul(rate, w[k]), c[half + k]);
          w[k] -= stepW;
          c[k] -= stepC;
          w[half + k] += mul(w[half + k], inverseRootChange(stepW));
          c[half + k] += mul(c[half + k], inverseRootChange(stepC));
        }
      } else {
        const clipped = (gradient: number) => min(max(gradient, -clip), clip);
        const exactStep = (values: Float32Array, k: number, gradient: number) => {
          const step = mul(mul(eta, clipped(gradient)), values[half + k]);
          values[k] -= step;
          values[half + k] /= fround(Math.sqrt(add(1, mul(step, step))));
        };
        for (let k = 0; k < D; k++) {
          const gradientW = mul(g, c[k]);
          const gradientC = mul(g, w[k]);
          exactStep(w, k, gradientW);
          exactStep(c, k, gradientC);
        }
      }
      biasStep(w, mul(biasEta, g));
      biasStep(c, mul(biasEta, g));
    }
    return loss;
  }

  return { block };
};

/** (1 + s^2)^(-1/2) - 1 for |s| <= 1/8. */
function inverseRootChange(s: number): number {
  const square = mul(s, s);
  return mul(square, add(mul(square, 0.375), -0.5));
}

/** w . c over D = 4n components, in the order of the kernel: eight partial sums, then pairwise. */
function dot(w: Float32Array, c: Float32Array, D: number): number {
  const partial = new Float32Array(8);
  for (let k = 0; k < D; k++) {
    const lane = k % 8; // the last four of an odd number of vectors go to the first four sums, as all even vectors do
    partial[lane] += mul(w[k], c[k]);
  }
  const lane = (k: number) => add(partial[k], partial[k + 4]);
  return add(add(lane(0), lane(2)), add(lane(1), lane(3)));
}
