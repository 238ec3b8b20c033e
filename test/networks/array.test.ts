import { expect, test } from "vitest";
import { array, NdArray, zeros } from "../../dist/networks/array.js";

test("an array is made of nested numbers, or of flat ones with a shape", () => {
  expect(
    array([
      [1, 2],
      [3, 4],
      [5, 6],
    ]).shape,
  ).toEqual([3, 2]);
  expect(array(7).shape).toEqual([]);
  expect(array([]).shape).toEqual([0]);
  expect(array(Float32Array.of(1, 2, 3, 4), { shape: [2, 2] }).shape).toEqual([2, 2]);
  expect(array([1, 0, 5], { dtype: "bool" }).data).toEqual(Uint8Array.of(1, 0, 1));
  expect(array([1, -2], { dtype: "int64" }).data).toEqual(BigInt64Array.of(1n, -2n));
});

test("lists of unequal lengths, wrong numbers of elements and wrong typed arrays are refused", () => {
  expect(() => array([[1, 2], [3]])).toThrow("array: lists of one level differ in length, 2 and 1");
  expect(() => array([[1, 2], 3])).toThrow("array: some elements are numbers, others of the level are lists");
  expect(() => array([1, 2, 3], { shape: [2] })).toThrow("NdArray: [2] needs 2 elements, got 3 in a Float32Array");
  expect(() => new NdArray("float32", [2], new Float64Array(2) as never)).toThrow(
    "float32 lies in a Float32Array, got a Float64Array",
  );
  expect(() => zeros([2, -1])).toThrow("zeros: sizes must be integers >= 0, got [2, -1]");
  expect(() => zeros([2 ** 30, 2 ** 30])).toThrow("has too many elements");
});

test("item gives the only element, and refuses what a number does not hold", () => {
  expect(array([[4]]).item()).toBe(4);
  expect(() => array([1, 2]).item()).toThrow("item: one element was needed, got [2]");
  expect(() => new NdArray("int64", [], BigInt64Array.of(2n ** 60n)).item()).toThrow("beyond the integers of a number");
});

test("a copy has elements of its own", () => {
  const one = array([1, 2]);
  const other = one.copy();
  other.data[0] = 9;
  expect(one.data[0]).toBe(1);
});
