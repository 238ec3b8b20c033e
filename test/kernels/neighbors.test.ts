import { expect, test } from "vitest";
import { forms, noEntry } from "../../dist/kernels/twins/neighbors.js";
import { Rng } from "../../dist/numerics/random.js";
import { builds, expectSameBytes } from "./same-bytes.js";

const line = (bytes: number) => Math.ceil(bytes / 64) * 64;

interface Setup {
  items: number;
  dimensions: number;
  form: number;
  length: number;
  /** How many other rows equal another one. */
  equal?: number;
}

/** Rows, empty lists, an order of the rows, and room for candidates. */
function layout(rng: Rng, { items, dimensions, form, length, equal = 0 }: Setup) {
  const short = form === forms.short;
  const stride = Math.ceil(dimensions / (short ? 8 : 4)) * 16;
  const most = Math.ceil(length / 2);
  let end = 64;
  const place = (bytes: number) => {
    const at = end;
    end += line(bytes) + 64;
    return at;
  };
  const rows = place((items + 3) * stride);
  const lists = place(8 * items * length);
  const thresholds = place(4 * (items + 4));
  const [order, spare] = [place(4 * items), place(4 * items)];
  const [news, olds] = [place(8 * items * most), place(8 * items * most)];
  const seen = place(4 * items);
  const values = Array.from({ length: items }, () => {
    const row = Array.from({ length: dimensions }, () => rng.normal());
    const norm = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0));
    return row.map((x) => (short ? Math.round((32767 * x) / norm) : x));
  });
  for (let k = 0; k < equal; k++) values[rng.below(items)] = values[rng.below(items)];
  const fill = ({ buffer }: { buffer: ArrayBufferLike }) => {
    new Uint8Array(buffer, rows, (items + 3) * stride).fill(0);
    for (const [i, row] of values.entries()) {
      if (short) new Int16Array(buffer, rows + i * stride, dimensions).set(row);
      else new Float32Array(buffer, rows + i * stride, dimensions).set(row);
    }
    const floats = new Float32Array(buffer, lists, 2 * items * length);
    const words = new Uint32Array(buffer, lists, 2 * items * length);
    for (let e = 0; e < items * length; e++) {
      floats[2 * e] = Number.POSITIVE_INFINITY;
      words[2 * e + 1] = noEntry;
    }
    new Float32Array(buffer, thresholds, items + 4).fill(Number.POSITIVE_INFINITY);
    new Uint32Array(buffer, order, items).set(Array.from({ length: items }, (_, i) => (i * 7 + 3) % items).sort());
    new Uint32Array(buffer, seen, items).fill(0);
  };
  return {
    rows,
    stride,
    lists,
    thresholds,
    order,
    spare,
    news,
    olds,
    seen,
    most,
    values,
    fill,
    bytes: end,
    seenEnd: seen + 4 * items,
  };
}

const settings: Setup[] = Object.values(forms).flatMap((form) => [
  { items: 1, dimensions: 3, form, length: 2 },
  { items: 2, dimensions: 1, form, length: 1 },
  { items: 23, dimensions: 9, form, length: 5 },
  { items: 40, dimensions: 33, form, length: 12, equal: 20 },
]);

test.each(builds)(
  "P11 the kernel's lists equal the twin's over $name: all pairs, splits, leaves, rounds of descent",
  (build) => {
    const rng = new Rng(1);
    for (const setting of settings) {
      const { items, form, length } = setting;
      const own = layout(rng, setting);
      const { rows, stride, lists, thresholds, order, spare, news, olds, seen, most, fill, bytes, seenEnd } = own;
      const base = { ...build, bytes };
      const half = Math.ceil(items / 2);
      for (const [first, last, from, to] of [
        [0, items, 0, items],
        [0, half, half, items],
      ]) {
        expectSameBytes("neighbors", "exact", [first, last, from, to, rows, stride, form, lists, length, thresholds], {
          ...base,
          fill,
        });
      }
      const split = [0, items, 0, items - 1, order, spare, rows, stride, form];
      expectSameBytes("neighbors", "split", split, { ...base, fill });
      let all = expectSameBytes("neighbors", "joinLeaf", [0, half, order, rows, stride, form, lists, length], {
        ...base,
        fill,
      });
      const next = (fn: string, args: number[]) => {
        const before = all;
        // a kernel looks at rows in another order, and leaves the same marks
        all = expectSameBytes("neighbors", fn, args, {
          ...base,
          fill: (memory) => memory.set(before),
          scratch: [seen, seenEnd],
        });
        new Uint32Array(all.buffer, seen, items).fill(0);
      };
      next("joinLeaf", [half, items, order, rows, stride, form, lists, length]);
      for (let round = 0; round < 3; round++) {
        next("candidates", [0, half, items, lists, length, news, olds, most, 77 + round]);
        next("candidates", [half, items, items, lists, length, news, olds, most, 77 + round]);
        next("descend", [0, items, rows, stride, form, lists, length, news, olds, most, round * items + 1, seen]);
      }
    }
  },
);

test("all pairs leave the nearest rows by (distance, row), however the rows are cut", () => {
  const rng = new Rng(2);
  for (const form of Object.values(forms)) {
    const { rows, stride, lists, thresholds, values, fill, bytes } = layout(rng, {
      ...{ items: 50, dimensions: 6, form, length: 7, equal: 5 },
    });
    let all = new Uint8Array(0) as Uint8Array;
    const blocks = [
      [0, 17],
      [17, 18],
      [18, 50],
    ];
    for (const [a, own] of blocks.entries()) {
      for (const other of blocks.slice(a)) {
        const before = all;
        all = expectSameBytes("neighbors", "exact", [...own, ...other, rows, stride, form, lists, 7, thresholds], {
          bytes,
          fill: (memory) => (before.length === 0 ? fill(memory) : memory.set(before)),
        });
      }
    }
    const words = new Uint32Array(all.buffer, lists, 2 * 50 * 7);
    for (let i = 0; i < 50; i++) {
      const far = (x: readonly number[], y: readonly number[]) =>
        x.reduce((sum, value, d) => sum + (form === forms.euclidean ? (value - y[d]) ** 2 : -value * y[d]), 0);
      const expected = values
        .map((row, j) => ({ j, distance: far(values[i], row) }))
        .filter(({ j }) => j !== i)
        .sort((x, y) => x.distance - y.distance || x.j - y.j)
        .slice(0, 7);
      const found = Array.from({ length: 7 }, (_, k) => words[2 * (7 * i + k) + 1] & 0x7fffffff);
      expect(found).toEqual(expected.map(({ j }) => j));
    }
  }
});
