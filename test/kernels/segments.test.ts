import { describe, expect, test } from "vitest";
import { Rng } from "../../dist/numerics/random.js";
import { builds, expectSameBytes, filler } from "./same-bytes.js";

const bytes = 65536;
const places = { offsets: 64, indices: 256, x: 2048, y: 32768 };
const numRows = 13;

/** Rows of 0 to 6 entries, indices below the number of entries, normal numbers; as many as there are entries at most. */
function fillWith(seed: number, width: number) {
  return (all: Uint8Array) => {
    const rng = new Rng(seed);
    const offsets = new Uint32Array(all.buffer, places.offsets, numRows + 1);
    offsets[0] = 0;
    for (let i = 0; i < numRows; i++) offsets[i + 1] = offsets[i] + rng.below(7);
    const entries = offsets[numRows];
    const indices = new Uint32Array(all.buffer, places.indices, entries);
    for (let k = 0; k < entries; k++) indices[k] = rng.below(entries);
    const values = new Float32Array(all.buffer, places.x, entries * width);
    for (let k = 0; k < values.length; k++) values[k] = rng.below(4) === 0 ? 0 : 8 * rng.normal();
  };
}

describe.each(builds)("over $name", ({ shared, fast }) => {
  const { offsets, indices, x, y } = places;

  test.each<[string, (width: number, turn: number) => number[]]>([
    ["gather", (width) => [2, 9, indices, x, y, width]],
    ["sum", (width, turn) => [1, numRows, offsets, turn % 2 === 0 ? 0 : indices, x, y, width, turn & 2]],
    ["max", (width, turn) => [0, numRows, offsets, turn % 2 === 0 ? 0 : indices, x, y, width]],
    ["softmax", (width) => [0, numRows, offsets, x, y, width]],
  ])("P11 %s equals its twin for widths 0 to 20, and writes nothing else", (fn, argsOf) => {
    for (let width = 0; width <= 20; width++) {
      for (let turn = 0; turn < 4; turn++) {
        const fill = fillWith(4 * width + turn, width);
        const all = expectSameBytes("segments", fn, argsOf(width, turn), { bytes, shared, fast, fill });
        expect(all[y - 1]).toBe(filler);
        expect(all[y + 4 * 80 * width]).toBe(filler);
      }
    }
  });
});
