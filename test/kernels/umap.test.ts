import { expect, test } from "vitest";
import { forceTable } from "../../dist/kernels/twins/umap.js";
import { Rng } from "../../dist/numerics/random.js";
import { builds, expectSameBytes } from "./same-bytes.js";

const line = (bytes: number) => Math.ceil(bytes / 64) * 64;

test.each(builds)("P11 smoothed distances equal the twin's over $name: ties, zeros, odd numbers", (build) => {
  const rng = new Rng(1);
  for (const [rows, count] of [
    [1, 1],
    [3, 2],
    [7, 4],
    [5, 14],
    [4, 33],
  ]) {
    for (const kind of ["drawn", "equal", "zero", "half zero", "far"]) {
      const width = Math.ceil(count / 4) * 4;
      const at = 64;
      const out = at + line(4 * rows * width) + 64;
      const scales = out + line(4 * rows * width) + 64;
      const value = (k: number) => {
        if (kind === "zero" || (kind === "half zero" && k < count / 2)) return 0;
        return kind === "equal" ? 0.7 : rng.uniform() * (kind === "far" ? 1e17 : 1.5);
      };
      const fill = ({ buffer }: Uint8Array) => {
        const table = new Float32Array(buffer, at, rows * width).fill(Number.POSITIVE_INFINITY);
        for (let i = 0; i < rows; i++) table.set(distances[i], i * width);
      };
      const distances = Array.from({ length: rows }, () =>
        Float32Array.from({ length: count }, (_, k) => value(k)).sort(),
      );
      const args = [0, rows, at, 4 * width, count, Math.log2(count + 1), 0.3, out, scales];
      const bytes = expectSameBytes("umap", "smooth", args, { ...build, fill });
      const weights = new Float32Array(bytes.buffer, out, rows * width);
      for (let i = 0; i < rows; i++) {
        const own = weights.subarray(i * width, i * width + count);
        expect(own[0]).toBe(1);
        expect(own.every((weight, k) => weight > 0 && weight <= (k === 0 ? 1 : own[k - 1]))).toBe(true);
        const sum = own.reduce((a, b) => a + b);
        if (kind === "drawn" && count > 4) expect(Math.abs(sum - Math.log2(count + 1))).toBeLessThan(1e-4);
      }
    }
  }
});

interface Map2 {
  items: number;
  dimensions: number;
  negatives: number;
  itself: boolean;
  epoch: number;
}

function layoutOf(rng: Rng, { items, dimensions, negatives, itself, epoch }: Map2) {
  const width = dimensions === 2 ? 2 : Math.ceil(dimensions / 4) * 4;
  const edges = Array.from({ length: items }, () => Array.from({ length: rng.below(9) }, () => rng.below(items)));
  const flat = edges.flat();
  let end = 64;
  const place = (bytes: number) => {
    const at = end;
    end += line(bytes) + 64;
    return at;
  };
  const order = place(4 * items);
  const offsets = place(4 * (items + 1));
  const targets = place(4 * flat.length);
  const rates = place(4 * flat.length);
  const keys = place(4 * items);
  const heads = place(4 * width * items);
  const tails = itself ? heads : place(4 * width * items);
  const next = place(4 * width * items);
  const [pull, push, still] = [0, 1, 2].map(() => place(4 * forceTable.entries));
  const room = 8 * 8 * (2 + negatives) + 8;
  const moves = place(8 * room + 64);
  const positions = Float32Array.from({ length: 2 * items * width }, (_, k) =>
    k % width < dimensions ? 10 * rng.uniform() : 0,
  );
  positions.copyWithin(0, width, 2 * width); // two items at one place
  const words = Uint32Array.from({ length: items }, () => rng.uint32());
  const share = Float32Array.from({ length: flat.length }, () => rng.uniform());
  const fill = ({ buffer }: { buffer: ArrayBufferLike }) => {
    new Uint32Array(buffer, order, items).set(Array.from({ length: items }, (_, p) => items - 1 - p));
    const ends = new Uint32Array(buffer, offsets, items + 1);
    ends[0] = 0;
    for (const [i, row] of edges.entries()) ends[i + 1] = ends[i] + row.length;
    new Uint32Array(buffer, targets, flat.length).set(flat);
    new Float32Array(buffer, rates, flat.length).set(share);
    new Uint32Array(buffer, keys, items).set(words);
    if (!itself) new Float32Array(buffer, tails, items * width).set(positions.subarray(items * width));
    new Float32Array(buffer, heads, items * width).set(positions.subarray(0, items * width));
    for (const [at, sign] of [
      [pull, -1],
      [push, 1],
      [still, 0],
    ]) {
      const table = new Float32Array(buffer, at, forceTable.entries);
      for (let e = 0; e < table.length; e++) table[e] = (sign * 3) / (0.01 + 2 ** (forceTable.lowest + e / 128));
    }
  };
  const edgeArgs = [order, offsets, targets, rates, keys];
  const placeArgs = [heads, tails, next, 4 * width, items, itself ? 1 : 0, pull, push];
  const args = [0, items, ...edgeArgs, ...placeArgs, epoch, 0.8, 2, negatives, still, room, moves];
  return {
    args,
    fill,
    bytes: end,
    scratch: [moves, moves + 8 * room + 64] as [number, number],
    next,
    heads,
    order,
    width,
  };
}

test.each(builds)("P11 an epoch of a layout equals the twin's over $name, in 1 to 9 dimensions", (build) => {
  const rng = new Rng(2);
  for (const dimensions of [1, 2, 3, 4, 5, 9]) {
    for (const itself of [true, false]) {
      for (const negatives of [0, 1, 5]) {
        for (const items of [1, 2, 19]) {
          const { args, fill, bytes, next, heads, order, width, scratch } = layoutOf(rng, {
            ...{ items, dimensions, negatives, itself, epoch: rng.below(200) },
          });
          const all = expectSameBytes("umap", "layout", args, { ...build, bytes, fill, scratch });
          const rows = new Float32Array(all.buffer, next, items * width);
          expect(rows.every(Number.isFinite)).toBe(true);
          const place = [0, items, order, next, heads, 4 * width];
          expectSameBytes("umap", "place", place, { ...build, bytes, fill: (memory) => memory.set(all) });
        }
      }
    }
  }
});

test("items of a call do not see each other move: any cut of the calls leaves the same bytes", () => {
  const setting = { items: 30, dimensions: 2, negatives: 5, itself: true, epoch: 3 };
  const { args, fill, bytes, next, scratch } = layoutOf(new Rng(3), setting);
  const whole = expectSameBytes("umap", "layout", args, { bytes, fill, scratch });
  let memory: Uint8Array = new Uint8Array(0);
  for (const [first, last] of [
    [17, 30],
    [0, 5],
    [5, 17],
  ]) {
    const before = memory;
    memory = expectSameBytes("umap", "layout", [first, last, ...args.slice(2)], {
      ...{ bytes, scratch },
      fill: (all) => (before.length === 0 ? fill(all) : all.set(before)),
    });
  }
  expect(memory.subarray(next, next + 240)).toEqual(whole.subarray(next, next + 240));
});
