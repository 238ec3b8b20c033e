import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Box } from "../../../dist/maps/pictures/frame.js";
import { placeLabels } from "../../../dist/maps/pictures/labels.js";

const within = { x: 20, y: 40, width: 300, height: 200 };
const options = { within, fontSize: 12, radius: 4 };

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

const candidates = fc.array(
  fc.record({
    x: fc.double({ min: 24, max: 316, noNaN: true }),
    y: fc.double({ min: 44, max: 236, noNaN: true }),
    width: fc.double({ min: 5, max: 150, noNaN: true }),
  }),
  { maxLength: 60 },
);

describe("placeLabels", () => {
  test("no label overlaps another, the point of another, or the edge", () => {
    fc.assert(
      fc.property(candidates, fc.integer({ min: 0, max: 70 }), (list, count) => {
        const points = Float64Array.from(list.flatMap(({ x, y }) => [x, y]));
        const labels = placeLabels(
          list.map((one, point) => ({ ...one, point })),
          { ...options, count, points },
        );
        expect(labels.length).toBeLessThanOrEqual(count);
        expect(new Set(labels.map(({ point }) => point)).size).toBe(labels.length);
        for (const [k, { box, point }] of labels.entries()) {
          expect(box.x).toBeGreaterThanOrEqual(within.x);
          expect(box.y).toBeGreaterThanOrEqual(within.y);
          expect(box.x + box.width).toBeLessThanOrEqual(within.x + within.width);
          expect(box.y + box.height).toBeLessThanOrEqual(within.y + within.height);
          for (const other of labels.slice(0, k)) expect(overlap(box, other.box)).toBe(false);
          for (const other of labels) {
            if (other.point === point) continue;
            const [x, y] = [points[2 * other.point], points[2 * other.point + 1]];
            expect(overlap(box, { x: x - 4, y: y - 4, width: 8, height: 8 })).toBe(false);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  test("the first candidate always has its label where there is room, and the same input gives the same labels", () => {
    fc.assert(
      fc.property(candidates, (list) => {
        fc.pre(list.length > 0 && list[0].width < 130);
        const named = list.map((one, point) => ({ ...one, point }));
        const points = Float64Array.from(list.flatMap(({ x, y }) => [x, y]));
        const labels = placeLabels(named, { ...options, count: 5, points });
        expect(labels[0]?.point).toBe(0);
        expect(placeLabels(named, { ...options, count: 5, points })).toEqual(labels);
      }),
    );
  });

  test("a label stands right of its point, and elsewhere where that side is taken, full of points, or the edge", () => {
    const place = (list: { x: number; y: number; width: number }[], more: number[] = []) => {
      const points = Float64Array.from([...list.flatMap(({ x, y }) => [x, y]), ...more]);
      return placeLabels(
        list.map((one, point) => ({ ...one, point })),
        { ...options, count: 9, points },
      ).map(({ anchor, x }) => [anchor, x]);
    };
    expect(place([{ x: 100, y: 100, width: 50 }])).toEqual([["start", 107]]);
    expect(place([{ x: 300, y: 100, width: 50 }])).toEqual([["end", 293]]);
    expect(place([{ x: 100, y: 100, width: 50 }], [120, 101])).toEqual([["end", 93]]);
    expect(place([{ x: 100, y: 100, width: 50 }], [120, 101, 80, 101])).toEqual([["middle", 100]]);
    expect(
      place([
        { x: 100, y: 100, width: 20 },
        { x: 112, y: 100, width: 20 },
      ]),
    ).toEqual([
      ["end", 93],
      ["start", 119],
    ]);
  });

  test("labels spread over the map before they fill its fullest corner", () => {
    const corner = Array.from({ length: 200 }, (_, k) => ({
      x: 40 + (k % 20) * 3,
      y: 60 + Math.floor(k / 20) * 3,
      width: 20,
    }));
    const far = [
      { x: 250, y: 200, width: 20 },
      { x: 200, y: 80, width: 20 },
    ];
    const list = [...corner, ...far].map((one, point) => ({ ...one, point }));
    const points = Float64Array.from(list.flatMap(({ x, y }) => [x, y]));
    const labels = placeLabels(list, { ...options, count: 4, points });
    expect(labels.map(({ point }) => point)).toEqual(expect.arrayContaining([0, 200, 201]));
  });

  test("with insist, labels in a crowd stand farther away, and cover no point of another", () => {
    const crowd = Array.from({ length: 8 }, (_, point) => {
      return { point, x: 140 + 9 * (point % 2), y: 120 + 9 * Math.floor(point / 2), width: 30 };
    });
    const points = Float64Array.from(crowd.flatMap(({ x, y }) => [x, y]));
    const place = (insist: boolean) => placeLabels(crowd, { ...options, count: 8, points, insist });
    expect(place(false).length).toBeLessThan(8);
    const labels = place(true);
    expect(labels).toHaveLength(8);
    expect(labels.filter(({ leader }) => leader !== undefined).length).toBeGreaterThan(2);
    for (const [k, { box, point, leader }] of labels.entries()) {
      for (const other of labels.slice(0, k)) expect(overlap(box, other.box)).toBe(false);
      for (const { x, y } of crowd.filter((one) => one.point !== point)) {
        expect(overlap(box, { x: x - 4, y: y - 4, width: 8, height: 8 })).toBe(false);
      }
      if (leader !== undefined) expect(leader.slice(0, 2)).toEqual([crowd[point].x, crowd[point].y]);
    }
  });

  test("nothing is placed where there is no room", () => {
    const points = Float64Array.of(5, 5);
    const narrow = { x: 0, y: 0, width: 10, height: 10 };
    expect(
      placeLabels([{ point: 0, x: 5, y: 5, width: 30 }], { ...options, within: narrow, count: 1, points }),
    ).toEqual([]);
  });
});
