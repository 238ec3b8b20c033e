import { expect, test } from "vitest";
import { array, NdArray, zeros } from "../../dist/networks/array.js";
import { denseOf } from "../../dist/networks/interpret.js";
import { broadcastShapes, normalizeAxes, showType } from "../../dist/networks/types.js";

test("nested numbers become rows, in every kind", () => {
  const x = array([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  expect([showType(x), x.size, [...x.data]]).toEqual(["float32[2, 3]", 6, [1, 2, 3, 4, 5, 6]]);
  expect([...array([1, -2], { dtype: "int64" }).data]).toEqual([1n, -2n]);
  expect([...array([0, 3], { dtype: "bool" }).data]).toEqual([0, 1]);
  expect(array(7).item()).toBe(7);
  expect(showType(array([[], []]))).toBe("float32[2, 0]");
  expect(showType(array([1, 2, 3, 4], { shape: [2, 2] }))).toBe("float32[2, 2]");
  expect(showType(array(Float32Array.of(1, 2)))).toBe("float32[2]");
});

test("what does not fit is refused with what was needed and what came", () => {
  expect(() => array([[1, 2], [3]])).toThrow("array: lists of one level differ in length, 2 and 1");
  expect(() => array([1, [2]] as never)).toThrow("array: ");
  expect(() => array([[1], 2] as never)).toThrow("array: some elements are numbers, others of the level are lists");
  expect(() => array([1, 2, 3], { shape: [2, 2] })).toThrow("[2, 2] needs 4 elements, got 3 in a Float32Array");
  expect(() => new NdArray("float32", [1], new Int32Array(1) as never)).toThrow(
    "float32 lies in a Float32Array, got a Int32Array",
  );
  expect(() => zeros([-1])).toThrow("zeros: sizes must be integers >= 0, got [-1]");
  expect(() => zeros([2 ** 27, 2 ** 27])).toThrow("zeros: [134217728, 134217728] has too many elements");
  expect(() => zeros([1.5])).toThrow("sizes must be integers");
  expect(() => array([1, 2]).item()).toThrow("item: one element was needed, got [2]");
  expect(() => new NdArray("int64", [], BigInt64Array.of(2n ** 60n)).item()).toThrow("beyond the integers of a number");
  expect(() => array(["a"] as never)).toThrow("array: a number or a list was needed, got a");
  expect(() => array(null as never)).toThrow("array: a number or a list was needed, got null");
});

test("an array holds the elements it was given, a copy its own", () => {
  const data = Float32Array.of(1, 2);
  const x = new NdArray("float32", [2], data);
  const copy = x.copy();
  data[0] = 9;
  expect([x.data[0], copy.data[0]]).toEqual([9, 1]);
  expect(denseOf(array([1], { dtype: "int64" })).data).toEqual(Float64Array.of(1));
});

test("shapes broadcast by NumPy's rule, and axes count from either end", () => {
  expect(broadcastShapes("f", [5, 1, 2], [3, 1], [])).toEqual([5, 3, 2]);
  expect(broadcastShapes("f", [0], [1])).toEqual([0]);
  expect(() => broadcastShapes("f", [0], [2])).toThrow("f: shapes do not broadcast, [0] and [2]");
  expect(normalizeAxes("f", [-1, 0], 3)).toEqual([0, 2]);
  expect(normalizeAxes("f", undefined, 2)).toEqual([0, 1]);
});
