// Products of centered rows in f64; see ../twins/centered-product.ts, its definition.
//
// Tiles of both factors, 64 terms by 32 columns, are widened to f64, centered, and laid in panels of four columns, so that
// the innermost loop reads 32 bytes of each in a row: eight accumulators, six loads for sixteen operations.

// @ts-ignore: decorator
@inline
const TERMS: u32 = 64;
// @ts-ignore: decorator
@inline
const BLOCK: u32 = 32;
/** Bytes of a panel: 64 terms of four f64. */
// @ts-ignore: decorator
@inline
const PANEL: usize = 2048;

/** No mean; one a term; one a column. */
// @ts-ignore: decorator
@inline
const BY_TERM: u32 = 1;
// @ts-ignore: decorator
@inline
const BY_COLUMN: u32 = 2;

/** The panels of `terms` terms from `term` on, of `columns` columns from `column` on; columns up to a whole panel are 0. */
function pack(
  from: usize, wide: u32, termStride: usize, columnStride: usize, mean: usize, meanBy: u32,
  term: u32, terms: u32, column: u32, columns: u32, to: usize,
): void {
  const start = from + <usize>term * termStride + <usize>column * columnStride;
  for (let first: u32 = 0; first < columns; first += 4) {
    const panel = to + <usize>(first >> 2) * PANEL;
    const whole = first + 4 <= columns;
    if (whole && wide == 0 && columnStride == 4 && meanBy == BY_COLUMN) {
      const means = mean + (<usize>(column + first) << 3);
      const low = v128.load(means);
      const high = v128.load(means, 16);
      let at = start + (<usize>first << 2);
      for (let t: u32 = 0; t < terms; t++, at += termStride) {
        const values = v128.load(at);
        const place = panel + (<usize>t << 5);
        v128.store(place, f64x2.sub(f64x2.promote_low_f32x4(values), low));
        v128.store(place, f64x2.sub(f64x2.promote_low_f32x4(v128.shuffle<f32>(values, values, 2, 3, 2, 3)), high), 16);
      }
      continue;
    }
    let t: u32 = 0;
    if (whole && wide == 0 && termStride == 4) {
      // four terms of four columns at a time, transposed on the way
      let at = start + <usize>first * columnStride;
      for (; t + 4 <= terms; t += 4, at += 16) {
        const r0 = v128.load(at);
        const r1 = v128.load(at + columnStride);
        const r2 = v128.load(at + 2 * columnStride);
        const r3 = v128.load(at + 3 * columnStride);
        const place = panel + (<usize>t << 5);
        four(v128.shuffle<f32>(r0, r1, 0, 4, 1, 5), v128.shuffle<f32>(r2, r3, 0, 4, 1, 5), mean, meanBy, term + t, column + first, place);
        four(v128.shuffle<f32>(r0, r1, 2, 6, 3, 7), v128.shuffle<f32>(r2, r3, 2, 6, 3, 7), mean, meanBy, term + t + 2, column + first, place + 64);
      }
    }
    const done = t;
    for (let c: u32 = 0; c < 4; c++) {
      const place = panel + (<usize>c << 3);
      if (first + c >= columns) {
        for (t = 0; t < terms; t++) store<f64>(place + (<usize>t << 5), 0);
        continue;
      }
      let at = start + <usize>(first + c) * columnStride + <usize>done * termStride;
      let subtracted: f64 = meanBy == BY_COLUMN ? load<f64>(mean + (<usize>(column + first + c) << 3)) : 0;
      for (t = done; t < terms; t++, at += termStride) {
        if (meanBy == BY_TERM) subtracted = load<f64>(mean + (<usize>(term + t) << 3));
        const value = wide != 0 ? load<f64>(at) : <f64>load<f32>(at);
        store<f64>(place + (<usize>t << 5), value - subtracted);
      }
    }
  }
}

