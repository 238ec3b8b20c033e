import { blockTask, pairBytes } from "../block-task.js";
import type { Twin } from "../kernel.js";
import { add, exp32, log32, mul } from "./elementary32.js";
import { drawNegatives, rejected } from "./negatives.js";

const { fround } = Math;

/**
 * Skip-gram with negative sampling (Mikolov et al. 2013, "Distributed representations of words and phrases", eq. 4), one
 * block of pairs, plain gradient descent. For row v of the pair, target column u_0 and negatives u_1 .. u_K,
 *
 *     loss = -ln s(u_0 . v) - sum_k ln s(-u_k . v)       s the sigmoid
 *     g_0 = rate (1 - s(u_0 . v)),   g_k = -rate s(u_k . v)
 *     v += sum_k g_k u_k,   u_k += g_k v                  u_k and v from before the pair
 *
 * All dots come first, then all rows move. A column drawn twice moves twice, and the row sees its second step from where
 * the first left it. K is at most 63. Both tables have the same stride, a multiple of 16 bytes, the surplus zero.
 *
 * Parameter of the task: rate.
 */
export const twin: Twin = (memory) => {
  /** Trains on the pairs of a task; returns the loss so far. The compiled kernel takes 1024 bytes of scratch space. */
  function block(task: number, _scratch: number): number {
    const fields = new DataView(memory.buffer, task >>> 0, blockTask.bytes);
    const u32 = (offset: number) => fields.getUint32(offset, true);
    const D = u32(blockTask.rowStride) / 4;
    const rate = fround(fields.getFloat64(blockTask.parameters, true));
    const K = u32(blockTask.negativesPerPair);
    const pairs = new DataView(memory.buffer, u32(blockTask.pairs), u32(blockTask.count) * pairBytes);
    const row = (table: number, index: number, stride: number) =>
      new Float32Array(memory.buffer, table + index * stride, D);
    let loss = fields.getFloat64(blockTask.loss, true);

    for (let n = 0; n < u32(blockTask.count); n++) {
      const v = row(u32(blockTask.rows), pairs.getUint16(n * pairBytes, true), u32(blockTask.rowStride));
      const target = pairs.getUint16(n * pairBytes + 2, true);
      const draws = drawNegatives(memory, task, (u32(blockTask.first) + n) * K, K, target);
      const negatives = [...draws].filter((column) => column !== rejected);
      const columns = [target, ...negatives].map((column) =>
        row(u32(blockTask.columns), column, u32(blockTask.columnStride)),
      );
      const steps = columns.map((u, k) => {
        const x = k === 0 ? dot(v, u) : -dot(v, u);
        const e = exp32(-x);
        loss += log32(add(1, e));
        const step = mul(rate, fround(e / add(1, e)));
        return k === 0 ? step : -step;
      });
      for (let d = 0; d < D; d++) {
        const x = v[d];
        let move = 0;
        columns.forEach((u, k) => {
          const y = u[d];
          move = add(mul(steps[k], y), move);
          u[d] = add(mul(steps[k], x), y);
        });
        v[d] = add(x, move);
      }
    }
    return loss;
  }

  return { block };
};

/** v . u in the order of the kernel: four partial sums. */
function dot(v: Float32Array, u: Float32Array): number {
  const partial = new Float32Array(4);
  for (let d = 0; d < v.length; d++) partial[d % 4] += mul(v[d], u[d]);
  return add(add(partial[0], partial[2]), add(partial[1], partial[3]));
}
