import { describe, expect, test } from "vitest";
import type { KernelFunctions } from "../../dist/kernels/kernel.js";
import { Rng } from "../../dist/numerics/random.js";
import { expectSameBytesAfter } from "./same-bytes.js";

/** Rows of seeded lengths, 0 to 9, among them rows of exactly 4 and 8 entries, as offsets and indices. */
function randomRows(rng: Rng, rows: number): { offsets: Uint32Array; indices: Uint32Array } {
  const offsets = new Uint32Array(rows + 1);
  for (let i = 0; i < rows; i++) offsets[i + 1] = offsets[i] + rng.below(10);
  return { offsets, indices: Uint32Array.from({ length: offsets[rows] }, () => rng.below(rows)) };
}

const at = { offsets: 64, indices: 1024, values: 4096, place: 12288, inverse: 12800, c: 14336, next: 16384, x: 18432 };
const more = { teleport: 20480, dangling: 22528, out: 24576 };

describe.each([0, 1, 5, 64])("over %i rows", (rows) => {
  test.each([
    ["64", "plain", 0, 0],
    ["64", "weighted, placed, with distributions", 1, 1],
    ["32", "plain", 0, 0],
    ["32", "weighted, placed, with distributions", 1, 1],
  ])("P11 sweeps in f%s, %s, leave the twin's bytes", (bits, _what, weighted, placed) => {
    const fill = (memory: ArrayBufferLike) => {
      const rng = new Rng(rows + 1);
      const { offsets, indices } = randomRows(rng, rows);
      new Uint32Array(memory, at.offsets).set(offsets);
      new Uint32Array(memory, at.indices).set(indices);
      new Float64Array(memory, at.values).set(Array.from(indices, () => rng.uniform() + 0.1));
      new Uint32Array(memory, at.place).set(Array.from({ length: rows }, (_, i) => rows - 1 - i));
      for (const place of [more.teleport, more.dangling]) {
        new Float64Array(memory, place).set(Array.from({ length: rows }, () => rng.uniform()));
      }
    };
    const values = weighted * at.values;
    const place = placed * at.place;
    const [teleport, dangling] = [placed * more.teleport, placed * more.dangling];
    const work = (kernel: KernelFunctions) => {
      kernel[`inverses${bits}`](at.offsets, values, at.inverse, 0, rows);
      const mass = kernel[`start${bits}`](place, at.inverse, at.c, at.x, teleport, 0, rows, 1 / 64);
      new Float64Array(1)[0] = mass;
      const half = rows >> 1;
      const pointers = [at.offsets, at.indices, values, place, at.inverse, at.c, at.next, at.x, teleport, dangling];
      kernel[`pull${bits}`](...pointers, more.out, 0, half, 0.01, 0.85, 0.1, 0.2);
      kernel[`pull${bits}`](...pointers, more.out + 16, half, rows, 0.01, 0.85, 0.1, 0.2);
    };
    const memory = expectSameBytesAfter("pagerank", work, { bytes: 65536, fill });
    if (rows > 0) expect(new Float64Array(memory, more.out + 16, 1)[0]).toBeGreaterThan(0);
  });
});

describe.each([0, 1, 5, 33])("over %i rows, several columns", (rows) => {
  test.each([
    ["64", 4, 0],
    ["64", 8, 1],
    ["32", 8, 0],
    ["32", 16, 1],
  ])("P11 sweeps in f%s over %i columns leave the twin's bytes", (bits, width, weighted) => {
    const columns = 8 * 16 * 33;
    const x = 16384;
    const tables = { x, c: x + columns, next: x + 2 * columns, teleport: x + 3 * columns, dangling: x + 4 * columns };
    const places = { factors: 8192, sums: 9216, out: 10240 };
    const fill = (memory: ArrayBufferLike) => {
      const rng = new Rng(rows + width);
      const { offsets, indices } = randomRows(rng, rows);
      new Uint32Array(memory, at.offsets).set(offsets);
      new Uint32Array(memory, at.indices).set(indices);
      new Float64Array(memory, at.values).set(Array.from(indices, () => rng.uniform() + 0.1));
      new Uint32Array(memory, at.place).set(Array.from({ length: rows }, (_, i) => rows - 1 - i));
      for (const place of [tables.teleport, tables.dangling]) {
        new Float64Array(memory, place).set(Array.from({ length: rows * width }, () => rng.uniform()));
      }
      new Float64Array(memory, places.factors).set(Array.from({ length: 3 * width }, () => rng.uniform()));
    };
    const values = weighted * at.values;
    const place = weighted * at.place;
    const work = (kernel: KernelFunctions) => {
      kernel[`inverses${bits}`](at.offsets, values, at.inverse, 0, rows);
      const start = [place, at.inverse, tables.c, tables.x, tables.teleport, places.out, width];
      kernel[`startColumns${bits}`](...start, 0, rows);
      const matrix = [at.offsets, at.indices, values, place, at.inverse, tables.c, tables.next, tables.x];
      const distributions = [tables.teleport, tables.dangling, weighted ? 1 : width, places.factors, places.sums];
      const half = rows >> 1;
      kernel[`pullColumns${bits}`](...matrix, ...distributions, places.out + 512, width, 0, half, 0.85);
      kernel[`pullColumns${bits}`](...matrix, ...distributions, places.out + 1024, width, half, rows, 0.85);
    };
    const memory = expectSameBytesAfter("pagerank", work, { bytes: 131072, fill });
    if (rows > 0) expect(new Float64Array(memory, places.out + 1024, 1)[0]).toBeGreaterThan(0);
  });
});
