import { expect, test } from "vitest";
import {
  addRowTimes,
  addRowTransposedTimes,
  checkMatrix,
  type Matrix,
  readRow,
  rowDot,
} from "../../dist/numerics/matrix.js";

const dense = { rows: 2, columns: 3, values: Float32Array.of(0, 2, 0, -1, 0, 4) };
const sparse = { rows: 2, columns: 3, values: Float64Array.of(2, -1, 4), starts: [0, 1, 3], indices: [1, 0, 2] };

test.each([
  ["dense", dense],
  ["sparse", sparse],
] as [string, Matrix][])("the rows of a %s matrix are read and multiplied", (_, matrix) => {
  checkMatrix("test", "x", matrix);
  const row = Float64Array.of(9, 9, 9);
  readRow(matrix, 1, row);
  expect([...row]).toEqual([-1, 0, 4]);
  expect(rowDot(matrix, 1, Float64Array.of(1, 10, 100))).toBe(399);

  const sums = Float64Array.of(0.5, 0);
  addRowTimes(matrix, 1, Float64Array.of(1, 2, 3, 4, 5, 6), sums);
  expect([...sums]).toEqual([0.5 - 1 + 20, -2 + 24]);

  const products = new Float64Array(6).fill(1);
  addRowTransposedTimes(matrix, 1, Float64Array.of(1, 2), products);
  expect([...products]).toEqual([0, -1, 1, 1, 5, 9]);
});

test.each([
  [{ ...dense, rows: 0 }, "fit: x.rows must be an integer >= 1, got 0"],
  [{ ...dense, columns: 1.5 }, "fit: x.columns must be an integer >= 1, got 1.5"],
  [{ ...dense, rows: 3 }, "fit: x must have 3 x 3 = 9 values, got 6"],
  [
    { ...dense, values: Float32Array.of(0, 2, 0, -1, 0, Number.NaN) },
    "fit: x must be finite, got NaN in row 1, column 2",
  ],
  [
    { ...sparse, values: Float64Array.of(2, -1, Number.NEGATIVE_INFINITY) },
    "fit: x must be finite, got -Infinity in row 1, column 2",
  ],
  [{ ...sparse, starts: [0, 3] }, "fit: x.starts must have 3 entries, got 2"],
  [{ ...sparse, starts: [0, 1, 2] }, "fit: x.starts must run from 0 to 3, got 0 to 2"],
  [{ ...sparse, starts: [0, 4, 3] }, "fit: x.starts must be integers that do not fall, got 4, 3 for row 1"],
  [{ ...sparse, indices: [1, 0] }, "fit: x must have as many indices as values, got 2 and 3"],
  [{ ...sparse, indices: [1, 0, 3] }, "fit: x.indices must be ascending integers below 3 in each row, got 3 in row 1"],
  [{ ...sparse, indices: [1, 2, 2] }, "fit: x.indices must be ascending integers below 3 in each row, got 2 in row 1"],
] as [Matrix, string][])("what is no matrix is refused: case %#", (matrix, message) => {
  expect(() => checkMatrix("fit", "x", matrix)).toThrow(new RangeError(message));
});
