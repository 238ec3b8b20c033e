// Products of matrices; see ../twins/products.ts, its definition.

/** Terms that are added up before they join the sum of those before. */
const block: u32 = 512;

// @ts-ignore: decorator
@inline
function put(out: usize, value: v128, columns: u32, first: bool): void {
  const sum = first ? value : f32x4.add(v128.load(out), value);
  if (columns >= 4) {
    v128.store(out, sum);
    return;
  }
  v128.store_lane<f32>(out, sum, 0);
  if (columns > 1) v128.store_lane<f32>(out, sum, 1, 4);
  if (columns > 2) v128.store_lane<f32>(out, sum, 2, 8);
}

/** One or four rows of a by a panel of b, of four or eight columns: `terms` terms from `a` and `panel` on. */
// @ts-ignore: decorator
@inline
function tile(four: bool, wide: bool, a: usize, aRow: usize, aColumn: usize, panel: usize, terms: u32, out: usize, outRow: usize, columns: u32, first: bool): void {
  const zero = f32x4.splat(0);
  let x0 = zero, x1 = zero, x2 = zero, x3 = zero;
  let y0 = zero, y1 = zero, y2 = zero, y3 = zero;
  const step: usize = wide ? 32 : 16;
  for (const end = panel + terms * step; panel < end; panel += step, a += aColumn) {
    const left = v128.load(panel);
    const right = wide ? v128.load(panel, 16) : left;
    let factor = v128.load32_splat(a);
    x0 = f32x4.add(x0, f32x4.mul(factor, left));
    if (wide) y0 = f32x4.add(y0, f32x4.mul(factor, right));
    if (four) {
      factor = v128.load32_splat(a + aRow);
      x1 = f32x4.add(x1, f32x4.mul(factor, left));
      if (wide) y1 = f32x4.add(y1, f32x4.mul(factor, right));
      factor = v128.load32_splat(a + 2 * aRow);
      x2 = f32x4.add(x2, f32x4.mul(factor, left));
      if (wide) y2 = f32x4.add(y2, f32x4.mul(factor, right));
      factor = v128.load32_splat(a + 3 * aRow);
      x3 = f32x4.add(x3, f32x4.mul(factor, left));
      if (wide) y3 = f32x4.add(y3, f32x4.mul(factor, right));
    }
  }
  put(out, x0, columns, first);
  if (wide) put(out + 16, y0, columns - 4, first);
  if (four) {
    put(out + outRow, x1, columns, first);
    if (wide) put(out + outRow + 16, y1, columns - 4, first);
    put(out + 2 * outRow, x2, columns, first);
    if (wide) put(out + 2 * outRow + 16, y2, columns - 4, first);
    put(out + 3 * outRow, x3, columns, first);
    if (wide) put(out + 3 * outRow + 16, y3, columns - 4, first);
  }
}

/** Copies some columns of b, one row after the other: four or eight numbers a row, the last of which may be anything. */
// @ts-ignore: decorator
@inline
function pack(wide: bool, b: usize, bRow: usize, bColumn: usize, terms: u32, columns: u32, panel: usize): void {
  const step: usize = wide ? 32 : 16;
  for (const end = panel + terms * step; panel < end; panel += step, b += bRow) {
    if (bColumn == 4) {
      v128.store(panel, v128.load(b));
      if (wide) v128.store(panel, v128.load(b, 16), 16);
    } else {
      for (let j: usize = 0; j < columns; j++) store<f32>(panel + (j << 2), load<f32>(b + j * bColumn));
    }
  }
}

export function matmul(a: usize, b: usize, out: usize, rows: u32, terms: u32, columns: u32, aRow: usize, aColumn: usize, bRow: usize, bColumn: usize, panel: usize): u32 {
  aRow <<= 2;
  aColumn <<= 2;
  bRow <<= 2;
  bColumn <<= 2;
  const outRow = <usize>columns << 2;
  const fours = rows & ~3;
  for (let column: u32 = 0; column < columns; column += 8) {
    const width = min<u32>(8, columns - column);
    const wide = width > 4;
    let start: u32 = 0;
    do {
      const count = min<u32>(block, terms - start);
      const first = start == 0;
      const from = b + start * bRow + column * bColumn;
      let x = a + start * aColumn;
      let to = out + (<usize>column << 2);
      let row: u32 = 0;
      if (wide) {
        pack(true, from, bRow, bColumn, count, width, panel);
        for (; row < fours; row += 4, x += 4 * aRow, to += 4 * outRow) tile(true, true, x, aRow, aColumn, panel, count, to, outRow, width, first);
        for (; row < rows; row++, x += aRow, to += outRow) tile(false, true, x, aRow, aColumn, panel, count, to, outRow, width, first);
      } else {
        pack(false, from, bRow, bColumn, count, width, panel);
        for (; row < fours; row += 4, x += 4 * aRow, to += 4 * outRow) tile(true, false, x, aRow, aColumn, panel, count, to, outRow, width, first);
        for (; row < rows; row++, x += aRow, to += outRow) tile(false, false, x, aRow, aColumn, panel, count, to, outRow, width, first);
      }
      start += block;
    } while (start < terms);
  }
  return 0;
}