/** Two terms of four columns: `left` holds columns 0 and 1 of the one, then of the other, `right` columns 2 and 3. */
// @ts-ignore: decorator
@inline
function four(left: v128, right: v128, mean: usize, meanBy: u32, term: u32, column: u32, to: usize): void {
  let a0 = f64x2.splat(0), a1 = a0, b0 = a0, b1 = a0;
  if (meanBy == BY_TERM) {
    a0 = v128.load64_splat(mean + (<usize>term << 3));
    a1 = a0;
    b0 = v128.load64_splat(mean + (<usize>term << 3), 8);
    b1 = b0;
  } else if (meanBy == BY_COLUMN) {
    a0 = v128.load(mean + (<usize>column << 3));
    a1 = v128.load(mean + (<usize>column << 3), 16);
    b0 = a0;
    b1 = a1;
  }
  v128.store(to, f64x2.sub(f64x2.promote_low_f32x4(left), a0));
  v128.store(to, f64x2.sub(f64x2.promote_low_f32x4(right), a1), 16);
  v128.store(to, f64x2.sub(f64x2.promote_low_f32x4(v128.shuffle<f32>(left, left, 2, 3, 2, 3)), b0), 32);
  v128.store(to, f64x2.sub(f64x2.promote_low_f32x4(v128.shuffle<f32>(right, right, 2, 3, 2, 3)), b1), 48);
}

/** C += A'B of one panel each, `rows` x `columns` of it, at most 4 x 4. */
function multiply(a: usize, b: usize, terms: u32, c: usize, stride: usize, rows: u32, columns: u32): void {
  let c00 = f64x2.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  const end = a + (<usize>terms << 5);
  while (a < end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const a0 = v128.load64_splat(a);
    c00 = f64x2.add(c00, f64x2.mul(a0, b0));
    c01 = f64x2.add(c01, f64x2.mul(a0, b1));
    const a1 = v128.load64_splat(a, 8);
    c10 = f64x2.add(c10, f64x2.mul(a1, b0));
    c11 = f64x2.add(c11, f64x2.mul(a1, b1));
    const a2 = v128.load64_splat(a, 16);
    c20 = f64x2.add(c20, f64x2.mul(a2, b0));
    c21 = f64x2.add(c21, f64x2.mul(a2, b1));
    const a3 = v128.load64_splat(a, 24);
    c30 = f64x2.add(c30, f64x2.mul(a3, b0));
    c31 = f64x2.add(c31, f64x2.mul(a3, b1));
    a += 32;
    b += 32;
  }
  add(c, columns, c00, c01);
  if (rows > 1) add(c + stride, columns, c10, c11);
  if (rows > 2) add(c + 2 * stride, columns, c20, c21);
  if (rows > 3) add(c + 3 * stride, columns, c30, c31);
}

// @ts-ignore: decorator
@inline
function add(c: usize, columns: u32, low: v128, high: v128): void {
  if (columns >= 2) v128.store(c, f64x2.add(v128.load(c), low));
  else store<f64>(c, load<f64>(c) + f64x2.extract_lane(low, 0));
  if (columns >= 4) v128.store(c, f64x2.add(v128.load(c, 16), high), 16);
  else if (columns == 3) store<f64>(c, load<f64>(c, 16) + f64x2.extract_lane(high, 0), 16);
}

export function product(
  terms: u32, a: usize, aWide: u32, aTermStride: usize, aColumnStride: usize, aMean: usize, aMeanBy: u32, i0: u32, i1: u32,
  b: usize, bWide: u32, bTermStride: usize, bColumnStride: usize, bMean: usize, bMeanBy: u32, j0: u32, j1: u32,
  c: usize, cStride: usize, scratch: usize,
): void {
  const left = scratch;
  const right = scratch + 8 * PANEL;
  for (let i = i0; i < i1; i += BLOCK) {
    const iCount = min(BLOCK, i1 - i);
    for (let t: u32 = 0; t < terms; t += TERMS) {
      const present = min(TERMS, terms - t);
      pack(a, aWide, aTermStride, aColumnStride, aMean, aMeanBy, t, present, i, iCount, left);
      for (let j = j0; j < j1; j += BLOCK) {
        const jCount = min(BLOCK, j1 - j);
        pack(b, bWide, bTermStride, bColumnStride, bMean, bMeanBy, t, present, j, jCount, right);
        for (let p: u32 = 0; p < iCount; p += 4) {
          const row = c + <usize>(i + p) * cStride + (<usize>j << 3);
          for (let q: u32 = 0; q < jCount; q += 4) {
            multiply(
              left + <usize>(p >> 2) * PANEL, right + <usize>(q >> 2) * PANEL, present,
              row + (<usize>q << 3), cStride, min(4, iCount - p), min(4, jCount - q),
            );
          }
        }
      }
    }
  }
}
