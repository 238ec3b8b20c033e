// Sparse matrix times dense columns, by compressed rows; see ../twins/spmm.ts, its definition.
// Every column is a sum in the order of the entries, so that columns may be cut into registers in any way: 64, 32 and 16
// of f32 (half of f64) at once, and the rest by vectors of which the last overlaps the one before.

/** How entries are weighted: all 1; by a coefficient an entry; by a coefficient a column of the matrix. */
const none: u32 = 0;
const byEntry: u32 = 1;
const byColumn: u32 = 2;

// @ts-ignore: decorator
@inline
function lanes<T>(): u32 {
  return 16 / <u32>sizeof<T>();
}

// @ts-ignore: decorator
@inline
function columnOf(indices: usize, k: u32): usize {
  return <usize>load<u32>(indices + ((<usize>k) << 2));
}

/** The coefficient of entry k in all lanes. */
// @ts-ignore: decorator
@inline
function factor<T>(mode: u32, coefficients: usize, k: u32, column: usize): v128 {
  if (mode == byEntry) return v128.load_splat<T>(coefficients + <usize>k * sizeof<T>());
  if (mode == byColumn) return v128.load_splat<T>(coefficients + column * sizeof<T>());
  return v128.splat<T>(<T>1);
}

// @ts-ignore: decorator
@inline
function plus<T>(mode: u32, sum: v128, f: v128, x: v128): v128 {
  return mode == none ? v128.add<T>(sum, x) : v128.add<T>(sum, v128.mul<T>(f, x));
}

/** alpha (after_i sum + diagonal_i x_i) + beta z_i + gamma w_i, at one vector of row i. */
// @ts-ignore: decorator
@inline
function finish<T>(
  sum: v128, i: u32, at: usize, after: usize, diagonal: usize, x: usize, y: usize,
  alpha: T, z: usize, beta: T, w: usize, gamma: T,
): void {
  let value = sum;
  if (after != 0) value = v128.mul<T>(v128.load_splat<T>(after + <usize>i * sizeof<T>()), value);
  if (diagonal != 0) {
    const own = v128.mul<T>(v128.load_splat<T>(diagonal + <usize>i * sizeof<T>()), v128.load(x + at));
    value = v128.add<T>(value, own);
  }
  value = v128.mul<T>(v128.splat<T>(alpha), value);
  if (z != 0) value = v128.add<T>(value, v128.mul<T>(v128.splat<T>(beta), v128.load(z + at)));
  if (w != 0) value = v128.add<T>(value, v128.mul<T>(v128.splat<T>(gamma), v128.load(w + at)));
  v128.store(y + at, value);
}

/** Four vectors of each row: 16 columns of f32. Two entries a turn. `from` is the byte at which they begin in a row. */
// @ts-ignore: decorator
@inline
function four<T>(
  mode: u32, first: u32, last: u32, offsets: usize, indices: usize, coefficients: usize, after: usize, diagonal: usize,
  x: usize, y: usize, stride: usize, from: usize, alpha: T, z: usize, beta: T, w: usize, gamma: T,
): void {
  const table = x + from;
  let k = load<u32>(offsets + ((<usize>first) << 2));
  for (let i = first; i < last; i++) {
    const end = load<u32>(offsets + ((<usize>i) << 2), 4);
    let s0 = v128.splat<T>(<T>0), s1 = s0, s2 = s0, s3 = s0;
    for (; k + 1 < end; k += 2) {
      const j = columnOf(indices, k);
      const l = columnOf(indices, k + 1);
      const p = table + j * stride;
      const q = table + l * stride;
      const f = factor<T>(mode, coefficients, k, j);
      const g = factor<T>(mode, coefficients, k + 1, l);
      s0 = plus<T>(mode, plus<T>(mode, s0, f, v128.load(p)), g, v128.load(q));
      s1 = plus<T>(mode, plus<T>(mode, s1, f, v128.load(p, 16)), g, v128.load(q, 16));
      s2 = plus<T>(mode, plus<T>(mode, s2, f, v128.load(p, 32)), g, v128.load(q, 32));
      s3 = plus<T>(mode, plus<T>(mode, s3, f, v128.load(p, 48)), g, v128.load(q, 48));
    }
    if (k < end) {
      const j = columnOf(indices, k);
      const p = table + j * stride;
      const f = factor<T>(mode, coefficients, k, j);
      s0 = plus<T>(mode, s0, f, v128.load(p));
      s1 = plus<T>(mode, s1, f, v128.load(p, 16));
      s2 = plus<T>(mode, s2, f, v128.load(p, 32));
      s3 = plus<T>(mode, s3, f, v128.load(p, 48));
      k++;
    }
    const at = <usize>i * stride + from;
    finish<T>(s0, i, at, after, diagonal, x, y, alpha, z, beta, w, gamma);
    finish<T>(s1, i, at + 16, after, diagonal, x, y, alpha, z, beta, w, gamma);
    finish<T>(s2, i, at + 32, after, diagonal, x, y, alpha, z, beta, w, gamma);
    finish<T>(s3, i, at + 48, after, diagonal, x, y, alpha, z, beta, w, gamma);
  }
}

