import type { Twin } from "../kernel.js";
import { add, exp32, mul } from "./elementary32.js";
import { scramble } from "./scramble.js";

const { fround } = Math;

/** Tables of forces have 128 entries for each power of 2 from 2^-32 to 2^32, and one more. */
export const forceTable = { lowest: -32, octaves: 64, perOctave: 128, entries: 64 * 128 + 1 } as const;

/** Smoothed distances and the layout of UMAP (McInnes, Healy and Melville 2018, algorithms 3 and 5). */
export const twin: Twin = (memory) => {
  const word = (pointer: number) => (pointer >>> 0) / 4;

  /**
   * For the rows first .. last - 1 of `distances`, [rows, stride / 4] f32: `count` ascending distances and then Infinity up
   * to the stride, a multiple of 16 bytes. rho is the row's least distance above 0, and sigma solves
   *
   *   sum_k exp(-max(0, d_k - rho) / sigma) = target
   *
   * by at most 64 steps of bisection, to 1e-5; it is at least a thousandth of the row's mean distance, or of `meanOfAll`
   * where all of the row are 0. Leaves the terms of the sum in `out`, laid out as the distances and apart from them, and
   * (rho, sigma) in `scales`, [rows, 2] f32.
   */
  function smooth(
    first: number,
    last: number,
    distances: number,
    stride: number,
    count: number,
    target: number,
    meanOfAll: number,
    out: number,
    scales: number,
  ): number {
    const floats = new Float32Array(memory.buffer);
    const width = stride / 4;
    for (let i = first; i < last; i++) {
      const row = floats.subarray(word(distances) + i * width, word(distances) + (i + 1) * width);
      let [rho, sum] = [0, 0];
      for (const d of row.subarray(0, count)) {
        if (rho === 0) rho = d;
        sum = add(sum, d);
      }
      const term = (d: number, scale: number) => exp32(-mul(Math.max(add(d, -rho), 0), scale));
      let [low, high, sigma] = [0, Number.POSITIVE_INFINITY, 1];
      for (let step = 0; step < 64; step++) {
        const scale = fround(1 / sigma);
        const sums = [0, 0, 0, 0];
        row.forEach((d, k) => {
          sums[k % 4] = add(sums[k % 4], term(d, scale));
        });
        const total = add(add(sums[0], sums[2]), add(sums[1], sums[3]));
        if (Math.abs(add(total, -fround(target))) < fround(1e-5)) break;
        if (total > fround(target)) high = sigma;
        else low = sigma;
        const next = high === Number.POSITIVE_INFINITY ? mul(sigma, 2) : mul(add(low, high), 0.5);
        if (next === sigma) break;
        sigma = next;
      }
      const mean = rho > 0 ? fround(sum / count) : fround(meanOfAll);
      sigma = Math.max(sigma, mul(mean, fround(1e-3)));
      floats[word(scales) + 2 * i] = rho;
      floats[word(scales) + 2 * i + 1] = sigma;
      const scale = fround(1 / sigma);
      row.forEach((d, k) => {
        floats[word(out) + i * width + k] = term(d, scale);
      });
    }
    return 0;
  }

  /**
   * One epoch for the items order[first] .. order[last - 1]: the item's position is copied, goes through the item's edges and
   * moves at each of its steps, while all others stand still; then it is written to row p of `next`, p its place in `order`.
   *
   * - `offsets`, `targets`, `rates` (f32): the items' edges in compressed rows, and `keys`, u32, all in the order; an edge of rate r is due in epoch t where
   *   floor((t + 1) r) exceeds floor(t r), in f32. A due edge moves the item `pulls` times towards its target, and then away
   *   from `negatives` rows of `tails`, drawn by the item's key, the edge's place in its row, the epoch and the
   *   number of the draw; one that is the item itself is passed over where `itself` is not 0. 12 bytes behind the last rate must be readable.
   * - `heads`: positions of the items; `tails`: those of the `numTails` targets, by custom the same table. Rows of `bytes`
   *   bytes: 8 for two dimensions, otherwise f32 padded with zeros to a multiple of 16. `next` overlaps neither.
   * - A move is alpha clip(f(u) (y - y'), -4, 4), u = |y - y'|^2, f from the table `attraction` or `repulsion`: values at
   *   128 equal steps of each power of 2 from 2^-32 to 2^32, linear between them; arguments outside fall into the outermost
   *   steps. For a power u^c the relative error is below c^2 2^-17 or so.
   */
  function layout(
    first: number,
    last: number,
    order: number,
    offsets: number,
    targets: number,
    rates: number,
    keys: number,
    heads: number,
    tails: number,
    next: number,
    bytes: number,
    numTails: number,
    itself: number,
    attraction: number,
    repulsion: number,
    epoch: number,
    alpha: number,
    pulls: number,
    negatives: number,
    _still: number,
    _room: number,
    _moves: number,
  ): number {
    const floats = new Float32Array(memory.buffer);
    const words = new Uint32Array(memory.buffer);
    const width = bytes / 4;

    const bits = new Uint32Array(1);
    const value = new Float32Array(bits.buffer);
    const lookUp = (table: number, u: number) => {
      value[0] = u;
      const steps = (bits[0] >>> 16) - (forceTable.lowest + 127) * forceTable.perOctave;
      const at = word(table) + Math.min(Math.max(steps, 0), forceTable.entries - 2);
      const fraction = (bits[0] & 0xffff) / 65536;
      return add(floats[at], mul(fraction, add(floats[at + 1], -floats[at])));
    };
    const move = (own: Float32Array, other: number, table: number) => {
      const sums = [0, 0, 0, 0];
      const differences = own.map((y, d) => add(y, -floats[other + d]));
      differences.forEach((difference, d) => {
        sums[d % 4] = add(sums[d % 4], mul(difference, difference));
      });
      const force = lookUp(table, add(add(sums[0], sums[2]), add(sums[1], sums[3])));
      for (let d = 0; d < width; d++) {
        const clipped = Math.max(Math.min(mul(force, differences[d]), 4), -4);
        own[d] = add(own[d], mul(clipped, fround(alpha)));
      }
    };

    for (let p = first; p < last; p++) {
      const i = words[word(order) + p];
      const key = (words[word(keys) + p] + Math.imul(epoch, 0x9e3779b9)) >>> 0;
      const own = floats.slice(word(heads) + i * width, word(heads) + (i + 1) * width);
      const [start, end] = [words[word(offsets) + p], words[word(offsets) + p + 1]];
      for (let e = start; e < end; e++) {
        const rate = floats[word(rates) + e];
        if (Math.floor(mul(epoch + 1, rate)) === Math.floor(mul(epoch, rate))) continue;
        for (let pull = 0; pull < pulls; pull++) move(own, word(tails) + words[word(targets) + e] * width, attraction);
        let event = scramble(key ^ scramble(e - start));
        for (let z = 0; z < negatives; z++) {
          event = (event + 0x9e3779b9) >>> 0;
          const other = Number((BigInt(scramble(event)) * BigInt(numTails)) >> 32n);
          if (itself !== 0 && other === i) continue;
          move(own, word(tails) + other * width, repulsion);
        }
      }
      floats.set(own, word(next) + p * width);
    }
    return 0;
  }

  /** Copies the rows first .. last - 1 of `next`, of `bytes` bytes, to the rows order[first], ... of `heads`. */
  function place(first: number, last: number, order: number, next: number, heads: number, bytes: number): number {
    const floats = new Float32Array(memory.buffer);
    const words = new Uint32Array(memory.buffer);
    const width = bytes / 4;
    for (let p = first; p < last; p++) {
      const from = word(next) + p * width;
      floats.copyWithin(word(heads) + words[word(order) + p] * width, from, from + width);
    }
    return 0;
  }

  return { smooth, layout, place };
};
