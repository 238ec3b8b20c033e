import { describe, expect, test } from "vitest";
import { Rng } from "../../dist/numerics/random.js";
import { builds, expectSameBytes, filler } from "./same-bytes.js";

const numRows = 7;
const numColumns = 9;
const at = { offsets: 64, indices: 128, values: 512, order: 1024, factors: 1536, x: 2048, y: 8192 };

/** A random matrix, in which row 0 is empty and row 1 full. */
function fillWith(width: number) {
  return (all: Uint8Array) => {
    const rng = new Rng(width);
    const offsets = new Uint32Array(all.buffer, at.offsets, numRows + 1);
    const indices: number[] = [];
    offsets[0] = 0;
    for (let i = 0; i < numRows; i++) {
      for (let j = 0; j < numColumns; j++) if (i === 1 || (i > 1 && rng.uniform() < 0.4)) indices.push(j);
      offsets[i + 1] = indices.length;
    }
    new Uint32Array(all.buffer, at.indices, indices.length).set(indices);
    new Uint32Array(all.buffer, at.order, indices.length).set(indices.map((_, k) => indices.length - 1 - k));
    for (const place of [at.values, at.factors]) {
      new Float32Array(all.buffer, place, indices.length).set(indices.map(() => rng.normal()));
    }
    new Float32Array(all.buffer, at.x, numColumns * width).set(
      Float32Array.from({ length: numColumns * width }, () => rng.normal()),
    );
  };
}

describe.each(builds)("sparse product over $name", ({ shared, fast }) => {
  test.each([
    ["all values 1", 0, 0, 0],
    ["values", at.values, 0, 0],
    ["values and factors", at.values, 0, at.factors],
    ["factors in another order", 0, at.order, at.factors],
  ])("the kernel equals its twin for widths 0 to 40 and any range of rows: %s", (_, values, order, factors) => {
    for (let width = 0; width <= 40; width++) {
      for (const [first, last] of [
        [0, numRows],
        [2, 5],
        [3, 3],
      ]) {
        const args = [first, last, at.offsets, at.indices, values, order, factors, at.x, at.y, width];
        const all = expectSameBytes("sparse-product", "multiply", args, { shared, fast, fill: fillWith(width) });
        expect(all[at.y + 4 * first * width - 1]).toBe(filler);
        expect(all[at.y + 4 * last * width]).toBe(filler);
      }
    }
  });
});
