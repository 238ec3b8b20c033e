import fc from "fast-check";
import { expect, test } from "vitest";
import { type LabelWish, placeLabels } from "../../../explorer/app/renderer/labels.js";
import { Grid } from "../../../src/maps/pictures/occupancy.js";

const within = { x: 0, y: 0, width: 500, height: 400 };
const room = () => ({ texts: new Grid(within), fontSize: 12 });
const wish = (row: number, x: number, y: number, isWanted = false): LabelWish => ({
  row,
  x,
  y,
  width: 60,
  isWanted,
  half: [3, 3],
  isTaken: false,
});

test("no text is over another, over a labeled point, or outside, however many there are", () => {
  const wishes = fc.array(
    fc.record({
      x: fc.double({ min: -20, max: 520, noNaN: true }),
      y: fc.double({ min: -20, max: 420, noNaN: true }),
      width: fc.double({ min: 5, max: 200, noNaN: true }),
      isWanted: fc.boolean(),
      half: fc.constantFrom<[number, number]>([3, 3], [20, 14]),
    }),
    { maxLength: 120 },
  );
  fc.assert(
    fc.property(wishes, (list) => {
      const all = list.map((each, row) => ({ ...each, row, isTaken: false }));
      const placed = placeLabels(all, room(), 40, 80);
      const boxes = placed.flatMap(({ row, box }) => {
        const { x, y, half } = all[row];
        return [box, { x: x - 2, y: y - 2, width: Math.min(4, 2 * half[0]), height: 4 }];
      });
      for (const { box } of placed) {
        expect(Math.min(box.x, box.y)).toBeGreaterThanOrEqual(0);
        expect(box.x + box.width).toBeLessThanOrEqual(500);
        expect(box.y + box.height).toBeLessThanOrEqual(400);
      }
      for (const [k, { box }] of placed.entries())
        for (const [m, other] of boxes.entries()) {
          // Points may lie over each other; a text may be on none of the points that were there before it.
          if (m === 2 * k || (m % 2 === 1 && m > 2 * k + 1)) continue;
          const apart =
            box.x + box.width <= other.x ||
            other.x + other.width <= box.x ||
            box.y + box.height <= other.y ||
            other.y + other.height <= box.y;
          expect(apart).toBe(true);
        }
    }),
    { seed: 8 },
  );
});

test("of two texts for one place the first has it; a wanted one comes before both, and stands away if it must", () => {
  const tight = { texts: new Grid({ x: 0, y: 0, width: 160, height: 40 }), fontSize: 12 };
  const placed = placeLabels([wish(1, 80, 20), wish(2, 82, 20), wish(3, 81, 20, true)], tight, 10, 100);
  expect(placed[0].row).toBe(3);
  const crowd = Array.from({ length: 9 }, (_, row) => wish(row, 250, 200, true));
  const around = placeLabels(crowd, room(), 0, 100);
  expect(around).toHaveLength(9);
  expect(around[0].leader).toBeNull();
  expect(around[8].leader).not.toBeNull();
});

test("texts are of the whole map first, and of its fullest corner after that", () => {
  const corner = Array.from({ length: 30 }, (_, row) => wish(row, 40 + (row % 5) * 4, 40 + row * 10));
  const far = wish(99, 400, 350);
  const rows = placeLabels([...corner, far], room(), 5, 120).map(({ row }) => row);
  expect(rows).toContain(99);
  expect(rows).toHaveLength(5);
  expect(rows[0]).toBe(0);
});

test("at most so many texts beside the wanted ones", () => {
  const many = Array.from({ length: 50 }, (_, row) => wish(row, (row % 6) * 80, Math.floor(row / 6) * 40));
  expect(placeLabels(many, room(), 7, 10)).toHaveLength(7);
  expect(placeLabels([...many, wish(60, 250, 200, true)], room(), 0, 10).map(({ row }) => row)).toEqual([60]);
});
