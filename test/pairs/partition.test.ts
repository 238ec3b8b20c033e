import fc from "fast-check";
import { expect, test } from "vitest";
import {
  leastParts,
  leastRows,
  mostRowsOfPart,
  partCount,
  partNumbers,
  rowsOfPart,
} from "../../dist/pairs/partition.js";

const table = fc.record({ rows: fc.integer({ min: 1, max: 2 ** 28 }), numbers: fc.integer({ min: 4, max: 4096 }) });
const tables = fc.array(table, { minLength: 1, maxLength: 2 });

test("the number of parts is the smallest power of two, at least 16, whose parts are small enough", () => {
  fc.assert(
    fc.property(tables, (shapes) => {
      fc.pre(shapes.every(({ rows }) => rows >= leastRows));
      const parts = partCount(shapes);
      const fits = (P: number) =>
        shapes.every(
          ({ rows, numbers }) => (rows * numbers) / P <= partNumbers && Math.ceil(rows / P) <= mostRowsOfPart,
        );
      expect(Number.isInteger(Math.log2(parts))).toBe(true);
      expect(parts).toBeGreaterThanOrEqual(leastParts);
      expect(fits(parts)).toBe(true);
      if (parts > leastParts) expect(fits(parts / 2)).toBe(false);
    }),
    { numRuns: 1000 },
  );
});

test("a table below 4,096 rows is not divided, unless the other's rows outgrow their 16 bits", () => {
  expect(leastRows).toBe(4096);
  expect(partCount([{ rows: 4095, numbers: 10_000 }])).toBe(1);
  expect(
    partCount([
      { rows: 1, numbers: 4 },
      { rows: 65_536, numbers: 4 },
    ]),
  ).toBe(1);
  expect(
    partCount([
      { rows: 1000, numbers: 208 },
      { rows: 65_537, numbers: 208 },
    ]),
  ).toBe(2);
  expect(
    partCount([
      { rows: 10_000_000, numbers: 208 },
      { rows: 4095, numbers: 208 },
    ]),
  ).toBe(256);
});

test.each([
  { rows: 4096, numbers: 4, parts: 16 },
  { rows: 16 * mostRowsOfPart, numbers: 4, parts: 16 },
  { rows: 16 * mostRowsOfPart + 1, numbers: 4, parts: 32 },
  { rows: (16 * partNumbers) / 256, numbers: 256, parts: 16 },
  { rows: (16 * partNumbers) / 256 + 1, numbers: 256, parts: 32 },
  { rows: (64 * partNumbers) / 256, numbers: 256, parts: 64 },
])("$rows rows of $numbers numbers have $parts parts", ({ rows, numbers, parts }) => {
  expect(partCount([{ rows, numbers }])).toBe(parts);
  expect(
    partCount([
      { rows, numbers },
      { rows: 5000, numbers },
    ]),
  ).toBe(parts);
});

test("the parts hold every row once", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 300 }), fc.constantFrom(1, 2, 16, 64), (rows, parts) => {
      const counted = Array.from({ length: parts }, () => 0);
      for (let row = 0; row < rows; row++) counted[row % parts]++;
      expect(counted.map((_, part) => rowsOfPart(rows, parts, part))).toEqual(counted);
    }),
  );
});
