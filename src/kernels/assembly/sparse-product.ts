// Rows of sparse matrices times dense ones; see ../twins/sparse-product.ts, its definition.
// Sixteen columns at a time, then four at a time, the last four of which may overlap those before; fewer than four one by one.

/** The entry's value times its factor, of which either may be absent. */
// @ts-ignore: decorator
@inline
function coefficient(entry: u32, values: usize, order: usize, factors: usize, hasValues: bool, hasOrder: bool, hasFactors: bool): f32 {
  const value: f32 = hasValues ? load<f32>(values + (<usize>entry << 2)) : 1;
  if (!hasFactors) return value;
  const place = hasOrder ? load<u32>(order + (<usize>entry << 2)) : entry;
  return value * load<f32>(factors + (<usize>place << 2));
}

// @ts-ignore: decorator
@inline
function plus(sum: v128, a: v128, at: usize): v128 {
  return f32x4.add(sum, f32x4.mul(a, v128.load(at)));
}

/** What is there is known where this is compiled into, so that no entry asks again. */
// @ts-ignore: decorator
@inline
function rows(first: u32, last: u32, offsets: usize, indices: usize, values: usize, order: usize, factors: usize, x: usize, y: usize, width: u32, hasValues: bool, hasOrder: bool, hasFactors: bool): void {
  const stride = <usize>width << 2;
  for (let i = first; i < last; i++) {
    const begin = load<u32>(offsets + (<usize>i << 2));
    const end = load<u32>(offsets + (<usize>i << 2), 4);
    const row = y + <usize>i * stride;
    let column: u32 = 0;
    for (; column + 16 <= width; column += 16) {
      const from = x + (<usize>column << 2);
      let sum0 = f32x4.splat(0);
      let sum1 = f32x4.splat(0);
      let sum2 = f32x4.splat(0);
      let sum3 = f32x4.splat(0);
      for (let k = begin; k < end; k++) {
        const a = f32x4.splat(coefficient(k, values, order, factors, hasValues, hasOrder, hasFactors));
        const at = from + <usize>load<u32>(indices + (<usize>k << 2)) * stride;
        sum0 = plus(sum0, a, at);
        sum1 = plus(sum1, a, at + 16);
        sum2 = plus(sum2, a, at + 32);
        sum3 = plus(sum3, a, at + 48);
      }
      const to = row + (<usize>column << 2);
      v128.store(to, sum0);
      v128.store(to, sum1, 16);
      v128.store(to, sum2, 32);
      v128.store(to, sum3, 48);
    }
    if (width >= 4) {
      // Two groups of four columns at a time, the second of which may be the first again.
      while (column < width) {
        const left = min(column, width - 4);
        const right = min(column + 4, width - 4);
        let sum0 = f32x4.splat(0);
        let sum1 = f32x4.splat(0);
        for (let k = begin; k < end; k++) {
          const a = f32x4.splat(coefficient(k, values, order, factors, hasValues, hasOrder, hasFactors));
          const at = x + <usize>load<u32>(indices + (<usize>k << 2)) * stride;
          sum0 = plus(sum0, a, at + (<usize>left << 2));
          sum1 = plus(sum1, a, at + (<usize>right << 2));
        }
        v128.store(row + (<usize>left << 2), sum0);
        v128.store(row + (<usize>right << 2), sum1);
        column += 8;
      }
      continue;
    }
    for (; column < width; column++) {
      let sum: f32 = 0;
      for (let k = begin; k < end; k++) {
        const at = x + <usize>load<u32>(indices + (<usize>k << 2)) * stride;
        sum += coefficient(k, values, order, factors, hasValues, hasOrder, hasFactors) * load<f32>(at + (<usize>column << 2));
      }
      store<f32>(row + (<usize>column << 2), sum);
    }
  }
}

/** Rows first to last - 1 of y. */
export function multiply(first: u32, last: u32, offsets: usize, indices: usize, values: usize, order: usize, factors: usize, x: usize, y: usize, width: u32): void {
  if (values == 0) {
    if (factors == 0) rows(first, last, offsets, indices, values, order, factors, x, y, width, false, false, false);
    else if (order == 0) rows(first, last, offsets, indices, values, order, factors, x, y, width, false, false, true);
    else rows(first, last, offsets, indices, values, order, factors, x, y, width, false, true, true);
  } else if (factors == 0) rows(first, last, offsets, indices, values, order, factors, x, y, width, true, false, false);
  else if (order == 0) rows(first, last, offsets, indices, values, order, factors, x, y, width, true, false, true);
  else rows(first, last, offsets, indices, values, order, factors, x, y, width, true, true, true);
}
