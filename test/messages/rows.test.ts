import { expect, test } from "vitest";
import { GraphMemory } from "../../dist/messages/memory.js";
import { Rows } from "../../dist/messages/rows.js";

const matrix = {
  rows: 3,
  columns: 2,
  starts: [0, 2, 2, 3],
  indices: [0, 1, 1],
  values: Float64Array.of(0.5, 2, -1),
};

test("rows of a matrix are its own, also in another memory", () => {
  const rows = Rows.from(matrix);
  const memory = new GraphMemory();
  memory.allocate(100);
  for (const each of [rows, rows.copyTo(memory)]) {
    expect([each.numRows, each.numColumns, each.numEntries]).toEqual([3, 2, 3]);
    expect([...each.offsets, ...each.indices]).toEqual([0, 2, 2, 3, 0, 1, 1]);
    expect(each.values).toEqual(matrix.values);
  }
  expect(rows.copyTo(memory).memory).toBe(memory);
});

test("values that are all 1 are not stored", () => {
  const rows = Rows.from({ ...matrix, values: Float32Array.of(1, 1, 1) });
  expect(rows.valuesAt).toBe(0);
  expect(rows.copyTo(new GraphMemory()).values).toBeNull();
});

test("what is no matrix of finite numbers is refused", () => {
  expect(() => Rows.from({ ...matrix, starts: [0, 3, 2, 3] })).toThrow(RangeError);
  expect(() => Rows.from({ ...matrix, columns: 1 })).toThrow(RangeError);
  expect(() => Rows.from({ ...matrix, values: Float64Array.of(Number.NaN, 1, 1) })).toThrow(/NaN in row 0/);
});
