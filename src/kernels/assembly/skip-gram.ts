// Skip-gram with negative sampling, one block of pairs; see ../twins/skip-gram.ts, its definition.
import { columnStrideOf, columnsOf, countOf, firstOf, lossOf, negativesPerPairOf, pairsOf, parameterOf, rowStrideOf, rowsOf } from "./lib/block-task";
import { sums } from "./lib/dot";
import { exp4, log4 } from "./lib/elementary";
import { multiplyAdd, sum } from "./lib/lanes";
import { drawNegatives, startDraws } from "./lib/negatives";

// @ts-ignore: decorator
@inline
function dot(row: usize, column: usize, bytes: usize): f32 {
  let partial = f32x4.splat(0);
  for (let k: usize = 0; k < bytes; k += 16) partial = multiplyAdd(v128.load(row + k), v128.load(column + k), partial);
  return sum(partial);
}

/** (1 - s(x)) of four x by e = exp(-x). */
// @ts-ignore: decorator
@inline
function missing(e: v128): v128 {
  return f32x4.div(e, f32x4.add(f32x4.splat(1), e));
}

let loss: f64 = 0;

/**
 * A pair with five negatives, all columns at once: the targets' addresses lie at `targets`. The same sums in the same order
 * as in `some`, in registers.
 */
// @ts-ignore: decorator
@inline
function six(row: usize, bytes: usize, rate: v128, targets: usize): void {
  const u0 = <usize>load<u32>(targets);
  const u1 = <usize>load<u32>(targets, 4);
  const u2 = <usize>load<u32>(targets, 8);
  const u3 = <usize>load<u32>(targets, 12);
  const u4 = <usize>load<u32>(targets, 16);
  const u5 = <usize>load<u32>(targets, 20);
  let x0 = f32x4.splat(0);
  let x1 = x0;
  let x2 = x0;
  let x3 = x0;
  let x4 = x0;
  let x5 = x0;
  for (let d: usize = 0; d < bytes; d += 16) {
    const v = v128.load(row + d);
    x0 = multiplyAdd(v, v128.load(u0 + d), x0);
    x1 = multiplyAdd(v, v128.load(u1 + d), x1);
    x2 = multiplyAdd(v, v128.load(u2 + d), x2);
    x3 = multiplyAdd(v, v128.load(u3 + d), x3);
    x4 = multiplyAdd(v, v128.load(u4 + d), x4);
    x5 = multiplyAdd(v, v128.load(u5 + d), x5);
  }
  // e to the minus x of the pair, to the plus x of the negatives
  const signs = i32x4(0x80000000, 0, 0, 0);
  const e = exp4(v128.xor(sums(x0, x1, x2, x3), signs));
  const f = exp4(sums(x4, x5, x4, x5));
  const lostE = log4(f32x4.add(f32x4.splat(1), e));
  const lostF = log4(f32x4.add(f32x4.splat(1), f));
  loss += <f64>f32x4.extract_lane(lostE, 0);
  loss += <f64>f32x4.extract_lane(lostE, 1);
  loss += <f64>f32x4.extract_lane(lostE, 2);
  loss += <f64>f32x4.extract_lane(lostE, 3);
  loss += <f64>f32x4.extract_lane(lostF, 0);
  loss += <f64>f32x4.extract_lane(lostF, 1);
  const g = v128.xor(f32x4.mul(rate, missing(e)), i32x4(0, 0x80000000, 0x80000000, 0x80000000));
  const h = f32x4.neg(f32x4.mul(rate, missing(f)));
  const g0 = v128.shuffle<f32>(g, g, 0, 0, 0, 0);
  const g1 = v128.shuffle<f32>(g, g, 1, 1, 1, 1);
  const g2 = v128.shuffle<f32>(g, g, 2, 2, 2, 2);
  const g3 = v128.shuffle<f32>(g, g, 3, 3, 3, 3);
  const g4 = v128.shuffle<f32>(h, h, 0, 0, 0, 0);
  const g5 = v128.shuffle<f32>(h, h, 1, 1, 1, 1);
  for (let d: usize = 0; d < bytes; d += 16) {
    const v = v128.load(row + d);
    let y = v128.load(u0 + d);
    let move = multiplyAdd(g0, y, f32x4.splat(0));
    v128.store(u0 + d, multiplyAdd(g0, v, y));
    y = v128.load(u1 + d);
    move = multiplyAdd(g1, y, move);
    v128.store(u1 + d, multiplyAdd(g1, v, y));
    y = v128.load(u2 + d);
    move = multiplyAdd(g2, y, move);
    v128.store(u2 + d, multiplyAdd(g2, v, y));
    y = v128.load(u3 + d);
    move = multiplyAdd(g3, y, move);
    v128.store(u3 + d, multiplyAdd(g3, v, y));
    y = v128.load(u4 + d);
    move = multiplyAdd(g4, y, move);
    v128.store(u4 + d, multiplyAdd(g4, v, y));
    y = v128.load(u5 + d);
    move = multiplyAdd(g5, y, move);
    v128.store(u5 + d, multiplyAdd(g5, v, y));
    v128.store(row + d, f32x4.add(v, move));
  }
}

