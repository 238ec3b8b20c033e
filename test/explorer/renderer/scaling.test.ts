import { expect, test } from "vitest";
import { scaled, scaledPlace } from "../../../explorer/app/renderer/scaling.js";

test("points fill -1..1 of the longer axis, and both axes have one scale", () => {
  const { positions, scaling, halves } = scaled([0, 10, 8, 12, 4, 11], 2);
  expect(Array.from(positions)).toEqual([-1, -0.25, 1, 0.25, 0, 0]);
  expect(scaledPlace([6, 11], scaling)).toEqual([0.5, 0, 0]);
  expect(halves).toEqual([1, 0.25]);
});

test("neighbors around 1e12 stay apart, and a width beyond the largest number is no infinity", () => {
  expect(Array.from(scaled([1e12, 1e12, 1e12 + 1, 1e12 + 1, 1e12 + 2, 1e12 + 2], 2).positions)).toEqual([
    -1, -1, 0, 0, 1, 1,
  ]);
  const { positions } = scaled([-1.7e308, 0, 1.7e308, 0], 2);
  expect(Array.from(positions)).toEqual([-1, 0, 1, 0]);
});

test("items without finite coordinates have no place, are counted, and move nothing", () => {
  const { positions, unplaced, scaling } = scaled([0, 0, 0, Number.NaN, 5, 5, 2, 2, 2, 1, 1, Infinity], 3);
  expect(unplaced).toBe(2);
  expect(Array.from(positions)).toEqual([-1, -1, -1, NaN, NaN, NaN, 1, 1, 1, NaN, NaN, NaN]);
  expect(scaling).toEqual({ middle: [1, 1, 1], half: 1 });
});

test("a single place, and no place at all, are in the middle", () => {
  expect(Array.from(scaled([7, 9, 7, 9], 2).positions)).toEqual([0, 0, 0, 0]);
  expect(scaled([], 3)).toEqual({
    dimensions: 3,
    positions: new Float32Array(0),
    unplaced: 0,
    halves: [1, 1],
    scaling: { middle: [0, 0, 0], half: 1 },
  });
  expect(scaled([Number.NaN, 1], 2).unplaced).toBe(1);
});

test("frames that leave room for the same have one scale, whatever each of them holds", () => {
  const within = { low: [-4, -1], high: [4, 1] };
  const [small, whole] = [scaled([0, 0, 1, 1], 2, within), scaled([-4, -1, 4, 1], 2, within)];
  expect(Array.from(small.positions)).toEqual([0, 0, 0.25, 0.25]);
  expect(Array.from(whole.positions)).toEqual([-1, -0.25, 1, 0.25]);
  expect(small.halves).toEqual(whole.halves);
  expect(Array.from(scaled([8, 0], 2, within).positions)).toEqual([1, 0]); // what lies beyond is seen too
  expect(scaled([Number.NaN, 0], 2, within)).toMatchObject({ unplaced: 1, scaling: small.scaling });
});
