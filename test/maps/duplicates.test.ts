import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type DuplicateOptions, duplicates } from "../../dist/maps/duplicates.js";
import { firstEqualRows } from "../../dist/maps/equal-rows.js";
import { Vectors } from "../../dist/space/vectors.js";
import { plantedRows, randomRows, spaceOf } from "./rows.js";

const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, value, d) => sum + value * y[d], 0);

/** Similarities of all pairs by the definitions. */
function similarities(rows: readonly (readonly number[])[], metric: "cosine" | "euclidean"): number[][] {
  const mean = rows[0].map((_, d) => rows.reduce((sum, row) => sum + row[d], 0) / rows.length);
  const apart = (x: readonly number[], y: readonly number[]) => dot(x, x) - 2 * dot(x, y) + dot(y, y);
  const spread = rows.reduce((sum, row) => sum + apart(row, mean), 0) / rows.length;
  return rows.map((x, i) =>
    rows.map((y, j) => {
      if (i === j || x.every((value, d) => value === y[d])) return 1;
      if (metric === "euclidean") return 1 - apart(x, y) / (2 * spread);
      const lengths = Math.sqrt(dot(x, x) * dot(y, y));
      return lengths === 0 ? 0 : dot(x, y) / lengths;
    }),
  );
}

/** The connected parts of two or more of the graph of similar pairs, with the least similarity in each. */
function bruteForce(pairs: readonly (readonly number[])[], above: number) {
  const part = pairs.map((_, i) => i);
  for (let i = 0; i < pairs.length; i++) {
    for (let j = 0; j < i; j++) {
      if (pairs[i][j] < above || part[i] === part[j]) continue;
      const [one, other] = [part[i], part[j]];
      for (let k = 0; k < part.length; k++) if (part[k] === other) part[k] = one;
    }
  }
  return [...new Set(part)]
    .map((own) => [...part.keys()].filter((i) => part[i] === own))
    .filter((rows) => rows.length > 1)
    .map((rows) => ({ rows, lowest: Math.min(...rows.flatMap((i) => rows.map((j) => pairs[i][j]))) }))
    .sort((a, b) => b.rows.length - a.rows.length || a.rows[0] - b.rows[0]);
}

