import type { Region } from "./types.js";

/** Bands of height by which a polygon's sides are found. */
const bands = 256;

/** A test whether a place is inside a region, and the rectangle that holds it: x0, y0, x1, y1. */
export interface RegionTest {
  bounds: readonly [number, number, number, number];
  contains(x: number, y: number): boolean;
}

/**
 * Inside a polygon is what a ray crosses its sides an odd number of times from (the even-odd rule; Shimrat 1962, "Algorithm
 * 112: position of point relative to polygon"). Each place is tested against the sides of its own band of height alone, so
 * that a lasso of hundreds of corners round a million points takes milliseconds.
 */
export function regionTest(region: Region): RegionTest {
  if ("box" in region) {
    const [a, b, c, d] = region.box;
    const [x0, y0, x1, y1] = [Math.min(a, c), Math.min(b, d), Math.max(a, c), Math.max(b, d)];
    return { bounds: [x0, y0, x1, y1], contains: (x, y) => x >= x0 && x <= x1 && y >= y0 && y <= y1 };
  }
  const { polygon } = region;
  const corners = polygon.length >> 1;
  let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let k = 0; k < corners; k++) {
    x0 = Math.min(x0, polygon[2 * k]);
    x1 = Math.max(x1, polygon[2 * k]);
    y0 = Math.min(y0, polygon[2 * k + 1]);
    y1 = Math.max(y1, polygon[2 * k + 1]);
  }
  const height = (y1 - y0) / bands || 1;
  const bandOf = (y: number) => Math.min(bands - 1, Math.max(0, Math.floor((y - y0) / height)));
  const sides = Array.from({ length: bands }, () => [] as number[]);
  for (let k = 0; k < corners; k++) {
    const [ay, by] = [polygon[2 * k + 1], polygon[2 * ((k + 1) % corners) + 1]];
    if (!(Number.isFinite(ay) && Number.isFinite(by))) continue;
    for (let band = bandOf(Math.min(ay, by)); band <= bandOf(Math.max(ay, by)); band++) sides[band].push(k);
  }
  const contains = (x: number, y: number) => {
    if (!(x >= x0 && x <= x1 && y >= y0 && y <= y1)) return false;
    let inside = false;
    for (const k of sides[bandOf(y)]) {
      const next = (k + 1) % corners;
      const [ax, ay, bx, by] = [polygon[2 * k], polygon[2 * k + 1], polygon[2 * next], polygon[2 * next + 1]];
      if (ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)) inside = !inside;
    }
    return inside;
  };
  return { bounds: [x0, y0, x1, y1], contains };
}
