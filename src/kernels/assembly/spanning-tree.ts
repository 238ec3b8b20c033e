// The spanning tree of least mutual reachability over rows, by Prim; see ../twins/spanning-tree.ts, its definition.
// A sum stops once it exceeds what would matter: it only grows, so the tree is the same.

/** Bytes of a row between two looks whether to stop: 32 numbers. */
// @ts-ignore: decorator
@inline
const LOOK: usize = 128;

/** The two numbers at the upper end of four. */
// @ts-ignore: decorator
@inline
function upper(four: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f32>(four, four, 2, 3, 2, 3));
}

/** |p - scale row|^2, or some number above `bound` where that is above it; `point` is p in f64, `stride` a row's bytes. */
function squares(point: usize, row: usize, scale: f64, stride: usize, bound: f64): f64 {
  const factor = f64x2.splat(scale);
  const end = row + stride;
  let a = f64x2.splat(0);
  let b = a;
  let sum: f64 = 0;
  do {
    const stop = min(end, row + LOOK);
    for (; row < stop; row += 16, point += 32) {
      const values = v128.load(row);
      const c = f64x2.sub(v128.load(point), f64x2.mul(factor, f64x2.promote_low_f32x4(values)));
      const d = f64x2.sub(v128.load(point, 16), f64x2.mul(factor, upper(values)));
      a = f64x2.add(a, f64x2.mul(c, c));
      b = f64x2.add(b, f64x2.mul(d, d));
    }
    const both = f64x2.add(a, b);
    sum = f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
  } while (row < end && sum <= bound);
  return sum;
}

/** A row in f64, scaled. */
function place(row: usize, scale: f64, stride: usize, point: usize): void {
  const factor = f64x2.splat(scale);
  const end = row + stride;
  for (; row < end; row += 16, point += 32) {
    const values = v128.load(row);
    v128.store(point, f64x2.mul(factor, f64x2.promote_low_f32x4(values)));
    v128.store(point, f64x2.mul(factor, upper(values)), 16);
  }
}

export function distances(
  rows: usize, stride: usize, scales: usize, first: u32, last: u32, others: usize, cores: usize, point: usize,
): void {
  for (let i = first; i < last; i++) {
    place(rows + <usize>i * stride, load<f64>(scales + ((<usize>i) << 3)), stride, point);
    const j = <usize>load<u32>(others + ((<usize>i) << 2));
    const sum = squares(point, rows + j * stride, load<f64>(scales + (j << 3)), stride, Infinity);
    store<f64>(cores + ((<usize>i) << 3), sum);
  }
}

export function prim(
  rows: usize, stride: usize, scales: usize, count: u32, cores: usize, best: usize, from: usize,
  current: u32, steps: u32, ends: usize, weights: usize, point: usize,
): u32 {
  for (let step: u32 = 0; step < steps; step++) {
    const own = <usize>current;
    const core = load<f64>(cores + (own << 3));
    store<f64>(best + (own << 3), -1);
    place(rows + own * stride, load<f64>(scales + (own << 3)), stride, point);
    let next = current;
    let least: f64 = Infinity;
    let low: u32 = 0;
    let high: u32 = 0;
    for (let i: u32 = 0; i < count; i++) {
      const at = <usize>i;
      let weight = load<f64>(best + (at << 3));
      if (weight < 0) continue;
      let source = load<u32>(from + (at << 2));
      const floor = max(core, load<f64>(cores + (at << 3)));
      if (floor < weight || (floor == weight && current < source)) {
        const sum = squares(point, rows + at * stride, load<f64>(scales + (at << 3)), stride, weight);
        const reach = max(floor, sum);
        if (reach < weight || (reach == weight && current < source)) {
          weight = reach;
          source = current;
          store<f64>(best + (at << 3), weight);
          store<u32>(from + (at << 2), source);
        }
      }
      if (weight > least) continue;
      const a = min(source, i);
      const b = max(source, i);
      if (next != current && weight == least && (a > low || (a == low && b > high))) continue;
      next = i;
      least = weight;
      low = a;
      high = b;
    }
    const edge = <usize>step;
    store<u32>(ends + (edge << 3), low);
    store<u32>(ends + (edge << 3), high, 4);
    store<f64>(weights + (edge << 3), least);
    current = next;
  }
  return current;
}
