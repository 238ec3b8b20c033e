import fc from "fast-check";
import { expect, test } from "vitest";
import {
  between,
  clipMatrix,
  isSame,
  orbited,
  panned,
  project,
  startCamera,
  unproject,
  viewOf,
  zoomed,
} from "../../../explorer/app/renderer/camera.js";
import type { Camera } from "../../../explorer/app/renderer/types.js";

const size = { width: 800, height: 500 };
const unit = fc.double({ min: -1, max: 1, noNaN: true });
const cameras = fc.record({
  center: fc.tuple(unit, unit, unit),
  zoom: fc.double({ min: 0.5, max: 200, noNaN: true }),
  azimuth: fc.double({ min: -3, max: 3, noNaN: true }),
  elevation: fc.double({ min: -1.5, max: 1.5, noNaN: true }),
  perspective: fc.boolean(),
});

function pixels(camera: Camera, place: readonly number[], dimensions: 2 | 3 = 2): [number, number, number] {
  const out = new Float64Array(3);
  project(viewOf(camera, size, dimensions), place[0], place[1], place[2], out);
  return [out[0], out[1], out[2]];
}

test("at the start a square map fills the shorter side but for a margin, its middle in the middle, y upwards", () => {
  expect(pixels(startCamera, [0, 0, 0])).toEqual([400, 250, 1]);
  expect(pixels(startCamera, [1, 0, 0])[0]).toBeCloseTo(400 + 250 - 36, 9);
  expect(pixels(startCamera, [0, 1, 0])[1]).toBeCloseTo(36, 9);
});

test("a place found from pixels is drawn at those pixels", () => {
  fc.assert(
    fc.property(cameras, fc.double({ min: 0, max: 800 }), fc.double({ min: 0, max: 500 }), (camera, x, y) => {
      for (const dimensions of [2, 3] as const) {
        const [px, py] = pixels(camera, unproject(viewOf(camera, size, dimensions), x, y), dimensions);
        expect(Math.abs(px - x) + Math.abs(py - y)).toBeLessThan(1e-6);
      }
    }),
    { seed: 1 },
  );
});

test("what is under the pointer stays there while one zooms, and follows it while one drags", () => {
  fc.assert(
    fc.property(cameras, fc.double({ min: 0.5, max: 2, noNaN: true }), (camera, factor) => {
      const view = viewOf(camera, size, 2);
      const place = unproject(view, 123, 321);
      const [zx, zy] = pixels(zoomed(camera, view, factor, 123, 321), place);
      expect(Math.abs(zx - 123) + Math.abs(zy - 321)).toBeLessThan(1e-6);
      const [dx, dy] = pixels(panned(camera, view, 40, -25), place);
      expect(Math.abs(dx - 163) + Math.abs(dy - 296)).toBeLessThan(1e-6);
    }),
    { seed: 2 },
  );
});

test("the graphics processor's matrix places points where the page does", () => {
  fc.assert(
    fc.property(cameras, fc.tuple(unit, unit, unit), (camera, place) => {
      const view = viewOf(camera, size, 3);
      const m = clipMatrix(view);
      const [a, b, c] = place.map((value, axis) => value - view.center[axis]);
      const row = (k: number) => m[k] * a + m[4 + k] * b + m[8 + k] * c + m[12 + k];
      const [x, y, w] = pixels(camera, place, 3);
      fc.pre(w > 0.05);
      const far = 1 + Math.abs(x) + Math.abs(y);
      expect(Math.abs(400 + (400 * row(0)) / row(3) - x) / far).toBeLessThan(1e-4);
      expect(Math.abs(250 - (250 * row(1)) / row(3) - y) / far).toBeLessThan(1e-4);
    }),
    { seed: 3 },
  );
});

test("in perspective what is nearer is larger, without it everything has one scale", () => {
  const near = (perspective: boolean, z: number) => pixels({ ...startCamera, perspective }, [0.5, 0, z], 3)[0] - 400;
  expect(near(true, 0.8)).toBeGreaterThan(near(true, 0));
  expect(near(true, 0)).toBeGreaterThan(near(true, -0.8));
  expect(near(false, 0.8)).toBeCloseTo(near(false, -0.8), 9);
});

test("a drag to the right turns what is in front to the right, a drag down turns it down, and never over the pole", () => {
  const view = viewOf(startCamera, size, 3);
  const front = [0, 0, 1];
  expect(pixels(orbited(startCamera, view, 50, 0), front, 3)[0]).toBeGreaterThan(400);
  expect(pixels(orbited(startCamera, view, 0, 50), front, 3)[1]).toBeGreaterThan(250);
  expect(orbited(startCamera, view, 0, 5000).elevation).toBeCloseTo(Math.PI / 2, 12);
});

test("a flight begins and ends at its cameras, turns the short way, and keeps still what both show at one place", () => {
  const from: Camera = { ...startCamera, azimuth: 3 };
  const to: Camera = { ...zoomed(from, viewOf(from, size, 2), 8, 650, 80), azimuth: -3 };
  expect(between(from, to, 0)).toEqual(from);
  expect(between(from, to, 1)).toEqual(to);
  expect([isSame(from, { ...from }), isSame(from, to)]).toEqual([true, false]);
  const half = between(from, to, 0.5);
  expect(Math.abs(Math.sin(half.azimuth))).toBeLessThan(1e-9);
  expect(Math.cos(half.azimuth)).toBeCloseTo(-1, 9);
  const [x, y] = pixels(half, unproject(viewOf(from, size, 2), 650, 80));
  expect([x, y].map((value) => Math.round(1e6 * value) / 1e6)).toEqual([650, 80]);
});
