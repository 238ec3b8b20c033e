/** The kernels of products, reductions and moves. */
import { describe, expect, test } from "vitest";
import { createMemory, instantiate } from "../../dist/kernels/kernel.js";
import { panelBytes } from "../../dist/kernels/twins/products.js";
import { Rng } from "../../dist/numerics/random.js";
import { builds, expectSameBytes } from "./same-bytes.js";

const bytes = 2 ** 17;
const [at1, at2, out, scratch, table] = [64, 16384, 65536, 81920, 98304];

function normals(seed: number) {
  return (all: Uint8Array) => {
    const rng = new Rng(seed);
    const floats = new Float32Array(all.buffer, 0, out / 4);
    for (let i = 0; i < floats.length; i++) floats[i] = rng.normal();
  };
}

const sizes = [
  [1, 1, 1],
  [4, 3, 8],
  [5, 17, 7],
  [9, 4, 13],
  [3, 0, 5],
  [2, 1200, 6],
  [7, 513, 20],
  [16, 64, 3],
] as const;

describe.each(builds)("over $name", ({ shared }) => {
  test("P11 products equal their twin, matrices transposed or not", () => {
    for (const [rows, terms, columns] of sizes) {
      for (const a of [
        [terms, 1],
        [1, rows],
      ]) {
        for (const b of [
          [columns, 1],
          [1, terms],
        ]) {
          const args = [at1, at2, out, rows, terms, columns, ...a, ...b, scratch];
          const space = [scratch, scratch + panelBytes] as const;
          expectSameBytes("products", "matmul", args, { bytes, shared, fill: normals(rows), scratch: space });
        }
      }
    }
  });

  test("P11 reductions and softmax equal their twins", () => {
    for (const [outer, count, inner] of [
      [1, 1, 1],
      [3, 7, 1],
      [2, 301, 1],
      [1, 300, 5],
      [3, 5, 4],
      [2, 0, 3],
      [1, 9, 9],
    ]) {
      for (const code of count === 0 ? [0] : [0, 1, 2, 3]) {
        const args = [code, at1, out, outer, count, inner];
        expectSameBytes("reductions", "reduce", args, { bytes, shared, fill: normals(code) });
      }
      for (const size of [4, 8]) {
        const args = [size, at1, out, outer, count, inner];
        expectSameBytes("reductions", "sumIntegers", args, { bytes, shared, fill: normals(size) });
      }
      if (count === 0) continue;
      for (const greatest of [0, 1]) {
        const fill = (all: Uint8Array) => {
          const rng = new Rng(count);
          const floats = new Float32Array(all.buffer, at1, outer * count * inner);
          for (let i = 0; i < floats.length; i++) floats[i] = i === 17 ? Number.NaN : rng.below(4);
        };
        expectSameBytes("reductions", "argExtreme", [greatest, at1, out, outer, count, inner], { bytes, shared, fill });
      }
      for (const logarithm of [0, 1]) {
        const args = [logarithm, at1, out, outer * inner, count];
        expectSameBytes("reductions", "softmax", args, { bytes, shared, fill: normals(count) });
      }
    }
  });

  test("P11 moves, gathers and sums at indices equal their twins", () => {
    const walks = [
      [1, 40, 1, 1, 0],
      [1, 40, 3, 1, 0],
      [2, 5, 1, 8, 0, 8, 5, 1, 0],
      [3, 2, 60, 60, 0, 3, -20, 20, 0, 20, 1, 1, 0],
    ];
    for (const walk of walks) {
      for (const size of [1, 4, 8]) {
        const fill = (all: Uint8Array) => {
          normals(size)(all);
          new Int32Array(all.buffer, table, walk.length).set(walk);
        };
        expectSameBytes("rearrange", "move", [size, at1 + 1024, out, table], { bytes, shared, fill });
      }
    }
    for (const wide of [0, 1]) {
      for (const last of [2, 9, -10]) {
        const indices = [0, -1, 3, 3, 8, last];
        const fill = (all: Uint8Array) => {
          normals(3)(all);
          if (wide === 1) new BigInt64Array(all.buffer, at2, 6).set(indices.map(BigInt));
          else new Int32Array(all.buffer, at2, 6).set(indices);
        };
        expectSameBytes("rearrange", "gather", [28, at1, at2, wide, out, 2, 9, 6], { bytes, shared, fill });
        expectSameBytes("rearrange", "scatterAdd", [at1, at2, wide, out, 6, 7, 9], { bytes, shared, fill });
      }
    }
    for (const size of [1, 4, 8])
      expectSameBytes("rearrange", "fill", [size, out, 9, size === 1 ? 1 : -3], { bytes, shared });
    expectSameBytes("rearrange", "fillFloats", [out, 9, -0.5], { bytes, shared });
    expectSameBytes("rearrange", "copy", [at1, out, 99], { bytes, shared, fill: normals(1) });
  });
});

test("a product of integers is exact, whatever blocks it is made of", () => {
  const memory = createMemory(bytes, bytes, false);
  const [rows, terms, columns] = [5, 700, 11];
  const a = new Float32Array(memory.buffer, at1, rows * terms).map((_, i) => (i % 7) - 3);
  const b = new Float32Array(memory.buffer, at2, terms * columns).map((_, i) => (i % 5) - 2);
  new Float32Array(memory.buffer, at1, a.length).set(a);
  new Float32Array(memory.buffer, at2, b.length).set(b);
  instantiate("products", memory).matmul(at1, at2, out, rows, terms, columns, terms, 1, columns, 1, scratch);
  const expected = Array.from({ length: rows * columns }, (_, k) => {
    const [i, j] = [Math.floor(k / columns), k % columns];
    let sum = 0;
    for (let t = 0; t < terms; t++) sum += a[i * terms + t] * b[t * columns + j];
    return sum;
  });
  expect(Array.from(new Float32Array(memory.buffer, out, rows * columns))).toEqual(expected);
});