describe("duplicates", () => {
  test("are the connected parts of the graph of similar pairs, by cosine and in Euclidean spaces", async () => {
    const shape = fc.record({
      seed: fc.nat(1e6),
      count: fc.integer({ min: 2, max: 60 }),
      metric: fc.constantFrom("cosine" as const, "euclidean" as const),
      above: fc.constantFrom(0.5, 0.9, 0.985),
      onGrid: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(shape, async ({ seed, count, metric, above, onGrid }) => {
        const rows = randomRows(count, 3, seed).map((row) => (onGrid ? row.map((x) => Math.round(x) || 0) : row));
        const pairs = similarities(rows, metric);
        // what lies on the edge, rounding decides
        fc.pre(pairs.every((row) => row.every((value) => Math.abs(value - above) > 1e-9)));
        const found = await duplicates(spaceOf(rows, metric), { above, onWarning: () => {} });
        expect(found).toMatchObject({ metric, above, exact: true });
        const expected = bruteForce(pairs, above);
        expect(found.groups.map((group) => group.rows)).toEqual(expected.map((group) => group.rows));
        for (const [k, { lowest, rows: own, equal }] of found.groups.entries()) {
          expect(lowest).toBeCloseTo(expected[k].lowest, 6);
          expect(equal).toBe(own.every((row) => rows[row].every((x, d) => x === rows[own[0]][d])));
        }
      }),
      { numRuns: 60 },
    );
  });

  test("more near ones than are looked at first are all found", async () => {
    // 100 points in a heap, whose 15 nearest are in it, and a bridge to a second heap
    const heap = (count: number, x: number) => randomRows(count, 2, count).map(([a, b]) => [x + a / 1e3, b / 1e3]);
    const rows = [...heap(100, 0), [0.6, 0], ...heap(40, 1.2), [30, 30]];
    const found = await duplicates(spaceOf(rows, "euclidean"), { above: 0.97 });
    expect(found.groups).toEqual(
      bruteForce(similarities(rows, "euclidean"), 0.97).map(({ rows: own }) => ({
        rows: own,
        lowest: expect.any(Number),
        equal: false,
      })),
    );
    expect(found.groups[0].rows.length).toBe(141);
  });

  test("a chain shows how unlike its ends are", async () => {
    const angles = [0, 0.3, 0.6, 0.9, 2.5];
    const { groups } = await duplicates(
      spaceOf(
        angles.map((angle) => [Math.cos(angle), Math.sin(angle)]),
        "cosine",
      ),
    );
    expect(groups).toEqual([{ rows: [0, 1, 2, 3], lowest: expect.closeTo(Math.cos(0.9), 6), equal: false }]);
  });

  test("vectors of one direction are duplicates under the cosine, and not in Euclidean spaces", async () => {
    const rows = [
      [1, 1],
      [5, 5],
      [1, -1],
      [-3, 1],
    ];
    expect((await duplicates(spaceOf(rows, "cosine"))).groups.map((group) => group.rows)).toEqual([[0, 1]]);
    expect((await duplicates(spaceOf(rows, "euclidean"))).groups).toEqual([]);
  });

  test("all points equal are one group, also zero vectors; one item and none are no group", async () => {
    for (const value of [0, 2]) {
      const rows = Array.from({ length: 30 }, () => [value, value]);
      expect((await duplicates(spaceOf(rows, "cosine"), { onWarning: () => {} })).groups).toEqual([
        { rows: [...rows.keys()], lowest: 1, equal: true },
      ]);
    }
    expect((await duplicates(spaceOf([[1]], "cosine"))).groups).toEqual([]);
    expect((await duplicates(spaceOf([[1], [1]], "cosine"))).groups).toEqual([
      { rows: [0, 1], lowest: 1, equal: true },
    ]);
    expect((await duplicates(spaceOf([[1], [-1]], "cosine"))).groups).toEqual([]);
  });

  test("the same groups come from 1, 2 and 4 threads", async () => {
    const space = spaceOf(plantedRows(300, 8, 12, 0.25, 4), "cosine");
    const [one, ...others] = await Promise.all([1, 2, 4].map((threads) => duplicates(space, { threads, above: 0.9 })));
    expect(one.groups.length).toBeGreaterThan(5);
    for (const other of others) expect(other).toEqual(one);
  });

  test("what cannot be done is named, and a signal stops it", async () => {
    const space = spaceOf(randomRows(5, 2, 1), "cosine");
    const refused = (options: object) => duplicates(space, options as DuplicateOptions).then(() => "", String);
    expect(await refused({ above: 0 })).toContain("duplicates: above must be a finite number > 0 and <= 1, got 0");
    expect(await refused({ above: 1.5 })).toContain("got 1.5");
    expect(await refused({ neighbors: 4 })).toContain("duplicates: there is no option neighbors");
    expect(await refused({ signal: AbortSignal.abort(new Error("enough")) })).toContain("enough");
    (await space.vectors()).set(2, [Number.NaN, 0]);
    expect(await refused({})).toContain('that of "item2" (row 2) is not finite');
  });
});

describe("firstEqualRows", () => {
  test("is the first row of the same bytes", () => {
    const rows = fc.array(fc.tuple(fc.constantFrom(0, -0, 1, 2), fc.constantFrom(0, 7)), { maxLength: 40 });
    fc.assert(
      fc.property(rows, (pairs) => {
        const first = firstEqualRows(Vectors.from(2, Float32Array.from(pairs.flat())));
        const expected = pairs.map((pair) => pairs.findIndex((other) => other.every((x, d) => Object.is(x, pair[d]))));
        expect([...first]).toEqual(expected);
      }),
    );
  });
});