/**
 * Eight vectors of each row, 32 columns of f32, then the next eight, up to byte `to` of a row. (Sixteen at once take more
 * registers than processors have.)
 */
// @ts-ignore: decorator
@inline
function eight<T>(
  mode: u32, first: u32, last: u32, offsets: usize, indices: usize, coefficients: usize, after: usize, diagonal: usize,
  x: usize, y: usize, stride: usize, to: usize, alpha: T, z: usize, beta: T, w: usize, gamma: T,
): void {
  let k = load<u32>(offsets + ((<usize>first) << 2));
  for (let i = first; i < last; i++) {
    const end = load<u32>(offsets + ((<usize>i) << 2), 4);
    const begin = k;
    for (let from: usize = 0; from < to; from += 128) {
      let s0 = v128.splat<T>(<T>0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
      for (k = begin; k < end; k++) {
        const j = columnOf(indices, k);
        const p = x + from + j * stride;
        const f = factor<T>(mode, coefficients, k, j);
        s0 = plus<T>(mode, s0, f, v128.load(p));
        s1 = plus<T>(mode, s1, f, v128.load(p, 16));
        s2 = plus<T>(mode, s2, f, v128.load(p, 32));
        s3 = plus<T>(mode, s3, f, v128.load(p, 48));
        s4 = plus<T>(mode, s4, f, v128.load(p, 64));
        s5 = plus<T>(mode, s5, f, v128.load(p, 80));
        s6 = plus<T>(mode, s6, f, v128.load(p, 96));
        s7 = plus<T>(mode, s7, f, v128.load(p, 112));
      }
      const at = <usize>i * stride + from;
      finish<T>(s0, i, at, after, diagonal, x, y, alpha, z, beta, w, gamma);
      finish<T>(s1, i, at + 16, after, diagonal, x, y, alpha, z, beta, w, gamma);
      finish<T>(s2, i, at + 32, after, diagonal, x, y, alpha, z, beta, w, gamma);
      finish<T>(s3, i, at + 48, after, diagonal, x, y, alpha, z, beta, w, gamma);
      finish<T>(s4, i, at + 64, after, diagonal, x, y, alpha, z, beta, w, gamma);
      finish<T>(s5, i, at + 80, after, diagonal, x, y, alpha, z, beta, w, gamma);
      finish<T>(s6, i, at + 96, after, diagonal, x, y, alpha, z, beta, w, gamma);
      finish<T>(s7, i, at + 112, after, diagonal, x, y, alpha, z, beta, w, gamma);
    }
  }
}

/** Two vectors of each row, at bytes `from` and `second`, which may overlap or be the same. */
// @ts-ignore: decorator
@inline
function two<T>(
  mode: u32, first: u32, last: u32, offsets: usize, indices: usize, coefficients: usize, after: usize, diagonal: usize,
  x: usize, y: usize, stride: usize, from: usize, second: usize, alpha: T, z: usize, beta: T, w: usize, gamma: T,
): void {
  let k = load<u32>(offsets + ((<usize>first) << 2));
  for (let i = first; i < last; i++) {
    const end = load<u32>(offsets + ((<usize>i) << 2), 4);
    let s0 = v128.splat<T>(<T>0), s1 = s0;
    for (; k < end; k++) {
      const j = columnOf(indices, k);
      const p = x + j * stride;
      const f = factor<T>(mode, coefficients, k, j);
      s0 = plus<T>(mode, s0, f, v128.load(p + from));
      s1 = plus<T>(mode, s1, f, v128.load(p + second));
    }
    const at = <usize>i * stride;
    finish<T>(s0, i, at + from, after, diagonal, x, y, alpha, z, beta, w, gamma);
    finish<T>(s1, i, at + second, after, diagonal, x, y, alpha, z, beta, w, gamma);
  }
}

/** One number of each row: widths below one vector. */
// @ts-ignore: decorator
@inline
function one<T>(
  mode: u32, first: u32, last: u32, offsets: usize, indices: usize, coefficients: usize, after: usize, diagonal: usize,
  x: usize, y: usize, stride: usize, from: usize, alpha: T, z: usize, beta: T, w: usize, gamma: T,
): void {
  let k = load<u32>(offsets + ((<usize>first) << 2));
  for (let i = first; i < last; i++) {
    const end = load<u32>(offsets + ((<usize>i) << 2), 4);
    let sum = <T>0;
    for (; k < end; k++) {
      const j = columnOf(indices, k);
      const value = load<T>(x + j * stride + from);
      if (mode == none) sum += value;
      else sum += load<T>(coefficients + (mode == byEntry ? <usize>k : j) * sizeof<T>()) * value;
    }
    const at = <usize>i * stride + from;
    if (after != 0) sum = load<T>(after + <usize>i * sizeof<T>()) * sum;
    if (diagonal != 0) sum += load<T>(diagonal + <usize>i * sizeof<T>()) * load<T>(x + at);
    sum = alpha * sum;
    if (z != 0) sum += beta * load<T>(z + at);
    if (w != 0) sum += gamma * load<T>(w + at);
    store<T>(y + at, sum);
  }
}

// @ts-ignore: decorator
@inline
function columns<T>(
  mode: u32, first: u32, last: u32, offsets: usize, indices: usize, coefficients: usize, after: usize, diagonal: usize,
  x: usize, y: usize, width: u32, alpha: T, z: usize, beta: T, w: usize, gamma: T,
): void {
  const stride = <usize>width * sizeof<T>();
  let from: usize = 0;
  if (width < lanes<T>()) {
    for (; from < stride; from += sizeof<T>()) {
      one<T>(mode, first, last, offsets, indices, coefficients, after, diagonal, x, y, stride, from, alpha, z, beta, w, gamma);
    }
    return;
  }
  const to = stride & ~127;
  if (to > 0) {
    eight<T>(mode, first, last, offsets, indices, coefficients, after, diagonal, x, y, stride, to, alpha, z, beta, w, gamma);
    from = to;
  }
  if (from + 64 <= stride) {
    four<T>(mode, first, last, offsets, indices, coefficients, after, diagonal, x, y, stride, from, alpha, z, beta, w, gamma);
    from += 64;
  }
  const end = stride - 16;
  for (; from < stride; from += 32) {
    const start = min(from, end);
    two<T>(mode, first, last, offsets, indices, coefficients, after, diagonal, x, y, stride, start, min(from + 16, end), alpha, z, beta, w, gamma);
  }
}

// @ts-ignore: decorator
@inline
function product<T>(
  first: u32, last: u32, offsets: usize, indices: usize, mode: u32, coefficients: usize, after: usize, diagonal: usize,
  x: usize, y: usize, width: u32, alpha: T, z: usize, beta: T, w: usize, gamma: T,
): void {
  if (mode == none) columns<T>(none, first, last, offsets, indices, coefficients, after, diagonal, x, y, width, alpha, z, beta, w, gamma);
  else if (mode == byEntry) columns<T>(byEntry, first, last, offsets, indices, coefficients, after, diagonal, x, y, width, alpha, z, beta, w, gamma);
  else columns<T>(byColumn, first, last, offsets, indices, coefficients, after, diagonal, x, y, width, alpha, z, beta, w, gamma);
}

export function product32(
  first: u32, last: u32, offsets: usize, indices: usize, mode: u32, coefficients: usize, after: usize, diagonal: usize,
  x: usize, y: usize, width: u32, alpha: f32, z: usize, beta: f32, w: usize, gamma: f32,
): void {
  product<f32>(first, last, offsets, indices, mode, coefficients, after, diagonal, x, y, width, alpha, z, beta, w, gamma);
}

export function product64(
  first: u32, last: u32, offsets: usize, indices: usize, mode: u32, coefficients: usize, after: usize, diagonal: usize,
  x: usize, y: usize, width: u32, alpha: f64, z: usize, beta: f64, w: usize, gamma: f64,
): void {
  product<f64>(first, last, offsets, indices, mode, coefficients, after, diagonal, x, y, width, alpha, z, beta, w, gamma);
}

// @ts-ignore: decorator
@inline
function weigh(mode: u32, isMoved: bool, count: u32, factors: usize, places: usize, indices: usize, coefficients: usize, out: usize): void {
  const end = <usize>count << 2;
  for (let at: usize = 0; at < end; at += 4) {
    let value = load<f32>(factors + (isMoved ? <usize>load<u32>(places + at) << 2 : at));
    if (mode == byEntry) value *= load<f32>(coefficients + at);
    if (mode == byColumn) value *= load<f32>(coefficients + (<usize>load<u32>(indices + at) << 2));
    store<f32>(out + at, value);
  }
}

/** out_k = factors[p] c_k, p = places[k], or k where there are no places. */
export function coefficients32(count: u32, factors: usize, places: usize, indices: usize, mode: u32, coefficients: usize, out: usize): void {
  const isMoved = places != 0;
  if (mode == none) isMoved ? weigh(none, true, count, factors, places, indices, coefficients, out) : weigh(none, false, count, factors, places, indices, coefficients, out);
  else if (mode == byEntry) isMoved ? weigh(byEntry, true, count, factors, places, indices, coefficients, out) : weigh(byEntry, false, count, factors, places, indices, coefficients, out);
  else isMoved ? weigh(byColumn, true, count, factors, places, indices, coefficients, out) : weigh(byColumn, false, count, factors, places, indices, coefficients, out);
}
