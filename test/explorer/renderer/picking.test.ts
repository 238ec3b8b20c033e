import fc from "fast-check";
import { expect, test } from "vitest";
import { project, startCamera, viewOf } from "../../../explorer/app/renderer/camera.js";
import { Picking } from "../../../explorer/app/renderer/picking.js";
import { pointGrid, rangesWithin } from "../../../explorer/app/renderer/point-grid.js";
import type { Camera } from "../../../explorer/app/renderer/types.js";

const size = { width: 400, height: 300 };
/** Coordinates on few values, so that points fall together, on edges of cells, and outside all of them. */
const value = fc.oneof(
  fc.integer({ min: -8, max: 8 }).map((k) => k / 8),
  fc.double({ min: -1, max: 1, noNaN: true }),
  fc.constant(Number.NaN),
);
const clouds = (dimensions: number) =>
  fc.array(fc.tuple(...Array.from({ length: dimensions }, () => value)), { maxLength: 300 }).map((points) => {
    const placed = points.map((point) => (point.some(Number.isNaN) ? point.map(() => Number.NaN) : point));
    return Float32Array.from(placed.flat());
  });
const cameras: fc.Arbitrary<Camera> = fc.record({
  center: fc.tuple(value, value, value).map((c) => c.map((x) => x || 0) as [number, number, number]),
  zoom: fc.constantFrom(0.5, 1, 3, 40),
  azimuth: fc.constantFrom(0, 0.7, -2),
  elevation: fc.constantFrom(0, 0.4, -1.2),
  perspective: fc.boolean(),
});

/** Every point's place on the screen, one by one. */
function places(positions: Float32Array, dimensions: 2 | 3, camera: Camera) {
  const view = viewOf(camera, size, dimensions);
  const out = new Float64Array(3);
  return Array.from({ length: positions.length / dimensions }, (_, row) => {
    const at = row * dimensions;
    project(view, positions[at], positions[at + 1], dimensions === 3 ? positions[at + 2] : 0, out);
    return { row, x: out[0], y: out[1], w: out[2] };
  }).filter(({ x, w }) => Number.isFinite(x) && w > 0);
}

test("cells hold each point with coordinates once, in ascending order, and ranges all points of a rectangle", () => {
  fc.assert(
    fc.property(clouds(2), fc.tuple(value, value, value, value), (positions, corners) => {
      const grid = pointGrid(positions, 2);
      const finite = Array.from({ length: positions.length / 2 }, (_, i) => i).filter(
        (i) => !Number.isNaN(positions[2 * i]),
      );
      expect(Array.from(grid.rows).sort((a, b) => a - b)).toEqual(finite);
      for (let k = 0; k + 1 < grid.starts.length; k++) {
        const rows = Array.from(grid.rows.subarray(grid.starts[k], grid.starts[k + 1]));
        expect(rows).toEqual(rows.toSorted((a, b) => a - b));
      }
      const [a, b, c, d] = corners.map((x) => x || 0);
      const [x0, x1, y0, y1] = [Math.min(a, b), Math.max(a, b), Math.min(c, d), Math.max(c, d)];
      const found = new Set(rangesWithin(grid, x0, y0, x1, y1).flatMap(([s, e]) => Array.from(grid.rows.slice(s, e))));
      for (const i of finite) {
        const [x, y] = [positions[2 * i], positions[2 * i + 1]];
        if (x >= x0 && x <= x1 && y >= y0 && y <= y1) expect(found.has(i)).toBe(true);
      }
    }),
    { seed: 4 },
  );
});

for (const dimensions of [2, 3] as const) {
  test(`of ${dimensions}-D points the nearest on the screen is picked, and none beyond the reach`, () => {
    const spot = fc.tuple(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 300 }));
    fc.assert(
      fc.property(clouds(dimensions), cameras, spot, (positions, camera, [x, y]) => {
        const points = { positions, dimensions, grid: pointGrid(positions, dimensions) };
        const picked = new Picking().pick(points, viewOf(camera, size, dimensions), x, y, 12);
        const shown = places(positions, dimensions, camera).filter(
          (p) => dimensions === 2 || (p.x >= 0 && p.y >= 0 && p.x <= 400 && p.y <= 300),
        );
        const away = (p: { x: number; y: number }) => Math.hypot(p.x - x, p.y - y);
        const least = Math.min(Number.POSITIVE_INFINITY, ...shown.map(away));
        if (picked === null) expect(least).toBeGreaterThan(12 - 1e-4);
        else {
          const own = shown.find(({ row }) => row === picked);
          expect(away(own as { x: number; y: number })).toBeLessThanOrEqual(Math.min(12, least) + 1e-4);
        }
      }),
      { seed: 5 },
    );
  });

  test(`a region of ${dimensions}-D points holds what is inside it on the screen`, () => {
    fc.assert(
      fc.property(clouds(dimensions), cameras, (positions, camera) => {
        const points = { positions, dimensions, grid: pointGrid(positions, dimensions) };
        const view = viewOf(camera, size, dimensions);
        const picking = new Picking();
        // Edges beside the pixels on which points fall.
        const inside = ({ x, y }: { x: number; y: number }) => x > 50.3 && x < 301.7 && y > 40.3 && y < 222.7;
        const expected = places(positions, dimensions, camera).filter(inside);
        const rows = expected.map(({ row }) => row).sort((a, b) => a - b);
        expect(Array.from(picking.rowsIn(points, view, { box: [301.7, 40.3, 50.3, 222.7] }))).toEqual(rows);
        const polygon = [50.3, 40.3, 301.7, 40.3, 301.7, 222.7, 50.3, 222.7];
        expect(Array.from(picking.rowsIn(points, view, { polygon }))).toEqual(rows);
      }),
      { seed: 6 },
    );
  });
}

test("among points at one place of the screen the nearest to the eye is picked", () => {
  const positions = Float32Array.from([0, 0, -0.5, 0, 0, 0.5, 0, 0, 0]);
  const points = { positions, dimensions: 3 as const, grid: pointGrid(positions, 3) };
  expect(new Picking().pick(points, viewOf(startCamera, size, 3), 200, 150, 5)).toBe(1);
});

test("rows in view are none at all where there are more than asked for", () => {
  const positions = Float32Array.from({ length: 200 }, (_, k) => (k % 20) / 40);
  const points = { positions, dimensions: 2 as const, grid: pointGrid(positions, 2) };
  const view = viewOf(startCamera, size, 2);
  expect(new Picking().inView(points, view)).toHaveLength(100);
  expect(new Picking().inView(points, view, 100)).toHaveLength(100);
  expect(new Picking().inView(points, view, 99)).toBeNull();
});
