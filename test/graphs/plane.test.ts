import { expect, test } from "vitest";
import { planePositions } from "../../dist/graphs/plane.js";

test("two numbers a row are drawn as they are, one on a line", () => {
  const table = [1, 2, 3, 4, -5, 6];
  expect([...planePositions([table], 2)[0]]).toEqual(table);
  expect([...planePositions([[1, 2, 3]], 1)[0]]).toEqual([1, 0, 2, 0, 3, 0]);
  expect(planePositions([], 3)).toEqual([]);
});

test("wider rows lie in the plane of the last table's largest spread, which all tables share", () => {
  // Spread 4 along (0, 3, 4) / 5 and 1 along the first axis, none along (0, 4, -3) / 5.
  const last = [0, 2.4, 3.2, 0, -2.4, -3.2, 1, 0, 0, -1, 0, 0];
  const [other, own] = planePositions([[7, 0.6, 0.8, 0, 4, -3], last], 3);
  const expected = [4, 0, -4, 0, 0, 1, 0, -1];
  for (const [k, value] of expected.entries()) expect(own[k]).toBeCloseTo(value, 12);
  for (const [k, value] of [1, 7, 0, 0].entries()) expect(other[k]).toBeCloseTo(value, 12);
});
