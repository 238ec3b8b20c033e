import { describe, expect, test } from "vitest";
import { meanBy, scratchBytes } from "../../dist/kernels/twins/centered-product.js";
import { Rng } from "../../dist/numerics/random.js";
import { builds, expectSameBytes, filler } from "./same-bytes.js";

const bytes = 2 ** 19;
const scratch = 64;
const places = { a: 65536, b: 131072, aMean: 196608, bMean: 212992, c: 229376 };

/** Random numbers for every array: f32 factors, or f64 ones. Drawn once; most of the time would go by drawing. */
const drawn = [false, true].map((wide) => {
  const all = new Uint8Array(bytes).fill(filler);
  const rng = new Rng(1);
  const put = (numbers: Float32Array | Float64Array) => {
    for (let k = 0; k < numbers.length; k++) numbers[k] = rng.normal();
  };
  for (const at of [places.a, places.b]) {
    put(wide ? new Float64Array(all.buffer, at, 8192) : new Float32Array(all.buffer, at, 16384));
  }
  for (const at of [places.aMean, places.bMean, places.c]) put(new Float64Array(all.buffer, at, 2000));
  return all;
});

describe.each(builds)("product over $name", ({ shared, fast }) => {
  test("P11 the kernel equals its twin for odd sizes, both layouts and all means, and writes nothing else", () => {
    const { a, b, aMean, bMean, c } = places;
    let form = 0;
    for (const terms of [0, 1, 3, 63, 64, 65, 130]) {
      for (const [i0, i1, j0, j1] of [
        [0, 1, 0, 1],
        [0, 5, 2, 9],
        [1, 34, 0, 3],
        [0, 7, 3, 40],
        [32, 33, 32, 33],
      ]) {
        const wide = form % 2;
        const size = wide ? 8 : 4;
        const [across, down] = [[size * 45, size] as const, [size, size * 130] as const];
        const left = [a, wide, ...(form % 3 === 0 || down[1] * i1 > 60000 ? across : down), aMean, form % 3];
        const right = [b, wide, ...(form % 4 === 1 && terms < 60 ? [0, size] : across), bMean, (form >> 1) % 3];
        const args = [terms, ...left, i0, i1, ...right, j0, j1, c, 8 * 45, scratch];
        const all = expectSameBytes("centered-product", "product", args, {
          ...{ bytes, shared, fast },
          fill: (all: Uint8Array) => all.set(drawn[wide]),
          scratch: [scratch, scratch + scratchBytes],
        });
        expect(all[c + 8 * 2000]).toBe(filler);
        form++;
      }
    }
  });
});

test("a worked product: two rows, centered by column on the left and by term on the right, are added to what is there", () => {
  const { a, b, aMean, bMean, c } = places;
  const all = expectSameBytes(
    "centered-product",
    "product",
    [2, a, 0, 8, 4, aMean, meanBy.column, 0, 2, b, 0, 4, 8, bMean, meanBy.term, 0, 1, c, 8, scratch],
    {
      bytes,
      fill: (memory) => {
        new Float32Array(memory.buffer, a, 4).set([1, 2, 3, 5]); // rows (1, 2) and (3, 5)
        new Float64Array(memory.buffer, aMean, 2).set([2, 3]);
        new Float32Array(memory.buffer, b, 2).set([7, 4]); // one column
        new Float64Array(memory.buffer, bMean, 2).set([5, 1]);
        new Float64Array(memory.buffer, c, 2).set([100, 200]);
      },
      scratch: [scratch, scratch + scratchBytes],
    },
  );
  // (1 - 2) (7 - 5) + (3 - 2) (4 - 1) and (2 - 3) 2 + (5 - 3) 3
  expect(Array.from(new Float64Array(all.buffer, c, 2))).toEqual([101, 204]);
});