/** A pair with any number of negatives; room for `size` steps, to a multiple of four, is at `steps`. */
// @ts-ignore: decorator
@inline
function some(row: usize, bytes: usize, rate: v128, targets: usize, size: usize, steps: usize): void {
  store<f32>(steps, dot(row, <usize>load<u32>(targets), bytes));
  for (let k: usize = 1; k < size; k++) {
    store<f32>(steps + (k << 2), -dot(row, <usize>load<u32>(targets + (k << 2)), bytes)); // of the negative: s(-x)
  }
  // step = rate (1 - s(x)) for the pair, -rate (1 - s(-x)) for a negative; loss -ln s
  for (let k: usize = 0; k < size; k += 4) {
    const at = steps + (k << 2);
    const e = exp4(f32x4.neg(v128.load(at)));
    const lost = log4(f32x4.add(f32x4.splat(1), e));
    v128.store(at, f32x4.mul(rate, missing(e)));
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

/**
 * Trains on the pairs of a task; `scratch` is 1024 bytes of this thread: targets (u32), signed dots and then steps (f32),
 * draws (u32), 64 of each, and 16 random words. Returns the loss so far.
 */
export function block(task: usize, scratch: usize): f64 {
  const rows = rowsOf(task);
  const columns = columnsOf(task);
  const bytes = rowStrideOf(task);
  const columnStride = columnStrideOf(task);
  const negatives = negativesPerPairOf(task);
  const rate = f32x4.splat(<f32>parameterOf(task, 0));
  const targets = scratch;
  const steps = scratch + 256;
  const draws = scratch + 512;
  const words = scratch + 768;
  loss = lossOf(task);

  const count = countOf(task);
  let pair = pairsOf(task);
  let draw = firstOf(task) * negatives;
  startDraws();
  for (let n: u32 = 0; n < count; n++, pair += 8, draw += negatives) {
    const row = rows + <usize>load<u16>(pair) * bytes;
    const target = <u32>load<u16>(pair, 2);
    drawNegatives(task, draw, negatives, target, draws, words);

    // the column of the pair, then the negatives that were not rejected
    store<u32>(targets, <u32>(columns + <usize>target * columnStride));
    let size: usize = 1;
    for (let k: u32 = 0; k < negatives; k++) {
      const column = load<u32>(draws + (<usize>k << 2));
      if (column == 0xffffffff) continue;
      store<u32>(targets + (size << 2), <u32>(columns + <usize>column * columnStride));
      size++;
    }
    if (size == 6) six(row, bytes, rate, targets);
    else some(row, bytes, rate, targets, size, steps);
  }
  return loss;
}
