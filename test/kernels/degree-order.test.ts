import { describe, expect, test } from "vitest";
import type { KernelFunctions } from "../../dist/kernels/kernel.js";
import { Rng } from "../../dist/numerics/random.js";
import { expectSameBytesAfter } from "./same-bytes.js";

const at = { offsets: 64, counts: 4096, place: 8192, newOffsets: 12288, indices: 16384, values: 32768 };
const out = { indices: 65536, values: 81920 };

describe.each([0, 1, 7, 101])("%i rows in two blocks", (rows) => {
  test.each([0, 1])("P11 grouped by length, weighted: %i, they leave the twin's bytes", (weighted) => {
    const offsets = new Uint32Array(rows + 1);
    const fill = (memory: ArrayBufferLike) => {
      const rng = new Rng(rows + 3);
      // One row is longer than the lengths that are told apart.
      for (let i = 0; i < rows; i++) offsets[i + 1] = offsets[i] + (i === 5 ? 1030 : rng.below(6));
      const entries = offsets[rows];
      new Uint32Array(memory, at.offsets).set(offsets);
      new Uint32Array(memory, at.indices).set(Uint32Array.from({ length: entries }, () => rng.below(rows)));
      new Float64Array(memory, at.values).set(Float64Array.from({ length: entries }, () => rng.uniform()));
    };
    const [values, newValues] = [weighted * at.values, weighted * out.values];
    const half = rows >> 1;
    const memory = expectSameBytesAfter(
      "degree-order",
      (kernel: KernelFunctions) => {
        kernel.groupRows(at.offsets, at.counts, at.place, at.newOffsets, 0, half);
        kernel.groupRows(at.offsets, at.counts, at.place, at.newOffsets, half, rows);
        const lists = [at.offsets, at.indices, values, at.place, at.newOffsets, out.indices, newValues];
        kernel.renumberRows(...lists, 0, half);
        kernel.renumberRows(...lists, half, rows);
      },
      { bytes: 131072, fill },
    );
    const words = new Uint32Array(memory);
    const place = words.subarray(at.place / 4, at.place / 4 + rows);
    expect(Array.from(place).sort((a, b) => a - b)).toEqual(Array.from({ length: rows }, (_, i) => i));
    const length = new Uint32Array(rows);
    for (let i = 0; i < rows; i++) {
      const from = words[at.newOffsets / 4 + place[i]];
      const count = offsets[i + 1] - offsets[i];
      length[place[i]] = count;
      const entries = words.subarray(at.indices / 4 + offsets[i], at.indices / 4 + offsets[i] + count);
      const moved = words.subarray(out.indices / 4 + from, out.indices / 4 + from + count);
      expect(Array.from(moved)).toEqual(Array.from(entries, (column) => place[column]));
    }
    for (let r = 1; r < rows; r++) if (r !== half) expect(length[r]).toBeLessThanOrEqual(length[r - 1]);
  });
});
