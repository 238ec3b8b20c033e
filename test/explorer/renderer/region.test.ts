import fc from "fast-check";
import { expect, test } from "vitest";
import { regionTest } from "../../../explorer/app/renderer/region.js";

test("a box is the same from any two of its opposite corners", () => {
  for (const box of [
    [1, 2, 5, 8],
    [5, 8, 1, 2],
    [5, 2, 1, 8],
  ] as const) {
    const { contains, bounds } = regionTest({ box });
    expect(bounds).toEqual([1, 2, 5, 8]);
    expect([contains(1, 2), contains(3, 5), contains(5, 8), contains(0.9, 5), contains(3, 8.1)]).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  }
});

test("inside a polygon of equal sides is what is on the inner side of each of them", () => {
  const at = fc.double({ min: -1.2, max: 1.2, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 3, max: 400 }), at, at, (corners, x, y) => {
      const angle = (k: number) => (2 * Math.PI * (k + 0.3)) / corners;
      const polygon = Array.from({ length: corners }, (_, k) => [Math.cos(angle(k)), Math.sin(angle(k))]).flat();
      // The side after corner k has its normal halfway to the next corner, and is cos(pi / n) from the middle.
      const apothem = Math.cos(Math.PI / corners);
      const outermost = Math.max(
        ...Array.from(
          { length: corners },
          (_, k) => x * Math.cos(angle(k + 0.5)) + y * Math.sin(angle(k + 0.5)) - apothem,
        ),
      );
      fc.pre(Math.abs(outermost) > 1e-9);
      expect(regionTest({ polygon }).contains(x, y)).toBe(outermost < 0);
    }),
    { seed: 7, numRuns: 300 },
  );
});

test("the middle of a pentagram, which its line goes round twice, is outside, its five tips are inside", () => {
  const tip = (k: number) => [Math.sin((4 * Math.PI * k) / 5), Math.cos((4 * Math.PI * k) / 5)];
  const polygon = [0, 1, 2, 3, 4].flatMap(tip);
  const { contains } = regionTest({ polygon });
  expect(contains(0, 0)).toBe(false);
  for (let k = 0; k < 5; k++) expect(contains(0.8 * tip(k)[0], 0.8 * tip(k)[1])).toBe(true);
});

test("a polygon of no height, or of two corners, holds nothing and does not fail", () => {
  expect(regionTest({ polygon: [0, 1, 5, 1, 3, 1] }).contains(3, 1)).toBe(false);
  expect(regionTest({ polygon: [0, 0, 1, 1] }).contains(0.5, 0.5)).toBe(false);
  expect(regionTest({ polygon: [] }).contains(0, 0)).toBe(false);
});
