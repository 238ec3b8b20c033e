import fc from "fast-check";
import { expect, test } from "vitest";
import { Crowd } from "../../../explorer/app/renderer/pixels/crowd.js";
import { Veil } from "../../../explorer/app/renderer/pixels/veil.js";

const [width, height] = [12, 9];
const red = 0xff0000ff;
const blue = 0xffff0000;

/** Places of the pixels that are not empty, "x y". */
function inked(pixels: Uint32Array): string[] {
  return Array.from(pixels, (pixel, k) => (pixel === 0 ? "" : `${k % width} ${Math.floor(k / width)}`)).filter(Boolean);
}

test("a square takes the pixels whose middles are in it, and what of it is outside is left out", () => {
  const crowd = new Crowd();
  const pixels = new Uint32Array(width * height);
  const draw = (x: number, y: number, side: number) => {
    crowd.begin(width, height);
    crowd.add(x, y, side, red, 1);
    crowd.shown(pixels, 10, 0.5);
    return inked(pixels);
  };
  expect(draw(3, 4, 2)).toEqual(["2 3", "3 3", "2 4", "3 4"]);
  expect(draw(3.5, 4.5, 1)).toEqual(["3 4"]);
  expect(draw(0, 0, 2)).toEqual(["0 0"]);
  expect(draw(12, 9, 2)).toEqual(["11 8"]);
  expect(draw(-5, 4, 2)).toEqual([]);
  expect(draw(Number.NaN, 4, 2)).toEqual([]);
});

test("a pixel has the mean of its points' colors by their opacity, and is the more opaque the more there are", () => {
  const crowd = new Crowd();
  const pixels = new Uint32Array(width * height);
  crowd.begin(width, height);
  for (let k = 0; k < 3; k++) crowd.add(1.5, 1.5, 1, red, 1);
  crowd.add(1.5, 1.5, 1, blue, 1);
  crowd.add(4.5, 1.5, 1, red, 1);
  for (let k = 0; k < 100; k++) crowd.add(6.5, 1.5, 1, red, 1);
  crowd.shown(pixels, 100, 0.25);
  const at = (x: number) => pixels[width + x];
  expect([at(1) & 255, (at(1) >>> 16) & 255]).toEqual([191, 64]); // three quarters red
  const alpha = (x: number) => at(x) >>> 24;
  // least + (1 - least) log(1 + n) / log(1 + most), by hand: log 2 / log 101 = 0.1502
  expect(alpha(4)).toBe(Math.round(255 * (0.25 + 0.75 * 0.15019)));
  expect(alpha(6)).toBe(255);
  expect(alpha(1)).toBeGreaterThan(alpha(4));
});

test("points that are added together are those that are added one by one", () => {
  const positions = Float32Array.from([0, 0, 1, -1, 2, -2, 3, -3, 4, -4]);
  const colors = Uint32Array.from([red, blue, red, blue, red]);
  const [together, single] = [new Crowd(), new Crowd()];
  const [a, b] = [new Uint32Array(width * height), new Uint32Array(width * height)];
  together.begin(width, height);
  together.addFlat(positions, colors, [1, 5], 2, [2, 1, 1.5], 2, 0.5);
  single.begin(width, height);
  for (const k of [1, 3]) single.add(2 + 1.5 * positions[2 * k], 1 - 1.5 * positions[2 * k + 1], 2, colors[k], 0.5);
  together.shown(a, 5, 0.3);
  single.shown(b, 5, 0.3);
  expect(inked(a).length).toBeGreaterThan(4);
  expect(a).toEqual(b);
});

test("a line takes one pixel of each column or row it crosses, the same from either end", () => {
  const spot = fc.tuple(fc.double({ min: -9, max: 20, noNaN: true }), fc.double({ min: -9, max: 20, noNaN: true }));
  const [veil, pixels, back] = [new Veil(), new Uint32Array(width * height), new Uint32Array(width * height)];
  const draw = (into: Uint32Array, [x0, y0]: number[], [x1, y1]: number[]) => {
    veil.begin(width, height);
    veil.line(x0, y0, x1, y1, 1);
    veil.shown(into, red & 0xffffff, { most: 5, least: 0.5, ceiling: 1 });
    return inked(into).map((place) => place.split(" ").map(Number));
  };
  fc.assert(
    fc.property(spot, spot, (from, to) => {
      const places = draw(pixels, from, to);
      const isSteep = Math.abs(to[1] - from[1]) > Math.abs(to[0] - from[0]);
      const along = places.map((place) => place[isSteep ? 1 : 0]);
      expect(new Set(along).size).toBe(along.length);
      for (const [x, y] of places) {
        // The middle of the pixel is less than a pixel from the line.
        const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
        const away =
          Math.abs((x + 0.5 - from[0]) * (to[1] - from[1]) - (y + 0.5 - from[1]) * (to[0] - from[0])) / length;
        expect(away).toBeLessThan(0.75);
      }
      draw(back, to, from);
      const differ = inked(pixels).filter((place) => !inked(back).includes(place)).length;
      expect(differ).toBeLessThanOrEqual(1); // a middle that falls between two pixels, but for rounding
    }),
    { seed: 9 },
  );
  expect(draw(pixels, [0, 4.5], [12, 4.5])).toHaveLength(12);
  expect(draw(pixels, [3.5, -100], [3.5, 100])).toHaveLength(9);
});
