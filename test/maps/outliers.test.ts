import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { neighborGraph } from "../../dist/maps/neighbor-graph.js";
import { localOutlierFactors, outliers } from "../../dist/maps/outliers.js";
import { inRows, randomRows, spaceOf } from "./rows.js";

const golden = JSON.parse(readFileSync(new URL("../golden/clusters.json", import.meta.url), "utf8"));
const rows = inRows(golden.rows, 3);

describe("outliers", () => {
  test.each(golden.outliers as { metric: "cosine" | "euclidean"; neighbors: number; factors: number[] }[])(
    "factors are scikit-learn's, $metric, $neighbors neighbors",
    async ({ metric, neighbors, factors }) => {
      const found = await outliers(spaceOf(rows, metric), { neighbors });
      for (const [i, factor] of found.factors.entries()) expect(Math.abs(factor / factors[i] - 1)).toBeLessThan(1e-5);
      expect(found.order[0]).toBe(factors.indexOf(Math.max(...factors)));
      for (let k = 1; k < rows.length; k++) {
        expect(found.factors[found.order[k]]).toBeLessThanOrEqual(found.factors[found.order[k - 1]]);
      }
    },
  );

  test("worked by hand: four points on a line, two neighbors each", async () => {
    // 0, 1, 2 and 5: radii 2, 1, 2, 4; mean reaches 1.5, 2, 1.5, 3.5
    const found = await outliers(spaceOf([[0], [1], [2], [5]], "euclidean"), { neighbors: 2 });
    // of 0: neighbors 1 and 2, of 1: 0 and 2, of 2: 1 and 0, of 5: 2 and 1
    const expected = [(1.5 / 2 + 1.5 / 1.5) / 2, 2 / 1.5, (1.5 / 2 + 1.5 / 1.5) / 2, (3.5 / 1.5 + 3.5 / 2) / 2];
    for (const [i, factor] of found.factors.entries()) expect(factor).toBeCloseTo(expected[i], 12);
    expect([...found.order]).toEqual([3, 1, 0, 2]);
  });

  test("a planted outlier is first; factors do not change with the scale of the space", async () => {
    const many = [...randomRows(120, 4, 3), [9, 9, 9, 9]];
    const once = await outliers(spaceOf(many, "euclidean"));
    expect(once.order[0]).toBe(120);
    expect(once.factors[120]).toBeGreaterThan(3);
    const larger = many.map((row) => row.map((x) => 8 * x));
    expect((await outliers(spaceOf(larger, "euclidean"))).factors).toEqual(once.factors);
  });

  test("the same bytes come from 1, 2 and 4 threads", async () => {
    const space = spaceOf(randomRows(400, 12, 1), "cosine");
    const [one, ...others] = await Promise.all([1, 2, 4].map((threads) => outliers(space, { threads })));
    for (const other of others) expect(other.factors).toEqual(one.factors);
  });

  test("equal points are all ordinary; equals in a crowd are warned of", async () => {
    const equal = await neighborGraph(
      spaceOf(
        Array.from({ length: 20 }, () => [1, 2]),
        "euclidean",
      ),
    );
    expect([...localOutlierFactors(equal)]).toEqual(Array.from({ length: 20 }, () => 1));
    const warnings: string[] = [];
    const crowd = [...Array.from({ length: 4 }, () => [1]), [2], [3], [4]];
    await outliers(spaceOf(crowd, "euclidean"), { neighbors: 3, onWarning: (message) => warnings.push(message) });
    expect(warnings).toEqual([
      "outliers: 4 items have 3 equals or more, beside which others look like outliers; drop duplicates or raise neighbors",
    ]);
  });

  test("two items are equally ordinary, one cannot be compared, and more neighbors than others are refused", async () => {
    expect([...(await outliers(spaceOf([[0], [3]], "euclidean"))).factors]).toEqual([1, 1]);
    await expect(outliers(spaceOf([[0]], "euclidean"))).rejects.toThrow("at least two items are needed");
    await expect(outliers(spaceOf([[0], [1]], "euclidean"), { neighbors: 2 })).rejects.toThrow("ask for fewer");
  });
});
