// Skip-gram with negative sampling, one block of pairs; see ../twins/skip-gram.ts, its definition.
import { columnStrideOf, columnsOf, countOf, firstOf, lossOf, negativesPerPairOf, pairsOf, parameterOf, rowStrideOf, rowsOf } from "./lib/block-task";
import { exp4, log4 } from "./lib/elementary";
import { multiplyAdd, sum } from "./lib/lanes";
import { drawNegatives } from "./lib/negatives";

// @ts-ignore: decorator
@inline
function dot(row: usize, column: usize, bytes: usize): f32 {
  let partial = f32x4.splat(0);
  for (let k: usize = 0; k < bytes; k += 16) partial = multiplyAdd(v128.load(row + k), v128.load(column + k), partial);
  return sum(partial);
}

/**
 * Trains on the pairs of a task; `scratch` is 1024 bytes of this thread: targets (u32), signed dots and then steps (f32),
 * 64 of each, and draws (u32). Returns the loss so far.
 */
export function block(task: usize, scratch: usize): f64 {
  const rows = rowsOf(task);
  const columns = columnsOf(task);
  const bytes = rowStrideOf(task);
  const columnStride = columnStrideOf(task);
  const negatives = negativesPerPairOf(task);
  const rate = <f32>parameterOf(task, 0);
  const targets = scratch;
  const steps = scratch + 256;
  const draws = scratch + 512;
  let loss = lossOf(task);

  const count = countOf(task);
  let pair = pairsOf(task);
  let draw = firstOf(task) * negatives;
  for (let n: u32 = 0; n < count; n++, pair += 8, draw += negatives) {
    const row = rows + <usize>load<u16>(pair) * bytes;
    const target = <u32>load<u16>(pair, 2);
    drawNegatives(task, draw, negatives, target, draws);

    // targets: the column of the pair, then the negatives that were not rejected
    store<u32>(targets, <u32>(columns + <usize>target * columnStride));
    store<f32>(steps, dot(row, columns + <usize>target * columnStride, bytes));
    let size: usize = 1;
    for (let k: u32 = 0; k < negatives; k++) {
      const column = load<u32>(draws + (<usize>k << 2));
      if (column == 0xffffffff) continue;
      const at = columns + <usize>column * columnStride;
      store<u32>(targets + (size << 2), <u32>at);
      store<f32>(steps + (size << 2), -dot(row, at, bytes)); // of the negative: s(-x)
      size++;
    }
    // step = rate (1 - s(x)) for the pair, -rate (1 - s(-x)) for a negative; loss -ln s
    for (let k: usize = 0; k < size; k += 4) {
      const at = steps + (k << 2);
      const e = exp4(f32x4.neg(v128.load(at)));
      const whole = f32x4.add(f32x4.splat(1), e);
      const lost = log4(whole);
      v128.store(at, f32x4.mul(f32x4.splat(rate), f32x4.div(e, whole)));
      loss += <f64>f32x4.extract_lane(lost, 0);
      if (k + 1 < size) loss += <f64>f32x4.extract_lane(lost, 1);
      if (k + 2 < size) loss += <f64>f32x4.extract_lane(lost, 2);
      if (k + 3 < size) loss += <f64>f32x4.extract_lane(lost, 3);
    }
    for (let k: usize = 1; k < size; k++) store<f32>(steps + (k << 2), -load<f32>(steps + (k << 2)));

    for (let d: usize = 0; d < bytes; d += 16) {
      const x = v128.load(row + d);
      let move = f32x4.splat(0);
      for (let k: usize = 0; k < size; k++) {
        const at = <usize>load<u32>(targets + (k << 2)) + d;
        const step = v128.load32_splat(steps + (k << 2));
        const y = v128.load(at);
        move = multiplyAdd(step, y, move);
        v128.store(at, multiplyAdd(step, x, y));
      }
      v128.store(row + d, f32x4.add(x, move));
    }
  }
  return loss;
}
